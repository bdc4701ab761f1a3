"""Which token comes next in one row: chosen from its logits alone, whatever else is in the batch."""

import hashlib
import random
import secrets
from collections import Counter
from typing import Any

import torch

from engine.learners.asking import Wish

_LIKELIEST = 1024  # tokens among which top_p is looked for first: sorting a vocabulary of 150,000 takes longer than the rest together


class Sampler:
    """The choices of one row. A seed gives the same random numbers always, one a token, so that only logits could make a difference."""

    def __init__(self, wish: Wish, choice: int) -> None:
        self._wish = wish
        seed = secrets.randbits(64) if wish.seed is None else wish.seed
        self._random = random.Random(int.from_bytes(hashlib.sha256(f"{seed}:{choice}".encode()).digest()[:8]))
        self._said: Counter[int] = Counter()
        self._biased = torch.tensor([int(token) for token in wish.logit_bias], dtype=torch.long)
        self._bias = torch.tensor(list(wish.logit_bias.values()), dtype=torch.float32)

    @property
    def plain(self) -> bool:
        """Whether it is the likeliest token that is chosen, of logits as they are."""
        wish = self._wish
        penalties = wish.presence_penalty or wish.frequency_penalty
        return _greedy(wish) and not penalties and not wish.logit_bias and wish.top_logprobs is None

    def choose(self, logits: torch.Tensor, allowed: torch.Tensor | None) -> int:
        """The next token; `allowed` says which may come at all."""
        wish = self._wish
        logits = logits.clone()
        if self._said and (wish.presence_penalty or wish.frequency_penalty):
            said = torch.tensor(list(self._said), dtype=torch.long)
            times = torch.tensor(list(self._said.values()), dtype=torch.float32)
            logits[said] -= wish.presence_penalty + wish.frequency_penalty * times
        if len(self._biased):
            logits[self._biased] += self._bias
        if allowed is not None:
            logits[~allowed] = -torch.inf
        token = int(logits.argmax()) if _greedy(wish) else self._draw(logits / wish.temperature, wish.top_p)
        self._said[token] += 1
        return token

    def _draw(self, logits: torch.Tensor, top_p: float) -> int:
        point = self._random.random()
        # in double precision, and by one point on the line of all probabilities: noise in the logits can only matter at a border
        shares = torch.softmax(logits.double(), dim=-1)
        if top_p >= 1:
            return _at(shares, point)
        few, tokens = torch.topk(shares, min(_LIKELIEST, len(shares)))
        if float(few.sum()) < top_p:
            few, tokens = torch.sort(shares, descending=True)
        kept = int((few.cumsum(0) < top_p).sum()) + 1  # the first one that reaches top_p is in
        return int(tokens[_at(few[:kept], point)])


def _greedy(wish: Wish) -> bool:
    return wish.temperature < 1e-5 or wish.top_p < 1e-5


def _at(shares: torch.Tensor, point: float) -> int:
    ends = shares.cumsum(0)
    found = int(torch.searchsorted(ends, point * float(ends[-1]), right=True))
    if found >= len(shares):  # rounding
        found = int(shares.nonzero()[-1])
    return found


def likelihoods(logits: torch.Tensor, token: int, most: int) -> tuple[float, list[tuple[int, float]]]:
    """The logprob of a token as the model itself gives it, and those of the `most` likeliest."""
    logprobs = torch.log_softmax(logits, dim=-1)
    best: Any = torch.topk(logprobs, min(most, len(logprobs))) if most else None
    return float(logprobs[token]), list(zip(best.indices.tolist(), best.values.tolist(), strict=True)) if best else []
