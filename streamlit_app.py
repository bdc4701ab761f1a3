"""The door: page config, navigation, sidebar; the pages stand in pages/."""

import streamlit as st

from core.base.errors import NotInWorkspace
from pages.ui import glossary, languages, look, notices, sidebar, state
from pages.ui.frame import frame
from pages.ui.parts import new_project_button, show_error, show_errors
from pages.ui.steps import navigation
from pages.ui.text import Raw, t

# a file, not an emoji or a Material name: Streamlit fetches the latter's favicon from outside
st.set_page_config(page_title="Tunesmith", page_icon=sidebar.ICON, layout="wide", initial_sidebar_state="auto")
st.logo(sidebar.LOGO, icon_image=sidebar.ICON, size="large")
look.mend()

with show_errors():
    languages.settle()
    try:
        project = state.enter()
        lost = None
    except NotInWorkspace as error:
        project, lost = None, error
    page = navigation(project)
    # what a screen reader says first, and what a row of tabs shows
    st.set_page_config(page_title=t("{page} – Tunesmith", page=Raw(page.title)))
    sidebar.draw(project)
    if lost is not None:
        show_error(lost)
        new_project_button()
    else:
        # drawn before the page, so that a page that stops early has its words all the same
        body, words = st.container(), st.container()
        with words:
            glossary.show(page.url_path)
            if page.url_path:  # the door leads on at once: a note would go with it
                notices.watch(project, on_monitor=page.url_path == "monitor")
        with frame(), body, show_errors():
            page.run()
