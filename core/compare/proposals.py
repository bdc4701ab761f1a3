"""Numbers that an advice proposes, such as a limit to set or a step to take: they need not come from the reading."""

import re

from core.compare.clauses import Cuts
from core.compare.direction_words import CONDITION
from core.compare.references import in_prose

_NEAR, _WIDE = 40, 200  # characters; a page without a full stop must not hold the page up
_SETTING = (
    r"set|keep|hold|limit|cap|restrict|lower|raise|reduce|cut|drop|increase|decrease|turn|bring|maintain|adjust|aim|target|allow|trim|shift|"
    r"alert|trigger|warn|flag|alarm|move|push|widen|tighten|narrow|throttle|dial|wind|ease|bump|nudge|stay|leave|budget|plan|run|try|use|"
    r"add|give|swap|replace|fit|expect|tolerate|accept|treat|call|notify|setel|configure|programme?|schedule|"
    r"atur|setel|jaga|batasi|turunkan|naikkan|kurangi|tambah|pertahankan|geser|pasang|tetapkan|usahakan|targetkan"
)
# An order begins its clause, perhaps behind a word of politeness or of duty; so does "consider lowering"
_ORDERED = re.compile(
    rf"^\W*(?:(?:please|then|also|next|first|otherwise|ideally|now|just|mohon|tolong|lalu|kemudian|sebaiknya)\W+)*"
    rf"(?:(?:do\s+not|don['’]t|never|try\s+to|make\s+sure\s+to|remember\s+to|jangan)\s+)?(?:{_SETTING})\b(?!\s+(?:an\s+eye|against|beside|note|track|in\s+mind)\b)",
    re.IGNORECASE,
)
_DUTY = re.compile(
    rf"\b(?:(?:asked|told|reminded|requested|urged|required|invited|diminta)\s+to|should|must|ought\s+to|need(?:s)?\s+to|could|can|may|might|would|recommend\w*(?:\s+to)?|suggest\w*(?:\s+to)?|advis\w+(?:\s+to)?|consider|"
    rf"worth|by|try|propose|untuk|agar|sebaiknya|perlu|disarankan|dianjurkan|hendaknya|harus|dapat|bisa|maybe|perhaps|better)\s+(?:saya\s+|kita\s+|kami\s+)?(?:\w+ly\s+)?(?:be\s+)?"
    rf"(?:{_SETTING}|setting|keeping|holding|limiting|capping|lowering|raising|reducing|cutting|dropping|increasing|turning|bringing|adjusting|"
    rf"trimming|shifting|moving|menurunkan|menaikkan|mengurangi|menambah|membatasi|menjaga|mengatur|menyetel|menggeser|mempertahankan|"
    rf"(?:kept|held|limited|capped|restricted|lowered|raised|reduced|turned|adjusted|trimmed|brought))\b",
    re.IGNORECASE,
)
# "I would be happy with 10% less"
_WISH = re.compile(
    r"\b(?:happy\s+with|hop(?:e|ing)\s+for|would\s+like|['’]d\s+like|want|"
    r"wish\s+for|settle\s+for|go\s+for|mau|ingin|berharap)\b",
    re.IGNORECASE,
)
# A limit or an aim that is named beside the number
_LIMIT = (
    r"thresholds?|tolerances?|limits?|alarms?|alerts?|target|goal|set-?\s?points?|ceiling|band|trigger|"
    r"ambang|batas|toleransi|setelan|sasaran"
)
_LIMIT_BEFORE = re.compile(rf"\b(?:{_LIMIT})\b[^.;\d]{{0,24}}$", re.IGNORECASE)
_LIMIT_BEHIND = re.compile(rf"\s*(?:%|[\w°³²]+)?\s*(?:{_LIMIT})\b", re.IGNORECASE)
# "the 12% rise" speaks of what was measured, wherever it stands
# "Reducing the supply temperature by 1.5 °C could save ..."
_GERUND = re.compile(r"^\W*(?:\w+ly\s+)?\w+ing\b", re.IGNORECASE)
_MODAL = re.compile(r"\b(?:could|would|may|might|can|should|will|must|helps?)\b", re.IGNORECASE)
# "LEDs typically save 50%": so it is in general
_IN_GENERAL = re.compile(
    r"\b(?:typically|usually|generally|commonly|often|as\s+a\s+rule|up\s+to|biasanya|umumnya|lazimnya)\b", re.IGNORECASE
)
_RANGE_BEFORE = re.compile(r"(\d[\d.,]*)\s*(?:%|°?[\w³²]{1,3})?\s+(?:and|or|to|dan|sampai|hingga|atau)\s+$", re.IGNORECASE)
_TIMES = frozenset({"day", "week", "month", "quarter", "year"})
_KNOWN = re.compile(r"\b(?:the|this|that|these|its|your|our|their|today['’]s)\s+(?:[\w'’-]+\s+)?$", re.IGNORECASE)


def is_proposed(text: str, cuts: Cuts, start: int, end: int) -> bool:
    """Whether the number from `start` to `end` belongs to an order, a condition or a limit, and not to what was measured."""
    clause, sentence = cuts.clause(start, end), cuts.sentence(start, end)
    if first := _RANGE_BEFORE.search(text, max(sentence.start, start - _NEAR), start):  # "between 40% and 60%"
        return is_proposed(text, cuts, *first.span(1))
    before = text[max(clause.start, start - _WIDE) : start]
    stop = min(clause.end, end + _WIDE)
    named = in_prose(text, max(clause.start, start - _WIDE), stop)
    if _IN_GENERAL.search(before) and not named & _TIMES:
        return True
    if _KNOWN.search(before) or named - {"limit", "plan", "trend"}:
        return False
    if _GERUND.match(before) and _MODAL.search(text, start - len(before), stop):
        return True
    if CONDITION.match(before.lstrip()) or _ORDERED.search(before) or _DUTY.search(before) or _WISH.search(before):
        return True
    led = text[sentence.start : clause.start]
    if CONDITION.match(led.lstrip()) and "," not in led:
        return True
    return bool(_LIMIT_BEFORE.search(before[-_NEAR:]) or _LIMIT_BEHIND.match(text[end : end + _NEAR]))
