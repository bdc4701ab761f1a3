"""`python -m tests.engine.fake_engine`: the engine as it is, with the fake learner in its registry."""

import functools
import sys

from engine.__main__ import main
from engine.processes import spawn_worker
from tests.engine.fake_learner import REGISTRY

if __name__ == "__main__":
    sys.exit(main(registry=REGISTRY, spawn=functools.partial(spawn_worker, module="tests.engine.fake_worker")))
