"""The fields that questions are made of, one column each: its numbers, its words, its units, and where nothing stands."""

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Literal

from core.base.readings import MISSING, UNITS, parse_number

if TYPE_CHECKING:
    import numpy as np

Kind = Literal["empty", "number", "word", "text"]

MOSTLY = 0.9  # share of the values that must be numbers for the field to be one of numbers
FEW_WORDS = 200  # distinct values of a field of words
ROWS_PER_WORD = 3  # on average, for the field to be one of words
LONGEST_WORD = 60  # characters; what is longer is text
NOTHING = MISSING | {"nil", "unknown", "missing", "--", "?", "#value!", "#ref!", "#div/0!"}
NO_WORD, LONG_TEXT = -1, -2  # codes of cells that are no word: numbers and missing values, and texts

_SAMPLE = 1_000  # values that tell a decimal comma from a decimal point
_REMEMBERED = 50_000  # values of a field that are taken apart once; beyond that they are measurements, and hardly repeat
_POINT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"(?P<number>[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+(?:[eE][+-]?\d+)?)\s*(?P<unit>\S.*)?")
_PERHAPS_THOUSANDS = re.compile(r"(?P<number>[+-]?[1-9]\d{0,2}(?P<mark>[.,])\d{3})\s*(?P<unit>[^\s\d.,].*)?")
_PLAIN = re.compile(r"(?P<whole>[+-]?\d{1,18})(?:\.(?P<behind>\d+))?")
_DECIMAL = re.compile(r"(?P<whole>[+−–-]?\d*)(?P<mark>[.,])(?P<behind>\d+)(?P<rest>(?:[^\d.,eE].*)?)", re.DOTALL)


@dataclass
class Field:
    """One field over all examples, as arrays with one entry an example: a million readings must not become objects.

    `written` fields stand in the questions as `name: value`, where a repair can change them; the others reach the model in another way.
    """

    name: str
    numbers: "np.ndarray"  # NaN where the value is no number
    codes: "np.ndarray"  # of `words`, NO_WORD or LONG_TEXT
    units: "np.ndarray"  # of `unit_names`; 0 where none is written
    decimals: "np.ndarray"  # significant digits behind the point; 255 where the value is no number
    commas: "np.ndarray"  # 1 where the decimal sign is a comma, 2 where it is a point, 0 where there is none
    absent: "np.ndarray"  # marks the examples whose question does not have the name
    words: list[str]
    unit_names: list[str]
    comma: bool
    written: bool = True

    @cached_property
    def missing(self) -> "np.ndarray":
        """Marks the examples without a value, whether the name stands there or not."""
        import numpy as np

        return np.isnan(self.numbers) & (self.codes == NO_WORD)

    @cached_property
    def filled(self) -> int:
        """The number of examples with a value."""
        return int((~self.missing).sum())

    @cached_property
    def kind(self) -> Kind:
        """What the field holds, judged by most of its values."""
        import numpy as np

        if not self.filled:
            return "empty"
        if (~np.isnan(self.numbers)).sum() >= MOSTLY * self.filled:
            return "number"
        few = len(self.words) <= FEW_WORDS and self.filled >= ROWS_PER_WORD * len(self.words)
        return "word" if few and not (self.codes == LONG_TEXT).any() else "text"

    @cached_property
    def word_counts(self) -> Counter[str]:
        """How often each word occurs."""
        import numpy as np

        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))
        return Counter(dict(zip(self.words, counts.tolist(), strict=True)))

    @cached_property
    def distinct(self) -> int:
        """The number of different values; numbers that agree in six digits are one."""
        import numpy as np

        values = self.numbers[~np.isnan(self.numbers)]
        return len(self.words) + len(np.unique(six_digits(values)))


def six_digits(values: "np.ndarray") -> "np.ndarray":
    """The numbers without the noise that computing leaves behind the sixth digit."""
    import numpy as np

    safe = np.where(values == 0, 1.0, np.abs(values))
    power = np.power(10.0, np.clip(5 - np.floor(np.log10(safe)), -300, 300))
    return np.round(values * power) / power


def make_field(name: str, cells: Iterable[str | None], sample: Sequence[str], *, written: bool = True) -> Field:
    """The field with these cells, None where the question does not have it; `sample` are some of its values."""
    maker = Maker(name, decimal_comma(sample))
    for cell in cells:
        maker.add(cell)
    return maker.made(written=written)


def decimal_comma(sample: Iterable[str]) -> bool:
    """Whether these numbers are written with a decimal comma: more of them than with a point."""
    commas = points = 0
    for value in islice(sample, _SAMPLE):
        if "," in value and _COMMA.fullmatch(value):
            commas += 1
        elif "." in value and _POINT.match(value):
            points += 1
    return commas > points


class Maker:
    """Takes the cells of a field one by one and packs them."""

    def __init__(self, name: str, comma: bool) -> None:
        self.name, self.comma = name, comma
        self.seen = 0  # cells that are there
        self._numbers = array("d")
        self._codes = array("i")
        self._units, self._decimals, self._commas, self._absent = bytearray(), bytearray(), bytearray(), bytearray()
        self._words: dict[str, int] = {}
        self._unit_names: dict[str, int] = {"": 0}
        self._known: dict[str, tuple[float, int, int, int, int]] = {}

    def add(self, cell: str | None) -> None:
        """Take the next cell."""
        self.seen += cell is not None
        if cell is None:
            number, code, unit, decimals, comma = math.nan, NO_WORD, 0, 255, 0
        elif cell in self._known:
            number, code, unit, decimals, comma = self._known[cell]
        else:
            number, code, unit, decimals, comma = seen = self._taken(cell)
            if len(self._known) < _REMEMBERED:
                self._known[cell] = seen
        self._numbers.append(number)
        self._codes.append(code)
        self._units.append(unit)
        self._decimals.append(decimals)
        self._commas.append(comma)
        self._absent.append(cell is None)

    def skip(self, n: int) -> None:
        """Take n cells that are not there."""
        for _ in range(n):
            self.add(None)

    def made(self, *, written: bool = True) -> Field:
        """The field."""
        import numpy as np

        return Field(
            self.name,
            np.frombuffer(self._numbers, float) if self._numbers else np.empty(0),
            np.frombuffer(self._codes, np.int32) if self._codes else np.empty(0, np.int32),
            np.frombuffer(bytes(self._units), np.uint8),
            np.frombuffer(bytes(self._decimals), np.uint8),
            np.frombuffer(bytes(self._commas), np.uint8),
            np.frombuffer(bytes(self._absent), bool),
            list(self._words),
            list(self._unit_names),
            self.comma,
            written,
        )

    def _taken(self, cell: str) -> tuple[float, int, int, int, int]:
        text = cell.strip()
        if not self.comma and (plain := _PLAIN.fullmatch(text)):  # most values by far: two expressions less for each
            whole, behind = plain["whole"], plain["behind"] or ""
            said = behind if whole.strip("+-0") else behind.lstrip("0")
            return float(text), NO_WORD, 0, min(len(said), 254), 2 if behind and not perhaps_thousands(text) else 0
        if is_nothing(text):
            return math.nan, NO_WORD, 0, 255, 0
        number, unit = number_of(text, comma=self.comma)
        if number is not None:
            at = min(self._unit_names.setdefault(unit, len(self._unit_names)), 255)
            mark = 0 if perhaps_thousands(text) else 1 if _COMMA.fullmatch(text) else 2 if "." in text else 0
            return number, NO_WORD, at, significant_decimals(text), mark
        if len(text) > LONGEST_WORD:
            return math.nan, LONG_TEXT, 0, 255, 0
        return math.nan, self._words.setdefault(text, len(self._words)), 0, 255, 0


def is_nothing(value: str) -> bool:
    """Whether a value is blank or one of the words that stand for "no value"."""
    return len(value) <= 9 and value.strip().casefold() in NOTHING


def decimal_parts(text: str) -> tuple[str, str, str, str] | None:
    """A number with digits behind its sign as (whole, sign, digits behind, rest); None for whole numbers and for powers of ten."""
    found = _DECIMAL.fullmatch(text)
    return None if found is None else (found["whole"], found["mark"], found["behind"], found["rest"])


def significant_decimals(text: str) -> int:
    """How many digits behind the decimal sign say something: of 0.00012 two, of 387.50 two."""
    parts = decimal_parts(text)
    if parts is None:
        return 0
    whole, _, behind, _ = parts
    return min(len(behind if whole.strip("+-−–0") else behind.lstrip("0")), 254)


def perhaps_thousands(text: str) -> bool:
    """Whether the sign in this number may part thousands: 1,234 or 1.234."""
    return _PERHAPS_THOUSANDS.fullmatch(text) is not None


def number_of(value: str, *, comma: bool = False) -> tuple[float | None, str]:
    """The number that a value is, with its unit; with `comma` "1,234" is one and a bit and "1.234" a thousand, without it the reverse."""
    if not value or len(value) > LONGEST_WORD or not any(map(str.isdigit, value)):
        return None, ""
    thousands = _PERHAPS_THOUSANDS.fullmatch(value)
    if thousands and (thousands["mark"] == ",") != comma:
        return _with_unit(thousands["number"].replace(thousands["mark"], ""), thousands["unit"])
    if _POINT.fullmatch(value):
        return _with_unit(value, "")
    found = _COMMA.fullmatch(value) if "," in value else None
    if found:
        return _with_unit(found["number"].replace(".", "").replace(",", "."), found["unit"])
    return parse_number(value)


def _with_unit(digits: str, unit: str | None) -> tuple[float | None, str]:
    number, unit = float(digits), (unit or "").strip().casefold()
    return (number, unit) if (not unit or unit in UNITS) and math.isfinite(number) else (None, "")
