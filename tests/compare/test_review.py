"""What a reviewer has said, counted; and the numbers of an answer that come from nowhere."""

import pytest

from core.compare.review import judged, tally, unexplained

READING = "usage_kwh: 302.2\nday_over_day_pct: 173.0\nweek_over_week_pct: -3.0\nusage_pattern: weekday rhythm\nmeter_update: on time"


def test_judgements_come_back_as_they_were_stored() -> None:
    assert judged({"2": "after", "17": "neither"}) == {2: "after", 17: "neither"}


@pytest.mark.parametrize("stored", [None, [], "after", {"x": "after"}, {"2": "perfect"}])
def test_what_another_version_stored_is_passed_over(stored: object) -> None:
    assert judged(stored) == {}


def test_judgements_are_counted() -> None:
    found = tally({2: "after", 3: "after", 4: "before", 5: "neither"}, 31)
    assert (found.judged, found.total) == (4, 31)
    assert (found.before, found.after, found.both, found.neither) == (1, 2, 0, 1)


@pytest.mark.parametrize(
    ("answer", "odd"),
    [
        ("At 173% above the day before, 302 kWh is normal.", ()),
        ("3% less than a week earlier.", ()),
        ("At 174% above the day before.", ("174%",)),
        ("At 89 kWh and again 89 kWh, check all 3 pumps within 24 hours.", ("89",)),
        ("Nothing to do.", ()),
        ("", ()),
    ],
)
def test_a_number_that_does_not_stand_in_the_reading_is_named(answer: str, odd: tuple[str, ...]) -> None:
    assert unexplained(answer, READING) == odd


def test_a_question_that_is_no_reading_explains_and_accuses_nothing() -> None:
    assert unexplained("It is 11 km deep.", "How deep is the Mariana Trench?") == ()
