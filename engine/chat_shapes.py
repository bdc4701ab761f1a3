"""Chat completions as they travel: whole, or in chunks, with what the engine says beside them in headers."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Characters of one text and items of one list in the notes' header (the body has all of them); the first pair that fits is taken.
# Whoever warns of a number that belongs elsewhere must find at least the first ones here, so lists get shorter and none is left out.
_SHORTENED = ((500, 50), (200, 15), (40, 5))
_LONGEST_HEADER = 8000


def headers(ignored: Sequence[str], notes: Mapping[str, Any]) -> dict[str, str]:
    """What a client that reads no body to its end may know at once."""
    found = {"cache-control": "no-store", "x-tunesmith-notes": notes_header(notes)}
    if ignored:
        found["x-tunesmith-ignored"] = ",".join(ignored)
    return found


def notes_header(notes: Mapping[str, Any]) -> str:
    """The notes as JSON that fits a header: long texts and lists are cut."""
    cut = (json.dumps(_shortened(dict(notes), *bounds)) for bounds in _SHORTENED)
    return next((text for text in cut if len(text) <= _LONGEST_HEADER), "{}")


def _shortened(value: Any, characters: int, items: int) -> Any:
    if isinstance(value, str):
        return value[:characters]
    if isinstance(value, list):
        return [_shortened(item, characters, items) for item in value[:items]]
    return {key: _shortened(item, characters, items) for key, item in value.items()} if isinstance(value, dict) else value


def fingerprint(name: str, ignored: Sequence[str]) -> str:
    """How an answer came about, and what made no difference to it."""
    return f"{name}; ignored: {', '.join(ignored)}" if ignored else name


def usage(prompt: int, completion: int) -> dict[str, int]:
    """Tokens read and written."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def logprobs(tokens: Sequence[Mapping[str, Any]] | None) -> dict[str, Any] | None:
    """The logprobs of these tokens, where any were asked for."""
    return None if tokens is None else {"content": list(tokens), "refusal": None}


def choice(index: int, text: str, finish_reason: str, tokens: Sequence[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """One whole answer."""
    message = {"role": "assistant", "content": text, "refusal": None}
    return {"index": index, "message": message, "logprobs": logprobs(tokens), "finish_reason": finish_reason}


def completion(
    model: str, choices: Sequence[Mapping[str, Any]], used: Mapping[str, int], name: str, ignored: Sequence[str], notes: Mapping[str, Any]
) -> dict[str, Any]:
    """A whole reply; `name` is the model's own fingerprint."""
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": list(choices),
        "usage": dict(used),
        "system_fingerprint": fingerprint(name, ignored),
        "tunesmith": {"ignored": list(ignored), "notes": dict(notes)},
    }


class Chunks:
    """The lines of one streamed reply."""

    def __init__(self, model: str, name: str, ignored: Sequence[str], *, include_usage: bool) -> None:
        self._frame: dict[str, Any] = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": fingerprint(name, ignored),
        }
        self._include_usage = include_usage
        if include_usage:
            self._frame["usage"] = None

    def begin(self, index: int) -> str:
        """The first line of a choice."""
        return self._line(index, {"role": "assistant", "content": ""})

    def piece(self, index: int, text: str, tokens: Sequence[Mapping[str, Any]] | None = None) -> str:
        """Some more text."""
        return self._line(index, {"content": text}, tokens=tokens)

    def finish(self, index: int, finish_reason: str) -> str:
        """The last line of a choice."""
        return self._line(index, {}, finish_reason)

    def end(self, used: Mapping[str, int]) -> Iterator[str]:
        """The last lines of all."""
        if self._include_usage:
            yield f"data: {json.dumps({**self._frame, 'choices': [], 'usage': dict(used)})}\n\n"
        yield "data: [DONE]\n\n"

    def _line(
        self, index: int, delta: Mapping[str, str], finish_reason: str | None = None, tokens: Sequence[Mapping[str, Any]] | None = None
    ) -> str:
        one = {"index": index, "delta": dict(delta), "logprobs": logprobs(tokens), "finish_reason": finish_reason}
        return f"data: {json.dumps({**self._frame, 'choices': [one]})}\n\n"
