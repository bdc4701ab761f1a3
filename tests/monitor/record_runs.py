"""Record the curves of real trainings as fixtures: `python -m tests.monitor.record_runs`, with the pack, about five minutes.

Each is a job of a real engine on the tiny model of tests/lora (random weights, made on the spot, no network). tests/monitor/runs/NAME.json
holds how it was made, the job as the server tells it, its metrics events, its checkpoints and its result file as it was sent.
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.base.chat_format import write_jsonl
from core.base.preference import write_pairs
from core.base.types import Example, Message
from tests.engine.helpers import client_of, upload
from tests.lora.plans import bank_rows, marv_rows
from tests.lora.tiny import make_base
from tests.lora.walking import MODEL, bring_in, engine_on, metrics, train

RUNS: Final = Path(__file__).with_name("runs")
DULL: Final = "I am happy to help you with that."


@dataclass(frozen=True)
class Recipe:
    """One training: what it learns from, what it is checked on, and by which settings."""

    name: str
    rows: str  # in words, for whoever reads the file
    training: bytes
    validation: bytes
    hyperparameters: Mapping[str, Any]
    method: str = "supervised"


def pairs(rows: Sequence[Example]) -> bytes:
    """Their answers, each before a dull one."""
    return write_pairs(Example(row.messages, row.row, {}, (Message("assistant", DULL),)) for row in rows)


def swapped(rows: Sequence[Example]) -> bytes:
    """The dull answer before theirs: what a model that has learned `pairs` finds ever less likely."""
    answers = [row.messages[-1] for row in rows]
    dull = [
        Example((*row.messages[:-1], Message("assistant", DULL)), row.row, {}, (answer,)) for row, answer in zip(rows, answers, strict=True)
    ]
    return write_pairs(dull)


def recipes() -> tuple[Recipe, ...]:
    """Trainings whose course is known from what they are given."""
    bank, checked = bank_rows(60), bank_rows(20, start=100)
    marv = marv_rows(40)
    usual = {"n_epochs": 4, "batch_size": 5, "learning_rate_multiplier": 20}
    many = {"n_epochs": 16, "batch_size": 5, "learning_rate_multiplier": 60, "lora_r": 32, "lora_alpha": 64}
    by_heart, too_fast = {**many, "n_epochs": 40}, {**many, "n_epochs": 24, "learning_rate_multiplier": 200}
    pull = {"n_epochs": 4, "batch_size": 5, "learning_rate_multiplier": 10, "beta": 0.2}
    return (
        Recipe(
            "lora_learned",
            "60 bank questions with their labels, checked on 20 others",
            write_jsonl(bank),
            write_jsonl(checked),
            usual,
        ),
        Recipe(
            "lora_by_heart",
            "10 Marv conversations many times over, checked on 10 others",
            write_jsonl(marv[:10]),
            write_jsonl(marv[10:20]),
            by_heart,
        ),
        Recipe(
            "lora_too_fast",
            "10 Marv conversations with steps far too large, checked on 10 others",
            write_jsonl(marv[:10]),
            write_jsonl(marv[10:20]),
            too_fast,
        ),
        Recipe(
            "lora_no_carry_over",
            "10 Marv conversations many times over, but not so many, checked on 10 others",
            write_jsonl(marv[:10]),
            write_jsonl(marv[10:20]),
            many,
        ),
        Recipe("lora_short", "10 Marv conversations, 2 steps, unchecked", write_jsonl(marv[:10]), b"", {**usual, "n_epochs": 1}),
        Recipe("dpo_learned", "30 Marv answers before dull ones, checked on 10 others", pairs(marv[:30]), pairs(marv[30:40]), pull, "dpo"),
        Recipe(
            "dpo_turned_round",
            "30 Marv answers before dull ones, checked on 10 pairs the other way round",
            pairs(marv[:30]),
            swapped(marv[30:40]),
            pull,
            "dpo",
        ),
        Recipe("dpo_unchecked", "30 Marv answers before dull ones, unchecked", pairs(marv[:30]), b"", pull, "dpo"),
    )


def record(client: Any, recipe: Recipe) -> dict[str, Any]:
    """Carry it out and put down what the server tells."""
    more = {"validation_file": upload(client, recipe.validation, "valid.jsonl").id} if recipe.validation else {}
    job = train(client, recipe.training, recipe.hyperparameters, method=recipe.method, **more)
    assert job.status == "succeeded", job.error
    return {
        "made": f"python -m tests.monitor.record_runs, the tiny model of tests/lora: {recipe.rows}; asked {dict(recipe.hyperparameters)}",
        "job": job.to_dict(),
        "metrics": metrics(client, job.id),
        "checkpoints": [one.to_dict() for one in client.fine_tuning.jobs.checkpoints.list(job.id)],
        "result_file": client.files.content(job.result_files[0]).read().decode(),
    }


def main(names: Sequence[str]) -> None:
    """Record those that are named, or all."""
    with tempfile.TemporaryDirectory() as folder:
        base = make_base(Path(folder) / "tiny-llama", "llama")
        with engine_on(Path(folder) / "home", Path(folder) / "bases") as engine, client_of(engine) as client:
            bring_in(client, base, MODEL)
            for recipe in recipes():
                if not names or recipe.name in names:
                    text = json.dumps(record(client, recipe), separators=(",", ":"), sort_keys=True, default=str)
                    RUNS.joinpath(f"{recipe.name}.json").write_text(text.replace("},{", "},\n{") + "\n", encoding="utf-8")
                    print(recipe.name, len(text))


if __name__ == "__main__":
    main(sys.argv[1:])
