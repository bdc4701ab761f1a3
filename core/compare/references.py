"""What a change is measured against: the day, week, month, quarter or year before, what is usual, a limit, a plan."""

import re
from collections.abc import Mapping
from typing import Final, Literal, get_args

Reference = Literal["day", "week", "month", "quarter", "year", "usual", "limit", "plan", "trend"]
REFERENCES: Final[tuple[Reference, ...]] = get_args(Reference)

# In names of fields, by their parts; the abbreviations are those of published energy data.
_IN_NAMES: Mapping[Reference, frozenset[str]] = {
    "day": frozenset("dod day daily yesterday harian hari kemarin".split()),
    "week": frozenset("wow week weekly mingguan minggu pekan".split()),
    "month": frozenset("mom month monthly bulanan bulan".split()),
    "quarter": frozenset("qoq quarter quarterly kuartal kuartalan triwulan triwulanan".split()),
    "year": frozenset("yoy year yearly annual tahun tahunan".split()),
    "usual": frozenset("usual normal typical baseline biasa normalnya lazim".split()),
    "limit": frozenset("limit max maximum threshold cap ceiling batas ambang maks maksimum".split()),
    "plan": frozenset(
        "plan planned target forecast expected budget prediction predicted rencana sasaran perkiraan prakiraan anggaran".split()
    ),
    "trend": frozenset("trend pattern tren pola direction arah".split()),
}

# In prose. "Today" and "this day" are what is measured, not what it is measured against; "the same day a week earlier" is a week.
_IN_PROSE: Mapping[Reference, str] = {
    "day": r"yesterday\w*|(?:day|24\s+hours|twenty-four\s+hours)\s+(?:before|earlier|ago|prior)|(?:previous|preceding|prior|last)\s+day"
    r"|(?:over|on|within|in)\s+(?:the|a|one)\s+day\b|day[\s-]+(?:on|over|to)[\s-]+day|from\s+day\s+to\s+day|daily(?!\s+(?:consumption|usage|use|total|demand|load|energy|reading|figure))|dod"
    r"|kemarin\w*|hari\s+(?:sebelumnya|lalu|kemarin)|sehari\s+(?:sebelumnya|lalu)|harian|dari\s+hari\s+ke\s+hari",
    "week": r"weeks?|weekly|wow|seven\s+days|7\s+days|seminggu|sepekan|minggu|mingguan|pekan|tujuh\s+hari",
    "month": r"months?|monthly|mom|(?:four|4)\s+weeks|(?:thirty|30)\s+days|the\s+four\s+before"
    r"|sebulan|bulan|bulanan|empat\s+(?:minggu|pekan)",
    "quarter": r"(?<!\ba )(?<!\bone )(?<!\bthree )quarters?|quarters?\s+(?:ago|earlier|before)|quarterly"
    r"|qoq|(?:three|3)\s+months|kuartal\w*|triwulan\w*|tiga\s+bulan",
    "year": r"years?|yearly|annual\w*|yoy|(?:twelve|12)\s+months|setahun|tahun|tahunan|dua\s+belas\s+bulan",
    "usual": r"usual\w*|normal\w*|typical\w*|average|customary|baseline|norm|ordinar\w+|habitual\w*|customar\w+"
    r"|biasa\w*|rata-rata|lazim\w*|wajar\w*|median",
    "limit": r"limits?|thresholds?|caps?|ceiling|maximum|allowed|permitted|batas\w*|ambang\w*|maksimum|maksimal",
    "plan": r"plan|planned|target\w*|forecast\w*|expect(?:ed|ation)s?|budget\w*|predict\w+"
    r"|rencana\w*|sasaran|perkiraan|prakiraan|anggaran|prediksi",
    "trend": r"trend\w*|pattern|tren\w*|pola",
}
# the longer name of a time first: "four weeks" is a month, "three months" a quarter
_ORDER: tuple[Reference, ...] = ("day", "year", "quarter", "month", "week", "usual", "limit", "plan", "trend")
_PROSE = re.compile("|".join(rf"(?P<{name}>\b(?:{_IN_PROSE[name]})\b)" for name in _ORDER), re.IGNORECASE)
# A time that something is to be done in, not one that is compared with: "this week", "within a month", "tomorrow", "every day"
_WHEN = re.compile(
    r"\b(?:this|next|coming|every|each|per|within|until|by\s+the\s+end\s+of|end\s+of|once\s+an?|"
    r"later\s+(?:this|that)|for\s+an?|in\s+an?)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_THEN_BEHIND = re.compile(r"\s+(?:ago|earlier|before)\b", re.IGNORECASE)  # "the figure for a week earlier"
_WHEN_BEHIND = re.compile(r"\s+(?:ini|depan|mendatang|berikutnya)\b", re.IGNORECASE)
_NAME_PARTS = re.compile(r"[^\W_]+")


def parts_of(name: str) -> list[str]:
    """The words that a field's name is made of, in small letters; camelCase is cut, too."""
    return [part.casefold() for part in _NAME_PARTS.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name))]


def of_field(name: str) -> frozenset[Reference]:
    """What a field's name is measured against."""
    parts = set(parts_of(name))
    return frozenset(reference for reference, words in _IN_NAMES.items() if parts & words)


def in_prose(text: str, start: int = 0, end: int | None = None) -> frozenset[Reference]:
    """What a stretch of prose compares with, by name."""
    stop = len(text) if end is None else end
    named: set[Reference] = set()
    for found in _PROSE.finditer(text, start, stop):
        kind = found.lastgroup
        if kind in ("week", "month", "quarter", "year"):
            to_do = _WHEN.search(text[max(start, found.start() - 24) : found.start()]) and not _THEN_BEHIND.match(text, found.end())
            if to_do or _WHEN_BEHIND.match(text, found.end()):
                continue
        named.update(one for one in REFERENCES if one == kind)
    return frozenset(named)
