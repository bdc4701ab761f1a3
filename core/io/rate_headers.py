"""What a server says beside an answer about how much more it may be asked: the x-ratelimit headers."""

import math
import re
from collections.abc import Mapping

from core.base.replies import Allowance, Quota

# "6m0s", "1.5s", "120ms", as Go writes a duration: OpenAI's own (developers.openai.com, guide "Rate limits", headers, read 2026-11-22)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)")
_UNIT = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_LONGEST_S = 7 * 86_400.0  # a number beyond that is a moment, not a duration, and against which clock is not known


def allowance_from(headers: Mapping[str, str]) -> Allowance | None:
    """The allowance that an answer's headers tell, or None where they tell none that can be read."""
    requests, tokens = (_quota(headers, kind) for kind in ("requests", "tokens"))
    return None if requests is None and tokens is None else Allowance(requests, tokens)


def _quota(headers: Mapping[str, str], kind: str) -> Quota | None:
    limit, left = (_number(headers.get(f"x-ratelimit-{what}-{kind}", "")) for what in ("limit", "remaining"))
    reset = _seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))
    if limit is None or left is None or reset is None or limit <= 0:
        return None
    return Quota(limit, min(left, limit), reset)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _seconds(text: str) -> float | None:
    text = text.strip()
    plain = _number(text)
    if plain is None:
        parts = _PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            return None
        plain = sum(float(number) * _UNIT[unit] for number, unit in parts)
    return plain if plain <= _LONGEST_S else None
