"""Rows that say the same thing twice, and rows that say two things about one question."""

from collections.abc import Iterator

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined


def exact_copies(examined: Examined) -> list[int]:
    """Indices of the examples that repeat an earlier one word for word; those without question or answer have a finding of their own."""
    first: set[object] = set()
    copies = []
    for index, whole in enumerate(examined.wholes):
        if examined.blank[index]:
            continue
        if whole in first:
            copies.append(index)
        first.add(whole)
    return copies


def near_copies(examined: Examined) -> list[int]:
    """Indices of the examples that repeat an earlier one but for case, spaces and punctuation; the earliest's exact copies are not meant.

    Twins of a later one are, so that leaving these out leaves none behind.
    """
    first: dict[object, object] = {}
    copies = []
    for index, key in enumerate(zip(examined.prompts, examined.answer_keys, strict=True)):
        if examined.blank[index]:
            continue
        whole = examined.wholes[index]
        if first.setdefault(key, whole) != whole:
            copies.append(index)
    return copies


def contradicting(examined: Examined) -> list[list[int]]:
    """Groups of indices that ask the same question and answer it differently, in order of first sight; blank questions aside."""
    groups: dict[tuple[str, str], list[int]] = {}
    for index, prompt in enumerate(examined.prompts):
        if not examined.blank[index]:
            groups.setdefault(prompt, []).append(index)
    return [group for group in groups.values() if len(group) > 1 and len({examined.answer_keys[index] for index in group}) > 1]


def _duplicates(examined: Examined) -> Iterator[Finding]:
    copies = exact_copies(examined)
    if copies:
        rows = tuple(examined.examples[index].row for index in copies)
        yield Finding("duplicates", "warning", rows, {"distinct": len(examined.examples) - len(copies)}, "drop_duplicates")


def _near_duplicates(examined: Examined) -> Iterator[Finding]:
    copies = near_copies(examined)
    if copies:
        rows = tuple(examined.examples[index].row for index in copies)
        yield Finding("near_duplicates", "warning", rows, {"example": examined.examples[copies[0]].question[:120]}, "drop_near_duplicates")


def _contradictions(examined: Examined) -> Iterator[Finding]:
    groups = contradicting(examined)
    if not groups:
        return
    rows = tuple(sorted(examined.examples[index].row for group in groups for index in group))
    params = {"questions": len(groups), "example": examined.examples[groups[0][0]].question[:120]}
    if examined.shape.kind == "text":
        # two good replies to one greeting are not a fault of the data, though the model will waver between them
        yield Finding("several_answers", "info", rows, params)
    else:
        yield Finding("contradictions", "warning", rows, params, "drop_contradictions")


CHECKS = (
    Check(
        "twins",
        _duplicates,
        {
            "duplicates": About(
                N_("Exact copies of an earlier row: {n}. Without them {distinct} different rows are left."),
                N_("A copy is learned twice as hard, and copies make the data look larger than it is."),
            )
        },
    ),
    Check(
        "twins",
        _near_duplicates,
        {
            "near_duplicates": About(
                N_("Rows that repeat an earlier one but for capitals, spaces or punctuation: {n}."),
                N_("They teach nothing new, and a test that asks them again shows memory only."),
            )
        },
    ),
    Check(
        "twins",
        _contradictions,
        {
            "contradictions": About(
                N_("The same question with different answers: {n} rows, {questions} questions. The first: “{example}”"),
                N_("The model cannot please both: it learns to guess between them."),
            ),
            "several_answers": About(
                N_("The same question with different replies: {n} rows, {questions} questions. The first: “{example}”"),
                N_("That is fine if you want variety; the model will use any of them."),
            ),
        },
    ),
)
