"""Lines over steps, rows or days."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import pandas as pd

from pages.ui.charts import theme
from pages.ui.text import day, percent, t


def lines(
    table: pd.DataFrame,
    x: str,
    names: Mapping[str, str],
    *,
    alt: str,
    key: str,
    x_title: str,
    y_title: str,
    shares: bool = False,
    marks: Sequence[int] = (),
    marked: str = "",
) -> None:
    """Draw one line for each column in `names` (column -> name on screen) over the column `x`; gaps are bridged, not filled.

    `shares` says that the values are shares from 0 to 1, shown as percentages; at the steps `marks` stands what `marked` names. Of a
    very long line the picture has fewer points, its highs and lows among them; the table has all.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for nth, (column, name) in enumerate(names.items()):
        known = thinned(table[[x, column]].dropna(), column)
        figure.add_scatter(
            x=known[x].tolist(),
            y=known[column].tolist(),
            name=name,
            mode="lines+markers" if len(known) < 40 else "lines",
            line={"width": 2.5, "dash": theme.DASHES[nth % len(theme.DASHES)]},
            marker={"size": 5},
        )
    at = _marked(table, x, list(names), marks)
    if at:
        diamond = {"size": 11, "symbol": "diamond-open", "color": theme.option("textColor"), "line": {"width": 2}}
        figure.add_scatter(x=list(at), y=list(at.values()), name=marked, mode="markers", marker=diamond, hoverinfo="skip")
    figure.update_layout(showlegend=True)  # of a single line, too, one must see what it is the line of
    figure.update_xaxes(title=x_title)
    figure.update_yaxes(title=y_title, rangemode="tozero")
    if shares:
        figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    theme.show(figure, table[[x, *names]].rename(columns={x: x_title, **names}), alt=alt, key=key)


def thinned(known: pd.DataFrame, column: str, most: int = 1000) -> pd.DataFrame:
    """At most about so many rows: of each stretch the lowest and the highest value, and the first and the last row of all."""
    if len(known) <= most:
        return known
    size = -(-len(known) // (most // 2))
    stretches = known[column].reset_index(drop=True).groupby(lambda row: row // size)
    kept = sorted({0, len(known) - 1, *stretches.idxmin(), *stretches.idxmax()})
    return known.iloc[kept]


def _marked(table: pd.DataFrame, x: str, columns: Sequence[str], marks: Sequence[int]) -> dict[int, float]:
    """Where the marks stand: on the last of the lines that has a value at their step, a validation line where there is one."""
    rows = table[table[x].isin(list(marks))]
    if rows.empty:
        return {}
    values = rows[list(columns)].ffill(axis=1).iloc[:, -1]
    return {int(step): float(value) for step, value in zip(rows[x], values, strict=True) if value == value}


def band(
    at: Sequence[int],
    parts: Sequence[tuple[str, Sequence[tuple[float, float, float]]]],
    *,
    alt: str,
    key: str,
    x_title: str,
    y_title: str,
    interval_title: str,
) -> None:
    """Draw shares (0 to 1) over the numbers `at`: a line for each of the first three parts, around the first its interval as a band.

    A part is its name on screen and for each number its share with the ends of its interval. The table below has every part with its
    interval.
    """
    import plotly.graph_objects as go

    figure, palette = go.Figure(), theme.palette()
    _, main = parts[0]
    red, green, blue = (int(palette[0][start : start + 2], 16) for start in (1, 3, 5))
    figure.add_scatter(  # there and back along the edge of the band
        x=[*at, *reversed(at)],
        y=[*(high for _, _, high in main), *(low for _, low, _ in reversed(main))],
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.18)",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )
    looks = zip(palette, theme.DASHES, ("circle", "diamond", "square"), (3, 2, 2), strict=False)
    for (name, shares), (colour, dash, symbol, width) in zip(parts, looks, strict=False):
        figure.add_scatter(
            x=list(at),
            y=[share for share, _, _ in shares],
            name=escape(name, quote=False),  # Plotly draws a part of HTML
            mode="lines+markers",
            line={"width": width, "dash": dash, "color": colour},
            marker={"size": 7, "symbol": symbol},
        )
    figure.update_layout(showlegend=True)
    figure.update_xaxes(title=x_title, rangemode="tozero")
    figure.update_yaxes(title=y_title, tickformat=".0%", range=[0, 1.02])
    lines = [
        (x, name, percent(share, 1), f"{percent(low, 1)} – {percent(high, 1)}")
        for name, shares in parts
        for x, (share, low, high) in zip(at, shares, strict=True)
    ]
    theme.show(figure, pd.DataFrame(lines, columns=[x_title, t("Part"), y_title, interval_title]), alt=alt, key=key)


def history(
    dates: Sequence[date], values: Sequence[float], flagged: Sequence[bool], at: int, *, alt: str, key: str, value_title: str
) -> None:
    """Draw a device's values over the days, small: the reading that is looked at as a ring, odd days as crosses.

    The days that came after it are dotted: nobody knew them when the advice was due.
    """
    import plotly.graph_objects as go

    palette = theme.palette()
    figure = go.Figure()
    written = [day(one) for one in dates]

    def add(places: Sequence[int], name: str, how: Mapping[str, Any]) -> None:
        if places:
            told = {"text": [written[place] for place in places], "hoverinfo": "text+y"}
            figure.add_scatter(x=list(places), y=[values[place] for place in places], name=name, **told, **how)

    def line(dash: str) -> Mapping[str, Any]:
        return {"mode": "lines", "line": {"width": 2, "color": palette[2], "dash": dash}}

    odd = [place for place, is_odd in enumerate(flagged) if is_odd]
    ring = {"symbol": "circle-open", "size": 18, "color": palette[0], "line": {"width": 3, "color": palette[0]}}
    add(range(at + 1), value_title, line("solid"))
    if at + 1 < len(dates):
        add(range(at, len(dates)), t("Later days"), line("dot"))
    add(odd, t("Marked as an anomaly"), {"mode": "markers", "marker": {"symbol": "x", "size": 10, "color": palette[1]}})
    add([at], t("This reading"), {"mode": "markers", "marker": ring})
    # Plotly writes months in English alone, so the ticks are written here
    figure.update_xaxes(tickvals=[0, len(dates) - 1], ticktext=[written[0], written[-1]], range=[-2, len(dates) + 1], tickangle=0)
    figure.update_yaxes(title=value_title, rangemode="tozero")
    figure.update_layout(showlegend=True)
    table = pd.DataFrame({t("Day"): written, value_title: list(values), t("Anomaly"): [t("yes") if one else "" for one in flagged]})
    theme.show(figure, table, alt=alt, key=key, height=260, right=44, together=False)  # half of the last day stands on the right
