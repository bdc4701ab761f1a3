"""`python -m tests.lora.impatient_engine`: the engine as it ships, but its answering processes end after a second without a question."""

import sys
from pathlib import Path

from engine.__main__ import main
from engine.learners.lora import LocalModels
from engine.learners.registry import Registry
from engine.lora.desk import Desk
from engine.lora.library import Library, library_folder

if __name__ == "__main__":
    home = Path(sys.argv[sys.argv.index("--home") + 1])
    models = LocalModels(Library(library_folder(home)), Desk(idle_seconds=1.0))
    sys.exit(main(registry=Registry({}, models)))
