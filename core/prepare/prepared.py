"""Everything that a file and a draft amount to, and the same as plain JSON for the page: what it shows and no more."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from core.base.answers import AnswerShape
from core.base.chat_format import to_line
from core.base.errors import InputError
from core.base.types import Example, Finding, Reason, Split
from core.prepare.checks import family_of
from core.prepare.columns import ColumnProfile
from core.prepare.mapping import Mapping
from core.prepare.repairs import Applied
from core.prepare.source import Source
from core.prepare.splitting import ClassBalance
from core.prepare.verdict import Verdict

PREVIEW_ROWS = 100
PREVIEW_LINES = 20
PREVIEW_CELL = 500
ROWS_LISTED = 200
CLASSES_LISTED = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """The result of `prepare_draft`. Where `problem` is set the columns cannot make examples yet: source, columns and mapping still stand.

    `worked` are the examples after worksheet and repairs; `examples` those of them that train or test, without the rows that wait for an
    approved answer (`waiting`); `split` indexes into them. `own_test` are the examples of the user's own test file. `mapping` is None for
    chat files, and otherwise has its system prompt filled in.
    """

    source: Source
    columns: tuple[ColumnProfile, ...]
    mapping: Mapping | None
    mapping_reasons: tuple[Reason, ...]
    problem: InputError | None
    n_before: int
    worked: tuple[Example, ...]
    waiting: tuple[int, ...]
    examples: tuple[Example, ...]
    own_test: tuple[Example, ...]
    applied: tuple[Applied, ...]
    findings: tuple[Finding, ...]
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
        "n_waiting": len(prepared.waiting),
        "min_examples": prepared.min_examples,
        "lines": [_line(example) for example in prepared.examples[:PREVIEW_LINES]],
        "shape": None if prepared.shape is None else {"kind": prepared.shape.kind, "fields": list(prepared.shape.fields)},
        "findings": [finding_to_json(finding, ROWS_LISTED) for finding in prepared.findings],
        "applied": [{"repair": step.step.repair, "rows": list(step.rows[:ROWS_LISTED]), "n": len(step.rows)} for step in prepared.applied],
        "verdict": {"word": prepared.verdict.word, "reasons": reasons_to_json(prepared.verdict.reasons)},
        "split": None
        if split is None
        else {
            "seed": split.seed,
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
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
        "params": dict(finding.params),
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


def reasons_to_json(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as plain JSON."""
    return [{"code": reason.code, "params": dict(reason.params)} for reason in reasons]


def _line(example: Example) -> dict[str, Any]:
    return {"row": example.row, "line": to_line(example), "question": example.question, "answer": example.answer, "system": example.system}
