"""Advice on readings: the advice taught for the closest reading that points the same way, with the numbers of the reading at hand."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from math import ceil, copysign
from pathlib import Path
from typing import Any, Self

from core.base.grounding import may_come_from, sources, units_of
from core.base.readings import PERCENT, Reading, parse_reading
from core.base.scope import INSTRUCTIONS, last_question
from core.base.types import Message
from core.base.written_numbers import WrittenNumber, numbers_in, written_like
from engine.learners import Answer
from engine.learners.recall_files import NotAModel, write_model
from engine.learners.recall_nearest import NearestAnswers
from engine.learners.recall_readings import TaughtReadings
from engine.learners.recall_request import IGNORED, Taught

NEARLY_ALL = 0.95  # of the questions must be readings; a few broken rows do not change what the rest is
# "within 24 hours" is how the writer speaks where it stands in so many answers and a field explains it in hardly any of them.
SET_PHRASE_ANSWERS = 3
SET_PHRASE_SHARE = 0.05
SET_PHRASE_EXPLAINED = 0.2
MOST_NOTED = 50  # numbers and fields named in the notes of one answer


class AdviceAnswers:
    """Answers a reading with the closest taught advice, each number in it replaced by what the same field says here.

    The notes name the example, and beside it: `filled`, a list of [field, number as taught, number here]; `foreign`, the numbers that
    stayed because no one field explains them, or the field is missing here or points the other way; and `differs`, the flags and
    directions in which not even the closest example agrees. A question that is no such reading is looked up as text.
    """

    ignored: tuple[str, ...] = IGNORED

    def __init__(self, nearest: NearestAnswers, advice: Sequence[Taught], readings: TaughtReadings) -> None:
        """`advice` are the answers of `nearest` that were taught for a reading, and `readings` those readings in the same order."""
        self.nearest = nearest
        self.advice = tuple(advice)
        self.readings = readings

    @classmethod
    def learned(cls, nearest: NearestAnswers) -> Self | None:
        """The advice in what was taught; None where not nearly all questions are readings with the same fields, under one system prompt."""
        found = [(one, reading) for one in nearest.taught if (reading := parse_reading(one.question)) is not None]
        if nearest.scope.system or not found:
            return None
        readings = TaughtReadings([reading for _, reading in found])
        fitting = sum(readings.fits(reading) for reading in readings.readings)
        if not readings.numbers or fitting < NEARLY_ALL * len(nearest.taught):
            return None
        return cls(nearest, [one for one, _ in found], readings)

    def answer(self, messages: Sequence[Message]) -> Answer:
        """The advice for the last question."""
        asked = parse_reading(last_question(messages))
        if asked is None or not self.readings.fits(asked):
            return self.nearest.answer(messages)
        here = self.readings.spelled(asked)
        closest = self.readings.closest(here)
        taught = self.advice[closest.at]
        told = {_phrase(number) for message in messages if message.role in INSTRUCTIONS for number in numbers_in(message.content)}
        text, filled, foreign = self._filled(taught.answer, self.readings.readings[closest.at], here, told)
        notes = {
            "matched": taught.question,
            "similarity": round(closest.similarity, 4),
            "row": taught.row,
            "filled": filled[:MOST_NOTED],
            "foreign": foreign[:MOST_NOTED],
            "differs": list(closest.differs[:MOST_NOTED]),
        }
        return Answer(text, "recall-advice", notes)

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        write_model(folder, {"answers": "advice", **self.nearest.to_json()})

    @classmethod
    def from_json(cls, about: Mapping[str, Any]) -> Self:
        """What `save` wrote; raises NotAModel, or ValueError, KeyError or TypeError for anything else."""
        learned = cls.learned(NearestAnswers.from_json(about))
        if learned is None:
            raise NotAModel("the taught questions are not readings")
        return learned

    def _filled(
        self, answer: str, taught: Reading, here: Reading, told: Collection[tuple[str, str]]
    ) -> tuple[str, list[list[str]], list[str]]:
        """The answer with this reading's numbers, what was put where, and which numbers are another reading's still (not those `told`)."""
        parts: list[str] = []
        filled: list[list[str]] = []
        foreign: list[str] = []
        at = 0
        for number in numbers_in(answer):
            fields = sources(number, answer, taught)
            texts = {written_like(number, here.values[field]) if self._same_way(field, taught, here) else None for field in fields}
            text = texts.pop() if len(texts) == 1 else None  # fields that cannot be told apart do no harm where they say the same here
            if text is not None:
                parts += [answer[at : number.start], text]
                at = number.end
                filled.append([fields[0], number.text, text])
            elif _phrase(number) not in self._set_phrases and _phrase(number) not in told:
                foreign.append(number.text)
        return "".join([*parts, answer[at:]]), filled, foreign

    def _same_way(self, field: str, taught: Reading, here: Reading) -> bool:
        """Whether a field has a value here that the words around the taught one fit: "down 12%" needs a fall."""
        if field not in here.values:
            return False
        there, now = taught.values[field], here.values[field]
        if field in self.readings.directions:
            return (there > 0) - (there < 0) == (now > 0) - (now < 0)
        return not (there and now) or copysign(1, there) == copysign(1, now)

    @cached_property
    def _set_phrases(self) -> frozenset[tuple[str, str]]:
        """Numbers with the word behind them that are no reading's, for the writer says them time and again, whatever was read."""
        said: Counter[tuple[str, str]] = Counter()
        explained: Counter[tuple[str, str]] = Counter()
        for taught, reading in zip(self.advice, self.readings.readings, strict=True):
            measured = {PERCENT, ""}.union(*(units_of(name, reading) for name in reading.values))
            numbers = {_phrase(number): number for number in numbers_in(taught.answer) if number.unit not in measured}
            said.update(list(numbers))
            explained.update(phrase for phrase, number in numbers.items() if may_come_from(number, reading))
        enough = max(SET_PHRASE_ANSWERS, ceil(SET_PHRASE_SHARE * len(self.advice)))
        return frozenset(phrase for phrase, times in said.items() if times >= enough and explained[phrase] <= SET_PHRASE_EXPLAINED * times)


def _phrase(number: WrittenNumber) -> tuple[str, str]:
    return number.text, number.unit
