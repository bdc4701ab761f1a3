"""Fields and answers that name the row instead of describing it."""

import re
from collections.abc import Iterable, Iterator

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.asked import asked_fields, fields_step, names, rows_with, written_fields
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.columns import CODE
from core.prepare.fields import Field

FEWEST_IDS = 20
UNIQUE = 0.98  # share of the values that are all different, of a field that names the row
_DRAWN = 60  # numbers that show whether they fill their range evenly; prices, which crowd at its lower end, are 0.27 apart
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|\d{1,2}:\d{2}(:\d{2})?")
_ID_NAME = re.compile(r"(^|[\s_-])(id|ids|uuid|guid|no|nr|nomor|number|key|serial|imei|index|row|record|code)$|Id$|ID$", re.IGNORECASE)


def identifier_fields(examined: Examined) -> list[str]:
    """The fields of the questions that name the row or the device instead of describing it."""
    return [name for name, field in written_fields(examined).items() if names_the_row(field)]


def names_the_row(field: Field) -> bool:
    """Whether the values are identifiers: UUIDs, codes that never come back, or numbers that count or are drawn at random."""
    import numpy as np

    if field.filled < FEWEST_IDS or (field.codes == -2).any():
        return False
    numbers = field.numbers[~np.isnan(field.numbers)]
    if len(numbers) <= 0.05 * field.filled:
        if _share(field.words, _UUID) >= 0.95:
            return True
        unique = len(field.words) >= UNIQUE * field.filled
        return unique and _share(field.words, CODE) >= 0.95 and _share(field.words, _DATE) < 0.5
    if len(numbers) < 0.95 * field.filled or (numbers != np.floor(numbers)).any() or (numbers < 0).any():
        return False
    if len(np.unique(numbers)) < UNIQUE * len(numbers) or field.units.any():
        return False
    steps = np.diff(numbers)
    counting = len(steps) > 0 and (steps == np.median(steps)).mean() > 0.9 and np.median(steps) != 0
    return bool(counting or _ID_NAME.search(field.name) or _drawn(numbers))


def _drawn(numbers: "object") -> bool:
    """Whether whole numbers of one length fill their range evenly, as numbers of customers do and measurements do not."""
    import numpy as np

    values = np.asarray(numbers, float)
    if len(values) < _DRAWN or values.min() < 10_000 or np.floor(np.log10(values.min())) != np.floor(np.log10(values.max())):
        return False
    even = (np.sort(values) - values.min()) / (values.max() - values.min())
    apart = np.abs(even - np.linspace(0, 1, len(values))).max()  # Kolmogorov and Smirnov: 1.36 is passed by chance once in twenty times
    return bool(apart <= 1.36 / np.sqrt(len(values)) and (values % 10 == 0).mean() < 0.3)


def _share(values: Iterable[str], pattern: re.Pattern[str]) -> float:
    listed = list(values)[:5_000]
    return sum(pattern.fullmatch(value) is not None for value in listed) / len(listed) if listed else 0.0


def _identifiers(examined: Examined) -> Iterator[Finding]:
    found = identifier_fields(examined)
    if found:
        yield Finding(
            "identifiers", "warning", rows_with(examined, found), {"fields": names(found), "step": fields_step(found)}, "drop_field"
        )
    elsewhere = [name for name, field in asked_fields(examined).items() if not field.written and names_the_row(field)]
    if elsewhere:
        yield Finding("identifier_columns", "warning", (), {"fields": names(elsewhere)})


def _identifying_answers(examined: Examined) -> Iterator[Finding]:
    """Answers that are nothing but an identifier that the question does not tell."""
    given = [(at, answer) for at, answer in enumerate(examined.answers) if answer]
    if len(given) < FEWEST_IDS or len(given[0][1]) > 60:
        return
    if len({answer for _, answer in given}) < UNIQUE * len(given) or _share((answer for _, answer in given), CODE) < 0.95:
        return
    uuids = _share((answer for _, answer in given), _UUID) >= 0.95
    told = sum(answer.casefold() in examined.examples[at].question.casefold() for at, answer in given[:1_000]) / min(len(given), 1_000)
    if uuids and told < 0.5:
        yield Finding(
            "answers_are_identifiers", "warning", tuple(examined.examples[at].row for at, _ in given), {"example": given[0][1][:80]}
        )


CHECKS = (
    Check(
        "fields",
        _identifiers,
        {
            "identifiers": About(
                N_("Fields in the questions that name the row instead of describing it: {fields}."),
                N_("The model may learn which answer belongs to which name by heart, and knows nothing about a new one."),
            ),
            "identifier_columns": About(
                N_("The questions are made with columns that name the row instead of describing it: {fields}."),
                N_("The model may learn them by heart. Take them out of the question above."),
            ),
        },
    ),
    Check(
        "fields",
        _identifying_answers,
        {
            "answers_are_identifiers": About(
                N_("The answers are nothing but identifiers, such as “{example}”, that the question does not tell: {n}."),
                N_("Nobody can work them out from the question; they could only be learned by heart. Check which column is the answer."),
            )
        },
    ),
)
