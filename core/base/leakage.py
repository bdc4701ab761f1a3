"""Test rows that the model has seen in training: the same question, or one so close that answering it proves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.base.near import near_twins
from core.base.similarity import normal_form
from core.base.types import Example


@dataclass(frozen=True, slots=True)
class SeenRow:
    """Test example `index` (spreadsheet row `row`) asks what training row `train_row` asks, word for word or nearly."""

    index: int
    row: int
    how: Literal["exact", "near"]
    train_row: int


def asked(example: Example) -> str:
    """Everything that was said to the model before its last answer, the system prompt left aside: one turn, or all of them."""
    turns = [message for message in example.prompt if message.role not in ("system", "developer")]
    if len(turns) == 1:
        return turns[0].content
    return "\n".join(f"{message.role}: {message.content}" for message in turns)


def question_key(example: Example) -> str:
    """Equal for two examples that ask the same but for case, spaces and punctuation."""
    return normal_form(asked(example))


def seen_in_training(test_examples: Sequence[Example], train_examples: Sequence[Example]) -> list[SeenRow]:
    """The test examples whose question also stands in the training data, in the order of the test, each with one training row.

    "exact" is the same text but for outer spaces; "near" is the same but for case and punctuation, or a near twin (see `similarity`).
    """
    exact: dict[str, int] = {}
    alike: dict[str, int] = {}
    for example in train_examples:
        exact.setdefault(asked(example).strip(), example.row)
        alike.setdefault(question_key(example), example.row)
    seen: dict[int, SeenRow] = {}
    open_: list[int] = []
    for index, example in enumerate(test_examples):
        text = asked(example).strip()
        if text in exact:
            seen[index] = SeenRow(index, example.row, "exact", exact[text])
        elif (key := question_key(example)) in alike:
            seen[index] = SeenRow(index, example.row, "near", alike[key])
        else:
            open_.append(index)
    if open_:
        for at, twin in near_twins([asked(test_examples[index]) for index in open_], [asked(example) for example in train_examples]):
            index = open_[at]
            seen[index] = SeenRow(index, test_examples[index].row, "near", train_examples[twin].row)
    return [seen[index] for index in sorted(seen)]
