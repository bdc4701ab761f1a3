"""What stays on one side of the split: the same question, its near twins, and rows with equal values in a column of the user's choice."""

from collections import Counter, abc
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from core.base.near import grouped


@dataclass(frozen=True, slots=True)
class Unit:
    """Examples that stay together, the class that most of them have, and how many different questions they ask."""

    label: str
    indices: tuple[int, ...]
    questions: int


def together(
    keys: Sequence[str], near: abc.Mapping[str, Collection[str]], columns: Iterable[Sequence[str]] = ()
) -> tuple[list[int], Counter[int]]:
    """The number of each example's group, and how many different questions each group asks; blank cells hold nothing together.

    `keys` are what is asked, in normal form, and `near` its near twins by key.
    """
    number: dict[str, int] = {}
    of = [number.setdefault(key, len(number)) for key in keys]
    pairs = [(number[key], number[twin]) for key, twins in near.items() for twin in twins if key in number and twin in number]
    for cells in columns:
        first: dict[str, int] = {}
        pairs += [(first.setdefault(cell.strip(), at), at) for at, cell in zip(of, cells, strict=True) if cell.strip()]
    leader = grouped(len(number), pairs)
    return [leader[at] for at in of], Counter(leader)


def units(
    classes: Sequence[str],
    keys: Sequence[str],
    near: abc.Mapping[str, Collection[str]],
    columns: Iterable[Sequence[str]] = (),
) -> list[Unit]:
    """The examples as units, in order of first sight."""
    numbers, questions = together(keys, near, columns)
    members: dict[int, list[int]] = {}
    for index, at in enumerate(numbers):
        members.setdefault(at, []).append(index)
    return [Unit(_most(classes, indices), tuple(indices), questions[at]) for at, indices in members.items()]


def _most(classes: Sequence[str], indices: Sequence[int]) -> str:
    if len(indices) == 1:
        return classes[indices[0]]
    labels = Counter(classes[index] for index in indices)
    return min(labels, key=lambda label: (-labels[label], label))
