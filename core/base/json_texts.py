"""The texts inside a JSON text, changed one by one so that it stays JSON; a text that is none counts as one whole."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?')

_COLON = re.compile(r"\s*:")


@dataclass(frozen=True, slots=True)
class Part:
    """A string or number at [start, end) of a JSON text: its value as text, and the name that it stands under or is."""

    start: int
    end: int
    value: str
    name: str
    is_name: bool = False


def is_json(text: str) -> bool:
    """Whether the text is a JSON object or list."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def parts(text: str) -> Iterator[Part]:
    """The names, strings and numbers of a JSON text, in order."""
    name = ""
    for token in _TOKEN.finditer(text):
        written = token[0]
        value = json.loads(written) if written[0] == '"' else written
        is_name = written[0] == '"' and _COLON.match(text, token.end()) is not None
        if is_name:
            name = value
        yield Part(token.start(), token.end(), value, name, is_name)


def change_strings(text: str, change: Callable[[str], str]) -> str:
    """The text with `change` applied to each of its string values where it is JSON, or to the whole where it is not."""
    if not is_json(text):
        return change(text)
    out, at = [], 0
    for part in parts(text):
        if not part.is_name and text[part.start] == '"' and (now := change(part.value)) != part.value:
            out += [text[at : part.start], json.dumps(now, ensure_ascii=False)]
            at = part.end
    return "".join([*out, text[at:]])
