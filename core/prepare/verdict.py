"""One word over all findings: ready, ready but, not ready, or it would teach nothing; with the reasons for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.base.types import Finding, Reason
from core.prepare.checks import family_of

Word = Literal["ready", "ready_but", "not_ready", "teaches_nothing"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, and the codes of the findings that led to it as reasons (`finding`), the weightiest first."""

    word: Word
    reasons: tuple[Reason, ...] = ()


def verdict(findings: Sequence[Finding], n_examples: int, min_examples: int = 10) -> Verdict:
    """Judge the examples as they stand now; `info` findings never count against them."""
    nothing = [finding for finding in findings if finding.severity == "error" and family_of(finding.code) == "teaching"]
    errors = [finding for finding in findings if finding.severity == "error" and finding not in nothing]
    warnings = [finding for finding in findings if finding.severity == "warning"]
    reasons = tuple(Reason("finding", {"code": finding.code}) for finding in (*nothing, *errors, *warnings))
    if n_examples < min_examples and not any(finding.code == "too_few_examples" for finding in errors):
        reasons = (Reason("finding", {"code": "too_few_examples"}), *reasons)
        errors.append(Finding("too_few_examples", "error"))
    if nothing:
        return Verdict("teaches_nothing", reasons)
    if errors:
        return Verdict("not_ready", reasons)
    if warnings:
        return Verdict("ready_but", reasons)
    return Verdict("ready", (Reason("enough_examples", {"n": n_examples, "minimum": min_examples}),))
