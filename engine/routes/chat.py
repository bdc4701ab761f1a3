"""/v1/chat/completions: plain, or streamed as server-sent events."""

import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from engine.body import read_json
from engine.chat_params import ChatRequest, chat_request
from engine.services import Services, services
from engine.serving import Completion, complete
from engine.wire import Json, no_such_model

_PIECES = re.compile(r"\s*\S+|\s+$")  # a word with the space before it, as tokens mostly are
# Characters of one text and items of one list in the notes' header (the body has all of them); the first pair that fits is taken.
# Whoever warns of a number that belongs elsewhere must find at least the first ones here, so lists get shorter and none is left out.
_SHORTENED = ((500, 50), (200, 15), (40, 5))
_LONGEST_HEADER = 8000


async def create(request: Request) -> Response:
    """Answer a conversation; the answering runs in a thread, so that nobody else waits for it."""
    parts, wish = services(request), chat_request(await read_json(request))
    done = await run_in_threadpool(_answer, wish, parts)
    headers = _headers(done)
    if wish.stream:
        return StreamingResponse(_stream(wish, done), media_type="text/event-stream", headers=headers)
    return Json(_plain(wish, done), headers=headers)


def _answer(wish: ChatRequest, parts: Services) -> Completion:
    try:
        model = parts.shelf.get(wish.model)
    except KeyError:
        raise no_such_model(wish.model) from None
    return complete(wish, model)


def _headers(done: Completion) -> dict[str, str]:
    headers = {"cache-control": "no-store", "x-tunesmith-notes": notes_header(done.notes)}
    if done.ignored:
        headers["x-tunesmith-ignored"] = ",".join(done.ignored)
    return headers


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


def _fingerprint(done: Completion) -> str:
    return f"{done.fingerprint}; ignored: {', '.join(done.ignored)}" if done.ignored else done.fingerprint


def _usage(done: Completion) -> dict[str, int]:
    total = done.prompt_tokens + done.completion_tokens
    return {"prompt_tokens": done.prompt_tokens, "completion_tokens": done.completion_tokens, "total_tokens": total}


def _plain(wish: ChatRequest, done: Completion) -> dict[str, Any]:
    message = {"role": "assistant", "content": done.text, "refusal": None}
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": wish.model,
        "choices": [{"index": i, "message": message, "logprobs": None, "finish_reason": done.finish_reason} for i in range(wish.n)],
        "usage": _usage(done),
        "system_fingerprint": _fingerprint(done),
        "tunesmith": {"ignored": list(done.ignored), "notes": dict(done.notes)},
    }


async def _stream(wish: ChatRequest, done: Completion) -> AsyncIterator[str]:
    frame: dict[str, Any] = {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": wish.model,
        "system_fingerprint": _fingerprint(done),
    }
    if wish.include_usage:
        frame["usage"] = None

    def line(index: int, delta: Mapping[str, str], finish_reason: str | None = None) -> str:
        choice = {"index": index, "delta": dict(delta), "logprobs": None, "finish_reason": finish_reason}
        return f"data: {json.dumps({**frame, 'choices': [choice]})}\n\n"

    for index in range(wish.n):
        yield line(index, {"role": "assistant", "content": ""})
        for piece in _PIECES.findall(done.text):
            yield line(index, {"content": piece})
        yield line(index, {}, done.finish_reason)
    if wish.include_usage:
        yield f"data: {json.dumps({**frame, 'choices': [], 'usage': _usage(done)})}\n\n"
    yield "data: [DONE]\n\n"


ROUTES = [Route("/v1/chat/completions", create, methods=["POST"])]
