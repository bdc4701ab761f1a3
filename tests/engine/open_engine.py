"""`python -m tests.engine.open_engine`: the engine as it ships, as if the pack for small open models were (or were not) installed.

PRETEND_PACK is the state of the pack. Models are learned by the fake learner, and a measurement is made of the stand-in's steps.
With --job it is the worker.
"""

import functools
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from engine import __main__ as engine
from engine import worker
from engine.learners import Learner
from engine.learners.registry import Registry, standard
from engine.lora.library import Library, library_folder
from engine.lora.paces import Paces
from engine.lora.pack import Pack
from engine.processes import spawn_worker
from engine.routes import bases
from tests.engine.fake_learner import FakeLearner

NAME = "tests.engine.open_engine"
PACK = "PRETEND_PACK"
ANSWERING = "PRETEND_ANSWERING"  # a file: while it is there, somebody waits for an answer of every model


@dataclass(frozen=True)
class Open:
    """The models of the library, learned by the fake learner."""

    library: Library

    def names(self) -> tuple[str, ...]:
        return self.library.ready() if _pack().installed else ()

    def learner(self) -> Learner:
        return FakeLearner()

    def let_go(self, name: str) -> bool:
        return not Path(os.environ.get(ANSWERING, "")).is_file()

    def close(self) -> None:
        pass


def _pack() -> Pack:
    code = os.environ.get(PACK, "installed")
    return Pack(code, ("peft 0.1",) if code == "outdated" else (), {})


def _registry(home: Path) -> Registry:
    return Registry(standard(home).makers, Open(Library(library_folder(home))))


if __name__ == "__main__":
    home = Path(sys.argv[sys.argv.index("--home") + 1]).resolve()
    if "--job" in sys.argv:
        sys.exit(worker.main(registry=_registry(home)))
    bases.pack_state = _pack
    engine.Paces = functools.partial(Paces, script="tests.engine.pace_stub")  # type: ignore[misc,assignment]
    sys.exit(engine.main(registry=_registry(home), spawn=functools.partial(spawn_worker, module=NAME)))
