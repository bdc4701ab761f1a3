"""Who else takes part in a comparison: chosen under "Compare with more", kept with the project, asked with a yes for each host."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.base.leakage import SeenRow
from core.compare.candidate import AS_TRAINED, Candidate
from core.compare.few_shot import MOST, seen_in_prompts, shots
from core.compare.rows import Side
from core.compare.run import find, start
from core.io.connections import Connection
from core.io.workspace import Run
from pages.ui import consent, costs, elsewhere_models, lineup, models, recorded, runs, sidebar, state, work
from pages.ui.data import examples
from pages.ui.lineup import Table, Taking
from pages.ui.names import told_apart
from pages.ui.seen import seen_rows
from pages.ui.text import t

AT_ONCE = 1_000  # rows to teach and to ask, together: their similar examples are found in about a second


def more(table: Table, before: Taking, after: Taking) -> list[Taking]:
    """Draw the folded part where further candidates are chosen; those that take part, in the order of the list."""
    kept = lineup.kept_of(table)
    with st.expander(t("Compare with more"), icon=":material/group_add:", key=f"more_{table.record.id}", on_change="rerun") as box:
        if not box.open and not kept["more"]:
            return []
        offered = lineup.offered(table, before, after, kept)
        if box.open:
            _choose(table, offered, kept, (before, after))
    chosen = [key for key in kept["more"] if key in offered]
    found = [_with_shots(table, offered[key]) for key in chosen]
    return [one for one in found if one is not None]


def run_of(table: Table, one: Taking) -> Run | None:
    """The run in which this candidate was asked just these rows, or None."""
    every = state.workspace().runs(table.project.id)
    if one.where is None:
        return next((run for run in every if run.id == one.run_id), None)
    return find(every, one.candidate, table.dataset.id, table.rows, one.shots)


def seen_by(table: Table, one: Taking) -> tuple[SeenRow, ...] | None:
    """The test rows that a candidate's training or prompt contained, exactly or nearly; None while they are being looked for."""
    trained = seen_rows(table.dataset, table.side, one.trained_on) if one.trained_on is not None else ()
    if trained is None or not one.shots:
        return trained
    known = {row.index for row in trained}
    shown = _seen_in_prompts(
        str(state.engine_home()), table.dataset.id, table.side, len(table.rows), one.candidate.prompt.shots, table, one
    )
    return (*trained, *(row for row in shown if row.index not in known))


@st.cache_resource(show_spinner=False, max_entries=8)
def _seen_in_prompts(home: str, dataset: str, side: Side, n: int, k: int, _table: Table, _one: Taking) -> list[SeenRow]:
    # a model's name changes nothing in what stands before a question, and 2,000 rows would be gone through at every rerun
    return seen_in_prompts(_table.rows, _one.shots)


def may_ask(table: Table, missing: Sequence[Taking]) -> tuple[bool, frozenset[str]]:
    """Name what leaves for which host, at what price: True once there was a yes for each, and the servers that are asked in one batch."""
    agreed, batched = True, set()
    hosts = {one.where.origin: one.where for one in missing if one.where is not None}
    for where in hosts.values():
        here = [one for one in missing if one.where is not None and one.where.origin == where.origin]
        if where.needs_key and where.origin != state.chosen_connection().origin:
            sidebar.key_field(where, "_candidate")
        for one in here:
            if one.shots:
                consent.tell_of_shots(where, table.dataset, one.candidate.prompt.shots)
        names = [one.candidate.model for one in here]
        # by origin: two servers may be of one kind of connection
        batch, usd = runs.way(where, names, _usd(table, here, where), key=f"{table.record.id}_{where.origin}")
        if batch:
            batched.add(where.origin)
        agreed &= consent.ask_questions(where, key=_consent_key(table, here), n=len(here) * len(table.rows), usd=usd)
        agreed &= not (where.origin != state.chosen_connection().origin and state.lacks_key(where))
    return agreed, frozenset(batched)


def begin(table: Table, missing: Sequence[Taking], batched: frozenset[str]) -> None:
    """Begin the runs of candidates that were not asked yet, those of the servers in `batched` (by origin) as one order each."""
    for one in missing:
        if one.where is not None:
            run = start(
                state.workspace(),
                table.project.id,
                one.candidate,
                table.rows,
                now=state.now(),
                dataset_id=table.dataset.id,
                shots=one.shots,
            )
            runs.go_on(run, one.where, batch=one.where.origin in batched)


def progress(asked: Sequence[tuple[Taking, Run]]) -> bool:
    """Show how far the runs are, those of each server together; True while any of them works."""
    working = False
    for origin in dict.fromkeys(one.where.origin for one, _ in asked if one.where is not None):
        here = [(one, run) for one, run in asked if one.where is not None and one.where.origin == origin]
        where = next(one.where for one, _ in here if one.where is not None)
        working |= runs.show_progress([run for _, run in here], where, {run.id: one.candidate.label for one, run in here})
    return working


def looked_at(table: Table, takings: Sequence[Taking]) -> str:
    """The id of the candidate that every other one is compared with: the trained model unless another is chosen."""
    usual = takings[1].candidate.id
    if len(takings) == 2:
        return usual
    names = told_apart({one.candidate.id: one.candidate.label for one in takings})
    others = list(names)[1:]  # what is compared with first cannot be looked at as well
    chosen = st.selectbox(
        t("Which model is it about?"),
        others,
        format_func=names.__getitem__,
        key=f"looked_at_{table.record.id}_{hash(tuple(names.values()))}",
        persist_state="session",
        help=t("Every other model is compared with this one."),
    )
    return str(chosen)


def _choose(table: Table, offered: Mapping[str, Taking], kept: Mapping[str, Any], main: Sequence[Taking]) -> None:
    if offered:
        told = t("Is training worth it? Often a better prompt, or another model, does as well. Each model here answers the same rows.")
        st.markdown(told)
        # the box sends back the text of its entries: where one is called otherwise, it is another box
        key = f"chosen_{table.record.id}_{hash(tuple(one.candidate.label for one in offered.values()))}"
        st.multiselect(
            t("Also compare"),
            list(offered),
            default=[one for one in kept["more"] if one in offered],
            format_func=lambda one: offered[one].candidate.label,
            key=key,
            placeholder=t("Choose models"),
            on_change=lambda: lineup.keep(table, more=st.session_state[key]),
        )
    else:  # an empty box says nothing; only of the practice model no prompt is offered
        st.markdown(
            t(
                "Nothing more can be asked here yet: the practice model reads no prompt and no examples, and nothing else has been trained "
                "in this project. Choose a model of another connection, or answers recorded elsewhere."
            )
        )
    if lineup.SHOTS in kept["more"] and lineup.SHOTS in offered:
        k_key = f"shots_{table.record.id}"
        st.number_input(
            t("Similar examples before each question"),
            1,
            MOST,
            value=kept["k"],
            key=k_key,
            width=280,
            on_change=lambda: lineup.keep(table, k=int(st.session_state[k_key])),
            help=t("They come from the training rows: the closest to each question, and never one that asks nearly the same."),
        )
    if not any(one.candidate.kind == "practice" for one in offered.values()) and not _is_practice(table):
        st.caption(t("The practice model can take part, too: choose “This machine” in the sidebar and train it on this data. It is free."))
    with st.container(horizontal=True):
        with st.popover(t("A model of another connection"), icon=":material/add_link:"):
            spec = elsewhere_models.ask(table.record.id)
        with st.popover(t("Answers recorded elsewhere"), icon=":material/upload_file:"):
            spec = recorded.ask(table.project, table.dataset, table.rows) or spec
    if spec is not None:
        same = _known_as(spec, offered, main)
        if same is None:
            st.info(t("This model is one of the two already."), icon=":material/info:")
            return
        added = [one for one in kept["added"] if one["key"] != spec["key"]]
        lineup.keep(table, added=[*added, spec] if same == spec["key"] else kept["added"], more=list(dict.fromkeys([*kept["more"], same])))
        st.rerun()


def _known_as(spec: Mapping[str, Any], offered: Mapping[str, Taking], main: Sequence[Taking]) -> str | None:
    """The key of what was added, or of what is offered already and asks the same; None where that is one of the `main` two."""

    def asks_the_same(one: Candidate) -> bool:
        return (one.origin, one.model, one.prompt) == (spec.get("origin"), spec.get("model"), AS_TRAINED)

    if any(asks_the_same(one.candidate) for one in main):
        return None
    return next((key for key, one in offered.items() if asks_the_same(one.candidate)), str(spec["key"]))


def _is_practice(table: Table) -> bool:
    return models.base_of(table.record, models.connection_of(table.record)).practice


def _with_shots(table: Table, one: Taking) -> Taking | None:
    """The candidate with the examples that stand before each question; None while they are being looked for."""
    k = one.candidate.prompt.shots
    if not k:
        return one
    places = _shots(table, k)
    if places is None:
        return None
    train = examples(table.dataset, "train")
    return replace(one, shots=tuple(tuple(train[at] for at in some) for some in places))


def _shots(table: Table, k: int) -> list[list[int]] | None:
    n = len(table.rows)
    if table.dataset.counts["train"] + n <= AT_ONCE:
        return _shots_at_once(str(state.engine_home()), table.dataset.id, table.side, n, k)
    args = {"dataset": table.dataset.id, "side": table.side, "n": n, "k": k}
    found: list[list[int]] | None = work.result("core.compare.few_shot:shots", args, t("Looking for similar examples…"))
    return found


@st.cache_resource(show_spinner=False, max_entries=8)
def _shots_at_once(home: str, dataset: str, side: Side, n: int, k: int) -> list[list[int]]:
    return shots(state.workspace(), {"dataset": dataset, "side": side, "n": n, "k": k}, lambda done, total: None)


def _consent_key(table: Table, here: Sequence[Taking]) -> str:
    """A yes is for these models on this host, and for no others; that of the plain before and after has a name of its own."""
    ids = [one.candidate.id for one in here]
    plain = [one.candidate.kind for one in here] == ["base", "tuned"] and not any(one.shots for one in here)
    return f"compare_{table.record.id}" + ("" if plain else f"_{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:12]}")


def _usd(table: Table, here: Sequence[Taking], where: Connection) -> float | None:
    prices = [
        costs.asking_one(table.dataset, where, one.base, len(table.rows), trained=one.trained, shots=one.candidate.prompt.shots)
        for one in here
    ]
    return None if any(one is None for one in prices) else sum(one for one in prices if one is not None)
