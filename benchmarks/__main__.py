"""Run one benchmark by its name: each is a module beside this file with a `main(arguments) -> dict` of plain figures."""

import importlib
import json
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_") and path.stem != "made")


def run(arguments: list[str]) -> int:
    """Run it and print its figures as the last line."""
    if not arguments or arguments[0] not in NAMES:
        print(f"usage: python -m benchmarks NAME [arguments]\nnames: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    figures = importlib.import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
    print(json.dumps(figures))
    return 0


sys.exit(run(sys.argv[1:]))
