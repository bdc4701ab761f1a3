"""One training as its steps: what was told before a crash, what is computed again, and what is new."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.base.errors import N_
from engine.learners import Step

_EARLY = N_("The training ended early, at step {step} of {total}: the loss on the validation data got no better any more (early_stopping).")
_BEST = N_("Validation was best at step {step} of {total}; that state is the model, and what was learned after it is left out.")


class Course:
    """Makes steps of the records of a progress file, whichever of the training's runs they are from."""

    def __init__(self) -> None:
        self._steps: dict[int, Mapping[str, float]] = {}
        self._published: dict[int, str] = {}
        self._total = 0
        self._told = 0
        self._current = 0
        self.came_further = False  # whether this run has computed a step that none had before
        self.notes: list[str] = []
        self.final: str | None = None
        self.failure: Mapping[str, Any] | None = None
        self.tokens: int | None = None
        self.micro_batch: int | None = None  # how many examples were computed at once; None before a run came to that
        self._best: int | None = None

    def remember(self, record: Mapping[str, Any]) -> None:
        """Take in a record of an earlier run."""
        for _ in self.take(record):
            pass
        self.came_further = False

    def take(self, record: Mapping[str, Any]) -> Iterator[Step]:
        """The steps that a record of the present run tells of."""
        match record["event"]:
            case "started":
                self.failure = None
                self._total = int(record["total_steps"])
                self.micro_batch = record.get("micro_batch", self.micro_batch)
                self._told = max(self._steps, default=0)  # a cluster makes up for a lost process within one run
                yield from self.replay()
                self._note(*record.get("notes", ()))
            case "step":
                number = self._current = int(record["step"])
                self._total = int(record["total_steps"])
                self._steps[number] = dict(record["metrics"])
                self.came_further |= number > self._told
                yield self._step(number, checkpoint=False)
            case "checkpoint" if record["publish"]:
                number = self._current = int(record["step"])
                self._published[number] = str(record["path"])
                yield self._step(number, checkpoint=True)
            case "note":
                self._note(str(record["text"]))
            case "failed":
                self.failure = record
            case "done":
                self.final = str(record["path"])
                self.tokens = record.get("tokens")
                if record.get("early"):
                    self._note(_EARLY.format(step=self._current, total=self._total))
                self._best = record.get("best")
                if self._best is not None and self._best < self._current:
                    self._note(_BEST.format(step=self._best, total=self._total))

    def replay(self) -> Iterator[Step]:
        """Every step of the earlier runs: also of those that were lost, the last few may have gone with whoever noted them down."""
        for number in sorted(self._steps):
            self._current = number
            yield Step(number, self._total, self._steps[number], number in self._published, "before")

    @property
    def published(self) -> str | None:
        """Where the checkpoint of the step that was told last lies, if that step is one."""
        return self._published.get(self._current)

    def superseded(self, keep: int) -> list[str]:
        """Where the checkpoints lie that were told before the newest so many; each is named once."""
        told = sorted(number for number in self._published if number <= self._current)
        return [self._published.pop(number) for number in told[:-keep]]

    @property
    def metrics(self) -> Mapping[str, float]:
        """What was measured at the step that was told last."""
        return self._steps.get(self._current, {})

    @property
    def final_metrics(self) -> Mapping[str, float]:
        """What was measured of the state that is the result."""
        return self._steps.get(self._current if self._best is None else self._best, {})

    def _step(self, number: int, *, checkpoint: bool) -> Step:
        return Step(number, self._total, self._steps.get(number, {}), checkpoint, "new" if number > self._told else "again")

    def _note(self, *notes: str) -> None:
        self.notes += [note for note in notes if note not in self.notes]
