"""Preference pairs to JSONL and back: a question with a better and a worse answer, as OpenAI's training by preference reads them.

A line is {"input": {"messages": […]}, "preferred_output": [one message], "non_preferred_output": [one message]}; tools stand in the
input. A file of conversations holds the better answers only; this one holds both.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from core.base.chat_format import json_line, to_record
from core.base.chat_records import read_message
from core.base.types import Example, Message

_INPUT_KEYS = frozenset({"tools", "parallel_tool_calls"})


def is_pair(example: Example) -> bool:
    """Whether a line can say the example whole: something asked, one answer on each side, and no answer that is not to be learned."""
    last, worse = example.messages[-1:], example.rejected
    return (
        len(example.messages) > 1
        and [one.role for one in (*last, *worse)] == ["assistant", "assistant"]
        and example.extra.keys() <= _INPUT_KEYS
        and not any(one.extra.get("weight") == 0 for one in example.messages)
    )


def to_pair(example: Example) -> dict[str, Any] | None:
    """The pair as the record of its line, or None where it is none."""
    if not is_pair(example):
        return None
    return {
        "input": {"messages": [_plain(one) for one in example.messages[:-1]], **example.extra},
        "preferred_output": [_plain(example.messages[-1])],
        "non_preferred_output": [_plain(one) for one in example.rejected],
    }


def write_pairs(examples: Iterable[Example]) -> bytes:
    """The pairs among these examples as a file: UTF-8, one line a pair, each ended by a line feed; without pairs it is empty."""
    records = (to_pair(example) for example in examples)
    return "".join(json_line(record) + "\n" for record in records if record is not None).encode("utf-8")


def parse_pairs(data: bytes) -> tuple[Example, ...]:
    """The pairs of a file that `write_pairs` wrote, numbered by line; another line is passed over."""
    found = []
    for row, line in enumerate(data.decode("utf-8").split("\n"), start=1):
        try:
            record = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            continue
        asked = record.get("input") if isinstance(record, dict) else None
        if not isinstance(asked, dict) or record is None:
            continue
        before, better, worse = (
            _messages(part) for part in (asked.get("messages"), record.get("preferred_output"), record.get("non_preferred_output"))
        )
        if before and better and worse:
            extra = {name: value for name, value in asked.items() if name != "messages"}
            found.append(Example((*before, *better), row, extra, worse))
    return tuple(found)


def _plain(message: Message) -> dict[str, Any]:
    # what is learned of a pair is its last answer: a weight of 1 says nothing new, and the server knows none here
    return {key: value for key, value in to_record(message).items() if key != "weight"}


def _messages(value: object) -> tuple[Message, ...]:
    return tuple(read_message(one) for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()
