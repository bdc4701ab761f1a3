"""Whole fields and columns that teach nothing: always the same, said twice, empty, or misspelled in the header."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.asked import NAMED, asked_fields, fields_step, names, rows_with, written_fields
from core.prepare.checks.header_words import likely_typo
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.columns import MISSING
from core.prepare.fields import Field

FEWEST = 10  # rows with a value: with fewer, "always the same" says nothing
FEW_VALUES = 4  # different measurements in a field that ought to vary
HARDLY = 0.8  # share of one value from which on a field of measurements hardly changes
ALWAYS = 0.9  # share of the rows in which a field stands that is constant in the whole data set


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What a column of the table holds as a whole: how many cells have a value, how many different ones, and a mark of all cells."""

    name: str
    filled: int
    distinct: int
    mark: int


def column_facts(examined: Examined) -> list[ColumnFacts]:
    """The facts of every column of the source table, used or not."""
    return examined.once("column_facts", lambda: _facts(examined))


def _facts(examined: Examined) -> list[ColumnFacts]:
    table = examined.source.table if examined.source is not None else None
    found = []
    for name in table.columns if table is not None else ():
        cells = table.column(name) if table is not None else []
        counts = Counter(cells)
        kept = {value: n for value, n in counts.items() if value.strip().casefold() not in MISSING}
        found.append(ColumnFacts(name, sum(kept.values()), len(kept), hash(tuple(cells))))
    return found


def constant_fields(examined: Examined) -> list[str]:
    """The fields of the questions that have one and the same value wherever they stand, in nearly all rows."""
    fields = written_fields(examined)
    if len(fields) < 2:
        return []
    return [name for name, field in fields.items() if field.kind != "empty" and _constant(field)]


def _constant(field: Field) -> bool:
    return field.filled >= FEWEST and field.filled >= ALWAYS * len(field.codes) and field.distinct == 1 and not (field.codes == -2).any()


def identical_fields(examined: Examined) -> list[tuple[str, str]]:
    """Pairs of fields that say the same in every row: the first of them, and its copy."""
    marks: dict[object, str] = {}
    pairs = []
    for name, field in written_fields(examined).items():
        if field.filled < FEWEST or field.distinct < 2 or (field.codes == -2).any() or not (field.distinct > 2 or field.kind == "word"):
            continue
        mark = (hash(field.numbers.tobytes()), hash(field.codes.tobytes()), tuple(field.words[:50]))
        first = marks.setdefault(mark, name)
        if first != name:
            pairs.append((first, name))
    return pairs


def _constants(examined: Examined) -> Iterator[Finding]:
    found = constant_fields(examined)
    if found:
        yield Finding(
            "constant_fields", "info", rows_with(examined, found), {"fields": names(found), "step": fields_step(found)}, "drop_field"
        )
    answers = examined.mapping.answer if examined.mapping is not None else ()  # a constant answer has a finding of its own
    columns = [
        one.name for one in column_facts(examined) if one.distinct == 1 and one.filled >= FEWEST and one.name not in (*found, *answers)
    ]
    if columns:
        yield Finding("constant_columns", "info", (), {"columns": names(columns), "n_columns": len(columns)})


def _few_values(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    told = []
    for field in asked_fields(examined).values():
        values = field.numbers[~np.isnan(field.numbers)]
        if field.kind != "number" or len(values) < FEWEST or field.distinct < 2 or not (values != np.floor(values)).any():
            continue
        _, counts = np.unique(values.round(6), return_counts=True)
        if field.distinct <= FEW_VALUES or counts.max() >= HARDLY * len(values):
            told.append(f"{field.name} ({len(np.unique(values))} / {len(values)})")
    if told:
        yield Finding("few_values", "info", (), {"fields": told[:NAMED]})


def _identical(examined: Examined) -> Iterator[Finding]:
    pairs = identical_fields(examined)
    if pairs:
        copies = [copy for _, copy in pairs]
        params = {"pairs": [f"{first} = {copy}" for first, copy in pairs[:NAMED]], "step": fields_step(copies)}
        yield Finding("identical_fields", "warning", rows_with(examined, copies), params, "drop_field")
    table = examined.source.table if examined.source is not None else None
    marks: dict[int, str] = {}
    told = []
    for one in column_facts(examined):
        if one.filled >= FEWEST and one.distinct > 1:
            first = marks.setdefault(one.mark, one.name)
            if first != one.name and table is not None and (first, one.name) not in pairs and table.column(first) == table.column(one.name):
                told.append(f"{first} = {one.name}")
    if told:
        yield Finding("identical_columns", "info", (), {"pairs": told[:NAMED], "n_columns": len(told)})


def _columns(examined: Examined) -> Iterator[Finding]:
    empty = [one.name for one in column_facts(examined) if not one.filled]
    if empty:
        yield Finding("empty_columns", "info", (), {"columns": names(empty), "n_columns": len(empty)})
    header = [one.name for one in column_facts(examined)] or list(written_fields(examined))
    typos = [f"{name} → {right}" for name, right in likely_typo(header)]
    if typos:
        yield Finding("header_typo", "info", (), {"names": typos[:NAMED]})


_COSTS = N_("It costs tokens in every question and says nothing.")

CHECKS = (
    Check(
        "fields",
        _constants,
        {
            "constant_fields": About(N_("Fields that have the same value in every question: {fields}."), _COSTS),
            "constant_columns": About(
                N_("Columns with one and the same value in all rows ({n_columns}): {columns}."), N_("Nothing can be learned from them.")
            ),
        },
    ),
    Check(
        "fields",
        _few_values,
        {
            "few_values": About(
                N_("Fields of numbers that hardly change (different values / all values): {fields}."),
                N_("A measurement that is nearly always the same says little about the row. Check whether it was measured at all."),
            )
        },
    ),
    Check(
        "fields",
        _identical,
        {
            "identical_fields": About(
                N_("Fields that say the same in every row: {pairs}."), N_("The copy costs tokens in every question and says nothing new.")
            ),
            "identical_columns": About(
                N_("Columns with the same cells in all rows ({n_columns}): {pairs}."),
                N_("One of them is enough; check whether the other was filled wrongly."),
            ),
        },
    ),
    Check(
        "fields",
        _columns,
        {
            "empty_columns": About(N_("Columns without a single value ({n_columns}): {columns}."), N_("They are passed over.")),
            "header_typo": About(
                N_("Names that look misspelled: {names}."),
                N_("The model reads the names. A misspelled one does little harm, if it stays the same in use."),
            ),
        },
    ),
)
