"""Texts that stand where an answer is still to come: what programs write for "no value", and what people write for "later"."""

import re

NEVER_AN_ANSWER = frozenset(
    {"nan", "nat", "null", "undefined", "<na>", "#n/a", "#value!", "#ref!", "#name?", "#div/0!", "#null!", "[object object]"}
)
# These may be classes of their own.
PERHAPS = frozenset({"none", "n/a", "na", "nil", "n.a.", "-", "?", "no answer"})
LONGEST = 80

_STILL_TO_COME = re.compile(
    r"[-–—]+|[?？]+|\.{2,}|…|_{2,}|x{3,}|(?:tbd|tba|tbc|to ?do)\b.{0,60}|asdf\w*|qwert\w*|lorem ipsum\b.*|"
    r"\W?(?:insert|enter|write|add|fill in|put|type|your)\b[^.]{0,30}\b(?:answer|response|text|reply)\b[^.]{0,10}here\W?|"
    r"[\[<({](?:the |your |an? )?(?:answer|response|reply|placeholder|text|todo|tbd|missing|empty|jawaban)\b[^\])>}]{0,40}[\])>}]|"
    r"(?:jawaban|isi) di ?sini",
    re.DOTALL,
)


def is_placeholder(text: str) -> bool:
    """Whether this is certainly no answer, whatever the task is."""
    folded = text.strip().casefold()
    if len(folded) > LONGEST or folded in PERHAPS:
        return False
    return folded in NEVER_AN_ANSWER or _STILL_TO_COME.fullmatch(folded) is not None


def may_be_placeholder(text: str) -> bool:
    """Whether this is no answer, or a word such as "none" that may be one."""
    return text.strip().casefold() in PERHAPS or is_placeholder(text)
