"""Rows that say the same thing twice, and rows that say two things about one question."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined

NAMED = 200  # copies that are named with the row that they repeat: as many rows as the page lists


def exact_copies(examined: Examined) -> dict[int, int]:
    """The examples that repeat an earlier one word for word, each with the first that says it, by index.

    Those without question or answer have a finding of their own.
    """
    first: dict[object, int] = {}
    copies = {}
    for index, whole in enumerate(examined.wholes):
        if not examined.blank[index] and (earlier := first.setdefault(whole, index)) != index:
            copies[index] = earlier
    return copies


def near_copies(examined: Examined) -> dict[int, int]:
    """The examples that answer the same or nearly the same question as an earlier one in the same way, each with that one, by index.

    The earliest's exact copies are not meant; twins of a later one are, so that leaving these out leaves none behind.
    """
    first: dict[object, int] = {}
    like: dict[object, int] = {}  # the row that stays, for each question with its answer; its own where it stays itself
    copies = {}
    for index, (prompt, answer) in enumerate(zip(examined.prompts, examined.answer_keys, strict=True)):
        if examined.blank[index]:
            continue
        # the same good answer beside another worse one says something new
        row = (prompt, answer, examined.worse[index])
        if row not in first:
            first[row] = index
            system, question = prompt
            twins = (((system, twin), answer, row[2]) for twin in examined.near.get(question, ()))
            like[row] = min((first[twin] for twin in twins if twin in like and like[twin] == first[twin]), default=index)
        if like[row] != first[row] or examined.wholes[first[row]] != examined.wholes[index]:
            copies[index] = like[row]
    return copies


def near_contradicting(examined: Examined) -> list[tuple[list[int], list[int]]]:
    """Pairs of nearly the same question, each as the indices that ask it, which have not one answer in common."""
    asking: dict[tuple[str, str], list[int]] = {}
    for index, prompt in enumerate(examined.prompts):
        if prompt[1] in examined.near and not examined.blank[index]:
            asking.setdefault(prompt, []).append(index)
    pairs = []
    for (system, question), indices in asking.items():
        given = {examined.answer_keys[index] for index in indices}
        for twin in examined.near[question]:
            others = asking.get((system, twin), [])
            if others and indices[0] < others[0] and given.isdisjoint(examined.answer_keys[index] for index in others):
                pairs.append((indices, others))
    return pairs


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
        params = {"distinct": len(examined.examples) - len(copies), **_named(examined, copies)}
        yield Finding("duplicates", "warning", _rows(examined, copies), params, "drop_duplicates")


def _near_duplicates(examined: Examined) -> Iterator[Finding]:
    copies = near_copies(examined)
    if copies:
        example = examined.examples[next(iter(copies))].question[:120]
        params = {"example": example, **_named(examined, copies)}
        yield Finding("near_duplicates", "warning", _rows(examined, copies), params, "drop_near_duplicates")


def _rows(examined: Examined, indices: Iterable[int]) -> tuple[int, ...]:
    return tuple(examined.examples[index].row for index in indices)


def _named(examined: Examined, copies: Mapping[int, int]) -> dict[str, Any]:
    """The first copies as [row, row that it repeats], and the very first for the sentence."""
    pairs = [list(_rows(examined, pair)) for pair in islice(copies.items(), NAMED)]
    return {"copy": pairs[0][0], "of": pairs[0][1], "copies": pairs}


def _near_contradictions(examined: Examined) -> Iterator[Finding]:
    pairs = near_contradicting(examined)
    if pairs:
        one, other = (examined.examples[indices[0]] for indices in pairs[0])
        rows = tuple(sorted({examined.examples[index].row for pair in pairs for indices in pair for index in indices}))
        params = {"pairs": len(pairs), "one": one.question[:120], "other": other.question[:120]}
        # a word more can make another question ("activate my card", "activate my card abroad"): only a person can tell
        yield Finding("near_contradictions", "info", rows, params)


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
                N_("Exact copies of an earlier row: {n}. Row {copy} is a copy of row {of}. Different rows without the copies: {distinct}."),
                N_("A copy is learned twice as hard, and copies make the data look larger than it is."),
            )
        },
    ),
    Check(
        "twins",
        _near_duplicates,
        {
            "near_duplicates": About(
                N_("Rows that nearly repeat an earlier one: {n}. Row {copy} says almost the same as row {of}."),
                N_("A comma, a typing error or a word differs. They teach nothing new; asked again in a test, they show memory only."),
            )
        },
    ),
    Check(
        "twins",
        _near_contradictions,
        {
            "near_contradictions": About(
                N_("Rows with nearly the same question and different answers: {n}. The first pair: “{one}” and “{other}”"),
                N_("If they mean the same, the model will waver between the answers. If the difference matters, all is well."),
            )
        },
    ),
    Check(
        "twins",
        _contradictions,
        {
            "contradictions": About(
                N_("The same question with different answers: {n}. Questions: {questions}. The first: “{example}”"),
                N_("The model cannot please both: it learns to guess between them."),
            ),
            "several_answers": About(
                N_("The same question with different replies: {n}. Questions: {questions}. The first: “{example}”"),
                N_("That is fine if you want variety; the model will use any of them."),
            ),
        },
    ),
)
