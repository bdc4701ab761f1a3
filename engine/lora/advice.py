"""What to try next where a training had too little memory, in one sentence."""

from engine.lora.plan import TrainPlan

_SHORTEST = 256  # tokens: shorter examples teach little


def less_memory(plan: TrainPlan, micro: int | None) -> str:
    """Fewer examples at once, then shorter ones, then a smaller model.

    `micro` is how many examples were computed at once, None where it did not come to that: then the model alone was too much. A large
    batch is computed in parts, so that only one that is smaller than such a part takes less memory. The sentence is all that arrives, as
    a job's error has no place for more in OpenAI's shape; core/monitor/failures.toml reads the setting and its value from it.
    """
    if micro is not None and micro > 1:
        smaller = micro // 2 * plan.processes
        return f"This machine has too little memory for batches of {micro} examples. Try a batch_size of {smaller}."
    if micro is not None and plan.context_length > _SHORTEST:
        shorter = max(_SHORTEST, plan.context_length // 2)
        return f"This machine has too little memory for examples of {plan.context_length} tokens. Try a context_length of {shorter}."
    return "This machine has too little memory for this model. Choose a smaller one."
