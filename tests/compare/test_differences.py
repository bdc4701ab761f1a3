"""What two answers do not share is marked, and nothing is lost or added by marking it."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compare.differences import ALIKE, SHORT, Difference, Segment, difference

WORDS = st.lists(st.sampled_from(["usage", "fell", "12%", "-3.5", "day", ",", ".", "\n", "  ", "don't", "naïve", "水"]), max_size=30).map(
    " ".join
)
TEXT = st.one_of(st.text(max_size=60), WORDS)


def marked(segments: tuple[Segment, ...]) -> list[str]:
    return [one.text for one in segments if one.differs]


def joined(segments: tuple[Segment, ...]) -> str:
    return "".join(one.text for one in segments)


def test_only_the_other_words_are_marked() -> None:
    found = difference("Usage rose 12% against the day before. Do nothing.", "Usage fell 7% against the day before. Check the pump.")
    assert marked(found.first) == ["rose 12", "Do nothing"]
    assert marked(found.second) == ["fell 7", "Check the pump"]
    assert 0.4 < found.alike < 0.9


def test_a_number_and_its_sign_are_told_apart() -> None:
    assert marked(difference("a change of 12.5% today", "a change of 12.4% today").second) == ["12.4"]
    assert marked(difference("a change of 5% today", "a change of -5% today").second) == ["-"]


def test_a_sign_does_not_mark_the_word_before_it() -> None:
    assert marked(difference("Wait, then look.", "Wait; then look.").second) == [";"]


def test_a_sign_between_two_marked_words_does_not_cut_the_mark_in_two() -> None:
    assert marked(difference("Ask, then wait.", "Look, now wait.").second) == ["Look, now"]


def test_texts_that_differ_in_spacing_alone_are_the_same() -> None:
    found = difference("Check the pump.\nThen wait.", "Check  the pump. Then wait.")
    assert found.same and found.alike == 1.0


def test_nothing_and_something() -> None:
    found = difference("", "Check the pump.")
    assert found.first == () and marked(found.second) == ["Check the pump."] and found.alike == 0.0
    assert difference("", "") == Difference((), (), 1.0)


def test_texts_of_which_hardly_anything_stayed_are_not_alike() -> None:
    assert difference("I have been taught nothing, so I have no answer.", "Usage fell 7% against the day before.").alike < ALIKE
    assert difference("Usage rose 12% today.", "Usage fell 7% today.").alike >= ALIKE


@given(TEXT, TEXT)
def test_joined_the_segments_are_the_texts_again(first: str, second: str) -> None:
    found = difference(first, second)
    assert joined(found.first) == first and joined(found.second) == second
    assert 0.0 <= found.alike <= 1.0
    assert all(a.differs != b.differs for segments in (found.first, found.second) for a, b in pairwise(segments))


@given(TEXT)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    found = difference(text, text)
    assert found.same and found.alike == 1.0


@given(TEXT, TEXT)
def test_words_that_are_not_marked_are_in_both(first: str, second: str) -> None:
    found = difference(first, second)

    def kept(segments: tuple[Segment, ...]) -> str:
        return "".join(letter for one in segments if not one.differs for letter in one.text if letter.isalnum())

    assert kept(found.first) == kept(found.second)


@given(st.lists(st.sampled_from("ab"), min_size=SHORT, max_size=2 * SHORT), st.lists(st.sampled_from("ab"), max_size=2 * SHORT))
def test_long_texts_too_are_joined_to_themselves_again(first: list[str], second: list[str]) -> None:
    one, two = " ".join(first), " ".join(second)
    found = difference(one, two)
    assert joined(found.first) == one and joined(found.second) == two and 0.0 <= found.alike <= 1.0


def test_a_word_in_the_middle_of_a_long_text_is_marked_alone() -> None:
    words = [f"word{n}" for n in range(20_000)]
    other = [*words[:9_000], "new", *words[9_000:15_000], "other", *words[15_001:]]
    assert marked(difference(" ".join(words), " ".join(other)).second) == ["new", "other"]


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (" a" * (MEGABYTE // 2), " a" * (MEGABYTE // 2 - 9) + " b" * 9),
        ("!" * MEGABYTE, "?!" * (MEGABYTE // 2)),
        ("a" * MEGABYTE, "b" * MEGABYTE),
        ("word " * (MEGABYTE // 5), "two words"),
        (" ".join(random.Random(1).choices("ab", k=MEGABYTE // 2)), " ".join(random.Random(2).choices("ab", k=MEGABYTE // 2))),
    ],
    ids=["repeated", "signs", "one word", "long and short", "two words at random"],
)
def test_a_megabyte_that_repeats_itself_is_compared_in_seconds(first: str, second: str) -> None:
    begun = time.process_time()
    found = difference(first, second)
    assert time.process_time() - begun < 20
    assert joined(found.first) == first and joined(found.second) == second
