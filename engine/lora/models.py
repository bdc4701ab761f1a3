"""A small open model, as it came or tuned, as the engine's server asks it."""

from collections.abc import Sequence
from pathlib import Path

from core.base.types import Message
from engine.learners import Answer
from engine.learners.asking import Answering, Piece, Wish
from engine.lora.desk import Desk, Weights

# what the API knows beyond what is acted on here
IGNORED = (
    "audio",
    "function_call",
    "functions",
    "modalities",
    "moderation",
    "parallel_tool_calls",
    "prediction",
    "reasoning_effort",
    "verbosity",
    "web_search_options",
)


class LoraModel:
    """The base model of a folder, or with `tuned` what a training made of it: an adapter, or weights of its own."""

    ignored: tuple[str, ...] = IGNORED

    def __init__(self, base: Path, tuned: Path | None, desk: Desk, name: str = "") -> None:
        self._desk = desk
        self.fingerprint = f"lora-{name or base.name}"
        self._adapter = tuned if tuned is not None and (tuned / "adapter_config.json").exists() else None
        weights = tuned if tuned is not None and any(tuned.glob("model*.safetensors")) else base
        own_words = (weights / "tokenizer.json").exists()  # a training of all weights may leave the tokenizer where it is
        self._weights = Weights(weights, weights if own_words else base)

    def stream(self, wish: Wish) -> Answering:
        """Begin an answer."""
        return self._desk.ask(self._weights, self._adapter, wish)

    def answer(self, messages: Sequence[Message]) -> Answer:
        """The likeliest answer, whole."""
        answering = self.stream(Wish(tuple(messages), temperature=0.0))
        return Answer("".join(event.text for event in answering if isinstance(event, Piece)), self.fingerprint)
