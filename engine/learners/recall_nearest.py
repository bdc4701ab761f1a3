"""Free text looked up: the answer that was taught for the closest question, with what was said before to choose among equals."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from core.base.errors import N_
from core.base.scope import Scope, earlier_turns
from core.base.similarity import Index
from core.base.types import Message
from engine.learners import Answer
from engine.learners.recall_files import NotAModel, write_model
from engine.learners.recall_request import IGNORED, Taught

if TYPE_CHECKING:
    import numpy as np

NOTHING_ALIKE = N_("I was taught nothing that is anything like this.")
# How much the same earlier turns raise the closeness of a question that was taught after them. On the chat example a half finds all of
# 15 follow-up questions in other words (without it 13) and all of 360 new questions in the middle of a dialogue; with 1 three of these
# go to the follow-up instead, with 5 twenty-two.
TURNS_WEIGHT = 0.5


class NearestAnswers:
    """Answers with what was taught for the closest question; the notes say which one, how close and in which row.

    The last question decides: what was said before it raises the closeness of the examples that were taught with similar earlier turns, and
    lowers none, so that a new question in the middle of a conversation finds its own answer.

    How close it is does not tell right from wrong: on the ten facts of the chat example good paraphrases come down to 0.17 and questions
    about something else up to 0.35, so there is no threshold, and whoever shows the answer should show these notes.
    """

    ignored: tuple[str, ...] = IGNORED

    def __init__(self, taught: Sequence[Taught], scope: Scope) -> None:
        self.taught = tuple(taught)
        self.scope = scope

    def answer(self, messages: Sequence[Message]) -> Answer:
        """The answer to the closest question that was taught."""
        cosines = self._questions.cosines(self.scope.asked(messages))
        best = int((cosines * self._fit(earlier_turns(messages))).argmax())
        similarity = float(cosines[best])
        if similarity == 0.0:  # not one run of two letters in common
            return Answer(NOTHING_ALIKE, "recall-nearest", {"similarity": 0.0, "own_words": True})
        found = self.taught[best]
        return Answer(found.answer, "recall-nearest", {"matched": found.question, "similarity": round(similarity, 4), "row": found.row})

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        write_model(folder, {"answers": "nearest", **self.to_json()})

    def to_json(self) -> dict[str, Any]:
        """All that there is to keep; the indexes are made again when first asked."""
        return {"scope": self.scope.to_json(), "taught": [one.to_json() for one in self.taught]}

    @classmethod
    def from_json(cls, about: Mapping[str, Any]) -> Self:
        """What `to_json` gave; raises NotAModel, or ValueError, KeyError or TypeError for anything else."""
        if not about["taught"]:
            raise NotAModel("nothing was taught")
        return cls([Taught.from_json(saved) for saved in about["taught"]], Scope.from_json(about["scope"]))

    @cached_property
    def _questions(self) -> Index:
        return Index([one.looked_up for one in self.taught])

    @cached_property
    def _conversations(self) -> tuple["np.ndarray", Index]:
        """Which examples have earlier turns, and these turns."""
        import numpy as np

        having = [i for i, one in enumerate(self.taught) if one.earlier]
        return np.array(having, dtype=np.int64), Index(["\n".join(self.taught[i].earlier) for i in having])

    def _fit(self, earlier: Sequence[str]) -> "np.ndarray":
        """What each closeness is multiplied by: 1, and up to 1 + TURNS_WEIGHT for the same earlier turns."""
        import numpy as np

        fit = np.ones(len(self.taught))
        if self.scope.turns and earlier:
            having, index = self._conversations
            # only as many turns as any example has: what was talked about long before says nothing about "how deep is it?"
            longest = max((len(self.taught[i].earlier) for i in having), default=0)
            fit[having] += TURNS_WEIGHT * index.cosines("\n".join(earlier[-longest:]))
        return fit
