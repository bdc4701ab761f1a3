"""/v1/chat/completions: plain, or streamed as server-sent events."""

import re
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from engine.body import read_json
from engine.chat_params import ChatRequest, chat_request
from engine.chat_shapes import Chunks, choice, completion, headers, usage
from engine.learners import Model, StreamingModel
from engine.routes.speaking import speak
from engine.services import Services, services
from engine.serving import Completion, complete
from engine.wire import Json, no_such_model

_PIECES = re.compile(r"\s*\S+|\s+$")  # a word with the space before it, as tokens mostly are


async def create(request: Request) -> Response:
    """Answer a conversation; the answering runs in a thread or another process, so that nobody else waits for it."""
    parts, wish = services(request), chat_request(await read_json(request))
    model = await run_in_threadpool(_model, wish.model, parts)
    if isinstance(model, StreamingModel):
        return await speak(request, wish, model)
    done = await run_in_threadpool(complete, wish, model)
    if wish.stream:
        return StreamingResponse(_stream(wish, done), media_type="text/event-stream", headers=headers(done.ignored, done.notes))
    choices = [choice(index, done.text, done.finish_reason) for index in range(wish.n)]
    used = usage(done.prompt_tokens, done.completion_tokens)
    whole = completion(wish.model, choices, used, done.fingerprint, done.ignored, done.notes)
    return Json(whole, headers=headers(done.ignored, done.notes))


def _model(name: str, parts: Services) -> Model:
    try:
        return parts.shelf.get(name)
    except KeyError:
        raise no_such_model(name) from None


async def _stream(wish: ChatRequest, done: Completion) -> AsyncIterator[str]:
    chunks = Chunks(wish.model, done.fingerprint, done.ignored, include_usage=wish.include_usage)
    for index in range(wish.n):
        yield chunks.begin(index)
        for piece in _PIECES.findall(done.text):
            yield chunks.piece(index, piece)
        yield chunks.finish(index, done.finish_reason)
    for line in chunks.end(usage(done.prompt_tokens, done.completion_tokens)):
        yield line


ROUTES = [Route("/v1/chat/completions", create, methods=["POST"])]
