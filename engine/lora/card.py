"""The model card that travels with a model: what it is, what it came from, what it may be used for, and how to run it."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.lora.saved import Sheet

Form = str  # "adapter", "merged" or "gguf"
GGUF_FILE = "model.gguf"
NO_ADDRESS = "BASE_MODEL"  # a base model that nobody finds on a hub; a name there could be anybody's
RUNNING = "Running it"  # the heading of the last part

FROM_HUB = "which takes the base model from the hub"
FROM_FOLDER = f"with the path of the base model's folder in the place of {NO_ADDRESS}"

# the lines for vLLM were run on 2026-11-25 with vLLM 0.32 on a processor (docs/measurements.md): it listens on every address of the
# machine, and asks for no key, where --host does not say otherwise. Those for Ollama were read against its documentation and source:
# what it makes of a folder of safetensors runs on its MLX engine alone, and adapters it has refused since 0.34, so only the GGUF has them
_RUN = {
    "adapter": """To answer with vLLM, which takes the base model from the hub:

    vllm serve {repo} --enable-lora --max-lora-rank {rank} --lora-modules {name}=. --host 127.0.0.1{quiet}

In Python, with the packages transformers and peft:

    from peft import PeftModel
    from transformers import AutoModelForCausalLM
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{repo}"), ".")
""",
    "merged": """To answer with vLLM:

    vllm serve . --served-model-name {name} --host 127.0.0.1
""",
    "gguf": """To answer with llama.cpp:

    llama-server -m {file} --jinja

With Ollama, in this folder, beside the Modelfile that lies here:

    ollama create {name} -f Modelfile
    ollama run {name}
""",
}
# the adapter's folder has no template of its own: the base's must be told; every other form has it in its files (export.py)
_QUIET = """ --default-chat-template-kwargs '{"enable_thinking": false}'"""
_LEARNED = {"lora": "an adapter beside the weights (LoRA)", "full": "all weights", "base": "nothing: this is the base model"}
_TITLES = {"adapter": "the adapter alone", "merged": "all weights, base and adapter in one", "gguf": "one file for llama.cpp and Ollama"}


def card(sheet: Sheet, form: Form, *, name: str, repo: str, scores: Sequence[Mapping[str, Any]] = (), thinks: bool = False) -> str:
    """The card as Markdown; `repo` is where the base model comes from, `scores` are rows with name, before, after and rows.

    `thinks`: the base's chat template can let it think before it answers. It was trained and asked without.
    """
    front = ["---", *([f"base_model: {_plain(repo)}"] if repo else [])]
    front += [f"license: {_plain(sheet.licence.lower())}"] if sheet.licence else []
    front += ["tags: [lora]" if sheet.kind == "lora" else "tags: [fine-tuned]", "---", ""]
    facts = {
        "Base model": (repo or f"{sheet.base}, from a folder: where {NO_ADDRESS} stands below, put that folder's path")
        + (f", revision {sheet.revision}" if sheet.revision else ""),
        "Licence": sheet.licence or "that of the base model",
        "This folder holds": _TITLES[form],
        "Learned": _LEARNED[sheet.kind],
        "From": {"dpo": "preference pairs"}.get(sheet.method, "examples with answers"),
        "Examples": str(sheet.examples),
        "Thinking before the answer": "off, as in the training" if thinks else "",
        "Training file, SHA-256": sheet.training_sha256,
        "Validation file, SHA-256": sheet.validation_sha256,
    }
    lines = [*front, f"# {_plain(name)}", "", "Fine-tuned with Tunesmith on the maker's own machine.", ""]
    lines += [f"- {label}: {_plain(value)}" for label, value in facts.items() if value]
    lines += ["", "## Settings", "", *(f"- {_plain(key)}: {_plain(value)}" for key, value in sheet.hyperparameters.items())]
    lines += ["", "## Last measurements of the training", "", *(f"- {_plain(key)}: {value:.4f}" for key, value in sheet.metrics.items())]
    lines += ["", "## Scores", "", *_scores(scores)]
    quiet = _QUIET if thinks else ""
    lines_of = _RUN[form] if repo else _RUN[form].replace(FROM_HUB, FROM_FOLDER)
    run = lines_of.format(repo=_shell(repo or NO_ADDRESS), name=_served(name), rank=_rank(sheet), file=GGUF_FILE, quiet=quiet)
    lines += ["", f"## {RUNNING}", "", run]
    return "\n".join(lines)


def modelfile() -> str:
    """Ollama's Modelfile beside a GGUF; without a TEMPLATE it takes the chat template that the file carries."""
    return f"FROM ./{GGUF_FILE}\n"


def _scores(scores: Sequence[Mapping[str, Any]]) -> list[str]:
    if not scores:
        return ["None were given. Numbers without a test set that the training never saw would mean nothing."]
    rows = [f"| {_plain(row['name'])} | {_plain(row['before'])} | {_plain(row['after'])} | {_plain(row['rows'])} |" for row in scores]
    return ["| Measured | Before | After | Test rows |", "|---|---|---|---|", *rows]


def _rank(sheet: Sheet) -> int:
    """vLLM takes only certain ranks as its bound: the next of them."""
    rank = int(sheet.hyperparameters.get("lora_r", 16))
    return next((bound for bound in (8, 16, 32, 64, 128, 256, 320, 512) if rank <= bound), 512)


def _plain(value: Any) -> str:
    """A value on one line that Markdown leaves alone in a list or a cell."""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return " ".join(text.split()).replace("|", "/").replace("<", "‹").replace(">", "›")[:500]


def _served(name: str) -> str:
    """A name to ask for: no path, no option of a command line, and one that Ollama takes (ASCII, at most 80 letters)."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-._") else "-" for letter in name)
    return kept.lstrip("-.")[:80] or "model"


def _shell(name: str) -> str:
    """A name that a command line takes as one word."""
    return "".join(letter if letter.isalnum() or letter in "-._/" else "-" for letter in name)[:200]
