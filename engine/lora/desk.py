"""Where answers are asked for: one answering process for each base model, started when first asked, ended when idle."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.learners.asking import AnswerFailed, Answering, Wish
from engine.lora.clerk import Clerk, command
from engine.lora.device import Device, present
from engine.lora.fit import Fit, room
from engine.lora.footprint import answering_memory
from engine.lora.refusals import gigabytes

logger = logging.getLogger("engine.lora")
IDLE_SECONDS = 600.0
MOST_BASES = 2


@dataclass(frozen=True)
class Weights:
    """What a process has in memory: a folder of weights, and the folder of its tokenizer."""

    folder: Path
    tokenizer: Path


def _present() -> Device:
    return present(afresh=True)


class Desk:
    """Hands requests over to the answering processes; safe to use from any thread.

    `line` makes the command that starts one, `device` and `room` say what it will compute on and how many bytes are free there now.
    """

    def __init__(
        self,
        *,
        idle_seconds: float = IDLE_SECONDS,
        most_bases: int = MOST_BASES,
        line: Callable[[Path, Path], Sequence[str]] = command,
        device: Callable[[], Device] = _present,
        room: Callable[[Device], int] = room,
    ) -> None:
        self._idle_seconds = idle_seconds
        self._most_bases = most_bases
        self._line = line
        self._device, self._room = device, room
        self._clerks: dict[Weights, Clerk] = {}
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, weights: Weights, adapter: Path | None, wish: Wish) -> Answering:
        """Ask the model of these weights, with that adapter; raises AnswerFailed where it cannot be had in memory now."""
        with self._lock:
            if self._closed:
                raise AnswerFailed("The engine is closing.", status=503)
            clerk = self._clerks.get(weights)
            answering = clerk.ask(adapter, wish) if clerk else None
            if answering is None:  # none yet, or one that has just ended
                self._make_room(weights)
                clerk = self._clerks[weights] = Clerk(self._line(weights.folder, weights.tokenizer), self._idle_seconds)
                answering = clerk.ask(adapter, wish)
        if answering is None:
            raise AnswerFailed("The process that answers ended before it was asked. Ask again.", status=503)
        return answering

    def free(self, folder: Path) -> bool:
        """Give the memory of a model back that nobody waits for, as before a training on it; False where somebody does."""
        with self._lock:
            clerks = [clerk for weights, clerk in self._clerks.items() if weights.folder == folder]
        return all([clerk.retire() for clerk in clerks])  # a list: each is to be asked

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._closed = True
            clerks = list(self._clerks.values())
        for clerk in clerks:
            clerk.close()

    def _make_room(self, weights: Weights) -> None:
        """End idle processes, the one used longest ago first, until there is room for another."""
        self._clerks = {other: clerk for other, clerk in self._clerks.items() if clerk.alive}
        try:
            needed = answering_memory(weights.folder)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise AnswerFailed(f"The model's files cannot be used: {str(error)[:300]}", code="damaged_model") from error
        while len(self._clerks) >= self._most_bases or not (fit := self._fit(needed)).fits:
            by_age = sorted(self._clerks, key=lambda other: self._clerks[other].last_used)
            ended = next((other for other in by_age if self._clerks[other].retire()), None)
            if ended is None:  # somebody waits for an answer from each
                break
            del self._clerks[ended]
        if len(self._clerks) >= self._most_bases:
            busy = len(self._clerks)
            message = f"{busy} models are answering now, and this engine keeps no more in memory at a time. Ask again in a moment."
            raise AnswerFailed(message, status=503, code="engine_overloaded")
        if not fit.fits:
            where = "are free on the graphics card. Close other programs that use it" if fit.on_card else "are free. Close other programs"
            message = f"This model needs about {gigabytes(needed)} GB of memory to answer, and {gigabytes(fit.free)} GB {where}"
            raise AnswerFailed(f"{message}, or take a smaller model.", status=503, code="insufficient_memory")

    def _fit(self, needed: int) -> Fit:
        device = self._device()
        return Fit(needed, self._room(device), device.kind == "cuda")
