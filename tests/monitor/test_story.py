"""A diary that is read bit by bit tells what it tells when it is read at once."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from core.base.remote import Checkpoint, Job, JobEvent, JobStatus
from core.io.workspace import JobRecord, Workspace
from core.monitor.advice import Facts
from core.monitor.curve import curve, preferred, progress, repeated_steps, why_no_curve
from core.monitor.story import LISTED, Story
from core.monitor.verdict import verdict

START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def diary(seed: int, steps: int) -> list[JobEvent]:
    """Events in any order, some steps told twice, some without figures, as servers and crashes leave them."""
    dice = random.Random(seed)
    events = [JobEvent("hello", START, "info", "message", "This model reports no loss." if seed % 3 == 0 else "Queued")]
    for nth, step in enumerate([*range(1, steps + 1), *dice.sample(range(1, steps + 1), steps // 4)]):
        data = {"step": step, "total_steps": steps + (nth > steps // 2), "train_loss": dice.random()}
        data |= {"valid_mean_token_accuracy": dice.random(), "valid_reward_accuracy": dice.random()} if step % 5 == 0 else {}
        data |= {"repeated": True} if nth >= steps and dice.random() < 0.5 else {}
        # an instant of its own for each: of two told in one instant nobody knows which is the later
        events.append(JobEvent(f"e{nth}", START + timedelta(milliseconds=1000 * nth + 1), "info", "metrics", f"Step {step}", data))
    dice.shuffle(events)
    return events


@pytest.mark.parametrize("seed", range(6))
def test_what_comes_bit_by_bit_adds_up_to_what_comes_at_once(seed: int) -> None:
    events = diary(seed, 60)
    story, dice = Story(), random.Random(seed)
    rest = list(events)
    while rest:
        n = dice.randrange(1, 20)
        story.take(rest[:n])
        rest = rest[n:]
    whole = curve(events)
    assert story.curve(()).frame.equals(whole.frame) and story.curve(()).total_steps == whole.total_steps
    assert story.curve(()).by_token == whole.by_token
    in_order = sorted(events, key=lambda event: event.created_at)
    for status in JobStatus:
        job = Job("ftjob-1", status, status.value, "m")
        assert progress(job, story.landmarks, START) == progress(job, in_order, START)
        assert why_no_curve(story.landmarks, "m", status) == why_no_curve(in_order, "m", status)
    assert preferred(story.landmarks) == preferred(events) and repeated_steps(story.landmarks) == repeated_steps(events)
    assert [event.id for event in story.newest] == [event.id for event in in_order[-LISTED:]]
    assert len(story.landmarks) < 30
    assert story.verdict(story.curve(()), Facts()) == verdict(whole)


def test_only_what_is_new_is_read_and_the_curve_is_made_anew_only_then(ws: Workspace, record: JobRecord) -> None:
    events = sorted(diary(1, 40), key=lambda event: event.created_at)
    ws.add_events(record.id, events[:20])
    story = Story().catch_up(ws, record.id)
    drawn = story.curve(())
    assert story.count == 20 and story.catch_up(ws, record.id).curve(()) is drawn
    ws.add_events(record.id, events[:30])  # those that are known already are not counted again
    assert story.catch_up(ws, record.id).count == 30
    assert story.curve(()).frame.equals(curve(ws.events(record.id)).frame) and story.curve(()) is not drawn
    assert ws.event_ids(record.id) == {event.id for event in events[:30]}


def test_figures_that_stand_in_the_checkpoints_alone_are_drawn_from_them() -> None:
    checkpoints = [Checkpoint("c1", "m", 10, None, {"valid_loss": 1.5})]
    story = Story()
    assert story.curve(checkpoints).points("valid_loss") == [(10, 1.5)]
    checkpoints = [*checkpoints, Checkpoint("c2", "m", 20, None, {"valid_loss": 1.25})]
    assert story.curve(checkpoints).points("valid_loss") == [(10, 1.5), (20, 1.25)]
