"""Texts as numbers of words, and tables of hashes over them: what the search for near twins counts with."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from core.base.near_rule import words

if TYPE_CHECKING:
    import numpy as np

BLOCK = 2_000_000  # hashes looked up at once: 16 MB
WINDOW = 8  # texts of one key that are compared with each other; alike ones stand side by side
BASE = 0x9E3779B97F4A7C15  # odd, so that it can be divided by modulo 2**64


@dataclass(frozen=True)
class Corpus:
    """Texts as numbers of words: text i holds `ids[starts[i] : starts[i + 1]]`, which index into `vocabulary`."""

    vocabulary: list[str]
    ids: "np.ndarray"
    starts: "np.ndarray"

    @classmethod
    def of(cls, forms: Sequence[str]) -> "Corpus":
        """Texts in normal form, taken apart."""
        import numpy as np

        known: dict[str, int] = {}
        ids, starts = array("i"), array("q", [0])
        for form in forms:
            ids.extend([known.setdefault(word, len(known)) for word in words(form)])
            starts.append(len(ids))
        return cls(list(known), np.frombuffer(ids, dtype=np.int32) if ids else np.zeros(0, np.int32), np.frombuffer(starts, dtype=np.int64))

    def words(self, at: int) -> list[str]:
        """The words of one text."""
        return [self.vocabulary[word] for word in self.ids[self.starts[at] : self.starts[at + 1]].tolist()]

    @cached_property
    def lengths(self) -> "np.ndarray":
        """How many words each text has."""
        return self.starts[1:] - self.starts[:-1]

    @cached_property
    def places(self) -> "np.ndarray":
        """The place of each word in its text."""
        import numpy as np

        places = np.arange(len(self.ids), dtype=np.int32)
        places -= np.repeat(self.starts[:-1].astype(np.int32), self.lengths)
        return places

    def running(self, weigh: "Callable[[slice], np.ndarray]") -> "np.ndarray":
        """The sums of all words before each place, and at the end of all: `weigh` gives the numbers of some words, in blocks."""
        import numpy as np

        sums = np.zeros(len(self.ids) + 1, dtype=np.uint64)
        for at in range(0, len(self.ids), BLOCK):
            upto = min(at + BLOCK, len(self.ids))
            np.cumsum(weigh(slice(at, upto)), dtype=np.uint64, out=sums[at + 1 : upto + 1])
            sums[at + 1 : upto + 1] += sums[at]
        return sums


class Table:
    """Which text has this hash; most questions end at a bit of a small table that stays in the processor's cache."""

    def __init__(self, hashes: "np.ndarray") -> None:
        import numpy as np

        self.order = np.argsort(hashes, kind="stable")
        self.sorted = hashes[self.order]
        self.shift = np.uint64(64 - min(27, max(12, len(hashes).bit_length() + 5)))
        self.present = np.zeros(1 << (64 - int(self.shift)), dtype=bool)
        self.present[hashes >> self.shift] = True

    def find(self, wanted: "np.ndarray", owner: "np.ndarray") -> "np.ndarray":
        """The pairs (text with the wanted hash, its owner), of many such texts the first ones."""
        import numpy as np

        left = np.flatnonzero(self.present[wanted >> self.shift])
        at = np.searchsorted(self.sorted, wanted[left])
        found = []
        for _ in range(WINDOW):
            there = at < len(self.sorted)
            there[there] = self.sorted[at[there]] == wanted[left[there]]
            left, at = left[there], at[there]
            if not len(left):
                break
            found.append(np.stack([self.order[at], owner[left]], axis=1))
            at = at + 1
        return np.concatenate(found) if found else np.zeros((0, 2), dtype=np.int64)


def shared_words(corpus: Corpus, pairs: "np.ndarray") -> "np.ndarray":
    """How many words the two texts of each pair have in common, each as often as both have it."""
    import numpy as np

    texts, which = np.unique(pairs, return_inverse=True)
    lengths, which = corpus.lengths[texts], which.reshape(pairs.shape)
    begin = np.cumsum(lengths) - lengths
    held = corpus.ids[np.repeat(corpus.starts[texts], lengths) + counted(lengths)].astype(np.int64)
    owner = np.repeat(np.arange(len(texts)), lengths)
    order = np.lexsort((held, owner))  # equal words of a text side by side, so that they can be numbered
    held, new = held[order], np.ones(len(held), dtype=bool)
    new[1:] = (held[1:] != held[:-1]) | (owner[1:] != owner[:-1])
    nth = np.arange(len(held)) - np.flatnonzero(new)[np.cumsum(new) - 1]
    tags = mixed(held * 1024 + nth) >> np.uint64(24)
    shared = np.zeros(len(pairs), dtype=np.int64)
    ends = np.cumsum(lengths[which].sum(axis=1))
    done = 0
    while done < len(pairs):
        upto = max(done + 1, int(np.searchsorted(ends, (ends[done - 1] if done else 0) + BLOCK, side="right")))
        some = which[done:upto].reshape(-1)
        words_of = np.repeat(begin[some], lengths[some]) + counted(lengths[some])
        pair = np.repeat(np.arange(len(some)) // 2, lengths[some])
        keys = np.sort((pair.astype(np.uint64) << np.uint64(40)) | tags[words_of])
        both = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(40)
        shared[done:upto] = np.bincount(both.astype(np.int64), minlength=upto - done)
        done = upto
    return shared


def neighbours(
    keys: "np.ndarray", owners: "np.ndarray", beside: "np.ndarray | None", window: int = WINDOW, most: int = 50_000_000
) -> "np.ndarray":
    """The pairs of owners with the same key, of many owners those that stand close when sorted by `beside`."""
    import numpy as np

    order = np.argsort(keys, kind="stable") if beside is None else np.lexsort((beside, keys))
    keys, owners = keys[order], owners[order]
    found, total = [np.zeros((0, 2), dtype=np.int64)], 0
    for distance in range(1, min(window, len(keys) - 1) + 1):
        same = np.flatnonzero(keys[distance:] == keys[:-distance])
        if not len(same) or total > most:
            break
        total += len(same)
        found.append(np.stack([owners[same], owners[same + distance]], axis=1).astype(np.int64))
    return np.concatenate(found)


def least_words(corpus: Corpus) -> "np.ndarray":
    """The smallest hash among the words of each text: most twins share it."""
    import numpy as np

    least = np.zeros(len(corpus.lengths), dtype=np.uint64)
    filled = np.flatnonzero(corpus.lengths)
    least[filled] = np.minimum.reduceat(mixed(np.arange(len(corpus.vocabulary)) + 0xBE51DE)[corpus.ids], corpus.starts[filled])
    return least


def ragged(owners: "np.ndarray", counts: "np.ndarray") -> Iterator[tuple["np.ndarray", "np.ndarray"]]:
    """Each owner as often as its count says, with the numbers from 1 to it, in blocks."""
    import numpy as np

    ends = np.cumsum(counts)
    begin = 0
    while begin < len(owners):
        done = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
        yield np.repeat(owners[begin:end], counts[begin:end]), counted(counts[begin:end]) + 1
        begin = end


def counted(counts: "np.ndarray") -> "np.ndarray":
    """0, 1, ... up to before each count, one after the other."""
    import numpy as np

    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def mixed(numbers: "np.ndarray") -> "np.ndarray":
    """Numbers scattered over all 64 bits (SplitMix64)."""
    import numpy as np

    z = numbers.astype(np.uint64) + np.uint64(BASE)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
