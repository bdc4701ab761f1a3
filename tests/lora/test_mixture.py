"""Rows of several adapters in one batch: what each adapter alone gives, as exactly as a batch of its own would."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import pad
from transformers import AutoModelForCausalLM

from engine.lora.answer_model import AnswerModel

pytestmark = [pytest.mark.filterwarnings("ignore::FutureWarning"), pytest.mark.filterwarnings("ignore::UserWarning")]
PROMPT, STEPS = 9, 3


def make_adapter(base: Path, folder: Path, seed: int, rank: int, modules: list[str] | str) -> str:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = LoraConfig(r=rank, lora_alpha=3 * rank + seed, target_modules=modules, task_type="CAUSAL_LM")
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
        for name, weight in model.named_parameters():
            if "lora_" in name:
                torch.nn.init.normal_(weight, std=0.2)
        model.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module", params=["llama", "qwen"])
def base(request: pytest.FixtureRequest, tiny_llama: Path, tiny_qwen: Path) -> Path:
    return tiny_llama if request.param == "llama" else tiny_qwen


@pytest.fixture(scope="module")
def adapters(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str | None]:
    """Of other ranks and scalings, and one that leaves most layers as they are; then the base."""
    folder = tmp_path_factory.mktemp("mixture")
    asked: list[tuple[int, list[str] | str]] = [(4, "all-linear"), (8, "all-linear"), (4, ["q_proj", "down_proj"])]
    return [*(make_adapter(base, folder / str(n), n, rank, modules) for n, (rank, modules) in enumerate(asked)), None]


def loaded(base: Path, adapters: Sequence[str | None], precision: str = "fp32") -> AnswerModel:
    model = AnswerModel(base, base, precision)
    for folder in adapters:
        if folder is not None:
            model.need(folder, adapters)
    return model


@torch.inference_mode()
def logits(model: AnswerModel, rows: Sequence[str | None], numbers: Sequence[int]) -> torch.Tensor:
    """What the model says after each of the questions of these numbers, and after each of the tokens that follow."""
    drawn = torch.randint(5, 1000, (8, PROMPT + STEPS), generator=torch.Generator().manual_seed(0))[list(numbers)]
    cache, mask = model.cache(), torch.ones((len(rows), PROMPT), dtype=torch.long)
    found = [model.forward(drawn[:, :PROMPT], mask, mask.cumsum(1) - 1, cache, rows)]
    for step in range(STEPS):
        mask = pad(mask, (0, 1), value=1)
        ids = drawn[:, PROMPT + step : PROMPT + step + 1]
        found.append(model.forward(ids, mask, mask.sum(1, keepdim=True) - 1, cache, rows))
    return torch.stack(found, 1).float()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_three_adapters_and_the_base_in_one_batch_say_what_each_says_alone(base: Path, adapters: list[str | None], precision: str) -> None:
    model = loaded(base, adapters, precision)
    assert model._mixture is not None
    rows = [adapters[n] for n in (0, 1, 3, 2, 0, 2, 3, 1)]
    alone = torch.cat([logits(model, [folder], [n]) for n, folder in enumerate(rows)])
    together = {folder: logits(model, [folder] * 8, range(8)) for folder in adapters}
    of_one = torch.stack([together[folder][n] for n, folder in enumerate(rows)])
    mixed = logits(model, rows, range(8))
    noise, difference = (of_one - alone).abs().max().item(), (mixed - alone).abs().max().item()
    assert difference <= 3 * noise + 1e-5
    apart = [(together[one][:, -1] - together[other][:, -1]).abs().amax(-1).min().item() for one in adapters[:3] for other in adapters[3:]]
    assert min(apart) > 4 * difference, "the adapters say other things than the base"


def test_it_says_what_peft_says_of_a_mixed_batch(base: Path, adapters: list[str | None]) -> None:
    model = loaded(base, adapters)
    rows = [adapters[n] for n in (0, 0, 1, 3, 2, 2)]
    ours = logits(model, rows, range(6))
    assert model._mixture is not None
    model._mixture.release()
    model._mixture = None
    torch.testing.assert_close(ours, logits(model, rows, range(6)), rtol=1e-4, atol=1e-4)


def test_rows_that_leave_and_adapters_that_come_change_nothing_for_the_others(base: Path, adapters: list[str | None]) -> None:
    model = loaded(base, adapters[:2])
    two = [adapters[0], adapters[1], None]
    before = logits(model, two, range(3))
    model.need(str(adapters[2]), two)
    for rows in ([*adapters, adapters[0]], two, [adapters[2], adapters[1]], [None, None], two):
        after = logits(model, rows, range(len(rows)))
        for row, folder in enumerate(rows[: len(two)]):
            if folder == two[row]:
                torch.testing.assert_close(after[row], before[row], rtol=1e-4, atol=1e-4)


def test_an_adapter_of_the_vocabulary_is_left_to_peft_with_its_neighbours(base: Path, adapters: list[str | None], tmp_path: Path) -> None:
    before = logits(loaded(base, adapters), adapters, range(4))
    other = make_adapter(base, tmp_path / "words", 5, 4, ["embed_tokens", "q_proj"])
    model = loaded(base, [*adapters, other])
    assert model._mixture is None
    rows = [*adapters, other]
    mixed = logits(model, rows, range(5))
    torch.testing.assert_close(mixed[:4], before, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(mixed[4:], logits(model, [other], [4]), rtol=1e-4, atol=1e-4)
    model._forget(model._adapters.pop(other))
    assert model._mixture is not None, "once it is gone, the others are quick again"
