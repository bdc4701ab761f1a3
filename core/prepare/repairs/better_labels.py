"""What a person decides about labels in doubt: the likelier one takes their place, or they are right and the doubt is settled."""

from collections import abc
from collections.abc import Iterable

from core.base.answers import parse_answer
from core.base.errors import N_
from core.base.types import Example
from core.prepare.checks.doubted import doubted
from core.prepare.checks.registry import Examined
from core.prepare.draft import Step
from core.prepare.repairs.labels import relabelled
from core.prepare.repairs.registry import Changer, Params, Repair, always, nothing

BETTER_LABEL = "use_better_label"
KEEP_LABELS = "keep_labels"

Labels = dict[int, dict[str, str]]


def use_better(labels: abc.Mapping[str, abc.Mapping[str, str]], chosen: Iterable[tuple[int, str]]) -> Step:
    """The step for some rows and fields of a finding's `labels`, which it carries: no recipe repeats it unread."""
    return named(_of(labels, chosen))


def keep_given(given: abc.Mapping[str, abc.Mapping[str, str]], chosen: Iterable[tuple[int, str]]) -> Step:
    """The step that settles the doubts about some rows and fields: the label that is `given` there is right.

    It holds for that label only: one that is put there later can be doubted again.
    """
    taken = _of(given, chosen)
    return Step(KEEP_LABELS, tuple(sorted(map(int, taken))), {"labels": taken})


def kept_labels(steps: Iterable[Step]) -> dict[tuple[int, str], str]:
    """By row and field, the labels that these steps say are right."""
    kept = {}
    for step in steps:
        if step.repair == KEEP_LABELS:
            rows = step.rows or ()
            kept.update(
                {(row, field): label for row, labels in _told(step.params).items() if row in rows for field, label in labels.items()}
            )
    return kept


def _of(labels: abc.Mapping[str, abc.Mapping[str, str]], chosen: Iterable[tuple[int, str]]) -> dict[str, dict[str, str]]:
    taken: dict[str, dict[str, str]] = {}
    for row, field in chosen:
        taken.setdefault(str(row), {})[field] = labels[str(row)][field]
    return taken


def named(labels: abc.Mapping[str, abc.Mapping[str, str]]) -> Step:
    """The step that gives these rows these labels."""
    return Step(BETTER_LABEL, tuple(sorted(map(int, labels))), {"labels": labels})


def _labels(examined: Examined, params: Params) -> Labels:
    """By row and field, the labels that the step carries, or else those of every doubt that is worth a warning."""
    if not isinstance(params.get("labels"), abc.Mapping):
        found = doubted(examined).strong
        return {examined.examples[at].row: {field: one.likelier for field, one in doubts.items()} for at, doubts in found.items()}
    return _told(params)


def _told(params: Params) -> Labels:
    told = params.get("labels")
    return {
        int(row): {field: label for field, label in labels.items() if isinstance(label, str)}
        for row, labels in (told.items() if isinstance(told, abc.Mapping) else ())
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
        N_("Use the suggested label"),
        N_("The label that fits the question better takes the place of the present one, in at most 200 rows at once. Look at them first."),
        lambda examined, params: tuple(_labels(examined, params)),
        _changer,
    ),
    Repair(
        KEEP_LABELS,
        N_("Keep these labels"),
        N_("You have looked at them, and they are right. The rows stay as they are, and their labels are not doubted again."),
        nothing,
        always(lambda example: example),
    ),
)
