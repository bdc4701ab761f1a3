"""The words about real trainings are right: by an adapter and by preference, recorded from our engine (record_runs.py)."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.base.remote import JobEvent, JobStatus
from core.io.openai_shapes import checkpoint_from, job_from
from core.monitor.advice import CHANCE, facts_of
from core.monitor.curve import METRICS, Curve, curve, preferred
from core.monitor.result_file import read
from core.monitor.verdict import Verdict, verdict
from pages.ui.sentences.training import REASONS

RUNS = Path(__file__).with_name("runs")
NAMES = sorted(path.stem for path in RUNS.glob("*.json"))
BEGAN = datetime(2026, 11, 26, tzinfo=UTC)
# of pairs nothing is answered, and a question is none "that it has not read"
SUPERVISED_WORDS = re.compile(r"question|right answer|learning the examples|surprise|rows? ", re.IGNORECASE)
# name -> the verdicts, most important first, and what is proposed
EXPECTED = {
    "lora_learned": (["validation_falling", "loss_falling"], None),
    "lora_by_heart": (["rising_validation", "loss_falling"], "fewer_epochs"),
    "lora_no_carry_over": (["validation_flat", "loss_falling"], None),
    "lora_too_fast": (["validation_flat", "loss_flat"], "look_at_answers"),
    "lora_short": (["no_validation", "curve_too_short"], "add_validation"),
    "dpo_learned": (["pairs_validation_falling", "pairs_loss_falling"], None),
    "dpo_turned_round": (["pairs_memorised", "pairs_loss_falling"], "keep_checkpoint"),
    "dpo_unchecked": (["pairs_no_validation", "pairs_loss_falling"], "add_validation"),
}


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RUNS.joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return found


def events_of(run: dict[str, Any]) -> list[JobEvent]:
    return [JobEvent(f"e{n}", BEGAN + timedelta(seconds=n), "info", "metrics", "", data) for n, data in enumerate(run["metrics"])]


def judged(run: dict[str, Any]) -> tuple[Curve, tuple[Verdict, ...]]:
    job, checkpoints = job_from(run["job"]), [checkpoint_from(one) for one in run["checkpoints"]]
    drawn = curve(events_of(run), checkpoints)
    return drawn, verdict(drawn, facts_of(job, drawn, checkpoints, job.method))


def test_every_recorded_run_has_its_expected_words_and_says_how_it_was_made() -> None:
    assert set(NAMES) == set(EXPECTED)
    assert all("tests.monitor.record_runs" in recorded(name)["made"] for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_real_run_is_called_what_it_is(name: str) -> None:
    _, told = judged(recorded(name))
    codes, proposed = EXPECTED[name]
    assert [one.code for one in told] == codes
    assert next((one.suggestion.code for one in told if one.suggestion), None) == proposed


def test_a_checkpoint_that_is_as_bad_as_the_end_is_not_proposed() -> None:
    run = recorded("lora_by_heart")
    _, told = judged(run)
    assert {one["step_number"] for one in run["checkpoints"]} == {76, 78, 80} and told[0].reason.params["best_step"] == 8
    assert told[0].suggestion is not None and told[0].suggestion.params == {"to": 4}, "2 steps are an epoch"


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_in_the_words_stand_in_the_curve(name: str) -> None:
    drawn, told = judged(recorded(name))
    for one in told:
        of = "train_loss" if "loss_" in one.code else "valid_loss"
        values = [value for _, value in [*drawn.points(of), *drawn.points(f"full_{of}")]]
        for figure in ("first", "last", "best"):
            if (value := one.reason.params.get(figure)) is not None:
                assert min(values) <= value <= max(values), (one.code, figure)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_by_preference_is_judged_in_words_of_pairs_alone(name: str) -> None:
    run = recorded(name)
    job, (_, told) = job_from(run["job"]), judged(run)
    for one in told:
        says = REASONS[one.code]
        if job.method == "dpo":
            assert one.code.startswith("pairs_") and not SUPERVISED_WORDS.search(says), says
        else:
            assert not one.code.startswith("pairs_") and "pair" not in says


@pytest.mark.parametrize("name", NAMES)
def test_a_run_by_preference_cut_anywhere_is_never_told_in_words_of_answers(name: str) -> None:
    """While it runs the page judges what there is so far: at no step may a rule or a word of the other method show through."""
    run = recorded(name)
    if run["job"]["method"]["type"] != "dpo":
        return
    job = replace(job_from(run["job"]), status=JobStatus.RUNNING, fine_tuned_model=None)
    for n in range(1, len(run["metrics"]) + 1):
        drawn = curve(events_of(run)[:n])
        for one in verdict(drawn, facts_of(job, drawn, (), job.method)):
            assert not SUPERVISED_WORDS.search(REASONS[one.code].replace("validation rows", "")), (n, one.code)


def test_a_run_by_preference_begins_at_chance_and_tells_pairs_apart() -> None:
    run = recorded("dpo_learned")
    drawn, _ = judged(run)
    assert drawn.points("train_loss")[0][1] == pytest.approx(CHANCE, abs=1e-4)
    share = preferred(events_of(run))
    assert share is not None and share > 0.9
    turned = preferred(events_of(recorded("dpo_turned_round")))
    assert turned is not None and turned < 0.1, "and of pairs the other way round it leans to the worse"


@pytest.mark.parametrize("name", NAMES)
def test_the_result_file_of_a_real_run_holds_its_events_number_for_number(name: str) -> None:
    run = recorded(name)
    told = {data["step"]: {METRICS[key]: float(value) for key, value in data.items() if key in METRICS} for data in run["metrics"]}
    packed = run["result_file"].encode()
    found = read(packed)
    assert found.encoded and {step: dict(row) for step, row in found.rows.items()} == told
    assert read(found.table).rows == found.rows and not read(found.table).encoded
