"""The diaries of jobs, read once for all sessions of the app."""

import streamlit as st

from core.io.workspace import JobRecord
from core.monitor.story import Story
from pages.ui import state


def of(record: JobRecord) -> Story:
    """The job's diary up to now."""
    return _story(record.id).catch_up(state.workspace(), record.id)


@st.cache_resource(max_entries=32, show_spinner=False)
def _story(record_id: str) -> Story:
    return Story()
