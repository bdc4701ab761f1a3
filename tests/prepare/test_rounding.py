"""Numbers are shortened for reading, in the notation of their column; what is no measurement stays as it is."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.prepare.formatting import make_examples
from core.prepare.mapping import Mapping
from core.prepare.prompts import resolve
from core.prepare.rounding import decimal_mark, notation_of, rounded
from core.prepare.source import Table


def column(*cells: str, name: str = "usage") -> Table:
    return Table((name,), [(cell,) for cell in cells], range(2, len(cells) + 2))


def shortened(decimals: int, *cells: str, name: str = "usage") -> list[str]:
    table = column(*cells, name=name)
    change = rounded(table.columns, notation_of(table), decimals).get(0, lambda cell: cell)
    return [change(cell) for cell in cells]


@pytest.mark.parametrize(
    ("decimals", "cell", "written"),
    [
        (2, "0.58064516129032262", "0.58"),
        (2, "3.87689e16", "38768900000000000"),
        (2, "302.20000000000005", "302.2"),
        (2, "172.99999999999997", "173"),
        (0, "12.5", "13"),
        (0, "-12.5", "-13"),
        (2, "-0.001", "0"),
        (2, "12.5", "12.5"),
        (2, "12", "12"),
        (2, "1.50", "1.50"),
        (1, "€ 12.345", "€ 12.3"),
        (1, "12.345 %", "12.3 %"),
        (2, "1,234.5678", "1,234.57"),
        (2, "1e-9", "0"),
        (2, "1e300", "1e300"),
        (2, "nan", "nan"),
        (2, "1.2.3", "1.2.3"),
    ],
)
def test_a_number_is_shortened(decimals: int, cell: str, written: str) -> None:
    assert shortened(decimals, cell, *["0.51", "7.25", "14.125", "3.75", "6.5"] * 8)[0] == written


def test_a_decimal_comma_is_understood() -> None:
    cells = ["0,58064516129032262", "1.234,5678", "12,5", "1234,5678", "7"]
    assert shortened(2, *cells) == ["0,58", "1.234,57", "12,5", "1234,57", "7"]


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (("1.5", "2"), "."),
        (("1,5", "2"), ","),
        (("1.234", "2.345"), "?"),
        (("1,234", "2,345"), ""),
        (("1.234.567", "5"), ","),
        (("1,234,567", "5"), "."),
        (("1.234,5", "1.234"), ","),
        (("0.125", "1.234"), "."),
        (("1234.567",), "."),
        (("5", "nan", "x"), ""),
    ],
)
def test_the_decimal_mark_is_what_the_column_shows(cells: tuple[str, ...], mark: str) -> None:
    assert decimal_mark(cells) == mark


def test_a_thousand_is_never_taken_for_a_fraction() -> None:
    assert shortened(1, "1.234", "2.345", "500") == ["1.234", "2.345", "500"]
    table = Table(("total", "share"), [("1.234", "0,51"), ("2.345", "0,72")], range(2, 4))
    assert [name for name, _ in notation_of(table)] == ["share"]
    beside = Table(("total", "share"), [("1.234", "0.5"), ("2.345", "0.7")], range(2, 4))
    assert [name for name, _ in notation_of(beside)] == ["total", "share"]


def test_identifiers_dates_and_words_are_left_alone() -> None:
    for cells in (["2026-03-01", "2026-03-02"] * 5, ["01.03.2026", "02.03.2026"] * 5, ["version 1.23456", "version 2.34567"] * 5):
        assert shortened(0, *cells) == cells
    numbers = [f"{at}.123456" for at in range(10)]
    assert shortened(0, *numbers, name="meter id") == numbers
    assert shortened(0, *numbers)[1] == "1"


@given(st.decimals(-1_000_000, 1_000_000, allow_nan=False, places=9), st.integers(0, 6))
def test_shortening_is_rounding_and_nothing_more(value: Decimal, decimals: int) -> None:
    cell = f"{value:f}"
    (found, *_) = shortened(decimals, cell, *["0.51", "7.25"] * 20)
    assert abs(Decimal(found) - value) <= Decimal(1).scaleb(-decimals) / 2
    assert len(found.partition(".")[2]) <= decimals


def test_a_later_file_of_one_row_is_read_as_the_one_that_trained() -> None:
    table = Table(("usage", "state"), [(f"{at}.{at:03d}5", ("up", "down")[at % 2]) for at in range(20)], range(2, 22))
    mapping = resolve(table, Mapping(("usage",), ("state",), "", decimals=1))
    assert mapping.notation == (("usage", "."),)
    assert Mapping.from_dict(mapping.to_dict()) == mapping
    alone = Table(("usage", "state"), [("1.234", "up")], range(2, 3))
    assert make_examples(alone, mapping)[0].question == "1.2"
    assert make_examples(alone, Mapping(("usage",), ("state",), "", decimals=1))[0].question == "1.234", "by itself it may be a thousand"
