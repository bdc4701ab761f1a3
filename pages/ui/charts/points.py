"""Points: a map of the rows, and shares with their intervals."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from pages.ui.charts import theme
from pages.ui.text import t

_BETWEEN = ("square", "triangle-up", "x", "star", "cross", "triangle-down")  # of what is neither the first model nor the last


def told_apart(points: Sequence[Sequence[Any]]) -> bool:
    """Whether the classes of a map's points are few enough for a colour each, and more than one."""
    return 1 < len(_classes(points)) <= len(theme.palette())


def _classes(points: Sequence[Sequence[Any]]) -> list[str]:
    return list(dict.fromkeys(str(point[3]) for point in points))


def dots(points: Sequence[Sequence[Any]], marks: Mapping[str, str], *, alt: str, key: str) -> None:
    """Draw a map of points [x, y, row, class, mark, text]; `marks` names the marks, "" for none.

    Colour is for the class while there are few of them, the symbol for the mark; the axes mean nothing and are not drawn.
    """
    import plotly.graph_objects as go

    classes, palette, coloured = _classes(points), theme.palette(), told_apart(points)
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
    theme.show(figure, table, alt=alt, key=key, height=480, together=False)


def intervals(table: pd.DataFrame, *, alt: str, key: str, share_title: str) -> None:
    """Draw shares with their intervals: columns name, model, share, low, high (0 to 1); one group of points for each model.

    The page shows the same figures as a table of its own below.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    palette = theme.palette()
    # what is compared with stands back; the first colour of the theme is for what came out
    groups = list(table.groupby("model", sort=False))
    free = [colour for at, colour in enumerate(palette) if at not in (0, 2)]
    between = [(free[at % len(free)], _BETWEEN[at % len(_BETWEEN)]) for at in range(len(groups) - 2)]
    looks = [(palette[2], "diamond"), *between, (palette[0], "circle")]
    for (colour, symbol), (model, part) in zip(looks, groups, strict=False):
        figure.add_scatter(
            x=[escape(str(name), quote=False) for name in part["name"]],  # Plotly draws a part of HTML
            y=part["share"].tolist(),
            name=escape(str(model), quote=False),
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
    theme.show(figure, None, alt=alt, key=key)
