"""Conversations out of the Playground and into it: JSONL in chat format, one conversation on each line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from core.base.chat_format import json_line, parse_jsonl, to_record
from core.base.errors import N_, EmptyFile, TooLarge, UnreadableFile
from core.base.types import Example, Message
from core.playground.chat import LONG_QUESTION, Place, build_messages
from core.playground.talk import EVERYONE, Branch, Talk, by_import, exchange, said

MOST_BYTES: Final = 5_000_000
MOST_CONVERSATIONS: Final = 40
LONGEST_NAME: Final = 200  # characters of a model's
MOST_MESSAGES: Final = 400  # of one conversation


@dataclass(frozen=True, slots=True)
class Imported:
    """The conversations of a file, and the system prompt that they share; an empty one where they have none or different ones."""

    branches: tuple[Branch, ...]
    system: str


def export(talk: Talk, system: str, place: Place = "first") -> bytes:
    """Every branch as each model answered it, or as it was written by hand where none did; questions alone are left out.

    Each answer has the model's name as its "name", which a training file may have, too.
    """
    lines: dict[str, None] = {}
    for branch in talk.branches:
        own = dict.fromkeys(side for one in branch for side, kept in one["answers"].items() if kept["text"] and side != EVERYONE)
        for side in own or (EVERYONE,):
            turns = Talk((branch,)).before(len(branch), side, system)
            if turns.turns:
                names = iter([_by(one, side) for one in branch if said(one, side)])
                messages = [_named(message, next(names) if message.role == "assistant" else "") for message in build_messages(turns, place)]
                lines[json_line({"messages": [to_record(message) for message in messages]})] = None
    return "".join(line + "\n" for line in lines).encode("utf-8")


def _by(one: dict[str, Any], side: str) -> str:
    """Who said what a side goes on from: a model's name, or nothing where a person wrote it."""
    own = one["answers"].get(side, {})
    if own.get("text") and side != EVERYONE:
        return side
    return str(one["answers"].get(EVERYONE, {}).get("imported") or "")


def _named(message: Message, name: str) -> Message:
    return replace(message, extra={"name": name}) if name else message


def read(data: bytes) -> Imported:
    """Read a file of conversations. Raises EmptyFile, TooLarge, or UnreadableFile with the line that is wrong."""
    if len(data) > MOST_BYTES:
        raise TooLarge(
            N_("This file has {n} bytes; the most is {most}."),
            N_("Split it, and import the parts one after the other."),
            n=len(data),
            most=MOST_BYTES,
        )
    if not data.strip():
        raise EmptyFile(hint=N_("Choose a file with one conversation on each line, as “Export” writes it."))
    parsed = parse_jsonl(data)
    wrong = next((one for one in parsed.findings if one.severity == "error"), None)
    if wrong is not None:
        raise _unreadable(wrong.rows[0] if wrong.rows else 1, wrong.server_words)
    if len(parsed.examples) > MOST_CONVERSATIONS:
        raise TooLarge(
            N_("This file has {n} conversations; the most is {most}."),
            N_("Split it, and import the parts one after the other."),
            n=len(parsed.examples),
            most=MOST_CONVERSATIONS,
        )
    systems = {example.system for example in parsed.examples}
    return Imported(tuple(_branch(example) for example in parsed.examples), systems.pop() if len(systems) == 1 else "")


def _branch(example: Example) -> Branch:
    return tuple(_exchanges(example))


def _exchanges(example: Example) -> Iterator[dict[str, object]]:
    if len(example.messages) > MOST_MESSAGES:
        raise TooLarge(
            N_("Line {row} has {n} messages; the most is {most}."),
            N_("Shorten this conversation."),
            row=example.row,
            n=len(example.messages),
            most=MOST_MESSAGES,
        )
    turns = [message for message in example.messages if message.role not in ("system", "developer")]
    if len(example.messages) - len(turns) > 1:
        raise _unreadable(example.row, "more than one system message")
    if not turns:
        raise _unreadable(example.row, "no question")
    for number, message in enumerate(turns):
        wanted = "assistant" if number % 2 else "user"
        if message.role != wanted:
            raise _unreadable(example.row, f"message {number + 1}: expected {wanted}, found {message.role[:40]}")
        if message.extra.keys() & {"content", "role", "tool_calls", "function_call"} or not message.content.strip():
            raise _unreadable(example.row, f"message {number + 1}: only text can be imported")
        if len(message.content) > LONG_QUESTION:
            raise TooLarge(
                N_("A message in line {row} has {n} characters; the most is {most}."),
                N_("Shorten this conversation."),
                row=example.row,
                n=len(message.content),
                most=LONG_QUESTION,
            )
    for number in range(0, len(turns), 2):
        answer = turns[number + 1 : number + 2]
        yield exchange(turns[number].content, answers={EVERYONE: by_import(answer[0].content, _name(answer[0]))} if answer else {})


def _name(message: Message) -> str:
    name = message.extra.get("name")
    return name.strip()[:LONGEST_NAME] if isinstance(name, str) else ""


def _unreadable(row: int, words: str) -> UnreadableFile:
    return UnreadableFile(
        N_("Line {row} holds no conversation that can be imported."),
        N_("Each line has to be one conversation: perhaps a system message, then question and answer in turn, as “Export” writes it."),
        details=words,
        row=row,
    )
