"""What to try next where a training had too little memory: a sentence, and the same as settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.lora.plan import TrainPlan

_SHORTEST = 256  # tokens: shorter examples teach little


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to try, said and as hyperparameters by their names; {"model": "smaller"} is another base model."""

    sentence: str
    suggestion: Mapping[str, Any]


def less_memory(plan: TrainPlan, micro: int | None) -> Advice:
    """Fewer examples at once, then shorter ones, then a smaller model.

    `micro` is how many examples were computed at once, None where it did not come to that: then the model alone was too much. A large
    batch is computed in parts, so that only one that is smaller than such a part takes less memory.
    """
    if micro is not None and micro > 1:
        smaller = micro // 2 * plan.processes
        sentence = f"This machine has too little memory for batches of {micro} examples. Try a batch_size of {smaller}."
        return Advice(sentence, {"batch_size": smaller})
    if micro is not None and plan.context_length > _SHORTEST:
        shorter = max(_SHORTEST, plan.context_length // 2)
        sentence = f"This machine has too little memory for examples of {plan.context_length} tokens. Try a context_length of {shorter}."
        return Advice(sentence, {"context_length": shorter})
    return Advice("This machine has too little memory for this model. Choose a smaller one.", {"model": "smaller"})
