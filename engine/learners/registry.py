"""Which learner answers to which base model; a learner is imported when it is first asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.learners import Learner


def _recall() -> Learner:
    from engine.learners.recall import RecallLearner

    return RecallLearner()


@dataclass(frozen=True)
class Registry:
    """Base model names and how to get their learners."""

    makers: Mapping[str, Callable[[], Learner]]

    @property
    def base_models(self) -> tuple[str, ...]:
        """Every base model that can be trained here."""
        return tuple(self.makers)

    def learner(self, base_model: str) -> Learner:
        """The learner of a base model; raises KeyError for an unknown name."""
        return self.makers[base_model]()


REGISTRY = Registry({"recall": _recall})
