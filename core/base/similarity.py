"""How alike texts are: the same but for a comma, nearly the same, or the closest of many."""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

# Signs that carry meaning stay ("C#" is not "C", 5% is not 5), other punctuation goes.
MEANINGFUL = frozenset("#%&@*/\\§‰")
APOSTROPHES = frozenset("'’‘`´ʼ")
# A point, comma, colon or minus before a digit belongs to a number: 3.5 is not 35, -89 is not 89. (A dash after a letter joins: covid-19.)
_LOOSE = re.compile(r"[.,:](?!\d)|-(?!\d)|(?<=[^\W\d])-")
# Scripts that put no spaces between words: there every character counts as one.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+"
)

BATCH = 64  # queries compared at once: 64 x 50,000 scores are 13 MB
CANDIDATES = 10  # texts looked at word by word for each query
# The share of the longer text that the shorter one must be. Among the 301 different bank questions of the sample none contains another, at
# whatever share. One word cut off their end, 297 are recognised at 0.7 (the other four lose a number), with two 296, with a greeting 301.
CONTAINED = 0.7
FEWEST_WORDS = 4  # "How do I pay" is contained in too much; three words or fewer are twins only when identical
LONG = 20  # from so many words on, one other word in twenty does not make another question


class _Marks(dict[int, str | None]):
    """A translation table that learns each character the first time it meets it."""

    def __missing__(self, code: int) -> str | None:
        sign = chr(code)
        category = unicodedata.category(sign)
        out: str | None = sign
        if sign in APOSTROPHES or category == "Cf" or "\ufe00" <= sign <= "\ufe0f":
            out = None
        elif category[0] == "Z" or category == "Cc" or (category[0] == "P" and sign not in MEANINGFUL and sign not in ".,:-"):
            out = " "
        self[code] = out
        return out


_MARKS = _Marks()


def normal_form(text: str) -> str:
    """The text without what does not change its meaning: case, spacing, punctuation and the ways that Unicode can write the same letter.

    Signs and digits stay apart: "2 + 2" is not "2 - 2", and 3.5 is not 35. A text of nothing but punctuation stays as it is.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = " ".join(_LOOSE.sub(" ", folded.translate(_MARKS)).split())
    return unicodedata.normalize("NFC", plain) or " ".join(folded.split())


def fingerprint(text: str) -> str:
    """A short name (32 hex digits) that texts of the same normal form share."""
    return hashlib.sha256(normal_form(text).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def exact_twins(texts: Sequence[str]) -> list[tuple[int, ...]]:
    """The groups of two or more texts with the same normal form, as indices in order."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        groups[normal_form(text)].append(index)
    return [tuple(group) for group in groups.values() if len(group) > 1]


class Index:
    """Texts prepared for looking up the closest ones, by the cosine of their TF-IDF weights.

    Whole words and their pairs count for one half, runs of 2 to 5 letters for the other, which forgives endings and slips of the pen.
    With `letters=False` words alone are compared, several times faster. 50,000 questions take some 10 s and 0.5 GB to prepare.
    """

    def __init__(self, texts: Sequence[str], *, letters: bool = True) -> None:
        import numpy as np
        from sklearn.feature_extraction.text import TfidfVectorizer

        forms = [normal_form(text) for text in texts]
        self.size = len(forms)
        self._halves: list[Any] = []
        if any(forms):  # a vocabulary cannot be empty
            common = {"lowercase": False, "sublinear_tf": True, "dtype": np.float32}
            self._halves.append(TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), **common))
            if letters:
                self._halves.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **common))
        self._columns = _side_by_side([half.fit_transform(forms) for half in self._halves]).T.tocsr() if self._halves else None

    def search(self, queries: Sequence[str], k: int = 1) -> tuple["np.ndarray", "np.ndarray"]:
        """The k closest texts of each query, best first: indices and cosines (0 to 1), both of shape (queries, k).

        Of equally close texts the first comes first. Where there are fewer than k texts, the rest is index -1 with cosine 0.
        """
        import numpy as np

        found = np.full((len(queries), k), -1, dtype=np.int64)
        scores = np.zeros((len(queries), k), dtype=np.float64)
        if self.size == 0:
            return found, scores
        forms = [normal_form(query) for query in queries]
        kept = min(k, self.size)
        for start in range(0, len(forms), BATCH):
            batch = forms[start : start + BATCH]
            table = (self._weigh(batch) @ self._columns).toarray() if self._halves else np.zeros((len(batch), self.size), dtype=np.float32)
            table = table.round(6)  # the same text twice must not win or lose by the last bit
            best = _best(table, kept)
            found[start : start + len(batch), :kept] = best
            scores[start : start + len(batch), :kept] = np.minimum(np.take_along_axis(table, best, axis=1), 1.0)
        return found, scores

    def cosines(self, query: str) -> "np.ndarray":
        """How close the query is to each of the texts, 0 to 1: shape (size,)."""
        import numpy as np

        if not self._halves:
            return np.zeros(self.size)
        table = (self._weigh([normal_form(query)]) @ self._columns).toarray()[0]
        return np.minimum(table.round(6).astype(np.float64), 1.0)

    def _weigh(self, forms: Sequence[str]) -> Any:
        return _side_by_side([half.transform(forms) for half in self._halves])


def _side_by_side(halves: Sequence[Any]) -> Any:
    """One sparse matrix of unit rows out of several."""
    import numpy as np
    from scipy.sparse import hstack

    return hstack(halves).tocsr() / np.float32(len(halves) ** 0.5)


def _best(table: "np.ndarray", k: int) -> "np.ndarray":
    """The columns of the k largest values of each row, largest first, equal ones in order."""
    import numpy as np

    if k == 1:
        return table.argmax(axis=1)[:, None]
    some = np.sort(np.argpartition(-table, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(-np.take_along_axis(table, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def nearest(queries: Sequence[str], texts: Sequence[str]) -> tuple["np.ndarray", "np.ndarray"]:
    """For each query the index of the closest text and their cosine, 0 to 1; index -1 where there are no texts."""
    indices, scores = Index(texts).search(queries)
    return indices[:, 0], scores[:, 0]


def near_twins(texts: Sequence[str], others: Sequence[str], *, threshold: float = CONTAINED) -> list[tuple[int, int]]:
    """Which texts the others also hold, in the same or nearly the same words: (text, other) as indices, one pair at most for each text.

    Near is: one is the other with words cut off or added at its ends, while `threshold` of the longer one's words remain; or they differ
    in single letters of words; or they are long and all but one word in twenty is common. Numbers must agree. Cosines do not decide, for
    they cannot: on the sample questions a swapped word that turns the meaning round ("open" to "close") leaves 0.84 to 0.95, a word cut
    off the end 0.87 to 0.98.
    """
    first: dict[str, int] = {}
    for index, held_text in enumerate(others):
        first.setdefault(normal_form(held_text), index)
    forms = [normal_form(text) for text in texts]
    twins = {i: first[form] for i, form in enumerate(forms) if form in first}
    asked = [i for i, form in enumerate(forms) if i not in twins and len(_WORD.findall(form)) >= FEWEST_WORDS]
    held = [(_WORD.findall(form), index) for form, index in first.items()]
    if asked and held:
        spaced = Index([" ".join(words) for words, _ in held], letters=False)
        candidates, cosines = spaced.search([" ".join(_WORD.findall(forms[i])) for i in asked], CANDIDATES)
        for i, row, close in zip(asked, candidates, cosines, strict=True):
            mine = _WORD.findall(forms[i])
            judged = ((_common(mine, held[c][0], threshold), held[c][1]) for c, cosine in zip(row, close, strict=True) if cosine > 0)
            share, other = max(judged, key=lambda pair: pair[0], default=(0.0, -1))
            if share > 0:
                twins[i] = other
    return sorted(twins.items())


def _common(a: list[str], b: list[str], threshold: float) -> float:
    """The share of the longer text's words that both have, or 0 where the two are not nearly the same."""
    short, long = sorted((a, b), key=len)
    if len(short) < FEWEST_WORDS:
        return 0.0
    if len(short) >= threshold * len(long) and f" {' '.join(short)} " in f" {' '.join(long)} ":
        return 0.0 if _any_number(Counter(long) - Counter(short)) else len(short) / len(long)
    if len(a) == len(b) and all(x == y or _misspelt(x, y) for x, y in zip(a, b, strict=True)):
        spelt_alike = sum(x == y for x, y in zip(a, b, strict=True)) / len(a)
        return spelt_alike if spelt_alike >= threshold else 0.0
    if len(short) >= LONG:
        both = Counter(a) & Counter(b)
        if sum(both.values()) >= (1 - 1 / LONG) * len(long) and not _any_number((Counter(a) - both) + (Counter(b) - both)):
            return sum(both.values()) / len(long)
    return 0.0


def _any_number(words: Iterable[str]) -> bool:
    return any(sign.isdigit() for word in words for sign in word)


def _misspelt(a: str, b: str) -> bool:
    """Whether two words of at least five letters differ by one letter added, lost, changed or swapped with its neighbour."""
    if min(len(a), len(b)) < 5 or abs(len(a) - len(b)) > 1 or _any_number((a, b)):
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    if len(a) != len(b):
        return rest_a[1:] == rest_b if len(a) > len(b) else rest_a == rest_b[1:]
    return rest_a[1:] == rest_b[1:] or (rest_a[2:] == rest_b[2:] and rest_a[:2] == rest_b[1::-1])
