"""Training examples as token ids with a mask over what is learned: the assistant's words and its ends of turn, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.base.chat_format import parse_jsonl
from core.base.preference import parse_pairs
from core.base.types import Example
from engine.lora.templates import ChatTemplate, TemplateRefused, Written

NOT_LEARNED = -100  # what PyTorch's loss passes over
_NAMED = 10  # rows that a sentence names before it only counts


class BadData(Exception):
    """These examples cannot be trained on, with a sentence why."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example: its tokens, and for each whether it is learned; a preference pair has the worse answer, too."""

    ids: tuple[int, ...]
    learned: tuple[bool, ...]
    rejected: tuple[int, ...] = ()

    @property
    def labels(self) -> list[int]:
        """The tokens to predict, those that are not learned blanked out."""
        return [token if learned else NOT_LEARNED for token, learned in zip(self.ids, self.learned, strict=True)]

    @property
    def split(self) -> int:
        """Where the answer begins."""
        return self.learned.index(True)


@dataclass(slots=True)
class Dataset:
    """The encoded examples, and sentences about what could not be kept whole."""

    examples: list[Encoded] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_examples(data: bytes, method: str) -> tuple[Example, ...]:
    """The examples of a file: conversations, or preference pairs where the method learns from those."""
    examples = parse_pairs(data) if method == "dpo" else parse_jsonl(data).examples
    if not examples:
        raise BadData("The training file holds no example that this method can learn from.")
    return examples


def encode_all(examples: Sequence[Example], tokenizer: Any, context_length: int, *, what: str = "examples") -> Dataset:
    """Encode every example; those that are too long lose their end, those that would lose their whole answer are left out by name."""
    template, dataset = ChatTemplate(tokenizer), Dataset()
    cut, lost, silent, tools = 0, [], [], 0
    for example in examples:
        try:
            encoded = encode(example, tokenizer, template)
        except TemplateRefused as error:
            raise BadData(f"Row {example.row} cannot be trained on. {error}") from error
        tools += bool(example.extra.get("tools")) and not template.takes_tools
        if not any(encoded.learned):
            silent.append(example.row)
            continue
        too_long = len(encoded.ids) > context_length or (example.rejected and encoded.split + len(encoded.rejected) > context_length)
        if too_long:
            encoded = _cut(encoded, context_length)
            if not any(encoded.learned) or (example.rejected and not encoded.rejected):
                lost.append(example.row)
                continue
            cut += 1
        dataset.examples.append(encoded)
    n = len(examples)
    if cut:
        dataset.notes.append(_longer(cut, n, what, context_length))
    if lost:
        dataset.notes.append(
            f"{_rows(lost)} left out: the question alone is longer than {context_length} tokens, so that nothing of the answer is left."
        )
    if silent:
        dataset.notes.append(f"{_rows(silent)} left out: no message of the assistant in it is to be learned.")
    if tools:
        dataset.notes.append(f"The tools of {tools} of {n} {what} are left out: this model's chat template has no place for them.")
    if not dataset.examples:
        raise BadData(f"Nothing is left to learn from. {' '.join(dataset.notes)}")
    return dataset


def encode(example: Example, tokenizer: Any, template: ChatTemplate) -> Encoded:
    """One example as tokens; of a preference pair the last answer alone is learned."""
    tools = example.extra.get("tools") or ()
    written = template.write(example.messages, tools)
    said = [message for message in example.messages if message.role == "assistant"]
    weights = [message.extra.get("weight", 1) != 0 for message in said]
    if not example.rejected:
        return _tokens(written, weights, tokenizer)
    prompt = example.prompt
    better = _tokens(written, [False] * (len(said) - 1) + [True], tokenizer)
    worse_said = sum(message.role == "assistant" for message in (*prompt, *example.rejected))
    worse = _tokens(template.write((*prompt, *example.rejected), tools), [False] * (worse_said - 1) + [True], tokenizer)
    if not any(worse.learned) or not any(better.learned) or worse.ids[: worse.split] != better.ids[: better.split]:
        raise TemplateRefused("Its two answers do not follow the same conversation.")
    end = _end(better)
    return Encoded(better.ids[:end], better.learned[:end], worse.ids[worse.split : _end(worse)])


def _tokens(written: Written, weights: Sequence[bool], tokenizer: Any) -> Encoded:
    # the template has written every special token; a tokenizer that added its own would begin the text twice
    encoding = tokenizer(written.text, add_special_tokens=False, return_offsets_mapping=True)
    learned = [False] * len(encoding["input_ids"])
    spans = [span for span, weight in zip(written.spans, weights, strict=True) if weight]
    number = 0
    for start, end in spans:
        while number < len(learned) and encoding["offset_mapping"][number][0] < start:
            number += 1
        while number < len(learned) and encoding["offset_mapping"][number][0] < end:
            learned[number] = True
            number += 1
    return Encoded(tuple(encoding["input_ids"]), tuple(learned))


def _end(encoded: Encoded) -> int:
    """Behind the last token that is learned."""
    return len(encoded.learned) - encoded.learned[::-1].index(True)


def _cut(encoded: Encoded, length: int) -> Encoded:
    room = max(length - encoded.split, 0) if encoded.rejected else 0
    return replace(encoded, ids=encoded.ids[:length], learned=encoded.learned[:length], rejected=encoded.rejected[:room])


def _longer(cut: int, n: int, what: str, length: int) -> str:
    if cut == 1:
        return f"1 of {n} {what} is longer than {length} tokens: its end is not learned."
    return f"{cut} of {n} {what} are longer than {length} tokens: their end is not learned."


def _rows(rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return f"Row {rows[0]} is"
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return f"Rows {', '.join(map(str, rows[:_NAMED]))}{more} are"
