"""Whether a connection will train: each verdict from what a server can have answered, on the days that matter."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.base.deadlines import load_deadlines
from core.base.remote import Job, JobStatus, RemoteModel
from core.estimate.access import Access, can_train

TODAY = date(2026, 11, 22)
BASE = RemoteModel("gpt-4o-mini-2024-07-18", "system")
TUNED = RemoteModel("ft:gpt-4o-mini-2024-07-18:acme::abc", "acme")


def job(created: date | None = None) -> Job:
    at = None if created is None else datetime(created.year, created.month, created.day, 12, tzinfo=UTC)
    return Job("ftjob-1", JobStatus.SUCCEEDED, "succeeded", "gpt-4o-mini-2024-07-18", created_at=at)


def openai(models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None, today: date = TODAY, **more: object) -> Access:
    return can_train("openai", models, jobs, today, **more)  # type: ignore[arg-type]


def codes(access: Access) -> list[str]:
    return [reason.code for reason in access.reasons]


@pytest.mark.parametrize("day", [TODAY, date(2027, 1, 6), date(2040, 1, 1)])
def test_this_machine_always_trains(day: date) -> None:
    assert can_train("this-machine", None, None, day)[0] == "yes"


def test_a_verdict_reads_as_a_pair() -> None:
    verdict, reasons = openai([BASE], [])
    assert verdict == "probably_not" and reasons


def test_an_account_that_never_trained_probably_may_not_and_the_rule_is_named() -> None:
    found = openai([BASE], [])
    assert found.verdict == "probably_not"
    assert (
        found.reasons[0].code == "never_trained" and found.reasons[0].params["on"] == date(2026, 5, 7) and found.reasons[0].params["source"]
    )
    assert codes(found) == ["never_trained", "training_closes"]
    assert found.reasons[1].params["on"] == date(2027, 1, 6) and found.reasons[1].params["days"] == 45


@pytest.mark.parametrize(("models", "jobs"), [(None, None), ([BASE], None), (None, [])])
def test_what_was_not_asked_is_not_judged(models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None) -> None:
    assert openai(models, jobs).verdict == "unknown" and codes(openai(models, jobs))[0] == "not_asked"


@pytest.mark.parametrize(("age", "verdict"), [(0, "probably"), (60, "probably"), (61, "unknown"), (400, "unknown")])
def test_a_job_of_the_last_sixty_days_was_let_in_and_promises_nothing(age: int, verdict: str) -> None:
    """What let it in, a use in the sixty days before it, may be older than sixty days by now."""
    found = openai([BASE], [job(TODAY - timedelta(days=500)), job(TODAY - timedelta(days=age))])
    assert found.verdict == verdict
    assert found.reasons[0].code == ("trained_lately" if verdict == "probably" else "depends_on_use")
    assert found.reasons[0].params["days"] == 60


def test_a_recent_job_from_before_the_rule_proves_nothing() -> None:
    assert openai([BASE], [job(date(2026, 7, 1))], date(2026, 7, 20)).verdict == "unknown"
    assert openai([BASE], [job(date(2026, 7, 2))], date(2026, 7, 20)).verdict == "probably"


@pytest.mark.parametrize(("age", "verdict"), [(0, "yes"), (60, "yes"), (61, "unknown")])
@pytest.mark.parametrize("jobs", [[], None, [job(date(2025, 1, 1))]])
def test_a_fine_tune_that_answered_lately_is_what_the_rule_asks_for(age: int, verdict: str, jobs: Sequence[Job] | None) -> None:
    found = openai([BASE, TUNED], jobs, used=TODAY - timedelta(days=age))
    assert found.verdict == verdict and found.reasons[0].code == ("used_lately" if verdict == "yes" else "depends_on_use")


def test_an_answer_of_another_accounts_model_counts_for_nothing() -> None:
    """The key may have been changed for one of an account whose lists are empty."""
    assert openai([BASE], [], used=TODAY).verdict == "probably_not"
    assert openai(None, None, used=TODAY).verdict == "unknown"


@pytest.mark.parametrize(("models", "jobs"), [([BASE, TUNED], []), ([TUNED], None), ([BASE], [job(None)]), (None, [job(date(2026, 6, 1))])])
def test_an_account_that_trained_once_depends_on_its_use(models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None) -> None:
    assert openai(models, jobs).verdict == "unknown" and codes(openai(models, jobs))[0] == "depends_on_use"


def test_before_the_rules_tightened_a_history_was_enough() -> None:
    assert openai([BASE], [job(date(2025, 1, 1))], date(2026, 6, 1)).verdict == "yes"
    assert openai([BASE], [], date(2026, 6, 1)).verdict == "probably_not"
    assert openai([BASE], [], date(2026, 1, 1)).verdict == "unknown"


@pytest.mark.parametrize(("day", "closed"), [(date(2027, 1, 5), False), (date(2027, 1, 6), True), (date(2028, 1, 1), True)])
def test_from_the_last_day_on_nobody_trains(day: date, closed: bool) -> None:
    found = openai([BASE, TUNED], [job(day - timedelta(days=3))], day)
    assert (found.verdict == "no") is closed
    assert ("training_closed" in codes(found)) is closed and ("training_closes" in codes(found)) is not closed


def test_a_refusal_that_was_already_given_is_final() -> None:
    found = openai([BASE, TUNED], [job(TODAY)], refused=TODAY - timedelta(days=3), used=TODAY)
    assert found.verdict == "no" and found.reasons[0].code == "refused_before"
    assert found.reasons[0].params["on"] == date(2026, 11, 19)


@pytest.mark.parametrize("scope", ["api.fine_tuning.jobs.read", "api.fine_tuning.jobs.write"])
def test_a_key_that_may_not_see_trainings_may_start_none(scope: str) -> None:
    found = openai([BASE, TUNED], None, scopes=(scope,))
    assert found.verdict == "no" and found.reasons[0].code == "key_may_not_train"
    assert found.reasons[0].params["permissions"] == (scope,)


def test_another_permission_that_is_missing_is_named_and_decides_nothing() -> None:
    found = openai(None, [job(TODAY)], scopes=("api.model.read",))
    assert found.verdict == "probably" and codes(found)[:2] == ["permission_missing", "trained_lately"]
    alone = can_train("custom", None, None, TODAY, scopes=("api.model.read",))
    assert alone.verdict == "unknown" and codes(alone) == ["permission_missing"], "it was asked, and it did answer"


def test_the_last_day_of_the_wanted_model_is_told() -> None:
    found = openai([BASE, TUNED], [job(TODAY)], model="gpt-4o-mini-2024-07-18")
    note = next(reason for reason in found.reasons if reason.code == "model_ends")
    assert found.verdict == "probably" and note.params == {"model": "gpt-4o-mini-2024-07-18", "on": date(2027, 1, 14), "days": 53}


def test_the_servers_own_word_about_a_last_day_counts_before_the_files() -> None:
    offered = RemoteModel("gpt-4o-mini-2024-07-18", shutdown_date=date(2026, 12, 1))
    found = openai([offered], [job(TODAY)], model="gpt-4o-mini-2024-07-18")
    assert next(reason for reason in found.reasons if reason.code == "model_ends").params["on"] == date(2026, 12, 1)


def test_a_model_that_is_switched_off_cannot_be_trained() -> None:
    found = openai([BASE], [job(TODAY)], model="gpt-4.1-nano-2025-04-14")
    assert found.verdict == "no" and codes(found)[0] == "model_gone" and "model_not_listed" not in codes(found)


def test_a_model_that_is_still_offered_after_its_day_is_not_called_gone() -> None:
    name = "gpt-4.1-nano-2025-04-14"
    found = openai([RemoteModel(name)], [job(TODAY)], model=name)
    assert found.verdict == "probably" and "model_past_its_day" in codes(found) and "model_gone" not in codes(found)
    told = openai([RemoteModel(name, shutdown_date=date(2026, 10, 23))], [job(TODAY)], model=name)
    assert told.verdict == "no" and codes(told)[0] == "model_gone", "here the server says so itself"


def test_a_model_that_the_server_does_not_list_is_noticed() -> None:
    found = openai([BASE, TUNED], [job(TODAY)], model="gpt-99", used=TODAY)
    assert found.verdict == "probably_not" and codes(found)[:2] == ["model_not_listed", "used_lately"]
    assert can_train("custom", [BASE], [job(TODAY)], TODAY, model="gpt-99").verdict == "yes", "others list what answers, not what trains"
    assert "model_not_listed" not in codes(openai(None, [job(TODAY)], model="gpt-99"))


@pytest.mark.parametrize(
    ("models", "jobs", "lists_jobs", "verdict", "code"),
    [
        (None, None, True, "unknown", "not_asked"),
        ([BASE], None, True, "unknown", "not_asked"),
        ([BASE], None, False, "probably_not", "chat_only"),
        (None, None, False, "unknown", "no_lists"),
        ([BASE], [], True, "unknown", "lists_jobs"),
        ([BASE], [job(TODAY)], True, "yes", "has_jobs"),
        (None, [job(None)], True, "yes", "has_jobs"),
    ],
)
def test_another_server_is_judged_by_what_it_answers(
    models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None, lists_jobs: bool, verdict: str, code: str
) -> None:
    found = can_train("custom", models, jobs, TODAY, lists_jobs=lists_jobs)
    assert found.verdict == verdict and codes(found) == [code]


def test_where_no_rule_says_who_may_train_the_answers_decide_and_the_day_is_told() -> None:
    found = can_train("azure", [BASE], [], TODAY, model="gpt-99")
    assert found.verdict == "unknown" and codes(found)[0] == "lists_jobs" and "training_may_close" in codes(found)
    assert codes(can_train("azure", [BASE], None, TODAY, lists_jobs=False))[0] == "chat_only"


def test_a_day_that_nobody_announced_closes_nothing() -> None:
    before, after = (can_train("azure", [BASE], [job(day)], day) for day in (TODAY, date(2027, 6, 1)))
    assert before.verdict == after.verdict == "yes"
    assert "training_may_close" in codes(before) and "training_uncertain" in codes(after)


def test_another_file_of_dates_gives_another_verdict(tmp_path: Path) -> None:
    file = tmp_path / "dates.toml"
    file.write_text(
        '[[training]]\nconnection = "openai"\nwho = "everyone"\non = 2026-01-01\nas_of = 2026-01-01\nsource = "x"', encoding="utf-8"
    )
    assert openai([TUNED], [job(TODAY)], deadlines=load_deadlines(file)).verdict == "no"
