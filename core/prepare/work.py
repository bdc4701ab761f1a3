"""The whole way from bytes and a draft to what the Prepare page shows: called by the page for small files, as a task for large ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.base.errors import BadMapping
from core.base.types import Example, Finding, Reason
from core.prepare import dataset, judgment
from core.prepare.checks import CHECKS, Examined, check_all
from core.prepare.checks.answers import worthless
from core.prepare.checks.own_test import usable
from core.prepare.draft import Draft
from core.prepare.mended import Mended, mend, system_prompt_of
from core.prepare.own_test import bytes_of
from core.prepare.prepared import PREVIEWED_ROWS, Prepared, overview
from core.prepare.repairs import kept_labels, preview_of, settled
from core.prepare.sizes import rows_and_bytes
from core.prepare.source import DEFAULT, FROM_FOLDER, Limits
from core.prepare.splitting import Wishes, balance, split
from core.prepare.verdict import Verdict, verdict
from core.prepare.worksheet import approved_only

if TYPE_CHECKING:
    from core.io.workspace import Dataset, Workspace

SMALL = 5_000  # rows; up to here the page computes by itself in well under a second, beyond it a task does
SMALL_BYTES = 5_000_000
_STAGES = 3 + len(CHECKS)  # reading, changing, each check, splitting
Progress = Callable[[int, int], None]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def is_small(data: bytes) -> bool:
    """Whether the page can afford to prepare this file between two clicks."""
    if len(data) > SMALL_BYTES:
        return False
    rows, size = rows_and_bytes(data)
    return rows <= SMALL and size <= SMALL_BYTES


def prepare_draft(
    data: bytes,
    name: str,
    draft: Mapping[str, Any] | Draft | None = None,
    *,
    min_examples: int = 10,
    test_data: bytes | None = None,
    limits: Limits = DEFAULT,
    progress: Progress = lambda done, total: None,
) -> Prepared:
    """Read, map, format, repair, check and split: a pure function of the file, the draft and the user's own test file, if there is one.

    Raises UnreadableFile, EmptyFile, TooLarge where nothing can be read, BadSetting for an impossible split; columns that cannot make
    examples are no exception but `Prepared.problem`, since the page still has to show the columns to choose from.
    """
    draft = draft if isinstance(draft, Draft) else Draft.from_dict(draft)
    mended = mend(data, name, draft, test_data=test_data, limits=limits, told=lambda: progress(1, _STAGES))
    return examine(mended, draft, min_examples=min_examples, progress=progress)


def examine(mended: Mended, draft: Draft, *, min_examples: int = 10, progress: Progress = lambda done, total: None) -> Prepared:
    """Check and split what was read and repaired: the other half of `prepare_draft`, which no longer needs the bytes."""
    if mended.problem is not None:
        return _unmapped(mended, mended.problem, min_examples)
    source, mapping, worked, own_test = mended.source, mended.mapping, mended.worked, mended.own_test
    progress(2, _STAGES)
    kept = kept_labels(mended.steps)
    examined = Examined(worked, min_examples, source=source, mapping=mapping, own_test=own_test, kept=kept)
    missing = worthless(examined)
    examples, waiting = approved_only(worked, missing, draft.worksheet)
    if waiting:
        examined = Examined(examples, min_examples, source=source, mapping=mapping, own_test=own_test, kept=kept)
    findings = check_all(
        examples,
        [*mended.unread, *_still(settled(source.findings, mended.steps), mended.raw, examples)],
        min_examples=min_examples,
        examined=examined,
        progress=lambda done: progress(2 + done, _STAGES),
    )
    shared = split(
        examples,
        examined.shape,
        seed=draft.seed,
        min_train=min_examples,
        shares=draft.shares,
        keys=examined.keys,
        near=examined.near,
        wishes=_wishes(draft, examined),
    )
    shares = tuple(balance(examples, examined.shape, shared, usable(own_test)))
    progress(_STAGES, _STAGES)
    return Prepared(
        source=source,
        columns=mended.columns,
        mapping=mapping,
        mapping_reasons=mended.mapping_reasons,
        problem=None,
        n_before=len(mended.raw),
        worked=worked,
        worthless=tuple(sorted(missing)),
        waiting=waiting,
        examples=examples,
        own_test=own_test,
        applied=mended.applied,
        findings=findings,
        previews={finding.code: preview_of(examined, finding, PREVIEWED_ROWS) for finding in findings if finding.rows},
        verdict=verdict(findings, len(examples), min_examples),
        shape=examined.shape,
        split=shared,
        balance=shares,
        system_prompt=system_prompt_of(examples),
        min_examples=min_examples,
    )


def _unmapped(mended: Mended, problem: BadMapping, min_examples: int) -> Prepared:
    source, mapping = mended.source, mended.mapping
    return Prepared(
        source=source,
        columns=mended.columns,
        mapping=mapping,
        mapping_reasons=mended.mapping_reasons,
        problem=problem,
        n_before=0,
        worked=(),
        worthless=(),
        waiting=(),
        examples=(),
        own_test=(),
        applied=(),
        findings=source.findings,
        previews={},
        verdict=Verdict("not_ready", (Reason("no_mapping"),)),
        shape=None,
        split=None,
        balance=(),
        system_prompt=(mapping and mapping.system_prompt) or "",
        min_examples=min_examples,
    )


def prepare(ws: "Workspace", args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """As a task: args {"source": sha, "name", "draft", "min_examples"}; the result is `overview` and what saving needs of it, plain JSON.

    `kept`, a letter for each row and some ten thousand rows a finding, is None where the data may not be saved.
    """
    prepared = prepare_from(ws, args, progress)
    return {**overview(prepared), "kept": judgment.keep(args, prepared)}


def save(ws: "Workspace", args: Mapping[str, Any], progress: Progress, *, clock: Callable[[], datetime] = _utc_now) -> dict[str, Any]:
    """As a task: the args of `prepare` and "project"; stores the data set and returns {"dataset_id"}.

    What `prepare` has found for the same file and draft is not worked out again.
    """
    project_id, draft = str(args["project"]), Draft.from_dict(args.get("draft"))
    saved = _save_judged(ws, args, progress, clock)
    if saved is None:
        prepared = prepare_from(ws, args, progress)
        saved = dataset.save(ws, project_id, prepared, draft, str(args["source"]), now=clock())
    return {"dataset_id": saved.id}


def _save_judged(ws: "Workspace", args: Mapping[str, Any], progress: Progress, clock: Callable[[], datetime]) -> "Dataset | None":
    """The data set, of a file that was judged before; None where it was not, or where what lies on the disk is not what was judged."""
    told = judgment.find(ws, {name: value for name, value in args.items() if name != "project"})
    if told is None:
        return None
    draft, mended = Draft.from_dict(args.get("draft")), _mended(ws, args)
    progress(1, 2)
    judged = judgment.judgment_for(told, mended.worked)
    if judged is None or mended.problem is not None:
        return None
    waiting, min_examples = set(judged.waiting), int(args.get("min_examples", 10))
    if judged.sides.count("t") < min_examples:
        return None
    examples = [one for one in mended.worked if one.row not in waiting] if waiting else mended.worked
    settings = dataset.change_log(draft, mended.mapping, mended.applied, (*mended.source.decisions, *mended.mapping_reasons), min_examples)
    about = {"source_sha": str(args["source"]), "source_name": mended.source.name, "settings": settings}
    saved = dataset.store(ws, str(args["project"]), examples, mended.own_test, judged, draft, about, now=clock())
    progress(2, 2)
    return saved


def prepare_from(ws: "Workspace", args: Mapping[str, Any], progress: Progress = lambda done, total: None) -> Prepared:
    """What `prepare` shows, in full: its args name files of the workspace."""
    mended = _mended(ws, args, lambda: progress(1, _STAGES))
    return examine(mended, Draft.from_dict(args.get("draft")), min_examples=int(args.get("min_examples", 10)), progress=progress)


def _mended(ws: "Workspace", args: Mapping[str, Any], told: Callable[[], None] = lambda: None) -> Mended:
    """The files that a task's args name, read and repaired; their bytes are gone when this returns."""
    draft, data = Draft.from_dict(args.get("draft")), ws.read_file(str(args["source"]))
    return mend(
        data,
        str(args["name"]),
        draft,
        test_data=None if draft.own_test is None else bytes_of(ws, draft.own_test.sha),
        limits=FROM_FOLDER if len(data) > DEFAULT.bytes else DEFAULT,  # the browser sends no more than that
        told=told,
    )


def _still(findings: Sequence[Finding], raw: Sequence[Example], examples: Sequence[Example]) -> list[Finding]:
    """What reading found, without the rows that a repair has left out; what concerns no example (a line left out) stays."""
    left_out = {example.row for example in raw} - {example.row for example in examples}
    if not left_out:
        return list(findings)
    kept = []
    for finding in findings:
        rows = tuple(row for row in finding.rows if row not in left_out)
        if rows or not finding.rows:
            kept.append(finding if len(rows) == len(finding.rows) else replace(finding, rows=rows))
    return kept


def _wishes(draft: Draft, examined: Examined) -> Wishes:
    """What the draft asks of the split; a column that the file no longer has asks nothing."""
    table = examined.source.table if examined.source is not None else None
    columns = table.columns if table is not None else ()
    return Wishes(
        {name: examined.column(name) for name in draft.groups if name in columns},
        (draft.time, examined.column(draft.time)) if draft.time in columns and draft.time else None,
        None if draft.own_test is None else len(usable(examined.own_test)),
    )
