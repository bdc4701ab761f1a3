"""What a chat request asks of a model that speaks token by token: sampling, the form of the answer, tools."""

import json
from collections.abc import Mapping
from typing import Any

from core.base.types import Message
from engine.chat_params import ChatRequest, flag, number, whole
from engine.learners.asking import Wish
from engine.wire import invalid

_MOST_TOOLS = 128
_MOST_BIASES = 1024


def chat_wish(request: ChatRequest) -> Wish:
    """Everything that such a model acts on; raises ApiError for the first thing that is wrong."""
    asked = request.body
    return Wish(
        messages=tuple(
            _message(message, raw, index) for index, (message, raw) in enumerate(zip(request.messages, asked["messages"], strict=True))
        ),
        max_tokens=request.max_tokens,
        temperature=float(asked.get("temperature", 1)),
        top_p=float(asked.get("top_p", 1)),
        presence_penalty=float(asked.get("presence_penalty", 0)),
        frequency_penalty=float(asked.get("frequency_penalty", 0)),
        logit_bias=_logit_bias(asked.get("logit_bias", {})),
        stop=request.stop,
        seed=asked.get("seed"),
        n=request.n,
        top_logprobs=_top_logprobs(asked),
        response_format=_response_format(asked.get("response_format")),
        tools=() if asked.get("tool_choice") == "none" else _tools(asked.get("tools", [])),
    )


def without_effect(request: ChatRequest) -> frozenset[str]:
    """Parameters that change nothing because of their value: a certain tool cannot be forced."""
    forced = request.body.get("tool_choice") not in (None, "auto", "none")
    return frozenset({"tool_choice"} if forced else ())


def _message(message: Message, raw: Mapping[str, Any], index: int) -> Message:
    """A message with what it says of tools."""
    extra: dict[str, Any] = {name: raw[name] for name in ("name", "tool_call_id") if isinstance(raw.get(name), str)}
    calls = raw.get("tool_calls")
    if calls is not None:
        where = f"messages[{index}].tool_calls"
        if not isinstance(calls, list) or not all(_is_function(call) for call in calls):
            raise invalid(f"Invalid '{where}': expected an array of function calls.", where)
        extra["tool_calls"] = calls
    return Message(message.role, message.content, extra)


def _is_function(value: Any) -> bool:
    function = value.get("function") if isinstance(value, dict) else None
    return isinstance(function, dict) and isinstance(function.get("name"), str)


def _tools(value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list) or len(value) > _MOST_TOOLS or not all(_is_function(tool) for tool in value):
        raise invalid(f"Invalid 'tools': expected an array of at most {_MOST_TOOLS} functions, each with a name.", "tools")
    return tuple(value)


def _logit_bias(value: Any) -> Mapping[str, float]:
    if not isinstance(value, dict) or len(value) > _MOST_BIASES:
        message = f"Invalid type for 'logit_bias': expected an object with at most {_MOST_BIASES} keys."
        raise invalid(message, "logit_bias", "invalid_type")
    for token, bias in value.items():
        if not (token.isascii() and token.isdecimal() and len(token) < 10):
            message = f"Invalid key in 'logit_bias': {token[:40]!r}. You should only be submitting non-negative integers."
            raise invalid(message, "logit_bias")
        number({"logit_bias": bias}, "logit_bias", -100, 100)
    return {token: float(bias) for token, bias in value.items() if bias is not None}


def _top_logprobs(asked: Mapping[str, Any]) -> int | None:
    most = whole(asked, "top_logprobs", 0, 20)
    if flag(asked, "logprobs"):
        return most or 0
    if most is not None:
        raise invalid("Invalid value for 'top_logprobs': must also set 'logprobs' to true.", "top_logprobs")
    return None


def _response_format(value: Any) -> Mapping[str, Any] | None:
    kind = value.get("type") if isinstance(value, dict) else None
    if value is None or kind == "text":
        return None
    if kind not in ("json_object", "json_schema"):
        message = "Invalid value: 'response_format.type'. Supported values are: 'json_object', 'json_schema', and 'text'."
        raise invalid(message, "response_format.type")
    if kind == "json_schema":
        where = "response_format.json_schema.schema"
        schema = value.get("json_schema")
        if not isinstance(schema, dict) or not isinstance(schema.get("schema"), dict):
            raise invalid(f"Missing required parameter: '{where}'.", where, "missing_required_parameter")
        try:
            json.dumps(schema, allow_nan=False)
        except ValueError:
            raise invalid("Invalid schema for response_format: it holds a number that JSON does not have.", "response_format") from None
    return dict(value)
