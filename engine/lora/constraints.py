"""Answers held to a form: JSON of any kind or of a schema, token by token, with llguidance."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer

from engine.learners.asking import AnswerFailed

# between the parts of the JSON: nothing, a space, or a new line and its indent; free white space would let a model never come to an end
_SPACE = r" |\n {0,16}"
_LONGEST_SCHEMA = 200_000


class Vocabulary:
    """The tokens of a model as bytes, and what may come next under a grammar."""

    def __init__(self, tokenizer: Any, size: int, ends: frozenset[int]) -> None:
        known = len(tokenizer)  # a model may have room for more tokens than its tokenizer has
        self._size = size
        self._tokens: LLTokenizer = from_tokenizer(
            tokenizer, n_vocab=max(size, known), eos_token=sorted(end for end in ends if end < known)
        )
        self._special = frozenset(tokenizer.all_special_ids) | {
            index for index, token in tokenizer.added_tokens_decoder.items() if token.special
        }
        self._known = known

    def text(self, token: int) -> bytes:
        """What a token says; a special one says nothing."""
        return b"" if token in self._special or token >= self._known else self.raw(token)

    def raw(self, token: int) -> bytes:
        """The bytes of a token, a special one's name included."""
        return bytes(self._tokens.decode_bytes([token])).removeprefix(b"\xff") if token < self._known else b""

    def constraint(self, response_format: Mapping[str, Any]) -> "Constraint | None":
        """What holds an answer to that format; raises AnswerFailed for a schema that cannot be kept to."""
        match response_format.get("type"):
            case "json_object":
                schema: Any = {"type": "object"}
            case "json_schema":
                schema = response_format["json_schema"]["schema"]
            case _:
                return None
        text = json.dumps(schema)
        if len(text) > _LONGEST_SCHEMA:
            raise _refused(f"it is longer than {_LONGEST_SCHEMA} characters")
        try:
            grammar = LLMatcher.grammar_from_json_schema(text, overrides={"whitespace_pattern": _SPACE})
        except ValueError as error:  # text that is none, such as half of a surrogate pair
            raise _refused(str(error)) from error
        failed, told = LLMatcher.validate_grammar_with_warnings(grammar, self._tokens)
        matcher = LLMatcher(self._tokens, grammar)
        if failed or matcher.is_error():
            raise _refused(told[0] if failed else matcher.get_error())
        return Constraint(matcher, self._size)


class Constraint:
    """Where one answer is in its grammar."""

    def __init__(self, matcher: LLMatcher, size: int) -> None:
        self._matcher = matcher
        self._size = size

    def fork(self) -> "Constraint":
        """The same for another choice."""
        return Constraint(self._matcher.deep_copy(), self._size)

    def allowed(self) -> torch.Tensor:
        """Which tokens may come next."""
        bits = np.unpackbits(np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8), bitorder="little")
        return torch.from_numpy(bits[: self._size].astype(bool))

    def take(self, token: int) -> None:
        """A token was chosen; raises AnswerFailed where the grammar became too much for llguidance's limits."""
        if not self._matcher.consume_token(token):
            raise AnswerFailed(f"The answer could not be held to its format: {self._matcher.get_error()[:300]}")

    @property
    def complete(self) -> bool:
        """Whether nothing more may come."""
        return bool(self._matcher.is_stopped())


def _refused(reason: str) -> AnswerFailed:
    message = f"Invalid schema for response_format: {' '.join(reason.split())[:300]}"
    return AnswerFailed(message, status=400, param="response_format", code="invalid_json_schema")
