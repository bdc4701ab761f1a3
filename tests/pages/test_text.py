"""Sentences: nothing from a file becomes markup, and numbers are written for a reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.ui.text import Raw, escape, money, number, percent, t, unescape


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://host/leak.png)",
        "[a](b)",
        "www.elsewhere.example",
        "a@elsewhere.example",
        "**bold**",
        "$x^2$",
        ":red[alarm]",
        "<b>",
        "`code`",
        "# head",
        "a_b",
    ],
)
def test_markup_in_a_parameter_is_escaped(text: str) -> None:
    shown = t("{name} needs a look.", name=text)
    assert shown == f"{escape(text)} needs a look."
    assert escape(text) != text and escape(text).replace("\\", "").replace("\u2060", "") == text


@given(st.text())
def test_escaped_text_has_no_bare_markup(text: str) -> None:
    shown = escape(text)
    for i, letter in enumerate(shown):
        if letter in "*_[]()<>#`$:!|~":
            assert i > 0 and shown[i - 1] == "\\"


def test_raw_parameters_are_ours_and_stay() -> None:
    assert t("{a}", a=Raw("`x`")) == "`x`"


def test_numbers_are_written_for_a_reader() -> None:
    assert number(1234567) == "1,234,567"
    assert number(0.123456, 3) == "0.123"
    assert percent(0.6066) == "61%"
    assert percent(None) == "–"
    assert money(12.5) == "$12.50"
    assert money(0.0034) == "$0.0034"


@given(st.text())
def test_a_sentence_is_read_as_it_is_where_no_markup_is_rendered(text: str) -> None:
    shown = " ".join(text.replace("\u2060", "").split())
    assert unescape(escape(shown)) == shown
