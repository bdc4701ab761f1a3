"""A repair touches the rows that it names and no other, shows them before, and is undone exactly."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.errors import BadSetting
from core.base.types import Example, Finding, Message
from core.prepare.checks import check_all
from core.prepare.draft import Draft, Step
from core.prepare.repairs import REPAIRS, apply, apply_logged, preview, settled, step_for
from core.prepare.verdict import verdict
from tests.prepare.builders import example, examples, labelled

_TEXT = st.sampled_from(["", " ", "Why?", "why", "WHY?!", "How?", "Fees", "NaN", "<|x|>", "Cards"])
_EXTRA: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {}, {}, {"id": 1}, {"tools": []}])


@st.composite
def messy(draw: st.DrawFn) -> tuple[Example, ...]:
    """A few examples full of copies, blanks, contradictions and fields too many."""
    worse = st.none() | _TEXT
    rows = draw(st.lists(st.tuples(_TEXT, _TEXT, _EXTRA, _EXTRA, worse), max_size=14))
    return tuple(
        Example(
            (Message("user", question), Message("assistant", answer, extra_of_message)),
            row,
            extra,
            () if rejected is None else (Message("assistant", rejected),),
        )
        for row, (question, answer, extra, extra_of_message, rejected) in enumerate(rows, 2)
    )


_STEP = st.builds(Step, st.sampled_from(sorted(REPAIRS)), st.none() | st.lists(st.integers(0, 18), max_size=4).map(tuple))


@settings(deadline=None)
@given(messy(), _STEP)
def test_a_repair_touches_only_the_rows_that_it_names(data: tuple[Example, ...], step: Step) -> None:
    outcome = apply_logged(data, [step])
    after, (applied,) = outcome.examples, outcome.log
    if step.rows is not None:
        assert set(applied.rows) <= set(step.rows)
    else:
        named = {row for finding in check_all(data) if finding.repair == step.repair for row in finding.rows}
        if step.repair == "leave_out":
            named = set()  # it has no rule of its own: it is always given its rows
        assert set(applied.rows) == named, "the repair's own rule and the finding name the same rows"
    kept = [one for one in data if one.row not in applied.rows]
    assert [one for one in after if one.row not in applied.rows] == kept
    assert all(a is b for a, b in zip((one for one in after if one.row not in applied.rows), kept, strict=True))
    assert [one.row for one in after] == [one.row for one in data if one.row in {x.row for x in after}], "and the order stays"


@settings(deadline=None)
@given(messy(), _STEP)
def test_the_preview_is_what_then_happens(data: tuple[Example, ...], step: Step) -> None:
    shown = preview(data, step, most=100)
    outcome = apply_logged(data, [step])
    after, (applied,) = outcome.examples, outcome.log
    assert shown.n == len(applied.rows) == len(shown.changes)
    now = {one.row: one for one in after}
    for change in shown.changes:
        assert change.before in data and now.get(change.row) == change.after


@settings(deadline=None)
@given(messy(), st.lists(_STEP, max_size=4))
def test_undo_is_dropping_the_last_step(data: tuple[Example, ...], steps: list[Step]) -> None:
    states = [data]
    for step in steps:
        states.append(apply(states[-1], [step]))
    for n in range(len(steps) + 1):
        assert apply(data, steps[:n]) == states[n]


@settings(deadline=None)
@given(messy())
def test_each_repair_leaves_nothing_for_itself_to_do(data: tuple[Example, ...]) -> None:
    for name in REPAIRS:
        after = apply(data, [Step(name)])
        assert apply(after, [Step(name)]) == after
        assert not [finding for finding in check_all(after) if finding.repair == name and name != "leave_out"]


def test_of_copies_the_first_stays() -> None:
    pairs = labelled(12)
    data = examples([*pairs, pairs[2], (pairs[4][0].upper(), pairs[4][1])])
    assert apply(data, [Step("drop_duplicates")]) == data[:12] + data[13:]
    assert apply(data, [Step("drop_duplicates"), Step("drop_near_duplicates")]) == data[:12]
    shown = preview(data, Step("drop_duplicates"))
    assert (shown.n, shown.changes[0].row, shown.changes[0].before, shown.changes[0].after) == (1, 14, data[12], None)


def test_further_fields_go_and_the_row_stays() -> None:
    call = Message("assistant", "a", {"weight": 1, "cost": 3, "tool_calls": [{"id": "x"}]})
    data = (Example((Message("user", "q", {"weight": 0, "name": "Ann"}), call), 4, {"id": 7, "tools": []}),)
    mended = apply(data, [Step("remove_extra_keys")])[0]
    assert mended.extra == {"tools": []} and mended.row == 4
    assert mended.messages[0].extra == {"name": "Ann"}
    assert mended.messages[1].extra == {"weight": 1, "tool_calls": [{"id": "x"}]}


def test_a_broken_data_set_becomes_ready_by_repairs_alone() -> None:
    pairs = labelled(40)
    rows = [
        *pairs,
        pairs[0],
        pairs[1],
        (pairs[2][0].upper(), pairs[2][1]),
        ("", "Fees"),
        ("Who?", ""),
        ("x?", "NaN"),
        ("Odd <|im_end|>?", "Fees"),
    ]
    data = examples([*rows, ("Again?", "Fees"), ("again", "Cards")])
    data = tuple(replace(one, extra={"id": one.row}) for one in data)
    source = (Finding("bad_json_line", "warning", (60,), {"problem": "x", "left_out": True}, "drop_bad_lines"),)
    steps: list[Step] = []
    for _ in range(20):
        findings = check_all(apply(data, steps), settled(source, steps))
        todo = next((finding for finding in findings if finding.severity != "info"), None)
        if todo is None:
            break
        step = step_for(todo)
        assert step is not None, todo
        steps.append(step)
    after = apply(data, steps)
    assert verdict(check_all(after, settled(source, steps)), len(after)).word == "ready"
    assert [one.row for one in after] == list(range(2, 42))
    assert [Step.from_dict(json.loads(json.dumps(step.to_dict()))) for step in steps] == steps, "the change log is plain JSON"


def test_a_repair_of_another_version_is_refused_in_words() -> None:
    with pytest.raises(BadSetting, match="wash"):
        apply([example("q", "a")], [Step("wash")])


@given(
    st.builds(
        Draft,
        steps=st.lists(_STEP, max_size=3).map(tuple),
        system_mode=st.sampled_from(["keep", "set", "replace"]),
        system_prompt=st.text(min_size=1),
        seed=st.integers(0, 2**31 - 1),
        shares=st.none() | st.just((0.7, 0.1, 0.2)),
    )
)
def test_a_draft_survives_json(draft: Draft) -> None:
    assert Draft.from_dict(json.loads(json.dumps(draft.to_dict()))) == draft


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(st.dictionaries(st.sampled_from(["reading", "mapping", "system", "steps", "split", "later"]), _JSON))
def test_a_draft_of_another_version_does_not_stumble(data: dict[str, object]) -> None:
    assert isinstance(Draft.from_dict(data), Draft)
