"""Events in any order become one curve; progress and its end are read from it, never invented."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.base.remote import Checkpoint, Job, JobEvent, JobStatus
from core.monitor.curve import curve, preferred, progress, repeated_steps, why_no_curve

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def metrics(step: int, *, at: float | None = None, total: int = 10, **values: Any) -> JobEvent:
    moment = START + timedelta(seconds=step if at is None else at)
    return JobEvent(f"ev-{step}-{at}", moment, "info", "metrics", f"Step {step}/{total}", {"step": step, "total_steps": total, **values})


def said(message: str) -> JobEvent:
    return JobEvent(message, START, "info", "message", message)


def job(status: JobStatus, **changes: Any) -> Job:
    return Job("ftjob-1", status, status.value, "gpt-4.1-mini", **changes)


def test_a_curve_has_the_metrics_that_exist_and_no_others() -> None:
    made = curve([metrics(1, train_loss=2.0, train_mean_token_accuracy=0.4), metrics(2, train_loss=1.0, train_mean_token_accuracy=0.6)])
    assert made.frame.columns.tolist() == ["step", "train_loss", "train_accuracy"]
    assert made.frame["train_loss"].tolist() == [2.0, 1.0]
    assert made.total_steps == 10 and made.last_step == 2


def test_both_names_of_accuracy_are_understood() -> None:
    made = curve([metrics(1, valid_mean_token_accuracy=0.5), metrics(2, valid_accuracy=0.7)])
    assert made.points("valid_accuracy") == [(1, 0.5), (2, 0.7)]


def test_the_share_of_preferred_pairs_is_the_last_one_told_and_of_all_pairs_where_that_is_known() -> None:
    assert preferred([metrics(1, train_loss=0.7, train_reward_accuracy=1.0)]) is None, "pairs that it has read prove nothing"
    sampled = [metrics(2, valid_reward_accuracy=0.75), metrics(1, valid_reward_accuracy=0.5)]
    assert preferred(sampled) == 0.75
    assert preferred([metrics(1, valid_reward_accuracy=1.0000000149011612)]) == 1.0, "as single precision says it"
    assert preferred([*sampled, metrics(1, full_valid_reward_accuracy=0.0)]) == 0.0
    assert preferred([metrics(1, valid_reward_accuracy=value) for value in ("all", True, 7, None)]) is None


def test_order_and_repeats_of_events_do_not_matter() -> None:
    events = [metrics(step, train_loss=1 / step) for step in range(1, 11)]
    shuffled = events * 3
    random.Random(1).shuffle(shuffled)
    assert curve(shuffled).frame.equals(curve(events).frame)
    assert curve(events).frame["step"].tolist() == list(range(1, 11))


def test_a_step_told_twice_is_one_row_with_the_later_figures() -> None:
    first = metrics(3, at=3, train_loss=0.9, valid_loss=1.1)
    made = curve([metrics(3, at=9, train_loss=0.5), first, metrics(3, at=10, full_valid_loss=1.0)])
    assert len(made.frame) == 1
    assert made.frame.iloc[0].to_dict() == {"step": 3.0, "train_loss": 0.5, "valid_loss": 1.1, "full_valid_loss": 1.0}


def test_figures_that_are_none_are_left_out_and_gaps_stay_gaps() -> None:
    broken = metrics(2, train_loss=float("nan"), valid_loss=2.0)
    made = curve([metrics(1, train_loss=1.0, valid_loss=None), broken, metrics(True, train_loss=9.0)])
    assert made.points("train_loss") == [(1, 1.0)]
    assert made.points("valid_loss") == [(2, 2.0)]
    assert made.points("full_valid_loss") == []


def test_without_events_the_checkpoints_give_the_curve() -> None:
    made = curve([said("started")], [Checkpoint("c1", "m", 10, None, {"train_loss": 0.4, "step": 10.0})])
    assert made.from_checkpoints and made.points("train_loss") == [(10, 0.4)]
    assert not curve([metrics(1, train_loss=1.0)], [Checkpoint("c1", "m", 10, None, {"train_loss": 0.4})]).from_checkpoints


def test_nothing_gives_an_empty_curve() -> None:
    made = curve([])
    assert len(made.frame) == 0 and made.last_step is None and made.metrics == ()


def test_progress_and_its_end_follow_the_pace_so_far() -> None:
    events = [metrics(step, at=10 * step, train_loss=1.0) for step in (1, 2, 3, 4)]
    made = progress(job(JobStatus.RUNNING), events, START + timedelta(seconds=41))
    assert made.share == pytest.approx(0.4)
    assert made.finish == START + timedelta(seconds=100)


def test_an_end_that_is_past_becomes_now_and_the_servers_own_estimate_comes_first() -> None:
    events = [metrics(step, at=step, train_loss=1.0) for step in (1, 2)]
    late = START + timedelta(minutes=5)
    assert progress(job(JobStatus.RUNNING), events, late).finish == late
    estimate = late + timedelta(minutes=3)
    assert progress(job(JobStatus.RUNNING, estimated_finish=estimate), events, late).finish == estimate
    assert progress(job(JobStatus.RUNNING, estimated_finish=START), events, late).finish == late


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.VALIDATING, JobStatus.UNKNOWN, JobStatus.PAUSED])
def test_a_job_that_does_not_run_has_no_end_in_sight(status: JobStatus) -> None:
    events = [metrics(step, at=step, train_loss=1.0) for step in (1, 2)]
    assert progress(job(status), events, START).finish is None


def test_an_ended_job_is_as_far_as_it_came() -> None:
    events = [metrics(step, train_loss=1.0) for step in (1, 2)]
    assert progress(job(JobStatus.SUCCEEDED, finished_at=START), [], START).share == 1.0
    assert progress(job(JobStatus.CANCELLED), events, START).share == pytest.approx(0.2)
    assert progress(job(JobStatus.FAILED), [], START).share is None


def test_why_there_is_no_curve_is_told_in_the_servers_words_where_it_has_any() -> None:
    words = "This learner recalls the closest taught example: there is no loss to report."
    reason = why_no_curve([said("started"), said(words)], "recall", JobStatus.SUCCEEDED)
    assert reason is not None and reason.code == "no_curve_said" and reason.params["words"] == words
    assert why_no_curve([metrics(1, train_loss=1.0)], "recall") is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (JobStatus.QUEUED, "no_curve_yet"),
        (JobStatus.UNKNOWN, "no_curve_yet"),
        (JobStatus.SUCCEEDED, "no_curve_sent"),
        (JobStatus.FAILED, "no_curve_ended_before"),
        (JobStatus.CANCELLED, "no_curve_ended_before"),
    ],
)
def test_why_there_is_no_curve_depends_on_how_far_the_job_is(status: JobStatus, code: str) -> None:
    reason = why_no_curve([said("created")], "gpt-4.1-mini", status)
    assert reason is not None and reason.code == code


def test_steps_computed_again_after_a_crash_are_drawn_once_and_counted() -> None:
    first = [metrics(step, train_loss=1 / step) for step in range(1, 6)]
    again = [metrics(step, at=20 + step, train_loss=1 / step, repeated=True) for step in (4, 5)]
    twice = [metrics(5, at=40, train_loss=1 / 5, repeated=True)]
    on = [metrics(step, at=50 + step, train_loss=1 / step) for step in range(6, 11)]
    made = curve([*first, *again, *twice, *on])
    assert made.frame["step"].tolist() == list(range(1, 11))
    assert made.frame.equals(curve([*first, *on]).frame)
    assert repeated_steps([*first, *again, *twice, *on]) == 2
    assert repeated_steps(first) == 0


def test_a_curve_knows_whether_it_counts_tokens_or_answers() -> None:
    assert curve([metrics(1, train_mean_token_accuracy=0.5)]).by_token
    assert not curve([metrics(1, train_accuracy=0.5)]).by_token
    assert curve([], [Checkpoint("c", "m", 5, None, {"full_valid_mean_token_accuracy": 0.5})]).by_token
