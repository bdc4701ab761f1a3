"""When two questions are nearly the same: the rule, judged word by word."""

import re
from collections import Counter
from collections.abc import Iterable

# Scripts that put no spaces between words: there every character counts as one.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+"
)
# The share of the longer text that the shorter one must be. Among the 301 different bank questions of the sample none contains another, at
# whatever share. One word cut off their end, 297 are recognised at 0.7 (the other four lose a number), with two 296, with a greeting 301.
CONTAINED = 0.7
FEWEST_WORDS = 4  # "How do I pay" is contained in too much; three words or fewer are twins only when identical
DROPPED = 10  # from so many words on, one word less does not make another question, unless it is one of these
_TURNS = frozenset(
    "not no nor never none nothing nobody without neither cannot cant dont doesnt didnt wont wouldnt isnt arent wasnt couldnt shouldnt "
    "havent hasnt tidak bukan belum tanpa jangan tak nicht kein keine nie ohne pas jamais sans nunca sin".split()
)
LONG = 20  # from so many words on, one other word in twenty does not make another question


def words(form: str) -> list[str]:
    """The words of a text in normal form."""
    return form.split() if form.isascii() else _WORD.findall(form)


def common(a: list[str], b: list[str], threshold: float = CONTAINED) -> float:
    """The share of the longer text's words that both have, or 0 where the two are not nearly the same.

    Near is: one is the other with words cut off or added at its ends, while `threshold` of the longer one's words remain; or one lacks a
    word of ten or more; or they differ in single letters of words; or they are long and all but one word in twenty is common. Numbers must
    agree. Cosines do not decide, for they cannot: on the sample questions a swapped word that turns the meaning round ("open" to "close")
    leaves 0.84 to 0.95, a word cut off the end 0.87 to 0.98.
    """
    short, long = sorted((a, b), key=len)
    if len(short) < FEWEST_WORDS:
        return 0.0
    if len(short) >= threshold * len(long) and f" {' '.join(short)} " in f" {' '.join(long)} ":
        return 0.0 if _any_number(Counter(long) - Counter(short)) else len(short) / len(long)
    if len(long) - len(short) == 1 and len(long) >= DROPPED:
        at = next((i for i, word in enumerate(short) if word != long[i]), len(short))
        if short[at:] == long[at + 1 :] and not has_digit(long[at]) and long[at] not in _TURNS:
            return len(short) / len(long)
    if len(a) == len(b) and all(x == y or misspelt(x, y) for x, y in zip(a, b, strict=True)):
        spelt_alike = sum(x == y for x, y in zip(a, b, strict=True)) / len(a)
        return spelt_alike if spelt_alike >= threshold else 0.0
    if len(short) >= LONG:
        both = Counter(a) & Counter(b)
        if sum(both.values()) >= (1 - 1 / LONG) * len(long) and not _any_number((Counter(a) - both) + (Counter(b) - both)):
            return sum(both.values()) / len(long)
    return 0.0


def misspelt(a: str, b: str) -> bool:
    """Whether two words of at least five letters differ by one letter added, lost, changed or swapped with its neighbour."""
    if min(len(a), len(b)) < 5 or abs(len(a) - len(b)) > 1 or _any_number((a, b)):
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    if len(a) != len(b):
        return rest_a[1:] == rest_b if len(a) > len(b) else rest_a == rest_b[1:]
    return rest_a[1:] == rest_b[1:] or (rest_a[2:] == rest_b[2:] and rest_a[:2] == rest_b[1::-1])


def has_digit(word: str) -> bool:
    """Whether a word is or holds a number."""
    return any(map(str.isdigit, word))


def _any_number(found: Iterable[str]) -> bool:
    return any(map(has_digit, found))
