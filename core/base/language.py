"""Which language a text is in: only where the text is long enough and the guess is sure, since a wrong guess slanders a good row."""

import re
from collections import Counter
from functools import cache
from typing import Any

SHORTEST = 50  # letters: below it py3langid takes names and loanwords for other languages
_SURE = 0.9
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_OF_NO_LANGUAGE = re.compile(r"[@\\/_{}<>=]")
_LETTERS = re.compile(r"[^\W\d_]+")

# Languages that even a reader confuses in a short text count as one, named by the one that is meant most often.
_SAME = {
    **dict.fromkeys(("ms", "jv", "su"), "id"),
    **dict.fromkeys(("nn", "no"), "da"),
    **dict.fromkeys(("hr", "bs", "sl"), "sr"),
    **dict.fromkeys(("gl",), "pt"),
    "sk": "cs",
    "af": "nl",
    "be": "uk",
}
# Those that are written by many people; the rest of py3langid's hundred are where its guesses at odd texts go astray.
_KNOWN = (
    "ar az bg bn ca cs da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv ml mr ms nl no pa pl pt ro ru sk sl sr sv sw ta "
    "te th tl tr uk ur vi zh"
).split()


def letters_of(text: str) -> str:
    """The words of a text without figures, signs, code and addresses, which belong to no language."""
    words = (word for word in _CODE.sub(" ", text).split() if not _OF_NO_LANGUAGE.search(word))
    return " ".join(_LETTERS.findall(" ".join(words)))


def language_of(text: str) -> str:
    """The language of a text as its two-letter code, or an empty string where that is not sure."""
    words = letters_of(text)
    if len(words) < _shortest(words):
        return ""
    shares: Counter[str] = Counter()
    for code, share in _identifier().rank(words.lower() if words.isupper() else words):
        shares[_SAME.get(code, code)] += share
    language, sure = shares.most_common(1)[0]
    return language if sure >= _SURE else ""


def _shortest(words: str) -> int:
    return SHORTEST if words.isascii() or ord(max(words)) < 0x2E80 else SHORTEST // 4  # a Chinese sign is a word


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_KNOWN)
    return identifier
