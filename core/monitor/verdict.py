"""A curve in words: what the losses do, which figures show it, and one thing to try."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.base.types import Reason
from core.monitor import advice, trend
from core.monitor.advice import Facts
from core.monitor.curve import Curve
from core.monitor.trend import Points

MIN_POINTS: Final = 5  # under five steps any two curves look alike
RISING_CHECKS: Final = 3  # one worse check is chance, three in a row above the best by more than the noise seldom are
RISE: Final = 0.03
NOISE: Final = 3.5  # the lowest of a dozen noisy checks lies 1 to 2 deviations under the rest by chance; 1 to 4% of flat curves alarm
HALF: Final = 0.5  # of a training under way: of the practice model the checks rose to step 9 of 30 and then fell below the first one
EARLY: Final = 0.25  # of a training, cancelled ones too: the first steps are slow on purpose, so a flat curve says nothing yet
LOW_LOSS: Final = 0.05  # the right token has about 95% of the probability: there is hardly anything left to learn
KNOWN: Final = 0.2  # the right token has about 80% of the probability
FULL_PASSES: Final = 6  # of fewer, nobody can tell a bend from a jitter: four of a real run, 0.11 to 0.007, passed for noisy
UNSURE: Final = 0.5  # of such a training: the better answer of an average pair has no more than 60% of the two
GAP: Final = 4.0  # how many times the training loss the validation loss is where examples are known by heart
HIDDEN: Final = 0.25  # of the level: where a change so large would not show in the jitter, nothing is said of the course
AWAY: Final = 1.0  # a training loss that is twice as high as it was and does not come back has run away
WORST: Final = ("loss_diverging", "memorised", "memorised_flat", "rising_validation", "validation_rose", "loss_rising", "stopped_too_early")
_LEARNS: Final = ("memorised", "memorised_flat", "rising_validation", "validation_falling", "stopped_too_early", "validation_came_back")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a curve does with the figures that show it, and one thing to try, where there is one."""

    reason: Reason
    suggestion: Reason | None = None

    @property
    def code(self) -> str:
        return self.reason.code


def verdict(curve: Curve, facts: Facts | None = None) -> tuple[Verdict, ...]:
    """Say what the losses do, most important first.

    Of the validation loss: rising_validation, validation_rose (the same where the training loss stands still), memorised, memorised_flat,
    validation_early, validation_early_rise, validation_came_back, validation_falling, stopped_too_early, validation_flat, validation_low,
    validation_noisy, validation_too_short, no_validation; of the training loss: loss_falling, loss_flat, loss_flat_low, loss_rising,
    loss_diverging, loss_noisy, curve_too_short, and loss_jumps and loss_stays, which are noisy and flat where the checks show what the
    model learns. Of a training by preference, whose loss is another one (it begins at ln 2, and tells how surely two answers are told
    apart), the codes begin with `pairs_` where the words differ.

    `first` and `last` are the medians of the `few` points at each end; `best`, `high` and what stands beside a step are the chart's own.
    """
    facts = facts or Facts()
    training = curve.points("train_loss")
    if not training:
        return ()
    train = _training(training)
    if train.code in ("loss_flat", "loss_noisy") and curve.total_steps and training[-1][0] < EARLY * curve.total_steps:
        train = Reason("curve_too_short", {"points": training[-1][0], "needed": math.ceil(EARLY * curve.total_steps)})
    validation = _by_heart(_validation(validation_points(curve), facts), train, facts)
    if (needed := _too_soon(validation, training[-1][0], curve.total_steps, facts)) is not None:
        validation = _not_yet(validation, needed)
    if train.code in ("loss_diverging", "loss_rising") and validation.code in ("rising_validation", "memorised", "memorised_flat"):
        told: Sequence[Reason] = (train,)  # both rise together, for one reason, and that is not too much learning
    else:
        # "nobody can tell whether the model is learning" must not stand beside what it has learned, nor "hardly learning" beside "by heart"
        if train.code == "loss_flat" and validation.code == "rising_validation":
            validation = Reason("validation_rose", validation.params)
        elif validation.code in _LEARNS and train.code in ("loss_noisy", "loss_flat"):
            train = Reason("loss_jumps" if train.code == "loss_noisy" else "loss_stays", train.params)
        told = sorted((validation, train), key=lambda one: WORST.index(one.code) if one.code in WORST else len(WORST))
    return tuple(Verdict(advice.worded(one, pairs=facts.pairs), advice.suggest(one, facts)) for one in told)


def validation_points(curve: Curve) -> Points:
    """The checks that are judged: the full passes where there are enough, which are the steadier figure, else the more frequent ones."""
    full, sampled = curve.points("full_valid_loss"), curve.points("valid_loss")
    return full if len(full) >= FULL_PASSES or len(full) >= len(sampled) else sampled


def _training(points: Points) -> Reason:
    if len(points) < MIN_POINTS:
        return Reason("curve_too_short", {"points": len(points), "needed": MIN_POINTS})
    at = trend.ends(points)
    facts = {"first": at.first, "last": at.last, "few": at.few, "from_step": points[0][0], "to_step": points[-1][0]}
    if (away := _away(points)) is not None:
        return Reason("loss_diverging", facts | away)
    if at.first - at.last > at.margin:
        return Reason("loss_falling", facts)
    if at.last - at.first > at.margin:
        return Reason("loss_rising", facts)
    if at.last <= LOW_LOSS:
        return Reason("loss_flat_low", facts)
    if at.margin > HIDDEN * abs(at.last):
        return Reason("loss_noisy", facts | {"low": min(value for _, value in points), "high": max(value for _, value in points)})
    return Reason("loss_flat", facts)


def _away(points: Points) -> dict[str, float] | None:
    """Where the loss has left its lowest level for good: the last two parts of the curve lie far above it."""
    parts = trend.blocks(points)
    if len(parts) < 3:
        return None
    low = trend.lowest([value for _, value in parts])
    step, best = parts[low]
    now = min(value for _, value in parts[-2:])
    jitter = trend.noise(points)  # of one point; the medians of three and more have less
    if low >= len(parts) - 2 or now - best <= max(AWAY * abs(best), NOISE * jitter) or (best <= LOW_LOSS and now <= KNOWN):
        return None
    return {"best_step": step, "best": best, "last": parts[-1][1]}


def _validation(points: Points, facts: Facts) -> Reason:
    if not points and not (facts.runs and facts.checked):
        return Reason("no_validation")
    if len(points) <= RISING_CHECKS:
        return Reason("validation_too_short", {"points": len(points), "needed": RISING_CHECKS + 1})
    values = trend.smooth(points)
    low = trend.lowest(values)
    at = trend.ends(points)
    best, last = values[low], min(at.last, values[-1])  # both must have risen: a single bad check at the end is no trend
    checks = len(points) - 1 - low
    told = {
        "best_step": points[low][0],
        "best": points[low][1],
        "last_step": points[-1][0],
        "last": at.last,
        "first": at.first,
        "few": at.few,
        "checks": checks,
        "now": points[-1][1],
    }
    if max(at.last, values[-1]) <= LOW_LOSS:  # hardly anything left to lose or to learn, wherever it comes from
        return Reason("validation_falling" if at.first - at.last > at.margin else "validation_low", told)
    enough = max(RISE * abs(best), NOISE * trend.noise(points))
    if checks >= RISING_CHECKS and last - best > enough:
        # a first check before anything was learned is often the lowest (so in practice runs of few rows)
        high = max(range(low, len(values)), key=values.__getitem__)
        now = max(at.last, values[-1])
        if len(points) - 1 - high >= RISING_CHECKS and values[high] - now > enough:
            return Reason("validation_came_back", told | {"high_step": points[high][0], "high": points[high][1]})
        return Reason("rising_validation", told | {"at_first": low == 0})
    if at.first - at.last > at.margin:
        falls = None if facts.runs else trend.still_falling(points)
        if falls is not None:
            return Reason("stopped_too_early", told | {"since": falls[0], "from_loss": falls[1], "to_loss": falls[2]})
        return Reason("validation_falling", told)
    if at.margin > HIDDEN * abs(at.last):
        return Reason("validation_noisy", told | {"lowest": min(v for _, v in points), "highest": max(v for _, v in points)})
    return Reason("validation_flat", told)


def _by_heart(validation: Reason, train: Reason, facts: Facts) -> Reason:
    """Examples are known by heart where the training loss is low, the validation loss a multiple of it, and not falling.

    Of pairs a multiple says little: with 0.01 for those it reads and 0.1 for others, a model tells nearly all of both apart.
    """
    known = train.params.get("last", math.inf)
    if validation.code not in ("rising_validation", "validation_flat") or train.code not in ("loss_falling", "loss_flat_low", "loss_flat"):
        return validation
    if known > KNOWN or validation.params["last"] < (UNSURE if facts.pairs else GAP * known):
        return validation
    return Reason("memorised" if validation.code == "rising_validation" else "memorised_flat", {**validation.params, "train": known})


def _too_soon(validation: Reason, step: int, total: int | None, facts: Facts) -> int | None:
    """The step from which on a rise is called overfitting where that is still to come; None where it may be called so.

    In the first pass no example was read twice, so none can be known by heart, and a quarter of the planned steps is too little to
    end a training for; above its very first check a training under way has half of them to come down again. A training that was cut
    short is not judged by steps that it never took, except by the checks that have ended it.
    """
    if validation.code not in ("rising_validation", "memorised", "memorised_flat") or total is None or facts.kept is not None:
        return None
    if step >= total:
        return None
    share = HALF if facts.runs and validation.params.get("at_first") else EARLY
    needed = math.ceil(max(share * total, total / facts.epochs if facts.epochs else 0))
    return needed if step < needed else None


def _not_yet(validation: Reason, needed: int) -> Reason:
    if validation.code == "memorised_flat":
        return Reason("validation_flat", validation.params)
    at_first = validation.params["at_first"]
    return Reason("validation_early" if at_first else "validation_early_rise", {**validation.params, "needed": needed})
