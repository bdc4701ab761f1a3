"""Words that say which way a number went, in English and Indonesian, and words around them that make it no statement of fact."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_FILE = Path(__file__).with_name("direction_words.toml")

WAYS: Final[Mapping[str, int]] = {"up": 1, "down": -1, "flat": 0, "upbeside": 1, "downbeside": -1}


def _pattern(words: Mapping[str, list[str]]) -> re.Pattern[str]:
    """Any of the words, as a group named after its way; what holds nothing is tried first: "barely moved up" is no rise."""
    moved = rf"(?:{'|'.join(words['motion'])})"
    groups = {"flat": ("flat_en", "flat_id"), "up": ("up_en", "up_id"), "down": ("down_en", "down_id")}
    named = groups | {"upbeside": ("up_beside",), "downbeside": ("down_beside",)}
    parts = (rf"(?P<{name}>{'|'.join(part for list_ in lists for part in words[list_])})" for name, lists in named.items())
    return re.compile(rf"\b(?:{'|'.join(parts)})\b".replace("{motion}", moved), re.IGNORECASE)


WORD: Final = _pattern(tomllib.loads(_FILE.read_text("utf-8")))
# "Continues to rise" is no order
GOES_ON: Final = re.compile(
    r"\b(?:continu\w+|tend\w*|beg[aiu]n\w*|start\w*|seem\w*|appear\w*|prov\w+|happen\w*|fail\w*|refus\w+)\s+to\s+$", re.IGNORECASE
)
# Directly before a word of `_UP_BESIDE` or `_DOWN_BESIDE`: a percentage in digits or words
PERCENT_BEFORE: Final = re.compile(r"(?:%|\bper\s?cent|\bpercent|\bpersen)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
PERCENT: Final = re.compile(r"%|\bper\s?cent\b|\bpersen\b", re.IGNORECASE)
# Directly behind one: what it is compared with or by how much
COMPARED_BEHIND: Final = re.compile(
    r"\s+(?:[\w'’]+\s+){0,4}?than\b(?!\s+\d)|\s+(?:on|from|against|versus|vs|compared|relative)\b|\s+(?:by\s+|of\s+)?\d|:\s*\d|\s+(?:to|ke)\s+\d[^;]*\b(?:from|dari)\b"
    r"|\s+(?:by\s+|of\s+)?[\w-]+\s+(?:percent|per\s?cent|persen)\b"
    r"|\s+(?:by\s+)?(?:about\s+|around\s+)?(?:an?|one|two|three)\s+(?:third|quarter|fifth|tenth|half)s?\b|\s+by\s+half\b"
    r"|\s+(?:the\s+)?(?:usual|normal|average|typical|limit|threshold|forecast|target|last|yesterday|previous)",
    re.IGNORECASE,
)
# These also where nothing but the name of what is compared with stands behind: "above the month before"; "over the month" is a time
PLACED: Final = frozenset({"above", "below", "beneath", "under", "behind", "kurang dari", "beat", "beats", "passed", "missed"})
# Forms that are also an order or a plan: no statement where they begin a clause or stand behind one of these.
ORDER: Final = re.compile(
    r"(?:increases?|decreases?|drop|lower|dip|surge|jump|gain|climb|rise|fall|grow|double|slip|slide|shrink|sink|exceed|trail|lag|contract|ease|spike|swell|leap|hemat)",
    re.IGNORECASE,
)
BEFORE_ORDER: Final = re.compile(
    r"(?:^|\b(?:to|and|then|or|please|do\s+not|don['’]t|also|should|must|untuk|agar|mohon|tolong)\s+)$", re.IGNORECASE
)
FROM_BEHIND: Final = re.compile(r"\s+(?:to|ke)\s+\d[^;]*\b(?:from|dari)\b", re.IGNORECASE)
# "Naik 12% secara harian": no order, where it says beside what
SIZE_BEHIND: Final = re.compile(
    r"\s+(?:of\s+|by\s+|sebesar\s+)?(?:\d[\d.,]*|[\w-]+(?:\s\w+){0,3})\s*(?:%|per\s?cent|persen)", re.IGNORECASE
)
THAN_BEHIND: Final = re.compile(r"\s+(?:[\w'’]+\s+){0,3}?(?:than|daripada|ketimbang)\b", re.IGNORECASE)
# Behind these nothing is said of what was measured.
SUPPOSED: Final = re.compile(
    r"\b(?:if|seldom|rarely|sometimes|should|whether|until|unless|would(?!\s+be\s+(?:wrong|false|incorrect|mistaken|misleading)\b)|could|may|might|can(?!['’]t\s+say\b)|will|shall|must|in\s+case|once|so\s+that|in\s+order|expect(?:s|ed)?\s+to|likely|aim\w*|avoid\w*|prevent\w*|"
    r"next(?!\s+to\b)|further|any|another|future|possible|allow\w*|suggest(?:s|ed)?|recommend(?:s|ed)?|consider|(?:talk|fears?|hopes?|risk)\s+of|before\s+it|"
    r"jika|bila|apabila|kalau|akan|agar|supaya|untuk|mungkin|(?<!kok )(?<!kenapa )(?<!mengapa )bisa|dapat|"
    r"saran\w*|apakah|kemungkinan|sampai|hindari|mencegah|cegah|semoga|andai)\b",
    re.IGNORECASE,
)
# What a sentence begins with that supposes all of it: "If usage rises and stays above ..."
CONDITION: Final = re.compile(
    r"(?:if|should|unless|until|whether|in\s+case|once|jika|bila|apabila|kalau|andai|seandainya)\b", re.IGNORECASE
)
NEGATED: Final = re.compile(
    r"(?:\b(?:not|no|never|without|neither|nor|none|cannot|tidak|tak|tdk|e?ng+ak|gak|ndak|bukan|belum|tanpa|jangan)|n['’]t)\s+(?:(?!only\b|hanya\b)[\w'’]+\s+){0,2}$"
    r"|\b(?:far\s+from|rather\s+than|instead\s+of|anything\s+but|nothing\s+like|no\s+(?:sign|trace|hint|question|evidence)\s+of|"
    r"(?:fail\w*|refus\w+|declin\w+)\s+to|(?:wrong|false|incorrect|mistaken|misleading)\s+to\s+\w+(?:\s+(?:of|about))?|"
    r"(?:disput|den[iy]|reject|doubt|refut|contest|disprov|membantah)\w*(?:\s+[\w'’]+){0,3}|"
    r"(?:nobody|no\s+one|no-one|hardly\s+any(?:body|one))(?:\s+[\w'’]+){0,3}|"
    r"(?:cannot|can['’]t|could\s+not|not|no\s+longer)\s+be\s+\w+(?:\s+(?:that|as)(?:\s+\w+)?)?|"
    r"(?:do(?:es)?|did)(?:\s+not|n['’]t)\s+(?:support|show|suggest|indicate|confirm|reveal|bear\s+out|point\s+to)(?:\s+\w+){0,2}(?:\s+of)?|"
    r"bukannya|alih-alih|bukan\s+berarti|gagal)\s+(?:(?!only\b|hanya\b)[\w'’]+\s+){0,2}$",
    re.IGNORECASE,
)
MULTIPLIED: Final = re.compile(r"(?:doubl|tripl|trebl|quadrupl|halv)\w+|multiplied|berlipat", re.IGNORECASE)
# "The feared rise did not come"
DENIED_BEHIND: Final = re.compile(
    r"\b(?:(?:did|has|have|does|do)(?:\s+not|n['’]t)\s+(?:materiali[sz]ed?|happen(?:ed)?|occur(?:red)?|come|taken?\s+place|arrived?|been\s+\w+)|"
    r"failed\s+to\s+(?:materiali[sz]e|happen|occur|come|appear|arrive)|(?:is|was|were)\s+(?:absent|missing|not\s+\w+ed|not\s+(?:seen|found))|"
    r"tidak\s+(?:terjadi|terlihat|tampak))\b",
    re.IGNORECASE,
)
# What causes such things in general: no statement
GENERAL: Final = re.compile(
    r"\W*(?:(?:the\s+)?(?:most\s+)?(?:typical|common|possible|likely|usual|potential|other|frequent)\s+(?:causes?|reasons?|explanations?|factors?|culprits?)|"
    r"(?:causes?|reasons?)\s+(?:include|are|may)|penyebab\s+(?:umum|lain|yang)|faktor)\b",
    re.IGNORECASE,
)
MODAL: Final = re.compile(r"\b(?:could|would|may|might|can|should|will|must|helps?|dapat|bisa|akan|mungkin)\b", re.IGNORECASE)
# "no great rise": how much it moved is denied, not that it did
MUCH: Final = re.compile(
    r"\b(?:much|far|significant\w*|material\w*|notabl\w+|noticeabl\w+|sharp\w*|dramatic\w*|great\w*|large|big|serious\w*|major|marked\w*|"
    r"substantial\w*|strong\w*|signifikan|berarti|drastis|tajam|banyak|jauh|terlalu)\b",
    re.IGNORECASE,
)
# What people do to tickets and setpoints, too: said of a number only where something is named that it is held against
WEAK: Final = re.compile(r"raised|lifted|lowered|saves|savings?|cut|boosted|dropping|building|upped|go(?:es)?\s+(?:up|down)", re.IGNORECASE)
_CAN = re.compile(r"\b(?:can|could|may)\s*$", re.IGNORECASE)  # "can no longer be called higher"
_ANY = re.compile(r"\b(?:any|another)\b", re.IGNORECASE)
# A habit of things, where nothing is named that it is held against: "losses tend to grow"
HABIT: Final = re.compile(r"\b(?:tends?|cenderung)\s+(?:to\s+)?$", re.IGNORECASE)
# "a steady rise", "less growth": the word is about how something moves, or how much it moves
HOW: Final = re.compile(
    r"\s*(?:rise|rising|growth|growing|increase|increasing|climb|fall|falling|decline|decrease|drop|upward|downward|naik|turun)\b",
    re.IGNORECASE,
)


def is_supposed(before: str) -> bool:
    """Whether the words before one make it no fact: "may rise"; the "any" of "did not see any rise" supposes nothing."""
    denied = NEGATED.search(before)
    return bool(SUPPOSED.search(_CAN.sub("", before[: denied.start()]) + _ANY.sub("", denied[0]) if denied else before))
