"""How long a training takes on this machine: by what was measured here; until that is done, roughly for the practice model."""

import math
import random
from dataclasses import dataclass, replace

from core.base.lora_settings import USUAL
from core.base.types import Reason, TokenCount

# Measured 2026-11-25 on one core of a busy 2-core server, the choice of a family and three passes, two fields and 30 labels: 100, 1,000,
# 10,000 and 50,000 rows took 1.3, 3.2, 9.5 and 36 s of processor time; 10,000 rows of 77 labels 16.5 s. Before that come the start of the
# engine (0.4 to 0.9 s) and of the job's own process with its imports: from asking to the end, 75 rows took 4.1 and 7.0 s and 2,000 rows
# 12.7 s on two cores with a load of 8 to 10 (2026-11-26).
_START_S = 3.0
_ROW_S = 0.0008
# The same runs took up to four times as long while the machine was busy with something else: what is measured is processor time, too.
_SPREAD = 4
_MINUTE = 60

_TEMPLATE = 12  # tokens that a chat template puts around an example: 8 to 25 in those of the listed models
_CHECKS, _SAMPLE = 20, 64  # validations over a whole training, and the most rows of each (engine/lora/recorder.py)
_FORWARD = 1 / 3  # of a step's time that its forward pass takes, which is all that a validation does
_FORWARD_OF_PAIRS = 1 / 2  # there the model as it was reads them too, forwards alone: two passes of four


@dataclass(frozen=True, slots=True)
class LocalTime:
    """From how many seconds to how many, with the reason that says what the figure rests on."""

    low_s: int
    high_s: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class StepShape:
    """What a step of a training reads: so many examples, each filled up to so many tokens, of which so many are the answer's."""

    batch_size: int
    tokens: int
    answer_tokens: int


def practice_time(n_examples: int, measured_s: float = 0.0) -> LocalTime:
    """How long the practice model learns from `n_examples`, in whole seconds, where learning them was measured here to take `measured_s`.

    Where it was not (0): very roughly, by another machine's measurements. Of less than a minute no seconds are told: they would be
    truer on paper than they are.
    """
    seconds = _START_S + (measured_s or _ROW_S * n_examples)
    low = max(1, math.ceil(seconds) if measured_s else round(seconds))
    code = "seconds_measured_range" if measured_s else "seconds_here"
    if low * _SPREAD < _MINUTE:
        code = "under_a_minute_measured" if measured_s else "under_a_minute"
    return LocalTime(low, low * _SPREAD, Reason(code, {"n": n_examples, "low": low, "high": low * _SPREAD}))


def step_shape(tokens: TokenCount, batch_size: int, context_length: int = USUAL["context_length"]) -> StepShape:
    """The mean step: the examples of a step are filled up to the longest of them, and the longest of all are cut."""
    lengths = [min(n + _TEMPLATE, context_length) for n in tokens.per_example] or [_TEMPLATE]
    random.Random(0).shuffle(lengths)
    steps = [max(lengths[at : at + batch_size]) for at in range(0, len(lengths), batch_size)]
    mean = max(2, round(sum(steps) / len(steps)))
    answer = round(tokens.assistant / max(1, len(tokens.per_example)))
    return StepShape(batch_size, mean, max(1, min(answer, mean - 1)))


def one_answer_each(tokens: TokenCount) -> TokenCount:
    """Of pairs, which have two answers each, the mean of the two conversations that a step reads; anything else as it is."""
    if not tokens.questions:
        return tokens
    question = tokens.questions / len(tokens.per_example)
    halves = tuple(round((n + question) / 2) for n in tokens.per_example)
    return replace(tokens, per_example=halves, assistant=round(tokens.assistant / 2))


def training_seconds(
    shape: StepShape, epochs: int, n_train: int, n_validation: int, *, start_s: float, step_s: float, pairs: bool = False
) -> float:
    """How long a whole training takes where its start takes `start_s` and a step of this shape `step_s`, its validations included."""
    steps = epochs * -(-n_train // shape.batch_size)
    checked = min(_CHECKS, steps) * min(_SAMPLE, n_validation) + epochs * n_validation
    return start_s + steps * step_s + checked * step_s / shape.batch_size * (_FORWARD_OF_PAIRS if pairs else _FORWARD)


def measured_time(
    tokens: TokenCount, shape: StepShape, epochs: int, n_validation: int, *, start_s: float, step_s: float, measured_tokens: int
) -> LocalTime:
    """The time of a training by a pace that was measured on steps of `measured_tokens` tokens an example."""
    n = len(tokens.per_example)
    scaled = step_s * shape.tokens / max(1, measured_tokens)
    seconds = training_seconds(shape, epochs, n, n_validation, start_s=start_s, step_s=scaled, pairs=tokens.questions > 0)
    whole = _rounded(seconds)
    code, value = ("seconds_measured", whole) if whole < 90 else ("minutes_measured", -(-whole // 60))
    if whole >= 2 * 3600:
        code, value = "hours_measured", round(whole / 3600)
    return LocalTime(whole, whole, Reason(code, {"n": n, "time": value}))


def _rounded(seconds: float) -> int:
    """To ten seconds, and never nothing."""
    return max(10, round(seconds / 10) * 10)
