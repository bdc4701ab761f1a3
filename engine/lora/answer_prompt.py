"""From messages to the model's own tokens, by its chat template."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from jinja2 import TemplateError

from core.base.types import Message
from engine.learners.asking import AnswerFailed, Wish

_ROLES = {"developer": "system", "function": "tool"}  # templates of open models know the older name of one, the newer of the other


def prompt_ids(tokenizer: Any, wish: Wish) -> list[int]:
    """The prompt; raises AnswerFailed where the template does not take the conversation."""
    if not tokenizer.chat_template:
        raise AnswerFailed("This model has no chat template: it cannot be asked in messages.", status=400, param="messages")
    try:
        text = tokenizer.apply_chat_template(
            [_plain(message) for message in wish.messages],
            tools=list(wish.tools) or None,
            add_generation_prompt=True,
            tokenize=False,
            enable_thinking=False,  # Qwen3's template knows it, others pass over it: a small tuned model answers, it does not ponder
        )
    except (TemplateError, TypeError, ValueError) as error:
        message = f"The model's chat template does not take this conversation: {str(error)[:300]}"
        raise AnswerFailed(message, status=400, param="messages", code="invalid_messages") from error
    # the template has written what begins a text, so the tokenizer must not add it again
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def knows_tools(tokenizer: Any) -> bool:
    """Whether the template says anything of tools."""
    return "tools" in (tokenizer.chat_template or "")


def _plain(message: Message) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"role": _ROLES.get(message.role, message.role), "content": message.content}
    for name in ("name", "tool_call_id"):
        if isinstance(message.extra.get(name), str):
            shown[name] = message.extra[name]
    if message.extra.get("tool_calls"):
        shown["tool_calls"] = [_call(call) for call in message.extra["tool_calls"]]
    return shown


def _call(call: Mapping[str, Any]) -> Mapping[str, Any]:
    """The API has the arguments as a text of JSON; templates write JSON of what they are given."""
    function = dict(call.get("function") or {})
    arguments: str | Sequence[Any] | Mapping[str, Any] = function.get("arguments") or {}
    if isinstance(arguments, str):
        with suppress(ValueError):
            arguments = json.loads(arguments)
    return {"type": "function", "function": {**function, "arguments": arguments}}
