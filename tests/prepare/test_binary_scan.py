"""What the records of old and binary workbooks tell beside what the library reads."""

import re
import struct

import pytest
import xlwt

from core.base.errors import TooLarge
from core.prepare.binary_scan import Told, scan_xls, scan_xlsb
from core.prepare.ole import stream
from core.prepare.source import DEFAULT, Limits
from tests.prepare.old_sheets import Wrong, record, small_stream, xls, xlsb, xlsb_merged, xlsb_sheet

ROWS = [("q", "n"), ("x", Wrong(42)), (Wrong(7), 3)]
ERRORS = {(1, 1): "#N/A", (2, 0): "#DIV/0!"}


def test_the_errors_of_one_sheet_are_told() -> None:
    data = xls({"A": [("only", 1)], "B": ROWS})
    assert scan_xls(data, 0, DEFAULT) == Told() == scan_xls(data, 2, DEFAULT)
    assert scan_xls(data, 1, DEFAULT) == Told(ERRORS)
    binary = xlsb({"A": [("only", 1)], "B": xlsb_sheet(ROWS, more=xlsb_merged((0, 1, 2, 3)))})
    assert scan_xlsb(binary, "A", DEFAULT) == Told() == scan_xlsb(binary, "none", DEFAULT)
    assert scan_xlsb(binary, "B", DEFAULT) == Told(ERRORS, [((0, 2), (1, 3))])


def test_a_formula_whose_result_is_an_error_is_told() -> None:
    data = xls({"S": [("q", "n"), ("x", xlwt.Formula("1/0")), ("y", xlwt.Formula("1/1"))]})
    result = b"\x02\0\x07\0\0\0\xff\xff"
    wrong, n = re.subn(rb"(\x01\x00\x01\x00..)\x03\x00{5}\xff\xff", lambda found: found[1] + result, data, count=1, flags=re.DOTALL)
    assert n == 1 and scan_xls(data, 0, DEFAULT) == Told()
    assert scan_xls(wrong, 0, DEFAULT) == Told({(1, 1): "#DIV/0!"})
    row, cell = record(0, struct.pack("<LLHBBBL", 1, 0, 300, 0, 0, 0, 0)), record(11, struct.pack("<LLB", 1, 0, 7) + bytes(8))
    assert scan_xlsb(xlsb({"S": row + cell}), "S", DEFAULT) == Told({(1, 1): "#DIV/0!"})


def test_a_sheet_of_nothing_but_errors_is_bounded() -> None:
    few = Limits(rows=1)
    with pytest.raises(TooLarge, match="error"):
        scan_xls(xls({"S": ROWS}), 0, few)
    with pytest.raises(TooLarge, match="error"):
        scan_xlsb(xlsb({"S": ROWS}), "S", few)


@pytest.mark.parametrize("n", [1, 64, 700, 4_000])
def test_a_small_stream_is_put_together_from_its_pieces(n: int) -> None:
    content = bytes(at % 251 for at in range(n))
    assert stream(small_stream("Book", content), "Workbook", "Book") == content
    assert stream(small_stream("Other", content), "Workbook", "Book") == b""


def test_a_large_stream_is_found_beyond_the_first_table_of_sectors() -> None:
    data = xls({"S": [("y" * 4_000 + str(at), Wrong(7)) for at in range(2_000)]})
    assert len(data) > 109 * 128 * 512
    assert len(scan_xls(data, 0, DEFAULT).errors) == 2_000
    assert scan_xls(data[: len(data) // 2], 0, DEFAULT) == Told(), "cut in half"


@pytest.mark.parametrize("data", [b"", b"\xd0\xcf\x11\xe0", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"\xff" * 2_000])
def test_what_is_no_container_has_no_stream(data: bytes) -> None:
    assert stream(data, "Workbook") == b"" and scan_xls(data, 0, DEFAULT) == Told()
