"""One choice of one request: its prompt, what has been said so far, and when it is over."""

from collections.abc import Mapping
from typing import Any

import torch

from engine.learners.asking import Ended, Event, Piece, Wish
from engine.lora.constraints import Constraint, Vocabulary
from engine.lora.pieces import Pieces
from engine.lora.sampling import Sampler, likelihoods


class Row:
    """Knows nothing of the batch that it is in; it can leave one and be continued in another."""

    def __init__(
        self,
        request: int,
        choice: int,
        wish: Wish,
        prompt: list[int],
        adapter: str | None,
        most: int,
        ends: frozenset[int],
        vocabulary: Vocabulary,
        constraint: Constraint | None,
    ) -> None:
        self.request = request
        self.choice = choice
        self.adapter = adapter
        self.tokens = list(prompt)  # the question, and then the answer
        self.over = False
        self._prompt = len(prompt)
        self._wish = wish
        self._most = most
        self._ends = ends
        self._vocabulary = vocabulary
        self._constraint = constraint
        self._sampler = Sampler(wish, choice)
        self._pieces = Pieces(wish.stop)
        self._unsaid: list[Mapping[str, Any]] = []

    @property
    def plain(self) -> bool:
        """Whether only the likeliest token matters, and not by how much."""
        return self._sampler.plain and self._constraint is None

    @property
    def longest(self) -> int:
        """The tokens that it can have in the end."""
        return self._prompt + self._most

    def next(self, logits: torch.Tensor | None, likeliest: int) -> list[Event]:
        """Choose the next token; what there is to tell."""
        allowed = self._constraint.allowed() if self._constraint else None
        token = likeliest if logits is None else self._sampler.choose(logits, allowed)
        if token in self._ends:
            return self._end("stop")
        if self._constraint:
            self._constraint.take(token)
        self.tokens.append(token)
        if self._wish.top_logprobs is not None and logits is not None:
            self._unsaid.append(self._logprob(logits, token))
        text = self._pieces.add(self._vocabulary.text(token))
        events: list[Event] = [self._piece(text)] if text else []
        if self._pieces.stopped or (self._constraint is not None and self._constraint.complete):
            return [*events, *self._end("stop")]
        return [*events, *self._end("length")] if len(self.tokens) - self._prompt >= self._most else events

    def _piece(self, text: str) -> Piece:
        logprobs, self._unsaid = tuple(self._unsaid), []
        return Piece(self.choice, text, logprobs)

    def _end(self, reason: str) -> list[Event]:
        self.over = True
        rest = "" if self._pieces.stopped else self._pieces.rest()
        # of an answer that was stopped, the tokens of the stop text are not told
        events: list[Event] = [self._piece(rest)] if rest or (self._unsaid and not self._pieces.stopped) else []
        return [*events, Ended(self.choice, reason, len(self.tokens) - self._prompt)]

    def _logprob(self, logits: torch.Tensor, token: int) -> Mapping[str, Any]:
        own, best = likelihoods(logits, token, self._wish.top_logprobs or 0)
        return {**self._entry(token, own), "top_logprobs": [self._entry(other, value) for other, value in best]}

    def _entry(self, token: int, logprob: float) -> dict[str, Any]:
        data = self._vocabulary.raw(token)
        # JSON has no infinity; OpenAI, too, says -9999 of a token that could not come
        return {"token": data.decode("utf-8", "replace"), "logprob": max(logprob, -9999.0), "bytes": list(data)}
