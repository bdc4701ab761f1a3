"""What walking through a real engine with the tiny model takes: the engine, its processes, its jobs, and how they ended."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from core.base.chat_format import write_jsonl
from core.base.types import Example
from tests.engine.helpers import until, upload, wait_for
from tests.engine_process import EngineProcess, start_engine
from tests.lora.plans import marv_rows

MODEL = "tiny"
LEARNED = {"n_epochs": 25, "batch_size": 5, "learning_rate_multiplier": 50}  # enough to know ten Marv rows by heart
TRAINER, WORKER = "engine.lora.train", "engine.worker"
ANSWERER = "engine.lora.answer"


@contextmanager
def engine_on(home: Path, library: Path, *, module: str = "engine", **env: str) -> Iterator[EngineProcess]:
    """An engine on this home with these base models; one thread, as sums then come out in one order."""
    variables = {"TUNESMITH_MODELS": str(library), "OMP_NUM_THREADS": "1", **env}
    with start_engine(home, module=module, env=variables, seconds=60) as engine:
        yield engine


def bring_in(client: OpenAI, folder: Path, name: str) -> None:
    """Import a base model as a user does."""
    client.post("/tunesmith/bases/import", cast_to=object, body={"folder": str(folder), "id": name})
    until(lambda: name in [model.id for model in client.models.list()], 60, "the import")


def marv_file(n: int = 10) -> bytes:
    """The first conversations of the Marv sample."""
    return write_jsonl(marv_rows(n))


def begin(
    client: OpenAI, data: bytes, hyperparameters: Mapping[str, Any], *, method: str = "supervised", seed: int = 3, **more: Any
) -> FineTuningJob:
    """Upload a file and start a job on it."""
    asked: Any = {"type": method, method: {"hyperparameters": dict(hyperparameters)}}
    return client.fine_tuning.jobs.create(
        model=more.pop("model", MODEL), training_file=upload(client, data).id, seed=seed, method=asked, **more
    )


def train(client: OpenAI, data: bytes, hyperparameters: Mapping[str, Any], **more: Any) -> FineTuningJob:
    """A job, once it is over."""
    return wait_for(client, begin(client, data, hyperparameters, **more).id, seconds=150)


def prompt(example: Example) -> list[Any]:
    """What is asked in a conversation."""
    return [{"role": message.role, "content": message.content} for message in example.prompt]


def answer(client: OpenAI, model: str, messages: Sequence[Any], **more: Any) -> str:
    """The likeliest answer."""
    asked = {"temperature": 0, "max_tokens": 80, **more}
    said = client.chat.completions.create(model=model, messages=list(messages), **asked).choices[0].message.content
    assert said is not None
    return said


def metrics(client: OpenAI, job_id: str) -> list[dict[str, Any]]:
    """The data of the metrics events, oldest first."""
    events = list(client.fine_tuning.jobs.list_events(job_id, limit=1000))
    found: list[Any] = [event.data for event in reversed(events) if event.type == "metrics"]
    return found


def progress(home: Path, job_id: str) -> list[dict[str, Any]]:
    """What the training process wrote down; empty once the job is over and nothing of it is needed any more."""
    path = home / "jobs" / job_id / "lora" / "progress.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def processes(home: Path, module: str) -> list[psutil.Process]:
    """The living processes of this home that run a module: workers and trainings name it, and answering processes a model below it."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            if module in line and any(str(home) in word for word in line) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
