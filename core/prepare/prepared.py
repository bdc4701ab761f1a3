"""Everything that a file and a draft amount to, and the same as plain JSON for the page: what it shows and no more."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.base.answers import AnswerShape
from core.base.chat_format import to_line
from core.base.errors import InputError
from core.base.preference import is_pair
from core.base.private import without_personal
from core.base.types import Example, Finding, Reason, Split
from core.prepare.checks import family_of
from core.prepare.checks.own_test import usable
from core.prepare.columns import ColumnProfile
from core.prepare.mapping import Mapping as ColumnMapping
from core.prepare.repairs import Applied, Change, Preview
from core.prepare.source import Source
from core.prepare.splitting import ClassBalance
from core.prepare.verdict import Verdict

PREVIEW_ROWS = 100
PREVIEW_LINES = 20
PREVIEW_CELL = 500
ROWS_LISTED = 200
CLASSES_LISTED = 100
PARTS_LISTED = 200  # sheets of a workbook, files in a zip
PREVIEWED_ROWS = 5  # of each finding, before and after its repair
PREVIEW_TEXT = 600


@dataclass(frozen=True, slots=True)
class Prepared:
    """The result of `prepare_draft`. Where `problem` is set the columns cannot make examples yet: source, columns and mapping still stand.

    `worked` are the examples after worksheet and repairs, `worthless` the rows of those whose answer is missing; `examples` are those that
    train or test, without the rows that wait for an approved answer (`waiting`), and `split` indexes into them. `own_test` are the examples
    of the user's own test file. `mapping` is None for chat files, and otherwise has its system prompt filled in.
    """

    source: Source
    columns: tuple[ColumnProfile, ...]
    mapping: ColumnMapping | None
    mapping_reasons: tuple[Reason, ...]
    problem: InputError | None
    n_before: int
    worked: tuple[Example, ...]
    worthless: tuple[int, ...]
    waiting: tuple[int, ...]
    examples: tuple[Example, ...]
    own_test: tuple[Example, ...]
    applied: tuple[Applied, ...]
    findings: tuple[Finding, ...]
    previews: Mapping[str, Preview]
    verdict: Verdict
    shape: AnswerShape | None
    split: Split | None
    balance: tuple[ClassBalance, ...]
    system_prompt: str
    min_examples: int


def overview(prepared: Prepared) -> dict[str, Any]:
    """What the page shows, as plain JSON of bounded size: previews of 100 rows and 20 training lines, 200 rows a finding, 100 classes."""
    source, table, problem, split = prepared.source, prepared.source.table, prepared.problem, prepared.split
    return {
        "source": {
            "kind": source.kind,
            "name": source.name,
            "rows": source.size,
            "format": source.format,
            "sheets": list(source.sheets[:PARTS_LISTED]),
            "members": list(source.members[:PARTS_LISTED]),
            "decisions": reasons_to_json(source.decisions),
            "columns": [asdict(column) | {"examples": list(column.examples)} for column in prepared.columns],
            "preview": [
                {"row": number, "cells": [cell[:PREVIEW_CELL] for cell in row]}
                for number, row in zip(table.numbers[:PREVIEW_ROWS], table.rows[:PREVIEW_ROWS], strict=True)
            ]
            if table
            else [],
        },
        "mapping": None if prepared.mapping is None else prepared.mapping.to_dict(),
        "mapping_reasons": reasons_to_json(prepared.mapping_reasons),
        "system_prompt": prepared.system_prompt,
        "problem": None if problem is None else {"message": problem.message, "hint": problem.hint, "params": dict(problem.params)},
        "n_before": prepared.n_before,
        "n": len(prepared.examples),
        "n_pairs": sum(map(is_pair, prepared.examples)),
        "n_waiting": len(prepared.waiting),
        "n_worthless": len(prepared.worthless),
        "min_examples": prepared.min_examples,
        "lines": [_line(example) for example in prepared.examples[:PREVIEW_LINES]],
        "shape": None if prepared.shape is None else shape_to_json(prepared.shape),
        "findings": [
            finding_to_json(finding, ROWS_LISTED) | {"preview": _changes(prepared.previews.get(finding.code))}
            for finding in prepared.findings
        ],
        "applied": [applied_to_json(step, ROWS_LISTED) for step in prepared.applied],
        "verdict": {"word": prepared.verdict.word, "reasons": reasons_to_json(prepared.verdict.reasons)},
        "split": None
        if split is None
        else {
            "seed": split.seed,
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(usable(prepared.own_test)) if prepared.own_test else len(split.test),
            "reasons": reasons_to_json(split.reasons),
            "classes": len(prepared.balance),
            "balance": [asdict(line) for line in prepared.balance[:CLASSES_LISTED]],
        },
    }


def finding_to_json(finding: Finding, most_rows: int) -> dict[str, Any]:
    """A finding as plain JSON; `n` counts all its rows, `rows` lists the first ones."""
    return {
        "code": finding.code,
        "family": family_of(finding.code),
        "severity": finding.severity,
        "rows": list(finding.rows[:most_rows]),
        "n": finding.count,
        "params": {name: value if name == "step" else without_personal(value) for name, value in finding.params.items()},
        "repair": finding.repair,
        "server_words": finding.server_words,
    }


def finding_from_json(data: dict[str, Any]) -> Finding:
    """The finding that `finding_to_json` wrote, with the rows that it listed."""
    return Finding(
        data["code"],
        data["severity"],
        tuple(data["rows"]),
        {"n": data["n"], **data["params"]},
        data.get("repair"),
        data.get("server_words", ""),
    )


def applied_to_json(applied: Applied, most_rows: int | None = None) -> dict[str, Any]:
    """One line of the change log; that it had nothing to do, or is of another version, is written only where it is so."""
    marks = {name: True for name in ("idle", "unknown") if getattr(applied, name)}
    return {"repair": applied.step.repair, "rows": list(applied.rows[:most_rows]), "n": len(applied.rows), **marks}


def shape_to_json(shape: AnswerShape) -> dict[str, Any]:
    """The shape of the answers as plain JSON."""
    return {"kind": shape.kind, "fields": list(shape.fields), "bare": [list(pair) for pair in sorted(shape.bare)]}


def reasons_to_json(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as plain JSON."""
    return [{"code": reason.code, "params": dict(reason.params)} for reason in reasons]


def _changes(preview: Preview | None) -> list[dict[str, Any]]:
    return [_change(change) for change in preview.changes] if preview else []


def _change(change: Change) -> dict[str, Any]:
    """One row before and after; what the repair leaves as it was is not repeated."""
    before = _texts(change.before)
    if change.after is None:
        return {"row": change.row, "before": before, "after": None}
    after = _texts(change.after)
    return {"row": change.row, "before": before, "after": {name: text for name, text in after.items() if text != before[name]}}


def _texts(example: Example) -> dict[str, str]:
    parts = {"system": example.system, "question": example.question, "answer": example.answer}
    if example.rejected:
        parts["worse"] = "\n".join(message.content for message in example.rejected)
    return {name: text if len(text) <= PREVIEW_TEXT else text[:PREVIEW_TEXT] + "…" for name, text in parts.items()}


def _line(example: Example) -> dict[str, Any]:
    return {"row": example.row, "line": to_line(example), "question": example.question, "answer": example.answer, "system": example.system}
