"""One file becomes a Source: a table or chat examples, with every decision and everything odd noted, or a refusal with a way on."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from core.base.chat_format import parse_jsonl
from core.base.errors import N_, EmptyFile, TooLarge, UnreadableFile
from core.base.types import Finding, Reason
from core.prepare import archive, jsonlike, pairs, parquet, workbook, zipped
from core.prepare.columns import has_decimal_commas, sampled
from core.prepare.decoding import decode, refuse_document
from core.prepare.delimited import (
    bound_lines,
    chosen_delimiter,
    find_delimiter,
    named_delimiter,
    read_records,
    sign,
    split_lines,
)
from core.prepare.findings import gathered
from core.prepare.headers import tidy
from core.prepare.markdown import markdown_records
from core.prepare.source import AS_FOUND, DEFAULT, Choices, Limits, Source, Table
from core.prepare.tables import as_table, bound_cells, bound_rows

__all__ = ["AS_FOUND", "DEFAULT", "Choices", "Limits", "Source", "Table", "read_table"]

LEFT_OUT = frozenset({"bad_json_line", "smart_quotes", "nan_value", "not_chat", "not_utf8"})
_REPLACED = "\ufffd"
_MARK_WITHIN = re.compile("(?<=[\r\n])\ufeff")  # the byte order mark of a file that was appended to another


def read_table(data: bytes, name: str, *, limits: Limits = DEFAULT, choices: Choices = AS_FOUND) -> Source:
    """Read CSV, TSV, JSON, JSONL, Excel, Parquet or a zip of one of these; `name` decides nothing but doubtful cases and is never a path.

    Rows carry the number that a spreadsheet (or, for JSONL, a text editor) shows. Raises UnreadableFile, EmptyFile, TooLarge.
    """
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
        refuse_document(names)
        inner, called, why, tables = archive.open_archive(data, found, limits, choices)
        source = _read_member(inner, called, limits, choices)
        return replace(source, name=name, decisions=(why, *source.decisions), members=tables)
    return _read_plain(data, name, limits, choices)


def _read_member(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    """What lies in a zip: anything but another zip."""
    if not zipped.is_zip(data):
        return _read_plain(data, name, limits, choices)
    if not workbook.is_workbook([member.name for member in zipped.members(data, limits)]):
        raise UnreadableFile(N_("There is another compressed file inside this one."), N_("Unpack it first, then choose the file itself."))
    return workbook.read_workbook(data, name, limits, choices)


def _read_plain(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    if parquet.is_parquet(data):
        return _read_parquet(data, name, limits, choices)
    if not data.strip():
        raise EmptyFile()
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
    lines = split_lines(text, limits)
    if jsonlike.looks_like_json(text, name):
        try:
            return replace(_read_json(text, lines, name, limits, choices, decisions, findings), format="json")
        except RecursionError:
            raise UnreadableFile(
                N_("The values in this file are nested too deeply."), N_("Each record should hold plain texts and numbers.")
            ) from None
    return _read_delimited(lines, name, limits, choices, decisions, findings)


def _read_json(
    text: str, lines: Sequence[str], name: str, limits: Limits, choices: Choices, decisions: list[Reason], findings: list[Finding]
) -> Source:
    if choices.layout is None and jsonlike.is_chat(jsonlike.first_values(lines)):
        bound_lines(lines, limits)
        bound_rows(len(lines), limits)
        plain = "\n".join(line.rstrip("\r\n") for line in lines)
        return _chat(plain.encode("utf-8"), name, [*decisions, Reason("chat_lines")], [*findings, *_line_ends(lines)])
    items = jsonlike.read_items(text, lines, limits)
    bound_rows(len(items.values), limits)
    return _read_items(items, name, limits, choices, [*decisions, items.layout], [*findings, *_broken(items)])


def _read_parquet(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    """Columns as a table; where they are a chat data set, as JSON records of the same fields are read."""
    found = parquet.read_parquet(data, limits)
    decisions = [Reason("parquet")]
    if found.unreadable:
        decisions.append(Reason("columns_of_bytes", {"columns": list(found.unreadable)}))
    numbers = range(1, len(found.values[0]) + 1)
    first = [dict(zip(found.names, row, strict=True)) for row in islice(zip(*found.values, strict=True), pairs.LOOK_AT)]
    if choices.layout is None and (jsonlike.is_chat(first) or pairs.layout_of(first)):
        records = [dict(zip(found.names, row, strict=True)) for row in zip(*found.values, strict=True)]
        return replace(_read_items(jsonlike.Items(records, list(numbers)), name, limits, choices, decisions, []), format="parquet")
    columns, renamed = tidy(found.names)
    rows = found.rows() if not found.nested else [tuple(map(parquet.written, row)) for row in found.rows()]
    bound_cells(rows, numbers, limits)
    table = Table(columns, rows, numbers)
    findings = (*renamed, *_replaced(table))
    return Source("table", name, table, findings=findings, decisions=(*decisions, *_decimal_commas(table)), format="parquet")


def _read_items(
    items: jsonlike.Items, name: str, limits: Limits, choices: Choices, decisions: list[Reason], findings: list[Finding]
) -> Source:
    """Records as conversations where they are any, else as a table."""
    if choices.layout is None and jsonlike.is_chat(items.values):
        chat = _chat(jsonlike.as_lines(items.values), name, [*decisions, Reason("chat_lines")], findings)
        return _renumbered(chat, items.numbers)
    layout = pairs.layout_of(items.values) if choices.layout is None else None
    if layout is not None:
        return _conversations(items, layout, name, decisions, findings)
    columns, rows, numbers, odd = jsonlike.records(items, limits)
    columns, renamed = tidy(columns)
    bound_cells(rows, numbers, limits)
    table = Table(columns, rows, numbers)
    if choices.layout is not None:
        decisions = [*decisions, Reason("layout_table")]
    findings = [*findings, *odd, *renamed, *_replaced(table)]
    return Source("table", name, table, findings=tuple(findings), decisions=(*decisions, *_decimal_commas(table)))


def _conversations(items: jsonlike.Items, layout: pairs.Layout, name: str, decisions: list[Reason], findings: list[Finding]) -> Source:
    """Records of another tool's layout as conversations; one that has it not is named as no conversation, and left out."""
    talks = [layout.read(value) if isinstance(value, dict) else None for value in items.values]
    lines = jsonlike.as_lines(value if talk is None else talk.line() for talk, value in zip(talks, items.values, strict=True))
    decisions = [*decisions, Reason(layout.code)]
    if left := pairs.unused(items.values, layout):
        decisions.append(Reason("fields_left_out", {"columns": left}))
    chat = _renumbered(_chat(lines, name, decisions, findings), items.numbers)
    judged = [(number, talk.rejected) for number, talk in zip(items.numbers, talks, strict=True) if talk is not None and talk.rejected]
    if not judged:
        return chat
    parsed = parse_jsonl(jsonlike.as_lines({"messages": list(turns)} for _, turns in judged), max_findings=sys.maxsize).examples
    worse = {judged[one.row - 1][0]: one.messages for one in parsed}
    examples = tuple(replace(one, rejected=worse[one.row]) if one.row in worse else one for one in chat.examples)
    return replace(chat, examples=examples)


def _chat(data: bytes, name: str, decisions: list[Reason], findings: list[Finding]) -> Source:
    parsed = parse_jsonl(data, max_findings=sys.maxsize)
    if not parsed.examples:
        raise UnreadableFile(
            N_("No line of this file is a conversation that can be read."),
            N_('Each line should be one object with "messages". The first problem is in the technical details.'),
            details=next((finding.server_words for finding in parsed.findings if finding.server_words), ""),
        )
    findings = [*findings, *gathered(_settled(finding) for finding in parsed.findings)]
    return Source("chat", name, examples=parsed.examples, findings=tuple(findings), decisions=tuple(decisions))


def _line_ends(lines: Sequence[str]) -> list[Finding]:
    n = sum(line.endswith("\r\n") for line in lines)
    return [Finding("windows_line_ends", "info", (), {"lines": n, "all": len(lines)})] if n else []


def _renumbered(chat: Source, numbers: Sequence[int]) -> Source:
    """Rows counted as the file counts them: what could not be read before has a number, too."""
    if list(numbers) == list(range(1, len(numbers) + 1)):
        return chat
    examples = tuple(replace(example, row=numbers[example.row - 1]) for example in chat.examples)
    findings = (
        f if f.code == "bad_json_line" else replace(f, rows=tuple(numbers[row - 1] for row in f.rows), server_words="")
        for f in chat.findings
    )
    return replace(chat, examples=examples, findings=tuple(findings))


def _settled(finding: Finding) -> Finding:
    """What reading has dealt with already weighs less: the line is left out of the file that we write, or written rightly."""
    if finding.code in LEFT_OUT:
        return replace(finding, severity="warning", params={**finding.params, "left_out": True}, repair="drop_bad_lines")
    return replace(finding, severity="info") if finding.code == "blank_line" else finding


def _read_delimited(
    lines: Sequence[str], name: str, limits: Limits, choices: Choices, decisions: list[Reason], findings: list[Finding]
) -> Source:
    if (named := named_delimiter(lines)) is not None:
        lines = lines[1:]  # Excel shows no row for it either
    bound_lines(lines, limits)
    if choices.delimiter is None and named is None and (drawn := markdown_records(lines)) is not None:
        table, noted, odd = as_table(drawn, limits, choices)
        decisions = [*decisions, Reason("markdown_table"), *noted, *_decimal_commas(table)]
        return Source("table", name, table, findings=(*findings, *odd, *_replaced(table)), decisions=tuple(decisions))
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
    noted += _decimal_commas(table)
    return Source("table", name, table, findings=(*findings, *odd, *_replaced(table)), decisions=(*decisions, *noted))


def _decimal_commas(table: Table) -> list[Reason]:
    """The columns with decimal commas: said, so that no later step takes 1,5 for fifteen; the cells stay as they are."""
    found = [name for at, name in enumerate(table.columns) if has_decimal_commas(sampled(table, at))]
    return [Reason("decimal_commas", {"columns": found})] if found else []


def _broken(items: jsonlike.Items) -> list[Finding]:
    if not items.broken:
        return []
    rows = tuple(number for number, _ in items.broken)
    return [Finding("bad_json_line", "warning", rows, {"problem": items.broken[0][1], "left_out": True}, "drop_bad_lines")]


def _replaced(table: Table) -> list[Finding]:
    rows = tuple(number for number, row in zip(table.numbers, table.rows, strict=True) if any(_REPLACED in cell for cell in row))
    return [Finding("lost_characters", "warning", rows, {}, "leave_out")] if rows else []


def _bound_columns(lines: Sequence[str], limits: Limits) -> None:
    """A first line of a million commas is refused before anything is cut."""
    first = next((line for line in lines if line.strip()), "")
    most = max(first.count(delimiter) for delimiter in ",;\t|") + 1
    if most > limits.columns and '"' not in first:
        raise TooLarge(N_("The first row has {columns} columns; this page takes up to {limit}."), columns=most, limit=limits.columns)
