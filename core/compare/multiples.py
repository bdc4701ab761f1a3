"""Words for how much a number changed: "doubled", "a third lower", "half as much", in English and Indonesian."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.compare.changes import Change
from core.compare.clauses import Cuts
from core.compare.direction_words import CONDITION, NEGATED, WORD, is_supposed
from core.compare.references import in_prose

_ROUGHLY, _OF_SIZE = 4.0, 0.12  # "a third" is anything from 25% to 41%; "doubled" from 84% to 116%
_WIDER = 2.5  # behind "nearly", "more than" and their like
_WORDS = dict(zip("two three four five six seven eight nine ten".split(), range(2, 11), strict=True)) | dict(
    zip("dua tiga empat lima enam tujuh delapan sembilan sepuluh".split(), range(2, 11), strict=True)
)
_NUMBER = "|".join(_WORDS)
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_ENGLISH = rf"(?P<top>an?|one|some|two|three|four|five)(?:\s+(?:good|full|whole|solid|bare|mere))?\s+(?P<bottom>{'|'.join(_PARTS)})s?"
_BAGIAN = {"setengah": 1 / 2, "separuh": 1 / 2, "separo": 1 / 2, "sepertiga": 1 / 3, "seperempat": 1 / 4, "seperlima": 1 / 5,
           "sepersepuluh": 1 / 10, "dua pertiga": 2 / 3, "tiga perempat": 3 / 4, "dua perlima": 2 / 5}  # fmt: skip
_OF_BEFORE = r"(?:of|what|that|as|the|yesterday|last|dari|kemarin|hari|minggu|bulan|pekan)"
_NO_AGAIN = r"(?!\s+(?:much\s+|high\s+)?again)"
# What is said to be so many times as much: the change is known with its sign
_TIMES: Final = re.compile(
    rf"\b(?:(?P<twice>doubl(?:ed|es|ing)|double(?=\s+(?:that|what|the|of|yesterday|last))|twice(?=\s+(?:as|that|what|the|yesterday|last))|two-?\s?fold|"
    rf"(?:dua\s+kali|berlipat)\s+(?:lipat|ganda|dua))"
    rf"|(?P<thrice>tripl(?:ed|es|ing)|trebl(?:ed|es|ing)|triple(?=\s+(?:that|what|the|of))|three-?\s?fold)"
    rf"|(?P<four>quadrupl(?:ed|es|ing)|four-?\s?fold)"
    rf"|(?P<more>(?:one\s+and\s+a\s+half|satu\s+setengah)\s+(?:times|kali)|half\s+as\s+(?:much|high|many|large|big)\s+again|half\s+again|(?<!\ba\s)half\s+(?:more|higher))"
    rf"|(?P<half>halv(?:ed|es|ing)(?!\s+of)|half(?=\s+(?:of\s+)?(?:what|that|as|the\s+(?:level|figure|amount|usage|load|draw|previous|same|day|week|month)|yesterday|last|a\s+(?:day|week|month)\s+(?:ago|earlier|before))){_NO_AGAIN}(?!\s+as\s+\w+\s+again)|in\s+half"
    rf"|(?:setengah|separuh|separo)(?:nya)?(?=\s+(?:dari|kemarin|hari|minggu|bulan|pekan)))"
    rf"|(?P<n>{_NUMBER})\s+(?:times|kali)\s+(?:lipat|as|that|the|what|higher|more|greater|dari|lebih|yesterday|last))\b",
    re.IGNORECASE,
)
_PART: Final = re.compile(rf"\b(?:{_ENGLISH}|by\s+(?P<byhalf>half){_NO_AGAIN}|(?P<bagian>{'|'.join(_BAGIAN)})(?:nya)?)\b", re.IGNORECASE)
_BY = re.compile(
    r"\b(?:by|up|down|off|of|lost|gained|saved|shed|added|naik|turun|sebesar|berkurang|bertambah|menurun|meningkat)\s+"
    r"(?:(?:about|roughly|around|some|almost|nearly|over|more\s+than|less\s+than|close\s+to|well\s+over|just\s+over|just\s+under|a\s+good|sekitar|hampir|lebih\s+dari|kira-kira)\s+)?$",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\s*(?:[.,;:!?)]|$|\s(?:on|from|against|since|compared|versus|vs|over|relative|than|in|after|to|dari|dibanding\w*|sejak|terhadap)\b)"
)
_DIRECTION_BEHIND = re.compile(
    r"\s+(?:\w+ly\s+)?(?:more|less|up|down|off|above|below|over|under|lebih|di\s+atas|di\s+bawah)\b", re.IGNORECASE
)
_SHARE_BEHIND = re.compile(
    r"\s+(?:of\s+)?(?:what|that|yesterday|last|the\s+(?:level|figure|amount|usage|load|draw|total|previous|same|day|week|month))\b|\s+dari\s+(?:kemarin|hari|minggu|bulan|pekan)\b",
    re.IGNORECASE,
)
_LEFT_BEFORE = re.compile(r"\b(?:to|only|just|merely|barely|tinggal|hanya|cuma|menjadi)\s+(?:about\s+|sekitar\s+)?$", re.IGNORECASE)
_LOOSE = re.compile(
    r"\b(?:nearly|almost|close\s+to|not\s+quite|more\s+than|over|well\s+over|less\s+than|under|at\s+least|hampir|lebih\s+dari|kurang\s+dari|mendekati)\s+(?:\w+\s+)?$",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"^\W*(?:please\s+)?(?:cut|halve|double|reduce|lower|raise|increase|trim|drop|turn|kurangi|turunkan|naikkan)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Multiple:
    """A change said in words, from `start` to `end`: `percents` are what it may mean, without a sign where `signed` is false."""

    text: str
    start: int
    end: int
    percents: tuple[float, ...]
    signed: bool
    loose: bool

    def says(self, percent: float) -> bool:
        """Whether it is true of a change, as loosely as people mean it."""
        size = percent if self.signed else abs(percent)
        wide = _WIDER if self.loose else 1.0
        return any(abs(size - one) <= wide * (_ROUGHLY + _OF_SIZE * abs(one)) for one in self.percents)


def multiples(text: str, cuts: Cuts) -> list[Multiple]:
    """What a text says as a fact of how much something changed; orders, conditions and denials are none."""
    return [one for one in (*_times(text), *_parts(text)) if _is_fact(one, text, cuts)]


def unexplained(text: str, cuts: Cuts, known: Sequence[Change]) -> list[Multiple]:
    """Those that no change explains: the one that the clause or else the sentence names, or where nothing is named any of them."""
    sized = [change for change in known if change.percent is not None]
    return [
        one
        for one in multiples(text, cuts)
        if (meant := _meant(one, text, cuts, sized)) and not any(one.says(change.percent or 0.0) for change in meant)
    ]


def _meant(one: Multiple, text: str, cuts: Cuts, sized: Sequence[Change]) -> list[Change]:
    for stretch in (cuts.clause(one.start, one.end), cuts.sentence(one.start, one.end)):
        named = in_prose(text, stretch.start, stretch.end)
        if named:
            return [change for change in sized if change.references & named]
    return list(sized)


def _times(text: str) -> Iterator[Multiple]:
    fixed: Mapping[str, float] = {"twice": 100.0, "thrice": 200.0, "four": 300.0, "more": 50.0, "half": -50.0}
    for found in _TIMES.finditer(text):
        percents = tuple(value for name, value in fixed.items() if found[name])
        if found["n"]:
            times = _WORDS[found["n"].casefold()]
            percents = ((times - 1) * 100.0, times * 100.0) if re.search(r"more|higher|greater|lebih", found[0]) else ((times - 1) * 100.0,)
        yield _made(text, found, percents, signed=True)


def _parts(text: str) -> Iterator[Multiple]:
    for found in _PART.finditer(text):
        if found["byhalf"]:
            yield _made(text, found, (50.0,), signed=False)
            continue
        if found["bagian"]:
            size = 100 * _BAGIAN[re.sub(r"\s+", " ", found["bagian"].casefold())]
        else:
            size = 100 * _WORDS.get(found["top"].casefold(), 1) / _PARTS[found["bottom"].casefold()]
        behind, before = text[found.end() : found.end() + 32], text[max(0, found.start() - 32) : found.start()]
        if found["bagian"] in ("setengah", "separuh", "separo") and not _BY.search(before) and _SHARE_BEHIND.match(behind):
            continue  # found by _TIMES
        is_left = found["bagian"] and _LEFT_BEFORE.search(before)
        if is_left or (_SHARE_BEHIND.match(behind) and not _BY.search(before)):
            yield _made(text, found, (size - 100,), signed=True)
        elif (
            _DIRECTION_BEHIND.match(behind)
            or ((word := WORD.match(behind.lstrip())) and word.lastgroup != "flat")
            or (_BY.search(before) and _ENDS.match(text, found.end()))
        ):
            yield _made(text, found, (size,), signed=False)


def _made(text: str, found: re.Match[str], percents: tuple[float, ...], *, signed: bool) -> Multiple:
    loose = bool(_LOOSE.search(text[max(0, found.start() - 24) : found.start()]))
    return Multiple(found[0], found.start(), found.end(), percents, signed, loose)


def _is_fact(one: Multiple, text: str, cuts: Cuts) -> bool:
    clause, sentence = cuts.clause(one.start, one.end), cuts.sentence(one.start, one.end)
    before = text[clause.start : one.start]
    if is_supposed(before) or NEGATED.search(before) or CONDITION.match(text[sentence.start : one.start].lstrip()):
        return False
    return not _ORDERED.match(text[clause.start : one.end])
