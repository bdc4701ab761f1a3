"""How fast this machine trains a model: measured by a few steps of the very program that trains, and kept beside the model."""

import json
import os
import platform
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from core.base.lora_settings import USUAL
from engine.lora.device import present
from engine.lora.fit import fit
from engine.lora.launching import CLUSTER_VARIABLE, SCRIPT, launch
from engine.lora.library import Library
from engine.lora.plan import Method, TrainPlan, Tuning
from engine.lora.progress import Progress
from engine.lora.refusals import Refused
from engine.lora.settle import RATES

FILE = "pace.json"
_STEPS = 5  # the first one warms up; the last one saves
_LONGEST = 240.0  # seconds that a measurement may take
_LOOK = 0.01
_WORD = " and"  # one token in every vocabulary of a language model
_KEPT = 40
_FAILED_FOR = 600.0  # seconds for which a failure is told; then it may be tried again, as other programs may have been closed


@dataclass(frozen=True, slots=True)
class Shape:
    """What a step of the training reads: so many examples of so many tokens, of which so many are the answer's.

    With the method "dpo" an example is a pair, and its tokens are those of the question with one of its two answers.
    """

    batch_size: int
    tokens: int
    answer_tokens: int
    tuning: Tuning = "lora"
    method: Method = "supervised"

    @property
    def key(self) -> str:
        """Shapes that are measured as one: lengths between the same powers of two."""
        method = "" if self.method == "supervised" else f"{self.method} "  # what was measured before there were others still holds
        return f"{method}{self.tuning} {self.batch_size} x {1 << max(4, (self.tokens - 1).bit_length())}"


@dataclass(frozen=True, slots=True)
class Pace:
    """ "none", "measuring", "ready" (then the figures hold), "failed" (with the problem), or "busy" while a training runs.

    `start_s` is from the start of the program to its first step, `step_s` one step of `batch_size` examples of `tokens` tokens.
    """

    state: str
    batch_size: int = 0
    tokens: int = 0
    start_s: float = 0.0
    step_s: float = 0.0
    measured_at: int = 0
    problem: Mapping[str, Any] | None = None

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class Paces:
    """The measurements of an engine: one at a time, none beside a training, each for one model, processor and shape."""

    def __init__(
        self,
        library: Library,
        *,
        touch: Callable[[], None] = lambda: None,
        script: str = SCRIPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library, self._clock = library, clock
        self._touch = touch  # an engine that measures is not idle
        self._script = script
        self._lock = threading.Lock()
        self._at_work: tuple[str, str] | None = None
        self._stopped = threading.Event()
        self._failed: dict[tuple[str, str], tuple[float, Mapping[str, Any]]] = {}

    def look(self, id: str, shape: Shape) -> Pace:
        """What is known; raises KeyError where the model is not here."""
        place = self._library.path(id) / FILE
        with self._lock:
            if self._at_work == (id, shape.key):
                return Pace("measuring")
            at, problem = self._failed.get((id, shape.key), (0.0, None))
            if problem is not None and self._clock() - at < _FAILED_FOR:
                return Pace("failed", problem=problem)
        return _kept(place).get(shape.key, Pace("none"))

    def measure(self, id: str, shape: Shape) -> Pace:
        """What is known, or the beginning of a measurement; asking twice is once. Raises KeyError."""
        found = self.look(id, shape)
        if found.state in ("ready", "measuring"):
            return found
        with self._lock:
            if self._at_work is not None:
                return Pace("busy")
            self._at_work = (id, shape.key)
            self._failed.pop((id, shape.key), None)
            self._stopped = threading.Event()
            threading.Thread(target=self._work, args=(id, shape, self._stopped), name="pace", daemon=True).start()
        return Pace("measuring")

    def stop(self) -> None:
        """End a measurement: a training needs the processor, or the engine ends."""
        with self._lock:
            self._stopped.set()

    def _work(self, id: str, shape: Shape, stopped: threading.Event) -> None:
        problem: Refused | None = Refused("not_measured")
        try:
            place, about = self._library.path(id), self._library.about(id)
            # what is too much for one pass is computed in parts, down to one example
            whole_again = shape.method == "dpo" and shape.tuning == "full"
            fit(about, present(afresh=True), use=shape.tuning, tokens=shape.tokens, reference=whole_again).check()
            _keep(place / FILE, shape.key, self._measured(place, shape, stopped))
            problem = None
        except Refused as refused:
            problem = refused
        except KeyError:  # removed a moment ago
            problem = None
        finally:
            with self._lock:
                self._at_work = None
                if problem is not None and not stopped.is_set():
                    self._failed[id, shape.key] = (self._clock(), problem.record())

    def _measured(self, base: Path, shape: Shape, stopped: threading.Event) -> Pace:
        with tempfile.TemporaryDirectory(prefix="pace-", ignore_cleanup_errors=True) as folder:
            training = Path(folder) / "training.jsonl"
            training.write_text("".join(_examples(shape)), encoding="utf-8")
            environ = {name: value for name, value in os.environ.items() if name != CLUSTER_VARIABLE}
            began = time.monotonic()
            process = launch(_plan(base, shape, training, folder), Path(folder), script=self._script, environ=environ)
            moments: list[float] = []
            try:
                progress = Progress(folder)
                while len(moments) < _STEPS and time.monotonic() < began + _LONGEST:
                    over = process.returncode is not None
                    moments += [time.monotonic() for record in progress.new() if record["event"] in ("started", "step")]
                    if over or stopped.wait(_LOOK):
                        break
                    self._touch()
            finally:
                process.kill()
        if len(moments) < 2:
            raise Refused("not_measured")
        # where not even the second step came in time, the first one has to do
        steps = [after - before for before, after in pairwise(moments)]
        step_s = median(steps[1:] or steps)
        return Pace("ready", shape.batch_size, shape.tokens, round(moments[0] - began, 3), round(step_s, 5), int(time.time()))


def _plan(base: Path, shape: Shape, training: Path, folder: str) -> TrainPlan:
    return TrainPlan(
        base=str(base),
        training=str(training),
        validation=None,
        folder=folder,
        method=shape.method,
        tuning=shape.tuning,
        n_epochs=1,
        batch_size=shape.batch_size,
        learning_rate=RATES[shape.tuning],
        seed=1,
        context_length=USUAL["context_length"],
        checkpoint_seconds=2 * _LONGEST,
    )


def _examples(shape: Shape) -> Iterator[str]:
    """Examples of this shape, of a word that teaches nothing."""
    answer = max(1, min(shape.answer_tokens, shape.tokens - 1))
    talk = [{"role": "user", "content": (_WORD * (shape.tokens - answer)).strip() or "and"}]
    said = [{"role": "assistant", "content": (_WORD * answer).strip()}]
    line: dict[str, Any] = {"messages": talk + said}
    if shape.method == "dpo":
        line = {"input": {"messages": talk}, "preferred_output": said, "non_preferred_output": said}
    for _ in range(_STEPS * shape.batch_size):
        yield json.dumps(line) + "\n"


def processor() -> str:
    """This processor and the program that computes on it: with another one what was measured holds no more."""
    name = platform.processor() or platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = "none"
    return f"{name}, {os.cpu_count()} cores, torch {torch}"


def _kept(place: Path) -> dict[str, Pace]:
    """What was measured on this processor; nothing where the file is missing or damaged."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        held = json.loads(place.read_text(encoding="utf-8"))
        if held["processor"] == processor():
            return {str(key): replace(Pace("ready"), **values) for key, values in held["paces"].items()}
    return {}


def _keep(place: Path, key: str, pace: Pace) -> None:
    paces = {**_kept(place), key: pace}
    newest = sorted(paces.items(), key=lambda item: -item[1].measured_at)[:_KEPT]
    held = {"processor": processor(), "paces": {name: {**one.to_plain(), "problem": None} for name, one in newest}}
    half = place.with_name(f".{FILE}")
    with suppress(OSError):  # a library that cannot be written to: it is measured again next time
        half.write_text(json.dumps(held, indent=1), encoding="utf-8")
        os.replace(half, place)
