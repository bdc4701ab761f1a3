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
_LONGEST_NOTE = 500  # characters of one text in the notes' header; the body has all of it
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
    headers = {"cache-control": "no-store", "x-tunesmith-notes": _ascii(done.notes)}
    if done.ignored:
        headers["x-tunesmith-ignored"] = ",".join(done.ignored)
    return headers


def _ascii(notes: Mapping[str, Any]) -> str:
    """The notes as JSON that fits a header: long texts are cut, and if that is not enough the texts are left out."""
    short = {key: value[:_LONGEST_NOTE] if isinstance(value, str) else value for key, value in notes.items()}
    text = json.dumps(short)
    if len(text) > _LONGEST_HEADER:
        text = json.dumps({key: value for key, value in notes.items() if isinstance(value, bool | int | float)})
    return text if len(text) <= _LONGEST_HEADER else "{}"


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
