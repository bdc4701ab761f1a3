"""The texts of a message wherever they stand: its content, the parts of a typed content, and what a tool is called with."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.base.types import Example, Message

Change = Callable[[str], str]


def texts_of(message: Message, *, calls: bool = False) -> tuple[str, ...]:
    """The texts of a message in order; with `calls`, those of its tool calls too."""
    if not message.extra:
        return (message.content,)
    found: list[str] = []

    def keep(text: str) -> str:
        found.append(text)
        return text

    with_texts(message, keep, calls=calls)
    return tuple(found)


def with_texts(message: Message, change: Change, *, calls: bool = False) -> Message:
    """The message with each of its texts changed; the very same object where nothing changes."""
    extra = dict(message.extra)
    content = message.content
    if "content" not in extra:
        content = change(content)
    elif isinstance(extra["content"], list):
        extra["content"] = [_part(part, change) for part in extra["content"]]
        content = "\n".join(part["text"] for part in extra["content"] if isinstance(part, dict) and isinstance(part.get("text"), str))
    if calls and isinstance(extra.get("tool_calls"), list):
        extra["tool_calls"] = [_call(call, change) for call in extra["tool_calls"]]
    if calls and "function_call" in extra:
        extra["function_call"] = _function(extra["function_call"], change)
    if content == message.content and extra == message.extra:
        return message
    return replace(message, content=content, extra=extra)


def example_with_texts(example: Example, change: Change, *, calls: bool = False) -> Example:
    """The example with each text of its messages changed, those of a worse answer too; the very same object where nothing changes."""
    said = tuple(with_texts(message, change, calls=calls) for message in example.said)
    if all(now is was for now, was in zip(said, example.said, strict=True)):
        return example
    n = len(example.messages)
    return replace(example, messages=said[:n], rejected=said[n:])


def _part(part: Any, change: Change) -> Any:
    return {**part, "text": change(part["text"])} if isinstance(part, dict) and isinstance(part.get("text"), str) else part


def _call(call: Any, change: Change) -> Any:
    return {**call, "function": _function(call["function"], change)} if isinstance(call, dict) and "function" in call else call


def _function(function: Any, change: Change) -> Any:
    if isinstance(function, dict) and isinstance(function.get("arguments"), str):
        return {**function, "arguments": change(function["arguments"])}
    return function
