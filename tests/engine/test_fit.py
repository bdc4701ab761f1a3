"""How much memory a training takes, against what was measured; and whether the pack is there."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from engine.learners import TrainingFailed
from engine.learners.lora import _check_memory
from engine.lora import pack
from engine.lora.catalogue import BaseModel, shipped_catalogue
from engine.lora.device import Device
from engine.lora.fit import fit, free_memory, memory_needed
from engine.lora.plan import TrainPlan
from engine.lora.refusals import Refused

MODELS = shipped_catalogue().models
PLAIN, QUICK = Device(), Device(bf16=True)  # processors without and with bf16
PLAN = TrainPlan("b", "t", None, "f", "supervised", "lora", 1, 4, 1e-4, 1, 512)


def unmeasured(id: str) -> BaseModel:
    return replace(MODELS[id], train_bf16=0, train_fp32=0)


@pytest.mark.parametrize("id", [id for id, model in MODELS.items() if model.train_bf16])
def test_what_was_measured_is_what_is_said(id: str) -> None:
    model = MODELS[id]
    assert memory_needed(model, precision="bf16") == pytest.approx(model.train_bf16, rel=1e-6)
    assert memory_needed(model, precision="fp32") == pytest.approx(model.train_fp32, rel=1e-6)


# (model, precision, tokens): gigabytes; the first six as in models.toml, the others measured 2026-11-25
@pytest.mark.parametrize(
    ("id", "precision", "tokens", "measured"),
    [
        ("smollm2-135m-instruct", "bf16", 256, 1.41),
        ("smollm2-135m-instruct", "fp32", 256, 1.9),
        ("smollm2-360m-instruct", "bf16", 256, 2.1),
        ("smollm2-360m-instruct", "fp32", 256, 3.4),
        ("qwen3-0.6b", "bf16", 256, 3.3),
        ("qwen3-0.6b", "fp32", 256, 5.0),
        ("smollm2-135m-instruct", "bf16", 1024, 3.34),
        ("smollm2-135m-instruct", "fp32", 1024, 4.75),
        ("smollm2-360m-instruct", "bf16", 1024, 5.21),
        ("qwen3-0.6b", "bf16", 512, 5.37),
        ("qwen3.5-0.8b", "bf16", 256, 6.7),
        ("qwen3.5-0.8b", "fp32", 256, 9.4),
    ],
)
def test_the_formula_is_near_what_was_measured_and_seldom_below(id: str, precision: str, tokens: int, measured: float) -> None:
    needed = memory_needed(unmeasured(id), precision=precision, tokens=tokens) / 1e9  # type: ignore[arg-type]
    assert 0.97 * measured <= needed <= 1.25 * measured, f"{needed:.2f} GB, measured {measured}"


def test_full_tuning_needs_more_and_answering_less() -> None:
    model = MODELS["smollm2-135m-instruct"]
    # measured 2026-11-25, 4 x 64 tokens: 1.88 and 3.12 GB
    assert 1.88e9 <= memory_needed(model, use="full", precision="bf16") <= 1.3 * 1.88e9
    assert 3.12e9 <= memory_needed(model, use="full", precision="fp32") <= 1.3 * 3.12e9
    assert memory_needed(model, use="answer") < memory_needed(model, use="lora") < memory_needed(model, use="full")


def test_a_reference_and_further_processes_need_weights_of_their_own() -> None:
    model = MODELS["smollm2-135m-instruct"]
    alone = memory_needed(model, use="full", precision="fp32")
    assert memory_needed(model, use="full", precision="fp32", reference=True) == alone + 4 * model.parameters
    assert fit(model, PLAIN, use="full", processes=3).needed == 3 * alone


def test_a_training_is_refused_for_the_numbers_that_this_processor_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MODELS["qwen3-0.6b"]
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr("engine.lora.fit.free_memory", lambda: 4_000_000_000)  # between what bf16 and fp32 need
    for device, refused in ((QUICK, False), (PLAIN, True)):
        monkeypatch.setattr("engine.learners.lora.present", lambda device=device, **_: device)
        with pytest.raises(TrainingFailed, match=r"about 5\.0 GB") if refused else nullcontext():
            _check_memory(model, PLAN)
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")  # not this machine's memory
    _check_memory(model, PLAN)


def test_a_training_on_a_card_is_measured_against_the_cards_memory_and_not_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MODELS["qwen3-0.6b"]  # 3.3 GB in bf16
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    for machine, card, refused in ((10**9, 4 * 10**9, False), (10**12, 3 * 10**9, True)):
        monkeypatch.setattr("engine.lora.fit.free_memory", lambda machine=machine: machine)
        monkeypatch.setattr("engine.learners.lora.present", lambda card=card, **_: Device("cuda", True, (card,)))
        with pytest.raises(TrainingFailed, match=r"3\.3 GB of memory and the graphics card has 3\.0 GB") if refused else nullcontext():
            _check_memory(model, PLAN)


def test_several_processes_have_a_card_each_or_share_them(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MODELS["qwen3-0.6b"]
    alone = fit(model, Device("cuda", True, (10**10,))).needed
    two = Device("cuda", True, (10**10, 7 * 10**9))
    assert [fit(model, two, processes=processes).needed for processes in (1, 2, 3, 4)] == [alone, alone, 2 * alone, 2 * alone]
    assert fit(model, two).free == 7 * 10**9, "the fullest decides"
    monkeypatch.setattr("engine.lora.fit.free_memory", lambda: 5)
    assert fit(model, Device("mps")).free == 5, "this one shares the machine's memory"


def test_what_does_not_fit_is_refused_with_the_figure() -> None:
    model = MODELS["qwen3-0.6b"]
    with pytest.raises(Refused) as caught:
        fit(model, PLAIN, free=3_100_000_000).check()
    assert str(caught.value) == "This needs about 5.0 GB of memory and this machine has 3.1 GB free."
    fit(model, PLAIN, free=5_000_000_001).check()
    assert fit(model, QUICK, free=10**12).refusal is None


def test_the_free_memory_is_a_figure_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    free = free_memory()
    assert 10**7 < free < 10**14
    for name, text in {"memory.max": "1000000", "memory.current": "900000", "memory.stat": "anon 5\ninactive_file 50000\n"}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr("engine.lora.fit.Path", lambda _: tmp_path)
    assert free_memory() == 150_000
    (tmp_path / "memory.max").write_text("max")
    assert free_memory() > 10**7


def test_the_pack_is_looked_for_without_being_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"torch", "transformers", "peft", "trl", "accelerate", "datasets"} <= set(pack.required())
    monkeypatch.setattr(pack.importlib.util, "find_spec", lambda name: None)
    missing = pack.pack_state()
    assert (missing.code, missing.installed) == ("missing", False)
    record = missing.record()
    assert record["message"] == (
        "With the pack for small open models (about 1.5 GB), this machine really fine-tunes them: python3 start.py --with-lora"
    )
    monkeypatch.setattr(pack.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(
        pack, "version", lambda name: {"torch": "2.13.0+cpu", "peft": "0.20.9"}.get(name, ".".join(map(str, pack.required()[name][0])))
    )
    outdated = pack.pack_state()
    assert (outdated.code, outdated.packages) == ("outdated", ("peft 0.20.9",))
    monkeypatch.setattr(pack, "version", lambda name: ".".join(map(str, pack.required()[name][0])))
    assert pack.pack_state().record()["code"] == "installed"
    monkeypatch.setattr(pack, "version", lambda name: ".".join(map(str, pack.required()[name][1])))
    assert pack.pack_state().code == "outdated"


def test_what_the_server_imports_of_all_this_is_light() -> None:
    import subprocess
    import sys

    heavy = ("torch", "transformers", "peft", "trl", "datasets", "huggingface_hub", "tokenizers")
    code = f"import sys, engine.__main__, engine.routes.bases; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
