"""The whole way from bytes and a draft to what the Prepare page shows: called by the page for small files, as a task for large ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.base.errors import BadMapping
from core.base.types import Example, Finding, Reason
from core.prepare import dataset
from core.prepare.changes import changed
from core.prepare.checks import CHECKS, Examined, check_all
from core.prepare.checks.answers import worthless
from core.prepare.checks.own_test import usable
from core.prepare.columns import ColumnProfile, profile
from core.prepare.draft import Draft
from core.prepare.formatting import make_examples, with_system_prompt
from core.prepare.guessing import guess_mapping
from core.prepare.mapping import Mapping as ColumnMapping
from core.prepare.own_test import bytes_of, read_own_test
from core.prepare.prepared import PREVIEWED_ROWS, Prepared, overview
from core.prepare.prompts import resolve, suggest_system_prompt
from core.prepare.reading import read_table
from core.prepare.repairs import REPAIRS, Applied, kept_labels, preview_of, settled
from core.prepare.sizes import rows_and_bytes
from core.prepare.source import DEFAULT, FROM_FOLDER, Limits, Source
from core.prepare.splitting import Wishes, balance, split
from core.prepare.verdict import Verdict, verdict
from core.prepare.worksheet import approved_only

if TYPE_CHECKING:
    from core.io.workspace import Workspace

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
    source = read_table(data, name, limits=limits, choices=draft.reading)
    progress(1, _STAGES)
    columns = profile(source.table) if source.table is not None else ()
    mapping = draft.mapping
    why: tuple[Reason, ...] = ()
    if source.table is not None:
        if mapping is None:
            mapping, why = guess_mapping(source.table)
        mapping = resolve(source.table, mapping)
        try:
            raw = make_examples(source.table, mapping)
        except BadMapping as problem:
            return _unmapped(source, columns, mapping, why, problem, min_examples)
    else:
        mapping = None
        raw = with_system_prompt(source.examples, draft.system_mode, draft.system_prompt)
    steps = tuple(step for step in draft.steps if step.repair in REPAIRS)  # a draft of another version may name others
    own_test, unread = read_own_test(test_data, draft, mapping, limits) if test_data is not None else ((), ())
    outcome = changed(raw, steps, draft.worksheet, source.findings, own_test, source=source, mapping=mapping)
    worked = outcome.examples
    logged = iter(outcome.log)
    applied = tuple(next(logged) if step.repair in REPAIRS else Applied(step, (), unknown=True) for step in draft.steps)
    if draft.mapping is None or draft.mapping.system_prompt is None:
        mapping, worked = _suggested_anew(source, mapping, worked)
    own_test = with_system_prompt(outcome.own_test, "set", _system_prompt(worked))  # asked as it was taught, whatever its file looks like
    progress(2, _STAGES)
    kept = kept_labels(steps)
    examined = Examined(worked, min_examples, source=source, mapping=mapping, own_test=own_test, kept=kept)
    missing = worthless(examined)
    examples, waiting = approved_only(worked, missing, draft.worksheet)
    if waiting:
        examined = Examined(examples, min_examples, source=source, mapping=mapping, own_test=own_test, kept=kept)
    findings = check_all(
        examples,
        [*unread, *_still(settled(source.findings, steps), raw, examples)],
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
        columns=columns,
        mapping=mapping,
        mapping_reasons=why,
        problem=None,
        n_before=len(raw),
        worked=worked,
        worthless=tuple(sorted(missing)),
        waiting=waiting,
        examples=examples,
        own_test=own_test,
        applied=applied,
        findings=findings,
        previews={finding.code: preview_of(examined, finding, PREVIEWED_ROWS) for finding in findings if finding.rows},
        verdict=verdict(findings, len(examples), min_examples),
        shape=examined.shape,
        split=shared,
        balance=shares,
        system_prompt=_system_prompt(examples),
        min_examples=min_examples,
    )


def _unmapped(
    source: Source,
    columns: tuple[ColumnProfile, ...],
    mapping: ColumnMapping,
    why: tuple[Reason, ...],
    problem: BadMapping,
    min_examples: int,
) -> Prepared:
    return Prepared(
        source=source,
        columns=columns,
        mapping=mapping,
        mapping_reasons=why,
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
        system_prompt=mapping.system_prompt or "",
        min_examples=min_examples,
    )


def prepare(ws: "Workspace", args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """As a task: args {"source": sha, "name", "draft", "min_examples"}; the result is `overview`, plain JSON of bounded size."""
    prepared = prepare_from(ws, args, progress)
    return overview(prepared)


def save(ws: "Workspace", args: Mapping[str, Any], progress: Progress, *, clock: Callable[[], datetime] = _utc_now) -> dict[str, Any]:
    """As a task: the args of `prepare` and "project"; stores the data set and returns {"dataset_id"}."""
    prepared = prepare_from(ws, args, progress)
    saved = dataset.save(ws, str(args["project"]), prepared, Draft.from_dict(args.get("draft")), str(args["source"]), now=clock())
    return {"dataset_id": saved.id}


def prepare_from(ws: "Workspace", args: Mapping[str, Any], progress: Progress = lambda done, total: None) -> Prepared:
    """What `prepare` shows, in full: its args name files of the workspace."""
    draft, data = Draft.from_dict(args.get("draft")), ws.read_file(str(args["source"]))
    return prepare_draft(
        data,
        str(args["name"]),
        draft,
        min_examples=int(args.get("min_examples", 10)),
        test_data=None if draft.own_test is None else bytes_of(ws, draft.own_test.sha),
        limits=FROM_FOLDER if len(data) > DEFAULT.bytes else DEFAULT,  # the browser sends no more than that
        progress=progress,
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


def _suggested_anew(
    source: Source, mapping: ColumnMapping | None, worked: tuple[Example, ...]
) -> tuple[ColumnMapping | None, tuple[Example, ...]]:
    """A system prompt that was suggested by the answers follows their repairs; the user's own is never touched."""
    if source.table is None or mapping is None or not mapping.system_prompt:
        return mapping, worked
    before = suggest_system_prompt(source.table, mapping)
    after = suggest_system_prompt(source.table, mapping, [one.answer for one in worked])
    # one with braces is a template, whose text in a row is another
    if mapping.system_prompt != before or after in ("", before) or "{" in before + after:
        return mapping, worked
    moved = tuple(with_system_prompt([one], "replace", after)[0] if one.system == before else one for one in worked)
    return replace(mapping, system_prompt=after), moved


def _wishes(draft: Draft, examined: Examined) -> Wishes:
    """What the draft asks of the split; a column that the file no longer has asks nothing."""
    table = examined.source.table if examined.source is not None else None
    columns = table.columns if table is not None else ()
    return Wishes(
        {name: examined.column(name) for name in draft.groups if name in columns},
        (draft.time, examined.column(draft.time)) if draft.time in columns and draft.time else None,
        None if draft.own_test is None else len(usable(examined.own_test)),
    )


def _system_prompt(examples: Sequence[Example]) -> str:
    """The system prompt that most examples carry: what the model should be given when it is used."""
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.system] = counts.get(example.system, 0) + 1
    return max(counts, key=lambda text: counts[text], default="")
