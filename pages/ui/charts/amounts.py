"""Bars: standing, lying, of several parts, and how many fall between two numbers."""

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from pages.ui.charts import theme
from pages.ui.text import number, percent

_HATCHES = ("", "/", "x")  # a part of a bar is known by its hatching as well as by its colour


def bars(labels: Sequence[str], values: Sequence[float], *, alt: str, key: str, label_title: str, value_title: str) -> None:
    """Draw one bar for each label."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_bar(x=list(labels), y=list(values), name=value_title)
    figure.update_xaxes(title=label_title, **theme.NAMES)
    figure.update_yaxes(title=value_title)
    figure.update_layout(showlegend=False)
    theme.show(figure, pd.DataFrame({label_title: list(labels), value_title: list(values)}), alt=alt, key=key)


def histogram(
    bins: Sequence[tuple[int, int, int]], limit: int | None, *, alt: str, key: str, label_title: str, value_title: str, limit_title: str
) -> None:
    """Draw how many fall between `low` and `high`, for each (low, high, n); what is over `limit` stands behind a line, in another colour.

    A limit far beyond the last bar is not drawn: it would press all bars into a corner.
    """
    import plotly.graph_objects as go

    figure, palette, ink = go.Figure(), theme.palette(), theme.option("textColor")
    over = [limit is not None and high > limit for _, high, _ in bins]
    labels = [number(low) if low == high else f"{number(low)}–{number(high)}" for low, high, _ in bins]
    figure.add_bar(
        x=[(low + high) / 2 for low, high, _ in bins],
        y=[n for _, _, n in bins],
        width=[0.92 * (high - low + 1) for low, high, _ in bins],
        text=labels,
        textposition="none",
        hoverinfo="text+y",
        name=value_title,
        marker={
            "color": [palette[1] if late else palette[0] for late in over],
            "pattern": {"shape": ["/" if late else "" for late in over]},
        },
    )
    if limit is not None and bins and limit <= bins[-1][1] + (bins[-1][1] - bins[0][0]) / 2:
        figure.add_vline(x=limit + 0.5, line={"width": 2, "color": ink, "dash": "dash"})
        figure.add_annotation(x=limit + 0.5, y=1, yref="paper", yanchor="bottom", showarrow=False, text=limit_title, font={"color": ink})
    figure.update_xaxes(title=label_title)
    figure.update_yaxes(title=value_title)
    figure.update_layout(showlegend=False)
    table = pd.DataFrame({label_title: labels, value_title: [n for _, _, n in bins]})
    theme.show(figure, table, alt=alt, key=key, together=False, top=28)


def rows(
    labels: Sequence[str], values: Sequence[float], *, alt: str, key: str, label_title: str, value_title: str, shares: bool = False
) -> None:
    """Draw one bar for each label, lying, the first on top: for names that would not fit under a standing one.

    `shares` says that the values are shares from 0 to 1, shown as percentages.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    # Plotly draws a part of HTML
    figure.add_bar(y=[escape(label, quote=False) for label in labels], x=list(values), name=value_title, orientation="h")
    figure.update_xaxes(title=value_title)
    if shares:
        figure.update_xaxes(tickformat=".0%", range=[0, 1.02])
    figure.update_yaxes(autorange="reversed", automargin=True, **theme.NAMES)
    figure.update_layout(showlegend=False)
    table = pd.DataFrame({label_title: list(labels), value_title: [percent(one, 1) for one in values] if shares else list(values)})
    theme.show(figure, table, alt=alt, key=key, height=110 + 26 * len(labels), together=False)


def stacked(
    labels: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    *,
    alt: str,
    key: str,
    value_title: str,
    totals: Sequence[str] | None = None,
) -> None:
    """Draw one lying bar for each label, made of the parts in their order; the page shows the same figures as a table of its own below.

    `totals` are written at the ends of the bars, so that one too short to be seen can be read.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    palette = theme.palette()
    names = [escape(label, quote=False) for label in labels]  # Plotly draws a part of HTML
    for nth, (name, values) in enumerate(parts.items()):
        figure.add_bar(
            y=names,
            x=list(values),
            name=name,
            orientation="h",
            marker={"color": palette[nth % len(palette)], "pattern": {"shape": _HATCHES[nth % len(_HATCHES)]}},
        )
    figure.update_layout(barmode="stack", showlegend=True, legend_traceorder="normal")
    figure.update_xaxes(title=value_title)
    figure.update_yaxes(autorange="reversed", automargin=True, **theme.NAMES)
    if totals is None:
        theme.show(figure, None, alt=alt, key=key, height=150 + 26 * len(labels), together=False)
        return
    ink = theme.option("textColor")
    ends = [sum(values[place] for values in parts.values()) for place in range(len(labels))]
    for name, end, total in zip(names, ends, totals, strict=True):
        figure.add_annotation(
            x=end, y=name, xanchor="left", xshift=4, showarrow=False, text=escape(total, quote=False), font={"color": ink}
        )
    figure.update_xaxes(range=[0, max(ends) or 1])
    theme.show(figure, None, alt=alt, key=key, height=190 + 26 * len(labels), together=False, right=theme.END)


def beside(labels: Sequence[str], parts: Mapping[str, Sequence[float]], *, alt: str, key: str, label_title: str, value_title: str) -> None:
    """Draw for each label one lying bar a part, one below the other, the first label on top; values are shares from 0 to 1."""
    import plotly.graph_objects as go

    figure, palette = go.Figure(), theme.palette()
    names = [escape(label, quote=False) for label in labels]  # Plotly draws a part of HTML
    for nth, (name, values) in enumerate(parts.items()):
        marker = {"color": palette[nth % len(palette)], "pattern": {"shape": _HATCHES[nth % len(_HATCHES)]}}
        figure.add_bar(y=names, x=list(values), name=name, orientation="h", marker=marker)
    figure.update_layout(barmode="group", showlegend=True, legend_traceorder="normal")
    figure.update_xaxes(title=value_title, tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True, **theme.NAMES)
    table = pd.DataFrame({label_title: list(labels)} | {name: [percent(one, 1) for one in values] for name, values in parts.items()})
    theme.show(figure, table, alt=alt, key=key, height=150 + 40 * len(labels), together=False)
