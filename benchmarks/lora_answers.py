"""How quickly a small open model answers: 32 questions at once against the same one by one, through the process that the engine uses."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks._timed import peak_memory
from benchmarks.lora_shapes import make_shape
from core.base.types import Message
from engine.learners.asking import Answering, Ended, Piece, Wish
from engine.lora.desk import Desk
from engine.lora.models import LoraModel

QUESTIONS = 32
TOKENS = 32  # of every answer: the end of a turn is forbidden, so that all are of one length
_QUESTION = (
    "My card was stolen near the station on day {n}, and now a payment that I do not know is missing from my account. What should I do?"
)
_SYSTEM = "You sort the questions of a bank's customers. Answer with the category alone."


def answering(base: Path, adapters: Sequence[Path] = (), *, questions: int = QUESTIONS) -> dict[str, Any]:
    """The figures for one base model; with adapters, the questions go to them and the base in turn."""
    desk = Desk(free_memory=lambda: sys.maxsize)
    try:
        models = [LoraModel(base, tuned, desk) for tuned in (None, *adapters)]
        ask = [(models[n % len(models)], _wish(base, n)) for n in range(questions)]
        began = time.perf_counter()
        _read(*_ask(*ask[0]))
        load_s = time.perf_counter() - began
        for model, wish in ask[: len(models)]:
            _read(*_ask(model, wish))
        began = time.perf_counter()
        one_by_one = [_read(*_ask(model, wish)) for model, wish in ask]
        single_s = time.perf_counter() - began
        [process] = (child for child in psutil.Process().children() if "engine.lora.answer" in " ".join(child.cmdline()))
        began = time.perf_counter()
        at_once = [_read(*begun) for begun in [_ask(model, wish) for model, wish in ask]]
        batch_s = time.perf_counter() - began
        return {
            "load_s": round(load_s, 1),
            "first_token_s": round(statistics.median(first for first, _, _ in one_by_one), 3),
            "tokens_per_s_single": round(questions * TOKENS / single_s, 1),
            "tokens_per_s": round(questions * TOKENS / batch_s, 1),
            "batch_ratio": round(single_s / batch_s, 2),
            # random weights have near-ties everywhere, so in bf16 a batch may well decide one otherwise
            "same_answers": sum(one[1] == other[1] for one, other in zip(one_by_one, at_once, strict=True)),
            "rss_mb": round(peak_memory(process.pid) / 1e6),
        }
    finally:
        desk.close()


def _wish(base: Path, n: int) -> Wish:
    ends = json.loads((base / "config.json").read_text(encoding="utf-8"))["eos_token_id"]
    bias = {str(end): -100.0 for end in ([ends] if isinstance(ends, int) else ends)}
    messages = (Message("system", _SYSTEM), Message("user", _QUESTION.format(n=n)))
    return Wish(messages, max_tokens=TOKENS, temperature=0.0, logit_bias=bias)


def _ask(model: LoraModel, wish: Wish) -> tuple[float, Answering]:
    return time.perf_counter(), model.stream(wish)


def _read(began: float, answer: Answering) -> tuple[float, str, int]:
    """Seconds to the first text, the text, and its tokens."""
    first, text, tokens = 0.0, "", 0
    for event in answer:
        if isinstance(event, Piece):
            first, text = first or time.perf_counter() - began, text + event.text
        elif isinstance(event, Ended):
            tokens = event.tokens
    return first, text, tokens


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure the shape named first (SmolLM2-135M unless told)."""
    with tempfile.TemporaryDirectory() as folder:
        return answering(make_shape(arguments[0] if arguments else "SmolLM2-135M", Path(folder) / "base"))
