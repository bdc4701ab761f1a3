"""A line of the diary is told in plain words where they are known, and never translated by guessing."""

from datetime import UTC, datetime

import pytest

from core.base.remote import JobEvent
from core.monitor.happenings import plainly, sentences


def event(message: str) -> JobEvent:
    return JobEvent("e", datetime(2026, 11, 26, tzinfo=UTC), "info", "message", message)


@pytest.mark.parametrize(
    ("message", "plain", "numbers"),
    [
        ("Created fine-tuning job: ftjob-1", "The training was ordered.", {}),
        ("Step 7/90: training loss=0.52, validation loss=0.61", "Step {step} of {total} is done.", {"step": 7, "total": 90}),
        ("Step 7/90", "Step {step} of {total} is done.", {"step": 7, "total": 90}),
        (
            "Step 8/90: training loss=0.5, computed again",
            "Step {step} of {total} was computed again after an interruption.",
            {"step": 8, "total": 90},
        ),
        ("Checkpoint created at step 30", "The model as it was at step {step} was kept.", {"step": 30}),
        ("The job has successfully completed", "The training ended well.", {}),
    ],
)
def test_known_words_have_plain_ones(message: str, plain: str, numbers: dict[str, int]) -> None:
    assert plainly(event(message)) == (plain, numbers) and plain in sentences()


@pytest.mark.parametrize("message", ["", "Moderation: 3 rows flagged", "Step seven of ninety", "No: The job has successfully completed"])
def test_other_words_have_none(message: str) -> None:
    assert plainly(event(message)) is None
