"""What kind of answers a data set has (labels, flat JSON objects or free text), and how to take one apart and write it again."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.base.types import AnswerKind

WHOLE = "answer"  # the one field of an answer that is not a JSON object

# The rule. The published bank data (100 rows, 30 sub categories, 27 of them with fewer than 5 rows) must count as labels, and so must a
# random half of it: there 68 % of the rows (the least of 50 draws) still share their label with another row, and one label has 3 rows.
# Free text that was pasted twice must not: there everything occurs exactly twice, however short it is.
NEARLY_ALL = 0.95  # a few broken rows do not change what the rest is
SHARED = 0.6  # rows whose value at least one more row has
OFTEN = 3  # the commonest value occurs at least so many times
LONGEST_LABEL = 60  # characters; the longest label of the bank data has 28, the shortest answers of a chatty bot 24 to 80
MOST_WORDS = 8  # of the bot's ten answers six have more, of the bank's labels none has more than 4
ROWS_PER_NUMBER = 5  # measurements repeat by chance, ratings and codes repeat a lot
MOST_LABELS = 500  # past this a classifier is the wrong tool, and its tables would fill the memory


@dataclass(frozen=True, slots=True)
class AnswerShape:
    """How the answers of a data set are built: the JSON keys in the data's order, or the one field "answer" for labels and text.

    `bare` holds the (field, value) pairs that the data writes without quotes: numbers, true, false and null.
    """

    kind: AnswerKind
    fields: tuple[str, ...] = (WHOLE,)
    bare: frozenset[tuple[str, str]] = frozenset()


class _Bare(str):
    """A JSON value that stood without quotes, spelled as it was written."""

    __slots__ = ()


class _NotFlat(ValueError):
    """JSON, but not one object of plain values."""


def answer_kind(answers: Sequence[str]) -> AnswerShape:
    """Tell labels, flat JSON objects and free text apart by the answers alone; empty answers are no evidence."""
    given = [answer for answer in answers if answer.strip()]
    flat = [values for answer in given if (values := _flat(answer)) is not None]
    if flat and len(flat) >= NEARLY_ALL * len(given):
        orders = Counter(tuple(values) for values in flat)
        fields = max(orders, key=lambda order: orders[order])
        same = [values for values in flat if values.keys() == set(fields)]
        if len(same) >= NEARLY_ALL * len(given) and all(_are_labels([values[field] for values in same]) for field in fields):
            return AnswerShape("json", fields, _written_bare(same))
    if _are_labels([answer.strip() for answer in given]):
        return AnswerShape("label")
    return AnswerShape("text")


def parse_answer(text: str, shape: AnswerShape) -> dict[str, str] | None:
    """The answer as field and value; None where it has not the shape.

    Spaces around a value and the order and spacing of JSON do not matter; a missing or further key and a code fence do. A number, true,
    false and null become the text they are written with. A label or a free text is the one field "answer".
    """
    if shape.kind != "json":
        return {WHOLE: text.strip()}
    values = _flat(text)
    if values is None or values.keys() != set(shape.fields):
        return None
    return {field: str(values[field]) for field in shape.fields}


def render_answer(values: Mapping[str, str], shape: AnswerShape) -> str:
    """Write an answer as the data does: JSON with its keys in the data's order and its numbers without quotes, or the text itself."""
    if shape.kind != "json":
        return values[WHOLE]
    parts = (f"{_quoted(field)}: {value if (field, value) in shape.bare else _quoted(value)}" for field, value in _in_order(values, shape))
    return "{" + ", ".join(parts) + "}"


def _in_order(values: Mapping[str, str], shape: AnswerShape) -> Iterable[tuple[str, str]]:
    return ((field, values[field]) for field in shape.fields)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _flat(text: str) -> dict[str, str] | None:
    """The object's values as stripped text, or None where the text is not one flat JSON object with different keys."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        # integers and fractions keep their spelling (and a number of a million digits costs nothing)
        found = json.loads(text, object_pairs_hook=_pairs, parse_int=_Bare, parse_float=_Bare, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return {key: value if isinstance(value, _Bare) else value.strip() for key, value in found.items()} if found else None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, value in pairs:
        if key in values:
            raise _NotFlat(key)
        if isinstance(value, str):
            values[key] = value
        elif value is None or isinstance(value, bool):
            values[key] = _Bare(json.dumps(value))
        else:
            raise _NotFlat(key)
    return values


def _refuse(constant: str) -> str:
    raise _NotFlat(constant)  # NaN and Infinity are not JSON, though Python reads them


def _written_bare(rows: Iterable[Mapping[str, str]]) -> frozenset[tuple[str, str]]:
    """The pairs that stand without quotes in most of their rows."""
    balance: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for field, value in row.items():
            balance[field, str(value)] += 1 if isinstance(value, _Bare) else -1
    return frozenset(pair for pair, surplus in balance.items() if surplus > 0)


def _are_labels(values: Sequence[str]) -> bool:
    """Whether the values are short and repeat as names of classes do."""
    counts = Counter(str(value) for value in values)
    if not counts or max(counts.values()) < OFTEN or len(counts) > MOST_LABELS:
        return False
    if sum(map(_is_short, values)) < NEARLY_ALL * len(values):
        return False
    if sum(map(_is_number, values)) >= NEARLY_ALL * len(values) and len(counts) * ROWS_PER_NUMBER > len(values):
        return False
    return sum(count for count in counts.values() if count > 1) >= SHARED * len(values)


def _is_short(value: str) -> bool:
    return len(value) <= LONGEST_LABEL and len(value.split()) <= MOST_WORDS and "\n" not in value


def _is_number(value: str) -> bool:
    try:
        float(value.replace(",", "."))
    except ValueError:
        return False
    return True
