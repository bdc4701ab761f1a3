"""What each field of a recipe may hold: a file from another machine is taken whole or refused by the name of the field that is wrong."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from core.base.errors import N_, BadSetting
from core.prepare.rounding import MOST_DECIMALS
from core.prepare.source import DEFAULT

MOST_NAMED = 80
MOST_NAME = 1_000  # characters of a column's name, a sheet's or a file's
MOST_TEXT = 100_000  # of a system prompt or a template
MOST_STEPS = 1_000
MOST_PARAMS = 100_000  # characters of what a step needs to know, as JSON
MOST_SEED = 2_147_483_647

Test = Callable[[Any], bool]


def check_fields(data: Mapping[str, Any]) -> None:
    """Raise BadSetting, naming the field, for one of a wrong type, too long or out of range; what is missing or null takes its default."""
    for section, tests in _SECTIONS.items():
        found = data if not section else data.get(section)
        if found is None:
            continue
        if not isinstance(found, dict):
            raise _wrong(section)
        for name, test in tests.items():
            if found.get(name) is not None and not test(found[name]):
                raise _wrong(f"{section}.{name}" if section else name)
    for number, step in enumerate(data.get("steps") or (), start=1):
        if not isinstance(step, dict):
            raise _wrong(f"steps[{number}]")
        for name, test in _STEP.items():
            if step.get(name) is not None and not test(step[name]):
                raise _wrong(f"steps[{number}].{name}")


def _wrong(field: str) -> BadSetting:
    return BadSetting(
        N_("These choices cannot be used: their field {field} holds something else than it should, or too much of it."),
        N_("Save them again on the machine that they come from. Nothing was changed here."),
        field=field,
    )


def _text(most: int) -> Test:
    return lambda value: isinstance(value, str) and len(value) <= most


def _names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= DEFAULT.columns and all(map(_text(MOST_NAME), value))


def _whole(low: int, high: int) -> Test:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _one_of(*allowed: str) -> Test:
    return lambda value: isinstance(value, str) and value in allowed


def _is_shares(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 3:
        return False
    if any(isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1 for share in value):
        return False
    return abs(sum(value) - 1) < 1e-6


def _is_notation(value: Any) -> bool:
    return isinstance(value, dict) and _names(list(value)) and all(mark in (",", ".") for mark in value.values())


def _is_params(value: Any) -> bool:
    return isinstance(value, dict) and len(json.dumps(value)) <= MOST_PARAMS


_NAME = _text(MOST_NAME)
_SECTIONS: Mapping[str, Mapping[str, Test]] = {
    "": {
        "name": _text(MOST_NAMED),
        "columns": _names,
        "left_out": _names,
        "steps": lambda value: isinstance(value, list) and len(value) <= MOST_STEPS,
    },
    "reading": {
        "encoding": _text(MOST_NAMED),
        "delimiter": _text(MOST_NAMED),
        "header": lambda value: isinstance(value, bool),
        "sheet": _NAME,
        "member": _NAME,
        "layout": _one_of("table"),
    },
    "mapping": {
        "question": _names,
        "answer": _names,
        "system_prompt": _text(MOST_TEXT),
        "question_template": _text(MOST_TEXT),
        "answer_template": _text(MOST_TEXT),
        "decimals": _whole(0, MOST_DECIMALS),
        "missing": _one_of("leave_out", "say_unknown", "as_written"),
        **dict.fromkeys(("conversation", "order", "role", "text", "weight", "tools"), _NAME),
        "notation": _is_notation,
    },
    "system": {"mode": _one_of("keep", "set", "replace"), "text": _text(MOST_TEXT)},
    "split": {"seed": _whole(0, MOST_SEED), "shares": _is_shares, "groups": _names, "time": _NAME},
}
_STEP: Mapping[str, Test] = {"repair": _text(MOST_NAMED), "params": _is_params}
