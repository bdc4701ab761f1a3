"""Readings in which something is missing: single values, whole fields, every measurement of a row, or a cell that shifted the others."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.base.errors import N_
from core.base.leakage import asked
from core.base.types import Finding
from core.prepare.checks.asked import NAMED, asked_fields, names, number_fields, rows_at, shown, written_fields
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.checks.spellings import boolean_values, is_boolean
from core.prepare.fields import LONG_TEXT, Field, six_digits

if TYPE_CHECKING:
    import numpy as np

MOSTLY = 0.9  # share of rows without a value from which on a field says hardly anything
ALWAYS_THERE = 0.6  # share of rows with a value: where most have it, a row without it stands out
FOREIGN = 0.05  # a value of another field is at most this share of the field's own
AT_HOME = 0.1  # and at least this share of the field that it belongs to
MOST_SHIFTED = 0.3  # share of rows: beyond it the table has two layouts, and neither is a slip
FEWEST_ALIKE = 3  # shifted rows that carry one and the same number


def mostly_missing(examined: Examined) -> dict[str, float]:
    """The fields that stand in questions and have a value in less than a tenth of the rows, with the share that is missing."""
    n = len(examined.examples)
    shares = {name: float(field.missing.mean()) for name, field in written_fields(examined).items() if n}
    return {name: share for name, share in shares.items() if share > MOSTLY and not written_fields(examined)[name].absent.all()}


def shifted(examined: Examined) -> "np.ndarray":
    """Marks the rows whose values stand under the wrong names."""
    return examined.once("shifted", lambda: _shifted(examined))


def _shifted(examined: Examined) -> "np.ndarray":
    import numpy as np

    n = len(examined.examples)
    fields = list(asked_fields(examined).values())
    misfits, lacking = np.zeros(n, np.int16), np.zeros(n, bool)
    for field in fields:
        if n and field.filled >= ALWAYS_THERE * n:
            lacking |= field.missing
    for field in fields:
        misfits += _foreign(field, fields)
        misfits += _alike(field, lacking)
    marks = (misfits >= 2) | ((misfits >= 1) & lacking)
    return marks if marks.sum() <= MOST_SHIFTED * n else np.zeros(n, bool)


def _foreign(field: Field, fields: list[Field]) -> "np.ndarray":
    """Marks the values of another kind than the field's, and words that are at home in another field."""
    import numpy as np

    marks = np.zeros(len(field.codes), bool)
    if field.kind == "number":
        return (field.codes >= 0) | (field.codes == LONG_TEXT)
    numbers = ~np.isnan(field.numbers)
    if is_boolean(field):  # 0 and 1 are at home here, and so is every way to say yes
        return ~field.missing & ~boolean_values(field)
    if field.filled and numbers.sum() <= FOREIGN * field.filled:
        marks |= numbers
    if field.kind == "word":
        elsewhere = {
            word
            for other in fields
            if other is not field and other.kind == "word"
            for word, n in other.word_counts.items()
            if n >= AT_HOME * other.filled
        }
        foreign = [at for at, word in enumerate(field.words) if word in elsewhere and field.word_counts[word] <= FOREIGN * field.filled]
        if foreign:
            marks |= np.isin(field.codes, foreign)
    return marks


def _alike(field: Field, lacking: "np.ndarray") -> "np.ndarray":
    """Marks one number that most of the rows that lack a field share, and no other row has: it is the constant of a neighbour."""
    import numpy as np

    marks = np.zeros(len(lacking), bool)
    here = lacking & ~field.missing & ~np.isnan(field.numbers)
    others = ~lacking & ~np.isnan(field.numbers)
    if field.kind != "number" or here.sum() < FEWEST_ALIKE or not others.sum():
        return marks
    value, n = Counter(field.numbers[here].tolist()).most_common(1)[0]
    same = field.numbers == value
    rare_elsewhere = (same & others).sum() <= 0.01 * others.sum()
    many_digits = field.decimals[np.flatnonzero(same & here)[0]] >= 3  # a plain number such as 0 or 100 is shared by chance
    own = len(np.unique(six_digits(field.numbers[others]))) / others.sum()
    if n >= max(FEWEST_ALIKE, 0.5 * here.sum()) and rare_elsewhere and many_digits and own > 0.3:
        marks = same & here
    return marks


def _shifted_rows(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    marks = shifted(examined)
    if marks.any():
        fields = list(asked_fields(examined).values())
        first = int(np.flatnonzero(marks)[0])
        params = {
            "missing": names(field for field in fields if field.missing[first] and field.filled >= ALWAYS_THERE * len(marks)) or ["-"],
            "values": shown(examined, ((field, first) for field in fields if not field.missing[first]), 4),
        }
        yield Finding("shifted_rows", "warning", rows_at(examined, marks), params, "leave_out")


def _words_among_numbers(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    found = {field.name: marks for field in number_fields(examined) if (marks := (field.codes != -1) & ~shifted(examined)).any()}
    if found:
        fields = asked_fields(examined)
        pairs = ((fields[name], index) for name, marks in found.items() for index in np.flatnonzero(marks)[:2].tolist())
        rows = rows_at(examined, np.logical_or.reduce(list(found.values())))
        yield Finding("words_among_numbers", "warning", rows, {"fields": names(found), "values": shown(examined, pairs)}, "leave_out")


def _all_missing_rows(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    measured = [field for field in number_fields(examined) if field.distinct > 1]
    if len(measured) < 2:
        return
    marks = np.logical_and.reduce([field.missing for field in measured])
    if marks.all():
        return
    # a question with nothing in it at all has a finding of its own, and one fault stands on one card
    marks &= np.array([bool(asked(example).strip()) for example in examined.examples])
    if marks.any():
        yield Finding("all_missing_rows", "warning", rows_at(examined, marks), {"fields": names(measured)}, "leave_out")


def _missing_values(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    mostly = mostly_missing(examined)
    n = len(examined.examples)
    if mostly:
        fields = written_fields(examined)
        there = np.logical_or.reduce([~fields[name].absent for name in mostly])
        counts = [f"{name} ({int(fields[name].missing.sum())})" for name in list(mostly)[:NAMED]]
        params = {"counts": counts, "all": n, "step": {"fields": list(mostly)}}
        yield Finding("mostly_missing", "warning", rows_at(examined, there), params, "drop_field")
    some = {name: field.missing for name, field in asked_fields(examined).items() if field.kind != "text" and field.missing.any()}
    some = {name: marks for name, marks in some.items() if name not in mostly}
    if some:
        counts = [f"{name} ({int(marks.sum())})" for name, marks in sorted(some.items(), key=lambda one: -int(one[1].sum()))[:NAMED]]
        yield Finding("missing_values", "info", rows_at(examined, np.logical_or.reduce(list(some.values()))), {"counts": counts, "all": n})


def _flag_says_missing(examined: Examined) -> Iterator[Finding]:
    """A field of two values that says no more than whether another field has one."""
    fields = list(asked_fields(examined).values())
    told = []
    for flag in fields:
        folded = {word.casefold() for word in flag.words}
        if flag.kind != "word" or len(folded) != 2 or flag.filled < 10:
            continue
        first = {at for at, word in enumerate(flag.words) if word.casefold() == flag.words[0].casefold()}
        there = ~flag.missing
        says = _isin(flag.codes, first)[there]
        for other in fields:
            gone = other.missing[there]
            if other.kind == "number" and gone.any() and not gone.all() and ((says == gone).all() or (says != gone).all()):
                told.append((flag, other))
                break
    if told:
        params = {"pairs": [f"{flag.name} ({other.name})" for flag, other in told[:NAMED]]}
        yield Finding("flag_says_missing", "info", rows_at(examined, ~told[0][0].missing), params)


def _isin(codes: "np.ndarray", chosen: set[int]) -> "np.ndarray":
    import numpy as np

    return np.isin(codes, list(chosen))


CHECKS = (
    Check(
        "numbers",
        _shifted_rows,
        {
            "shifted_rows": About(
                N_("Rows whose values seem to stand under the wrong name: {n}. The first has no value for {missing}, and {values}"),
                N_("Often an empty cell was dropped and what followed moved up. Where each value belongs only your source can tell."),
            )
        },
    ),
    Check(
        "numbers",
        _words_among_numbers,
        {
            "words_among_numbers": About(
                N_("Rows with a value that is no number in a field of numbers, such as {values}: {n}."),
                N_("The model cannot compare them with the others. Correct them in your file, or leave these rows out."),
            )
        },
    ),
    Check(
        "numbers",
        _all_missing_rows,
        {
            "all_missing_rows": About(
                N_("Rows without a single measurement: {n}. All of these are empty: {fields}"),
                N_("There is nothing in them that an answer could be based on."),
            )
        },
    ),
    Check(
        "numbers",
        _missing_values,
        {
            "mostly_missing": About(
                N_("Fields that are empty in nine rows of ten or more, of {all}: {counts}."),
                N_("They cost tokens in every question and say next to nothing. Leave them out, or do not choose these columns."),
            ),
            "missing_values": About(
                N_("Fields without a value in some rows, of {all}: {counts}."),
                N_("The model learns to live with gaps if they are as frequent in use as here."),
            ),
        },
    ),
    Check(
        "numbers",
        _flag_says_missing,
        {
            "flag_says_missing": About(
                N_("Fields that say only whether another one (in brackets) has a value: {pairs}."),
                N_("They look like a judgement and are none; the model cannot learn more from them than that a value is missing."),
            )
        },
    ),
)
