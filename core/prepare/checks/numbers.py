"""Numbers that stand far from the others of their field, are written in two ways, or carry digits that say nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.asked import NAMED, asked_fields, names, number_fields, rows_at, shown, written_fields
from core.prepare.checks.impossible import SELDOM, impossible
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.fields import Field

if TYPE_CHECKING:
    import numpy as np

FAR = 2.0  # times the middle half's width beyond it, on a scale of powers of ten: one in some thousands of a lognormal measurement
FAR_FEWEST = 20
LONG_DECIMALS = 10  # digits behind the point that no meter measures: they come from computing


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
                N_("Rows with a number of {digits} or more digits after the decimal point, such as {values}: {n}."),
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
