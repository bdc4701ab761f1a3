"""JSON and Parquet become conversations where their records are any, else a table."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from core.base.chat_format import parse_jsonl
from core.base.errors import N_, UnreadableFile
from core.base.types import Finding, Reason
from core.prepare import jsonlike, pairs, parquet
from core.prepare.delimited import bound_lines
from core.prepare.findings import gathered
from core.prepare.headers import tidy
from core.prepare.source import Choices, Limits, Source, Table
from core.prepare.table_notes import decimal_commas, lost_characters
from core.prepare.tables import bound_cells, bound_rows

LEFT_OUT = frozenset({"bad_json_line", "smart_quotes", "nan_value", "not_chat", "not_utf8"})


def read_json(
    text: str, lines: Sequence[str], name: str, limits: Limits, choices: Choices, decisions: list[Reason], findings: list[Finding]
) -> Source:
    """Chat lines are read as a server reads them, anything else as records. Raises UnreadableFile, TooLarge, EmptyFile."""
    if choices.layout is None and jsonlike.is_chat(jsonlike.first_values(lines)):
        bound_lines(lines, limits)
        bound_rows(len(lines), limits)
        plain = "\n".join(line.rstrip("\r\n") for line in lines)
        return _chat(plain.encode("utf-8"), name, [*decisions, Reason("chat_lines")], [*findings, *_line_ends(lines)])
    items = jsonlike.read_items(text, lines)
    bound_rows(len(items.values), limits)
    return _read_items(items, name, limits, choices, [*decisions, items.layout], [*findings, *_broken(items)])


def read_plain_chat(data: bytes, name: str, encoded: Reason) -> Source:
    """Conversations in lines that `plain_chat` has looked at. Raises UnreadableFile."""
    return _chat(data, name, [encoded, Reason("chat_lines")], [])


def read_parquet(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
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
    findings = (*renamed, *lost_characters(table))
    return Source("table", name, table, findings=findings, decisions=(*decisions, *decimal_commas(table)), format="parquet")


def _read_items(
    items: jsonlike.Items, name: str, limits: Limits, choices: Choices, decisions: list[Reason], findings: list[Finding]
) -> Source:
    """Records as conversations where they are any, else as a table."""
    if choices.layout is None and jsonlike.is_chat(items.values):
        chat = _chat(jsonlike.as_lines(items.values), name, [*decisions, Reason("chat_lines")], findings)
        return _renumbered(chat, items.numbers)
    layout = pairs.layout_of(items.values) if choices.layout is None else None
    if layout is not None:
        return conversations(items, layout, name, decisions, findings)
    columns, rows, numbers, odd = jsonlike.records(items, limits)
    columns, renamed = tidy(columns)
    bound_cells(rows, numbers, limits)
    table = Table(columns, rows, numbers)
    if choices.layout is not None:
        decisions = [*decisions, Reason("layout_table")]
    findings = [*findings, *odd, *renamed, *lost_characters(table)]
    return Source("table", name, table, findings=tuple(findings), decisions=(*decisions, *decimal_commas(table)))


def conversations(items: jsonlike.Items, layout: pairs.Layout, name: str, decisions: list[Reason], findings: list[Finding]) -> Source:
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


def _broken(items: jsonlike.Items) -> list[Finding]:
    if not items.broken:
        return []
    rows = tuple(number for number, _ in items.broken)
    return [Finding("bad_json_line", "warning", rows, {"problem": items.broken[0][1], "left_out": True}, "drop_bad_lines")]
