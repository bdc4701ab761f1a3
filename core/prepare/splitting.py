"""Which examples train, validate and test: stratified, rare-class-safe, the same question on one side only, the same for the same seed."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.base.answers import AnswerShape, parse_answer
from core.base.errors import N_, BadSetting
from core.base.leakage import question_key
from core.base.types import Example, Reason, Split

SIDES = ("train", "validation", "test")
FEWEST_TEST = 3  # fewer test rows than this prove nothing: then all rows train
SAFE_TEST = 30  # small sets give up to 30% for a test of 30: its 95% interval is about +-14 points, that of 20 is +-17
MOST_TEST = 1_000  # +-2.5 points; more test rows would only be paid for
MOST_VALIDATION = 500
VALIDATED_FROM = 50  # below that a validation curve of a few rows is noise, and the rows do more good elsewhere
CLASS_VALIDATED_FROM = 5  # classes with fewer rows give to training first, then to the test, and nothing to validation


@dataclass(frozen=True, slots=True)
class ClassBalance:
    """How the rows of one class are shared out; the label of free text is empty."""

    label: str
    train: int
    validation: int
    test: int


def split(
    examples: Sequence[Example],
    shape: AnswerShape,
    *,
    seed: int = 42,
    min_train: int = 10,
    shares: tuple[float, float, float] | None = None,
    keys: Sequence[str] | None = None,
) -> Split:
    """Share the examples out; `shares` (train, validation, test) None chooses sizes by the number of rows, with the reason.

    Examples with the same question (but for case and punctuation) stay together and count once, also towards `min_train`: copies do not
    make a larger training file. `keys` are the examples' question keys, where they are known already. Never raises for what the classes
    look like; BadSetting for impossible shares or seed.
    """
    _check(seed, shares)
    groups = _groups(examples, shape, keys or [question_key(example) for example in examples])
    room = len(groups) - max(min_train, 1)
    if room < FEWEST_TEST:
        why = Reason("all_train", {"n": len(groups), "minimum": min_train, "missing": FEWEST_TEST - room})
        return Split(tuple(range(len(examples))), (), (), seed, (why, _why_seed(seed)))
    validation, test, limited = _sizes(len(groups), room, shares)
    side_of = _draw(groups, validation, test, random.Random(seed), heavy=max(3, len(examples) // 50))
    train, validating, testing = (tuple(i for i in range(len(examples)) if side_of.get(i, "train") == s) for s in SIDES)
    result = Split(train, validating, testing, seed)
    why_kept = [Reason("kept_for_training", {"minimum": min_train})] if limited else []
    return replace(result, reasons=(*_why_sizes(result, shares), *why_kept, *_why_classes(examples, shape, result), _why_seed(seed)))


def balance(examples: Sequence[Example], shape: AnswerShape, split: Split) -> list[ClassBalance]:
    """Rows of each class on each side, the largest class first; one line with an empty label for free text."""
    classes = _classes(examples, shape)
    counts = [Counter(classes[index] for index in side) for side in (split.train, split.validation, split.test)]
    totals = counts[0] + counts[1] + counts[2]
    return [
        ClassBalance(label, *(count[label] for count in counts))
        for label, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    ]


def class_of(example: Example, shape: AnswerShape) -> str:
    """The whole answer as a class: JSON values in order joined by " / ", the label itself, and "" for free text or a malformed answer."""
    if shape.kind == "text":
        return ""
    values = parse_answer(example.answer, shape)
    return " / ".join(values[field] for field in shape.fields) if values else ""


def _classes(examples: Sequence[Example], shape: AnswerShape) -> list[str]:
    """The class of every example; equal answers, which labels are, are parsed once."""
    known: dict[str, str] = {}
    for example in examples:
        if example.answer not in known:
            known[example.answer] = class_of(example, shape)
    return [known[example.answer] for example in examples]


def half_width(n: int, share: float = 0.8) -> int:
    """Half of the 95% Wilson interval in whole percentage points, for n test rows of which `share` are right."""
    z = 1.96
    return round(100 * z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))


@dataclass(slots=True)
class _Group:
    label: str
    indices: list[int]


def _groups(examples: Sequence[Example], shape: AnswerShape, keys: Sequence[str]) -> list[_Group]:
    """Examples with the same question, as one group under the class that most of them have."""
    together: dict[str, list[int]] = {}
    classes = _classes(examples, shape)
    for index, key in enumerate(keys):
        together.setdefault(key, []).append(index)
    groups = []
    for indices in together.values():
        labels = Counter(classes[index] for index in indices)
        groups.append(_Group(min(labels, key=lambda label: (-labels[label], label)), indices))
    return groups


def _draw(groups: Sequence[_Group], validation: int, test: int, order: random.Random, *, heavy: int) -> dict[int, str]:
    """The side of every example that does not train, by index.

    Each class keeps at least one question for training; a class with few gives the next one to the test and none to validation. A question
    asked more than `heavy` times would fill a side by itself, so it trains.
    """
    members: dict[str, list[_Group]] = defaultdict(list)
    for group in groups:
        members[group.label].append(group)
    light: dict[str, list[_Group]] = {}
    for label in sorted(members):
        order.shuffle(members[label])
        light[label] = [group for group in members[label] if len(group.indices) <= heavy]
    sizes = {label: len(members[label]) for label in light}
    spare = {label: min(len(light[label]), sizes[label] - 1) for label in light}
    few = {label: len(sizes) > 1 and sizes[label] < CLASS_VALIDATED_FROM for label in light}
    tested = _quota({label: min(spare[label], 1) if few[label] else spare[label] for label in light}, sizes, test, order)
    rest = {label: 0 if few[label] else spare[label] - tested[label] for label in light}
    validated = _quota(rest, sizes, validation, order)
    side_of: dict[int, str] = {}
    for label, drawn in light.items():
        for at, group in enumerate(drawn[: tested[label] + validated[label]]):
            side_of.update(dict.fromkeys(group.indices, "test" if at < tested[label] else "validation"))
    return side_of


def _sizes(n: int, room: int, shares: tuple[float, float, float] | None) -> tuple[int, int, bool]:
    """How many of n different questions should validate and test, and whether `room` was too small for it."""
    if shares is None:
        test = min(MOST_TEST, math.ceil(0.3 * n), max(math.ceil(0.2 * n), SAFE_TEST))
        validation = 0 if n < VALIDATED_FROM else min(MOST_VALIDATION, round(0.1 * n))
    else:
        validation, test = round(shares[1] * n), round(shares[2] * n)
    fits = min(test, room)
    return min(validation, room - fits), fits, test + validation > room


def _why_sizes(split: Split, shares: tuple[float, float, float] | None) -> Iterable[Reason]:
    """The reasons for the sizes as they came out: rare classes can make a test smaller than planned, and copies larger."""
    n, of = len(split.test), len(split.train) + len(split.validation) + len(split.test)
    if shares is not None:
        yield Reason("shares_chosen", {"validation": len(split.validation), "test": n})
    elif n:
        yield Reason("small_test" if n < SAFE_TEST else "test_size", {"n": n, "points": half_width(n), "of": of})
    if shares is None and not split.validation and of < VALIDATED_FROM:
        yield Reason("no_validation_rows", {"n": of, "from": VALIDATED_FROM})


def _quota(most: dict[str, int], sizes: dict[str, int], wanted: int, order: random.Random) -> dict[str, int]:
    """Share `wanted` out over the classes in proportion to their sizes, by largest remainder, no class over `most`; chance breaks ties."""
    total = sum(sizes.values())
    exact = {label: wanted * sizes[label] / total for label in sorted(sizes)}
    given = {label: min(most[label], int(exact[label])) for label in exact}
    missing = min(wanted, sum(most.values())) - sum(given.values())
    tie = {label: order.random() for label in exact}
    while missing > 0:
        open_ = [label for label in exact if given[label] < most[label]]
        open_.sort(key=lambda label: (given[label] - exact[label], tie[label]))
        for label in open_[:missing]:
            given[label] += 1
        missing -= len(open_[:missing])
    return given


def _why_classes(examples: Sequence[Example], shape: AnswerShape, split: Split) -> Iterable[Reason]:
    if shape.kind == "text":
        yield Reason("split_random")
        return
    lines = balance(examples, shape, split)
    yield Reason("split_stratified", {"fields": list(shape.fields), "classes": len(lines)})
    untested = sum(1 for line in lines if not line.test)
    if untested:
        yield Reason("classes_untested", {"n": untested, "of": len(lines)})


def _why_seed(seed: int) -> Reason:
    return Reason("seed", {"seed": seed})


def _check(seed: int, shares: tuple[float, float, float] | None) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= 2_147_483_647:
        raise BadSetting(N_("The seed has to be a whole number from 0 to 2147483647."), seed=seed)
    if shares is None:
        return
    if len(shares) != 3 or not all(0 <= share <= 1 for share in shares) or abs(sum(shares) - 1) > 0.005 or shares[0] <= 0:
        raise BadSetting(N_("The three shares have to add up to 100%, with something left for training."), shares=list(shares))
