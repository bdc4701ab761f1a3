"""The cost so far is the server's count where there is one, else a share of the estimate, else not told."""

from datetime import date

from core.base.remote import Job, JobStatus
from core.base.types import Price
from core.monitor.spent import Spent, spent

PRICE = Price("openai", "m", training=5.0, input=None, cached_input=None, output=None, as_of=date(2026, 11, 22), source="list")


def job(status: JobStatus, tokens: int | None = None) -> Job:
    return Job("ftjob-1", status, status.value, "m", trained_tokens=tokens)


def test_counted_tokens_are_the_truth() -> None:
    assert spent(job(JobStatus.SUCCEEDED, 400_000), 1.0, {"low": 1.0, "high": 3.0}, PRICE) == Spent(2.0, 2.0, True, date(2026, 11, 22))


def test_on_the_way_it_is_the_share_of_the_estimate_that_is_done() -> None:
    assert spent(job(JobStatus.RUNNING), 0.25, {"low": 1.0, "high": 3.0}, PRICE) == Spent(0.25, 0.75, False)


def test_what_nobody_knows_is_not_told() -> None:
    assert spent(job(JobStatus.RUNNING), None, {"low": 1.0, "high": 3.0}, PRICE) is None
    assert spent(job(JobStatus.RUNNING), 0.5, {"low": 1.0, "high": None}, PRICE) is None
    assert spent(job(JobStatus.CANCELLED), 0.5, {"low": 1.0, "high": 3.0}, PRICE) is None
    assert spent(job(JobStatus.SUCCEEDED, 400_000), 1.0, {}, None) is None
