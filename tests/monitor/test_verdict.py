"""The words about a curve are right on curves whose kind is known, made by dice and real ones."""

import math
import random
from collections.abc import Callable

import pandas as pd
import pytest

from core.base.remote import Checkpoint, Job, JobStatus
from core.monitor.advice import Facts, facts_of
from core.monitor.curve import Curve
from core.monitor.verdict import verdict
from pages.ui.sentences.training import REASONS
from tests.monitor import curves

Shape = Callable[[float], float]  # share of the training done -> loss


def made(train: Shape, valid: Shape | None = None, *, steps: int = 60, every: int = 5, noise: float = 0.0, seed: int = 0) -> Curve:
    dice = random.Random(seed)

    def value(shape: Shape, step: int) -> float:
        return shape(step / steps) * (1 + dice.gauss(0, noise))

    data: dict[str, list[float]] = {"step": list(range(1, steps + 1))}
    data["train_loss"] = [value(train, step) for step in range(1, steps + 1)]
    if valid is not None:
        data["valid_loss"] = [value(valid, step) if step % every == 0 else math.nan for step in range(1, steps + 1)]
    return Curve(pd.DataFrame(data), steps)


def falling(x: float) -> float:
    return 0.3 + 2 * math.exp(-8 * x)


def level(x: float) -> float:
    return 1.7


def turning(x: float) -> float:
    return 0.9 + 4 * (x - 0.4) ** 2


def climbing(x: float) -> float:
    return 1 + 0.8 * x


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.15])
@pytest.mark.parametrize(
    ("shape", "code"), [(falling, "loss_falling"), (level, "loss_flat"), (climbing, "loss_rising"), (lambda x: 0.01, "loss_flat_low")]
)
def test_the_training_loss_is_called_what_it_is(shape: Shape, code: str, noise: float, seed: int) -> None:
    assert code in [reason.code for reason in verdict(made(shape, noise=noise, seed=seed))]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise", [0.0, 0.03, 0.06])
@pytest.mark.parametrize(("shape", "code"), [(turning, "rising_validation"), (falling, "validation_falling"), (level, "validation_flat")])
def test_the_validation_loss_is_called_what_it_is(shape: Shape, code: str, noise: float, seed: int) -> None:
    assert code in [reason.code for reason in verdict(made(falling, shape, noise=noise, seed=seed))]


def test_rising_validation_comes_first_with_its_evidence_and_one_thing_to_try() -> None:
    curve = made(falling, turning)
    first = verdict(curve, Facts(checkpoints=(20, 40, 60)))[0]
    told = first.reason.params
    assert first.code == "rising_validation"
    assert told["best_step"] == 25  # checks every 5 steps, and the lowest point is at 0.4 of 60
    assert told["checks"] == 7
    assert told["last"] > told["best"] >= 0.9
    assert first.suggestion is not None and (first.suggestion.code, first.suggestion.params) == ("keep_checkpoint", {"step": 20})


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (Facts(checkpoints=(60,), epochs=3), "one_epoch_less"),  # the last checkpoint is the model itself
        (Facts(epochs=3), "one_epoch_less"),
        (Facts(epochs=1), "more_varied_rows"),
        (Facts(runs=True, checked=True), "end_it_now"),
        (Facts(kept=25, checkpoints=(20, 40)), "kept_already"),
    ],
)
def test_what_to_try_when_validation_rises_is_what_can_be_done(facts: Facts, code: str) -> None:
    suggestion = verdict(made(falling, turning), facts)[0].suggestion
    assert suggestion is not None and suggestion.code == code


def test_a_checkpoint_is_not_to_be_kept_where_early_stopping_has_kept_the_best_state() -> None:
    curve = made(falling, turning)
    job = Job("ftjob-1", JobStatus.SUCCEEDED, "succeeded", "small", validation_file="file-2", hyperparameters={"early_stopping": 4})
    at_20 = [Checkpoint("c", "m", 20, None)]
    assert facts_of(job, curve, at_20, "supervised") == Facts(checked=True, kept=25, checkpoints=(20,))
    told = verdict(curve, facts_of(job, curve, at_20, "supervised"))[0].suggestion
    assert told is not None and (told.code, told.params) == ("kept_already", {"step": 25})
    without = Job("ftjob-1", JobStatus.SUCCEEDED, "succeeded", "small", hyperparameters={"early_stopping": 0, "n_epochs": "auto"})
    assert facts_of(without, curve, (), "dpo") == Facts(pairs=True)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", curves.KINDS, ids=lambda kind: kind.name)
def test_a_curve_of_known_kind_is_called_by_it(kind: curves.Kind, seed: int) -> None:
    codes = [one.code for one in verdict(curves.made(kind, seed))]
    assert kind.expected in [{"loss_jumps": "loss_noisy"}.get(code, code) for code in codes]


def test_of_many_curves_of_each_kind_nine_in_ten_are_called_by_it_and_harmless_ones_seldom_alarm() -> None:
    harmless = {"learned", "learned slowly", "nothing to learn", "validation stands still", "known before", "unchecked"}
    for kind in curves.KINDS:
        told = [{one.code for one in verdict(curves.made(kind, seed))} for seed in range(100, 160)]
        assert sum(kind.expected in codes for codes in told) >= 54, kind.name
        alarms = sum(bool(codes & {"rising_validation", "memorised", "memorised_flat", "loss_diverging"}) for codes in told)
        assert alarms <= 3 or kind.name not in harmless, kind.name


def test_by_heart_is_told_with_both_losses_and_varied_rows_are_proposed() -> None:
    kind = next(kind for kind in curves.KINDS if kind.name == "by heart and no better")
    first = verdict(curves.made(kind, 1))[0]
    assert first.code == "memorised_flat" and first.reason.params["train"] < 0.1 < first.reason.params["last"]
    assert first.suggestion is not None and first.suggestion.code == "more_varied_rows"


def test_one_epoch_more_is_proposed_only_when_the_training_is_over_and_its_checks_still_fall() -> None:
    kind = next(kind for kind in curves.KINDS if kind.name == "ended after one epoch")
    first = verdict(curves.made(kind, 1), Facts(epochs=1))[0]
    assert first.code == "stopped_too_early" and first.reason.params["since"] < first.reason.params["last_step"]
    assert first.suggestion is not None and (first.suggestion.code, first.suggestion.params) == ("one_epoch_more", {"to": 2})
    assert "validation_falling" in {one.code for one in verdict(curves.made(kind, 1), Facts(runs=True, checked=True))}


def test_nobody_is_sent_to_the_answers_while_the_training_goes_on() -> None:
    told = {one.code: one.suggestion for one in verdict(made(level, level), Facts(runs=True, checked=True))}
    assert told["loss_flat"] is None
    after = {one.code: one.suggestion for one in verdict(made(level, level))}["loss_flat"]
    assert after is not None and after.code == "look_at_answers"


def test_training_by_preference_has_words_of_its_own() -> None:
    told = [one.code for one in verdict(made(falling, turning), Facts(pairs=True))]
    assert told == ["pairs_rising_validation", "pairs_loss_falling"]


# the validation loss of a real practice run on 57 rows of the messy bank file, checked on 8: lowest before anything was learned
CAME_BACK = (1.98, 2.3, 2.62, 2.83, 2.79, 2.9, 2.67, 2.42, 2.44, 2.44, 2.23, 2.29, 2.49, 2.55, 2.34)
CAME_BACK += (2.34, 2.26, 2.31, 2.35, 2.29, 2.34, 2.33, 2.26, 2.29, 2.32, 2.38, 2.31, 2.3, 2.26, 2.22)


def test_a_loss_that_comes_down_again_is_not_called_rising() -> None:
    curve = made(falling, steps=30)
    found = {one.code: one for one in verdict(Curve(curve.frame.assign(valid_loss=CAME_BACK), 30))}
    told = found["validation_came_back"].reason.params
    assert "rising_validation" not in found
    assert [told[name] for name in ("best_step", "best", "high_step", "high", "last_step", "now")] == [1, 1.98, 5, 2.79, 30, 2.22]
    assert found["validation_came_back"].suggestion is None


def test_a_loss_that_rises_again_after_a_dip_is_still_called_rising() -> None:
    curve = made(falling, lambda x: turning(x) - (0.2 if 0.7 < x < 0.8 else 0), steps=60, every=2)
    assert verdict(curve)[0].code == "rising_validation"


def test_a_loss_that_is_low_is_not_alarmed_about_nor_called_unfinished() -> None:
    for shape in (lambda x: 0.004 + 0.03 * x, lambda x: 0.03 - 0.02 * x, lambda x: 0.02):
        for facts in (Facts(), Facts(pairs=True)):
            codes = {one.code.removeprefix("pairs_") for one in verdict(made(lambda x: 0.001, shape), facts)}
            assert codes & {"validation_low", "validation_falling"} and not codes & {
                "rising_validation",
                "memorised",
                "memorised_flat",
                "stopped_too_early",
            }


def test_pairs_that_are_told_apart_unread_are_not_known_by_heart_and_those_that_are_guessed_are() -> None:
    read_pairs = lambda x: 0.01  # noqa: E731
    told = {level: verdict(made(read_pairs, lambda x, at=level: at), Facts(pairs=True))[0].code for level in (0.2, 0.9)}  # type: ignore[misc]
    assert told == {0.2: "validation_flat", 0.9: "pairs_memorised_flat"}
    assert verdict(made(read_pairs, lambda x: 0.2))[0].code == "memorised_flat", "of answers that is by heart: 20 times the loss"


def test_a_fall_that_ends_above_chance_is_not_called_leaning_to_the_better_answers() -> None:
    above, below = (verdict(made(falling, lambda x, to=to: to + 0.5 * math.exp(-9 * x)), Facts(pairs=True))[0] for to in (0.8, 0.3))  # type: ignore[misc]
    assert (above.code, below.code) == ("pairs_validation_guessing", "pairs_validation_falling")


def test_a_flat_loss_of_pairs_sends_to_the_pairs() -> None:
    told = {one.code: one.suggestion for one in verdict(made(lambda x: 0.69, level), Facts(pairs=True))}["pairs_loss_flat"]
    assert told is not None and told.code == "look_at_pairs"


def test_few_full_passes_leave_the_word_to_the_checks_in_between() -> None:
    curve = made(falling, lambda x: 0.3 + 0.5 * math.exp(-6 * x), steps=24, every=1)
    frame = curve.frame.assign(full_valid_loss=[{6: 0.114, 12: 0.02, 18: 0.009, 24: 0.007}.get(s, math.nan) for s in range(1, 25)])
    assert "validation_falling" in [one.code for one in verdict(Curve(frame, 24))]


def test_few_points_get_no_verdict() -> None:
    codes = {one.code: one.reason for one in verdict(made(falling, falling, steps=4, every=2))}
    assert set(codes) == {"curve_too_short", "validation_too_short"}
    assert codes["curve_too_short"].params == {"points": 4, "needed": 5}


def test_a_training_that_goes_on_is_not_judged_by_what_has_not_come_yet() -> None:
    curve = Curve(made(level, steps=20).frame, 100)
    waits = {one.code: one.reason.params for one in verdict(curve, Facts(runs=True, checked=True))}
    assert set(waits) == {"validation_too_short", "curve_too_short"}
    assert waits["validation_too_short"]["points"] == 0 and waits["curve_too_short"]["points"] == 20
    assert waits["curve_too_short"]["needed"] == 25
    assert next(reason.code for reason in verdict(curve, Facts(runs=True))) == "no_validation", "none will come"
    ended = {reason.code for reason in verdict(curve)}
    assert ended == {"no_validation", "curve_too_short"}, "cancelled in its slow first steps, it has shown nothing yet"
    assert "loss_flat" in {reason.code for reason in verdict(Curve(made(level, steps=30).frame, 100))}


def test_above_its_first_check_a_training_under_way_is_not_yet_overfitting() -> None:
    """The practice model on the bank rows: up to step 9 of 30 every check was above the first, and at the end it was below."""
    checks = [2.34, 2.45, 2.52, 2.6, 2.66, 2.7, 2.74, 2.75, 2.76]
    frame = pd.DataFrame({"step": range(1, 10), "train_loss": [2.0 - 0.1 * step for step in range(9)], "valid_loss": checks})
    under_way = Facts(runs=True, checked=True)
    told = verdict(Curve(frame, 30), under_way)
    assert "validation_early" in [one.code for one in told]
    assert not any(one.suggestion is not None and one.suggestion.code == "end_it_now" for one in told), "nobody is told to stop"
    late = verdict(Curve(frame.assign(step=range(20, 29)), 30), under_way)
    assert {one.code for one in late} & {"rising_validation", "memorised"}, "in the second half it is what it looks like"


def rises_from(best: int, steps: int) -> pd.DataFrame:
    """Checks at each step that fall to `best` and rise after it, above a training loss that goes down to nearly nothing."""
    checks = [2.0 - 0.2 * step if step <= best else 2.0 - 0.2 * best + 0.15 * (step - best) for step in range(1, steps + 1)]
    learned = [2.0 * math.exp(-0.5 * step) for step in range(1, steps + 1)]
    return pd.DataFrame({"step": range(1, steps + 1), "train_loss": learned, "valid_loss": checks})


ALARMS = {"rising_validation", "memorised", "memorised_flat"}
STOP = {"end_it_now", "fewer_epochs", "one_epoch_less", "keep_checkpoint"}


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("epochs", [None, 1, 2, 3, 10])
def test_within_the_first_pass_and_the_first_quarter_nothing_is_called_overfitting_nor_ended(epochs: int | None, runs: bool) -> None:
    """Also not of a training that was cancelled there: it is not judged by what it never came to."""
    total = 40
    bound = max(total / 4, total / (epochs or total))
    for steps in range(6, total):
        told = verdict(Curve(rises_from(3, steps), total), Facts(runs=runs, checked=True, epochs=epochs))
        codes, tries = {one.code for one in told}, {one.suggestion.code for one in told if one.suggestion}
        if steps < bound:
            assert not codes & ALARMS and not tries & STOP, (steps, codes, tries)
        if bound <= steps and steps > 10:
            assert codes & ALARMS, (steps, codes)


def test_checks_that_stand_still_are_not_called_learned_by_heart_in_the_first_pass() -> None:
    frame = pd.DataFrame({"step": range(1, 10), "train_loss": [0.02] * 9, "valid_loss": [1.3] * 9})
    assert "validation_flat" in {one.code for one in verdict(Curve(frame, 30), Facts(runs=True, checked=True, epochs=3))}
    assert "memorised_flat" in {one.code for one in verdict(Curve(frame, 18), Facts(runs=True, checked=True, epochs=3))}


def test_what_early_stopping_has_ended_is_judged_by_the_checks_that_ended_it() -> None:
    assert verdict(Curve(rises_from(3, 8), 100), Facts(checked=True, epochs=3, kept=3))[0].code in ALARMS


def test_no_two_sentences_contradict_each_other() -> None:
    """Where the checks show what the model learns, the training loss does not say that nobody can tell, or that it learns nothing."""
    jumps = made(level, turning, noise=0.0, steps=60)
    dice = random.Random(3)
    noisy = jumps.frame.assign(train_loss=[1.5 * math.exp(dice.gauss(-0.4, 0.9)) for _ in range(60)])
    assert [one.code for one in verdict(Curve(noisy, 60))] == ["rising_validation", "loss_jumps"]
    assert [one.code for one in verdict(made(level, falling))] == ["validation_falling", "loss_stays"]
    assert not {one.suggestion.code for one in verdict(made(level, falling)) if one.suggestion}
    assert [one.code for one in verdict(made(level, turning))] == ["validation_rose", "loss_flat"]
    assert [one.code for one in verdict(made(climbing, climbing))] == ["loss_rising"], "that is not too much learning"


def test_a_level_is_told_with_the_number_of_points_it_is_of_and_a_step_with_its_own_figure() -> None:
    checks = [2.34, 2.5, 2.7, 2.76, 2.758, 2.7, 2.6, 2.5, 2.45, 2.42, 2.41, 2.4]
    frame = pd.DataFrame({"step": range(1, 13), "train_loss": [2.0 - 0.1 * step for step in range(12)], "valid_loss": checks})
    told = next(one.reason.params for one in verdict(Curve(frame, 12)) if one.code == "loss_falling")
    assert (told["few"], told["first"]) == (3, 1.9), "the middle one of the first three steps: 2.0, 1.9, 1.8"
    rising = verdict(made(falling, turning))[0].reason.params
    at = dict(made(falling, turning).points("valid_loss"))
    assert rising["best"] == at[rising["best_step"]] and rising["now"] == at[rising["last_step"]]


def test_a_step_that_is_the_last_one_is_not_told_as_the_best_of_a_loss_that_got_no_better() -> None:
    """Of a practice run of 40 steps it was said: "2.374 and no better than at step 40"."""
    frame = pd.DataFrame({"step": range(1, 41), "train_loss": [0.01] * 40, "valid_loss": [2.4 - 0.0006 * step for step in range(40)]})
    first = verdict(Curve(frame, 40))[0]
    assert first.code == "memorised_flat" and first.suggestion is not None and first.suggestion.code == "more_varied_rows"
    assert "{best_step}" not in REASONS["memorised_flat"] and "{best_step}" not in REASONS["pairs_memorised_flat"]


def test_a_missing_validation_is_named_and_a_missing_curve_says_nothing() -> None:
    assert [reason.code for reason in verdict(made(falling))] == ["no_validation", "loss_falling"]
    assert verdict(Curve(pd.DataFrame({"step": []}), None)) == ()


def test_the_full_validation_pass_is_preferred_where_there_are_enough() -> None:
    curve = made(falling, turning, steps=60)
    frame = curve.frame.assign(full_valid_loss=[falling(s / 60) if s % 10 == 0 else math.nan for s in range(1, 61)])
    assert "validation_falling" in [reason.code for reason in verdict(Curve(frame, 60))]
