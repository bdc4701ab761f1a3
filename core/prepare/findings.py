"""Findings of one code become one finding with all its rows: a person reads a fault once, not once a row."""

from collections.abc import Iterable
from dataclasses import replace

from core.base.types import Finding, Severity

_WORST: tuple[Severity, ...] = ("error", "warning", "info")


def gathered(findings: Iterable[Finding], repairs: dict[str, str] | None = None) -> list[Finding]:
    """One finding a code, in order of first sight, rows ascending, the first one's parameters and server's words; `repairs` by code."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.code, []).append(finding)
    return [_one(group, (repairs or {}).get(code)) for code, group in groups.items()]


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by code, then by row: the same data always gives the same list."""
    return tuple(sorted(findings, key=lambda f: (_WORST.index(f.severity), f.code, f.rows)))


def _one(group: list[Finding], repair: str | None) -> Finding:
    first = group[0]
    rows = tuple(sorted({row for finding in group for row in finding.rows}))
    severity = min((finding.severity for finding in group), key=_WORST.index)
    return replace(first, rows=rows, severity=severity, repair=first.repair or repair)
