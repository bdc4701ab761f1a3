"""A reply that arrives piece by piece, and what there is of it if it is cut short."""

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any

from core.base.replies import Reply
from core.io.openai_shapes import ignored_from, notes_from, reply_from


class ReplyStream:
    """Iterate it for the pieces of text; `reply` is what has arrived so far, and complete once the iteration has ended.

    Closing early, or an error raised by the iteration, keeps the partial reply. `finished` tells whether the server said why it
    stopped: a stream that just ends without a reason was cut.
    """

    def __init__(
        self,
        chunks: Iterator[Mapping[str, Any]],
        close: Callable[[], None],
        *,
        headers: Mapping[str, str],
        model: str,
        clock: Callable[[], float],
        started: float,
    ) -> None:
        self._chunks, self._close, self._headers, self._clock, self._started = chunks, close, headers, clock, started
        self._pieces: list[str] = []
        self._first: float | None = None
        self._ended: float | None = None
        self._model, self._finish_reason, self._fingerprint = model, "", ""
        self._prompt_tokens: int | None = None
        self._completion_tokens: int | None = None

    def __iter__(self) -> Iterator[str]:
        try:
            for chunk in self._chunks:
                if piece := self._take(chunk):
                    yield piece
        finally:
            self.close()

    def __enter__(self) -> "ReplyStream":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def finished(self) -> bool:
        """Whether the server said why it stopped."""
        return bool(self._finish_reason)

    @property
    def reply(self) -> Reply:
        """The reply as far as it has come; its seconds run until the stream ends."""
        return Reply(
            text="".join(self._pieces),
            model=self._model,
            finish_reason=self._finish_reason,
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            first_token_s=None if self._first is None else self._first - self._started,
            total_s=(self._clock() if self._ended is None else self._ended) - self._started,
            fingerprint=self._fingerprint,
            notes=notes_from(self._headers),
            ignored=ignored_from(self._headers),
        )

    def close(self) -> None:
        """Stop listening; may be called at any time, and twice."""
        if self._ended is None:
            self._ended = self._clock()
            self._close()

    def _take(self, chunk: Mapping[str, Any]) -> str:
        part = reply_from(chunk, {}, total_s=0.0)
        self._model = part.model or self._model
        self._finish_reason = part.finish_reason or self._finish_reason
        self._fingerprint = part.fingerprint or self._fingerprint
        # the counts come with the last chunk, or grow from chunk to chunk on some servers
        self._prompt_tokens = self._prompt_tokens if part.prompt_tokens is None else part.prompt_tokens
        self._completion_tokens = self._completion_tokens if part.completion_tokens is None else part.completion_tokens
        if part.text:
            self._first = self._clock() if self._first is None else self._first
            self._pieces.append(part.text)
        return part.text
