"""Faults of preference pairs: a worse answer that is no worse, that is empty, or that keeps the file of pairs from being trained."""

from collections.abc import Iterator

from core.base.chat_rules import SPECIAL_TOKEN
from core.base.errors import N_
from core.base.preference import is_pair
from core.base.types import Example, Finding, Message
from core.prepare.checks.registry import About, Check, Examined

_SHOWN = 80
_CALLS = ("tool_calls", "function_call")


def _same_answers(examined: Examined) -> Iterator[Finding]:
    same = [
        bool(one.rejected) and not blank and _said(one.rejected) == _said(one.messages[-1:])
        for one, blank in zip(examined.examples, examined.blank, strict=True)
    ]
    if any(same):
        example = examined.answers[same.index(True)]
        yield Finding("same_answers", "warning", examined.rows_where(same), {"example": example[:_SHOWN]}, "leave_out")


def _said(messages: tuple[Message, ...]) -> list[tuple[list[str], str]]:
    """What is said, spaces aside: a difference of case or punctuation may be the very thing that was preferred."""
    return [(one.content.split(), repr([one.extra.get(name) for name in _CALLS])) for one in messages]


def _empty_worse(examined: Examined) -> Iterator[Finding]:
    if empty := examined.rows_where(_is_empty(one) for one in examined.examples):
        yield Finding("empty_worse", "warning", empty, {}, "leave_out")


def _is_empty(example: Example) -> bool:
    last = example.rejected[-1:]
    return bool(last) and not last[0].content.strip() and not any(last[0].extra.get(name) for name in _CALLS)


def _worse_tokens(examined: Examined) -> Iterator[Finding]:
    found = [
        next((token[0] for message in one.rejected if "<|" in message.content and (token := SPECIAL_TOKEN.search(message.content))), "")
        for one in examined.examples
    ]
    if any(found):
        yield Finding(
            "worse_special_token", "warning", examined.rows_where(map(bool, found)), {"token": next(filter(None, found))}, "leave_out"
        )


def _few_pairs(examined: Examined) -> Iterator[Finding]:
    if not any(one.rejected for one in examined.examples):
        return
    pairs, n = sum(map(is_pair, examined.examples)), len(examined.examples)
    if pairs < examined.min_examples <= n:  # of fewer rows the server's rules speak
        yield Finding("few_pairs", "info", (), {"pairs": pairs, "minimum": examined.min_examples})
    if pairs * 2 > n and (alone := examined.rows_where(not one.rejected for one in examined.examples)):
        yield Finding("missing_worse", "info", alone)


CHECKS = (
    Check(
        "pairs",
        _same_answers,
        {
            "same_answers": About(
                N_("Pairs whose better and worse answer are the same: {n}. The first: “{example}”"),
                N_("A training by preference learns nothing from them. Put in the other answer, or leave these rows out."),
            )
        },
    ),
    Check(
        "pairs",
        _empty_worse,
        {
            "empty_worse": About(
                N_("Pairs whose worse answer is empty: {n}."),
                N_("A server refuses a file of pairs for it. Put in an answer that is worse, or leave these rows out."),
            )
        },
    ),
    Check(
        "pairs",
        _worse_tokens,
        {
            "worse_special_token": About(
                N_("Pairs with a control mark of language models, such as {token}, in the worse answer: {n}."),
                N_("A server refuses the whole file of pairs for it: the mark would end or change the conversation."),
            )
        },
    ),
    Check(
        "pairs",
        _few_pairs,
        {
            "few_pairs": About(
                N_("Pairs of a better and a worse answer: {pairs}. A training by preference needs at least {minimum}."),
                N_("The training file is not affected: it holds the better answers of all rows."),
            ),
            "missing_worse": About(
                N_("Rows without a worse answer, which the others have: {n}."),
                N_("They are trained like the others, and are not in the file of pairs."),
            ),
        },
    ),
)
