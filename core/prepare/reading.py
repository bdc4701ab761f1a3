"""One file becomes a Source: a table or chat examples, with every decision and everything odd noted, or a refusal with a way on."""

import re
from collections.abc import Sequence
from dataclasses import replace

from core.base.errors import N_, EmptyFile, TooLarge, UnreadableFile
from core.base.types import Finding, Reason
from core.prepare import archive, jsonlike, other_sheets, parquet, workbook, zipped
from core.prepare.decoding import decode, refuse_document
from core.prepare.delimited import (
    bound_ends,
    bound_lines,
    chosen_delimiter,
    find_delimiter,
    named_delimiter,
    read_records,
    sign,
    split_lines,
)
from core.prepare.markdown import markdown_records
from core.prepare.pair_tables import as_pairs
from core.prepare.plain_chat import plain_chat
from core.prepare.record_files import read_json, read_parquet, read_plain_chat
from core.prepare.source import AS_FOUND, DEFAULT, Choices, Limits, Source, Table
from core.prepare.table_notes import decimal_commas, lost_characters
from core.prepare.tables import as_table

__all__ = ["AS_FOUND", "DEFAULT", "Choices", "Limits", "Source", "Table", "read_table"]

_MARK_WITHIN = re.compile("(?<=[\r\n])\ufeff")  # the byte order mark of a file that was appended to another


def read_table(data: bytes, name: str, *, limits: Limits = DEFAULT, choices: Choices = AS_FOUND) -> Source:
    """Read CSV, TSV, JSON, JSONL, Excel, LibreOffice, Parquet or a zip of one; `name` decides only doubtful cases and is never a path.

    Rows carry the number that a spreadsheet (or, for JSONL, a text editor) shows. Raises UnreadableFile, EmptyFile, TooLarge.
    """
    return as_pairs(_read(data, name, limits, choices), choices)


def _read(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    if len(data) > limits.bytes:
        raise TooLarge(
            N_("This file has {size} MB; this page takes up to {limit} MB."),
            size=round(len(data) / 1e6, 1),
            limit=round(limits.bytes / 1e6),
        )
    if zipped.is_zip(data):
        found = zipped.members(data, limits)
        names = [member.name for member in found]
        if workbook.is_workbook(names):
            return workbook.read_workbook(data, name, limits, choices)
        if other_sheets.is_other_workbook(data, found):
            return other_sheets.read_other_workbook(data, name, limits, choices)
        refuse_document(names)
        inner, called, why, tables = archive.open_archive(data, found, limits, choices)
        source = _read_member(inner, called, limits, choices)
        return replace(source, name=name, decisions=(why, *source.decisions), members=tables)
    return _read_plain(data, name, limits, choices)


def _read_member(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    """What lies in a zip: anything but another zip."""
    if not zipped.is_zip(data):
        return _read_plain(data, name, limits, choices)
    found = zipped.members(data, limits)
    if workbook.is_workbook([member.name for member in found]):
        return workbook.read_workbook(data, name, limits, choices)
    if other_sheets.is_other_workbook(data, found):
        return other_sheets.read_other_workbook(data, name, limits, choices)
    raise UnreadableFile(N_("There is another compressed file inside this one."), N_("Unpack it first, then choose the file itself."))


def _read_plain(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    if parquet.is_parquet(data):
        return read_parquet(data, name, limits, choices)
    if other_sheets.is_old_workbook(data):
        return other_sheets.read_old_workbook(data, name, limits, choices)
    if not data.strip():
        raise EmptyFile()
    if choices.encoding is None and choices.layout is None and (encoded := plain_chat(data, limits)) is not None:
        return replace(read_plain_chat(data, name, encoded), format="json")
    decoded = decode(data, choices.encoding)
    text, decisions, findings = decoded.text, [decoded.reason], []
    if not text.strip("\x00 \t\r\n\ufeff"):
        raise EmptyFile()
    if "\x00" in text:
        text, n = text.replace("\x00", ""), text.count("\x00")
        findings.append(Finding("nul_characters", "info", (), {"n": n}))
    if "\ufeff" in text:
        text, n = _MARK_WITHIN.subn("", text)
        findings += [Finding("marks_within", "info", (), {"n": n})] if n else []
    bound_ends(text, limits)
    is_json = jsonlike.looks_like_json(text, name)
    if is_json:
        jsonlike.refuse_early(text, limits)
    lines = split_lines(text)
    if is_json:
        try:
            return replace(read_json(text, lines, name, limits, choices, decisions, findings), format="json")
        except RecursionError:
            raise UnreadableFile(
                N_("The values in this file are nested too deeply."), N_("Each record should hold plain texts and numbers.")
            ) from None
    return _read_delimited(lines, name, limits, choices, decisions, findings)


def _read_delimited(
    lines: Sequence[str], name: str, limits: Limits, choices: Choices, decisions: list[Reason], findings: list[Finding]
) -> Source:
    if (named := named_delimiter(lines)) is not None:
        lines = lines[1:]  # Excel shows no row for it either
    bound_lines(lines, limits)
    if choices.delimiter is None and named is None and (drawn := markdown_records(lines)) is not None:
        table, noted, odd = as_table(drawn, limits, choices)
        decisions = [*decisions, Reason("markdown_table"), *noted, *decimal_commas(table)]
        return Source("table", name, table, findings=(*findings, *odd, *lost_characters(table)), decisions=tuple(decisions))
    if choices.delimiter is not None:
        delimiter = chosen_delimiter(choices.delimiter)
        why = Reason("delimiter_chosen", {"delimiter": sign(delimiter)})
    elif named is not None:
        delimiter, why = named, Reason("delimiter_named", {"delimiter": sign(named)})
    else:
        _bound_columns(lines, limits)
        delimiter, why = find_delimiter(lines)
    decisions = [*decisions, why]
    found = read_records(lines, delimiter)
    table, noted, odd = as_table(found, limits, choices)
    if found.quotes_are_text:
        decisions.append(Reason("quotes_are_text"))
    elif mended := tuple(sorted(set(found.mended) & set(table.numbers))):
        findings.append(Finding("odd_quotes", "warning", mended, {}, "leave_out"))
    noted += decimal_commas(table)
    return Source("table", name, table, findings=(*findings, *odd, *lost_characters(table)), decisions=(*decisions, *noted))


def _bound_columns(lines: Sequence[str], limits: Limits) -> None:
    """A first line of a million commas is refused before anything is cut."""
    first = next((line for line in lines if line.strip()), "")
    most = max(first.count(delimiter) for delimiter in ",;\t|") + 1
    if most > limits.columns and '"' not in first:
        raise TooLarge(N_("The first row has {columns} columns; this page takes up to {limit}."), columns=most, limit=limits.columns)
