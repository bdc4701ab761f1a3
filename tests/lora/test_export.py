"""A tuned model carried away: other programs open what was written, and it answers as it did here."""

import json
import shutil
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
    asked = {"prompt": prompt, "max_tokens": 16, "temperature": 0, "return_tokens": True, "verbose": True}
    return list(llama_cpp(file).handle_completions(asked)["__verbose"]["tokens"])


def llama_cpp(file: Path) -> Any:
    """The server of llama.cpp with a model, in this process; it reads the model's own template, as `--jinja` says."""
    import xllamacpp

    wish = xllamacpp.CommonParams()
    wish.model.path, wish.n_ctx, wish.warmup, wish.cpuparams.n_threads, wish.use_jinja = str(file), 256, False, 1, True
    return xllamacpp.Server(wish)


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


def asked_in(folder: Path, **switch: bool) -> str:
    """What a server that reads this folder makes of one question."""
    from transformers import AutoTokenizer

    messages = [{"role": "user", "content": "Hello"}]
    return str(AutoTokenizer.from_pretrained(folder).apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **switch))


def test_a_model_that_could_think_first_is_asked_elsewhere_as_it_is_here(tiny_qwen: Path, tmp_path: Path) -> None:
    tuned = adapter_of(tiny_qwen, tmp_path)
    here = asked_in(tiny_qwen, enable_thinking=False)
    assert asked_in(tiny_qwen) != here
    write(order(tiny_qwen, tuned, "merged", tmp_path / "out"))
    assert asked_in(tmp_path / "out") == asked_in(tmp_path / "out", enable_thinking=True) == here
    write(order(tiny_qwen, tuned, "adapter", tmp_path / "adapter"))
    text = (tmp_path / "adapter" / "README.md").read_text()
    assert commands(text)[0].endswith("""--host 127.0.0.1 --default-chat-template-kwargs '{"enable_thinking": false}'""")
    assert "Thinking before the answer: off" in text


def test_a_template_inside_the_tokenizers_settings_is_told_too(tiny_qwen: Path, tmp_path: Path) -> None:
    tuned = adapter_of(tiny_qwen, tmp_path)
    base = tmp_path / "base"
    shutil.copytree(tiny_qwen, base)
    template = (base / "chat_template.jinja").read_text()
    (base / "chat_template.jinja").unlink()
    about = json.loads((base / "tokenizer_config.json").read_text())
    for number, kept in enumerate((template, [{"name": "default", "template": template}])):
        (base / "tokenizer_config.json").write_text(json.dumps(about | {"chat_template": kept}))
        write(order(base, tuned, "merged", tmp_path / f"out{number}"))
        assert asked_in(tmp_path / f"out{number}") == asked_in(tiny_qwen, enable_thinking=False)


def test_llama_cpp_asks_it_without_thinking_too(tmp_path: Path) -> None:
    from tests.lora.tiny import make_sentencepiece_llama, real_template

    base = make_sentencepiece_llama(tmp_path / "base")
    (base / "chat_template.jinja").write_text(real_template("qwen3.jinja"))
    write(order(base, adapter_of(base, tmp_path), "gguf", tmp_path / "out"))
    said = llama_cpp(tmp_path / "out" / GGUF_FILE).handle_chat_completions(
        {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1, "temperature": 0, "verbose": True}
    )
    assert said["__verbose"]["prompt"].removeprefix("<s>").lstrip() == asked_in(base, enable_thinking=False)


def commands(text: str) -> list[str]:
    """The lines of a card's last part that are typed into a terminal."""
    lines = [line.strip() for line in text.partition("## Running it")[2].splitlines() if line.startswith("    ")]
    return [line for line in lines if line.split()[0] in ("vllm", "llama-server", "ollama")]


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("adapter", ["vllm serve someone/tiny --enable-lora --max-lora-rank 8 --lora-modules ft-tiny=. --host 127.0.0.1"]),
        ("merged", ["vllm serve . --served-model-name ft-tiny --host 127.0.0.1"]),
        ("gguf", ["llama-server -m model.gguf --jinja", "ollama create ft-tiny -f Modelfile", "ollama run ft-tiny"]),
    ],
)
def test_the_lines_are_those_that_were_tried(form: str, lines: list[str]) -> None:
    """Whoever changes one runs it again and writes down in docs/measurements.md what came of it."""
    assert commands(card(SHEET, form, name="ft:tiny", repo="someone/tiny")) == lines


@pytest.mark.parametrize("form", ["adapter", "merged", "gguf"])
def test_every_file_that_the_lines_name_lies_beside_the_card(form: str, tmp_path: Path) -> None:
    from tests.lora.tiny import make_sentencepiece_llama

    base = make_sentencepiece_llama(tmp_path / "base")
    write(order(base, adapter_of(base, tmp_path), form, tmp_path / "out"))
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert {
        "adapter": {"adapter_config.json", "adapter_model.safetensors"},
        "merged": {"config.json", "model.safetensors", "tokenizer.json"},
        "gguf": {GGUF_FILE, "Modelfile"},
    }[form] <= there
    said = {word for line in commands((tmp_path / "out" / "README.md").read_text()) for word in line.split()}
    assert {word for word in said if word == "Modelfile" or word.endswith(".gguf")} <= there
    assert ("Modelfile" in there) == (form == "gguf"), "Ollama takes no adapter, and a folder of safetensors on few machines"
    if form == "gguf":
        assert (tmp_path / "out" / "Modelfile").read_text() == f"FROM ./{GGUF_FILE}\n"


@pytest.mark.parametrize(("rank", "bound"), [(1, 8), (8, 8), (9, 16), (64, 64), (200, 256), (300, 320), (512, 512)])
def test_the_bound_of_the_rank_is_one_that_vllm_takes(rank: int, bound: int) -> None:
    """Its choices: 1, 8, 16, 32, 64, 128, 256, 320, 512 (`vllm serve --help=all`, 0.32)."""
    text = card(Sheet("tiny", "lora", hyperparameters={"lora_r": rank}), "adapter", name="x", repo="a/b")
    assert f"--max-lora-rank {bound} " in text


@pytest.mark.parametrize(
    ("name", "served"),
    [("ft:tiny:local:bank:abc", "ft-tiny-local-bank-abc"), ("--help", "help"), ("../Größe/x", "Gr--e-x"), ("é", "model")],
)
def test_a_name_is_one_that_every_server_takes(name: str, served: str) -> None:
    """Ollama's: ASCII letters, digits, dot, dash, underscore, none of the marks first, at most 80 (its types/model/name.go)."""
    assert f"ollama run {served}\n" in card(SHEET, "gguf", name=name, repo="")
    assert f"ollama run {'y' * 80}\n" in card(SHEET, "gguf", name="y" * 200, repo="")


def test_a_name_cannot_add_lines_or_commands_to_the_card() -> None:
    text = card(SHEET, "merged", name="x\n# Safe; rm -rf ~ `id` <img src=x>", repo="a/b|c")
    assert "\n# Safe" not in text and "rm -rf ~" not in text.partition("## Running it")[2] and "<img" not in text
