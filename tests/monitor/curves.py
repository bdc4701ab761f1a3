"""Curves of known kind, made the way that trainings make them: a course, a jitter by its own dice, checks now and then."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from core.monitor.curve import Curve

Shape = Callable[[float], float]  # share of the training done -> loss


@dataclass(frozen=True)
class Kind:
    """How a kind of course is made, and which of the two verdicts about it names it."""

    name: str
    expected: str
    train: Shape
    valid: Shape | None = None
    train_noise: float = 0.08
    valid_noise: float = 0.02
    steps: int = 90
    every: int = 6


def decay(start: float, end: float, speed: float) -> Shape:
    return lambda x: end + (start - end) * math.exp(-speed * x)


def power(start: float, end: float, half: float) -> Shape:
    """Slow at the end, as large models learn."""
    return lambda x: end + (start - end) / (1 + x / half)


def overfit(start: float, learn: float, by_heart: float) -> Shape:
    """What generalises is learned quickly, and learning by heart costs ever more afterwards."""
    return lambda x: start * (0.45 + 0.55 * math.exp(-learn * x)) + by_heart * max(0.0, x - 0.3) ** 1.3


def blown(x: float) -> float:
    """A learning rate that is too high: it learns, then flies off and stays there."""
    return 1.0 + 1.2 * math.exp(-9 * x) + (3.5 / (1 + math.exp(-30 * (x - 0.6))))


KINDS = (
    Kind("learned", "validation_falling", decay(2.4, 0.5, 9), decay(2.3, 0.9, 10)),
    Kind("learned slowly", "validation_falling", power(3.0, 0.6, 0.05), power(3.0, 1.3, 0.03)),
    Kind("learned, hardly any noise", "loss_falling", decay(1.8, 0.4, 8), decay(1.8, 1.0, 9), train_noise=0.01, valid_noise=0.0),
    Kind("nothing to learn", "loss_flat", lambda x: 1.6, lambda x: 1.7),
    Kind("validation stands still", "validation_flat", decay(2.0, 1.0, 5), lambda x: 1.5),
    Kind("known before", "loss_flat_low", lambda x: 0.02, lambda x: 0.03),
    Kind("overfitted", "rising_validation", decay(2.2, 0.6, 4), overfit(2.0, 12, 1.5), steps=120),
    Kind("overfitted, checked often", "rising_validation", decay(2.2, 0.5, 4), overfit(1.8, 15, 1.8), every=2, valid_noise=0.04),
    Kind("by heart and worse", "memorised", decay(2.4, 0.03, 7), overfit(2.0, 15, 1.2), train_noise=0.15),
    Kind("by heart and no better", "memorised_flat", decay(2.4, 0.02, 7), lambda x: 1.3, train_noise=0.15),
    Kind("ended too early", "stopped_too_early", decay(2.6, 0.3, 1.6), decay(2.6, 0.5, 1.5), steps=60, every=3),
    Kind("ended after one epoch", "stopped_too_early", lambda x: 2.5 - 1.1 * x, lambda x: 2.6 - 1.0 * x, steps=40, every=4),
    Kind("blown up", "loss_diverging", blown, lambda x: blown(x) * 1.1),
    Kind("blown up, unchecked", "loss_diverging", lambda x: 0.8 + 4 * x * x, train_noise=0.1),
    Kind("rising a little", "loss_rising", lambda x: 1.2 + 0.4 * x, train_noise=0.04),
    Kind("jumping about", "loss_noisy", lambda x: 1.5, lambda x: 1.6, train_noise=0.9, steps=60),
    Kind("checks jump about", "validation_noisy", decay(2.0, 1.0, 5), lambda x: 1.5, valid_noise=0.7, every=9),
    Kind("unchecked", "no_validation", decay(2.0, 0.6, 6)),
    Kind("just begun", "curve_too_short", decay(2.0, 0.6, 1), steps=4, every=2),
    Kind("checked twice", "validation_too_short", decay(2.0, 0.6, 6), decay(2.0, 0.9, 6), every=40),
)


def made(kind: Kind, seed: int) -> Curve:
    """One curve of a kind; the jitter multiplies, as the loss of a batch jumps more where it is high, and is skewed as real ones are."""
    dice = random.Random(f"{kind.name}-{seed}")

    def jitter(sigma: float) -> float:
        return math.exp(dice.gauss(-sigma * sigma / 2, sigma))

    steps = range(1, kind.steps + 1)
    data: dict[str, list[float]] = {"step": list(steps)}
    data["train_loss"] = [kind.train(step / kind.steps) * jitter(kind.train_noise) for step in steps]
    if kind.valid is not None:
        data["valid_loss"] = [
            kind.valid(step / kind.steps) * jitter(kind.valid_noise) if step % kind.every == 0 else math.nan for step in steps
        ]
    return Curve(pd.DataFrame(data), kind.steps)
