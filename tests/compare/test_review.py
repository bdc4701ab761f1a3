"""What a reviewer has said, counted; and the numbers of an answer that come from nowhere."""

import pytest

from core.compare.review import judged, tally


def test_judgements_come_back_as_they_were_stored() -> None:
    assert judged({"2": "after", "17": "neither"}) == {2: "after", 17: "neither"}


@pytest.mark.parametrize("stored", [None, [], "after", {"x": "after"}, {"2": "perfect"}])
def test_what_another_version_stored_is_passed_over(stored: object) -> None:
    assert judged(stored) == {}


def test_judgements_are_counted() -> None:
    found = tally({2: "after", 3: "after", 4: "before", 5: "neither"}, 31)
    assert (found.judged, found.total) == (4, 31)
    assert (found.before, found.after, found.both, found.neither) == (1, 2, 0, 1)
