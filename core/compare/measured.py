"""The numbers of a text that measure something, and the values that each may stand for."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.base.grounding import COUNTED, MOST_DECIMALS
from core.base.readings import UNITS
from core.base.written_numbers import WrittenNumber, numbers_in
from core.compare.quantities import Quantity
from core.compare.references import parts_of
from core.compare.spelled import spelled_numbers

MOST_NUMBERS = 300  # of an answer; a page of nothing but numbers must not hold the page up
_SLACK = 1e-9  # of the half that rounding allows: 12.45 is not exactly 12.45 in a computer
_ABOUT = 0.05  # "about 160" may be 155: so much of a number, and no more than its last digit that is not 0
_NEAR = 24  # characters before a number that tell what it is

_TIME = re.compile(r"(second|minute|hour|day|week|month|quarter|year)s?|(detik|menit|jam|hari|minggu|pekan|bulan|kuartal|tahun)")
_IN_TIME = re.compile(r"\b(?:in|within|after|every|each|next|for|another|last|past|the|dalam|setiap|selama|tiap|setelah)\s$", re.IGNORECASE)
# Words before a number that names something: "room 204", "ticket #4471"
_NAMES = """
number nr id ref reference code room floor level unit meter device sensor pump valve zone line step phase channel panel circuit building
block gate hall site station machine tank boiler ticket case order invoice contract account extension ext call dial phone tel version page
section chapter row item point option task stage team shift route port rack cell standard iso en din article appendix error fault alarm
nomor ruang ruangan kamar lantai gedung pompa mesin tiket telepon hubungi langkah tahap halaman pasal baris kode saluran blok zona jalur
week minggu
"""
_SECTION_BEFORE = re.compile(
    r"\b(?:sections?|chapters?|clauses?|versions?|figures?|tables?|articles?|appendix|paragraphs?|bab|pasal|bagian|tabel|gambar|versi)\s$",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(r"(?<![A-Za-z])[A-Za-z]{1,5}-$")  # "WO-2231"
_PEOPLE = frozenset(
    "votes people persons staff employees colleagues men women members tenants residents pages copies orang suara karyawan".split()
)
_SHORT_TIMES = frozenset({"min", "mins", "h", "hr", "hrs", "d", "s", "sec", "secs"})
_LONG_TIMES = frozenset({"second", "seconds", "minute", "minutes", "hour", "hours", "days", "runtime", "jam", "menit", "detik"})
_NAMED = re.compile(rf"(?:#\s?|\bno\.?\s|\b(?:{'|'.join(_NAMES.split())})\.?\s)[(\"'“]?$", re.IGNORECASE)
_GROUP_BEFORE = re.compile(r"(?<![.,\d])\d{2,6}[ -]$")
_YEARS = range(1900, 2100)
_MONTHS = frozenset(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
    januari februari maret mei juni juli agustus oktober desember
    """.split()
)
_MONTH_BEFORE = re.compile(rf"\b(?:{'|'.join(sorted(_MONTHS))})\.?\s$", re.IGNORECASE)
_CLOCK_BEFORE = re.compile(r"\b(?:pukul|jam|at|before|after|until|by|from)\s$", re.IGNORECASE)
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3])\.[0-5]\d")
_ABOUT_BEFORE = re.compile(
    r"\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|some|over|under|above|below|more than|less than|at least|close to|"
    r"just|circa|ca\.?|sekitar|kira-kira|hampir|kurang lebih|lebih dari|kurang dari|mendekati)\s(?:than\s|to\s|the\s)?$|[~≈]\s?$",
    re.IGNORECASE,
)
_THOUSANDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "ribu": 1e3, "juta": 1e6, "miliar": 1e9}
_TWO_WAYS = re.compile(r"\d{1,3}[.,]\d{3}")  # 1.234 and 1,234 are a thousand here and one and a bit there


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read a number, and whether the words before it make it a round one."""

    number: WrittenNumber
    about: bool

    def says(self, value: float, slack: float = 0.0) -> bool:
        """Whether it says this value, give or take `slack`: rounded or cut to the digits that it shows, with or without its sign."""
        number = self.number
        if not math.isfinite(number.value) or number.decimals > MOST_DECIMALS:
            return False
        if number.sign and value and (number.value < 0) != (value < 0):
            return False
        size, shown = abs(value), abs(number.value)
        step: float = 10.0**-number.decimals
        if abs(size - shown) <= step / 2 * (1 + _SLACK) + slack:
            return True
        if number.decimals and 0 <= size - shown < step * (1 - _SLACK):  # cut instead of rounded: 23.578 as 23.57
            return True
        if self.about and shown >= COUNTED and not number.decimals:
            zeros = len(str(int(shown))) - len(str(int(shown)).rstrip("0"))
            return abs(size - shown) <= min(10.0**zeros, _ABOUT * size)
        return False


def measured(text: str, given: Sequence[Quantity]) -> list[WrittenNumber]:
    """The numbers of a text that measure something, in digits and in words, in order; `given` is what its question says in numbers.

    Dates, times of day, spans of time, identifiers and telephone numbers do not, nor do bare whole numbers below ten, which count things.
    """
    numbers = sorted((*numbers_in(text), *spelled_numbers(text)), key=lambda one: one.start)[:MOST_NUMBERS]
    return [one for one in numbers if not _is_said_anyway(one, text, given)]


def ways(number: WrittenNumber, text: str) -> list[Way]:
    """A number of a text as it was read, and as it would be read elsewhere: 1.234 may be a thousand, and "1.2 thousand" is one."""
    read = [number]
    digits = number.text.strip("-−+% \u00a0\u202f")
    if _TWO_WAYS.fullmatch(digits) and not digits.startswith("0"):
        mark = "." if "." in digits else ","
        sign = -1 if number.value < 0 else 1
        read.append(replace(number, value=sign * float(digits.replace(mark, "")), decimals=0))
        read.append(replace(number, value=sign * float(digits.replace(mark, ".")), decimals=3))
    if number.unit in _THOUSANDS:
        times = _THOUSANDS[number.unit]
        read.append(replace(number, value=number.value * times, decimals=number.decimals - round(math.log10(times)), unit=""))
    about = bool(_ABOUT_BEFORE.search(text[max(0, number.start - _NEAR) : number.start]))
    return [Way(one, about) for one in read]


def _is_said_anyway(number: WrittenNumber, text: str, given: Sequence[Quantity]) -> bool:
    whole, before = not number.decimals, text[max(0, number.start - _NEAR) : number.start]
    if number.is_percentage or number.unit in UNITS - {"a", "min", "h", "d", "s"}:
        return False
    if time := _TIME.fullmatch(number.unit):
        word = time[1] or time[2]
        lasting = (one for one in given if one.name and not one.references)  # "running_hours", not "week_over_week"
        return bool(_IN_TIME.search(before)) or not any({word, word + "s"} & set(parts_of(one.name)) for one in lasting)
    if number.unit in _SHORT_TIMES:
        return not any(one.unit in _SHORT_TIMES or _LONG_TIMES & set(parts_of(one.name)) for one in given)
    if _SECTION_BEFORE.search(before):
        return True
    if whole and (_NAMED.search(before) or _CODE_BEFORE.search(before) or _is_dialled(number, text)):
        return True
    if whole and number.value in _YEARS and len(number.text) == 4:
        return not any(Way(number, about=False).says(one.value) for one in given)
    if whole and number.unit in _PEOPLE and not any(number.unit in parts_of(one.name) for one in given):
        return True
    if number.unit in _MONTHS or (whole and _MONTH_BEFORE.search(before)):
        return True
    if _CLOCK.fullmatch(number.text) and _CLOCK_BEFORE.search(before):
        return True
    return whole and abs(number.value) < COUNTED and number.unit not in UNITS - {"a"}


def _is_dialled(number: WrittenNumber, text: str) -> bool:
    """Whether a number is a group of a telephone or serial number: it begins with a nought, or a group stands before it."""
    digits = number.text.lstrip("+-")
    return (len(digits) > 1 and digits[0] == "0") or bool(_GROUP_BEFORE.search(text[max(0, number.start - 8) : number.start]))
