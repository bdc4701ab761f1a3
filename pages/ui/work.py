"""Long CPU work as the pages see it: started once, its progress shown, its result kept."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.io.tasks import cancel_task, look_at_task, start_task, task_result
from pages.ui import state
from pages.ui.frame import first_time
from pages.ui.parts import show_error
from pages.ui.text import Raw, t


@st.cache_resource(show_spinner=False, max_entries=16)
def _result(home: str, task_id: str) -> Any:
    ws = state.workspace()
    return task_result(ws, ws.task(task_id))


def result(kind: str, args: Mapping[str, Any], label: str) -> Any:
    """The result of a piece of work, begun now if it never was; None, with progress or the reason on the page, while there is none.

    Several parts of a page may want the same result: the first of them shows how far it is.
    """
    ws = state.workspace()
    task = start_task(ws, kind, args, state.now())
    if task.state == "done":
        return _result(str(state.engine_home()), task.id)
    if not first_time(f"work {task.id}"):
        return None
    if not task.is_over:
        _watch(task.id, label)
        return None
    if task.failure is not None:
        show_error(task.failure)
    else:
        st.info(t("This was stopped."), icon=":material/stop_circle:")
    if st.button(t("Try again"), icon=":material/replay:", key=f"again_{task.id}"):
        start_task(ws, kind, args, state.now(), again=True)
        st.rerun()
    return None


@st.fragment(run_every="500ms")
def _watch(task_id: str, label: str) -> None:
    task = look_at_task(state.workspace(), task_id, state.now())
    if task.is_over:
        st.rerun()
    share = task.done / task.total if task.total else 0.0
    text = t("{label} {done} of {total}", label=Raw(label), done=task.done, total=task.total) if task.total else label
    st.progress(min(1.0, share), text=text)
    if st.button(t("Stop"), icon=":material/stop_circle:", key=f"stop_{task_id}"):
        cancel_task(state.workspace(), task_id, state.now())
        st.rerun()
