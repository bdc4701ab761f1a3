"""The labels of a data set and the combinations of them that were seen, in numbers."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from core.base.answers import AnswerShape, parse_answer
from core.base.errors import TooFewExamples

if TYPE_CHECKING:
    import numpy as np

Labels = tuple[str, ...]  # one for each field


def labels_of(answer: str, shape: AnswerShape) -> Labels | None:
    """The labels of an answer, one for each field; None where it is empty or has not the shape."""
    values = parse_answer(answer, shape) if answer.strip() else None
    return None if values is None else tuple(values[field] for field in shape.fields)


@dataclass(frozen=True, eq=False)
class LabelSpace:
    """`classes` names the labels of each field, `combos` (combinations x fields) numbers those that were seen together.

    `texts` says how each combination was written most often.
    """

    shape: AnswerShape
    classes: tuple[Labels, ...]
    combos: "np.ndarray"
    texts: tuple[str, ...]

    @classmethod
    def of(cls, questions: Sequence[str], answers: Sequence[str], shape: AnswerShape) -> tuple[Self, list[str], "np.ndarray"]:
        """The labels of these answers, with the questions whose answer has the shape and the number of each one's combination.

        Raises TooFewExamples where there is none, ValueError for free text.
        """
        import numpy as np

        if shape.kind == "text":
            raise ValueError("free text has no labels")
        spellings: defaultdict[Labels, Counter[str]] = defaultdict(Counter)
        kept, keys = [], []
        for question, answer in zip(questions, answers, strict=True):
            if (key := labels_of(answer, shape)) is not None:
                spellings[key][answer.strip()] += 1
                kept.append(question)
                keys.append(key)
        if not keys:
            raise TooFewExamples(n=0, minimum=1)
        ordered = sorted(spellings)
        classes = tuple(tuple(sorted({key[f] for key in ordered})) for f in range(len(shape.fields)))
        codes = [{name: code for code, name in enumerate(names)} for names in classes]
        combos = np.array([[codes[f][name] for f, name in enumerate(key)] for key in ordered], dtype=np.int64)
        space = cls(shape, classes, combos, tuple(spellings[key].most_common(1)[0][0] for key in ordered))
        return space, kept, space.numbers(keys)

    @cached_property
    def labels(self) -> list[Labels]:
        """The labels of each combination."""
        return [tuple(names[code] for names, code in zip(self.classes, combo, strict=True)) for combo in self.combos]

    @cached_property
    def _known(self) -> Mapping[Labels, int]:
        return {key: number for number, key in enumerate(self.labels)}

    def numbers(self, keys: Sequence[Labels | None]) -> "np.ndarray":
        """The number of each combination, -1 for one that is not known."""
        import numpy as np

        return np.array([-1 if key is None else self._known.get(key, -1) for key in keys], dtype=np.int64)

    def names(self) -> list[str]:
        """Every label of every field, in order: text to learn from, too."""
        return [name for names in self.classes for name in names]
