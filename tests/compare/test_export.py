"""A file that leaves the app must open as text in every spreadsheet, and give back what went in."""

import csv
import io
import unicodedata
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.base.export import neutralise, restore, safe_csv

STARTERS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe63\ufe62\u2212"
INVISIBLE = " \u00a0\u3000\u200b\u200e\ufeff\u00ad\x00\x0b"
TEXT = st.text(st.one_of(st.sampled_from(STARTERS + INVISIBLE + "'\t\r\n;,\"ab19. "), st.characters(exclude_categories=("Cs",))))


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def looks_like_a_formula(cell: str) -> bool:
    """What a spreadsheet sees, written independently of the code: the first visible character."""
    visible = [c for c in cell if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc", "Mn")]
    first = unicodedata.normalize("NFKC", visible[0])[:1] if visible else ""
    return first in ("=", "+", "-", "@", "\u2212")


def is_plain_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return cell.isascii() and cell.strip() == cell and cell[1:2].isdigit() and "_" not in cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\rx",
        "\nx",
        "  =1",
        "\u200b=cmd|' /C calc'!A0",
        "\ufeff=1",
        "\uff1d1+1",
        "\uff20SUM(1)",
        "\u22121+1",
        "-Infinity",
        "+x",
        "- a list",
    ],
)
def test_formulas_become_text(text: str) -> None:
    assert neutralise(text) == "'" + text


def test_a_tab_is_not_a_way_around() -> None:
    assert neutralise("\t=1") == "'\t'=1"
    assert neutralise("name;=1") == "name;'=1"


@pytest.mark.parametrize("text", ["-3.2", "-3,2", "+5", "-1e-9", "3", "", "plain", "a=b", "5 - 3", "me@example.com", "it's", "'quoted'"])
def test_numbers_and_ordinary_text_stay(text: str) -> None:
    assert neutralise(text) == text


@given(TEXT)
@example("'=1")
@example("''=1")
@example("\u200b'=1")
@example("a;=1")
@example("'\t=1")
@example("x\n-y\n'-z")
def test_restore_gives_back_every_text(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=5), st.lists(TEXT, min_size=2, max_size=2))
def test_no_cell_or_header_of_any_table_begins_a_formula(rows: list[list[str]], header: list[str]) -> None:
    data = safe_csv(pd.DataFrame(rows, columns=header, dtype=object))
    cells = [cell for line in read(data) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("\t", "\r", "\n"))]
    assert not [cell for cell in cells if looks_like_a_formula(cell) and not is_plain_number(cell)]
    assert [[restore(cell) for cell in line] for line in read(data)] == [header, *rows]


@given(TEXT, TEXT)
def test_a_spreadsheet_that_cuts_at_semicolons_finds_no_formula_either(first: str, second: str) -> None:
    text = safe_csv(pd.DataFrame([[first, second]], columns=["a", "b"], dtype=object)).decode("utf-8-sig")
    for delimiter in (";", "\t"):
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            for cell in line:
                # a cell that is a number up to the quotes that the wrong cut leaves behind cannot run anything
                assert not looks_like_a_formula(cell) or is_plain_number(cell.split('"')[0].split(",")[0])


def test_types_read_well_in_a_spreadsheet() -> None:
    frame = pd.DataFrame(
        {
            "text": ["naïve 你好 🙂", None],
            "number": [-3.5, float("nan")],
            "whole": pd.array([1, None], dtype="Int64"),
            "yes": [True, False],
            "when": [datetime(2026, 11, 22, 9, 30, tzinfo=UTC), pd.NaT],
            "low": [float("-inf"), 0.0],
        }
    )
    data = safe_csv(frame)
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    first, second = read(data)[1:]
    assert first == ["naïve 你好 🙂", "-3.5", "1", "true", "2026-11-22T09:30:00+00:00", "'-inf"]
    assert second == ["", "", "", "false", "", "0.0"]


def test_pandas_reads_it_back() -> None:
    frame = pd.DataFrame({"=head": ["=1+1", "plain, with comma", 'and "quotes"\nand a line']})
    back = pd.read_csv(io.BytesIO(safe_csv(frame)))
    assert [restore(name) for name in back.columns] == ["=head"]
    assert [restore(cell) for cell in back.iloc[:, 0]] == frame["=head"].tolist()


def test_half_a_surrogate_pair_does_not_stop_the_export() -> None:
    assert read(safe_csv(pd.DataFrame({"a": ["x\ud83d"]}, dtype=object)))[1] == ["x?"]
