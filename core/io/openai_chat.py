"""Asking a model, whole or streamed, through a client of openai_calls.py."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from core.base.errors import RequestRefused
from core.base.replies import Reply
from core.base.types import Message
from core.io.openai_problems import Unreadable, read_object
from core.io.openai_shapes import chat_messages, reply_from
from core.io.reply_stream import ReplyStream

if TYPE_CHECKING:
    from core.io.openai_calls import Client

T = TypeVar("T")
Clock = Callable[[], float]
ADAPTATIONS = 2  # how often a refused request is sent again in another form


def chat(
    client: "Client",
    model: str,
    messages: Sequence[Message],
    *,
    temperature: float | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
    frequency_penalty: float | None = None,
    presence_penalty: float | None = None,
    stop: str | Sequence[str] | None = None,
    seed: int | None = None,
    clock: Clock = time.perf_counter,
) -> Reply:
    """One whole reply. Asked once: whoever asks many times retries with a patience of its own."""
    penalties = {"frequency_penalty": frequency_penalty, "presence_penalty": presence_penalty}
    asked = _request(model, messages, temperature=temperature, top_p=top_p, max_tokens=max_tokens, stop=stop, seed=seed, **penalties)
    create: Any = client.once.chat.completions.with_raw_response.create
    started = clock()

    def send(request: Mapping[str, Any]) -> Reply:
        raw = create(**request)
        return reply_from(read_object(raw.http_response, "choices"), raw.headers, total_s=clock() - started)

    return _adapting(lambda request: client.ask(lambda: send(request)), asked)


def stream_chat(
    client: "Client",
    model: str,
    messages: Sequence[Message],
    *,
    temperature: float | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
    frequency_penalty: float | None = None,
    presence_penalty: float | None = None,
    stop: str | Sequence[str] | None = None,
    seed: int | None = None,
    clock: Clock = time.perf_counter,
) -> ReplyStream:
    """A reply in pieces. The request is sent here, so a refusal is raised here; later trouble is raised by the iteration."""
    penalties = {"frequency_penalty": frequency_penalty, "presence_penalty": presence_penalty}
    asked = _request(model, messages, temperature=temperature, top_p=top_p, max_tokens=max_tokens, stop=stop, seed=seed, **penalties)
    asked |= {"stream": True, "stream_options": {"include_usage": True}}
    create: Any = client.once.chat.completions.create
    started = clock()
    stream = _adapting(lambda request: client.ask(lambda: create(**request)), asked)
    headers = stream.response.headers
    return ReplyStream(_chunks(client, stream), stream.close, headers=headers, model=model, clock=clock, started=started)


def chat_body(model: str, messages: Sequence[Message], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a request for one whole reply, with the settings that `chat` takes by name."""
    sampling = {name: value for name, value in settings.items() if name != "stop"}
    return _request(model, messages, stop=settings.get("stop"), **sampling)


def _request(model: str, messages: Sequence[Message], *, stop: str | Sequence[str] | None, **sampling: Any) -> dict[str, Any]:
    asked = {"model": model, "messages": chat_messages(messages), **sampling}
    if stop:
        asked["stop"] = stop if isinstance(stop, str) else list(stop)
    return {name: value for name, value in asked.items() if value is not None}


def _adapting(send: Callable[[Mapping[str, Any]], T], request: dict[str, Any]) -> T:
    """Send, and send again without the one field that this server names as unknown to it."""
    for _ in range(ADAPTATIONS):
        try:
            return send(request)
        except RequestRefused as refusal:
            words = f"{refusal.details} {refusal.params.get('param')}".lower()
            if "stream_options" in request and ("stream_options" in words or "include_usage" in words):
                request = {name: value for name, value in request.items() if name != "stream_options"}
            elif "max_tokens" in request and "max_completion_tokens" in words:  # what OpenAI's newer models call it
                request = {"max_completion_tokens" if name == "max_tokens" else name: value for name, value in request.items()}
            else:
                raise
    return send(request)


def _chunks(client: "Client", stream: Any) -> Iterator[Mapping[str, Any]]:
    response = stream.response
    if response.headers.get("content-type", "").startswith("application/json"):
        # this server does not stream: the whole reply is the one piece

        def whole() -> dict[str, Any]:
            response.read()
            return read_object(response, "choices")

        yield client.ask(whole)
        return

    end = object()

    def following() -> Any:
        try:
            return next(stream, end)
        except (ValueError, RecursionError) as error:  # the library reads each chunk's JSON unguarded
            raise Unreadable(response.status_code, str(getattr(error, "doc", ""))) from None

    while (chunk := client.ask(following)) is not end:
        if hasattr(chunk, "to_dict"):
            yield chunk.to_dict(warnings=False)
