"""Text is shown in whole characters, and never what may become a stop text."""

import random
from itertools import pairwise

import pytest

from engine.lora.pieces import Pieces


def shown(data: bytes, stops: tuple[str, ...], cuts: list[int]) -> tuple[list[str], bool]:
    pieces = Pieces(stops)
    edges = [0, *sorted(cuts), len(data)]
    told = [pieces.add(data[start:end]) for start, end in pairwise(edges)]
    return [*told, "" if pieces.stopped else pieces.rest()], pieces.stopped


@pytest.mark.parametrize(
    ("text", "stops", "expected"),
    [
        ("naïve café 你好 🙂", (), "naïve café 你好 🙂"),
        ("one two\nthree", ("\n",), "one two"),
        ("one two three", ("two th", "three"), "one "),
        ("aaab", ("aab",), "a"),
        ("ababac", ("abac",), "ab"),
        ("no stop here", ("stop!",), "no stop here"),
        ("it ends wit", ("with",), "it ends wit"),
        ("你好🙂世界", ("🙂",), "你好"),
    ],
)
def test_wherever_the_tokens_end_the_text_is_the_same(text: str, stops: tuple[str, ...], expected: str) -> None:
    data, rng = text.encode(), random.Random(7)
    for _ in range(200):
        told, stopped = shown(data, stops, [rng.randrange(len(data) + 1) for _ in range(rng.randrange(12))])
        assert "".join(told) == expected
        assert stopped == (expected != text)
        so_far = ""
        for piece in told:
            so_far += piece
            assert expected.startswith(so_far), "something was shown that had to be taken back"


def test_half_a_character_waits_and_is_dropped_at_the_end() -> None:
    pieces = Pieces(())
    assert [pieces.add(b"a\xf0\x9f"), pieces.add(b"\x99"), pieces.add(b"\x82b")] == ["a", "", "🙂b"]
    assert pieces.add("é".encode()[:1]) == "" and pieces.rest() == ""


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert Pieces(()).add(b"a\xff\xfeb") == "a\ufffd\ufffdb"
