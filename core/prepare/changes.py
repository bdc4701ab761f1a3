"""The file's examples after every change that the draft asks for: repairs, and approved answers in the place of missing ones."""

from collections.abc import Sequence

from core.base.types import Example, Finding
from core.prepare.draft import Step
from core.prepare.mapping import Mapping
from core.prepare.repairs import EDIT, REPAIRS, Outcome, apply_logged
from core.prepare.source import Source
from core.prepare.worksheet import Worksheet, fill


def changed(
    raw: Sequence[Example],
    steps: Sequence[Step],
    sheet: Worksheet,
    found: Sequence[Finding] = (),
    own_test: Sequence[Example] = (),
    *,
    source: Source | None = None,
    mapping: Mapping | None = None,
) -> Outcome:
    """The examples with all steps applied and the approved answers put in, what each step touched, and the own test changed alike.

    Repairs that come first see the file's own answers; all others see the approved ones, so that those are mended like the rest. A row that
    was changed by hand before such a repair stays changed before it: its texts were written for the places that they stood in then.
    """
    last = max((at for at, step in enumerate(steps) if REPAIRS[step.repair].first), default=-1)
    approved = sheet.approved if sheet.on else {}
    early = [
        REPAIRS[step.repair].first or (step.repair == EDIT and at < last and approved.keys().isdisjoint(step.rows or ()))
        for at, step in enumerate(steps)
    ]
    first, rest = ([step for step, is_early in zip(steps, early, strict=True) if is_early == wanted] for wanted in (True, False))
    before = apply_logged(raw, first, found, own_test, source=source, mapping=mapping)
    after = apply_logged(fill(before.examples, sheet), rest, found, before.own_test, source=source, mapping=mapping)
    logs = {True: iter(before.log), False: iter(after.log)}
    return Outcome(after.examples, tuple(next(logs[is_early]) for is_early in early), after.own_test)
