"""Sentences: nothing from a file becomes markup, and numbers are written for a reader."""

import re
import time
from itertools import pairwise

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
        ":material/home:",
        ":smile:",
        ":+1:",
        "<b>",
        "`code`",
        "# head",
        "a_b",
    ],
)
def test_markup_in_a_parameter_is_escaped(text: str) -> None:
    shown = t("{name} needs a look.", name=text)
    assert shown == f"{escape(text)} needs a look."
    assert escape(text) != text and unescape(escape(text)) == text


# what Streamlit's Markdown makes links of in its finished text (mdast-util-gfm-autolink-literal), whatever is escaped
_LINKED = re.compile(r"(?:https?://|(?<![^\W_])www(?=\.))[-.A-Z0-9_]+|[-.A-Z0-9_+]+@[-A-Z0-9_]+(?:\.[-A-Z0-9_]+)+", re.IGNORECASE)
_PIECE = re.compile(r"\\(?P<sign>.)|`(?P<code>[^`\\]+)`|(?P<plain>.)", re.DOTALL)
_PARTS = st.sampled_from(
    [
        "www.",
        "https://",
        "HTTP://",
        "a@b.c",
        "@",
        ".",
        "+",
        "`",
        "\\",
        "é",
        "x",
        " ",
        "|",
        "]",
        ":",
        ":smile:",
        "material/home",
        "10:30:15",
        "+1",
    ]
)
_TEXTS = st.text() | st.lists(_PARTS, max_size=12).map("".join)


# what it makes icons and pictures of there (remark-emoji, and Streamlit's own names)
_PICTURED = re.compile(r":(?:\+1|-1|100|1234|streamlit|[\w+-]*[a-z][\w+-]*|material_\w+):", re.IGNORECASE)


@given(_TEXTS)
def test_escaped_text_has_no_bare_markup(text: str) -> None:
    shown = escape(text)
    pieces = list(_PIECE.finditer(shown))
    assert "".join(piece[0] for piece in pieces) == shown
    assert not any(piece["plain"] and piece["plain"] in "\\*_[]()<>#`$:!|~" for piece in pieces)
    assert not any(a["code"] and b["code"] for a, b in pairwise(pieces)), "two that touch would be one, with the marks shown"


@given(_TEXTS)
def test_no_address_becomes_a_link_and_it_is_copied_as_it_stands(text: str) -> None:
    pieces = list(_PIECE.finditer(escape(text)))
    between = "".join("\n" if piece["code"] else piece["sign"] or piece["plain"] for piece in pieces)
    assert not _LINKED.search(between) and not _PICTURED.search(between)
    assert "".join(piece["sign"] or piece["code"] or piece["plain"] for piece in pieces) == re.sub(r"\s+", " ", text)


def test_raw_parameters_are_ours_and_stay() -> None:
    assert t("{a}", a=Raw("`x`")) == "`x`"


def test_numbers_are_written_for_a_reader() -> None:
    assert number(1234567) == "1,234,567"
    assert number(0.123456, 3) == "0.123"
    assert percent(0.6066) == "61%"
    assert percent(None) == "–"
    assert money(12.5) == "$12.50"
    assert money(0.0034) == "$0.0034"
    assert money(34952.43) == "$34,952.43" and money(34952.43, whole=True) == "$34,952"
    assert money(620.5, whole=True) == "$620.50"


@given(_TEXTS)
def test_a_sentence_is_read_as_it_is_where_no_markup_is_rendered(text: str) -> None:
    shown = " ".join(text.split())
    assert unescape(escape(shown)) == shown


def test_the_name_of_an_icon_is_no_icon_and_reads_as_it_stands() -> None:
    assert escape(":material/home: and/or") == r"\:material\/home\: and/or"
    assert unescape(escape(":material/home:")) == ":material/home:"


def test_a_time_of_day_is_no_name_of_a_picture() -> None:
    assert "`" not in escape("From 10:30:15 to 11:45:00, day:night")


@pytest.mark.parametrize("text", [":" + "a" * 200_000, ":a" * 100_000, ":1" * 100_000, "::" * 100_000])
def test_a_long_text_with_colons_is_escaped_in_no_time(text: str) -> None:
    start = time.process_time()
    escape(text)
    assert time.process_time() - start < 2


def test_a_long_text_is_escaped_in_no_time() -> None:
    start = time.process_time()
    assert escape("x" * 200_000) == "x" * 200_000
    assert time.process_time() - start < 2
