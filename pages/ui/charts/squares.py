"""Squares in rows and columns: how often one thing was taken for another, each to be clicked."""

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from pages.ui.charts import theme
from pages.ui.text import number

_SIDE = 30  # pixels of the largest square
_LONGEST = 18  # letters of a name beside the picture; the whole name is told when it is pointed at


def matrix(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], int],
    *,
    alt: str,
    key: str,
    row_title: str,
    column_title: str,
    value_title: str,
) -> tuple[str, str] | None:
    """Draw a square for each cell (row, column) with its count, a circle where both are the same; the cell that was clicked, or None."""
    import plotly.graph_objects as go

    figure, palette, paper = go.Figure(), theme.palette(), theme.option("backgroundColor")
    most = max((n for (row, column), n in cells.items() if row != column), default=1)
    for is_same, colour, symbol in ((False, palette[1], "square"), (True, palette[2], "circle")):
        here = [cell for cell, n in cells.items() if n and (cell[0] == cell[1]) == is_same and cell[0] in rows and cell[1] in columns]
        figure.add_scatter(
            x=[columns.index(column) for _, column in here],
            y=[rows.index(row) for row, _ in here],
            mode="markers+text",
            # a picture of a few hundred right answers must not drown the mistakes, so that both are measured by the largest mistake
            marker={"symbol": symbol, "color": colour, "size": [_SIDE * (0.6 + 0.4 * min(1, cells[cell] / most)) for cell in here]},
            text=[number(cells[cell]) for cell in here],
            textfont={"color": paper},
            customdata=[list(cell) for cell in here],
            hovertext=[escape(f"{row} → {column}: {cells[row, column]}", quote=False) for row, column in here],
            hoverinfo="text",
        )
    for names, update, title in ((columns, figure.update_xaxes, column_title), (rows, figure.update_yaxes, row_title)):
        short = [escape(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…", quote=False) for name in names]
        update(tickvals=list(range(len(names))), ticktext=short, title=title, range=[-0.6, len(names) - 0.4], zeroline=False)
    figure.update_xaxes(tickangle=-45, automargin=True)
    figure.update_yaxes(autorange=False, range=[len(rows) - 0.4, -0.6], automargin=True)
    figure.update_layout(showlegend=False)
    table = pd.DataFrame([(row, column, n) for (row, column), n in cells.items() if n], columns=[row_title, column_title, value_title])
    clicked = theme.show(figure, table, alt=alt, key=key, height=200 + 36 * len(rows), together=False, clickable=True)
    return (str(clicked[0]), str(clicked[1])) if clicked else None
