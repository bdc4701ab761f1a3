"""The repair of labels that are probably wrong: the likelier one takes their place, in the rows that a person has chosen."""

from collections import abc
from collections.abc import Iterable

from core.base.answers import parse_answer
from core.base.errors import N_
from core.base.types import Example
from core.prepare.checks.doubted import doubted
from core.prepare.checks.registry import Examined
from core.prepare.draft import Step
from core.prepare.repairs.labels import relabelled
from core.prepare.repairs.registry import Changer, Params, Repair

BETTER_LABEL = "use_better_label"

Labels = dict[int, dict[str, str]]


def use_better(labels: abc.Mapping[str, abc.Mapping[str, str]], chosen: Iterable[tuple[int, str]]) -> Step:
    """The step for some rows and fields of a finding's `labels`, which it carries: no recipe repeats it unread."""
    taken: dict[str, dict[str, str]] = {}
    for row, field in chosen:
        taken.setdefault(str(row), {})[field] = labels[str(row)][field]
    return named(taken)


def named(labels: abc.Mapping[str, abc.Mapping[str, str]]) -> Step:
    """The step that gives these rows these labels."""
    return Step(BETTER_LABEL, tuple(sorted(map(int, labels))), {"labels": labels})


def _labels(examined: Examined, params: Params) -> Labels:
    """By row and field, the labels that the step carries, or else those of every doubt that is worth a warning."""
    told = params.get("labels")
    if not isinstance(told, abc.Mapping):
        found = doubted(examined).strong
        return {examined.examples[at].row: {field: one.likelier for field, one in doubts.items()} for at, doubts in found.items()}
    return {
        int(row): {field: label for field, label in labels.items() if isinstance(label, str)}
        for row, labels in told.items()
        if row.isdecimal() and isinstance(labels, abc.Mapping)
    }


def _changer(examined: Examined, params: Params) -> Changer:
    labels, shape = _labels(examined, params), examined.shape

    def change(example: Example) -> Example:
        # an answer that has lost its shape since, or whose fields are others, is not the one that was looked at
        values = parse_answer(example.answer, shape) if example.answer.strip() and shape.kind != "text" else None
        mended = {field: label for field, label in labels.get(example.row, {}).items() if values and field in values}
        return relabelled(example, mended, shape)

    return change


REPAIRS = (
    Repair(
        BETTER_LABEL,
        N_("Use the better label"),
        N_("The label that fits the question better takes the place of the present one, in at most 200 rows at once. Look at them first."),
        lambda examined, params: tuple(_labels(examined, params)),
        _changer,
    ),
)
