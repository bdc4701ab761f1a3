"""Spreadsheets other than .xlsx: Excel of before 2007 (.xls), binary Excel (.xlsb) and LibreOffice (.ods), read as workbooks are."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from core.base.errors import N_, UnreadableFile
from core.base.types import Finding, Reason
from core.prepare.child import ask
from core.prepare.ods_scan import OdsSheet, scan_ods
from core.prepare.sheet_layout import Area, sheet_table
from core.prepare.sheet_scan import DAMAGED, SAVE_AGAIN, bound
from core.prepare.source import Choices, Limits, Source
from core.prepare.zipped import Member, by_name, chunks, members, packed_again

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_OTHERS = tuple(name.encode("utf-16-le") for name in ("WordDocument", "PowerPoint Document", "EncryptedPackage"))  # streams of other files
_BINARY, _MANIFEST, _CONTENT, _KIND = "xl/workbook.bin", "META-INF/manifest.xml", "content.xml", "mimetype"
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_SMALL_PART = 20_000_000  # bytes of the list of an .ods file's parts
_DAMAGED = N_("This LibreOffice file is damaged.")
_SAVE_AGAIN = N_("Open it in LibreOffice and save it under another name, or save it as Text CSV, then choose that file here.")
_SECONDS = 2  # of work for a small file, which takes 0.1; and one more for every two megabytes, which take 0.2

_BUSY = 10  # times as long by the clock, where many share the machine


def is_old_workbook(data: bytes) -> bool:
    """Whether this is an Excel file of before 2007, as far as its kind of container and the names in it tell."""
    return data.startswith(_OLD_OFFICE) and not any(name in data for name in _OTHERS)


def is_other_workbook(data: bytes, found: Sequence[Member]) -> bool:
    """Whether the files of a zip make a binary Excel workbook, or a spreadsheet of LibreOffice."""
    parts = by_name(found)
    if _BINARY in parts:
        return True
    kind = parts.get(_KIND)
    return kind is not None and kind.size < 200 and _CONTENT in parts and b"".join(chunks(data, kind)).startswith(_SPREADSHEET)


def read_old_workbook(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    """The table of one sheet of an .xls file. Raises UnreadableFile, EmptyFile, TooLarge, and BadSetting for a sheet not there."""
    return _read(data, name, limits, choices, len(data), {})


def read_other_workbook(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    """The table of one sheet of an .xlsb or .ods file. Raises as `read_old_workbook` does."""
    parts = by_name(members(data, limits))
    if _BINARY in parts:
        kept = [part for part in parts.values() if part.name.endswith((".bin", ".xml", ".rels")) and "vba" not in part.name.lower()]
        for part in kept:
            for _ in chunks(data, part):
                pass  # what comes out is what the list says
        return _read(packed_again(data, kept), name, limits, choices, sum(part.size for part in kept), {})
    try:
        return _read_ods(data, name, limits, choices, parts)
    except UnreadableFile as wrong:
        if wrong.message != DAMAGED:
            raise
        raise UnreadableFile(_DAMAGED, _SAVE_AGAIN, details=wrong.details) from None


def _read_ods(data: bytes, name: str, limits: Limits, choices: Choices, parts: dict[str, Member]) -> Source:
    kept = [parts[part] for part in (_KIND, _MANIFEST, _CONTENT) if part in parts]
    for part in kept[:-1]:
        if part.size > _SMALL_PART:
            raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=f"{part.name} has {part.size} bytes")
        manifest = b"".join(chunks(data, part))
        if b"encryption-data" in manifest:
            raise UnreadableFile(
                N_("This file is protected by a password."),
                N_("Open it with its password, save a copy without one, then choose that copy here."),
            )
    sheets = scan_ods(chunks(data, parts[_CONTENT]), limits)
    for one in sheets.values():
        bound(one.scan, limits)
    return _read(packed_again(data, kept), name, limits, choices, sum(part.size for part in kept), sheets)


def _read(data: bytes, name: str, limits: Limits, choices: Choices, unpacked: int, scanned: dict[str, OdsSheet]) -> Source:
    seconds = _SECONDS + unpacked // 2_000_000
    arguments = [json.dumps(one) for one in (asdict(limits), choices.sheet, seconds)]
    head, *batches = ask("core.prepare.other_sheets_process", arguments, data, _BUSY * seconds, DAMAGED, SAVE_AGAIN)
    rows = [row for batch in batches for row in batch]
    told = scanned.get(head["sheet"])
    areas: list[Area] = told.areas if told is not None else [((a, b), (c, d)) for (a, b), (c, d) in head["areas"]]
    wrong: list[tuple[int, str]] = head["errors"]
    if told is not None:
        wrong = [(row, rows[row - 1][column - 1]) for row, column in told.scan.errors if row <= len(rows) and column <= len(rows[row - 1])]
    left = min((next((at for at, cell in enumerate(row) if cell), len(row)) for row in rows if row), default=0)
    table, notes, uneven = sheet_table(rows, areas, left, limits, choices)
    here = frozenset(table.numbers)
    odd = []
    if errors := sorted({row for row, _ in wrong} & here):
        shown = sorted({text for _, text in wrong if text})[:5]
        odd.append(Finding("error_cells", "warning", tuple(errors), {"cells": len(wrong), "errors": shown}, "leave_out"))
    if cut := sorted(here.intersection(head["long_numbers"])):
        odd.append(Finding("long_numbers", "warning", tuple(cut), {}, "leave_out"))
    params = {"sheet": head["sheet"]} | ({"of": head["of"]} if head["why"] in ("sheet_fullest", "sheet_with_data") else {})
    return Source(
        "table",
        name,
        table,
        findings=(*odd, *uneven),
        decisions=(Reason(head["why"], params), *notes),
        format="workbook",
        sheets=tuple(head["sheets"]),
    )
