"""How long a training of 100 rows takes on the engine, from the call that creates it to "succeeded", and a reply afterwards."""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import openai

from benchmarks.made import questions
from core.base.chat_format import write_jsonl
from core.prepare.work import prepare_draft
from tests.engine_process import start_engine

REPEATS = 5


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure on a fresh engine; medians of 5 jobs and of 50 replies."""
    rows = int(arguments[0]) if arguments else 100
    data = write_jsonl(prepare_draft(questions(rows), "made.csv").examples)
    with (
        tempfile.TemporaryDirectory() as home,
        start_engine(Path(home)) as engine,
        openai.OpenAI(base_url=engine.base_url, api_key=engine.token) as client,
    ):
        file = client.files.create(file=("made.jsonl", data), purpose="fine-tune")
        jobs = [_job(client, file.id, seed) for seed in range(REPEATS)]
        model = client.fine_tuning.jobs.list(limit=1).data[0].fine_tuned_model
        replies = [_reply(client, str(model)) for _ in range(50)]
    return {"rows": rows, "job_s": round(statistics.median(jobs), 2), "reply_ms": round(statistics.median(replies), 1)}


def _job(client: openai.OpenAI, file: str, seed: int) -> float:
    began = time.perf_counter()
    job = client.fine_tuning.jobs.create(model="recall", training_file=file, seed=seed)
    while job.status not in ("succeeded", "failed", "cancelled"):
        time.sleep(0.02)
        job = client.fine_tuning.jobs.retrieve(job.id)
    if job.status != "succeeded":
        raise RuntimeError(f"the job {job.status}: {job.error}")
    took = time.perf_counter() - began
    print(f"job {took:.2f} s", file=sys.stderr)
    return took


def _reply(client: openai.OpenAI, model: str) -> float:
    began = time.perf_counter()
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": "My card was lost abroad, what now?"}])
    return 1000 * (time.perf_counter() - began)
