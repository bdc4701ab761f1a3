"""What the settings of the theme cannot say: two rules of style, each for people who would otherwise see less."""

import streamlit as st

# Streamlit writes the chosen entry of a row of buttons in the theme's primary colour, on a ground that is tinted with it, and the words on
# a primary button in white. No green does both at night: white on it asks for a luminance of 0.18 at the most, being read on the dark
# ground for 0.24 at the least. So the chosen entry, and with it the value over a slider, is written in the colour of the text; ground,
# border and knob still mark it.
_CHOSEN = ':is([data-testid="stButtonGroup"] [data-selected="true"], [data-testid="stSliderThumbValue"]) { color: inherit !important; }'
# Everything that Tab reaches has a ring but these: links of the sidebar and buttons over a table only change their ground a little (the
# open page's link not at all), and the page itself, which the arrow keys scroll, does not change.
_UNMARKED = ':is([data-testid="stSidebarNavLink"], [data-testid="stBaseButton-elementToolbar"], [data-testid="stMain"])'
_RING = f"{_UNMARKED}:focus-visible {{ outline: 2px solid currentColor !important; outline-offset: -2px; }}"


def mend() -> None:
    """Draw the style, which takes no room on the page."""
    st.html(f"<style>{_CHOSEN}{_RING}</style>")
