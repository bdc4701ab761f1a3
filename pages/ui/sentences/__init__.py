"""Codes from core become sentences here: one table for each part of the work, each sentence a key of the catalogues."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from core.base.types import Finding, Reason
from core.compare.certainty import LEVEL
from core.prepare.checks import about
from core.prepare.repairs import REPAIRS
from core.train.ranges import AUTO
from pages.ui.names import class_name
from pages.ui.sentences import access, baselines, data, learning, results, training
from pages.ui.text import Raw, day, escape, number, percent, t

_LISTED = 6  # of a list in a sentence; the rest is told as a number
REASONS: Mapping[str, str] = {
    **access.REASONS,
    **data.REASONS,
    **training.REASONS,
    **results.REASONS,
    **baselines.REASONS,
    **learning.REASONS,
}
ONCE: Mapping[str, str] = {**data.ONCE, **training.ONCE}


def say(reason: Reason) -> str:
    """The sentence for a reason; a code that has none is shown as it is, never hidden."""
    sentence = ONCE.get(reason.code) if reason.params.get("epochs") == 1 else None
    sentence = sentence or REASONS.get(reason.code)
    return t(sentence, **shown(reason.params)) if sentence else escape(reason.code)


def title(finding: Finding) -> str:
    """What was noticed, in one short sentence with its count."""
    return t(about(finding.code).what, **{"n": finding.count, "code": finding.code} | shown(finding.params))


def why(finding: Finding) -> str:
    """Why it matters, in one sentence."""
    return t(about(finding.code).why, **{"n": finding.count, "code": finding.code} | shown(finding.params))


def repair_label(name: str) -> str:
    """What the repair's button says."""
    return t(REPAIRS[name].label) if name in REPAIRS else escape(name)


def repair_explained(name: str) -> str:
    """What the repair does, in one sentence."""
    return t(REPAIRS[name].explain) if name in REPAIRS else ""


def shown(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as a reader wants them: lists joined and not too long, shares as percentages, days written out."""
    return {
        name: _joined(_readable(name, value), params.get(f"n_{name}")) if isinstance(value, list | tuple) else _shown(name, value)
        for name, value in params.items()
    }


def p_value(p: float) -> str:
    """A p with its sign, "= 0.012"; what lies just below the level is never rounded to it, since the verdict says otherwise."""
    if p < 0.001:
        return f"< {number(0.001, 3)}"
    return f"< {number(LEVEL)}" if LEVEL - 0.0005 <= p < LEVEL else f"= {number(p, 3)}"


def _readable(name: str, parts: Sequence[Any]) -> Sequence[Any]:
    return [class_name(str(part)) for part in parts] if name == "classes" else parts


def _joined(parts: Sequence[Any], total: int | None) -> str:
    """The first parts of a list, and how many more there are; `total` where the list itself is no more than a beginning."""
    first = ", ".join(str(part) for part in parts[:_LISTED])
    more = max(total or 0, len(parts)) - _LISTED
    return Raw(t("{names} and {n} more", names=first, n=more)) if more > 0 else first


def _shown(name: str, value: Any) -> Any:
    if name == "encoding" and value in data.ENCODINGS:
        return Raw(t(data.ENCODINGS[value]))
    if name == "instead_of" and value == AUTO:
        return Raw(t("automatic"))
    if isinstance(value, date | datetime):
        return Raw(day(value))
    if name == "p" and isinstance(value, float):
        return Raw(p_value(value))
    if name.endswith("_share") and isinstance(value, float):
        return Raw(percent(value))
    if isinstance(value, float):
        return Raw(number(value, 3))
    return "" if value is None else value
