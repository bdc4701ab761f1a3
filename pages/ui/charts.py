"""One look for every chart: the theme's colours, alt text, and the same figures as a table below."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.text import Raw, day, number, number_columns, percent, separators, t

_QUIET = {"displayModeBar": False}
_HATCHES = ("", "/", "x")  # and a part of a bar by its hatching
_NAMES = {"type": "category"}  # without it Plotly takes labels such as "1" or "2024" for numbers and dates, and draws a scale between them
_DASHES = ("solid", "dot", "dash")  # a line is known by its pattern as well as by its colour


def _palette() -> list[str]:
    # Plotly's own traces ignore the theme's chart colours unless the colorway is set
    return list(_theme("chartCategoricalColors"))


def _theme(option: str) -> Any:
    mode = "dark" if st.context.theme.type == "dark" else "light"
    return st.get_option(f"theme.{mode}.{option}")


def _show(
    figure: Any, table: pd.DataFrame | None, *, alt: str, key: str, height: int = 320, right: int = 8, together: bool = True, top: int = 8
) -> None:
    figure.update_layout(
        colorway=_palette(),
        margin={"l": 8, "r": right, "t": top, "b": 8},
        height=height,
        font={"size": 14},
        separators=separators(),
        # below the axis title: above the plot a legend of two lines would cover the curves
        legend={"orientation": "h", "y": -0.34, "yanchor": "top", "x": 0},
        hovermode="x unified" if together else "closest",
    )
    # Streamlit's own grey for axes (#808495) has a contrast of 3.6 on the paper of the light theme
    ink = {"color": _theme("grayTextColor")}
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(tickfont=ink, title_font=ink)
    st.plotly_chart(figure, key=key, alt=alt, config=_QUIET)
    if table is None:
        return
    with st.expander(t("The same figures as a table"), icon=":material/table:", key=f"{key}_table", on_change="rerun") as box:
        if box.open:
            columns = number_columns(table)
            st.dataframe(table, hide_index=True, alt=alt, key=f"{key}_frame", column_config=columns, placeholder="–")


def lines(
    table: pd.DataFrame, x: str, names: Mapping[str, str], *, alt: str, key: str, x_title: str, y_title: str, shares: bool = False
) -> None:
    """Draw one line for each column in `names` (column -> name on screen) over the column `x`; gaps are bridged, not filled.

    `shares` says that the values are shares from 0 to 1, shown as percentages.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for nth, (column, name) in enumerate(names.items()):
        known = table[[x, column]].dropna()
        figure.add_scatter(
            x=known[x].tolist(),
            y=known[column].tolist(),
            name=name,
            mode="lines+markers" if len(known) < 40 else "lines",
            line={"width": 2.5, "dash": _DASHES[nth % len(_DASHES)]},
            marker={"size": 5},
        )
    figure.update_layout(showlegend=True)  # of a single line, too, one must see what it is the line of
    figure.update_xaxes(title=x_title)
    figure.update_yaxes(title=y_title, rangemode="tozero")
    if shares:
        figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    _show(figure, table[[x, *names]].rename(columns={x: x_title, **names}), alt=alt, key=key)


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

    figure, palette = go.Figure(), _palette()
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
    looks = zip(palette, _DASHES, ("circle", "diamond", "square"), (3, 2, 2), strict=False)
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
    _show(figure, pd.DataFrame(lines, columns=[x_title, t("Part"), y_title, interval_title]), alt=alt, key=key)


def bars(labels: Sequence[str], values: Sequence[float], *, alt: str, key: str, label_title: str, value_title: str) -> None:
    """Draw one bar for each label."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_bar(x=list(labels), y=list(values), name=value_title)
    figure.update_xaxes(title=label_title, **_NAMES)
    figure.update_yaxes(title=value_title)
    figure.update_layout(showlegend=False)
    _show(figure, pd.DataFrame({label_title: list(labels), value_title: list(values)}), alt=alt, key=key)


def histogram(
    bins: Sequence[tuple[int, int, int]], limit: int | None, *, alt: str, key: str, label_title: str, value_title: str, limit_title: str
) -> None:
    """Draw how many fall between `low` and `high`, for each (low, high, n); what is over `limit` stands behind a line, in another colour.

    A limit far beyond the last bar is not drawn: it would press all bars into a corner.
    """
    import plotly.graph_objects as go

    figure, palette, ink = go.Figure(), _palette(), _theme("textColor")
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
    _show(figure, table, alt=alt, key=key, together=False, top=28)


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
    figure.update_yaxes(autorange="reversed", automargin=True, **_NAMES)
    figure.update_layout(showlegend=False)
    table = pd.DataFrame({label_title: list(labels), value_title: [percent(one, 1) for one in values] if shares else list(values)})
    _show(figure, table, alt=alt, key=key, height=110 + 26 * len(labels), together=False)


_LETTERS = 40  # of a name above a bar: more would not fit on a phone, and the table has it whole
_END = 122  # pixels on the right, where a day or an amount is written: on a phone a share of the width would be too little


def timeline(
    labels: Sequence[str], days: Sequence[int], written: Sequence[str], today: date, table: pd.DataFrame, *, alt: str, key: str
) -> None:
    """Draw for each label how many days are left, as a lying bar from today's line to its day: its name above it, `written` at its end.

    What is past lies on the left.
    The axis counts days and has no dates: Plotly writes months in English alone. `table` is what the figures are as a table.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    palette, ink = _palette(), _theme("textColor")
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
    _show(figure, table, alt=alt, key=key, height=130 + 58 * len(labels), together=False, top=28, right=_END)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS // 2 - 1]}…{name[-_LETTERS // 2 :]}"


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
    palette = _palette()
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
    figure.update_yaxes(autorange="reversed", automargin=True, **_NAMES)
    if totals is None:
        _show(figure, None, alt=alt, key=key, height=150 + 26 * len(labels), together=False)
        return
    ink = _theme("textColor")
    ends = [sum(values[place] for values in parts.values()) for place in range(len(labels))]
    for name, end, total in zip(names, ends, totals, strict=True):
        figure.add_annotation(
            x=end, y=name, xanchor="left", xshift=4, showarrow=False, text=escape(total, quote=False), font={"color": ink}
        )
    figure.update_xaxes(range=[0, max(ends) or 1])
    _show(figure, None, alt=alt, key=key, height=190 + 26 * len(labels), together=False, right=_END)


def told_apart(points: Sequence[Sequence[Any]]) -> bool:
    """Whether the classes of a map's points are few enough for a colour each, and more than one."""
    return 1 < len(_classes(points)) <= len(_palette())


def _classes(points: Sequence[Sequence[Any]]) -> list[str]:
    return list(dict.fromkeys(str(point[3]) for point in points))


def dots(points: Sequence[Sequence[Any]], marks: Mapping[str, str], *, alt: str, key: str) -> None:
    """Draw a map of points [x, y, row, class, mark, text]; `marks` names the marks, "" for none.

    Colour is for the class while there are few of them, the symbol for the mark; the axes mean nothing and are not drawn.
    """
    import plotly.graph_objects as go

    classes, palette, coloured = _classes(points), _palette(), told_apart(points)
    symbols = dict(zip(marks, ("circle", "x", "diamond"), strict=False))
    figure = go.Figure()
    for label, mark in ((label, mark) for label in (classes if coloured else [""]) for mark in marks):
        here = [point for point in points if point[4] == mark and (not coloured or point[3] == label)]
        if here:
            colour = palette[classes.index(label)] if coloured else palette[list(marks).index(mark) % len(palette)]
            name = " – ".join(part for part in (label, marks[mark] if mark or not coloured else "") if part)
            figure.add_scatter(
                x=[point[0] for point in here],
                y=[point[1] for point in here],
                name=escape(name, quote=False),
                mode="markers",
                marker={"size": 9 if mark else 6, "symbol": symbols[mark], "color": colour, "opacity": 0.9 if mark else 0.6},
                text=[escape(f"{point[2]}: {point[5]}", quote=False) for point in here],
                hoverinfo="text",
            )
    figure.update_layout(showlegend=len(figure.data) > 1)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    table = pd.DataFrame(
        [[point[2], point[5], point[3], marks[point[4]] if point[4] else ""] for point in points],
        columns=[t("Row"), t("Question"), t("Category"), t("Mark")],
    )
    if not any(classes):
        table = table.drop(columns=t("Category"))
    _show(figure, table, alt=alt, key=key, height=480, together=False)


def intervals(table: pd.DataFrame, *, alt: str, key: str, share_title: str) -> None:
    """Draw shares with their intervals: columns name, model, share, low, high (0 to 1); one group of points for each of up to three models.

    The page shows the same figures as a table of its own below.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    palette = _palette()
    # what is compared with stands back; the first colour of the theme is for what came out
    groups = list(table.groupby("model", sort=False))
    looks = [(palette[2], "diamond"), *([(palette[1], "square")] if len(groups) > 2 else []), (palette[0], "circle")]
    for (colour, symbol), (model, part) in zip(looks, groups, strict=False):
        figure.add_scatter(
            x=[escape(str(name), quote=False) for name in part["name"]],  # Plotly draws a part of HTML
            y=part["share"].tolist(),
            name=str(model),
            mode="markers",
            marker={"size": 12, "color": colour, "symbol": symbol},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": (part["high"] - part["share"]).tolist(),
                "arrayminus": (part["share"] - part["low"]).tolist(),
            },
        )
    figure.update_layout(scattermode="group", scattergap=0.7)
    figure.update_yaxes(title=share_title, range=[0, 1.02], tickformat=".0%")
    _show(figure, None, alt=alt, key=key)


def history(
    dates: Sequence[date], values: Sequence[float], flagged: Sequence[bool], at: int, *, alt: str, key: str, value_title: str
) -> None:
    """Draw a device's values over the days, small: the reading that is looked at as a ring, odd days as crosses.

    The days that came after it are dotted: nobody knew them when the advice was due.
    """
    import plotly.graph_objects as go

    palette = _palette()
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
    _show(figure, table, alt=alt, key=key, height=260, right=44, together=False)  # half of the last day stands on the right
