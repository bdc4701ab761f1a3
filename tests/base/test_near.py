"""The search for near twins finds what comparing all with all finds, and does not grow with the square of the rows."""

import random
import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.near import grouped, near_pairs
from core.base.near_rule import common, misspelt, words
from core.base.similarity import normal_form

_VOCABULARY = [word + ending for word in ("transfer", "account", "money", "card", "lost", "fee", "why", "is") for ending in ("", "s", "ed")]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def spoilt(text: str, rng: random.Random) -> str:
    """The text as somebody else might have typed it: cut, greeted, misspelt or with another word."""
    parts = text.split()
    match rng.randrange(6):
        case 0:
            parts = parts[: -rng.randint(1, 2)]
        case 1:
            parts = ["hello", "there"][: rng.randint(1, 2)] + parts
        case 2:
            parts = ["hi", *parts, "please"]
        case 3:
            for _ in range(rng.randint(1, 3)):
                at = rng.randrange(len(parts))
                word, place = parts[at], rng.randrange(len(parts[at]))
                parts[at] = word[:place] + rng.choice(["", rng.choice(_LETTERS), rng.choice(_LETTERS) + word[place]]) + word[place + 1 :]
        case 4:
            del parts[rng.randrange(len(parts))]
        case 5:
            parts[rng.randrange(len(parts))] = rng.choice(["other", "42"])
    return " ".join(parts)


def corpus(n: int, length: tuple[int, int], seed: int, size: int = 400) -> list[str]:
    """Different texts of random words, the last third of them spoilt copies of the others."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices("aeioubdklmnprst", k=rng.randint(2, 9))) for _ in range(size)]
    texts = [" ".join(rng.choices(vocabulary, k=rng.randint(*length))) for _ in range(n - n // 3)]
    texts += [spoilt(rng.choice(texts), rng) for _ in range(n // 3)]
    return list(dict.fromkeys(map(normal_form, texts)))


@pytest.mark.parametrize(("length", "n"), [((4, 12), 900), ((18, 32), 500), ((30, 90), 250), ((150, 400), 80)])
def test_it_finds_what_comparing_all_with_all_finds(length: tuple[int, int], n: int) -> None:
    forms = corpus(n, length, seed=n)
    parts = [words(form) for form in forms]
    exact = {(a, b) for a, b in combinations(range(len(forms)), 2) if common(parts[a], parts[b])}
    found = set(near_pairs(forms))
    assert len(exact) > n / 8, "the corpus has twins"
    assert found <= exact
    assert len(found) >= 0.99 * len(exact)


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(_VOCABULARY), min_size=1, max_size=9).map(" ".join), max_size=25, unique=True))
def test_questions_cut_or_with_one_slip_are_always_found(forms: list[str]) -> None:
    found = set(near_pairs(forms))
    for a, b in combinations(range(len(forms)), 2):
        one, other = words(forms[a]), words(forms[b])
        slips = sum(x != y for x, y in zip(one, other, strict=True)) if len(one) == len(other) else 1
        if common(one, other) and slips <= 1:
            assert (a, b) in found
        if (a, b) in found:
            assert common(one, other)


@pytest.mark.parametrize(
    ("lacking", "near"),
    [("time", True), ("we", True), ("may", True), ("not", False), ("25", False)],
)
def test_a_word_that_is_lacking(lacking: str, near: bool) -> None:
    whole = "last time in the spring of 25 they did not open so may we bring our own food"
    without = " ".join(word for word in whole.split() if word != lacking)
    assert bool(near_pairs([whole, without])) is near
    assert near_pairs(["how do we open one", "how we open one"]) == [], "of few words every one counts"


def test_a_slip_in_several_words_is_found() -> None:
    assert near_pairs(["please transfer money from my savings account", "please transfre money from my savigns account"]) == [(0, 1)]


@pytest.mark.parametrize("text", ["", "word", "a" * 100_000, "a " * 30_000, "ab" * 50_000 + " c d e f"])
def test_strange_texts_are_no_trouble(text: str) -> None:
    began = time.process_time()
    assert near_pairs([text.strip(), "one two three four"]) == []
    assert time.process_time() - began < 5


def test_templates_do_not_grow_with_the_square() -> None:
    """Where every text is nearly like every other, each is compared with a few."""
    rng = random.Random(2)
    names = ["".join(rng.choices(_LETTERS, k=6)) for _ in range(4_000)]
    forms = [f"please tell {name} that the parcel for {rng.choice(names)} has come" for name in names]
    filler = " ".join(f"word{i}x" for i in range(25)).translate(str.maketrans("0123456789", "abcdefghij"))
    forms += [f"{filler} {name}" for name in names]
    began = time.process_time()
    near_pairs(forms)
    assert time.process_time() - began < 6


def test_groups_are_numbered_by_their_first() -> None:
    assert grouped(7, [(5, 2), (2, 6), (1, 3)]) == [0, 1, 2, 1, 4, 2, 2]


@given(st.text(_LETTERS[:4], min_size=5, max_size=8), st.text(_LETTERS[:4], min_size=5, max_size=8))
def test_one_slip_is_an_edit_of_one_letter(a: str, b: str) -> None:
    from rapidfuzz.distance import OSA

    assert (a == b or misspelt(a, b)) == (OSA.distance(a, b) <= 1)


@pytest.mark.slow
def test_a_hundred_thousand_questions_take_seconds() -> None:
    forms = corpus(100_000, (5, 14), seed=1, size=3_000)
    began = time.process_time()
    pairs = near_pairs(forms)
    assert time.process_time() - began < 15 and len(pairs) > 10_000
