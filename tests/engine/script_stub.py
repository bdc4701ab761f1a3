"""Stands in for the training script: tells what it was given, then does what the plan's base names."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from engine.lora.parent import OPTION, end_with_stdin
from engine.lora.plan import TrainPlan

parser = argparse.ArgumentParser()
parser.add_argument("--plan", type=Path)
parser.add_argument(OPTION, action="store_true")
wish = parser.parse_args()
plan = TrainPlan.from_json(wish.plan.read_text(encoding="utf-8"))
if wish.watch_stdin:
    end_with_stdin()
folder = Path(plan.folder)
folder.mkdir(parents=True, exist_ok=True)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True) if plan.base == "parent" else None
part = folder / "told.part"
part.write_text(json.dumps({"environ": dict(os.environ), "pid": os.getpid(), "child": child.pid if child else None}), encoding="utf-8")
part.rename(folder / "told.json")
if plan.base == "fails":
    print("a word before")
    raise MemoryError("no room for the weights")
if plan.base == "refuses":
    sys.exit(3)
while plan.base in ("waits", "parent") and not (folder / "stop").exists():
    time.sleep(0.02)
