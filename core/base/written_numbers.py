"""Numbers as they stand in prose: where they are, what they are worth, and another number written in the same way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal

from core.base.readings import PERCENT

_RUN = re.compile(r"\d(?:[\d.,:/’'\u00a0\u202f–-]*\d)?")  # digits and whatever may stand inside a number, a date, a time or a range
# Dates, times, fractions and version numbers are not what a meter measured: an advice to come at 10:30 is true of every reading.
_NO_NUMBER = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{1,2}:\d{2}(:\d{2})?([–-]\d{1,2}:\d{2})?|\d/\d|24/7|\d+(\.\d+){2,}"
)
_BETWEEN = re.compile(r"[:/–-]")  # of a range or a ratio: two numbers
_FORMS = (  # thousands separator, decimal sign
    (re.compile(r"[1-9]\d{0,2}([,\u00a0\u202f’'])\d{3}(?:\1\d{3})*(?:\.\d+)?"), "."),
    (re.compile(r"[1-9]\d{0,2}(\.)\d{3}(?:\.\d{3})*,\d+"), ","),
    (re.compile(r"\d+()(?:\.\d+)?"), "."),
    (re.compile(r"0(),\d+|\d+(),(?:\d{1,2}|\d{4,})"), ","),  # three digits behind a comma are thousands
)
_SIGNS = "-−+"
_PERCENT_BEHIND = re.compile(r"[ \u00a0\u202f]?%")
_PERCENT_SAID = re.compile(r"[\s-]?(?:%|per\s?cent|persen\b)", re.IGNORECASE)
_WORD_BEHIND = re.compile(r"[\s-]?(°?(?:[cdk]?m[23](?!\w)|[^\W\d_]+[²³]?)(?:/[^\W\d_]+)?)")  # "m3" is how keyboards write m³
# "3rd" and "7 am" are an ordinal and a time of day
_ORDINAL_OR_HOUR = re.compile(r"(?:st|nd|rd|th)\b|\s?[ap]\.?m\b|\s?o[’']clock\b", re.IGNORECASE)
_LIST_MARK = re.compile(r"(?:^|\n)[ \t]*\(?\d+[.)][ \t]")
_AS_LONG_AS_NEEDED = Context(prec=1000)  # the largest float has 309 digits, the smallest begins after 323 zeros


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number in a text, with its sign and a percent sign: `text` is what stands from `start` to `end`.

    `value` is signed as written and `decimals` are the digits shown behind the point. `unit` is the word that follows, in small letters,
    "%" for a percentage however it is put; an empty text where none follows.
    """

    start: int
    end: int
    text: str
    value: float
    decimals: int
    unit: str
    thousands: str = ""
    point: str = "."

    @property
    def sign(self) -> str:
        """The sign as written, or an empty text."""
        return self.text[0] if self.text[0] in _SIGNS else ""

    @property
    def is_percentage(self) -> bool:
        """Whether it is said to be in percent."""
        return self.unit == PERCENT


def numbers_in(text: str) -> list[WrittenNumber]:
    """The numbers of a text in order, those in words ("three"), inside words ("CO2"), dates, times, ordinals and list marks left out."""
    marks = {at for found in _LIST_MARK.finditer(text) for at in range(*found.span())}
    out: list[WrittenNumber] = []
    for run in _RUN.finditer(text):
        start = run.start()
        inside_word = start > 0 and (text[start - 1].isalpha() or text[start - 1] == "_")
        if inside_word or start in marks or _NO_NUMBER.fullmatch(run[0]) or _ORDINAL_OR_HOUR.match(text, run.end()):
            continue
        numbers = [_number(text, begin, end) for begin, end in _parts(run[0], start)]
        # "10-12%": the unit behind a range is that of both
        out.extend(replace(number, unit=number.unit or numbers[-1].unit) for number in numbers)
    return out


def written_like(number: WrittenNumber, value: float) -> str:
    """A value in the style of a number: its decimals, separators and percent sign, and a sign only where the number shows one.

    What would be rounded to nothing gets further decimals until one of its digits shows: 0.3 in the style of "12%" is "0.3%", not "0%".
    """
    exact = abs(Decimal(repr(value)))
    decimals = number.decimals
    while exact and round_half_up(exact, decimals) == 0:
        decimals += 1
    rounded = round_half_up(exact, decimals)
    whole, _, rest = f"{rounded:,f}".partition(".")
    digits = whole.replace(",", number.thousands) + (number.point + rest if rest else "")
    if not number.sign or not exact:
        sign = ""
    elif (value < 0) == (number.sign != "+"):
        sign = number.sign
    else:
        sign = "-" if value < 0 else "+"
    tail = _PERCENT_BEHIND.search(number.text)
    return sign + digits + (tail[0] if tail else "")


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Rounded as people do it by hand: 12.5 is 13."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _AS_LONG_AS_NEEDED)


def _parts(run: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the numbers of a run of digits lie: the run itself where it is one number, else the parts of a range or a list."""
    if any(form.fullmatch(run) for form, _ in _FORMS):
        yield start, start + len(run)
        return
    pieces = _BETWEEN if _BETWEEN.search(run) else re.compile(r"\D")
    at = 0
    for gap in [*pieces.finditer(run), None]:
        end = gap.start() if gap else len(run)
        if end > at:
            yield from _parts(run[at:end], start + at)
        at = gap.end() if gap else end


def _number(text: str, start: int, end: int) -> WrittenNumber:
    digits = text[start:end]
    found, point = next((match, point) for form, point in _FORMS if (match := form.fullmatch(digits)))
    thousands = found[1] or ""
    plain = digits.replace(thousands, "") if thousands else digits
    plain = plain.replace(point, ".")
    value = float(plain)
    # a dash between two words or digits joins them
    if start > 0 and text[start - 1] in _SIGNS and not (start > 1 and (text[start - 2].isalnum() or text[start - 2] in ")%")):
        start -= 1
        value = value if text[start] == "+" else -value
    word = _WORD_BEHIND.match(text, end)
    unit = PERCENT if _PERCENT_SAID.match(text, end) else word[1].casefold() if word else ""
    if percent := _PERCENT_BEHIND.match(text, end):
        end = percent.end()
    return WrittenNumber(start, end, text[start:end], value, len(plain.partition(".")[2]), unit, thousands, point)
