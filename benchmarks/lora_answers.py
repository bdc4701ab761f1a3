"""How quickly a small open model answers: many questions at once against one by one, and several adapters at once against one adapter.

All through the process that the engine uses.
"""

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
from benchmarks.lora_shapes import make_adapters, make_shape
from core.base.types import Message
from engine.learners.asking import Answering, Ended, Piece, Wish
from engine.lora.desk import Desk
from engine.lora.models import LoraModel

QUESTIONS = 32
TOKENS = 32  # of every answer: the end of a turn is forbidden, so that all are of one length
MIXED, ADAPTERS, PAIRS = 8, 4, 5  # questions at a time to one adapter and to so many, so often
_QUESTION = (
    "My card was stolen near the station on day {n}, and now a payment that I do not know is missing from my account. What should I do?"
)
_SYSTEM = "You sort the questions of a bank's customers. Answer with the category alone."


def mixed(base: Path, *, pairs: int = PAIRS) -> dict[str, Any]:
    """Tokens per second of a batch whose rows have several adapters against a batch of one, by turns; each pair begins with the other."""
    desk = Desk(room=lambda device: sys.maxsize)
    with tempfile.TemporaryDirectory() as folder:
        try:
            models = [LoraModel(base, adapter, desk) for adapter in make_adapters(base, Path(folder), ADAPTERS)]
            for model in models:
                _read(*_ask(model, _wish(base, 0)))
            took: dict[int, list[float]] = {1: [], ADAPTERS: []}
            for number in range(pairs):
                for several in (1, ADAPTERS) if number % 2 else (ADAPTERS, 1):
                    began = time.perf_counter()
                    answers = [_read(*begun) for begun in [_ask(models[n % several], _wish(base, n)) for n in range(MIXED)]]
                    took[several].append(time.perf_counter() - began)
                    if {tokens for _, _, tokens in answers} != {TOKENS}:
                        raise RuntimeError(f"not all answers have {TOKENS} tokens")
        finally:
            desk.close()
    ratios = [one / several for one, several in zip(took[1], took[ADAPTERS], strict=True)]
    return {"mixed_ratio": round(statistics.median(ratios), 2), "mixed_spread": [round(limit(ratios), 2) for limit in (min, max)]}


def answering(base: Path, adapters: Sequence[Path] = (), *, questions: int = QUESTIONS) -> dict[str, Any]:
    """The figures for one base model; with adapters, the questions go to them and the base in turn."""
    desk = Desk(room=lambda device: sys.maxsize)
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
        base = make_shape(arguments[0] if arguments else "SmolLM2-135M", Path(folder) / "base")
        return answering(base) | mixed(base)
