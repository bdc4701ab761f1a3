"""Values of a reading that no training row prepared the model for: numbers far outside of what was taught, and unknown words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.base.readings import parse_reading
from core.base.types import Reason

FEWEST: Final = 10  # rows with a field from which its range can be told
EACH: Final = 5  # rows for each word of a field on the average: then its words are a list, and not free text


@dataclass(frozen=True, slots=True)
class Ranges:
    """By field, the least and the greatest number that was taught, and the words, in small letters, where they are a list."""

    numbers: Mapping[str, tuple[float, float]]
    words: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, questions: Sequence[str]) -> "Ranges":
        """What the questions hold that are readings; nothing where they are none."""
        numbers: dict[str, list[float]] = defaultdict(list)
        words: dict[str, list[str]] = defaultdict(list)
        for question in questions:
            reading = parse_reading(question)
            if reading is None:
                continue
            for name, value in reading.values.items():
                numbers[name].append(value)
            for name, word in reading.words.items():
                words[name].append(word.casefold())
        return cls(
            {name: (min(values), max(values)) for name, values in numbers.items() if len(values) >= FEWEST},
            {name: frozenset(said) for name, said in words.items() if len(said) >= max(FEWEST, EACH * len(set(said)))},
        )

    def strange(self, question: str) -> list[Reason]:
        """The values of a new question that lie outside, as reasons to doubt the answer.

        A number is strange that lies further outside of the taught ones than these lie apart. Codes: doubt_value, doubt_word.
        """
        if not self.numbers and not self.words:
            return []
        reading = parse_reading(question)
        if reading is None:
            return []
        found = []
        for name, value in reading.values.items():
            if name in self.numbers:
                low, high = self.numbers[name]
                width = high - low or abs(high) or 1.0
                if not low - width <= value <= high + width:
                    found.append(Reason("doubt_value", {"name": name, "value": value, "low": low, "high": high}))
        for name, word in reading.words.items():
            if name in self.words and word.casefold() not in self.words[name]:
                found.append(Reason("doubt_word", {"name": name, "value": word}))
        return found
