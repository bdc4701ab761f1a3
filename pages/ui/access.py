"""Can it run at all, and until when: what the connection says of itself, the verdict, and the days on which something ends."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from core.base.errors import MissingScopes, TrainingNotAvailable, TunesmithError
from core.base.model_table import is_tuned
from core.base.types import Reason
from core.estimate.access import Access, can_train
from core.estimate.probe import SLOW_S, Probe
from core.estimate.timeline import timeline
from core.io.connections import BaseModel, Connection
from core.io.workspace import JobRecord, Project
from core.train.start import stored_error
from pages.ui import charts, models, prices, probe, state, ways_on, wishes
from pages.ui.names import told_apart
from pages.ui.parts import show_error
from pages.ui.sentences import say
from pages.ui.sentences.access import PERMISSIONS
from pages.ui.text import Raw, clock, day, escape, number, t, tn

_QUICK_S = 0.3  # most servers answer within this, and then nothing flickers
_APART = 6  # fine-tunes that have a line each; more of them share one for each day
_LOOK = {
    "yes": (st.success, ":material/check_circle:"),
    "probably": (st.info, ":material/check_circle:"),
    "no": (st.error, ":material/block:"),
    "probably_not": (st.warning, ":material/warning:"),
    "unknown": (st.info, ":material/help:"),
}


def show(where: Connection, model: BaseModel, project: Project) -> None:
    """Say whether this connection can train, as far as can be known without spending anything, and until when; the page does not wait."""
    if where.local:
        _verdict(can_train(where.id, None, None, _today()), where, model, project, None)
        return
    lacks_key = state.lacks_key(where)
    found = at = None
    if not lacks_key:
        asking = probe.begin(where)
        found = asking.look(_QUICK_S)
        if found is None:
            _watch(where)
            found = asking.before
        else:
            at = state.now() - timedelta(seconds=asking.age)
    judged = _judge(where, model, project, found)
    if found is not None or lacks_key or judged.verdict == "no":
        _verdict(judged, where, model, project, found)
    if lacks_key:
        st.caption(t("Type its API key in the sidebar to ask it."))
    if found is not None and at is not None:
        _asked(where, found, at)
    _ends(where, model, found)


@st.fragment(run_every="500ms")
def _watch(where: Connection) -> None:
    """Look twice a second whether the answer has come; the rest of the page stands meanwhile."""
    asking = probe.begin(where)
    try:
        over = asking.look() is not None
    except TunesmithError:  # a slip of our own, which the whole page shows
        over = True
    if over:
        st.rerun()
    if asking.age < SLOW_S:
        st.info(t("Asking {host}…", host=where.host), icon=":material/hourglass_top:")
        return
    st.warning(
        t(
            "{host} takes its time: no answer for {n} seconds. The rest of the page does not wait for it.",
            host=where.host,
            n=int(asking.age),
        ),
        icon=":material/hourglass_top:",
    )
    _ask_again(where, "slow")


def _ask_again(where: Connection, key: str) -> None:
    if st.button(t("Ask again"), icon=":material/replay:", key=f"ask_{key}_{where.id}", help=t("Asking costs nothing.")):
        probe.begin(where, again=True)
        st.rerun()


def _judge(where: Connection, model: BaseModel, project: Project, found: Probe | None) -> Access:
    records = state.workspace().jobs_at(where.origin)
    return can_train(
        prices.place(where),
        found.models if found else None,
        found.jobs if found else None,
        _today(),
        model=model.id,
        lists_jobs=found.lists_jobs if found else True,
        scopes=found.scopes if found else (),
        refused=_refused(records, found),
        used=_used(where, project),
    )


def _refused(records: Sequence[JobRecord], found: Probe | None) -> date | None:
    """When the server last said that this account may not train any more; None where it has let it train since."""
    if found is not None and found.refused:
        return _today()
    told = [one.created_at for one in records if one.state == "refused" and isinstance(stored_error(one), TrainingNotAvailable)]
    let_in = [one.created_at for one in records if one.state == "created"]
    let_in += [job.created_at for job in (found.jobs if found else None) or () if job.created_at is not None]
    last = max(told, default=None)
    return None if last is None or any(when > last for when in let_in) else last.date()


def _used(where: Connection, project: Project) -> date | None:
    """When a fine-tune there last answered a question of this project's."""
    ws = state.workspace()
    runs = (run for run in ws.runs(project.id) if run.origin == where.origin and is_tuned(run.model))
    return next(((run.finished_at or run.created_at).date() for run in runs if ws.progress(run.id).done), None)


def _verdict(access: Access, where: Connection, model: BaseModel, project: Project, found: Probe | None) -> None:
    """The verdict with its reasons, what stands in the way of knowing more, and the ways on where it is a no."""
    hindrance = found.hindrance if found else None
    if hindrance is not None:
        show_error(hindrance)
    reasons = [say(_worded(reason, model)) for reason in access.reasons if not (hindrance is not None and reason.code == "not_asked")]
    name = t("This machine") if where.local else where.host or t(where.name)
    told = {
        "yes": t("{name} can train this.", name=name),
        "probably": t("{name} will probably train this.", name=name),
        "no": t("{name} cannot train this.", name=name),
        "probably_not": t("{name} will probably refuse to train this.", name=name),
        "unknown": t("Whether {name} can train this shows only when the training starts.", name=name),
    }[access.verdict]
    # with a wrong key, say, nobody knows what a start would show
    headline = [] if hindrance is not None and access.verdict == "unknown" else [f"**{told}**"]
    if headline or reasons:
        box, icon = _LOOK[access.verdict]
        box("  \n".join([*headline, *reasons]), icon=icon)
    said = [
        one.details for one in (found.problems if found else ()) if isinstance(one, MissingScopes | TrainingNotAvailable) and one.details
    ]
    if said:
        with st.expander(t("Technical details"), icon=":material/terminal:"):
            st.code("\n".join(dict.fromkeys(said)), language=None, wrap_lines=True)
    if access.verdict in ("no", "probably_not"):
        ways_on.offer(project, where.id, wishes.recall(project, where).wishes)


def _worded(reason: Reason, model: BaseModel) -> Reason:
    """The same with names that a reader knows: of the model, and of the permissions that a key lacks."""
    params = dict(reason.params)
    if "model" in params:
        params["model"] = t(model.name)
    if "permissions" in params:
        names = dict.fromkeys(t(PERMISSIONS[one]) if one in PERMISSIONS else escape(one) for one in params["permissions"])
        params["permissions"] = Raw(", ".join(names))
    return replace(reason, params=params)


def _asked(where: Connection, found: Probe, at: datetime) -> None:
    """When it was asked and what it answered, in a line, and the button that asks again."""
    facts = [t("Asked at {time}", time=Raw(clock(at)))]
    facts.append(t("it answered in {n} s", n=Raw(number(found.seconds, 1))) if found.reached else t("it was not reached"))
    facts += {"accepted": [t("it accepts the key")], "refused": [t("it does not accept the key")]}.get(found.key, [])
    if found.models is not None:
        facts.append(tn("{n} model", "{n} models", len(found.models)))
    if found.jobs is not None:
        facts.append(tn("{n} training", "{n} trainings", len(found.jobs)))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(" · ".join(facts), width="content")
        _ask_again(where, "anew")


def _ends(where: Connection, model: BaseModel, found: Probe | None) -> None:
    """The days on which something ends, as a timeline and as a table."""
    ends = timeline(prices.place(where), found.models if found else None, found.jobs if found else None, _today(), model=model.id)
    if not ends:
        return
    st.header(t("Until when"), anchor=False)
    made = {models.tuned_name(one): models.friendly_name(one, where) for one in state.workspace().jobs_at(where.origin) if one.snapshot}
    names = told_apart(
        {
            "": t("New trainings"),
            model.id: t(model.name),
            **{one.model: made.get(one.model, one.model) for one in ends if one.kind == "tuned"},
            **{one.model: one.model for one in ends if one.kind == "service"},
        }
    )
    tuned = [end for end in ends if end.kind == "tuned"]
    lines = [(names[end.model], end) for end in ends if end.kind != "tuned"]
    if len(tuned) <= _APART:
        lines += [(names[end.model], end) for end in tuned]
    else:
        same = {end.on: [one for one in tuned if one.on == end.on] for end in tuned}
        lines += [(tn("{n} fine-tuned model", "{n} fine-tuned models", len(group)), group[0]) for group in same.values()]
    table = pd.DataFrame(
        {
            t("What ends"): [names[end.model] for end in ends],
            t("Last day"): [day(end.on) for end in ends],
            t("Days left"): [end.days for end in ends],
            t("Who says so"): [t("the server") if end.by_server else end.source for end in ends],
        }
    )
    charts.timeline(
        [name for name, _ in lines],
        [end.days for _, end in lines],
        [day(end.on) for _, end in lines],
        _today(),
        table,
        key=f"ends_{where.id}",
        alt=t("How many days are left until new trainings, models and other services end."),
    )
    services = ", ".join(end.model for end in ends if end.kind == "service")
    if services:
        st.caption(t("Tunesmith does not need {names}: what a model can do is measured in Compare.", names=services))
    read = max((end.as_of for end in ends if end.as_of), default=None)
    if read is not None:
        st.caption(t("The days as they were read on {day}. A provider can change them.", day=Raw(day(read))))


def _today() -> date:
    return state.now().date()
