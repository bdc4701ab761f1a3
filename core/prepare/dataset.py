"""The JSONL files that a split gives, with their hashes, and saving them as a data set of the workspace."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.base.chat_format import write_jsonl
from core.base.errors import N_, BadMapping, TooFewExamples
from core.base.preference import is_pair, write_pairs
from core.base.types import Example, Reason, Split
from core.prepare.checks.own_test import usable
from core.prepare.draft import Draft
from core.prepare.judgment import Judgment, judgment_of
from core.prepare.mapping import Mapping as ColumnMapping
from core.prepare.prepared import Prepared, applied_to_json, reasons_to_json
from core.prepare.repairs import Applied
from core.prepare.splitting import SIDES

if TYPE_CHECKING:
    from core.io.workspace import Workspace
    from core.io.workspace.records import Dataset


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """The bytes of each file, None where that side is empty, and their sha256 by side; `pairs` are those with both answers, by side."""

    train: bytes
    validation: bytes | None
    test: bytes | None
    hashes: dict[str, str | None]
    pairs: Mapping[str, bytes] = field(default_factory=dict)


def build(examples: Sequence[Example], split: Split, own_test: Sequence[Example] = ()) -> DatasetFiles:
    """Write the sides of the split as JSONL, examples in their original order; the rows of an own test file are the test.

    The training files hold conversations: of a preference pair the better answer. The pairs stand whole in files of their own.
    """
    members = sides(examples, split, own_test)
    data = {side: write_jsonl(of_side) or None for side, of_side in members.items()}
    pairs = {side: content for side, of_side in members.items() if (content := write_pairs(of_side))}
    hashes = {side: None if content is None else hashlib.sha256(content).hexdigest() for side, content in data.items()}
    return DatasetFiles(data["train"] or b"", data["validation"], data["test"], hashes, pairs)


def sides(examples: Sequence[Example], split: Split, own_test: Sequence[Example] = ()) -> dict[str, list[Example]]:
    """The examples of each side; those of an own test file that can be asked and scored are the test."""
    members = {side: [examples[index] for index in getattr(split, side)] for side in SIDES}
    return members | {"test": list(usable(own_test))} if own_test else members


def save(ws: "Workspace", project_id: str, prepared: Prepared, draft: Draft, source_sha: str, *, now: datetime) -> "Dataset":
    """Store the files and record the data set; the same content twice gives the same record. Raises BadMapping, TooFewExamples."""
    if prepared.problem is not None or prepared.split is None or prepared.shape is None:
        raise prepared.problem or BadMapping()
    if len(prepared.split.train) < prepared.min_examples:
        raise TooFewExamples(n=len(prepared.split.train), minimum=prepared.min_examples)
    judged = judgment_of(prepared)
    if judged is None:
        raise BadMapping(
            N_("This data set still has faults that a server refuses."), N_("Repair what is marked as an error, then save it.")
        )
    settings = change_log(
        draft, prepared.mapping, prepared.applied, (*prepared.source.decisions, *prepared.mapping_reasons), prepared.min_examples
    )
    about = {"source_sha": source_sha, "source_name": prepared.source.name, "settings": settings}
    return store(ws, project_id, prepared.examples, prepared.own_test, judged, draft, about, now=now)


def store(
    ws: "Workspace",
    project_id: str,
    examples: Sequence[Example],
    own_test: Sequence[Example],
    judged: Judgment,
    draft: Draft,
    about: Mapping[str, Any],
    *,
    now: datetime,
) -> "Dataset":
    """Write the files of examples that were judged fit, and record the data set; `about` has source_sha, source_name and settings.

    `split["rows"]` holds the spreadsheet rows of each file in its order: line n of the test file is row `split["rows"]["test"][n - 1]`.
    """
    drawn = judged.split()
    members = sides(examples, drawn, own_test)
    shas: dict[str, str | None] = {}
    for side in SIDES:  # one file after the other: all at once would take the size of the data once more
        content = write_jsonl(members[side])
        shas[f"{side}_sha"] = ws.put_file(content, f"{side}.jsonl", now=now).sha256 if content else None
        pairs = write_pairs(members[side])
        shas[f"pairs_{side}_sha"] = ws.put_file(pairs, f"{side}-pairs.jsonl", now=now).sha256 if pairs else None
    return ws.save_dataset(
        project_id,
        now=now,
        source_sha=about["source_sha"],
        source_name=about["source_name"],
        settings=about["settings"],
        shape=judged.shape,
        counts={side: len(members[side]) for side in SIDES},
        train_sha=str(shas.pop("train_sha")),
        **shas,
        split=split_to_json(drawn, members, draft),
        findings=judged.findings,
        system_prompt=judged.system_prompt,
    )


def change_log(
    draft: Draft, mapping: ColumnMapping | None, applied: Sequence[Applied], decisions: Sequence[Reason], min_examples: int
) -> dict[str, Any]:
    """Everything that leads from the source file to the data set: choices, repairs and the rows that they touched."""
    settings = draft.recipe()
    settings["mapping"] = None if mapping is None else mapping.to_dict()
    settings["applied"] = [applied_to_json(one) for one in applied]
    settings["min_examples"] = min_examples
    settings["decisions"] = reasons_to_json(decisions)
    return settings


def split_to_json(split: Split, members: Mapping[str, Sequence[Example]], draft: Draft) -> dict[str, Any]:
    """The split as plain JSON: what it was drawn by, and the spreadsheet rows of each side in file order.

    `indices` count the examples; where the user brought an own test file, its rows are the test's, and the indices of the test are empty.
    `pairs`, which only a data set of preference pairs has, are the rows of the files with both answers.
    """
    reasons: Sequence[Reason] = split.reasons
    pairs = {side: [example.row for example in members[side] if is_pair(example)] for side in SIDES}
    return {
        "seed": split.seed,
        "reasons": reasons_to_json(reasons),
        "together": {"twins": True, "groups": list(draft.groups)},
        "time": draft.time,
        "own_test": None if draft.own_test is None else {"sha": draft.own_test.sha, "name": draft.own_test.name},
        "indices": {side: list(getattr(split, side)) for side in SIDES},
        "rows": {side: [example.row for example in members[side]] for side in SIDES},
        **({"pairs": pairs} if any(pairs.values()) else {}),
    }
