"""One JSON record of a chat file: its messages read, or what it is where it holds none."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from core.base.types import Message

NOTHING: Final[dict[str, Any]] = {}  # one for all: half a million conversations would else carry two million empty ones
MOST_SHARED = 20_000  # texts: system prompts and labels come back within the first of them


class Shared(dict[str, str]):
    """Texts that come back, each held once: in a large file system prompts and labels are a third of all letters."""

    def of(self, text: str) -> str:
        """The same text, where it was seen before the very same object."""
        known = self.get(text)
        if known is not None:
            return known
        if len(self) < MOST_SHARED:
            self[text] = text
        return text


def read_message(raw: Mapping[str, Any], same: Callable[[str], str] = str) -> Message:
    """The message that a record's object is; what a line cannot say plainly stays in `extra`; `same` may give an equal text."""
    role, content = raw.get("role"), raw.get("content")
    if isinstance(role, str) and isinstance(content, str):
        role, content = same(role), same(content)
        if len(raw) == 2:
            return Message(role, content, NOTHING)
        return Message(role, content, {key: item for key, item in raw.items() if key not in ("role", "content")})
    extra = {key: item for key, item in raw.items() if key not in ("role", "content")}
    if not isinstance(role, str) and role is not None:
        extra["role"] = role
    if not isinstance(content, str):
        extra["content"] = content
    return Message(role if isinstance(role, str) else "", _readable(content), extra)


def _readable(content: Any) -> str:
    """The text in a content that is not a string: of typed parts their text, of nothing nothing, of the rest its JSON."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return json.dumps(content, ensure_ascii=False)


def kind_of(value: Any) -> str:
    """What a record that is no chat looks like."""
    if not isinstance(value, dict):
        return "not_an_object"
    if "prompt" in value and "completion" in value:
        return "prompt_completion"
    if "input" in value and "preferred_output" in value:
        return "preference"
    return "empty_messages" if value.get("messages") == [] else "other_keys"
