"""A list of findings that stays short: so many of each code, and the rest counted."""

from collections import Counter
from collections.abc import Iterable

from core.base.types import Finding, Severity

_BY_WEIGHT: tuple[Severity, ...] = ("error", "warning", "info")


class FindingList:
    """Keeps the first `most` findings of each code, so that a flood of one hides no other, and counts what it leaves out."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[Finding] = []
        self._seen: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._worst: Severity = "info"

    def add(self, finding: Finding) -> None:
        """Take one more; a `more_findings` of an earlier list is added to the count."""
        if finding.code == "more_findings":
            self._leave_out(finding.params["codes"], finding.severity)
            return
        self._seen[finding.code] += 1
        if self._seen[finding.code] <= self._most:
            self._kept.append(finding)
        else:
            self._leave_out({finding.code: 1}, finding.severity)

    def crowded(self, code: str, severity: Severity) -> bool:
        """Whether one more of this code would only be counted; if so it is, without the cost of making it."""
        if self._seen[code] < self._most:
            return False
        self._leave_out({code: 1}, severity)
        return True

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take several more."""
        for finding in findings:
            self.add(finding)

    def result(self) -> list[Finding]:
        """What was kept, in order; at the end one `more_findings` with params n and codes if anything was left out."""
        if not self._left_out:
            return list(self._kept)
        params = {"n": self._left_out.total(), "codes": dict(self._left_out)}
        return [*self._kept, Finding("more_findings", self._worst, params=params)]

    def _leave_out(self, codes: dict[str, int], severity: Severity) -> None:
        self._left_out.update(codes)
        self._worst = min(self._worst, severity, key=_BY_WEIGHT.index)
