"""How alike texts are: the same but for a comma, or the closest of many; `core.base.near` tells what is nearly the same."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

# Signs that carry meaning stay ("C#" is not "C", 5% is not 5), other punctuation goes.
MEANINGFUL = frozenset("#%&@*/\\§‰")
APOSTROPHES = frozenset("'’‘`´ʼ")
# A point, comma, colon or minus before a digit belongs to a number: 3.5 is not 35, -89 is not 89. (A dash after a letter joins: covid-19.)
_LOOSE = re.compile(r"[.,:](?!\d)|-(?!\d)|(?<=[^\W\d])-")

BATCH = 64  # queries compared at once: 64 x 50,000 scores are 13 MB


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


class Index:
    """Texts prepared for looking up the closest ones, by the cosine of their TF-IDF weights.

    Whole words and their pairs count for one half, runs of 2 to 5 letters for the other, which forgives endings and slips of the pen.
    50,000 questions take some 10 s and 0.5 GB to prepare.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np
        from sklearn.feature_extraction.text import TfidfVectorizer

        forms = [normal_form(text) for text in texts]
        self.size = len(forms)
        self._halves: list[Any] = []
        if any(forms):  # a vocabulary cannot be empty
            common = {"lowercase": False, "sublinear_tf": True, "dtype": np.float32}
            self._halves.append(TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), **common))
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
