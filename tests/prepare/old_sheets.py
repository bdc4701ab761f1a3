"""Makers of spreadsheets other than .xlsx: LibreOffice's from XML, binary Excel's from records, and Excel's of before 2007."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape

from tests.prepare.packed import zipped

_KIND = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = (
    " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style"))
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


class Wrong(int):
    """A cell with an error, by its number: 7 is a division by zero, 42 a value that is not available."""


def ods_row(*values: object, repeated: int = 1) -> str:
    """A row of LibreOffice's XML; a text that begins with "<" stands as it is."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(map(_ods_cell, values))}</table:table-row>'


def ods(sheets: Mapping[str, str], *, before: str = "", manifest: str = "") -> bytes:
    """A LibreOffice file whose sheets are given as rows of XML."""
    tables = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets.items())
    content = f"{before}<office:document-content {_SPACES}><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _KIND, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
        archive.writestr("content.xml", content + "</office:document-content>")
    return out.getvalue()


def xlsb(sheets: Mapping[str, Sequence[Sequence[object]] | bytes]) -> bytes:
    """A binary workbook; a sheet is rows of texts, numbers, truths and None, or its records as bytes."""
    book = b"".join(record(156, struct.pack("<LL", 0, at) + _wide(f"rId{at}") + _wide(name)) for at, name in enumerate(sheets, 1))
    links = "".join(f'<Relationship Id="rId{at}" Type="{_SHEET}" Target="worksheets/sheet{at}.bin"/>' for at in range(1, len(sheets) + 1))
    files: dict[str, bytes | str] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.bin": record(131) + record(143) + book + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{_RELATIONS}">{links}</Relationships>',
    }
    for at, rows in enumerate(sheets.values(), 1):
        files[f"xl/worksheets/sheet{at}.bin"] = rows if isinstance(rows, bytes) else xlsb_sheet(rows)
    return zipped(files)


def xlsb_merged(*areas: tuple[int, int, int, int]) -> bytes:
    """The records that stand after a sheet's cells: merged areas by first and last row, first and last column."""
    return record(177, struct.pack("<L", len(areas))) + b"".join(record(176, struct.pack("<4L", *area)) for area in areas) + record(178)


def xlsb_sheet(rows: Sequence[Sequence[object]], *, last: tuple[int, int] | None = None, more: bytes = b"") -> bytes:
    """The records of a sheet; `last` is the row and column that it says are its last."""
    bottom, right = last or (len(rows) - 1, max(map(len, rows)) - 1)
    cells = b""
    for at, row in enumerate(rows):
        cells += record(0, struct.pack("<LLHBBBL", at, 0, 300, 0, 0, 0, 0))
        cells += b"".join(_xlsb_cell(column, value) for column, value in enumerate(row) if value is not None)
    return record(129) + record(148, struct.pack("<4L", 0, bottom, 0, right)) + record(145) + cells + record(146) + more + record(130)


def record(kind: int, data: bytes = b"") -> bytes:
    """One record of a binary workbook: its kind and its length in seven bits a byte."""
    return _sevens(kind) + _sevens(len(data)) + data


def xls(sheets: Mapping[str, Sequence[Sequence[object]]], *, merged: Iterable[tuple[int, int, int, int]] = ()) -> bytes:
    """A workbook as Excel wrote it before 2007; `merged` are areas of each sheet: first and last row, first and last column."""
    import xlwt

    book, day = xlwt.Workbook(), xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, Wrong):
                    sheet.row(at).set_cell_error(column, int(value))
                elif value is not None:
                    sheet.write(at, column, value, day if isinstance(value, date) else xlwt.Style.default_style)
        for area in merged:
            sheet.merge(*area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def small_stream(name: str, content: bytes) -> bytes:
    """A container of before 2007 with one stream that is small: it lies in pieces of 64 bytes in a stream of their own, the last first."""
    ends = 0xFFFF_FFFE
    pieces = -(-len(content) // 64)
    turned = b"".join(content[at * 64 : (at + 1) * 64].ljust(64, b"\0") for at in reversed(range(pieces)))
    n = -(-len(turned) // 512)

    def entry(name: str, kind: int, start: int, size: int) -> bytes:
        wide = name.encode("utf-16-le") + b"\0\0"
        return (wide.ljust(64, b"\0") + struct.pack("<HB", len(wide), kind)).ljust(116, b"\0") + struct.pack("<LLL", start, size, 0)

    table = struct.pack(f"<{3 + n}L", 0xFFFF_FFFD, ends, ends, *range(4, 3 + n), ends)
    directory = entry("Root Entry", 5, 3, len(turned)) + entry(name, 2, pieces - 1, len(content))
    inner = struct.pack(f"<{pieces}L", ends, *range(pieces - 1))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(30, b"\0") + struct.pack("<HH", 9, 6)
    head = head.ljust(44, b"\0") + struct.pack("<LL", 1, 1)
    head = head.ljust(56, b"\0") + struct.pack("<LLLLL", 4096, 2, 1, ends, 0) + struct.pack("<109L", 0, *[0xFFFF_FFFF] * 108)
    return head + b"".join(part.ljust(512, b"\xff") for part in (table, directory.ljust(512, b"\0"), inner)) + turned.ljust(512 * n, b"\0")


def _ods_cell(value: object) -> str:
    if isinstance(value, str) and value.startswith("<"):
        return value
    if value is None:
        return "<table:table-cell/>"
    kind, attribute, text = "string", "", str(value)
    if isinstance(value, bool):
        kind, attribute = "boolean", f' office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        kind, attribute = "float", f' office:value="{value}"'
    elif isinstance(value, date):
        kind, attribute = "date", f' office:date-value="{value.isoformat()}"'
    return f'<table:table-cell office:value-type="{kind}"{attribute}><text:p>{escape(text)}</text:p></table:table-cell>'


def _xlsb_cell(column: int, value: object) -> bytes:
    head = struct.pack("<LL", column, 0)
    if isinstance(value, Wrong):
        return record(3, head + bytes([value]))
    if isinstance(value, bool):
        return record(4, head + bytes([value]))
    if isinstance(value, int | float):
        return record(5, head + struct.pack("<d", value))
    return record(6, head + _wide(str(value)))


def _wide(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<L", len(data) // 2) + data


def _sevens(number: int) -> bytes:
    made = bytearray()
    while True:
        number, low = number >> 7, number & 127
        made.append(low | (128 if number else 0))
        if not number:
            return bytes(made)
