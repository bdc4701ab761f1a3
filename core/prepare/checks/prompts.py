"""System prompts that some rows or all lack, and data that is barely enough."""

from collections import Counter
from collections.abc import Iterator

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined

_FEWEST = 5  # rows that share a prompt: with fewer, none is the usual one


def without_prompt(examined: Examined) -> tuple[list[bool], str]:
    """Marks the examples without a system prompt, where most of the others share one, and that prompt."""
    prompts = Counter(example.system.strip() for example in examined.examples)
    without = prompts.pop("", 0)
    prompt, n = min(prompts.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    if not without or n < _FEWEST or n < 0.5 * sum(prompts.values()) or n < 0.05 * len(examined.examples):
        return [False] * len(examined.examples), ""
    return [not example.system.strip() for example in examined.examples], prompt


def _of_chats(examined: Examined) -> bool:
    return examined.source is not None and examined.source.kind == "chat" and bool(examined.examples)


def _system_prompts(examined: Examined) -> Iterator[Finding]:
    marks, prompt = without_prompt(examined)
    if prompt:
        params = {"prompt": prompt[:200], "step": {"text": prompt}}
        yield Finding("some_without_prompt", "warning", examined.rows_where(marks), params, "add_prompt")
    elif _of_chats(examined) and not any(example.system.strip() for example in examined.examples):
        yield Finding("no_system_prompt", "info")


def _least(examined: Examined) -> Iterator[Finding]:
    """Just the least that a training may have, once copies are left aside."""
    distinct = len(set(zip(examined.prompts, examined.answer_keys, strict=True)))
    if examined.min_examples <= distinct < 1.2 * examined.min_examples:
        yield Finding("barely_enough", "info", (), {"distinct": distinct, "minimum": examined.min_examples})


CHECKS = (
    Check(
        "prompts",
        _system_prompts,
        {
            "some_without_prompt": About(
                N_("Rows without a system prompt, which the others have: {n}. It says “{prompt}”"),
                N_("The model should be taught as it is asked later: with the same system prompt every time."),
            ),
            "no_system_prompt": About(
                N_("No row has a system prompt."), N_("That is allowed. Then use the model without one as well, or add one here.")
            ),
        },
    ),
    Check(
        "prompts",
        _least,
        {
            "barely_enough": About(
                N_("Different examples: {distinct}. A training needs at least {minimum}."),
                N_("It can start, but nothing is left for a test, and the model will know little more than these rows."),
            )
        },
    ),
)
