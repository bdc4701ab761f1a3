"""What a check is, and what it is given: the examples with everything that several checks need, worked out once."""

from collections import Counter, abc, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from core.base.answers import AnswerShape, answer_kind, parse_answer
from core.base.leakage import asked, question_key
from core.base.message_texts import texts_of
from core.base.near import near_pairs
from core.base.similarity import normal_form
from core.base.types import Example, Finding
from core.prepare.mapping import Mapping
from core.prepare.source import Source

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class About:
    """A finding in words: what was found (with {parameters}; {n} is the number of rows) and why it matters, one sentence each."""

    what: str
    why: str


@dataclass(frozen=True)
class Check:
    """One check: its family, the function, and the findings that it can make."""

    family: str
    run: Callable[["Examined"], Iterable[Finding]]
    finds: abc.Mapping[str, About]


class Examined:
    """Examples under examination; each property is computed on first use and then kept."""

    def __init__(
        self,
        examples: Sequence[Example],
        min_examples: int = 10,
        *,
        source: Source | None = None,
        mapping: Mapping | None = None,
        own_test: Sequence[Example] = (),
        kept: abc.Mapping[tuple[int, str], str] | None = None,
    ) -> None:
        self.examples = examples
        self.min_examples = min_examples
        self.source = source  # where the examples came from: its table has the columns that the mapping ignores, too
        self.mapping = mapping  # None for chat files
        self.own_test = own_test  # the user's own test file, as examples
        self.kept = kept or {}  # by row and field, the labels that somebody has looked at and found right
        self._once: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` makes, made once for these examples: for what only one family of checks and its repairs share."""
        if name not in self._once:
            self._once[name] = make()
        made: T = self._once[name]
        return made

    @cached_property
    def at(self) -> dict[int, int]:
        """The index of each example by its row."""
        return {example.row: index for index, example in enumerate(self.examples)}

    def column(self, name: str) -> list[str]:
        """The cells of a column of the source table, one for each example in order; blank where the row is not of the table."""
        table = self.source.table if self.source is not None else None
        if table is None or name not in table.columns:
            return ["" for _ in self.examples]
        cells = dict(zip(table.numbers, table.column(name), strict=True))
        return [cells.get(example.row, "") for example in self.examples]

    @cached_property
    def answers(self) -> list[str]:
        return [example.answer.strip() for example in self.examples]

    @cached_property
    def shape(self) -> AnswerShape:
        return answer_kind(self.answers)

    @cached_property
    def parsed(self) -> list[abc.Mapping[str, str] | None]:
        """The fields of each answer; None where it is blank or has not the shape. Equal answers, which labels are, are parsed once."""
        known = {answer: parse_answer(answer, self.shape) if answer else None for answer in set(self.answers)}
        return [known[answer] for answer in self.answers]

    @cached_property
    def keys(self) -> list[str]:
        """What is asked, in normal form."""
        return [question_key(example) for example in self.examples]

    @cached_property
    def near(self) -> dict[str, list[str]]:
        """The near twins of each question that has some, by their keys."""
        keys = list(dict.fromkeys(self.keys))
        twins: defaultdict[str, list[str]] = defaultdict(list)
        for a, b in near_pairs(keys):
            twins[keys[a]].append(keys[b])
            twins[keys[b]].append(keys[a])
        return dict(twins)

    @cached_property
    def prompts(self) -> list[tuple[str, str]]:
        """What is asked under which system prompt: the same question to another persona is another question."""
        return [(example.system.strip(), key) for example, key in zip(self.examples, self.keys, strict=True)]

    @cached_property
    def blank(self) -> list[bool]:
        """Marks the examples without question or answer, which have a finding of their own."""
        return [not answer or not asked(example).strip() for example, answer in zip(self.examples, self.answers, strict=True)]

    @cached_property
    def worse(self) -> list[str]:
        """The worse answer of each example, in normal form; blank where it is no pair."""
        said = (example.rejected for example in self.examples)
        return ["\x00".join(normal_form(message.content) for message in worse) if worse else "" for worse in said]

    @cached_property
    def wholes(self) -> list[object]:
        """Equal for examples that are the same word for word, whatever their rows."""
        return [_whole(example) for example in self.examples]

    @cached_property
    def answer_keys(self) -> list[str]:
        """Equal for answers that say the same but for case, spaces and punctuation, or the order of JSON keys."""
        known: dict[str, str] = {}
        for answer, values in zip(self.answers, self.parsed, strict=True):
            if answer not in known:
                parts = [answer] if values is None else [values[field] for field in self.shape.fields]
                known[answer] = "\x00".join(map(normal_form, parts))
        return [known[answer] for answer in self.answers]

    @cached_property
    def classes(self) -> list[str]:
        """The answer of each example as a class: of JSON its values in order; blank for free text, and for a blank or odd answer."""
        if self.shape.kind == "text":
            return ["" for _ in self.examples]
        return [" / ".join(values[field] for field in self.shape.fields) if values else "" for values in self.parsed]

    @cached_property
    def answer_counts(self) -> Counter[str]:
        return Counter(key for key, answer in zip(self.answer_keys, self.answers, strict=True) if answer)

    @cached_property
    def texts(self) -> abc.Collection[str]:
        """Every text of the messages, worse answers included, each once, in order of first sight."""
        return dict.fromkeys(text for example in self.examples for message in example.said for text in texts_of(message))

    @cached_property
    def all_texts(self) -> abc.Collection[str]:
        """The same, with what tools are called with."""
        if not any(message.extra for example in self.examples for message in example.said):
            return self.texts
        return dict.fromkeys(text for example in self.examples for message in example.said for text in texts_of(message, calls=True))

    @cached_property
    def test_texts(self) -> abc.Collection[str]:
        """Every text of the user's own test file, with what tools are called with, each once, in order of first sight."""
        return dict.fromkeys(text for example in self.own_test for message in example.said for text in texts_of(message, calls=True))

    def rows_with_text(self, test: Callable[[str], bool]) -> tuple[int, ...]:
        """The rows with a text that passes the test; each distinct text is tested once."""
        passed = set(filter(test, self.texts))
        if not passed:
            return ()
        return self.rows_where(any(text in passed for message in example.said for text in texts_of(message)) for example in self.examples)

    def rows_where(self, marks: Iterable[bool]) -> tuple[int, ...]:
        """The row numbers of the marked examples."""
        return tuple(example.row for example, marked in zip(self.examples, marks, strict=True) if marked)


def _whole(example: Example) -> object:
    messages = tuple((message.role, message.content.strip(), repr(message.extra) if message.extra else "") for message in example.messages)
    worse = tuple(message.content.strip() for message in example.rejected)
    return messages, repr(example.extra) if example.extra else "", worse
