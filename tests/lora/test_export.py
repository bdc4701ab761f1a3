"""A tuned model carried away: other programs open what was written, and it answers as it did here."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.lora import saved
from engine.lora.card import GGUF_FILE, card
from engine.lora.export import Order, Refused, write
from engine.lora.saved import Sheet

SHEET = Sheet("tiny", "lora", revision="a" * 40, licence="Apache-2.0", training_sha256="b" * 64, examples=10, hyperparameters={"lora_r": 4})


def adapter_of(base: Path, folder: Path) -> Path:
    """A saved model with an adapter that really changes the answers."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(base)
    tuned = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM"))
    tuned.save_pretrained(folder / "weights", safe_serialization=True)
    out = folder / "saved"
    out.mkdir()
    saved.write(out, SHEET, folder / "weights")
    return out


def order(base: Path, model: Path, form: str, to: Path) -> Order:
    to.mkdir()
    scores = ({"name": "Both categories", "before": "4 of 20", "after": "15 of 20", "rows": 20},)
    return Order(str(base), str(model), form, str(to), "ft:tiny:local:bank:abc", "someone/tiny", scores)


def answer(model: Any, base: Path) -> list[int]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    ids = tokenizer("What is the capital of France?", return_tensors="pt")
    made = model.generate(**ids, max_new_tokens=16, do_sample=False, pad_token_id=0)
    return list(made[0].tolist())


@pytest.fixture(scope="module")
def tuned(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return adapter_of(tiny_llama, tmp_path_factory.mktemp("tuned"))


def tuned_answer(base: Path, model: Path) -> list[int]:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    return answer(PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), model), base)


def test_the_adapter_names_its_base_by_where_everybody_finds_it(tiny_llama: Path, tuned: Path, tmp_path: Path) -> None:
    write(order(tiny_llama, tuned, "adapter", tmp_path / "out"))
    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["README.md", "about.json", "adapter_config.json", "adapter_model.safetensors"]
    assert json.loads((tmp_path / "out" / "adapter_config.json").read_text())["base_model_name_or_path"] == "someone/tiny"
    assert tuned_answer(tiny_llama, tmp_path / "out") == tuned_answer(tiny_llama, tuned)


def test_the_merged_weights_answer_as_base_and_adapter_did(tiny_llama: Path, tuned: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    write(order(tiny_llama, tuned, "merged", tmp_path / "out"))
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert answer(merged, tiny_llama) == tuned_answer(tiny_llama, tuned)
    assert answer(merged, tiny_llama) != answer(AutoModelForCausalLM.from_pretrained(tiny_llama), tiny_llama)
    assert AutoTokenizer.from_pretrained(tmp_path / "out").chat_template == AutoTokenizer.from_pretrained(tiny_llama).chat_template
    assert not [path for path in (tmp_path / "out").iterdir() if path.suffix in (".bin", ".pt", ".pkl")]
    assert (tmp_path / "out" / "Modelfile").read_text() == "FROM .\n"


def test_llama_cpp_answers_with_its_file_as_the_tuned_model_does(tmp_path: Path) -> None:
    from tests.lora.tiny import make_sentencepiece_llama

    base = make_sentencepiece_llama(tmp_path / "base")
    tuned = adapter_of(base, tmp_path)
    write(order(base, tuned, "gguf", tmp_path / "out"))
    assert (tmp_path / "out" / GGUF_FILE).read_bytes()[:4] == b"GGUF"
    said = tuned_answer(base, tuned)
    assert llama_cpp_tokens(tmp_path / "out" / GGUF_FILE, said[:-16]) == said[-16:]
    assert not list(tmp_path.glob(".merged-*"))


def llama_cpp_tokens(file: Path, prompt: list[int]) -> list[int]:
    """What llama.cpp itself goes on with after these tokens, token by token."""
    import xllamacpp

    wish = xllamacpp.CommonParams()
    wish.model.path, wish.n_ctx, wish.warmup, wish.cpuparams.n_threads = str(file), 256, False, 1
    asked = {"prompt": prompt, "max_tokens": 16, "temperature": 0, "return_tokens": True, "verbose": True}
    said = xllamacpp.Server(wish).handle_completions(asked)
    return list(said["__verbose"]["tokens"])


def test_a_vocabulary_that_llama_cpp_does_not_know_is_refused_in_words(tiny_qwen: Path, tmp_path: Path) -> None:
    tuned = adapter_of(tiny_qwen, tmp_path)
    with pytest.raises(Refused, match=r"llama\.cpp does not know"):
        write(order(tiny_qwen, tuned, "gguf", tmp_path / "out"))


def test_all_weights_have_no_adapter(tiny_llama: Path, tmp_path: Path) -> None:
    model = tmp_path / "full"
    model.mkdir()
    saved.write(model, Sheet("tiny", "full"), tiny_llama)
    with pytest.raises(Refused, match="no adapter"):
        write(order(tiny_llama, model, "adapter", tmp_path / "out"))
    write(order(tiny_llama, model, "merged", tmp_path / "merged"))
    assert (tmp_path / "merged" / "model.safetensors").is_file()


def test_the_card_says_where_it_comes_from_and_how_to_run_it() -> None:
    text = card(
        SHEET,
        "adapter",
        name="ft:tiny:local:bank:abc",
        repo="someone/tiny",
        scores=[{"name": "Both", "before": 4, "after": 15, "rows": 20}],
    )
    for words in (
        "license: apache-2.0",
        "revision " + "a" * 40,
        "b" * 64,
        "| Both | 4 | 15 | 20 |",
        "--max-lora-rank 8",
        "vllm serve someone/tiny",
    ):
        assert words in text, words
    assert "None were given" in card(SHEET, "merged", name="x", repo="")
    nowhere = card(SHEET, "adapter", name="x", repo="")
    assert "where BASE_MODEL stands below, put that folder's path" in nowhere and "vllm serve BASE_MODEL --enable-lora" in nowhere
    assert "from the hub" not in nowhere and "the path of the base model's folder in the place of BASE_MODEL:" in nowhere
    assert "base_model:" not in nowhere, "a name on the hub could be anybody's"


def test_a_name_cannot_add_lines_or_commands_to_the_card() -> None:
    text = card(SHEET, "merged", name="x\n# Safe; rm -rf ~ `id` <img src=x>", repo="a/b|c")
    assert "\n# Safe" not in text and "rm -rf ~" not in text.partition("## Running it")[2] and "<img" not in text
