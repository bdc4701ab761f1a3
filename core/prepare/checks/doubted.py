"""Labels that are probably wrong: each with the one that fits better, by models that have not seen the row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from core.base.errors import N_
from core.base.similarity import normal_form
from core.base.types import Finding
from core.prepare.checks.labels import labels_of, respellings
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.doubts import Doubt, judge, questions
from core.prepare.groups import together

SURE = 0.5  # margin of a doubt that is worth a warning; a smaller one happens in data without a fault, too
MOST_SHOWN = 50
MOST_AT_ONCE = 200  # rows that one click changes: as many as a person may have looked through
_DIVIDED = 1.5  # combinations for each label of the finer field; a few wrong labels among the rows make a few more than one
_QUESTION = 120
_REPAIR = "use_better_label"

ByField = Mapping[str, Doubt]


@dataclass(frozen=True, slots=True)
class Doubted:
    """By index, the doubts about each field of a label, those of good judges apart; the share of rows that the poorest judge got right."""

    strong: Mapping[int, ByField]
    weak: Mapping[int, ByField]
    right: float


def doubted(examined: Examined) -> Doubted:
    """The labels in doubt, looked for once."""
    return examined.once("doubted", lambda: _doubted(examined))


def _doubted(examined: Examined) -> Doubted:
    strong: dict[int, dict[str, Doubt]] = {}
    weak: dict[int, dict[str, Doubt]] = {}
    shares = []
    fields = _judged_labels(examined)
    if fields:
        numbers, _ = together(examined.keys, examined.near)
        features = questions(examined.keys, fields.values())
    for field, labels in fields.items():
        judged = judge(features, labels, numbers)
        if judged is None:
            continue
        shares.append(judged.right)
        for doubt in judged.doubts:
            if f" {normal_form(doubt.given)} " in f" {examined.keys[doubt.index]} ":
                continue  # the question says so itself, whatever else it is like
            if examined.kept.get((examined.examples[doubt.index].row, field)) == doubt.given:
                continue
            found = strong if judged.strong and doubt.margin >= SURE else weak
            found.setdefault(doubt.index, {})[field] = doubt
    known = _Known(fields)
    strong, weak = ({index: doubts for index, doubts in found.items() if known.holds(index, doubts)} for found in (strong, weak))
    return Doubted(strong, {index: doubts for index, doubts in weak.items() if index not in strong}, min(shares, default=0.0))


class _Known:
    """Which labels of several fields go together, where one field divides another (a topic and its subtopics).

    A label that is wrong there is one whose mending gives a combination that other rows have: a topic in doubt beside a subtopic that
    only ever stands under it is no mistake of the topic alone, and changing it would make a combination that nobody has ever used.
    """

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields
        labels = {field: len(set(given)) for field, given in fields.items()}
        pairs = {(one, other): set(zip(fields[one], fields[other], strict=True)) for one, other in combinations(fields, 2)}
        # hardly more combinations than labels: then one label says the other; two independent fields have many more
        self._pairs = {pair: used for pair, used in pairs.items() if len(used) <= _DIVIDED * max(labels[name] for name in pair)}

    def holds(self, index: int, doubts: ByField) -> bool:
        """Whether the better labels go together with the rest of the row."""
        proposed = {field: doubts[field].likelier if field in doubts else labels[index] for field, labels in self._fields.items()}
        return all(
            (proposed[one], proposed[other]) in pairs for (one, other), pairs in self._pairs.items() if one in doubts or other in doubts
        )


def _judged_labels(examined: Examined) -> dict[str, list[str]]:
    """The labels of the fields that have classes to tell apart, each class in one spelling, blank where nothing is asked."""
    wrong = respellings(examined)
    fields = {}
    for field, labels in labels_of(examined).items():
        names = wrong.get(field, {})
        if len(set(labels)) > 1:
            fields[field] = ["" if blank else names.get(label, label) for label, blank in zip(labels, examined.blank, strict=True)]
    return fields


def _label_doubts(examined: Examined) -> Iterator[Finding]:
    found = doubted(examined)
    if found.strong:
        yield Finding("label_doubts", "warning", _rows(examined, found.strong), _params(examined, found.strong, found.right), _REPAIR)
    if found.weak:
        yield Finding("label_doubts_weak", "info", _rows(examined, found.weak), _params(examined, found.weak, found.right))


def _ranked(examined: Examined, doubts: Mapping[int, ByField]) -> list[int]:
    """The indices, the likeliest mistake first."""
    return sorted(doubts, key=lambda at: (-max(one.margin for one in doubts[at].values()), examined.examples[at].row))


def _rows(examined: Examined, doubts: Mapping[int, ByField]) -> tuple[int, ...]:
    return tuple(examined.examples[at].row for at in _ranked(examined, doubts))


def _params(examined: Examined, doubts: Mapping[int, ByField], right: float) -> dict[str, Any]:
    told = [
        {
            "row": examined.examples[at].row,
            "field": field,
            "given": one.given,
            "likelier": one.likelier,
            "chance_given": round(one.chance_given, 3),
            "chance": round(one.chance, 3),
            "question": examined.examples[at].question[:_QUESTION],
        }
        for at in _ranked(examined, doubts)[:MOST_SHOWN]
        for field, one in sorted(doubts[at].items(), key=lambda pair: -pair[1].margin)
    ]
    first = {name: told[0][name] for name in ("row", "given", "likelier")}
    # what is told is shown with personal values masked; what is to be written is carried apart from it, as it is
    carried = {str(examined.examples[at].row): doubts[at] for at in _ranked(examined, doubts)[:MOST_AT_ONCE]}
    labels = {row: {field: one.likelier for field, one in fields.items()} for row, fields in carried.items()}
    given = {row: {field: one.given for field, one in fields.items()} for row, fields in carried.items()}
    return {**first, "right": round(100 * right), "doubts": told, "step": {"labels": labels, "given": given}}


CHECKS = (
    Check(
        "labels",
        _label_doubts,
        {
            "label_doubts": About(
                N_("Labels that are probably wrong: {n}, the likeliest first. Row {row} says “{given}”; “{likelier}” fits better."),
                N_("A quick model that had not seen these rows decided otherwise, and on the others it is nearly always right."),
            ),
            "label_doubts_weak": About(
                N_("Labels to look at when you have the time: {n}. Row {row} says “{given}”, a quick model would say “{likelier}”."),
                N_("It is right in {right}% of the rows and unsure of these: most of the labels may be right. Change none unread."),
            ),
        },
    ),
)
