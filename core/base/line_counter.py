"""Counting the lines of a chat JSONL as they pass by: the plain ones typed and at speed, every other as the careful reader takes it.

What comes out is to the token what `parse_jsonl` and `count_examples` give for the same lines; a property test holds it to that.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Literal, NamedTuple

import msgspec

from core.base.accelerator import Lengths, accelerated
from core.base.chat_format import line_reader
from core.base.tokens import PER_EXAMPLE, PER_MESSAGE, PER_NAME, ExampleCounter
from core.base.vocabulary import encoder

_SHORT = 2_000  # letters: system prompts and labels come back, long texts hardly ever do
_REMEMBERED = 4_000_000  # letters of such texts together
_SHAPES = 10_000


class _Message(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: str
    content: str


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    messages: list[_Message]


class _Named(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A message with what else is counted in ways that are known."""

    role: str
    content: str
    name: str | None = None
    weight: Literal[0, 1] | None = None


class _NamedLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    messages: list[_Named]


class _Shape(NamedTuple):
    """What a line costs besides its texts, how many texts it has, which of them are answers, and what these cost besides."""

    fixed: int
    n: int
    mask: tuple[bool, ...]
    answers: int


_PLAIN = msgspec.json.Decoder(_Line).decode
_NAMED = msgspec.json.Decoder(_NamedLine).decode


class LineCounter:
    """Grows arrays of the tokens of each example, of its answers alone, and of the byte at which its line begins."""

    def __init__(self, encoding: str, *, accelerate: bool = True) -> None:
        fast = accelerated(encoding) if accelerate else None
        self.all, self.answers, self.starts = array("I"), array("I"), array("Q")
        self.is_accelerated = fast is not None
        self._lengths = _Remembering(fast or _one_by_one(encoding))
        self._careful = _Careful(encoding)
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    @property
    def guessed(self) -> bool:
        """Whether anything was among the lines whose billing nobody documents."""
        return self._careful.guessed

    def feed(self, lines: Iterable[bytes], at: int) -> None:
        """Count these lines, each with its line end (the last may have none); the first begins at byte `at`."""
        texts: list[str] = []
        shapes: list[_Shape] = []
        for line in lines:
            try:
                messages = _PLAIN(line).messages
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                shape = self._other(line, texts)
            else:
                shape = self._plain(tuple([message.role for message in messages]))
                texts += [message.content for message in messages]
            if shape is not None:
                shapes.append(shape)
                self.starts.append(at)
            at += len(line)
        self._add_up(shapes, self._lengths(texts))

    def _add_up(self, shapes: Iterable[_Shape], lengths: Sequence[int]) -> None:
        add, add_answers = self.all.append, self.answers.append
        end = 0
        for fixed, n, mask, answers in shapes:
            start, end = end, end + n
            some = lengths[start:end]
            add(fixed + sum(some))
            add_answers(answers + sum(compress(some, mask)))

    def _plain(self, roles: tuple[str, ...]) -> _Shape | None:
        shape = self._shapes.get(roles)
        if shape is None and roles:  # without messages it is no conversation
            fixed = PER_EXAMPLE + PER_MESSAGE * len(roles) + sum(self._lengths(roles))
            shape = _Shape(fixed, len(roles), tuple(role == "assistant" for role in roles), 0)
            if len(self._shapes) < _SHAPES:
                self._shapes[roles] = shape
        return shape

    def _other(self, line: bytes, texts: list[str]) -> _Shape | None:
        try:
            messages = _NAMED(line).messages
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            counted = self._careful(line)
            return None if counted is None else _Shape(counted[0], 0, (), counted[1])
        plain = self._plain(tuple([message.role for message in messages]))
        if plain is None:
            return None
        mask: list[bool] = []
        names = names_of_answers = 0
        for message in messages:
            learned = message.role == "assistant" and message.weight != 0
            mask.append(learned)
            texts.append(message.content)
            if message.name is not None:
                mask.append(learned)
                texts.append(message.name)
                names += PER_NAME
                names_of_answers += PER_NAME * learned
        return _Shape(plain.fixed + names, len(mask), tuple(mask), names_of_answers)


class _Careful:
    """Any line as the reader of whole files takes it, at a tenth of the speed; loads what it needs at the first such line."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._counter: ExampleCounter | None = None
        self._read = line_reader()

    @property
    def guessed(self) -> bool:
        return self._counter is not None and self._counter.guessed

    def __call__(self, line: bytes) -> tuple[int, int] | None:
        example = self._read(line.removesuffix(b"\n"))
        if example is None:
            return None
        self._counter = self._counter or ExampleCounter(self._encoding)
        return self._counter.count(example)


def _one_by_one(encoding: str) -> Lengths:
    encode = encoder(encoding).encode_ordinary
    return lambda texts: [len(encode(text)) for text in texts]


class _Remembering:
    """Counts a text that comes back soon only once: system prompts, labels, short questions."""

    def __init__(self, lengths: Lengths) -> None:
        self._lengths = lengths
        self._known: dict[str, int] = {}
        self._letters = 0

    def __call__(self, texts: Sequence[str]) -> list[int]:
        found = list(map(self._known.get, texts))
        # each new text once, though it may come several times in one batch
        new = list(dict.fromkeys([text for text, n in zip(texts, found, strict=True) if n is None]))
        counts = dict(zip(new, self._lengths(new), strict=True))
        result = [counts[text] if n is None else n for text, n in zip(texts, found, strict=True)]
        short = {text: n for text, n in counts.items() if len(text) <= _SHORT}
        self._letters += sum(map(len, short))
        if self._letters > _REMEMBERED:
            self._known.clear()
            self._letters = 0
        self._known.update(short)
        return result
