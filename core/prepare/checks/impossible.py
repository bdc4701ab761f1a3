"""Numbers that cannot be right: more than a million times as large as is usual in their field."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.asked import asked_fields, names, number_fields, raw, rows_at, shown
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.fields import Field

if TYPE_CHECKING:
    import numpy as np

IMPOSSIBLE = 6.0  # powers of ten above the usual value: a million times. The published sensor data has 3.9e16 among hundreds
SPREADS = 5.0  # times the middle half's width: a field that itself spans many powers of ten is not meant
FEWEST = 4  # values of a field that say what is usual
SELDOM = 0.05  # share of a field's values: what is more frequent than that is no slip
SAME_DIGITS = 1e-4


def impossible(examined: Examined) -> dict[str, "np.ndarray"]:
    """By field, the marks of the numbers that are more than a million times as large as usual."""
    return examined.once(
        "impossible", lambda: {field.name: marks for field in number_fields(examined) if (marks := _too_large(field)).any()}
    )


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
)
