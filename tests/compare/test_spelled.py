"""Numbers in words, read back from words that were made another way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compare.spelled import number_of, spelled_numbers

ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SATUAN = "satu dua tiga empat lima enam tujuh delapan sembilan".split()


def english(n: int) -> str:
    if n < 20:
        return ONES[n - 1]
    if n < 100:
        return TENS[n // 10 - 2] + (f"-{english(n % 10)}" if n % 10 else "")
    if n < 1000:
        return f"{english(n // 100)} hundred" + (f" and {english(n % 100)}" if n % 100 else "")
    return f"{english(n // 1000)} thousand" + (f" {english(n % 1000)}" if n % 1000 else "")


def indonesian(n: int) -> str:
    if n < 10:
        return SATUAN[n - 1]
    if n < 20:
        return {10: "sepuluh", 11: "sebelas"}.get(n, "") or f"{SATUAN[n - 11]} belas"
    if n < 100:
        return f"{SATUAN[n // 10 - 1]} puluh" + (f" {indonesian(n % 10)}" if n % 10 else "")
    if n < 1000:
        head = "seratus" if n < 200 else f"{SATUAN[n // 100 - 1]} ratus"
        return head + (f" {indonesian(n % 100)}" if n % 100 else "")
    head = "seribu" if n < 2000 else f"{indonesian(n // 1000)} ribu"
    return head + (f" {indonesian(n % 1000)}" if n % 1000 else "")


@given(st.integers(1, 999_999))
def test_every_whole_number_is_read_back(n: int) -> None:
    for words, percent in ((english(n), "percent"), (indonesian(n), "persen")):
        (one,) = spelled_numbers(f"It is {words} {percent} now")
        assert (one.value, one.text, one.unit, one.decimals) == (n, words, "%", 0)


@given(st.integers(1, 99), st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_and_so_is_one_with_a_point(n: int, digits: list[int]) -> None:
    wanted = float(f"{n}." + "".join(map(str, digits)))
    (one,) = spelled_numbers(f"{english(n)} point {' '.join(ONES[d - 1] for d in digits)} percent")
    assert (one.value, one.decimals) == (wanted, len(digits))
    (one,) = spelled_numbers(f"{indonesian(n)} koma {' '.join(SATUAN[d - 1] for d in digits)} persen")
    assert (one.value, one.decimals) == (wanted, len(digits))


@pytest.mark.parametrize("words", ["five twenty", "nine twelve", "belas dua", "point five", "dua tiga", "twenty dua", "and"])
def test_words_that_say_no_number(words: str) -> None:
    assert number_of(words.split()) == (None, 0)


@pytest.mark.parametrize(
    "text", ["three pumps", "one of them", "two percents that matter not", "a tent of ten", "satu langkah", "somewhat"]
)
def test_what_counts_things_is_no_measurement(text: str) -> None:
    assert [one.text for one in spelled_numbers(text) if one.unit != "%"] == []


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for one in spelled_numbers(text):
        assert text[one.start : one.end] == one.text
