"""Prediction runs on screen: started once, watched by every tab, continued after a restart."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.base.token_cost import batch_share
from core.compare.batch_run import look_again
from core.compare.batch_runner import BatchRunner
from core.compare.run import needs_attention
from core.compare.runner import Runner
from core.compare.runners import Runners
from core.io.connections import Connection
from core.io.workspace import Run, RunBatch
from core.monitor.failures import while_answering
from pages.ui import prices, state
from pages.ui.parts import show_error
from pages.ui.sentences import say
from pages.ui.text import Raw, day, money, t

MOST_ROWS = 2000  # of a larger test set: at n = 2,000 the interval is already about two points to each side


@st.cache_resource(show_spinner=False)
def runners() -> Runners:
    """The background workers of this app."""
    return Runners()


def go_on(run: Run, where: Connection, *, batch: bool = False) -> None:
    """Ask the run's missing rows, whether it is new, was stopped by hand or by a restart."""
    if _is_held(run):
        state.workspace().set_setting(_hold(run), False)
    if not batch and _waits_after_batch(run):  # it says so itself, and asks
        return
    runners().ensure(state.workspace(), run, state.client(where), price=prices.of(where, run.model), batch=batch)


def way(where: Connection, models: Sequence[str], usd: float | None, *, key: str) -> tuple[bool, float | None]:
    """Let the user choose to ask now or in one batch, where the connection has that for less: (batch, about what it costs in USD)."""
    shares = [batch_share(prices.of(where, model)) for model in models]
    known = [float(share) for share in shares if share is not None]
    if where.batch is None or where.local or usd is None or len(known) < len(shares) or not known or max(known) >= 1:
        return False, usd
    bulk = usd * max(known)
    named = {
        "now": t("Now, row by row: about {price}", price=money(usd)),
        "batch": t("As one batch, answered within {hours} hours: about {price}", hours=where.batch.hours, price=money(bulk)),
    }
    chosen = st.radio(
        t("How to ask"),
        tuple(named),
        format_func=named.__getitem__,
        key=f"way_{key}",
        persist_state="session",
        help=t(
            "A batch costs about {percent}% of the usual price, as the price list of {day} has it. It often comes much sooner, "
            "and goes on when this machine is off.",
            percent=round(100 * max(known)),
            day=Raw(day(min(price.as_of for model in models if (price := prices.of(where, model)) is not None))),
        ),
    )
    return (True, bulk) if chosen == "batch" else (False, usd)


def show_progress(begun: Sequence[Run], where: Connection, labels: Mapping[str, str]) -> bool:
    """Show how far the runs are and continue those that a restart has stopped; True while any of them works.

    `labels` names each by its id: the label kept with a run is in the language of whoever began it.
    """
    begun = list({run.id: run for run in begun}.values())  # two candidates may come to the same messages
    halted = _halted(begun)
    # while one of them still waits for the answers under way, none has stopped
    stopped = not any(_at_work(run.id) for run in begun)
    held = [run for run in begun if stopped and _is_held(run) and not state.workspace().progress(run.id).is_over]
    held = [run for run in held if not _waits_after_batch(run)]
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


def _halted(begun: Sequence[Run]) -> list[Runner | BatchRunner]:
    """The runners that a problem of the whole run has stopped before its end."""
    found = [runner for run in begun if (runner := runners().find(run.id)) is not None and runner.problem and not runner.alive]
    return [runner for runner in found if not state.workspace().progress(runner.run.id).is_over and not _waits_after_batch(runner.run)]


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
    waits = needs_attention(
        run, ws.progress(run.id), alive=_at_work(run.id), needs_key=key, has_key=not key, held=_is_held(run) and not _waits_after_batch(run)
    )
    if waits is None:
        return
    if waits.code == "run_can_continue":
        if not _after_batch(run, where, label):
            runners().ensure(ws, run, state.client(where), price=prices.of(where, run.model))
    elif waits.code == "run_has_failed_rows":
        st.warning(t("{label}: {what}", label=label, what=Raw(say(waits))), icon=":material/error:")
        if st.button(t("Ask those rows again"), icon=":material/replay:", key=f"retry_{run.id}"):
            ws.retry_failed(run.id)
            go_on(run, where)
            st.rerun()
    else:
        st.warning(say(waits), icon=":material/key:")


def _after_batch(run: Run, where: Connection, label: str) -> bool:
    """Say how the run's batch ended without all answers, and offer what can be done; False where there was none.

    Nothing is asked one by one by itself here: that costs more than was agreed to.
    """
    ws = state.workspace()
    record = ws.batch_of(run.id)
    if record is None or not _waits_after_batch(run):
        return False
    if record.failure is not None:
        show_error(while_answering(record.failure))
    progress = ws.progress(run.id)
    missing = progress.total - progress.done - progress.failed
    if record.state == "lost":
        _lost(run, where, record, label, missing=missing, total=progress.total)
        return True
    told = t("{label}: the batch has ended. {missing} of {total} rows have no answer.", label=label, missing=missing, total=progress.total)
    st.warning(told, icon=":material/inventory_2:")
    if record.state != "over" and st.button(t("Order the batch again"), icon=":material/replay:", key=f"order_again_{run.id}"):
        go_on(run, where, batch=True)
        st.rerun()
    usual = t("Ask the missing rows one by one, at the usual price")
    if st.button(usual, icon=":material/play_arrow:", key=f"after_batch_{run.id}"):
        _ask_one_by_one(run, where)
    return True


def _lost(run: Run, where: Connection, record: RunBatch, label: str, *, missing: int, total: int) -> None:
    """Say that the server does not know the batch any more, what asking again may cost, and offer both ways on."""
    st.warning(
        t(
            "{label}: the batch is lost. {missing} of {total} rows have no answer. If the server has carried it out, it has billed it: "
            "whoever asks these rows again may pay for them twice.",
            label=label,
            missing=missing,
            total=total,
        ),
        icon=":material/inventory_2:",
    )
    if st.button(t("Look for the batch again"), icon=":material/search:", key=f"look_again_{run.id}"):
        look_again(state.workspace(), record)
        go_on(run, where, batch=True)
        st.rerun()
    if st.button(t("Ask again"), icon=":material/replay:", key=f"ask_again_{run.id}", help=t("One by one, at the usual price.")):
        _ask_one_by_one(run, where)


def _ask_one_by_one(run: Run, where: Connection) -> None:
    state.workspace().set_setting(_one_by_one(run), True)
    go_on(run, where)
    st.rerun()


def _one_by_one(run: Run) -> str:
    return f"one by one/{run.project_id}/{run.id}"


def _waits_after_batch(run: Run) -> bool:
    """Whether the run's batch has ended, and nobody has said yet that the rows left may be asked one by one."""
    ws = state.workspace()
    record = ws.batch_of(run.id)
    return record is not None and not record.is_live and not ws.get_setting(_one_by_one(run))


def _said(run: Run, label: str) -> str:
    """How far a run is, what it has cost so far and what it will have cost about."""
    ws = state.workspace()
    progress, spent, record = ws.progress(run.id), ws.spent(run.id), ws.batch_of(run.id)
    done = progress.done + progress.failed
    if record is not None and record.is_live:
        return t(
            "{label}: sent as one batch. The server has answered {done} of {total} rows.", label=label, done=record.done, total=record.rows
        )
    if not spent.priced or not spent.usd:
        return t("{label}: {done} of {total} rows", label=label, done=done, total=progress.total)
    whole = spent.usd / spent.priced * progress.total
    facts = {"label": label, "done": done, "total": progress.total, "spent": money(spent.usd), "whole": money(whole)}
    if spent.unpriced:
        return t("{label}: {done} of {total} rows. Cost so far: at least {spent}.", **facts)
    return t("{label}: {done} of {total} rows. Cost so far: {spent} of about {whole}.", **facts)


def _paused(begun: Sequence[Run]) -> float:
    found = (runners().find(run.id) for run in begun)
    return max((runner.paused_for_s for runner in found if runner is not None and runner.alive), default=0.0)


@st.fragment(run_every="1s")
def _watch(begun: tuple[Run, ...], labels: tuple[str, ...]) -> None:
    ws = state.workspace()
    for run, label in zip(begun, labels, strict=True):
        progress = ws.progress(run.id)
        share = (progress.done + progress.failed) / max(1, progress.total)
        st.progress(share, text=_said(run, label))
    if (paused := _paused(begun)) >= 5:  # shorter ones are over before they are read
        st.caption(t("The server asks to wait for {seconds} more seconds. It goes on by itself.", seconds=round(paused)))
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
