"""What a reader has noted, and what an older version was told."""

import pytest

from core.compare.review import judged, notes

WORDS = {"before": "Before is better", "after": "After is better", "both": "Both are fine", "neither": "Neither is fine"}


def test_notes_come_back_as_they_were_stored_in_the_order_of_the_rows() -> None:
    assert list(notes({"17": "Too long.", "2": "=1+1"}, None, WORDS).items()) == [(2, "=1+1"), (17, "Too long.")]


def test_a_judgement_of_an_older_version_is_the_note_until_there_is_another() -> None:
    former = {"2": "after", "3": "neither", "4": "both"}
    assert notes({"3": "Wrong number.", "4": " "}, former, WORDS) == {2: "After is better", 3: "Wrong number."}


@pytest.mark.parametrize("stored", [None, [], "after", {"x": "after"}, {"2": "perfect"}, {"²": "after"}, {"2": ["after"]}])
def test_what_another_version_stored_is_passed_over(stored: object) -> None:
    assert judged(stored) == {}
    assert notes(stored if isinstance(stored, dict) and "2" not in stored else {}, stored, WORDS) == {}
