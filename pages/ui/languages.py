"""Which language a session speaks: the one chosen by hand, at this visit or the last one, else the browser's."""

import streamlit as st

from pages.ui import state
from pages.ui.text import LANGUAGE, LANGUAGES, known, language

BOX = "choose_language"
LABEL = "Bahasa / Language"  # in both languages: whoever looks for it may not read the other one


def settle() -> None:
    """Settle on a language at the session's first run; t() then only looks it up."""
    if LANGUAGE not in st.session_state:
        st.session_state[LANGUAGE] = state.workspace().get_setting(LANGUAGE) or known(st.context.locale)


def choose() -> None:
    """Offer the languages; the choice holds for this session and, on this machine, for the next visit."""
    st.segmented_control(
        LABEL,
        list(LANGUAGES),
        default=language(),
        required=True,
        format_func=lambda code: LANGUAGES[code],
        key=BOX,
        on_change=_change,
        width="stretch",
    )
    # a screen reader picks its voice by the page's language, and Streamlit's page always says English
    st.html(f'<script>document.documentElement.lang = "{language()}"</script>', unsafe_allow_javascript=True)


def _change() -> None:
    chosen = st.session_state[BOX]
    st.session_state[LANGUAGE] = chosen
    state.workspace().set_setting(LANGUAGE, chosen)
    # A box with a list sends back the words that it shows. In the other language those are none of its options, and it would fall back to
    # its first; so each value is set anew as what it stands for, before the words change.
    for key, value in st.session_state.items():
        if isinstance(value, str) and key != BOX:
            st.session_state[key] = value
