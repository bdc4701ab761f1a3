"""Every chart of the pages: a module for each kind, and one look for all of them (theme.py)."""

from pages.ui.charts.amounts import bars, beside, histogram, rows, stacked
from pages.ui.charts.curves import band, history, lines
from pages.ui.charts.ends import timeline
from pages.ui.charts.points import dots, intervals, told_apart
from pages.ui.charts.squares import matrix

__all__ = [
    "band",
    "bars",
    "beside",
    "dots",
    "histogram",
    "history",
    "intervals",
    "lines",
    "matrix",
    "rows",
    "stacked",
    "timeline",
    "told_apart",
]
