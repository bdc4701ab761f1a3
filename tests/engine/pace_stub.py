"""Stands in for the training script where only its pace matters: a step takes as many milliseconds as it reads tokens."""

import argparse
import json
import sys
import time
from pathlib import Path

from engine.lora.parent import OPTION, end_with_stdin
from engine.lora.plan import TrainPlan

parser = argparse.ArgumentParser()
parser.add_argument("--plan", type=Path)
parser.add_argument(OPTION, action="store_true")
plan = TrainPlan.from_json(parser.parse_args().plan.read_text(encoding="utf-8"))
end_with_stdin()
talks = [json.loads(line) for line in Path(plan.training).read_text(encoding="utf-8").splitlines()]
first = talks[0]
asked = first["input"]["messages"] if plan.method == "dpo" else first["messages"]
read = [*asked, *first["preferred_output"], *asked, *first["non_preferred_output"]] if plan.method == "dpo" else asked
words = sum(len(message["content"].split()) for message in read)
if words == 13:
    sys.exit(1)
with (Path(plan.folder) / "progress.jsonl").open("a", encoding="utf-8") as progress:
    for step in range(len(talks) // plan.batch_size + 1):
        time.sleep(words * plan.batch_size / 1000 if words != 666 else 60)
        print(json.dumps({"event": "step" if step else "started", "step": step, "total_steps": 5}), file=progress, flush=True)
