"""Numbers that cannot be right, are written in two ways, or carry digits that say nothing."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.asked import NAMED, asked_fields, names, number_fields, raw, rows_at, shown, written_fields
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.fields import Field

if TYPE_CHECKING:
    import numpy as np

IMPOSSIBLE = 6.0  # powers of ten above the usual value: a million times. The published sensor data has 3.9e16 among hundreds
SPREADS = 5.0  # times the middle half's width: a field that itself spans many powers of ten is not meant
FEWEST = 4  # values of a field that say what is usual
SELDOM = 0.05  # share of a field's values: what is more frequent than that is no slip
FAR = 2.0  # times the middle half's width beyond it, on a scale of powers of ten: one in some thousands of a lognormal measurement
FAR_FEWEST = 20
LONG_DECIMALS = 10  # digits behind the point that no meter measures: they come from computing
SAME_DIGITS = 1e-4


def impossible(examined: Examined) -> dict[str, "np.ndarray"]:
    """By field, the marks of the numbers that are more than a million times as large as usual."""
    return examined.once(
        "impossible", lambda: {field.name: marks for field in number_fields(examined) if (marks := _too_large(field)).any()}
    )


def long_decimals(field: Field) -> "np.ndarray":
    """Marks the numbers with more digits behind the point than anything can be measured with."""
    return (field.decimals >= LONG_DECIMALS) & (field.decimals < 255)


def other_decimal_sign(field: Field) -> "np.ndarray":
    """Marks the numbers whose decimal sign is the other one than most of the field's numbers have."""
    import numpy as np

    commas, points = field.commas == 1, field.commas == 2
    if field.kind != "number" or not commas.any() or not points.any():
        return np.zeros(len(field.commas), bool)
    return points if field.comma else commas


def other_unit(field: Field) -> "np.ndarray":
    """Marks the numbers with another unit than most of the field's numbers have."""
    import numpy as np

    counts = np.bincount(field.units, minlength=1)
    counts[0] = 0
    if field.kind != "number" or (counts > 0).sum() < 2:
        return np.zeros(len(field.units), bool)
    return (field.units > 0) & (field.units != counts.argmax())


def _too_large(field: Field) -> "np.ndarray":
    import numpy as np

    size = np.abs(field.numbers)
    real = size > 0  # false for NaN, too
    if real.sum() < FEWEST:
        return np.zeros(len(size), bool)
    low, middle, high = np.percentile(np.log10(size[real]), (25, 50, 75))
    marks = size > 10 ** min(middle + max(IMPOSSIBLE, SPREADS * (high - low)), 300)
    return marks if marks.sum() <= max(1, 2 * SELDOM * real.sum()) else np.zeros(len(size), bool)


def _impossible_numbers(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    found = impossible(examined)
    if not found:
        return
    fields = asked_fields(examined)
    pairs = [(fields[name], index) for name, marks in found.items() for index in np.flatnonzero(marks)[:5].tolist()]
    guesses = [f"{field.name}: {guess}" for field, index in pairs[:5] if (guess := _without_lost_point(examined, field, index))]
    rows = rows_at(examined, np.logical_or.reduce(list(found.values())))
    params = {
        "fields": names(found),
        "values": shown(examined, pairs),
        "guesses": guesses or ["?"],
        "twins": _twins(examined, found) or ["–"],
    }
    yield Finding("impossible_numbers", "warning", rows, params, "leave_out")


def _without_lost_point(examined: Examined, field: Field, index: int) -> str:
    """What the number would be if only its decimal point was lost: the same digits at the size that is usual here."""
    twin = _same_digits(field, index)
    if twin is not None:
        return f"{field.numbers[twin]:.6g}"
    import numpy as np

    usual = np.median(np.log10(np.abs(field.numbers[(field.numbers != 0) & ~np.isnan(field.numbers)])))
    number = float(field.numbers[index])
    return f"{number / 10 ** round(math.log10(abs(number)) - usual):.6g}"


def _same_digits(field: Field, index: int) -> int | None:
    """The first example whose number has the same digits at another size."""
    import numpy as np

    size = np.abs(field.numbers)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.log10(size[index]) - np.log10(size)
        power = np.round(apart)
        near = (np.abs(10 ** (apart - power) - 1) < SAME_DIGITS) & (power >= 1)
    at = np.flatnonzero(near)
    # two digits or so are shared by chance; a number with many digits is not
    return int(at[0]) if len(at) and len(f"{size[at[0]]:.6g}".replace(".", "").strip("0")) >= 4 else None


def _twins(examined: Examined, found: dict[str, "np.ndarray"]) -> list[str]:
    """For rows whose impossible numbers are another row's digits: that row, and the fields in which the two differ all the same."""
    import numpy as np

    fields = asked_fields(examined)
    told = []
    for index in np.flatnonzero(np.logical_or.reduce(list(found.values())))[:3].tolist():
        like = [twin for name, marks in found.items() if marks[index] and (twin := _same_digits(fields[name], index)) is not None]
        if not like:
            continue
        twin = max(set(like), key=lambda one: (like.count(one), -one))
        differ = [
            f"{field.name}: {raw(examined, field, index)} / {raw(examined, field, twin)}"
            for field in number_fields(examined)
            if not (field.name in found and found[field.name][index])
            and not (field.missing[index] or field.missing[twin])
            and not math.isclose(field.numbers[index], field.numbers[twin], rel_tol=0.01)
        ]
        told.append(f"{examined.examples[index].row} / {examined.examples[twin].row}" + (f" ({'; '.join(differ)})" if differ else ""))
    return told


def _unusual_numbers(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    known = impossible(examined)
    found: dict[str, np.ndarray] = {}
    for field in number_fields(examined):
        size = field.numbers
        if (size < 0).any() or (size > 0).sum() < FAR_FEWEST:
            continue
        low, middle, high = np.percentile(np.log10(size[size > 0]), (25, 50, 75))
        marks = size > 10 ** min(max(high + FAR * max(high - low, 0.15), middle + 1), 300)
        marks &= ~known.get(field.name, np.zeros(len(size), bool))
        if 0 < marks.sum() <= max(1, SELDOM * (size > 0).sum()):
            found[field.name] = marks
    if found:
        fields = asked_fields(examined)
        farthest = sorted(found, key=lambda name: -_times_the_usual(fields[name]))
        largest = ((fields[name], int(np.argmax(np.where(found[name], fields[name].numbers, -1)))) for name in farthest)
        rows = rows_at(examined, np.logical_or.reduce(list(found.values())))
        yield Finding("unusual_numbers", "info", rows, {"fields": names(farthest), "values": shown(examined, largest, 12)})


def _times_the_usual(field: Field) -> float:
    import numpy as np

    return float(np.nanmax(field.numbers) / np.median(field.numbers[field.numbers > 0]))


def _odd_zeros(examined: Examined) -> Iterator[Finding]:
    """Zeros among measurements that are otherwise never near zero."""
    import numpy as np

    found: dict[str, np.ndarray] = {}
    for field in number_fields(examined):
        zeros, others = field.numbers == 0, field.numbers[(field.numbers != 0) & ~np.isnan(field.numbers)]
        measured = len(others) >= FAR_FEWEST and (others > 0).all() and len(np.unique(others)) >= 0.5 * len(others)
        if measured and 0 < zeros.sum() <= 0.35 * (len(others) + zeros.sum()) and others.min() > 0.02 * np.median(others):
            found[field.name] = zeros
    if found:
        counts = [f"{name} ({int(marks.sum())})" for name, marks in list(found.items())[:NAMED]]
        yield Finding("odd_zeros", "info", rows_at(examined, np.logical_or.reduce(list(found.values()))), {"fields": counts})


def _long_decimals(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    found = {field.name: marks for field in written_fields(examined).values() if (marks := long_decimals(field)).any()}
    if found:
        fields = written_fields(examined)
        pairs = ((fields[name], int(np.flatnonzero(marks)[0])) for name, marks in found.items())
        rows = rows_at(examined, np.logical_or.reduce(list(found.values())))
        params = {"fields": names(found), "values": shown(examined, pairs, 1), "digits": LONG_DECIMALS}
        yield Finding("long_decimals", "info", rows, params, "round_numbers")


def _decimal_signs(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    found = {field.name: marks for field in written_fields(examined).values() if (marks := other_decimal_sign(field)).any()}
    if found:
        fields = written_fields(examined)
        pairs = ((fields[name], int(np.flatnonzero(marks)[0])) for name, marks in found.items())
        rows = rows_at(examined, np.logical_or.reduce(list(found.values())))
        yield Finding(
            "mixed_decimal_signs", "warning", rows, {"fields": names(found), "values": shown(examined, pairs, 3)}, "same_decimal_sign"
        )


def _mixed_units(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    found = {field.name: marks for field in number_fields(examined) if (marks := other_unit(field)).any()}
    if found:
        fields = asked_fields(examined)
        pairs = ((fields[name], int(np.flatnonzero(marks)[0])) for name, marks in found.items())
        rows = rows_at(examined, np.logical_or.reduce(list(found.values())))
        yield Finding("mixed_units", "warning", rows, {"fields": names(found), "values": shown(examined, pairs)}, "leave_out")


CHECKS = (
    Check(
        "numbers",
        _impossible_numbers,
        {
            "impossible_numbers": About(
                N_("Rows with a number more than a million times as large as is usual in its field: {n}. The first: {values}"),
                N_(
                    "If a decimal point was lost, the same digits at the usual size would be {guesses}. Only your source can tell, "
                    "so nothing is guessed: correct them there, or leave these rows out. "
                    "Pairs of rows with the same digits (in brackets: what else differs): {twins}"
                ),
            )
        },
    ),
    Check(
        "numbers",
        _unusual_numbers,
        {
            "unusual_numbers": About(
                N_("Rows with a number far above the others in its field: {n}. The largest: {values}"),
                N_("They may well be right. A look at the largest ones shows whether a unit or a digit went wrong."),
            )
        },
    ),
    Check(
        "numbers",
        _odd_zeros,
        {
            "odd_zeros": About(
                N_("Rows with a zero where every other number is far from zero: {n}. Zeros in each field: {fields}."),
                N_(
                    "A zero often stands for “not measured”. If it does here, leave the value blank, so that nobody takes it for a reading."
                ),
            )
        },
    ),
    Check(
        "numbers",
        _long_decimals,
        {
            "long_decimals": About(
                N_("Rows with a number of {digits} or more digits behind the point, such as {values}: {n}."),
                N_("The digits come from computing, not from measuring. Each costs tokens, and the model may learn to quote them."),
            )
        },
    ),
    Check(
        "numbers",
        _decimal_signs,
        {
            "mixed_decimal_signs": About(
                N_("Rows with a decimal comma where the others have a decimal point, or the reverse, such as {values}: {n}."),
                N_("The model would read two kinds of numbers in one field."),
            )
        },
    ),
    Check(
        "numbers",
        _mixed_units,
        {
            "mixed_units": About(
                N_("Rows with a number in another unit than the rest of its field, such as {values}: {n}."),
                N_("The model compares the numbers and not the units. Convert them in your file, or leave these rows out."),
            )
        },
    ),
)
