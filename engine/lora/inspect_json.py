"""The JSON files of a model's folder: read within bounds, and nothing in them that a real model does not have."""

import re
from pathlib import Path
from typing import Any

from core.base.strict_json import StrictDecoder, WrongJSON
from engine.lora.refusals import Refused

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER_LIMIT = 10**12
_BOUNDS = {
    "num_hidden_layers": 512,
    "hidden_size": 2**16,
    "intermediate_size": 2**20,
    "vocab_size": 2**22,
    "num_attention_heads": 2**10,
    "num_key_value_heads": 2**10,
    "head_dim": 2**12,
    "max_position_embeddings": 2**27,
}


def read_object(path: Path, limit: int) -> dict[str, Any]:
    """A JSON object from a file of at most so many bytes; raises Refused."""
    if path.stat().st_size > limit:
        raise Refused("bad_json", file=path.name, problem="it is too large")
    raw = path.read_bytes()
    if raw.startswith(b"version https://git-lfs"):
        raise Refused("pointer_file", file=path.name)
    try:
        decoded = StrictDecoder().decode(raw.decode("utf-8"))
    except WrongJSON as error:
        problem = "it is nested too deeply" if error.kind == "too_deep" else "it is not JSON"
        raise Refused("bad_json", file=path.name, problem=problem, details=error.words[:200]) from None
    except UnicodeDecodeError:
        raise Refused("bad_json", file=path.name, problem="it is not text") from None
    if not isinstance(decoded.value, dict):
        raise Refused("bad_json", file=path.name, problem="it is not a JSON object")
    if decoded.repeated_keys:  # two readers could see two different files
        raise Refused("bad_json", file=path.name, problem="it says the same thing twice", details=decoded.repeated_keys[0][:200])
    if decoded.bad_numbers and path.name != "tokenizer_config.json":
        raise Refused("bad_json", file=path.name, problem="it holds a number that is none")
    return decoded.value


def check_strings(file: str, value: Any, field: str = "") -> None:
    """Refuse control characters in keys and texts: they could forge lines where a name is written into a file of ours."""
    if isinstance(value, str) and _CONTROL.search(value):
        raise Refused("control_characters", file=file, field=field[:80])
    if isinstance(value, dict):
        for key, item in value.items():
            if _CONTROL.search(key):
                raise Refused("control_characters", file=file, field=_CONTROL.sub(" ", key)[:80])
            check_strings(file, item, key)
    if isinstance(value, list):
        for item in value:
            check_strings(file, item, field)


def check_numbers(file: str, value: Any, field: str = "") -> None:
    """Refuse sizes that would ask for more memory than exists before any weight is read."""
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and not abs(value) <= min(_NUMBER_LIMIT, _BOUNDS.get(field, _NUMBER_LIMIT))
    ):
        raise Refused("number_too_large", file=file, field=field[:80])
    if isinstance(value, dict):
        for key, item in value.items():
            check_numbers(file, item, key)
    if isinstance(value, list):
        for item in value:
            check_numbers(file, item, field)
