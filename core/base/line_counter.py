"""Counting the lines of a chat JSONL as they pass by: the plain ones typed and at speed, every other as the careful reader takes it.

What comes out is to the token what `parse_jsonl` and `count_examples` give for the same lines; a property test holds it to that.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from core.base.accelerator import Lengths, accelerated
from core.base.chat_format import line_reader
from core.base.tokens import PER_EXAMPLE, PER_MESSAGE, PER_NAME, ExampleCounter
from core.base.vocabulary import encoder

_SHORT = 2_000  # letters: system prompts and labels come back, long texts hardly ever do
_REMEMBERED = 4_000_000  # letters of such texts together
_ROLES = 1_000


class _Message(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: str
    content: str
    name: str | None = None
    weight: Literal[0, 1] | None = None


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    messages: list[_Message]


class LineCounter:
    """Grows arrays of the tokens of each example, of its answers alone, and of the byte at which its line begins."""

    def __init__(self, encoding: str, *, accelerate: bool = True) -> None:
        fast = accelerated(encoding) if accelerate else None
        self.all, self.answers, self.starts = array("I"), array("I"), array("Q")
        self.is_accelerated = fast is not None
        self._lengths = fast or _remembering(encoding)
        self._encoding = encoding
        self._careful: Callable[[bytes], tuple[int, int] | None] | None = None
        self._careful_counter: ExampleCounter | None = None
        self._decode = msgspec.json.Decoder(_Line).decode
        self._roles: dict[str, int] = {}

    @property
    def guessed(self) -> bool:
        """Whether anything was among the lines whose billing nobody documents."""
        return self._careful_counter is not None and self._careful_counter.guessed

    def feed(self, lines: Iterable[bytes], at: int) -> None:
        """Count these lines, each with its line end (the last may have none); the first begins at byte `at`."""
        texts: list[str] = []
        found: list[tuple[int, list[_Message] | tuple[int, int]]] = []
        for line in lines:
            try:
                messages = self._decode(line).messages
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                counted = self._carefully(line)
                if counted is not None:
                    found.append((at, counted))
            else:
                if messages:
                    found.append((at, messages))
                for message in messages:
                    texts.append(message.content)
                    if message.name is not None:
                        texts.append(message.name)
            at += len(line)
        self._add_up(found, self._lengths(texts))

    def _add_up(self, found: Sequence[tuple[int, list[_Message] | tuple[int, int]]], lengths: Sequence[int]) -> None:
        following, roles = iter(lengths), self._roles
        for at, one in found:
            if isinstance(one, tuple):
                total, answers = one
            else:
                total, answers = PER_EXAMPLE, 0
                for message in one:
                    role = message.role
                    n = next(following)
                    if message.name is not None:
                        n += PER_NAME + next(following)
                    if role == "assistant" and message.weight != 0:
                        answers += n
                    total += n + (roles.get(role) or self._role(role))
            self.all.append(total)
            self.answers.append(answers)
            self.starts.append(at)

    def _role(self, role: str) -> int:
        n = PER_MESSAGE + self._lengths([role])[0]
        if len(self._roles) < _ROLES:
            self._roles[role] = n
        return n

    def _carefully(self, line: bytes) -> tuple[int, int] | None:
        if self._careful is None:
            read, counter = line_reader(), ExampleCounter(self._encoding)
            self._careful_counter = counter

            def careful(line: bytes) -> tuple[int, int] | None:
                example = read(line.removesuffix(b"\n"))
                return None if example is None else counter.count(example)

            self._careful = careful
        return self._careful(line)


def _remembering(encoding: str) -> Lengths:
    """tiktoken, with a bounded memory for short texts."""
    encode = encoder(encoding).encode_ordinary
    known: dict[str, int] = {}
    letters = 0

    def lengths(texts: Sequence[str]) -> Sequence[int]:
        nonlocal letters
        found = []
        for text in texts:
            n = known.get(text)
            if n is None:
                n = len(encode(text))
                if len(text) <= _SHORT:
                    letters += len(text)
                    if letters > _REMEMBERED:
                        known.clear()
                        letters = len(text)
                    known[text] = n
            found.append(n)
        return found

    return lengths
