"""The one thing to try that follows from what a curve does, from what the job is, and from which checkpoints there are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.base.remote import Checkpoint, Job, JobStatus
from core.base.types import Reason
from core.monitor.curve import Curve

# of a training by preference the loss means something else, and so do these words
_PAIRS: Final = (
    "loss_falling", "loss_flat", "loss_flat_low", "validation_falling", "validation_low", "rising_validation", "memorised",
    "memorised_flat", "no_validation",
)  # fmt: skip
CHANCE: Final = math.log(2)  # the loss of a training by preference that leans to neither answer (DPO begins there, whatever its beta)
_NEARLY: Final = 0.005  # so little below it nobody calls leaning


@dataclass(frozen=True, slots=True)
class Facts:
    """What a verdict must know beside the curve.

    `runs`: more will come; `checked`: it has validation rows; `pairs`: it learns which of two answers is better; `epochs`: None where
    the server does not say; `kept`: the step whose state is the model already, because early stopping took the best one;
    `checkpoints`: the steps whose state can be had.
    """

    runs: bool = False
    checked: bool = False
    pairs: bool = False
    epochs: int | None = None
    kept: int | None = None
    checkpoints: tuple[int, ...] = ()


def facts_of(job: Job, curve: Curve, checkpoints: Sequence[Checkpoint], method: str) -> Facts:
    """Read them from the job as its server tells it; `method` is the server's word."""
    epochs = job.hyperparameters.get("n_epochs")
    return Facts(
        runs=not job.status.is_terminal,
        checked=job.validation_file is not None,
        pairs=method == "dpo",
        epochs=epochs if type(epochs) is int else None,
        kept=kept_step(job, curve),
        checkpoints=tuple(sorted(one.step for one in checkpoints)),
    )


def kept_step(job: Job, curve: Curve) -> int | None:
    """With early stopping our engine's result is the state that the checks found best: its step, else None."""
    patience: Any = job.hyperparameters.get("early_stopping")
    checks = curve.points("valid_loss")
    if job.status is not JobStatus.SUCCEEDED or type(patience) is not int or patience < 1 or not checks:
        return None
    return min(checks, key=lambda point: point[1])[0]


def suggest(reason: Reason, facts: Facts) -> Reason | None:
    """One thing to try; None where nothing is wrong or nothing can be told yet."""
    told = reason.params
    match reason.code:
        case "rising_validation" | "validation_rose" | "memorised":
            return _earlier(int(told["best_step"]), int(told["last_step"]), facts)
        case "memorised_flat":
            return Reason("more_varied_rows")
        case "stopped_too_early":
            return Reason("more_epochs") if facts.epochs is None else Reason("one_epoch_more", {"to": facts.epochs + 1})
        case "loss_diverging" | "loss_rising":
            return Reason("lower_rate")
        case "loss_noisy" | "loss_jumps":
            return Reason("larger_batch")
        case "validation_noisy":
            return Reason("more_validation_rows")
        case "loss_flat":
            # a slow start may still become a fall
            return None if facts.runs else Reason("look_at_pairs" if facts.pairs else "look_at_answers")
        case "no_validation":
            return Reason("add_validation")
    return None


def worded(reason: Reason, *, pairs: bool) -> Reason:
    """The same verdict under the code that has the words for its method."""
    if pairs and reason.code == "validation_falling" and reason.params["last"] >= CHANCE - _NEARLY:
        return Reason("pairs_validation_guessing", reason.params)
    return Reason(f"pairs_{reason.code}", reason.params) if pairs and reason.code in _PAIRS else reason


def _earlier(best: int, last: int, facts: Facts) -> Reason:
    if facts.kept is not None:
        return Reason("kept_already", {"step": facts.kept})
    if facts.runs:
        return Reason("end_it_now", {"best_step": best})
    nearest = min(facts.checkpoints, key=lambda step: (abs(step - best), step), default=None)
    # the last three are kept: of a real run that was best at step 8 of 80 those of 76, 78 and 80, which were as bad as each other
    if nearest is not None and nearest < last and abs(nearest - best) <= (last - best) / 2:
        return Reason("keep_checkpoint", {"step": nearest})
    if facts.epochs is not None and facts.epochs > 1:
        enough = max(1, math.ceil(facts.epochs * best / last))
        return Reason("one_epoch_less" if enough >= facts.epochs - 1 else "fewer_epochs", {"to": min(enough, facts.epochs - 1)})
    return Reason("more_varied_rows")
