"""Texts that tokenizers have got wrong: mixed scripts, half words, runs of space, spelled special tokens. The same for the same seed.

Only `random()` of Python's generator is used, the one method whose sequence is promised to stay the same from version to version.
"""

import random
from collections.abc import Iterator

ALPHABETS = (
    "abcdefghij ABC",
    "0123456789 .,-",
    " \t\n\r\u00a0\u2003\u2028",
    "’'`\"“”sdtmlvre",
    "äöüßéñçøœ İıſ",
    "кириллица ЖЩ",
    "العربية\u200f שלום",
    "漢字かな한글",
    "😀🙏🏽👨\u200d👩\u200d👧🇮🇩\ufe0f",
    "<|endoftext|>fim_<|im_start|>",
    "e\u0301\u0300\u0489\u0bcd",
    "\x00\x07\x7f\ufeff\ufffd\U0010ffff",
    "{}[]():;/\\#*_=+-&%$",
)
WORDS = (
    "<|endoftext|>",
    "<|fim_prefix|>",
    "don't",
    "WE'LL",
    "\r\n",
    "  ",
    "\t\t",
    "rekening",
    "Überweisung",
    "HTTPServer",
    "1234567",
    "!!!\n",
    " a",
)
_LONGEST = 60


def nasty_texts(n: int, seed: int) -> Iterator[str]:
    """`n` texts of up to 60 pieces, each of letters from a few alphabets and of awkward words."""
    draw = random.Random(seed).random

    def below(most: int) -> int:
        return int(draw() * most)

    for _ in range(n):
        letters = "".join(ALPHABETS[below(len(ALPHABETS))] for _ in range(1 + below(4)))
        pieces = [WORDS[below(len(WORDS))] if draw() < 0.05 else letters[below(len(letters))] for _ in range(below(_LONGEST + 1))]
        yield "".join(pieces)
