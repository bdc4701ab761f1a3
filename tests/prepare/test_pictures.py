"""The figures behind the pictures: every row counted once, marked rows on the map, the same for the same data."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.prepare.draft import Draft, Step
from core.prepare.mapping import Mapping
from core.prepare.pictures import BINS, classes, data_map, histogram, missing
from core.prepare.work import prepare_draft
from tests.prepare.builders import csv_bytes, labelled


@given(st.lists(st.integers(0, 10_000), min_size=1))
def test_a_histogram_counts_every_value_once(values: list[int]) -> None:
    bins = histogram(values)
    assert sum(one["n"] for one in bins) == len(values) and len(bins) <= BINS + 1
    for one in bins:
        assert one["n"] == sum(one["low"] <= value <= one["high"] for value in values)
    assert all(first["high"] + 1 == second["low"] for first, second in pairwise(bins))


def test_no_values_no_bars() -> None:
    assert histogram([]) == []


def _table(pairs: list[tuple[str, str]], notes: list[str]) -> bytes:
    return csv_bytes([("question", "label", "note"), *((q, a, note) for (q, a), note in zip(pairs, notes, strict=True))])


def test_classes_and_missing_values() -> None:
    pairs = labelled(30)
    prepared = prepare_draft(_table(pairs, ["x" if at % 3 else "NaN" for at in range(30)]), "a.csv", Draft())
    assert classes(prepared) == [["Cards", 10], ["Fees", 10], ["Loans", 10]]
    assert missing(prepared) == [["note", pytest.approx(1 / 3), False]]


def test_the_map_shows_every_row_with_what_was_found() -> None:
    pairs = labelled(30)
    prepared = prepare_draft(_table([*pairs, pairs[0], pairs[1]], ["x"] * 32), "a.csv", Draft())
    points = data_map(prepared)
    assert [point[2] for point in points] == list(range(2, 34))
    assert {point[2] for point in points if point[4] == "copy"} >= {32, 33}
    assert {point[3] for point in points} == {"Cards", "Fees", "Loans"}
    assert points == data_map(prepared), "the same data, the same map"


def test_too_little_data_has_no_map() -> None:
    prepared = prepare_draft(_table(labelled(8), ["x"] * 8), "a.csv", Draft())
    assert data_map(prepared) == []
    wordless = prepare_draft(csv_bytes([("question", "label"), *((f"{'?' * (at + 1)}", "A") for at in range(20))]), "a.csv", Draft())
    assert isinstance(data_map(wordless), list)


def test_a_large_sample_keeps_the_marked_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.prepare.pictures.POINTS", 40)
    pairs = labelled(120)
    prepared = prepare_draft(_table([*pairs, pairs[0]], ["x"] * 121), "a.csv", Draft(steps=(Step("drop_empty"),)))
    points = data_map(prepared)
    assert len(points) == 40 and 122 in {point[2] for point in points}


def test_a_column_of_a_template_is_used() -> None:
    data = _table(labelled(30), ["x" if at % 3 else "NaN" for at in range(30)])
    mapping = Mapping(question_template="{question} ({note})", answer=("label",))
    assert missing(prepare_draft(data, "a.csv", Draft(mapping=mapping))) == [["note", pytest.approx(1 / 3), True]]
