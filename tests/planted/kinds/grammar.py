"""Sentences from lists of words, and a guard that keeps rows from resembling each other by accident."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

_SLOT = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"\w+")
MOST_WORDS = 0.8
Words = Mapping[str, Sequence[str]]


def lines(text: str) -> tuple[str, ...]:
    """The lines of a list, without the blank ones."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def words(text: str) -> tuple[str, ...]:
    """The entries of a list that is separated by commas; "1,250" is one entry."""
    return tuple(entry.strip() for entry in re.split(r",(?!\d)", text) if entry.strip())


def say(template: str, lists: Words, draw: random.Random, given: Mapping[str, str] | None = None) -> str:
    """The template with each {slot} filled: from `given`, where a slot keeps its value, or else from its list, drawn anew each time."""

    def fill(slot: re.Match[str]) -> str:
        name = slot[1]
        if given and name in given:
            return given[name]
        return say(draw.choice(lists[name]), lists, draw, given)

    return _SLOT.sub(fill, template)


def sentence(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


class Guard:
    """Lets a text in only where it shares at most `most` of its pairs of neighbouring words with any text before it.

    Nor may it be the same words in another order: at most `MOST_WORDS` of the words of two texts that share pairs are the same.
    """

    def __init__(self, most: float = 0.5) -> None:
        self.most = most
        self.sizes: list[int] = []
        self.bags: list[set[str]] = []
        self.where: dict[tuple[str, str], list[int]] = defaultdict(list)

    def lets_in(self, text: str) -> bool:
        found = [word.casefold() for word in _WORD.findall(text)]
        pairs = set(zip(["", *found], [*found, ""], strict=True))
        shared = Counter(at for pair in pairs for at in self.where[pair])
        bag = set(found)
        for at, n in shared.items():
            if n > self.most * (len(pairs) + self.sizes[at] - n) or len(bag & self.bags[at]) > MOST_WORDS * len(bag | self.bags[at]):
                return False
        for pair in pairs:
            self.where[pair].append(len(self.sizes))
        self.sizes.append(len(pairs))
        self.bags.append(bag)
        return True


def distinct(
    n: int, make: Callable[[int], dict[str, str]], text_of: Callable[[dict[str, str]], str], most: float = 0.5
) -> list[dict[str, str]]:
    """n rows whose texts do not resemble each other; `make` gets the number of rows so far, so that classes stay balanced."""
    guard = Guard(most)
    rows: list[dict[str, str]] = []
    for _ in range(60 * n + 1000):
        if len(rows) == n:
            return rows
        row = make(len(rows))
        if guard.lets_in(text_of(row)):
            rows.append(row)
    raise ValueError(f"these lists give {len(rows)} different rows, not {n}")
