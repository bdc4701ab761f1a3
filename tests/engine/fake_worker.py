"""`python -m tests.engine.fake_worker`: the worker as it is, with the fake learner in its registry."""

import sys

from engine.worker import main
from tests.engine.fake_learner import REGISTRY

if __name__ == "__main__":
    sys.exit(main(registry=REGISTRY))
