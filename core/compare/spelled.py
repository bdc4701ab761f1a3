"""Numbers in words, in English and Indonesian: "twelve percent" and "dua belas persen" are 12%."""

import re
from collections.abc import Sequence

from core.base.readings import PERCENT, UNITS
from core.base.written_numbers import WrittenNumber

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ENGLISH = {word: value for value, word in enumerate(_ONES.split())} | {
    word: 10 * (value + 2) for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
}
_ENGLISH_TIMES = {"hundred": 100, "thousand": 1000}
_INDONESIAN = {word: value for value, word in enumerate("nol satu dua tiga empat lima enam tujuh delapan sembilan".split())} | {
    "sepuluh": 10,
    "sebelas": 11,
    "seratus": 100,
    "seribu": 1000,
}
_INDONESIAN_TIMES = {"belas": 1, "puluh": 10, "ratus": 100, "ribu": 1000}
_POINTS = {"point", "koma"}
_WORDS = "|".join(sorted({*_ENGLISH, *_ENGLISH_TIMES, *_INDONESIAN, *_INDONESIAN_TIMES, *_POINTS}, key=len, reverse=True))
_RUN = re.compile(rf"\b(?:{_WORDS})(?:(?:[ \t]+|-|[ \t]+and[ \t]+)(?:{_WORDS}))*\b", re.IGNORECASE)
_PERCENT = re.compile(r"[\s-]{0,3}(?:%|per\s?cent(?:age)?\b|persen\b)", re.IGNORECASE)
_UNIT = re.compile(r"[\s-]{0,3}([^\W\d_]+[²³]?)")


def spelled_numbers(text: str) -> list[WrittenNumber]:
    """The numbers in words that measure something: those in percent or with a unit. "Three pumps" and "one" are how people count."""
    out = []
    for found in _RUN.finditer(text):
        value, decimals = number_of(re.split(r"[\s-]+", found[0].casefold()))
        unit = _UNIT.match(text, found.end())
        percent = _PERCENT.match(text, found.end())
        called = PERCENT if percent else unit[1].casefold() if unit and len(unit[1]) > 1 else ""
        if value is not None and (percent or called in UNITS):
            out.append(WrittenNumber(found.start(), found.end(), found[0], value, decimals, called))
    return out


def number_of(words: Sequence[str]) -> tuple[float | None, int]:
    """The number, below a million, that words in small letters say, and its digits behind the point; None where they say none."""
    point = next((at for at, word in enumerate(words) if word in _POINTS), len(words))
    whole, digits = [word for word in words[:point] if word != "and"], words[point + 1 :]
    value = _english(whole) if all(word in _ENGLISH or word in _ENGLISH_TIMES for word in whole) else _indonesian(whole)
    if value is None or (point < len(words) and not digits):
        return None, 0
    behind = [_ENGLISH.get(word, _INDONESIAN.get(word, 10)) for word in digits]
    if any(digit > 9 for digit in behind):
        return None, 0
    return float(f"{value}.{''.join(map(str, behind)) or 0}"), len(behind)


def _english(words: Sequence[str]) -> int | None:
    total, part, last = 0, 0, 1000
    if not words:
        return None
    for word in words:
        if word == "hundred":
            part, last = (part or 1) * 100, 100
        elif word == "thousand":
            total, part, last = total + (part or 1) * 1000, 0, 1000
        else:
            value = _ENGLISH[word]
            # "twenty five" is 25; "five twenty" and "nine twelve" are two numbers
            if (value < 10 and last < 20) or (value >= 10 and last < 100):
                return None
            part, last = part + value, value if value >= 20 else 1
    return total + part


def _indonesian(words: Sequence[str]) -> int | None:
    total, part, digit = 0, 0, None
    if not words:
        return None
    for word in words:
        if word in _INDONESIAN_TIMES:
            if digit is None and word != "ribu":
                return None
            if word == "belas":
                part += 10 + (digit or 0)
            elif word == "ribu":
                total, part = total + (part + (digit or 0) or 1) * 1000, 0
            else:
                part += (digit or 0) * _INDONESIAN_TIMES[word]
            digit = None
        elif word in _INDONESIAN and digit is None:
            value = _INDONESIAN[word]
            if value == 1000:
                total += value
            elif value >= 10:
                part += value
            else:
                digit = value
        else:
            return None
    return total + part + (digit or 0)
