"""Tiny base models for the whole run; without the pack, every test here is skipped by its name."""

import ast
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

PACK = ("torch", "transformers", "peft", "trl", "accelerate", "datasets")
HAS_PACK = all(importlib.util.find_spec(name) for name in PACK)

# read when torch and the hub's client are imported, here and in every process that a test starts
os.environ.setdefault("OMP_NUM_THREADS", "1")  # as fast as two for models this small, and sums come out in one order
os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")


class NotRun(pytest.Item):
    """A test that cannot be run here."""

    def runtest(self) -> None:
        pytest.skip("needs the pack: python3 start.py test --with-lora")


class NotImported(pytest.Module):
    """A test file that is read but not imported."""

    def collect(self) -> Iterator[NotRun]:
        for node in ast.parse(self.path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
                yield NotRun.from_parent(self, name=node.name)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    return None if HAS_PACK else NotImported.from_parent(parent, path=module_path)


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base model of Llama's shape; its template has no generation markers."""
    from tests.lora.tiny import make_base

    return make_base(tmp_path_factory.mktemp("bases") / "tiny-llama", "llama")


@pytest.fixture(scope="session")
def tiny_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base model of Qwen3's shape; its template thinks before it speaks, and takes tools."""
    from tests.lora.tiny import make_base

    return make_base(tmp_path_factory.mktemp("bases") / "tiny-qwen", "qwen")


@pytest.fixture(scope="session")
def alone(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The losses of a training in one process, launched as the learner does it."""
    from tests.lora.launched import bank_plan, losses, start

    folder = tmp_path_factory.mktemp("alone")
    plan = bank_plan(folder, tiny_llama)
    running = start(plan, folder)
    assert running.wait(200) == 0, running.log.read_text(encoding="utf-8")[-3000:]
    return losses(Path(plan.folder))


@pytest.fixture(scope="session")
def library(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of base models in which the tiny one lies, brought in as a user brings one in."""
    from tests.engine.helpers import client_of
    from tests.lora.walking import MODEL, bring_in, engine_on

    folder = tmp_path_factory.mktemp("library") / "bases"
    with engine_on(folder.parent / "home", folder) as engine, client_of(engine) as client:
        bring_in(client, tiny_llama, MODEL)
    return folder
