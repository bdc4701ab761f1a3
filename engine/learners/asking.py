"""What is asked of a model that speaks token by token, and its answers as they come."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from core.base.types import Message


@dataclass(frozen=True)
class Wish:
    """One chat completion with everything that such a model acts on; `top_logprobs` None asks for no logprobs at all."""

    messages: tuple[Message, ...]
    max_tokens: int | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: Mapping[str, float] = field(default_factory=dict)
    stop: tuple[str, ...] = ()
    seed: int | None = None
    n: int = 1
    top_logprobs: int | None = None
    response_format: Mapping[str, Any] | None = None
    tools: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data, messages as the API has them."""
        messages = [{"role": one.role, "content": one.content, **one.extra} for one in self.messages]
        return {**asdict(self), "messages": messages}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Wish":
        """Read what `to_json` wrote."""
        messages = tuple(
            Message(one["role"], one["content"], {key: value for key, value in one.items() if key not in ("role", "content")})
            for one in data["messages"]
        )
        return cls(**{**data, "messages": messages, "stop": tuple(data["stop"]), "tools": tuple(data["tools"])})


@dataclass(frozen=True)
class Begun:
    """The request is in order: its length in the model's own tokens, and the parameters that this model makes nothing of."""

    prompt_tokens: int
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """Some more text of one choice, and the logprobs of its tokens as the API has them, where they were asked for."""

    choice: int
    text: str
    logprobs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Ended:
    """One choice is complete: "stop" or "length", and how many tokens it took."""

    choice: int
    finish_reason: str
    tokens: int


Event = Begun | Piece | Ended


class AnswerFailed(Exception):
    """No answer, or no more of it: a status and a code as the API has them, and a sentence for whoever asked."""

    def __init__(self, message: str, *, status: int = 500, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


class Answering:
    """One answer under way. Iterate it, in a thread or on an event loop, for its events, the first of which is Begun.

    The iteration ends with the answer, or with AnswerFailed. Closing it ends the work. One reader; `put` is safe from any thread.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._items: deque[Event | AnswerFailed | None] = deque()
        self._changed = threading.Condition()
        self._wake: Callable[[], object] | None = None
        self._over = False

    def put(self, item: Event | AnswerFailed | None) -> None:
        """The next event, or the end: None, or what went wrong."""
        with self._changed:
            self._items.append(item)
            self._changed.notify()
            wake, self._wake = self._wake, None
        if wake is not None:
            with suppress(RuntimeError):  # the loop that waited has been closed
                wake()

    def close(self) -> None:
        """Nobody needs the rest: what is not over yet ends, for one who reads it, too."""
        if not self._over:
            self._cancel()
            self.put(AnswerFailed("Nobody waited for the answer any more.", status=499, code="cancelled"))

    def _take(self) -> Event | None:
        item = self._items.popleft()
        if item is None or isinstance(item, AnswerFailed):
            self._over = True
            if item is not None:
                raise item
            return None
        return item

    def __iter__(self) -> Iterator[Event]:
        while not self._over:
            with self._changed:
                while not self._items:
                    self._changed.wait()
                item = self._take()
            if item is not None:
                yield item

    async def __aiter__(self) -> AsyncIterator[Event]:
        loop = asyncio.get_running_loop()
        while not self._over:
            ready = asyncio.Event()
            with self._changed:
                if not self._items:
                    self._wake = partial(loop.call_soon_threadsafe, ready.set)
                item = self._take() if self._items else None
            if item is not None:
                yield item
            elif not self._over:
                await ready.wait()
