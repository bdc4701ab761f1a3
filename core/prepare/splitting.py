"""Which examples train, validate and test: stratified, rare-class-safe, the same question on one side only, the same for the same seed."""

import math
import random
from collections import Counter, abc
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from core.base.answers import AnswerShape, parse_answer
from core.base.errors import N_, BadSetting
from core.base.leakage import question_key
from core.base.near import near_pairs
from core.base.types import Example, Reason, Split
from core.prepare.drawing import SAFE_TEST, VALIDATED_FROM, Sizes, draw, draw_latest, sizes
from core.prepare.groups import Unit, units
from core.prepare.times import moments

SIDES = ("train", "validation", "test")
FEWEST_TEST = 3  # fewer test rows than this prove nothing: then all rows train


@dataclass(frozen=True, slots=True)
class ClassBalance:
    """How the rows of one class are shared out; the label of free text is empty."""

    label: str
    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked of the split: columns by name whose equal values stay together, a column of time, the rows of an own test file.

    The cells of a column are those of the examples, in order.
    """

    groups: abc.Mapping[str, Sequence[str]] = field(default_factory=dict)
    time: tuple[str, Sequence[str]] | None = None
    own_test: int | None = None


NO_WISHES = Wishes()


def split(
    examples: Sequence[Example],
    shape: AnswerShape,
    *,
    seed: int = 42,
    min_train: int = 10,
    shares: tuple[float, float, float] | None = None,
    keys: Sequence[str] | None = None,
    near: abc.Mapping[str, Collection[str]] | None = None,
    wishes: Wishes = NO_WISHES,
) -> Split:
    """Share the examples out; `shares` (train, validation, test) None chooses sizes by the number of rows, with the reason.

    Examples with the same question (but for case and punctuation) stay together and count once, also towards `min_train`: copies do not
    make a larger training file. Near twins stay together, too. `keys` are the examples' question keys and `near` the near twins by key,
    where they are known already. Never raises for what the classes look like; BadSetting for impossible shares or seed.
    """
    _check(seed, shares)
    keys = keys or [question_key(example) for example in examples]
    all_units = units(_classes(examples, shape), keys, _near(keys) if near is None else near, wishes.groups.values())
    n = sum(unit.questions for unit in all_units)
    room = n - max(min_train, 1)
    if wishes.own_test is None and room < FEWEST_TEST:
        why = Reason("all_train", {"n": n, "minimum": min_train, "missing": FEWEST_TEST - room})
        return Split(tuple(range(len(examples))), (), (), seed, (why, _why_seed(seed)))
    wanted = sizes(n, max(room, 0), shares, test=wishes.own_test is None)
    side_of, why_time = _by_time(all_units, wanted, max(room, 0), wishes)
    if not side_of:
        heavy = max(3, len(examples) // 50)
        side_of = draw(all_units, wanted, random.Random(seed), heavy=heavy, room=room, by_user=bool(wishes.groups))
    train, validating, testing = (tuple(i for i in range(len(examples)) if side_of.get(i, "train") == s) for s in SIDES)
    result = Split(train, validating, testing, seed)
    reasons = [*_why_sizes(result, shares, wishes.own_test)]
    if wanted.limited:
        reasons.append(Reason("kept_for_training", {"minimum": min_train}))
    reasons += [*why_time, *_why_together(all_units, wishes, result)]
    reasons += _why_classes(examples, shape, result, wishes, by_time=any(reason.code.endswith("_by_time") for reason in why_time))
    return replace(result, reasons=(*reasons, _why_seed(seed)))


def balance(examples: Sequence[Example], shape: AnswerShape, split: Split, own_test: Sequence[Example] = ()) -> list[ClassBalance]:
    """Rows of each class on each side, the largest class first; one line with an empty label for free text.

    `own_test` are the examples of the user's own test file, which are not among the examples that were split.
    """
    classes = _classes(examples, shape)
    counts = [Counter(classes[index] for index in side) for side in (split.train, split.validation, split.test)]
    counts[2].update(_classes(own_test, shape))
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


def _near(keys: Sequence[str]) -> dict[str, list[str]]:
    distinct = list(dict.fromkeys(keys))
    twins: dict[str, list[str]] = {}
    for a, b in near_pairs(distinct):
        twins.setdefault(distinct[a], []).append(distinct[b])
    return twins


def _by_time(all_units: Sequence[Unit], wanted: Sizes, room: int, wishes: Wishes) -> tuple[dict[int, str], list[Reason]]:
    """The sides by the user's column of time; nothing, with the reason, where it does not tell one."""
    if wishes.time is None:
        return {}, []
    column, cells = wishes.time
    known = moments(cells)
    if known is None:
        return {}, [Reason("time_not_read", {"column": column})]
    unread = sum(moment is None for moment in known)
    side_of = draw_latest(all_units, known, wanted, room=room)
    if not side_of:
        return {}, [Reason("time_not_told_apart", {"column": column})] if wanted.test or wanted.validation else []
    first = min(side_of, key=lambda index: known[index] or 0.0)
    code = "split_by_time" if wishes.own_test is None else "validated_by_time"
    why = [Reason(code, {"column": column, "since": cells[first].strip()})]
    return side_of, [*why, Reason("time_unread", {"column": column, "n": unread})] if unread else why


def _why_sizes(split: Split, shares: tuple[float, float, float] | None, own_test: int | None) -> Iterable[Reason]:
    """The reasons for the sizes as they came out: rare classes can make a test smaller than planned, and copies larger."""
    n, of = len(split.test), len(split.train) + len(split.validation) + len(split.test)
    if own_test is not None:
        if own_test:  # one without a usable row is an error of its own
            yield Reason("own_test", {"n": own_test, "points": half_width(max(own_test, 1)), "of": of})
    elif shares is not None:
        yield Reason("shares_chosen", {"validation": len(split.validation), "test": n})
    elif n:
        yield Reason("small_test" if n < SAFE_TEST else "test_size", {"n": n, "points": half_width(n), "of": of})
    if shares is None and not split.validation and of < VALIDATED_FROM:
        yield Reason("no_validation_rows", {"n": of, "from": VALIDATED_FROM})


def _why_together(all_units: Sequence[Unit], wishes: Wishes, split: Split) -> Iterable[Reason]:
    if wishes.groups:
        yield Reason("groups_together", {"columns": list(wishes.groups), "groups": len(all_units)})
        if not split.test and wishes.own_test is None:
            yield Reason("groups_too_large", {"groups": len(all_units)})
    elif twins := sum(len(unit.indices) for unit in all_units if unit.questions > 1):
        yield Reason("twins_together", {"n": twins})


def _why_classes(examples: Sequence[Example], shape: AnswerShape, split: Split, wishes: Wishes, *, by_time: bool) -> Iterable[Reason]:
    if shape.kind == "text":
        if not by_time:
            yield Reason("split_random")
        return
    lines = balance(examples, shape, split)
    if not by_time and not wishes.groups:  # what stays together decides first
        yield Reason("split_stratified", {"fields": list(shape.fields), "classes": len(lines)})
    untaught = sum(1 for line in lines if not line.train)
    if untaught:
        yield Reason("classes_untaught", {"n": untaught, "of": len(lines)})
    untested = sum(1 for line in lines if not line.test)
    if untested and wishes.own_test is None:
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
