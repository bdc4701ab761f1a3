"""Questions as numbers that a linear model can learn from: their words, and the runs of letters in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from core.base.near_corpus import Corpus, mixed
from core.base.near_rule import has_digit

if TYPE_CHECKING:
    import numpy as np

MOST_WORDS = 50_000  # the commonest
LETTERS = (3, 4)  # runs of letters of a word, its ends marked


@dataclass(frozen=True, slots=True)
class Features:
    """Which question has which words, and what each word is worth in each column; multiplied only for the rows that are wanted.

    A million questions of 15 words would have 150 runs of letters each: over 1 GB, where their words take 0.1.
    """

    words: Any
    columns: Any

    def rows(self, rows: "np.ndarray") -> Any:
        """The features of these questions, each row of length 1."""
        import numpy as np

        table = (self.words[rows] @ self.columns).tocsr()
        length = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
        table.data /= np.repeat(np.maximum(length, 1e-9), np.diff(table.indptr)).astype(np.float32)
        return table


def features_of(keys: Sequence[str], size: int) -> Features:
    """The features of questions in normal form, in `size` columns chosen by hash; rare words and runs weigh more.

    Runs of letters are made once for each different word, not for each question: that is ten times as fast.
    """
    import numpy as np
    from scipy.sparse import csr_matrix, diags

    corpus = Corpus.of(keys)
    texts = len(corpus.lengths)
    often = np.bincount(corpus.ids, minlength=len(corpus.vocabulary))
    kept = np.argsort(-often, kind="stable")[:MOST_WORDS]
    kept = np.sort(kept[often[kept] > 1])  # what stands once tells nothing about another row
    column = np.full(len(corpus.vocabulary), -1, dtype=np.int64)
    column[kept] = np.arange(len(kept))
    owner = np.repeat(np.arange(texts), corpus.lengths)
    known = column[corpus.ids] >= 0
    words = csr_matrix((np.ones(int(known.sum()), dtype=np.float32), (owner[known], column[corpus.ids[known]])), shape=(texts, len(kept)))
    words.data = 1 + np.log(words.data)
    letters, ends = [], [0]
    for word in kept.tolist():
        letters += [crc32(run.encode("utf-8", "surrogatepass")) for run in _runs(corpus.vocabulary[word])]
        ends.append(len(letters))
    runs = csr_matrix((np.full(len(letters), 0.5, np.float32), np.array(letters, np.int64) % size, np.array(ends)), shape=(len(kept), size))
    whole = (mixed(kept) >> np.uint64(20)).astype(np.int64) % size
    own = csr_matrix((np.ones(len(kept), np.float32), (np.arange(len(kept)), whole)), shape=(len(kept), size))
    columns = (runs + own).tocsr()
    in_texts = np.bincount(words.indices, minlength=len(kept))
    seen = np.clip((columns > 0).T @ in_texts, 1, texts)  # a question that has a run twice counts twice, which does no harm
    return Features(words, (columns @ diags((np.log((texts + 1) / seen) + 1).astype(np.float32))).tocsr())


def _runs(word: str) -> list[str]:
    if has_digit(word):
        return []  # the last digits of a case number tell many a class, and mean nothing
    marked = f" {word} "
    return [marked[at : at + n] for n in LETTERS for at in range(len(marked) - n + 1)]
