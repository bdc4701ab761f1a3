"""One training of a small open model: its process is started, followed by what it writes down, and started again where it left off."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any

from engine.elsewhere import note_down
from engine.learners import Step, TrainingDied, TrainingFailed, TrainingRequest
from engine.lifecycle import death_in_words
from engine.lora import saved
from engine.lora.advice import less_memory
from engine.lora.course import Course
from engine.lora.files import fetched, remove_folder
from engine.lora.launching import launch
from engine.lora.plan import TrainPlan
from engine.lora.progress import Progress
from engine.lora.saved import Sheet
from engine.lora.settle import resolved

KEPT = 3  # of the models that a training offers on its way, as many as the engine keeps of them: each may have gigabytes
LOOK_EVERY = 0.05  # seconds; a step of the smallest model takes longer
STOP_WITHIN = 60.0  # seconds for the step under way and its checkpoint

ENDED_TWICE = "The training process was ended by the system twice, which is its answer to a lack of memory."


class LoraTraining:
    """A training process, followed by what it writes down; a second run of the same goes on from the last checkpoint of the first."""

    def __init__(self, request: TrainingRequest, plan: TrainPlan, notes: tuple[str, ...], sheet: Sheet) -> None:
        assert request.folder is not None
        self._scratch = request.folder / "lora"
        self._sheet = sheet
        self._plan = plan
        self._deaths = request.deaths
        self._course = Course()
        self._course.notes += notes
        self._progress = Progress(plan.folder)
        self._is_over = False
        self.hyperparameters: Mapping[str, Any] = resolved(plan, request.learning_rate_multiplier)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing about the values that were chosen, and about the data."""
        return tuple(self._course.notes)

    @property
    def trained_tokens(self) -> int | None:
        """The tokens that were learned from, by the model's own tokenizer, over all epochs; None before the end."""
        return self._course.tokens

    def steps(self) -> Generator[Step, None, None]:
        """Start the training process and tell its steps as it writes them down.

        Raises TrainingFailed where it says that it cannot go on, TrainingDied where it ended without a word.
        """
        for record in self._progress.new():
            self._course.remember(record)
        if self._course.final is not None:
            yield from map(self._kept, self._course.replay())
            self._is_over = True
            return
        if self._plan.folder != str(self._scratch):
            note_down(self._scratch, self._plan.folder)
        process = launch(self._plan, self._scratch)
        try:
            while (code := process.returncode) is None:
                yield from self._told()
                sleep(LOOK_EVERY)
            yield from self._told()  # its last words
        finally:
            if process.returncode is None:
                process.stop()
                if process.wait(STOP_WITHIN) is None:
                    process.kill()
            else:
                process.wait()
        if self._course.final is None:
            self._explain(code, process.last_words())
        self._is_over = True

    def _told(self) -> Iterator[Step]:
        for record in self._progress.new():
            yield from map(self._kept, self._course.take(record))

    def _kept(self, step: Step) -> Step:
        """A checkpoint of an earlier run is only one if it still lies there: the older ones have made room."""
        gone = step.checkpoint and step.origin == "before" and not self._place(self._course.published).is_dir()
        return replace(step, checkpoint=False) if gone else step

    def _place(self, path: str | None) -> Path:
        assert path is not None, "there is nothing to save before the first checkpoint"
        return fetched(self._plan.folder, path, self._scratch)

    def _explain(self, code: int, last_words: str) -> None:
        failure = self._course.failure
        if failure is not None:
            raise TrainingFailed(str(failure["code"]), str(failure["message"]))
        if code == -9 and self._deaths and not self._course.came_further:
            raise TrainingFailed("out_of_memory", f"{ENDED_TWICE} {less_memory(self._plan, self._course.micro_batch)}")
        raise TrainingDied(death_in_words(code, last_words))

    def save(self, folder: Path) -> None:
        """Write the checkpoint that was told last, or the result, into a folder of the store."""
        path, metrics = self._course.published, self._course.metrics
        if self._is_over:
            path, metrics = self._course.final, self._course.final_metrics
        saved.write(folder, replace(self._sheet, metrics=metrics), self._place(path))
        for path in self._course.superseded(KEPT):
            remove_folder(self._plan.folder, path)
