"""Repairs of the values in a question: one spelling, one decimal sign, fewer digits, a field left out. Everything else stays as it is."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from core.base.errors import N_
from core.base.types import Example
from core.prepare.checks.asked import layout_of, rows_at, written_fields
from core.prepare.checks.numbers import LONG_DECIMALS, long_decimals, other_decimal_sign
from core.prepare.checks.registry import Examined
from core.prepare.checks.spellings import boolean_spellings, rows_to_change, word_spellings
from core.prepare.checks.superfluous import superfluous
from core.prepare.fields import Field, decimal_parts, perhaps_thousands, significant_decimals
from core.prepare.repairs.edits import with_question
from core.prepare.repairs.registry import Changer, Params, Repair

if TYPE_CHECKING:
    import numpy as np

DECIMALS = 4  # behind the point: finer than any meter of a household, and what is smaller than one keeps four digits


def _changing(examined: Examined, change: Callable[[str, str], str]) -> Changer:
    layout = layout_of(examined)

    def changed(example: Example) -> Example:
        if layout is None:
            return example
        text = layout.rewritten(example.question, change)
        return example if text == example.question else with_question(example, text)

    return changed


def _spelled(spellings: Mapping[str, Mapping[str, str]], examined: Examined) -> Changer:
    return _changing(examined, lambda name, value: spellings.get(name, {}).get(value, value))


def _rows_with(examined: Examined, marks: Callable[[Field], "np.ndarray"]) -> tuple[int, ...]:
    import numpy as np

    found = [marks(field) for field in written_fields(examined).values()]
    return rows_at(examined, np.logical_or.reduce(found)) if found else ()


def rounded(value: str) -> str:
    """The number with DECIMALS digits behind its sign, more of them only where it is smaller than one; its unit stays."""
    parts = decimal_parts(value)
    if parts is None:
        return value
    whole, mark, behind, rest = parts
    number = Decimal(f"{whole}.{behind}".replace("−", "-").replace("–", "-"))
    digits = DECIMALS if abs(number) >= Decimal("0.1") or not number else DECIMALS - 1 - number.adjusted()
    text = format(round(number, digits), "f").rstrip("0").rstrip(".")
    return ("0" if text in ("-0", "") else text).replace(".", mark) + rest


def _rounding(examined: Examined, params: Params) -> Changer:
    return _changing(examined, lambda name, value: rounded(value) if significant_decimals(value) >= LONG_DECIMALS else value)


def _one_sign(examined: Examined, params: Params) -> Changer:
    fields = written_fields(examined)
    wrong = {name: field for name, field in fields.items() if other_decimal_sign(field).any()}

    def change(name: str, value: str) -> str:
        if name not in wrong:
            return value
        if perhaps_thousands(value):
            return value
        return re.sub(r"\.(?=\d)", ",", value, count=1) if wrong[name].comma else _with_point(value)

    return _changing(examined, change)


def _with_point(value: str) -> str:
    whole, _, rest = value.partition(",")
    return f"{whole.replace('.', '')}.{rest}"


def _fields(examined: Examined, params: Params) -> tuple[str, ...]:
    chosen = params.get("fields")
    return tuple(map(str, chosen)) if isinstance(chosen, list | tuple) else tuple(superfluous(examined))


def _rows_with_field(examined: Examined, params: Params) -> tuple[int, ...]:
    import numpy as np

    fields = written_fields(examined)
    there = [~fields[name].absent for name in _fields(examined, params) if name in fields]
    return rows_at(examined, np.logical_or.reduce(there)) if there else ()


def _dropping(examined: Examined, params: Params) -> Changer:
    layout, chosen = layout_of(examined), _fields(examined, params)

    def change(example: Example) -> Example:
        if layout is None:
            return example
        text = layout.without(example.question, chosen)
        return example if text == example.question else with_question(example, text)

    return change


REPAIRS = (
    Repair(
        "same_booleans",
        N_("Write yes and no in one way"),
        N_("Every spelling becomes the one that most rows have; what it says stays the same."),
        lambda examined, params: rows_to_change(examined, boolean_spellings(examined)),
        lambda examined, params: _spelled(boolean_spellings(examined), examined),
        safe=True,
    ),
    Repair(
        "same_words",
        N_("Write each word in one way"),
        N_("A rare spelling becomes the frequent word that it stands for. Look at the pairs first: two similar words may both be meant."),
        lambda examined, params: rows_to_change(examined, word_spellings(examined)),
        lambda examined, params: _spelled(word_spellings(examined), examined),
    ),
    Repair(
        "same_decimal_sign",
        N_("Write the decimal sign in one way"),
        N_("The numbers get the sign that most of their field have; their values stay the same."),
        lambda examined, params: _rows_with(examined, other_decimal_sign),
        _one_sign,
        safe=True,
    ),
    Repair(
        "round_numbers",
        N_("Round these numbers"),
        N_("Four digits after the decimal point are kept. Do the same in use, so that the model is asked as it was taught."),
        lambda examined, params: _rows_with(examined, long_decimals),
        _rounding,
    ),
    Repair(
        "drop_field",
        N_("Leave these fields out of the questions"),
        N_("The rows stay; the model is asked without these fields. In use, leave them out as well."),
        _rows_with_field,
        _dropping,
    ),
)
