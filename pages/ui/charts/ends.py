"""How many days are left until each of several things ends."""

from collections.abc import Sequence
from datetime import date
from html import escape

import pandas as pd

from pages.ui.charts import theme
from pages.ui.text import Raw, day, t

_LETTERS = 40  # of a name above a bar: more would not fit on a phone, and the table has it whole


def timeline(
    labels: Sequence[str], days: Sequence[int], written: Sequence[str], today: date, table: pd.DataFrame, *, alt: str, key: str
) -> None:
    """Draw for each label how many days are left, as a lying bar from today's line to its day: its name above it, `written` at its end.

    What is past lies on the left.
    The axis counts days and has no dates: Plotly writes months in English alone. `table` is what the figures are as a table.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    palette, ink = theme.palette(), theme.option("textColor")
    places = list(range(len(labels)))
    figure.add_bar(
        y=places,
        x=list(days),
        orientation="h",
        text=[escape(f"{label}: {one}", quote=False) for label, one in zip(labels, written, strict=True)],  # Plotly draws a part of HTML
        textposition="none",
        hoverinfo="text+x",
        width=0.42,
        marker={
            "color": [palette[0] if left > 0 else palette[2] for left in days],
            "pattern": {"shape": ["" if n > 0 else "/" for n in days]},
        },
    )
    figure.add_vline(x=0, line={"width": 2, "color": ink})
    beside = {"showarrow": False, "xanchor": "left", "xshift": 4, "font": {"color": ink}}
    figure.add_annotation(x=0, y=1, yref="paper", yanchor="bottom", text=t("Today"), **{**beside, "xshift": 0})
    for place, label, left, one in zip(places, labels, days, written, strict=True):
        # above its bar and not beside it: a long name would leave the bars no room
        figure.add_annotation(x=0, xref="paper", y=place, yshift=24, text=escape(_short(label), quote=False), **beside)
        figure.add_annotation(x=max(0, left), y=place, text=escape(one, quote=False), **beside)
    first, last = min(0, *days), max(0, *days)
    span = max(30, last - first)
    ends = [first - (0.03 * span if first < 0 else 0), last if last > first else span]
    figure.update_xaxes(title=t("Days from today, {day}", day=Raw(day(today))), range=ends)
    figure.update_yaxes(range=[len(labels) - 0.5, -0.75], showticklabels=False, showgrid=False, zeroline=False)
    figure.update_layout(showlegend=False)
    theme.show(figure, table, alt=alt, key=key, height=130 + 58 * len(labels), together=False, top=28, right=theme.END)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS // 2 - 1]}…{name[-_LETTERS // 2 :]}"
