"""The days on which something ends: whose word counts, in which order, and how many days are left on any day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.deadlines import load_deadlines, shipped_deadlines
from core.base.remote import Job, JobStatus, RemoteModel
from core.estimate.access import can_train
from core.estimate.timeline import last_days, model_end, own_models, timeline, training_end

TODAY = date(2026, 11, 22)
MINI = "gpt-4o-mini-2024-07-18"
TUNED = f"ft:{MINI}:acme::abc"
KNOWN = sorted({model for entry in shipped_deadlines().shutdowns for model in entry.models})

days = st.dates(date(2024, 1, 1), date(2032, 1, 1))
names = st.one_of(st.sampled_from(KNOWN), st.sampled_from(KNOWN).map(lambda base: f"ft:{base}:acme::x"), st.just("gpt-99"))
listed = st.lists(st.builds(RemoteModel, names, shutdown_date=st.none() | days), max_size=6, unique_by=lambda model: model.id)
connections = st.sampled_from(["openai", "azure", "custom"])


def job(model: str | None = None, created: date = TODAY) -> Job:
    at = datetime(created.year, created.month, created.day, 12, tzinfo=UTC)
    return Job("ftjob-1", JobStatus.SUCCEEDED, "succeeded", MINI, fine_tuned_model=model, created_at=at)


def test_openais_two_days_are_told_with_what_is_left_of_them() -> None:
    found = timeline("openai", [RemoteModel(MINI), RemoteModel(TUNED)], [], TODAY, model=MINI)
    assert [(end.kind, end.model, end.on, end.days) for end in found] == [
        ("service", "OpenAI Evals", date(2026, 11, 30), 8),
        ("training", "", date(2027, 1, 6), 45),
        ("base", MINI, date(2027, 1, 14), 53),
        ("tuned", TUNED, date(2027, 1, 14), 53),
    ]
    assert all(end.source.startswith("https://") and end.as_of == TODAY and not end.by_server for end in found)


def test_a_service_that_has_ended_is_no_news() -> None:
    kinds = [[end.kind for end in timeline("openai", None, None, date(2026, 11, day))] for day in (29, 30)]
    assert kinds == [["service", "training"], ["training"]]


def test_the_servers_word_comes_before_the_files_and_a_fine_tune_goes_with_its_base() -> None:
    base, tuned = RemoteModel(MINI, shutdown_date=date(2026, 12, 1)), RemoteModel(TUNED)
    found = {end.model: end for end in timeline("openai", [base, tuned], None, TODAY, model=MINI)}
    assert found[MINI].on == found[TUNED].on == date(2026, 12, 1) and found[TUNED].by_server
    own = RemoteModel(TUNED, shutdown_date=date(2026, 11, 30))
    assert {end.model: end.on for end in timeline("openai", [base, own], None, TODAY)}[TUNED] == date(2026, 11, 30)


def test_models_of_trainings_that_the_list_of_models_lacks_are_there_too() -> None:
    assert own_models([RemoteModel(MINI), RemoteModel(TUNED)], [job(TUNED), job(None), job("mine-1")]) == (TUNED, "mine-1")
    assert own_models(None, None) == ()
    named = RemoteModel("mine-1", shutdown_date=date(2026, 12, 1))
    assert [(end.kind, end.days) for end in timeline("custom", [named], [job("mine-1")], TODAY)] == [("tuned", 9)]


def test_a_checkpoint_is_told_with_its_model() -> None:
    step = f"{TUNED}:ckpt-step-80"
    assert own_models([RemoteModel(step), RemoteModel(TUNED)], None) == (TUNED,)
    assert own_models([RemoteModel(step)], [job(TUNED)]) == (TUNED,)
    assert own_models([RemoteModel(step)], None) == (step,), "its model was deleted, and it answers all the same"


def test_what_has_no_known_day_has_no_place() -> None:
    assert timeline("custom", [RemoteModel("mine")], [job("mine-1")], TODAY, model="mine") == ()


def test_a_day_that_nobody_announced_is_marked() -> None:
    end = training_end("azure", TODAY)
    assert end is not None and not end.sure
    assert [reason.code for reason in last_days("azure", "gpt-99", TODAY)] == ["training_may_close"]


@pytest.mark.parametrize(
    ("today", "trains", "codes"),
    [
        (TODAY, True, ["both_end"]),
        (TODAY, False, ["model_ends"]),
        (date(2027, 1, 5), True, ["both_end"]),
        (date(2027, 1, 6), True, ["training_closed", "model_ends"]),
        (date(2027, 1, 14), True, ["training_closed", "model_gone"]),
        (date(2027, 1, 14), False, ["model_gone"]),
    ],
)
def test_the_last_days_of_a_model_in_words(today: date, trains: bool, codes: list[str]) -> None:
    found = last_days("openai", MINI, today, trains=trains)
    assert [reason.code for reason in found] == codes
    if codes == ["both_end"]:
        assert found[0].params["on"] == date(2027, 1, 6) and found[0].params["model_on"] == date(2027, 1, 14)


def test_a_fine_tune_has_the_last_day_of_its_base() -> None:
    assert last_days("openai", TUNED, TODAY, trains=False)[0].params["on"] == date(2027, 1, 14)
    assert last_days("this-machine", "recall", TODAY) == () and last_days("custom", MINI, TODAY) == ()


def test_another_file_of_dates_gives_other_days(tmp_path: Path) -> None:
    file = tmp_path / "dates.toml"
    trust = 'as_of = 2026-01-01\nsource = "x"'
    file.write_text(f'[[shutdown]]\nconnection = "custom"\nmodels = ["m"]\non = 2030-01-01\n{trust}', encoding="utf-8")
    end = model_end("custom", "ft:m:acme::x", None, TODAY, deadlines=load_deadlines(file))
    assert end is not None and end.on == date(2030, 1, 1) and end.source == "x"


@given(connections, listed, days, names)
def test_the_days_left_are_counted_from_today_and_stand_in_order(
    connection: str, models: list[RemoteModel], today: date, model: str
) -> None:
    found = timeline(connection, models, [], today, model=model)
    assert all(today + timedelta(days=end.days) == end.on for end in found)
    assert all(end.is_over == (end.on <= today) for end in found)
    assert [end.on for end in found] == sorted(end.on for end in found)
    assert len({(end.kind, end.model) for end in found}) == len(found)


@given(connections, listed, days, names, st.integers(0, 3_000))
def test_each_day_that_passes_is_one_day_less(connection: str, models: list[RemoteModel], today: date, model: str, later: int) -> None:
    now, then = (timeline(connection, models, [], day, model=model) for day in (today, today + timedelta(days=later)))
    still = [end for end in now if end.kind != "service" or end.days > later]  # a service that has ended is left out
    assert [(end.kind, end.model, end.on, end.days - later) for end in still] == [(end.kind, end.model, end.on, end.days) for end in then]


@given(listed, days)
def test_a_day_that_the_server_names_is_the_one_that_is_told(models: list[RemoteModel], today: date) -> None:
    for model in models:
        end = model_end("openai", model.id, models, today)
        if model.shutdown_date is not None:
            assert end is not None and end.on == model.shutdown_date and end.by_server
        elif end is not None and end.by_server:
            assert end.kind == "tuned"


@given(listed, st.lists(st.builds(job, st.none(), days), max_size=3), days, names, st.integers(0, 3_000))
def test_what_has_closed_stays_closed(models: list[RemoteModel], jobs: list[Job], today: date, model: str, later: int) -> None:
    if can_train("openai", models, jobs, today, model=model).verdict == "no":
        assert can_train("openai", models, jobs, today + timedelta(days=later), model=model).verdict == "no"
