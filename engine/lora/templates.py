"""Conversations as a model's own chat template writes them, and which stretches of the text the model has to produce itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2.exceptions import TemplateError
from transformers.utils.chat_template_utils import render_jinja_template
from trl.chat_template_utils import get_training_chat_template, has_generation_markers

from core.base.types import Message

# a template is a program: these are the ways in which it can fail
_FAULTS = (TemplateError, TypeError, LookupError, AttributeError, ValueError, ArithmeticError, RecursionError)
_KEPT = ("name", "tool_call_id", "reasoning_content")


class TemplateRefused(Exception):
    """A conversation cannot be written with this model's chat template, with a sentence why."""


@dataclass(frozen=True, slots=True)
class Written:
    """A conversation as text; `spans` are the stretches that the assistant says, one for each of its messages, ends of turn included."""

    text: str
    spans: tuple[tuple[int, int], ...]


class ChatTemplate:
    """The chat template of one tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        source = tokenizer.chat_template
        if isinstance(source, Mapping):
            source = source.get("default")
        if not isinstance(source, str):
            raise TemplateRefused("This model has no chat template: it was not made for conversations. Choose an instruct or chat model.")
        self._tokenizer = tokenizer
        self._source = source
        self._special = sorted({str(token) for token in tokenizer.all_special_tokens}, key=len, reverse=True)
        self._training = source if has_generation_markers(source) else self._with_markers()
        self.takes_tools = "tools" in source
        self._takes_calls = "tool_calls" in source
        self._takes_developer = "developer" in source
        self._takes_system = self._accepts([{"role": "system", "content": "s"}, {"role": "user", "content": "u"}])

    def prompt(self, messages: Sequence[Message], tools: Sequence[Any] = (), **switches: Any) -> str:
        """What the model is given to answer this conversation."""
        return self._render(self._source, self.plain(messages), tools, add_generation_prompt=True, **switches)

    def write(self, messages: Sequence[Message], tools: Sequence[Any] = ()) -> Written:
        """The conversation with the stretches that are the assistant's; raises TemplateRefused."""
        chat = self.plain(messages)
        if self._training is None:
            return self._by_prefixes(chat, tools)
        text, found = self._rendered(self._training, chat, tools, return_assistant_tokens_mask=True)
        turns = [number for number, message in enumerate(chat) if message["role"] == "assistant"]
        if len(found) != len(turns):
            return self._by_prefixes(chat, tools)
        spans = []
        for turn, (start, end) in zip(turns, found, strict=True):
            # markers may begin too soon (TRL's for Qwen 2.5 include a line feed that the prompt has already)
            prompt = self._render(self._training, chat[:turn], tools, add_generation_prompt=True)
            begin = len(prompt) if start <= len(prompt) < end and text.startswith(prompt) else start
            spans.append((begin, self._end_of_turn(text, begin, end)))
        return Written(text, tuple(spans))

    def plain(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """The messages as the template takes them: its roles, and tool calls whose arguments are objects."""
        chat = [self._message(message) for message in messages]
        if self._takes_system:
            return chat
        # Gemma's template knows no system role: its makers put that text before the first question
        system = "\n\n".join(message["content"] for message in chat if message["role"] == "system")
        chat = [message for message in chat if message["role"] != "system"]
        first = next((message for message in chat if message["role"] == "user"), None)
        if system and first is not None:
            first["content"] = f"{system}\n\n{first['content']}"
        return chat

    def _message(self, message: Message) -> dict[str, Any]:
        role = message.role
        if role == "developer" and not self._takes_developer:
            role = "system"
        if role == "function":
            role = "tool"
        plain: dict[str, Any] = {"role": role, "content": message.content}
        plain |= {key: message.extra[key] for key in _KEPT if isinstance(message.extra.get(key), str)}
        calls = message.extra.get("tool_calls")
        if calls:
            if not self._takes_calls:
                raise TemplateRefused("This model's chat template has no place for calls of tools.")
            plain["tool_calls"] = [_call(call) for call in calls]
        return plain

    def _with_markers(self) -> str | None:
        """The same template with markers around what the assistant says, where TRL knows it."""
        try:
            return get_training_chat_template(self._tokenizer)
        except _FAULTS:  # unknown to TRL, or so strict that its probing conversations fail
            return None

    def _accepts(self, chat: list[dict[str, Any]]) -> bool:
        try:
            text = self._render(self._source, chat, ())
        except TemplateRefused:
            return False
        return chat[0]["content"] in text

    def _render(self, source: str, chat: list[dict[str, Any]], tools: Sequence[Any], **more: Any) -> str:
        return self._rendered(source, chat, tools, **more)[0]

    def _rendered(self, source: str, chat: list[dict[str, Any]], tools: Sequence[Any], **more: Any) -> tuple[str, list[tuple[int, int]]]:
        given = list(tools) if tools and self.takes_tools else None
        try:
            texts, spans = render_jinja_template([chat], given, chat_template=source, **more, **self._tokenizer.special_tokens_map)
        except _FAULTS as error:
            raise TemplateRefused(f"This model's chat template refuses the conversation: {str(error)[:200]}") from error
        return texts[0], spans[0] if spans else []

    def _by_prefixes(self, chat: list[dict[str, Any]], tools: Sequence[Any]) -> Written:
        """Find what the assistant says by writing the conversation up to each of its turns, and with it."""
        text = self._render(self._source, chat, tools)
        spans = []
        for number, message in enumerate(chat):
            if message["role"] != "assistant":
                continue
            before = self._render(self._source, chat[:number], tools, add_generation_prompt=True)
            after = self._render(self._source, chat[: number + 1], tools)
            end = self._end_of_turn(after, len(before), len(after))
            if (
                not after.startswith(before)
                or not text.startswith(after[:end])
                or message["content"].strip() not in text[len(before) : end]
            ):
                raise TemplateRefused(
                    "This model's chat template writes earlier turns differently once a later one follows, "
                    "so that what the assistant says cannot be told from the rest."
                )
            spans.append((len(before), end))
        return Written(text, tuple(spans))

    def _end_of_turn(self, text: str, start: int, end: int) -> int:
        """The end of a turn: after its closing token; white space behind that is the template's, not the assistant's."""
        trimmed = start + len(text[start:end].rstrip())
        return trimmed if any(text.endswith(token, start, trimmed) for token in self._special) else end


def _call(call: Any) -> Any:
    """A tool call whose arguments are an object, as templates want them; the API has them as text."""
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("arguments"), str):
        return call
    try:
        arguments = json.loads(function["arguments"])
    except ValueError:
        return call
    return {**call, "function": {**function, "arguments": arguments}}
