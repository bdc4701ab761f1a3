"""Worlds whose truth is known: questions are words, and who has learned a word knows its answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.base.answers import AnswerShape
from core.estimate.learning_curve import Predict

LABEL = AnswerShape("label")


@dataclass(frozen=True)
class World:
    """A question is one of `words` words (the commoner, the earlier: Zipf's law to the power `slope`) and a number that makes it another
    question. Its answer is the word's own, or with the chance `noise` one that nobody can know.
    """

    words: int
    slope: float
    noise: float

    @property
    def chances(self) -> "np.ndarray":
        weights = np.arange(1, self.words + 1, dtype=float) ** -self.slope
        return weights / weights.sum()

    def rows(self, n: int, *, seed: int) -> tuple[list[str], list[str]]:
        draw = np.random.default_rng(seed)
        words = draw.choice(self.words, size=n, p=self.chances)
        lost = draw.random(n) < self.noise
        questions = [f"word{word} number{at}" for at, word in enumerate(words)]
        return questions, [f"riddle {at}" if gone else f"answer {word}" for at, (word, gone) in enumerate(zip(words, lost, strict=True))]

    def truth(self, learned: float) -> float:
        """The share that a learner of so many rows gets right on average: the word must have come, and not as a riddle each time."""
        known = 1 - (1 - self.chances * (1 - self.noise)) ** learned
        return float((1 - self.noise) * (self.chances * known).sum())


def know_by_heart(questions: Sequence[str], answers: Sequence[str], shape: AnswerShape, seed: int) -> Predict:
    """Answer each word as it was answered before; a riddle is no answer to a word."""
    known = {q.split()[0]: a for q, a in zip(questions, answers, strict=True) if a.startswith("answer")}
    return lambda asked: [known.get(one.split()[0], "nothing") for one in asked]
