"""Prediction runs on screen: started once, watched by every tab, continued after a restart."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.base.types import Example
from core.compare.run import Candidate, needs_attention
from core.compare.run import start as start_run
from core.compare.runner import Runner, Runners
from core.io.connections import Connection
from core.io.workspace import Dataset, Project, Run
from core.monitor.failures import while_answering
from pages.ui import state
from pages.ui.parts import show_error
from pages.ui.sentences import say
from pages.ui.text import Raw, t

MOST_ROWS = 2000  # of a larger test set: at n = 2,000 the interval is already about two points to each side


@st.cache_resource(show_spinner=False)
def runners() -> Runners:
    """The background workers of this app."""
    return Runners()


def start(project: Project, dataset: Dataset, rows: Sequence[Example], candidates: Sequence[Candidate], where: Connection) -> None:
    """Begin the runs of the candidates, or continue those that are there."""
    for candidate in candidates:
        go_on(start_run(state.workspace(), project.id, candidate, rows, now=state.now(), dataset_id=dataset.id), where)


def go_on(run: Run, where: Connection) -> None:
    """Ask the run's missing rows, whether it is new, was stopped by hand or by a restart."""
    if _is_held(run):
        state.workspace().set_setting(_hold(run), False)
    runners().ensure(state.workspace(), run, state.client(where))


def show_progress(begun: Sequence[Run], where: Connection, labels: Mapping[str, str]) -> bool:
    """Show how far the runs are and continue those that a restart has stopped; True while any of them works.

    `labels` names each by its id: the label kept with a run is in the language of whoever began it.
    """
    halted = _halted(begun)
    # while one of them still waits for the answers under way, none has stopped
    stopped = not any(_at_work(run.id) for run in begun)
    held = [run for run in begun if stopped and _is_held(run) and not state.workspace().progress(run.id).is_over]
    if halted and halted[0].problem is not None:  # one click goes on with both kinds: of two buttons each would hide the other
        show_error(while_answering(halted[0].problem))
        if not st.button(t("Continue"), type="primary", icon=":material/play_arrow:", key=f"continue_{halted[0].run.id}"):
            return False
    elif held:
        st.info(t("You have stopped this. The answers that have come are kept."), icon=":material/pause_circle:")
        if not st.button(t("Go on with the missing rows"), type="primary", icon=":material/play_arrow:", key=f"go_on_{held[0].id}"):
            return False
    for run in held:
        go_on(run, where)
    for run in begun:
        _go_on(run, where, labels[run.id])
    if any(_at_work(run.id) for run in begun):
        _watch(tuple(begun), tuple(labels[run.id] for run in begun))
        return True
    if _halted(begun):
        st.rerun()  # it went on and was stopped at once, before there was anything to watch: the next run of the page says why
    return False


def _halted(begun: Sequence[Run]) -> list[Runner]:
    """The runners that a problem of the whole run has stopped before its end."""
    found = [runner for run in begun if (runner := runners().find(run.id)) is not None and runner.problem and not runner.alive]
    return [runner for runner in found if not state.workspace().progress(runner.run.id).is_over]


def _hold(run: Run) -> str:
    return f"held/{run.project_id}/{run.id}"


def _is_held(run: Run) -> bool:
    """Whether somebody has stopped this run: then it is not gone on with by itself, not after a restart either."""
    return bool(state.workspace().get_setting(_hold(run)))


def _stop(begun: Sequence[Run]) -> None:
    for run in begun:
        state.workspace().set_setting(_hold(run), True)
        if (runner := runners().find(run.id)) is not None:
            runner.stop()


def _at_work(run_id: str) -> bool:
    runner = runners().find(run_id)
    return runner is not None and runner.alive


def _go_on(run: Run, where: Connection, label: str) -> None:
    ws = state.workspace()
    key = state.lacks_key(where)
    waits = needs_attention(run, ws.progress(run.id), alive=_at_work(run.id), needs_key=key, has_key=not key, held=_is_held(run))
    if waits is None:
        return
    if waits.code == "run_can_continue":
        runners().ensure(ws, run, state.client(where))
    elif waits.code == "run_has_failed_rows":
        st.warning(t("{label}: {what}", label=label, what=Raw(say(waits))), icon=":material/error:")
        if st.button(t("Ask those rows again"), icon=":material/replay:", key=f"retry_{run.id}"):
            ws.retry_failed(run.id)
            go_on(run, where)
            st.rerun()
    else:
        st.warning(say(waits), icon=":material/key:")


@st.fragment(run_every="1s")
def _watch(begun: tuple[Run, ...], labels: tuple[str, ...]) -> None:
    ws = state.workspace()
    for run, label in zip(begun, labels, strict=True):
        progress = ws.progress(run.id)
        share = (progress.done + progress.failed) / max(1, progress.total)
        st.progress(
            share, text=t("{label}: {done} of {total} rows", label=label, done=progress.done + progress.failed, total=progress.total)
        )
    if not any(_at_work(run.id) for run in begun):
        st.rerun()
    stopping = any(_is_held(run) for run in begun)
    st.button(
        t("Stopping after the rows under way…") if stopping else t("Stop"),
        icon=":material/stop_circle:",
        key=f"stop_{begun[0].id}",
        disabled=stopping,
        on_click=_stop,
        args=(begun,),
        help=t("What has been answered is kept, and the rest can be asked later."),
    )
