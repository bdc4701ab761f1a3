"""A curve in words: is the training loss falling, does the validation loss turn, and what shows it."""

import math
import statistics
from collections.abc import Sequence
from typing import Final

from core.base.types import Reason
from core.monitor.curve import Curve

Points = Sequence[tuple[int, float]]

MIN_POINTS: Final = 5  # under five steps any two curves look alike
RISING_CHECKS: Final = 3  # one worse check is chance, three in a row above the best by more than the noise seldom are
SHARE: Final = 0.05  # a change of less than a twentieth of the level is called flat
RISE: Final = 0.03
NOISE: Final = 3.5  # the lowest of a dozen noisy checks lies 1 to 2 deviations under the rest by chance; 1 to 4% of flat curves alarm
EARLY: Final = 0.25  # of a training, cancelled ones too: the first steps are slow on purpose, so a flat curve says nothing yet
LOW_LOSS: Final = 0.05  # the right token has about 95% of the probability: there is hardly anything left to learn


def verdict(curve: Curve, *, runs: bool = False, checked: bool = False) -> tuple[Reason, ...]:
    """Say what the losses do, most important first; every Reason carries the figures that show it.

    Codes: rising_validation, validation_came_back, validation_falling, validation_flat, validation_too_short, no_validation,
    and for the training loss loss_falling, loss_flat, loss_flat_low, loss_rising, curve_too_short.
    `suggestion` names one thing to try, or is empty.
    `runs`: the training goes on, so more will come; `checked`: it has validation rows.
    """
    training = curve.points("train_loss")
    if not training:
        return ()
    train = _training(training)
    if train.code == "loss_flat" and curve.total_steps and training[-1][0] < EARLY * curve.total_steps:
        train = Reason("curve_too_short", {"points": training[-1][0], "needed": math.ceil(EARLY * curve.total_steps), "suggestion": ""})
    validation = _validation(_validation_points(curve), to_come=runs and checked)
    worst_first = ("rising_validation", "loss_rising")
    return tuple(sorted((validation, train), key=lambda reason: reason.code not in worst_first))


def _training(points: Points) -> Reason:
    if len(points) < MIN_POINTS:
        return Reason("curve_too_short", {"points": len(points), "needed": MIN_POINTS, "suggestion": ""})
    first, last, margin = _ends(points)
    facts = {"first": first, "last": last, "from_step": points[0][0], "to_step": points[-1][0], "suggestion": ""}
    if first - last > margin:
        return Reason("loss_falling", facts)
    if last - first > margin:
        return Reason("loss_rising", facts | {"suggestion": "lower_rate"})
    if last <= LOW_LOSS:
        return Reason("loss_flat_low", facts)
    return Reason("loss_flat", facts | {"suggestion": "look_at_answers"})


def _validation(points: Points, *, to_come: bool) -> Reason:
    if not points and not to_come:
        return Reason("no_validation", {"suggestion": "add_validation"})
    if len(points) <= RISING_CHECKS:
        return Reason("validation_too_short", {"points": len(points), "needed": RISING_CHECKS + 1, "suggestion": ""})
    smooth = _smooth(points)
    low = _lowest(smooth)
    first, end, margin = _ends(points)
    best, last = smooth[low], min(end, smooth[-1])  # both must have risen: a single bad check at the end is no trend
    checks = len(points) - 1 - low
    facts = {"best_step": points[low][0], "best": best, "last_step": points[-1][0], "last": last, "checks": checks}
    enough = max(RISE * abs(best), NOISE * _noise(points))
    if checks >= RISING_CHECKS and last - best > enough:
        # A first check before anything was learned is often the lowest (so in practice runs of few rows): above it is not yet rising.
        high = max(range(low, len(smooth)), key=smooth.__getitem__)
        now = max(end, smooth[-1])
        if len(points) - 1 - high >= RISING_CHECKS and smooth[high] - now > enough:
            # the figures that the chart shows at these steps
            shown = {"best": points[low][1], "high_step": points[high][0], "high": points[high][1], "last": points[-1][1]}
            return Reason("validation_came_back", facts | shown | {"suggestion": ""})
        return Reason("rising_validation", facts | {"suggestion": "keep_checkpoint"})
    if first - end > margin:
        return Reason("validation_falling", facts | {"first": first, "suggestion": ""})
    return Reason("validation_flat", facts | {"first": first, "suggestion": ""})


def _validation_points(curve: Curve) -> Points:
    # the full pass over the validation file, once an epoch, is the steadier figure; one batch a step is what is left otherwise
    full = curve.points("full_valid_loss")
    return full if len(full) > RISING_CHECKS else curve.points("valid_loss") or full


def _ends(points: Points) -> tuple[float, float, float]:
    """The level at both ends, and how far apart they must be to differ by more than the noise."""
    values = [value for _, value in points]
    few = max(2, len(values) // 4)
    first, last = statistics.median(values[:few]), statistics.median(values[-few:])
    # the median of `few` noisy values has a deviation of about 1.25 sigma / sqrt(few); a difference of two has sqrt(2) of that
    return first, last, max(SHARE * max(abs(first), abs(last)), 2 * 1.25 * 2**0.5 * _noise(points) / few**0.5)


def _noise(points: Points) -> float:
    """One standard deviation of the jitter, from second differences: those of a straight line are nil and those of a smooth bend small."""
    values = [value for _, value in points]
    bends = [a - 2 * b + c for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return math.sqrt(sum(bend * bend for bend in bends) / (6 * len(bends)))


def _smooth(points: Points) -> list[float]:
    values = [value for _, value in points]
    inner = [(a + 2 * b + c) / 4 for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return [values[0], *inner, statistics.mean(values[-2:])]


def _lowest(values: Sequence[float]) -> int:
    return min(range(len(values)), key=lambda i: values[i])
