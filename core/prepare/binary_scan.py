"""What python-calamine does not tell of a sheet of .xls or .xlsb: cells with an error, and in .xlsb merged cells.

Only records of these kinds are looked at. Where a file is damaged the scan ends, and what was found until then holds.
"""

import posixpath
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import takewhile

from core.base.errors import N_, TooLarge
from core.prepare.ole import stream
from core.prepare.sheet_scan import parse_xml
from core.prepare.source import Limits

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A", 43: "#GETTING_DATA"}
_ANOTHER = "#ERROR!"

_BOUND_SHEET, _BEGIN, _END = 0x85, 0x809, 0x0A  # of .xls
_FORMULAS, _TRUTH_OR_ERROR = (0x06, 0x206, 0x406), 0x205
_IS_ERROR = b"\x02"
_NO_NUMBER = b"\xff\xff"

_ROW, _CELL_ERROR, _FORMULA_ERROR, _SHEET, _MERGED = 0, 3, 11, 156, 176  # of .xlsb
BOOK, _RELATIONS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"

Records = Iterator[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Told:
    """By row and column, from 0, what a cell with an error shows; the merged areas as first and last (row, column)."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    areas: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)


def scan_xls(data: bytes, number: int, limits: Limits) -> Told:
    """Of the sheet of this number, from 0."""
    book, told = stream(data, "Workbook", "Book"), Told()
    head = takewhile(lambda one: one[0] != _END, _xls_records(book, 0))
    starts = [struct.unpack_from("<L", body)[0] for kind, body in head if kind == _BOUND_SHEET and len(body) >= 4]
    depth = 0
    for kind, body in _xls_records(book, starts[number]) if number < len(starts) else ():
        if kind == _BEGIN:
            depth += 1  # a chart on the sheet is a book within it
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                break
        elif depth == 1 and kind == _TRUTH_OR_ERROR and len(body) >= 8 and body[7]:
            _note(told, struct.unpack_from("<HH", body), body[6], limits)
        elif depth == 1 and kind in _FORMULAS and len(body) >= 14 and body[6:7] == _IS_ERROR and body[12:14] == _NO_NUMBER:
            _note(told, struct.unpack_from("<HH", body), body[8], limits)
    return told


def scan_xlsb(data: bytes, name: str, limits: Limits) -> Told:
    """Of the sheet of this name."""
    told, row = Told(), 0
    with zipfile.ZipFile(BytesIO(data)) as parts:
        part = _part_of(parts, name)
        for kind, body in _xlsb_records(parts.read(part)) if part in parts.namelist() else ():
            if kind == _ROW and len(body) >= 4:
                (row,) = struct.unpack_from("<L", body)
            elif kind in (_CELL_ERROR, _FORMULA_ERROR) and len(body) >= 9:
                _note(told, (row, int.from_bytes(body[:4], "little")), body[8], limits)
            elif kind == _MERGED and len(body) >= 16 and len(told.areas) < limits.rows:
                top, bottom, left, right = struct.unpack_from("<4L", body)
                told.areas.append(((top, left), (bottom, right)))
    return told


def _note(told: Told, place: tuple[int, int], code: int, limits: Limits) -> None:
    if len(told.errors) >= limits.rows:
        raise TooLarge(N_("This sheet holds more than {n} cells with an error in place of a value."), n=limits.rows)
    told.errors[place] = ERRORS.get(code, _ANOTHER)


def _part_of(parts: zipfile.ZipFile, wanted: str) -> str:
    """The part of the sheet of this name; "" where there is none."""
    targets: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")

    if not {BOOK, _RELATIONS} <= {*parts.namelist()}:
        return ""
    parse_xml([parts.read(_RELATIONS)], relation, lambda name: None, lambda text: None)
    for kind, body in _xlsb_records(parts.read(BOOK)):
        if kind == _SHEET:
            relation_id, rest = _wide(body[8:])
            if _wide(rest)[0] == wanted:
                return targets.get(relation_id, "")
    return ""


def _xls_records(data: bytes, at: int) -> Records:
    """The records from there on: kind and length in two bytes each."""
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length


def _xlsb_records(data: bytes) -> Records:
    """The records: kind and length in seven bits a byte."""
    at, end = 0, len(data)
    try:
        while at < end:
            kind = data[at]
            at += 1
            if kind & 128:
                kind = kind & 127 | (data[at] & 127) << 7
                at += 1
            length = shift = 0
            while True:
                low = data[at]
                at += 1
                length |= (low & 127) << shift
                shift += 7
                if low < 128 or shift == 28:
                    break
            yield kind, data[at : at + length]
            at += length
    except IndexError:  # cut within a record's head
        return


def _wide(data: bytes) -> tuple[str, bytes]:
    """A text that says its own length, and what follows it."""
    length = struct.unpack_from("<L", data)[0] if len(data) >= 4 else 0
    return data[4 : 4 + 2 * length].decode("utf-16-le", "replace"), data[4 + 2 * length :]
