"""A model as judge of the two answers of the vote: off until it is chosen, asked in both orders, and held against the people's votes."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.base.types import Example
from core.compare.calibration import NEEDED, Judging, judging
from core.compare.judge import MOST_TIMES, Ask, asks, cost, is_of_the_two, settings
from core.compare.vote import Vote, preferred
from core.io.connections import Connection
from core.io.workspace import Dataset, Project, Run
from pages.ui import consent, elsewhere_models, judge_said, prices, runs, sidebar, state
from pages.ui.ballot import Pair
from pages.ui.parts import show_errors
from pages.ui.text import money, t, tn


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it, for the report: who judged, how often each question was asked in each order, and all that it said."""

    model: str
    origin: str
    times: int
    found: Judging


@dataclass(frozen=True, slots=True)
class _Bench:
    """What is judged, who was chosen to do so, and every question that this makes.

    `place` is where the choice is kept; `runs` are those in which the judge was asked, several where answers have changed since, and
    `over` is whether all of these had ended before their replies were read, so that what is missing among them was never asked.
    """

    project: Project
    dataset: Dataset
    pair: Pair
    place: str
    kept: Mapping[str, Any]
    wanted: Sequence[Ask]
    too_long: Sequence[int]
    runs: Sequence[Run]
    over: bool

    @property
    def key(self) -> str:
        """For the widgets: another one for each pair and judge."""
        return _short(self.place, self.kept.get("origin", ""), self.kept.get("model", ""))


def show(
    project: Project, dataset: Dataset, pair: Pair, rows: Sequence[Example], votes: Sequence[Vote], models: Iterable[str]
) -> Judged | None:
    """Draw the judge, folded away until one is chosen; what it said so far. `models` are the names of those that it may be one of."""
    if not pair.rows:
        return None
    place = f"judge/{project.id}/{pair.id}"
    kept: dict[str, Any] = state.workspace().get_setting(place) or {}
    label = t("Let a model judge, too")
    with st.expander(label, icon=":material/gavel:", expanded=bool(kept), key=f"judge_{_short(place)}", on_change="rerun") as box:
        if not kept:
            if box.open:
                _choose(place, preferred(votes, pair.rows))
            return None
        wanted, too_long = _asks(pair, rows, kept.get("times", 1))
        begun = [run for run in state.workspace().runs(project.id) if run.id in kept.get("runs", ())]
        bench = _Bench(project, dataset, pair, place, kept, wanted, too_long, begun, _is_over(begun))
        replies = {(one.row, one.expected): one for run in begun for one in state.workspace().predictions(run.id)}
        found = judging(wanted, replies, votes)
        if box.open:
            with show_errors():
                _draw(bench, rows, models, replies, found)
    return Judged(kept["model"], kept["origin"], kept.get("times", 1), found) if found.replies else None


def _is_over(begun: Sequence[Run]) -> bool:
    return all(state.workspace().progress(run.id).is_over for run in begun)


def _asks(pair: Pair, rows: Sequence[Example], times: int) -> tuple[list[Ask], list[int]]:
    first, second = ({row: side[row].answer or "" for row in pair.rows} for side in (pair.first, pair.second))
    return asks(rows, first, second, times)


def _choose(place: str, voted: Mapping[int, Any]) -> None:
    told = t(
        "A model can read both answers of each row and say which one is better. That is quick, and it can be wrong: it may like the answer "
        "that stands first, the longer one, or its own."
    )
    leash = t("So it is asked in both orders and held against the votes of people, and it never decides.")
    st.markdown(f"{told} {leash}")
    if len(voted) < NEEDED:
        st.info(
            t(
                "Rows with a vote so far: {voted}. With fewer than {needed} nobody can say how far the judge is to be trusted. "
                "Vote first: that costs nothing.",
                voted=len(voted),
                needed=NEEDED,
            ),
            icon=":material/how_to_vote:",
        )
    spec = elsewhere_models.ask(f"judge_{_short(place)}", t("Take it as the judge"))
    if spec is not None:
        state.workspace().set_setting(place, {name: spec[name] for name in ("connection", "origin", "model")})
        st.rerun()


def _draw(bench: _Bench, rows: Sequence[Example], models: Iterable[str], replies: judge_said.Replies, found: Judging) -> None:
    kept, begun = bench.kept, bench.runs
    where = state.connection_at(kept["connection"], kept["origin"])
    place = t("this machine") if where.local else where.host
    st.markdown(t("The judge is {model} ({place}). It never learns which answer is whose.", model=kept["model"], place=place))
    if is_of_the_two(kept["model"], models):
        st.warning(
            t(
                "This judge is one of the two models, or the one that both were made from. Models tend to prefer their own words: "
                "choose another one."
            ),
            icon=":material/warning:",
        )
    if not begun:
        times = _times(bench.key)
        wanted, too_long = _asks(bench.pair, rows, times)
        bench = replace(bench, kept={**kept, "times": times}, wanted=wanted, too_long=too_long)
    missing = [one for one in bench.wanted if (one.row, one.tag) not in replies] if bench.over else []
    if where.needs_key and where.origin != state.chosen_connection().origin and (missing or not bench.over):
        sidebar.key_field(where, "_judge")
    working = runs.show_progress(begun, where, dict.fromkeys((run.id for run in begun), t("The judge"))) if begun else False
    if not working and not bench.over and _is_over(begun):
        st.rerun()  # the last replies have come since they were read
    if missing and not working:
        _offer(bench, where, missing)
    if bench.too_long:
        st.caption(
            tn(
                "{n} row is too long for a judge and is left out.",
                "{n} rows are too long for a judge and are left out.",
                len(bench.too_long),
            )
        )
    if replies and not working:
        judge_said.show(bench.wanted, replies, found, bench.pair.names, key=bench.key)
    if not working:
        _delete(bench, begun)


def _times(key: str) -> int:
    names = {1: t("Once"), 2: t("Twice"), 3: t("Three times")}
    chosen = st.segmented_control(
        t("How often is each question asked in each order?"),
        range(1, MOST_TIMES + 1),
        default=1,
        required=True,
        format_func=names.__getitem__,
        key=f"judge_times_{key}",
        persist_state="session",
        help=t("Asked several times, it shows how much of what it says is chance. Each time costs the same again."),
    )
    return int(chosen or 1)


def _offer(bench: _Bench, where: Connection, missing: Sequence[Ask]) -> None:
    """Name what is asked, what leaves and what it costs; ask once that was agreed to."""
    model, rows = str(bench.kept["model"]), {one.row for one in missing}
    price = prices.of(where, model)
    tokens, usd, most = _cost(_short(*(one.tag for one in missing)), model, str(price), missing, price)
    st.markdown(
        tn(
            "{n} row, in both orders: {questions} questions of about {tokens} tokens in all.",
            "{n} rows, each in both orders: {questions} questions of about {tokens} tokens in all.",
            len(rows),
            questions=len(missing),
            tokens=tokens,
        )
    )
    consent.tell_of_answers(where, bench.dataset, rows)
    batch, about = runs.way(where, [model], usd, key=f"judge_{bench.key}")
    agreed = consent.ask_questions(where, key=f"judge_{bench.key}_{_short(*(one.tag for one in missing))}", n=len(missing), usd=about)
    if not where.local and most is not None and not batch:
        st.caption(t("At most {price}, if each reply is as long as it may be.", price=money(most)))
    label = tn("Let it judge {n} row", "Let it judge {n} rows", len(rows))
    agreed &= not state.lacks_key(where)
    if st.button(label, icon=":material/play_arrow:", disabled=not agreed, key=f"judge_ask_{bench.key}"):
        _begin(bench, where, missing, batch)
        st.rerun()


@st.cache_data(show_spinner=False, max_entries=8)
def _cost(key: str, model: str, at: str, _missing: Sequence[Ask], _price: Any) -> tuple[int, float | None, float | None]:
    return cost(_missing, model, _price)


def _begin(bench: _Bench, where: Connection, missing: Sequence[Ask], batch: bool) -> None:
    ws, kept = state.workspace(), bench.kept
    if set((ws.get_setting(bench.place) or {}).get("runs", ())) != {run.id for run in bench.runs}:
        return  # another tab has begun meanwhile, and nothing is paid for twice
    run = ws.start_run(
        bench.project.id,
        now=state.now(),
        dataset_id=None,  # they are no answers to the data set's questions: no comparison takes them for its own
        connection_id=where.id,
        origin=where.origin,
        model=kept["model"],
        label=t("The judge"),
        settings=settings(small=where.local),
        rows=[one.run_row for one in missing],
    )
    ws.set_setting(bench.place, {**kept, "runs": list(dict.fromkeys([*kept.get("runs", ()), run.id]))})
    runs.go_on(run, where, batch=batch)


def _delete(bench: _Bench, begun: Sequence[Run]) -> None:
    if not begun:
        st.button(t("Choose another judge"), type="tertiary", key=f"judge_other_{bench.key}", on_click=_forget, args=(bench.place, ()))
        return
    with st.popover(t("Delete what the judge said"), icon=":material/delete:", type="tertiary"):
        st.markdown(t("Then another model can be chosen. What was paid for is gone."))
        gone = tuple(run.id for run in begun)
        st.button(t("Delete"), icon=":material/delete:", key=f"judge_delete_{bench.key}", on_click=_forget, args=(bench.place, gone))


def _forget(place: str, gone: Sequence[str]) -> None:
    ws = state.workspace()
    for run_id in gone:
        if (runner := runs.runners().find(run_id)) is not None:
            runner.stop()
        ws.delete_run(run_id)
    ws.set_setting(place, None)


def _short(*what: str) -> str:
    return hashlib.sha256("\n".join(what).encode()).hexdigest()[:12]
