"""The training script really teaches, tells what it does, and comes out the same each time."""

import errno
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.base.remote import ServerError
from core.base.types import Example, Message
from core.monitor.failures import explain
from engine.lora.failures import Failed
from engine.lora.plan import TrainPlan
from engine.lora.templates import ChatTemplate
from engine.lora.train import train
from tests.lora.plans import bank_rows, losses, make_plan, marv_rows, overfit, pairs, told, valid

HELD_OUT = 12


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Sums come out in one order, and small models are no slower."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def bank(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainPlan:
    """A training on rows of the bank, validated with others."""
    folder = tmp_path_factory.mktemp("bank")
    plan = make_plan(folder, tiny_llama, bank_rows(30), bank_rows(HELD_OUT, 30), lora_dropout=0.1)
    train(plan)
    return plan


def answers(model: Any, tokenizer: Any, examples: Sequence[Example], length: int, **switches: Any) -> list[str]:
    """What the model says to each prompt, taking the likeliest word each time."""
    template = ChatTemplate(tokenizer)
    prompts = [template.prompt(example.prompt, **switches) for example in examples]
    inputs = tokenizer(prompts, add_special_tokens=False, padding=True, padding_side="left", return_tensors="pt")
    with torch.inference_mode():
        out = model.generate(
            input_ids=inputs.input_ids,
            attention_mask=inputs.attention_mask,
            max_new_tokens=length,
            do_sample=False,
            pad_token_id=tokenizer.pad_token_id,
        )
    return [str(text) for text in tokenizer.batch_decode(out[:, inputs.input_ids.shape[1] :], skip_special_tokens=True)]


def load(base: Path, adapter: Path | None = None) -> tuple[Any, Any]:
    model: Any = AutoModelForCausalLM.from_pretrained(base, local_files_only=True, use_safetensors=True)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter))
    return model.eval(), AutoTokenizer.from_pretrained(base, local_files_only=True)


@pytest.mark.parametrize("shape", ["llama", "qwen"])
def test_ten_marv_rows_are_said_word_for_word_after_training_and_not_before(
    shape: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    base, rows = request.getfixturevalue(f"tiny_{shape}"), marv_rows(10)
    switches = {"enable_thinking": False} if shape == "qwen" else {}
    taught = [row.answer for row in rows]
    untaught, tokenizer = load(base)
    before = answers(untaught, tokenizer, rows, 12, **switches)
    assert not any(answer.startswith(said) for answer, said in zip(taught, before, strict=True))

    plan = make_plan(tmp_path, base, rows, n_epochs=32, batch_size=5, lora_r=32, lora_alpha=64)
    train(plan)
    tuned, _ = load(base, Path(plan.folder) / "final")
    assert answers(tuned, tokenizer, rows, 60, **switches) == taught
    with tuned.disable_adapter():
        assert answers(tuned, tokenizer, rows, 12, **switches) == before, "the adapter switched off is the base, token for token"


def test_the_validation_loss_falls_and_every_step_is_told(bank: TrainPlan) -> None:
    records = told(bank)
    started, steps = records[0], [record for record in records if record["event"] == "step"]
    assert (started["event"], started["total_steps"], started["resumed_from"], started["world_size"]) == ("started", 24, 0, 1)
    assert (started["device"], started["precision"], started["notes"]) == ("cpu", "fp32", [])
    assert [record["step"] for record in steps] == list(range(1, 25))
    assert all({"train_loss", "train_mean_token_accuracy"} <= set(record["metrics"]) for record in steps)
    full = {record["step"]: record["metrics"]["full_valid_loss"] for record in steps if "full_valid_loss" in record["metrics"]}
    assert list(full) == [8, 16, 24]
    assert full[24] < steps[0]["metrics"]["valid_loss"] / 2
    published = [(record["step"], record["path"]) for record in records if record["event"] == "checkpoint" and record["publish"]]
    assert published == [(8, "published/step-8"), (16, "published/step-16"), (24, "published/step-24")]
    assert records[-1] == {"event": "done", "path": "final", "early": False, "tokens": records[-1]["tokens"]}
    for path in [path for _, path in published] + ["final"]:
        files = {file.name for file in (Path(bank.folder) / path).iterdir()}
        assert files == {"adapter_config.json", "adapter_model.safetensors", "whole.json"}
    assert len(list((Path(bank.folder) / "checkpoints").glob("checkpoint-*"))) == 2


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(bank: TrainPlan, tiny_llama: Path, tmp_path: Path) -> None:
    same = make_plan(tmp_path / "same", tiny_llama, bank_rows(30), bank_rows(HELD_OUT, 30), lora_dropout=0.1)
    other = make_plan(tmp_path / "other", tiny_llama, bank_rows(30), lora_dropout=0.1, seed=8, n_epochs=1)
    train(same)
    train(other)
    assert losses(same) == losses(bank)
    assert losses(other)[1] != losses(bank)[1]
    weights = [load_file(Path(plan.folder) / "final" / "adapter_model.safetensors") for plan in (same, bank)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_computing_a_batch_in_parts_changes_nothing_but_rounding(bank: TrainPlan, tiny_llama: Path, tmp_path: Path) -> None:
    whole = make_plan(tmp_path / "whole", tiny_llama, bank_rows(30), n_epochs=1)
    parts = make_plan(tmp_path / "parts", tiny_llama, bank_rows(30), n_epochs=1, micro_batch=1)
    train(whole)
    train(parts)
    assert told(parts)[0]["micro_batch"] == 1
    assert losses(parts) == pytest.approx(losses(whole), rel=1e-5)
    accuracy = [[r["metrics"]["train_mean_token_accuracy"] for r in told(plan) if r["event"] == "step"] for plan in (whole, parts)]
    assert accuracy[0] == pytest.approx(accuracy[1], abs=1e-6)


def test_all_weights_of_a_tiny_model_can_be_tuned(tiny_llama: Path, tmp_path: Path) -> None:
    plan = make_plan(tmp_path, tiny_llama, bank_rows(20), bank_rows(HELD_OUT, 30), tuning="full", learning_rate=2e-3, n_epochs=2)
    train(plan)
    final = Path(plan.folder) / "final"
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {file.name for file in final.iterdir()}
    assert not [file for file in final.iterdir() if file.suffix in (".bin", ".pt", ".pth")]
    load(final)
    steps = [record["metrics"] for record in told(plan) if record["event"] == "step"]
    assert steps[-1]["full_valid_loss"] < steps[0]["valid_loss"]


def test_bf16_learns_nearly_the_same(tiny_llama: Path, tmp_path: Path) -> None:
    plans = [
        make_plan(
            tmp_path / f"{precision}-{tuning}",
            tiny_llama,
            bank_rows(20),
            n_epochs=1,
            precision=precision,
            tuning=tuning,
            learning_rate=1e-3,
        )
        for precision, tuning in (("fp32", "lora"), ("bf16", "lora"), ("bf16", "full"))
    ]
    for plan in plans:
        train(plan)
    assert [told(plan)[0]["precision"] for plan in plans] == ["fp32", "bf16", "bf16"]
    first = [losses(plan)[1] for plan in plans]
    assert first == pytest.approx([first[0]] * 3, rel=2e-2)


@pytest.mark.parametrize(("tuning", "rate"), [("lora", 2e-3), ("full", 2e-4)])
def test_the_chosen_answers_of_preference_pairs_pull_away_from_the_rejected(
    tuning: str, rate: float, tiny_llama: Path, tmp_path: Path
) -> None:
    lines = pairs(9).splitlines()
    plan = make_plan(tmp_path, tiny_llama, [], method="dpo", tuning=tuning, batch_size=4, n_epochs=4, learning_rate=rate)
    Path(plan.training).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "valid.jsonl").write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
    plan = replace(plan, validation=str(tmp_path / "valid.jsonl"))
    train(plan)
    steps = [record["metrics"] for record in told(plan) if record["event"] == "step"]
    assert len(steps) == 12
    assert steps[0]["train_reward_margin"] == pytest.approx(0, abs=1e-5)
    assert steps[0]["train_loss"] == pytest.approx(0.6931, abs=1e-3)
    assert steps[-1]["train_reward_margin"] > 0.1
    assert steps[-1]["train_loss"] < 0.65
    assert steps[-1]["full_valid_reward_accuracy"] == 1.0
    assert any(file.suffix == ".safetensors" for file in (Path(plan.folder) / "final").iterdir())


@pytest.mark.parametrize("micro", [None, 1])
def test_what_fills_the_last_batch_of_pairs_up_teaches_nothing(micro: int | None, tiny_llama: Path, tmp_path: Path) -> None:
    # five pairs in one batch of eight are to come out as five pairs in one batch of five, step for step
    plans = []
    for batch in (5, 8):
        plan = make_plan(
            tmp_path / f"{batch}", tiny_llama, [], method="dpo", batch_size=batch, n_epochs=4, learning_rate=2e-3, micro_batch=micro
        )
        Path(plan.training).write_text(pairs(5), encoding="utf-8")
        train(plan)
        plans.append(plan)
    whole, filled = ([r["metrics"] for r in told(plan) if r["event"] == "step"] for plan in plans)
    assert len(whole) == len(filled) == 4
    for one, other in zip(whole, filled, strict=True):
        assert other == pytest.approx(one, rel=1e-3, abs=1e-5)
    assert filled[-1]["train_loss"] < filled[0]["train_loss"]


def test_training_ends_early_when_validation_gets_no_better(tiny_llama: Path, tmp_path: Path) -> None:
    plan = make_plan(tmp_path, tiny_llama, bank_rows(20), bank_rows(4, 30), learning_rate=1e-9, n_epochs=20, early_stopping=2)
    train(plan)
    records = told(plan)
    assert records[-1]["event"] == "done"
    assert records[-1]["early"] is True
    assert max(losses(plan)) < 100
    assert (Path(plan.folder) / records[-1]["path"] / "adapter_model.safetensors").exists()


@pytest.mark.slow
def test_the_state_that_validation_found_best_is_the_model(tiny_llama: Path, tmp_path: Path) -> None:
    plan = overfit(tmp_path / "stopped", tiny_llama)
    train(plan)
    done, found = told(plan)[-1], valid(plan)
    best = min(found, key=lambda step: found[step])
    assert 0 < best < max(found), "or there would be nothing to see"
    assert done == {"event": "done", "path": f"best/step-{best}", "best": best, "early": True, "tokens": done["tokens"]}
    # all the steps count: the same training without early stopping, ended at that step, has the same weights
    until = overfit(tmp_path / "until", tiny_llama, early_stopping=0)
    train(until)
    published = Path(until.folder) / "published" / f"step-{best}"
    assert best % 2 == 0 and published.exists(), "a step at the end of an epoch"
    ours, theirs = (load_file(folder / "adapter_model.safetensors") for folder in (Path(plan.folder) / done["path"], published))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    last = load_file(Path(until.folder) / "final" / "adapter_model.safetensors")
    assert not all(torch.equal(ours[name], last[name]) for name in ours)
    assert {path.name for path in (Path(plan.folder) / "best").iterdir()} == {f"step-{best}"}
    assert not (Path(plan.folder) / "final").exists()


def test_where_validation_never_gets_worse_the_best_state_is_the_last(tiny_llama: Path, tmp_path: Path) -> None:
    plan = make_plan(tmp_path, tiny_llama, bank_rows(20), bank_rows(4, 30), n_epochs=1, early_stopping=3)
    train(plan)
    assert told(plan)[-1]["best"] == max(losses(plan)) and told(plan)[-1]["early"] is False


def test_a_base_whose_weights_are_damaged_is_refused_with_a_sentence(tiny_llama: Path, tmp_path: Path) -> None:
    base = shutil.copytree(tiny_llama, tmp_path / "base")
    (base / "model.safetensors").write_bytes((base / "model.safetensors").read_bytes()[:1000])
    plan = make_plan(tmp_path, base, bank_rows(8))
    with pytest.raises(Failed, match="files cannot be used"):
        train(plan)
    assert told(plan)[-1]["code"] == "model_unusable"


def test_a_full_disk_ends_with_a_sentence(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.lora.trainers.Supervised.save_clean", full)
    plan = make_plan(tmp_path, tiny_llama, bank_rows(8))
    with pytest.raises(Failed, match="disk is full"):
        train(plan)
    assert not (Path(plan.folder) / "final").exists()


def test_what_is_cut_off_is_told(tiny_llama: Path, tmp_path: Path) -> None:
    rows = [*bank_rows(8), Example((Message("user", "Why?"), Message("assistant", "because " * 200)), 9)]
    plan = make_plan(tmp_path, tiny_llama, rows, n_epochs=1, context_length=128)
    train(plan)
    assert told(plan)[0]["notes"] == ["1 of 9 examples is longer than 128 tokens: its end is not learned."]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"context_length": 2}, "bad_data", "Nothing is left to learn from"),
        ({"lora_target_modules": ("no_such_module",)}, "invalid_hyperparameter", "no such lora_target_modules"),
        ({"processes": 2}, "wrong_processes", "2 processes were planned, but 1 are at work"),
        ({"learning_rate": 1e30}, "diverged", "smaller learning_rate_multiplier"),
    ],
)
def test_what_cannot_be_done_ends_with_a_sentence(change: dict[str, Any], code: str, words: str, tiny_llama: Path, tmp_path: Path) -> None:
    plan = make_plan(tmp_path, tiny_llama, bank_rows(8), **change)
    with pytest.raises(Failed, match=words):
        train(plan)
    failed = told(plan)[-1]
    assert (failed["event"], failed["code"]) == ("failed", code)
    assert words in failed["message"]


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({}, "Try a batch_size of 2."),
        ({"micro_batch": 1, "context_length": 1024}, "Try a context_length of 512."),  # a smaller batch would be computed in the same parts
        ({"batch_size": 1, "context_length": 1024}, "Try a context_length of 512."),
        ({"batch_size": 1, "context_length": 128}, "Choose a smaller one."),
    ],
)
@pytest.mark.parametrize("error", [torch.OutOfMemoryError("x"), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")])
def test_too_little_memory_ends_with_a_smaller_setting_to_try(
    change: dict[str, Any], advice: str, error: Exception, tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("engine.lora.trainers.Supervised.training_step", full)
    plan = make_plan(tmp_path, tiny_llama, bank_rows(4), **change)
    with pytest.raises(Failed, match="too little memory"):
        train(plan)
    failed = told(plan)[-1]
    assert failed["code"] == "out_of_memory" and failed["message"].endswith(advice)
    told_in_the_app = explain(ServerError(failed["code"], failed["message"]))
    assert told_in_the_app.name == "out_of_memory" and told_in_the_app.place == "train"
