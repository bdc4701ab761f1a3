"""Chat completions of models that speak token by token: passed on as they come, and ended when the client leaves."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from engine.chat_params import ChatRequest
from engine.chat_shapes import Chunks, choice, completion, headers, usage
from engine.chat_wish import chat_wish, without_effect
from engine.learners import StreamingModel
from engine.learners.asking import AnswerFailed, Answering, Begun, Ended, Event, Piece
from engine.wire import ApiError, Json, error_body

_TOOLS = "The model may ask for a tool in its own way of writing: its calls are left in the text of the answer."


async def speak(request: Request, asked: ChatRequest, model: StreamingModel) -> Response:
    """Begin the answer, and reply once the model has taken the request; until then a refusal can still have its own status."""
    wish = chat_wish(asked)
    try:
        answering = await run_in_threadpool(model.stream, wish)
    except AnswerFailed as error:
        raise _refusal(error) from error
    events = aiter(answering)
    leaving = asyncio.create_task(_close_when_left(request, answering))
    try:
        begun = await anext(events)
        assert isinstance(begun, Begun)
        ignored = tuple(sorted({*begun.ignored, *without_effect(asked), *(asked.sampling & frozenset(model.ignored))}))
        notes = {"tools": _TOOLS} if wish.tools and "tools" not in ignored else {}
        if asked.stream:
            chunks = Chunks(asked.model, model.fingerprint, ignored, include_usage=asked.include_usage)
            lines = _lines(chunks, events, begun.prompt_tokens, asked.n, wish.top_logprobs is not None)
            return _Stream(answering, lines, media_type="text/event-stream", headers=headers(ignored, notes))
        choices, tokens = await _whole(events, asked.n, wish.top_logprobs is not None)
    except AnswerFailed as error:
        raise _refusal(error) from error
    except BaseException:
        answering.close()
        raise
    finally:
        leaving.cancel()
    used = usage(begun.prompt_tokens, tokens)
    whole = completion(asked.model, choices, used, model.fingerprint, ignored, notes)
    return Json(whole, headers=headers(ignored, notes))


async def _close_when_left(request: Request, answering: Answering) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    answering.close()


async def _whole(events: AsyncIterator[Event], n: int, with_logprobs: bool) -> tuple[list[dict[str, Any]], int]:
    """Every choice in full, and the tokens of all of them."""
    texts: dict[int, list[str]] = defaultdict(list)
    tokens: dict[int, list[Any]] = defaultdict(list)
    ends: dict[int, Ended] = {}
    async for event in events:
        if isinstance(event, Piece):
            texts[event.choice].append(event.text)
            tokens[event.choice] += event.logprobs
        elif isinstance(event, Ended):
            ends[event.choice] = event
    choices = [
        choice(index, "".join(texts[index]), ends[index].finish_reason, tokens[index] if with_logprobs else None) for index in range(n)
    ]
    return choices, sum(end.tokens for end in ends.values())


async def _lines(chunks: Chunks, events: AsyncIterator[Event], prompt_tokens: int, n: int, with_logprobs: bool) -> AsyncIterator[str]:
    tokens = 0
    for index in range(n):
        yield chunks.begin(index)
    try:
        async for event in events:
            if isinstance(event, Piece):
                yield chunks.piece(event.choice, event.text, event.logprobs if with_logprobs else None)
            elif isinstance(event, Ended):
                tokens += event.tokens
                yield chunks.finish(event.choice, event.finish_reason)
    except AnswerFailed as error:  # the status has been sent; the client raises what stands in the stream
        yield f"data: {json.dumps(error_body(_refusal(error)))}\n\n"
        return
    for line in chunks.end(usage(prompt_tokens, tokens)):
        yield line


class _Stream(StreamingResponse):
    """A streamed answer that ends when nobody reads it any more."""

    def __init__(self, answering: Answering, lines: AsyncIterator[str], **about: Any) -> None:
        super().__init__(lines, **about)
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._answering.close()


def _refusal(error: AnswerFailed) -> ApiError:
    return ApiError(error.status, str(error), param=error.param, code=error.code)
