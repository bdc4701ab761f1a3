"""Tokens, as `usage` and `trained_tokens` report them; all models here are counted with one vocabulary."""

from collections.abc import Sequence

from core.base.tokens import PER_EXAMPLE, count_examples
from core.base.types import Example, Message
from core.base.vocabulary import encoder

ENCODING = "o200k_base"
_REPLY_PRIMING = 3  # tokens that open the reply and are counted with the prompt (OpenAI's cookbook)


def training_tokens(examples: Sequence[Example]) -> int:
    """The tokens of a training file, as they are billed once an epoch."""
    return count_examples(examples, ENCODING).total


def prompt_tokens(messages: Sequence[Message]) -> int:
    """The tokens of a conversation as a prompt."""
    return count_examples([Example(tuple(messages), row=1)], ENCODING).total - PER_EXAMPLE + _REPLY_PRIMING


def cut(text: str, most: int | None) -> tuple[str, int]:
    """The text, shortened to at most so many tokens, and how many it has then."""
    vocabulary = encoder(ENCODING)
    tokens = vocabulary.encode_ordinary(text)
    if most is None or len(tokens) <= most:
        return text, len(tokens)
    # a character can have several tokens: what is left of one that was cut is dropped
    return vocabulary.decode_bytes(tokens[:most]).decode("utf-8", errors="ignore"), most
