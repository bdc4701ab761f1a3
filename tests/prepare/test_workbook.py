"""A table comes back the same from a workbook, a CSV, a zip and a Parquet file, whatever stands in it."""

import csv
import io
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core.prepare.columns import has_decimal_commas, profile
from core.prepare.draft import Draft
from core.prepare.prepared import overview
from core.prepare.reading import Choices, read_table
from core.prepare.sheet_cells import shown
from core.prepare.work import prepare_draft
from tests.prepare.packed import parquet, workbook, zipped

_SIGNS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\ufffd\ufffe\uffff_", include_characters="\n"
)
_CELL = st.text(_SIGNS, max_size=20).filter(lambda text: not ILLEGAL_CHARACTERS_RE.search(text) and not text.startswith("="))
_ROWS = st.lists(st.tuples(_CELL.filter(str.strip), _CELL), min_size=1, max_size=15)


@settings(deadline=None, max_examples=25)
@given(cells=_ROWS, top=st.integers(0, 3), left=st.integers(0, 3))
def test_every_text_comes_back_from_every_kind_of_file(cells: list[tuple[str, str]], top: int, left: int) -> None:
    rows = [("the question", "the answer"), *cells]
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    book = openpyxl.Workbook()
    for at, row in enumerate(rows, 1 + top):
        for column, text in enumerate(row, 1 + left):
            book.active.cell(at, column).value = text or None
    packed = io.BytesIO()
    book.save(packed)
    files = {
        "xlsx": packed.getvalue(),
        "csv": out.getvalue().encode(),
        "zip": zipped({"a.csv": out.getvalue().encode()}),
        "parquet": parquet({name: [row[at] for row in cells] for at, name in enumerate(rows[0])}),
    }
    for kind, data in files.items():
        source = read_table(data, f"a.{kind}", choices=Choices(header=True))
        assert source.table is not None
        first = {"xlsx": 2 + top, "parquet": 1}.get(kind, 2)
        # calamine takes a cell of nothing but blanks for an empty one
        wanted = [tuple(text if text.strip() else "" for text in row) for row in cells] if kind == "xlsx" else cells
        assert source.table.columns == rows[0] and list(source.table.rows) == wanted, kind
        assert list(source.table.numbers) == list(range(first, first + len(cells))), kind
        assert source.findings == ()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.integers(-(10**14), 10**14),
            st.floats(-1e9, 1e9).map(lambda x: round(x, 3)),
            st.booleans(),
            st.dates(date(1900, 3, 1), date(9999, 12, 30)),
            st.datetimes(datetime(1900, 3, 1), datetime(2100, 1, 1)).map(lambda x: x.replace(microsecond=0)),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_numbers_truths_and_days_come_back_as_a_person_sees_them(values: list[object]) -> None:
    source = read_table(workbook({"S": [("x", "y"), *((value, "text") for value in values)]}), "a.xlsx", choices=Choices(header=True))
    assert source.table is not None
    timed = any(isinstance(value, datetime) and value.time() != time() for value in values)
    for value, (cell, _) in zip(values, source.table.rows, strict=True):
        if isinstance(value, bool):
            assert cell == str(value).upper()
        elif isinstance(value, int | float):
            assert float(cell) == value and (float(value) != int(value) or "." not in cell)
        else:
            day = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # type: ignore[attr-defined]
            assert cell == (day.isoformat(" ") if timed else day.date().isoformat())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e15, "1000000000000000"),
        (1.5e-9, "1.5e-09"),
        (0.00012, "0.00012"),
        (1e300, "1e+300"),
        (True, "TRUE"),
        (timedelta(days=-1, hours=23), "-1:00:00"),
        (datetime(2024, 1, 2, 3, 4, 5, 600_000), "2024-01-02 03:04:05.600"),
        ("text", "text"),
    ],
)
def test_one_value_in_words(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("cells", "is_so"),
    [
        (["1,5", "2,25", "3"], True),
        (["1.234,56", "2,00", ""], True),
        (["€ 1,50", "2,5 %", "nan"], True),
        (["1,234", "0,500"], True),
        (["1,234", "5,678"], False),
        (["1,234.50", "2,5"], False),
        (["1.5", "2,5"], False),
        (["1,5", "see above", "2,5"], False),
        (["1,5"], False),
        (["12", "13"], False),
        (["a, b", "c, d"], False),
    ],
)
def test_decimal_commas_are_recognised_only_where_they_must_be(cells: list[str], is_so: bool) -> None:
    assert has_decimal_commas(cells) is is_so


def test_a_column_with_decimal_commas_says_so_and_stays_as_written() -> None:
    source = read_table("name;price\nTea;1,50\nMilk;0,99\n".encode("utf-16"), "a.csv")
    assert source.table is not None and source.table.column("price") == ["1,50", "0,99"]
    assert [column.decimal_comma for column in profile(source.table)] == [False, True]
    assert source.decisions[-1].params == {"columns": ["price"]}


def test_the_overview_lists_what_can_be_chosen() -> None:
    rows = [("question", "answer"), *((f"How is {n}?", f"Answer {n % 3}") for n in range(20))]
    book = workbook({"One": rows, "Two": rows[:5]})
    source = overview(prepare_draft(book, "a.xlsx"))["source"]
    assert (source["format"], source["sheets"], source["members"]) == ("workbook", ["One", "Two"], [])
    packed = overview(prepare_draft(zipped({"a.xlsx": book, "b.csv": "q,a\nx,y\n"}), "a.zip"))["source"]
    assert (packed["format"], packed["sheets"], packed["members"]) == ("workbook", ["One", "Two"], ["a.xlsx", "b.csv"])
    two = overview(prepare_draft(book, "a.xlsx", {"reading": {"sheet": "Two"}}))["source"]
    assert two["rows"] == 4 and two["decisions"][0] == {"code": "sheet_chosen", "params": {"sheet": "Two"}}


def test_a_draft_keeps_how_to_read() -> None:
    draft = Draft(reading=Choices("cp1252", ";", False, "Sheet 2", "a.csv", "table"))
    assert Draft.from_dict(draft.to_dict()) == draft
    assert Draft.from_dict({"reading": {"sheet": 5, "member": "", "layout": "other", "header": "yes"}}).reading == Choices()
