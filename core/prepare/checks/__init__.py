"""All checks of Prepare: `CHECKS` in order, `check_all` to run them, `about` to put a finding into words.

A new check is a function in one of the family files (or a new one) and its `Check` entry there; nothing else has to change.
Every finding's parameters and rows are plain JSON values; `repair` names an entry of `core.prepare.repairs.REPAIRS`.
"""

from collections.abc import Callable, Sequence

from core.base.types import Example, Finding
from core.prepare.checks import (
    answers,
    doubted,
    echoes,
    fields,
    identifiers,
    impossible,
    instructed,
    labels,
    languages,
    lengths,
    missing,
    nearly,
    numbers,
    order,
    own_test,
    private,
    prompts,
    server,
    source,
    spellings,
    swapped,
    text,
    twins,
    wording,
    worse,
)
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.findings import in_order

__all__ = ["CHECKS", "About", "Check", "Examined", "about", "check_all", "family_of", "find_rows"]

CHECKS: tuple[Check, ...] = (
    *server.CHECKS,
    *instructed.CHECKS,
    *echoes.CHECKS,
    *swapped.CHECKS,
    *prompts.CHECKS,
    *twins.CHECKS,
    *answers.CHECKS,
    *worse.CHECKS,
    *labels.CHECKS,
    *doubted.CHECKS,
    *text.CHECKS,
    *wording.CHECKS,
    *lengths.CHECKS,
    *languages.CHECKS,
    *private.CHECKS,
    *impossible.CHECKS,
    *numbers.CHECKS,
    *spellings.CHECKS,
    *missing.CHECKS,
    *nearly.CHECKS,
    *fields.CHECKS,
    *identifiers.CHECKS,
    *order.CHECKS,
    *own_test.CHECKS,
)

_ABOUT = {**source.FINDS, **{code: words for check in CHECKS for code, words in check.finds.items()}}
_FAMILY = {**dict.fromkeys(source.FINDS, "source"), **{code: check.family for check in CHECKS for code in check.finds}}
_UNKNOWN = About("{code}", "")


def check_all(
    examples: Sequence[Example],
    source_findings: Sequence[Finding] = (),
    *,
    min_examples: int = 10,
    examined: Examined | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[Finding, ...]:
    """Every finding about these examples, with those that reading the file made; worst first, always in the same order.

    `source_findings` about rows that are no longer among the examples are dropped: they have been dealt with. `progress` is told how many
    of the checks are done.
    """
    examined = examined or Examined(examples, min_examples)
    found: list[Finding] = []
    for done, check in enumerate(CHECKS, 1):
        found.extend(check.run(examined))
        progress(done)
    return in_order([*source_findings, *found])


def find_rows(code: str, examined: Examined, source_findings: Sequence[Finding] = ()) -> set[int]:
    """The rows that a finding of this code names in these examples; only the checks that can make it are run."""
    found = [finding for check in CHECKS if code in check.finds for finding in check.run(examined)]
    return {row for finding in (*source_findings, *found) if finding.code == code for row in finding.rows}


def about(code: str) -> About:
    """What a finding says and why it matters; a code of another version stands for itself."""
    return _ABOUT.get(code, _UNKNOWN)


def family_of(code: str) -> str:
    """The family of a finding, such as server, teaching or numbers; "" where the code is not known."""
    return _FAMILY.get(code, "")
