"""What a chat request asks: the parameters that are acted on, and the names of those that are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.base.types import Message
from engine.wire import ApiError, invalid

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_MAX_MESSAGES = 2048
# acted on by the engine itself, whatever the model
_ENGINE = {"model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "stop", "n"}
# further names that the API knows: taken, and named in the reply where the model makes nothing of them
_SAMPLING = {
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "metadata", "modalities", "moderation",
    "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention",
    "reasoning_effort", "response_format", "safety_identifier", "seed", "service_tier", "store", "temperature", "tool_choice", "tools",
    "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
}  # fmt: skip
# bookkeeping that no answer could depend on, here or elsewhere: not worth a word
_SILENT = {
    "metadata", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "service_tier", "store", "user",
}  # fmt: skip
_RANGES = {"temperature": (0.0, 2.0), "top_p": (0.0, 1.0), "presence_penalty": (-2.0, 2.0), "frequency_penalty": (-2.0, 2.0)}


@dataclass(frozen=True)
class ChatRequest:
    """One chat completion as asked for; `asked` names every parameter given, `sampling` those that only a model could act on.

    `body` holds all that was given, not looked at further than here.
    """

    model: str
    messages: tuple[Message, ...]
    stream: bool
    include_usage: bool
    max_tokens: int | None
    stop: tuple[str, ...]
    n: int
    asked: frozenset[str]
    sampling: frozenset[str]
    body: Mapping[str, Any]


def chat_request(body: Mapping[str, Any]) -> ChatRequest:
    """Read the body of POST /v1/chat/completions; raises ApiError for the first thing that is wrong."""
    asked = {name: value for name, value in body.items() if value is not None}
    unknown = sorted(set(asked) - _ENGINE - _SAMPLING)
    if unknown:
        raise invalid(f"Unrecognized request argument supplied: {unknown[0][:80]}", None, "unknown_parameter")
    model = asked.get("model")
    if not isinstance(model, str) or not model:
        raise ApiError(400, "you must provide a model parameter", param="model", code="missing_required_parameter")
    for name, (low, high) in _RANGES.items():
        number(asked, name, low, high)
    whole(asked, "seed", -(2**63), 2**63 - 1)
    options = asked.get("stream_options", {})
    if not isinstance(options, dict):
        raise invalid("Invalid type for 'stream_options': expected an object.", "stream_options", "invalid_type")
    stream = flag(asked, "stream")
    if options and not stream:
        raise invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    limits = [whole(asked, name, 1, 2**31 - 1) for name in ("max_completion_tokens", "max_tokens")]
    return ChatRequest(
        model=model,
        messages=_messages(asked.get("messages")),
        stream=stream,
        include_usage=flag(options, "include_usage"),
        max_tokens=min((limit for limit in limits if limit is not None), default=None),
        stop=_stop(asked.get("stop")),
        n=whole(asked, "n", 1, 128) or 1,
        asked=frozenset(asked),
        sampling=frozenset(asked) & _SAMPLING - _SILENT,
        body=asked,
    )


def _messages(value: Any) -> tuple[Message, ...]:
    if value is None:
        raise invalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter")
    if not isinstance(value, list):
        raise invalid("Invalid type for 'messages': expected an array of objects.", "messages", "invalid_type")
    if not value:
        message = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
        raise invalid(message, "messages", "empty_array")
    if len(value) > _MAX_MESSAGES:
        message = f"Invalid 'messages': array too long. Expected at most {_MAX_MESSAGES} messages."
        raise invalid(message, "messages", "array_above_max_length")
    return tuple(_message(item, f"messages[{index}]") for index, item in enumerate(value))


def _message(value: Any, where: str) -> Message:
    if not isinstance(value, dict):
        raise invalid(f"Invalid type for '{where}': expected an object.", where, "invalid_type")
    role = value.get("role")
    if role not in ROLES:
        supported = ", ".join(f"'{role}'" for role in ROLES)
        raise invalid(f"Invalid value: {str(role)[:40]!r}. Supported values are: {supported}.", f"{where}.role")
    content = value.get("content")
    if content is None and role == "assistant":
        content = ""
    return Message(role, _text(content, f"{where}.content"))


def _text(content: Any, where: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise invalid(f"Invalid type for '{where}': expected one of a string or array of objects.", where, "invalid_type")
    parts = []
    for part in content:
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise invalid(f"Invalid '{where}': only parts of type 'text' are understood here.", where)
        parts.append(part["text"])
    return "\n".join(parts)


def _stop(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or len(texts) > 4 or not all(isinstance(text, str) for text in texts):
        raise invalid("Invalid 'stop': expected a string or an array of at most 4 strings.", "stop")
    return tuple(text for text in texts if text)


def flag(asked: Mapping[str, Any], name: str) -> bool:
    """A parameter that is true or false; false where it was not given."""
    value = asked.get(name, False)
    if not isinstance(value, bool):
        raise invalid(f"Invalid type for '{name}': expected a boolean.", name, "invalid_type")
    return value


def whole(asked: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    """A parameter that is a whole number within bounds, where it was given."""
    value = asked.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise invalid(f"Invalid '{name}': expected an integer between {low} and {high}.", name)
    return value


def number(asked: Mapping[str, Any], name: str, low: float, high: float) -> None:
    """Raise ApiError for a parameter that is no number within bounds."""
    value = asked.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high):
        raise invalid(f"Invalid '{name}': expected a number between {low:g} and {high:g}.", name)
