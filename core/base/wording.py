"""How a text is written: doubled words, capitals throughout, and whether quotation marks are curly or straight."""

import re
from itertools import islice
from operator import eq

# Words that are rightly said twice, in several languages ("that that", "had had", "nous nous", "die die").
_TWICE = frozenset(
    """
    that had very really so no yes bye knock ha haha ho hey oh ah well there now please long far many much never more again
    go on in is do you it her his who what out over hear come wait okay ok right blah la da di bla boo choo chop ding dong tick tock
    nous vous die der das sie den dem denen piano via poco si là
    """.split()
)
# Indonesian and Malay double words to say "many" or "rather"; without a hyphen, that is how people type it.
_DOUBLING = frozenset(
    "yang dan dengan untuk tidak ini itu saya anda bisa ada pada akan karena kalau jadi juga sudah kami kita nya ya apa".split()
)
_NEVER_TWICE = frozenset("yang dan dengan untuk dari pada adalah karena akan".split())
_MARKS = ".,;:!?\"'()[]…"

_CURLY = (("‘", "'"), ("’", "'"), ("‚", "'"), ("“", '"'), ("”", '"'), ("„", '"'))
_MARK = re.compile(r"""(?<!\d)["'](?!\d\ds?\b)""")  # 5'10" are feet and inches, '90s is a decade


def doubled_word(text: str) -> str:
    """A word that stands twice in a row where it should not, or an empty string."""
    words = text.split()
    if not any(map(eq, words, islice(words, 1, None))) and not _after_capital(words):
        return ""
    doubling = len(_DOUBLING.intersection(map(str.lower, words))) >= 2
    for first, second in zip(words, islice(words, 1, None), strict=False):
        word = second.strip(_MARKS)
        if first.lower() != second.lower().rstrip(_MARKS) or len(word) < 2 or not word.isalpha():
            continue
        low = word.lower()
        if (doubling and low not in _NEVER_TWICE) or low in _TWICE or word[0].isupper():
            continue  # a capital begins a name: Bora Bora, Duran Duran
        return word
    return ""


def _after_capital(words: list[str]) -> bool:
    return bool(words) and len(words) > 1 and words[0][:1].isupper() and words[0].lower() == words[1]


def is_all_caps(text: str) -> bool:
    """Whether a text of several words is written in capitals throughout."""
    return text.isupper() and len(re.findall(r"[^\W\d_]{2,}", text)) >= 4


def straight_quotes(text: str) -> str:
    """The text with straight quotation marks and apostrophes; code stays."""
    if text.isascii() or "`" in text:
        return text
    for curly, straight in _CURLY:
        text = text.replace(curly, straight)
    return text


def curly_quotes(text: str) -> str:
    """The text with curly quotation marks and apostrophes; feet and inches, and code, stay."""
    if ("'" not in text and '"' not in text) or "`" in text or "</" in text:
        return text
    return _MARK.sub(_curled, text)


def _curled(mark: re.Match[str]) -> str:
    before = mark.string[mark.start() - 1 : mark.start()] if mark.start() else " "
    opens = before.isspace() or before in "([{—–-“‘\"'"
    return ("“" if opens else "”") if mark[0] == '"' else ("‘" if opens else "’")
