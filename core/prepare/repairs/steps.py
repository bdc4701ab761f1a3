"""Applying repairs: the applied steps are the change log, undo is dropping the last, and a preview is the same without keeping it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.base.errors import N_, BadSetting
from core.base.types import Example, Finding
from core.prepare.checks import find_rows
from core.prepare.checks.registry import Examined
from core.prepare.draft import Step
from core.prepare.mapping import Mapping
from core.prepare.repairs.better_labels import BETTER_LABEL, kept_labels, named
from core.prepare.repairs.catalogue import REPAIRS
from core.prepare.repairs.registry import Changer
from core.prepare.repairs.rows import LEAVE_OUT
from core.prepare.source import Source

PREVIEWED = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after; `after` is None where the row is left out."""

    row: int
    before: Example
    after: Example | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a step would do: how many rows it touches, and the first of them."""

    n: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """A step of the change log with the rows that it touched.

    `idle` marks one that found nothing to do in this file, `unknown` one of another version, which is not applied.
    """

    step: Step
    rows: tuple[int, ...]
    idle: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The examples after all steps, the change log, and the user's own test file as the repairs that hold everywhere leave it."""

    examples: tuple[Example, ...]
    log: tuple[Applied, ...]
    own_test: tuple[Example, ...]


def apply(examples: Sequence[Example], steps: Sequence[Step], source_findings: Sequence[Finding] = ()) -> tuple[Example, ...]:
    """The examples after all steps, in order. Raises BadSetting for a repair that does not exist."""
    return apply_logged(examples, steps, source_findings).examples


def apply_logged(
    examples: Sequence[Example],
    steps: Sequence[Step],
    source_findings: Sequence[Finding] = (),
    own_test: Sequence[Example] = (),
    *,
    source: Source | None = None,
    mapping: Mapping | None = None,
) -> Outcome:
    """The same with what each step touched; `own_test` are the examples of the user's own test file.

    With the source and its mapping, rows that a finding about columns names are found as the checks find them.
    """
    now, tested, log = tuple(examples), tuple(own_test), []
    kept: dict[tuple[int, str], str] = {}
    for step in steps:
        examined = Examined(now, source=source, mapping=mapping, own_test=tested, kept=dict(kept))
        rows, change = _resolve(examined, step, source_findings)
        before = {example.row for example in now} & rows
        now = tuple(changed for example in now if (changed := change(example) if example.row in rows else example) is not None)
        untouched = tested
        if tested and REPAIRS[step.repair].everywhere:
            tested = tuple(changed for example in tested if (changed := change(example)) is not None)
        accepted = any(finding.code in REPAIRS[step.repair].settles for finding in source_findings)
        kept |= kept_labels([step])
        log.append(Applied(step, tuple(sorted(before)), idle=not (before or accepted or tested != untouched)))
    return Outcome(now, tuple(log), tested)


def preview(examples: Sequence[Example], step: Step, most: int = PREVIEWED, source_findings: Sequence[Finding] = ()) -> Preview:
    """What the step would do to these examples, without doing it."""
    rows, change = _resolve(Examined(examples), step, source_findings)
    touched = [example for example in examples if example.row in rows]
    return Preview(len(touched), tuple(Change(example.row, example, change(example)) for example in touched[:most]))


def preview_of(examined: Examined, finding: Finding, most: int) -> Preview:
    """The first rows of a finding as they are, and as its repair would leave them (the same, where nothing but a person can repair).

    The finding's own rows are taken, so that nothing is searched for again: `examined` is what the finding was made of.
    """
    step = step_for(finding)
    change = REPAIRS[step.repair].changer(examined, step.params) if step is not None else None
    shown = [examined.examples[examined.at[row]] for row in finding.rows if row in examined.at][:most]
    return Preview(finding.count, tuple(Change(one.row, one, change(one) if change else one) for one in shown))


def step_for(finding: Finding) -> Step | None:
    """The step that repairs a finding, or None where nothing but a person can.

    A repair with a rule of its own finds its rows by itself; what it needs to know besides, the finding hands over in `params["step"]`.
    Better labels go to the rows that the finding carries them for. "Leave these out" carries its rows; where the finding lists only the
    first ones (`params["n"]` counts more), it carries the finding's code instead, and they are looked for anew.
    """
    if finding.repair is None or finding.repair not in REPAIRS:
        return None
    if finding.repair == BETTER_LABEL and (labels := finding.params.get("step", {}).get("labels")):
        return named(labels)
    if finding.repair != LEAVE_OUT:
        return Step(finding.repair, params=finding.params.get("step", {}))
    if finding.params.get("n", finding.count) > finding.count:
        return Step(LEAVE_OUT, params={"found": finding.code})
    return Step(LEAVE_OUT, finding.rows)


def safe_steps(findings: Iterable[Finding]) -> tuple[Step, ...]:
    """One step for each safe repair that these findings ask for, in the order of the catalogue: texts are mended before copies go."""
    wanted = {finding.repair for finding in findings}
    return tuple(Step(name) for name, repair in REPAIRS.items() if repair.safe and name in wanted)


def settled(findings: Sequence[Finding], steps: Sequence[Step]) -> tuple[Finding, ...]:
    """The findings of reading, those that a step accepts turned to "info"."""
    codes = frozenset(code for step in steps if step.repair in REPAIRS for code in REPAIRS[step.repair].settles)
    return tuple(replace(finding, severity="info", repair=None) if finding.code in codes else finding for finding in findings)


def _resolve(examined: Examined, step: Step, source_findings: Sequence[Finding]) -> tuple[set[int], Changer]:
    repair = REPAIRS.get(step.repair)
    if repair is None:
        raise BadSetting(N_("There is no repair called {name}."), N_("Remove that step from the change log."), name=step.repair)
    if step.rows is not None:
        rows = set(step.rows)
    elif "found" in step.params:
        rows = find_rows(str(step.params["found"]), examined, source_findings)
    else:
        rows = set(repair.finds(examined, step.params))
    return rows, repair.changer(examined, step.params)
