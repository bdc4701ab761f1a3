"""Which learner answers to which base model; a learner is imported when it is first asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.learners import Learner


class OpenModels(Protocol):
    """The small open models that lie on this machine, and who teaches them."""

    def names(self) -> tuple[str, ...]:
        """Those that can be trained here and now."""
        ...

    def learner(self) -> Learner:
        """What teaches them, and answers with them."""
        ...

    def let_go(self, name: str) -> bool:
        """Give back what answering with this one has taken; False where somebody waits for its answer."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


def _recall() -> Learner:
    from engine.learners.recall import RecallLearner

    return RecallLearner()


@dataclass(frozen=True)
class Registry:
    """Base model names and how to get their learners: built-in ones, and small open models where there are any."""

    makers: Mapping[str, Callable[[], Learner]]
    open_models: OpenModels | None = None

    @property
    def base_models(self) -> tuple[str, ...]:
        """Every base model that can be trained here."""
        return (*self.makers, *(self.open_models.names() if self.open_models else ()))

    def is_open(self, base_model: str) -> bool:
        """Whether it is a small open model rather than a built-in one."""
        return base_model not in self.makers

    def learner(self, base_model: str) -> Learner:
        """The learner of a base model; raises KeyError for an unknown name."""
        if base_model in self.makers:
            return self.makers[base_model]()
        if self.open_models is None:
            raise KeyError(base_model)
        return self.open_models.learner()

    def let_go(self, base_model: str) -> bool:
        """Give back what answering with a base model has taken, as before it is removed; False where somebody waits for its answer."""
        return self.open_models is None or self.open_models.let_go(base_model)

    def close(self) -> None:
        """Give back what answering has taken."""
        if self.open_models is not None:
            self.open_models.close()


def standard(home: Path) -> Registry:
    """What an engine on this home offers."""
    from engine.learners.lora import LocalModels

    return Registry({"recall": _recall}, LocalModels.at(home))
