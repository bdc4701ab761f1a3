"""Twins, the user's groups and time: what the split keeps together, what it puts last, and that nothing makes it stumble."""

import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.answers import AnswerShape
from core.base.near import near_pairs
from core.base.types import Example, Split
from core.prepare.splitting import Wishes, split
from core.prepare.times import moments
from tests.prepare.builders import examples, labelled

LABEL = AnswerShape("label")
_WORDS = ["why", "is", "my", "card", "account", "transfer", "late", "again", "please"]
_TIMES = st.sampled_from(["", "2026-01-02", "2026-01-03", "2025-12-31", "3.1.2026", "17", "soon"])


@st.composite
def twins(draw: st.DrawFn) -> tuple[Example, ...]:
    """Questions of few words, so that many are near twins of others, in any classes."""
    asked = draw(st.lists(st.lists(st.sampled_from(_WORDS), min_size=3, max_size=7).map(" ".join), max_size=40))
    labels = draw(st.lists(st.sampled_from("abcd"), min_size=len(asked), max_size=len(asked)))
    return examples(zip(asked, labels, strict=True))


def sides(result: Split) -> dict[int, str]:
    return {index: name for name in ("train", "validation", "test") for index in getattr(result, name)}


@settings(deadline=None, max_examples=150)
@given(st.data(), twins(), st.integers(0, 2**31 - 1), st.integers(1, 12), st.booleans())
def test_a_partition_that_keeps_together_what_belongs_together(
    data: st.DataObject, rows: tuple[Example, ...], seed: int, least: int, own: bool
) -> None:
    n = len(rows)
    cells = data.draw(st.none() | st.lists(st.sampled_from(["", "A", "B", "C", "D", "E"]), min_size=n, max_size=n))
    times = data.draw(st.none() | st.lists(_TIMES, min_size=n, max_size=n))
    shares = data.draw(st.none() | st.sampled_from([(0.5, 0.2, 0.3), (0.05, 0.05, 0.9)]))
    wishes = Wishes({} if cells is None else {"customer": cells}, None if times is None else ("day", times), 7 if own else None)
    result = split(rows, LABEL, seed=seed, min_train=least, shares=shares, wishes=wishes)
    assert sorted([*result.train, *result.validation, *result.test]) == list(range(n)), "a partition"
    of = sides(result)
    keys = [one.question for one in rows]
    distinct = list(dict.fromkeys(keys))
    for a, b in near_pairs(distinct):
        assert len({of[index] for index, key in enumerate(keys) if key in (distinct[a], distinct[b])}) == 1, "twins are on one side"
    for value in {cell for cell in cells or () if cell}:
        assert len({of[index] for index in range(n) if cells and cells[index] == value}) == 1, "a group is on one side"
    assert len({keys[index] for index in result.train}) >= least or len(result.train) == n, "training keeps its minimum"
    assert not (own and result.test)
    assert result == split(rows, LABEL, seed=seed, min_train=least, shares=shares, wishes=wishes), "the same again"


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=30, max_size=80), st.integers(0, 99))
def test_the_latest_rows_are_the_test_and_ties_stay_together(days: list[int], seed: int) -> None:
    rows = examples(labelled(len(days), seed=seed))
    cells = [f"2026-03-{day + 1:02}" for day in days]
    result = split(rows, LABEL, wishes=Wishes(time=("day", cells)))
    if any(reason.code == "split_by_time" for reason in result.reasons):
        by_side = defaultdict(set)
        for index, side in sides(result).items():
            by_side[side].add(days[index])
        assert max(by_side["train"]) < min(by_side["validation"] | by_side["test"])
        if by_side["validation"] and by_side["test"]:
            assert max(by_side["validation"]) < min(by_side["test"])
    else:
        assert {reason.code for reason in result.reasons} & {"time_not_told_apart", "all_train"}


def test_near_twins_are_kept_together_and_that_is_said() -> None:
    pairs = [(f"{q} {w}", a) for (q, a), w in zip(labelled(60), ["today", "now", "please"] * 20, strict=True)]
    rows = examples([*pairs, *((f"hello, {q}", a) for q, a in pairs)])
    for seed in range(20):
        result = split(rows, LABEL, seed=seed)
        of = sides(result)
        assert all(of[index] == of[index + 60] for index in range(60))
        assert next(reason for reason in result.reasons if reason.code == "twins_together").params == {"n": 120}
        assert 28 <= len(result.test) <= 30


def test_a_few_large_groups_still_give_a_test() -> None:
    rows = examples(labelled(100))
    result = split(rows, LABEL, wishes=Wishes({"customer": [f"c{index % 5}" for index in range(100)]}))
    assert len(result.test) == 20 and len({index % 5 for index in result.test}) == 1
    halves = split(rows, LABEL, wishes=Wishes({"customer": [f"c{index % 2}" for index in range(100)]}))
    assert len(halves.test) == 50
    one = split(rows, LABEL, wishes=Wishes({"customer": ["the same"] * 100}))
    assert len(one.train) == 100 and "groups_too_large" in [reason.code for reason in one.reasons]


def test_an_own_test_file_leaves_all_rows_to_the_training() -> None:
    result = split(examples(labelled(100)), LABEL, wishes=Wishes(own_test=25))
    assert result.test == () and (len(result.train), len(result.validation)) == (90, 10)
    assert [reason.code for reason in result.reasons] == ["own_test", "split_stratified", "seed"]
    small = split(examples(labelled(8)), LABEL, wishes=Wishes(own_test=25))
    assert len(small.train) == 8 and "all_train" not in [reason.code for reason in small.reasons]


@pytest.mark.parametrize(
    "cells",
    [
        ["2026-01-31", "2026-02-01", "2026-02-01 09:30", "2026-02-01T10:00:00Z", "2026-02-01T12:00+01:00"],
        ["31/01/2026", "1/2/2026", "13/2/2026"],
        ["1/31/2026", "2/1/26 9:05 am", "2/1/26 9:05 pm", "2/13/2026"],
        ["3 Feb 2026", "12 Mar 2026", "1 Apr 2026"],
        ["-4", "3,5", "3.75", "1000", "1700000000"],
    ],
)
def test_dates_and_numbers_come_in_order(cells: list[str]) -> None:
    shuffled = random.Random(1).sample(cells, len(cells))
    known = moments(shuffled)
    assert known is not None
    assert [cell for _, cell in sorted(zip(known, shuffled, strict=True), key=lambda pair: pair[0] or 0.0)] == cells


@pytest.mark.parametrize("cells", [[], ["", " "], ["red", "green", "blue"], ["31.2.2026", "30.2.2026"], ["Monday", "Tuesday"]])
def test_what_tells_no_time_is_said_to_tell_none(cells: list[str]) -> None:
    assert moments(cells) is None


@given(
    st.lists(
        st.text(max_size=12) | st.sampled_from(["99/99/9999", "0000-00-00", "9999-12-31T23:59+23:59", "1e999", "２０２６"]), max_size=8
    )
)
def test_no_cell_makes_it_stumble(cells: list[str]) -> None:
    known = moments(cells)
    assert known is None or len(known) == len(cells)
