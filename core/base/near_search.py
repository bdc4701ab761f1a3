"""Finding which texts may be near twins without comparing all with all: the pairs that the rule of `core.base.near` could accept.

MinHash with LSH was measured first (rensa 0.5, 128 slots in 32 bands): among 100,000 different questions made of one bank's words it gives
30 million candidates, since such questions share half of their words, and no band width tells a misspelt word from another one. The rule
can be looked up instead: each kind of near twin has sums of word hashes that both texts share, and a table of hashes answers at once.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from core.base.near_corpus import BASE, Corpus, Table, counted, least_words, mixed, neighbours, ragged, shared_words
from core.base.near_rule import DROPPED, FEWEST_WORDS, LONG, has_digit, misspelt

if TYPE_CHECKING:
    import numpy as np

BOTH_ENDS = 33  # words; up to here every way to cut both ends is looked up, in longer texts those that begin with the same words
OPENING = 16  # so many words at the beginning of what is left
LONGEST_WORD = 40  # letters; a longer "word" (a key, a link) is the same or another, never misspelt
SPELLINGS = 64  # words of one key that are compared with each other
MOST_SPELLINGS = 3_000_000  # pairs of words looked at


def candidates(corpus: Corpus, share: float) -> "np.ndarray":
    """Pairs of texts (first < second, sorted, shape (n, 2)) among which are those that differ as the rule allows.

    All pairs where one is cut off at one end, lacks a word or has one misspelt word are among them, and nearly all of the others.
    """
    import numpy as np

    if len(corpus.starts) < 3 or not len(corpus.ids):
        return np.zeros((0, 2), dtype=np.int64)
    sums = _Sums(corpus)
    found = [*_cut(sums, share), *_dropped(sums), *_misspelt(sums, share)]
    del sums
    found += _long(corpus)
    pairs = np.concatenate([np.zeros((0, 2), dtype=np.int64), *found])
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    return np.unique(pairs, axis=0)


class _Sums:
    """Hashes of runs of words: the difference of two sums, shifted to begin at nought."""

    def __init__(self, corpus: Corpus) -> None:
        import numpy as np

        self.corpus = corpus
        longest = int(corpus.lengths.max(initial=0)) + 1
        self.power = np.cumprod(np.concatenate([[np.uint64(1)], np.full(longest, BASE, dtype=np.uint64)]))
        inverse = pow(BASE, -1, 2**64)
        self.inverse = np.cumprod(np.concatenate([[np.uint64(1)], np.full(longest, inverse, dtype=np.uint64)]))
        self.hashes = mixed(np.arange(len(corpus.vocabulary)))
        self.sums = corpus.running(lambda some: self.hashes[corpus.ids[some]] * self.power[corpus.places[some]])
        self.whole = self.run(np.arange(len(corpus.lengths)), 0, corpus.lengths)
        self.table = Table(np.where(corpus.lengths >= FEWEST_WORDS, self.whole, np.uint64(0)))

    def run(self, texts: "np.ndarray", first: "np.ndarray | int", end: "np.ndarray") -> "np.ndarray":
        """The hash of the words from `first` to before `end` of each of the texts."""
        start = self.corpus.starts[texts]
        return (self.sums[start + end] - self.sums[start + first]) * self.inverse[first]


def _cut(sums: _Sums, share: float) -> Iterator["np.ndarray"]:
    """One text is the other without words at its end, its beginning or both."""
    import numpy as np

    lengths = sums.corpus.lengths
    fewest = np.maximum(FEWEST_WORDS, np.ceil(share * lengths - 1e-9).astype(np.int64))
    most = np.maximum(lengths - fewest, 0)  # words that may go
    every = np.arange(len(lengths))
    for texts, gone in ragged(every, most):
        yield sums.table.find(sums.run(texts, 0, lengths[texts] - gone), texts)
        yield sums.table.find(sums.run(texts, gone, lengths[texts]), texts)
    for before in range(1, int(most[lengths <= BOTH_ENDS].max(initial=0))):
        some = every[(lengths <= BOTH_ENDS) & (most > before)]
        for texts, behind in ragged(some, most[some] - before):
            yield sums.table.find(sums.run(texts, before, lengths[texts] - behind), texts)
    yield from _cut_long(
        sums, every[(lengths > BOTH_ENDS) & (most > 1)], most, min(OPENING, int(fewest[lengths > BOTH_ENDS].min(initial=OPENING)))
    )


def _dropped(sums: _Sums) -> Iterator["np.ndarray"]:
    """One text is the other without one of its words."""
    import numpy as np

    lengths = sums.corpus.lengths
    texts = np.flatnonzero(lengths >= DROPPED)
    for owners, nth in ragged(texts, lengths[texts]):
        # what stands behind the word moves up by one place
        before, behind = sums.run(owners, 0, nth - 1), sums.run(owners, nth, lengths[owners])
        yield sums.table.find(before + behind * sums.power[nth - 1], owners)


def _cut_long(sums: _Sums, texts: "np.ndarray", most: "np.ndarray", opening: int) -> Iterator["np.ndarray"]:
    """Long texts cut at both ends, by the words that the shorter one begins with."""
    import numpy as np

    if not len(texts):
        return
    long_enough = np.flatnonzero(sums.corpus.lengths >= opening)
    table = Table(sums.run(long_enough, 0, np.full(len(long_enough), opening)))
    for owners, before in ragged(texts, most[texts] - 1):
        pairs = table.find(sums.run(owners, before, before + opening), owners)
        yield np.stack([long_enough[pairs[:, 0]], pairs[:, 1]], axis=1)


def _misspelt(sums: _Sums, share: float) -> Iterator["np.ndarray"]:
    """Texts of as many words, one or several of them misspelt."""
    import numpy as np

    corpus = sums.corpus
    near = _spellings(corpus.vocabulary)
    if not len(near):
        return
    degree = np.bincount(near[:, 0], minlength=len(corpus.vocabulary))
    first = np.cumsum(degree) - degree
    owner = np.repeat(np.arange(len(corpus.lengths), dtype=np.int32), corpus.lengths)
    places = np.flatnonzero((degree > 0)[corpus.ids])
    for at, nth in ragged(places, degree[corpus.ids[places]]):
        old, texts = corpus.ids[at], owner[at]
        new = near[first[old] + nth - 1, 1]
        yield sums.table.find(sums.whole[texts] + (sums.hashes[new] - sums.hashes[old]) * sums.power[corpus.places[at]], texts)
    # several: every word stands for its whole family of spellings
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = len(corpus.vocabulary)
    _, family = connected_components(coo_matrix((np.ones(len(near), dtype=np.int8), (near[:, 0], near[:, 1])), shape=(size, size)))
    del owner, places
    hashes = mixed(family)
    running = corpus.running(lambda some: hashes[corpus.ids[some]] * sums.power[corpus.places[some]])
    texts = np.flatnonzero(corpus.lengths >= FEWEST_WORDS)
    alike = neighbours(running[corpus.starts[texts + 1]] - running[corpus.starts[texts]], texts, least_words(corpus)[texts])
    yield alike[_in_place(corpus, alike) >= share * corpus.lengths[alike[:, 0]]]


def _in_place(corpus: Corpus, pairs: "np.ndarray") -> "np.ndarray":
    """How many words the texts of each pair, which have equally many, have in the same places."""
    import numpy as np

    lengths, left = corpus.lengths[pairs[:, 0]], np.arange(len(pairs))
    same = np.zeros(len(pairs), dtype=np.int64)
    for place in range(int(lengths.max(initial=0))):
        left = left[lengths[left] > place]
        one, other = (corpus.ids[corpus.starts[pairs[left, side]] + place] for side in (0, 1))
        same[left[one == other]] += 1
    return same


def _spellings(vocabulary: Sequence[str]) -> "np.ndarray":
    """Pairs of words that differ by one letter, sorted: they have a spelling in common once a letter of each may be dropped."""
    import numpy as np

    keys, owners = array("q"), array("q")
    for at, word in enumerate(vocabulary):
        if 5 <= len(word) <= LONGEST_WORD and not has_digit(word):
            spelt = {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}
            keys.extend(map(hash, spelt))
            owners.extend([at] * len(spelt))
    if not keys:
        return np.zeros((0, 2), dtype=np.int64)
    pairs = neighbours(np.frombuffer(keys, dtype=np.int64), np.frombuffer(owners, dtype=np.int64), None, SPELLINGS, MOST_SPELLINGS)
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    kept = [misspelt(vocabulary[a], vocabulary[b]) for a, b in pairs.tolist()]
    return pairs[np.array(kept, dtype=bool)]


def _long(corpus: Corpus) -> Iterator["np.ndarray"]:
    """Long texts that have nearly all words in common, in whatever order.

    With the words dealt into one heap more than words may differ, at least one heap is the same in both. Numbers must agree anyway.
    """
    import numpy as np

    lengths = corpus.lengths
    if not (lengths >= LONG).any():
        return
    hashes = mixed(np.arange(len(corpus.vocabulary)) + 0x5EED)
    numeric = np.array([has_digit(word) for word in corpus.vocabulary])
    of_numbers = np.where(numeric, hashes, np.uint64(0))
    running = corpus.running(lambda some: of_numbers[corpus.ids[some]])
    numbers = running[corpus.starts[1:]] - running[corpus.starts[:-1]]
    del running
    least = least_words(corpus)
    step = -np.log(1 - 1 / LONG)  # lengths of one class differ by no more than two twins may
    of_class = np.where(lengths >= LONG, np.floor(np.log(np.maximum(lengths, LONG) / LONG) / step).astype(np.int64), -2)
    for number in np.unique(of_class[of_class >= 0]).tolist():
        # the longer of two twins is of this class, the shorter of this one or the one below
        members = np.flatnonzero((of_class == number) | (of_class == number - 1))
        heaps = 2 * int(np.exp(step * (number + 1)) + 1e-9) + 1
        of_text = np.repeat(np.arange(len(members)), lengths[members])
        held = corpus.ids[np.repeat(corpus.starts[members], lengths[members]) + counted(lengths[members])]
        cell = of_text * heaps + (hashes[held] >> np.uint64(17)).astype(np.int64) % heaps
        order = np.argsort(cell, kind="stable")
        cells, begin = np.unique(cell[order], return_index=True)
        total = np.add.reduceat(hashes[held][order], begin)
        texts = members[cells // heaps]
        keys = mixed(total + numbers[texts] * np.uint64(3) + (cells % heaps).astype(np.uint64))
        pairs = np.unique(np.sort(neighbours(keys, texts, least[texts]), axis=1), axis=0)
        yield pairs[shared_words(corpus, pairs) >= (1 - 1 / LONG) * lengths[pairs].max(axis=1)]
