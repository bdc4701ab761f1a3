"""The file's examples after every change that the draft asks for: repairs, and approved answers in the place of missing ones."""

from collections.abc import Sequence

from core.base.types import Example, Finding
from core.prepare.draft import Step
from core.prepare.repairs import REPAIRS, Applied, apply_logged
from core.prepare.worksheet import Worksheet, fill


def changed(
    raw: Sequence[Example], steps: Sequence[Step], sheet: Worksheet, found: Sequence[Finding] = (), own_test: Sequence[Example] = ()
) -> tuple[tuple[Example, ...], tuple[Applied, ...]]:
    """The examples with all steps applied and the approved answers put in, and what each step touched, in the order of the steps.

    Repairs that come first see the file's own answers; all others see the approved ones, so that those are mended like the rest.
    """
    first, rest = ([step for step in steps if REPAIRS[step.repair].first == comes_first] for comes_first in (True, False))
    moved, of_first = apply_logged(raw, first, found, own_test)
    worked, of_rest = apply_logged(fill(moved, sheet), rest, found, own_test)
    logs = {True: iter(of_first), False: iter(of_rest)}
    return worked, tuple(next(logs[REPAIRS[step.repair].first]) for step in steps)
