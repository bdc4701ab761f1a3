"""One look for every chart: the theme's colours, alt text, and the same figures as a table below."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.text import number_columns, separators, t

NAMES = {"type": "category"}  # without it Plotly takes labels such as "1" or "2024" for numbers and dates, and draws a scale between them
DASHES = ("solid", "dot", "dash")  # a line is known by its pattern as well as by its colour
END = 122  # pixels on the right, where a day or an amount is written: on a phone a share of the width would be too little

_QUIET = {"displayModeBar": False}


def palette() -> list[str]:
    """The colours of the parts of a chart, in their order."""
    # Plotly's own traces ignore the theme's chart colours unless the colorway is set
    return list(option("chartCategoricalColors"))


def option(name: str) -> Any:
    """A setting of the theme that is shown, light or dark."""
    mode = "dark" if st.context.theme.type == "dark" else "light"
    return st.get_option(f"theme.{mode}.{name}")


def show(
    figure: Any,
    table: pd.DataFrame | None,
    *,
    alt: str,
    key: str,
    height: int = 320,
    right: int = 8,
    together: bool = True,
    top: int = 8,
    clickable: bool = False,
) -> Sequence[Any]:
    """Draw a figure of Plotly's in the house style, and the same figures as a table below it, folded; None where the page has its own.

    `right` and `top` are the room at the edges in pixels; `together` says that all values over one place are told at once. Of a `clickable`
    figure it gives the custom data of the point that was clicked, else nothing.
    """
    figure.update_layout(
        colorway=palette(),
        margin={"l": 8, "r": right, "t": top, "b": 8},
        height=height,
        font={"size": 14},
        separators=separators(),
        # below the axis title: above the plot a legend of two lines would cover the curves
        legend={"orientation": "h", "y": -0.34, "yanchor": "top", "x": 0},
        hovermode="x unified" if together else "closest",
    )
    # Streamlit's own grey for axes (#808495) has a contrast of 3.6 on the paper of the light theme
    ink = {"color": option("grayTextColor")}
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(tickfont=ink, title_font=ink)
    clicked: Sequence[Any] = ()
    if clickable:
        event = st.plotly_chart(figure, key=key, alt=alt, config=_QUIET, on_select="rerun", selection_mode="points")
        points = event["selection"]["points"]
        clicked = points[0].get("customdata", ()) if points else ()
    else:
        st.plotly_chart(figure, key=key, alt=alt, config=_QUIET)
    if table is None:
        return clicked
    with st.expander(t("The same figures as a table"), icon=":material/table:", key=f"{key}_table", on_change="rerun") as box:
        if box.open:
            columns = number_columns(table)
            st.dataframe(table, hide_index=True, alt=alt, key=f"{key}_frame", column_config=columns, placeholder="–")
    return clicked
