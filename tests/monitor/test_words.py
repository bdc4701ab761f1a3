"""The first words about a curve are right on curves whose kind is known."""

import math
import random
from collections.abc import Callable

import pandas as pd
import pytest

from core.monitor.curve import Curve
from core.monitor.words import verdict

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
    return 0.3 + 2 * math.exp(-4 * x)


def level(x: float) -> float:
    return 1.7


def turning(x: float) -> float:
    return 0.9 + 4 * (x - 0.4) ** 2


def climbing(x: float) -> float:
    return 1 + 3 * x


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


def test_rising_validation_comes_first_with_its_evidence() -> None:
    curve = made(falling, turning)
    first = verdict(curve)[0]
    assert first.code == "rising_validation"
    assert first.params["suggestion"] == "keep_checkpoint"
    assert first.params["best_step"] == 25  # checks every 5 steps, and the lowest point is at 0.4 of 60
    assert first.params["checks"] == 7
    assert first.params["last"] > first.params["best"] >= 0.9


# the validation loss of a real practice run on 57 rows of the messy bank file, checked on 8: lowest before anything was learned
CAME_BACK = (1.98, 2.3, 2.62, 2.83, 2.79, 2.9, 2.67, 2.42, 2.44, 2.44, 2.23, 2.29, 2.49, 2.55, 2.34)
CAME_BACK += (2.34, 2.26, 2.31, 2.35, 2.29, 2.34, 2.33, 2.26, 2.29, 2.32, 2.38, 2.31, 2.3, 2.26, 2.22)


def test_a_loss_that_comes_down_again_is_not_called_rising() -> None:
    curve = made(falling, steps=30)
    found = {reason.code: reason for reason in verdict(Curve(curve.frame.assign(valid_loss=CAME_BACK), 30))}
    told = found["validation_came_back"].params
    assert "rising_validation" not in found
    assert [told[name] for name in ("best_step", "best", "high_step", "high", "last_step", "last")] == [1, 1.98, 5, 2.79, 30, 2.22]
    assert told["suggestion"] == ""


def test_a_loss_that_rises_again_after_a_dip_is_still_called_rising() -> None:
    curve = made(falling, lambda x: turning(x) - (0.2 if 0.7 < x < 0.8 else 0), steps=60, every=2)
    assert verdict(curve)[0].code == "rising_validation"


def test_few_points_get_no_verdict() -> None:
    codes = {reason.code: reason for reason in verdict(made(falling, falling, steps=4, every=2))}
    assert set(codes) == {"curve_too_short", "validation_too_short"}
    assert codes["curve_too_short"].params == {"points": 4, "needed": 5, "suggestion": ""}


def test_a_training_that_goes_on_is_not_judged_by_what_has_not_come_yet() -> None:
    curve = Curve(made(level, steps=20).frame, 100)
    waits = {reason.code: reason.params for reason in verdict(curve, runs=True, checked=True)}
    assert set(waits) == {"validation_too_short", "curve_too_short"}
    assert waits["validation_too_short"]["points"] == 0 and waits["curve_too_short"]["points"] == 20
    assert waits["curve_too_short"]["needed"] == 25
    assert next(reason.code for reason in verdict(curve, runs=True)) == "no_validation", "none will come"
    ended = {reason.code for reason in verdict(curve)}
    assert ended == {"no_validation", "curve_too_short"}, "cancelled in its slow first steps, it has shown nothing yet"
    assert "loss_flat" in {reason.code for reason in verdict(Curve(made(level, steps=30).frame, 100))}


def test_a_missing_validation_is_named_and_a_missing_curve_says_nothing() -> None:
    assert [reason.code for reason in verdict(made(falling))] == ["no_validation", "loss_falling"]
    assert verdict(Curve(pd.DataFrame({"step": []}), None)) == ()


def test_the_full_validation_pass_is_preferred_where_there_are_enough() -> None:
    curve = made(falling, turning, steps=60)
    frame = curve.frame.assign(full_valid_loss=[falling(s / 60) if s % 10 == 0 else math.nan for s in range(1, 61)])
    assert "validation_falling" in [reason.code for reason in verdict(Curve(frame, 60))]
