"""The server's rules for a training file of chats, checked before anything is uploaded.

Codes, by severity (what the server refuses is an error; what it takes, or is not known to refuse, is a warning)
 error    too_few_examples, mixed_shapes, extra_key, missing_role, unknown_role, content_not_text, special_token, bad_weight, empty_answer,
          no_assistant, last_not_assistant
 warning  empty_question, no_question, no_weighted_answer, developer_role
`params["code"]` is the server's own code; `server_words` its sentence, or empty where that is not known; `refusal` always has a sentence.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from core.base.types import Example, Finding, Message

INVALID_FORMAT = "invalid_file_format"
INVALID_FILE = "invalid_training_file"
INVALID_COUNT = "invalid_n_examples"

ROLES = frozenset({"system", "user", "assistant", "tool", "function", "developer"})
EXAMPLE_KEYS = frozenset({"tools", "parallel_tool_calls", "functions"})
_MESSAGE_KEYS = {
    "system": frozenset({"name"}),
    "developer": frozenset({"name"}),
    "user": frozenset({"name"}),
    "assistant": frozenset({"name", "weight", "tool_calls", "function_call", "refusal"}),
    "tool": frozenset({"name", "tool_call_id"}),
    "function": frozenset({"name"}),
}
_PLAIN_ROLES = ROLES - {"developer"}
_OWN_KEYS = frozenset({"role", "content"})  # where chat_format keeps a role or content that is not a string
SPECIAL_TOKEN = re.compile(r"<\|[a-z_]+\|>")
NOT_AN_OBJECT = "'str' object has no attribute 'get'"

_SENTENCES = {
    "empty_file": "The file is empty.",
    "unknown_role": "Example {row}, message {message} has an unknown role: {role}.",
    "bad_weight": "Example {row}, message {message} has a weight that is neither 0 nor 1.",
    "empty_answer": "Example {row}, message {message} has no content.",
    "no_assistant": "Example {row} has no message from the assistant.",
    "last_not_assistant": "Example {row} does not end with a message from the assistant.",
}


def check(examples: Sequence[Example], *, min_examples: int = 10) -> Iterator[Finding]:
    """What the server would refuse, the file's own faults first, then row by row."""
    if len(examples) < min_examples:
        words = f"Training file has {len(examples)} example(s), but must have at least {min_examples} examples"
        yield Finding(
            "too_few_examples", "error", (), {"n": len(examples), "minimum": min_examples, "code": INVALID_COUNT}, server_words=words
        )
    yield from _shapes(examples)
    for example in examples:
        yield from _example(example)


def refusal(finding: Finding) -> tuple[str, str]:
    """The code and the sentence with which a server refuses a file for this finding; the sentence is ours where OpenAI's is not known."""
    code = str(finding.params.get("code", INVALID_FORMAT))
    if finding.server_words:
        return code, finding.server_words
    row = finding.rows[0] if finding.rows else 0
    sentence = _SENTENCES.get(finding.code, "Example {row} is not valid: " + finding.code.replace("_", " ") + ".")
    return code, sentence.format(**{"row": row, "message": 0, "role": "", **finding.params})


def _shapes(examples: Sequence[Example]) -> Iterator[Finding]:
    """All lines must have the same keys: the server measures them against each other."""
    shapes = Counter(frozenset(example.extra) for example in examples)
    if len(shapes) < 2:
        return
    usual = shapes.most_common(1)[0][0]
    key = min(frozenset.union(*shapes) - frozenset.intersection(*shapes))
    odd = tuple(example.row for example in examples if frozenset(example.extra) != usual)
    first = next(example.row for example in examples if key in example.extra)
    params = {"key": key, "n": len(odd), "usual": ["messages", *sorted(usual)], "code": INVALID_FORMAT}
    yield Finding("mixed_shapes", "error", odd, params, server_words=f'Example {first} contains an extra "{key}".')


def _example(example: Example) -> Iterator[Finding]:
    row = example.row
    for key in example.extra:
        if key not in EXAMPLE_KEYS:
            yield _error("extra_key", row, words=f'Example {row} contains an extra "{key}".', key=key)
    answers = 0
    weighted = False
    asked = False
    for number, message in enumerate(example.messages, start=1):
        if message.role == "assistant":
            answers += 1
            weighted = weighted or message.extra.get("weight") != 0
        asked = asked or message.role == "user" or message.role not in ROLES
        if not _is_plain(message):
            yield from _message(row, number, message)
    if not answers:
        yield _error("no_assistant", row)
    elif example.messages[-1].role != "assistant":
        yield _error("last_not_assistant", row, role=example.messages[-1].role)
    elif not weighted:
        yield Finding("no_weighted_answer", "warning", (row,))
    if not asked:
        yield Finding("no_question", "warning", (row,))


def _is_plain(message: Message) -> bool:
    """Nearly every message of a real file: nothing further to look at."""
    text = message.content
    return not message.extra and message.role in _PLAIN_ROLES and "<|" not in text and bool(text) and not text.isspace()


def _message(row: int, number: int, message: Message) -> Iterator[Finding]:
    role, extra = message.role, message.extra
    if role not in ROLES:
        if not role and extra.get("role") is None:
            words = f"Example {row}, message {number} Discriminator 'role' is missing in value"
            yield _error("missing_role", row, words=words, message=number)
        else:
            yield _error("unknown_role", row, message=number, role=role or str(extra.get("role")))
    elif role == "developer":
        # newer models take it at inference; that the training takes it is not confirmed
        yield Finding("developer_role", "warning", (row,), {"message": number})
    allowed = _MESSAGE_KEYS.get(role)
    for key in extra:
        if allowed is not None and key not in allowed and key not in _OWN_KEYS:
            yield _error("extra_key", row, words=f'Example {row} contains an extra "{key}".', message=number, key=key)
    if role == "assistant" and "weight" in extra:
        weight = extra["weight"]
        if isinstance(weight, bool) or not isinstance(weight, int) or weight not in (0, 1):
            yield _error("bad_weight", row, message=number, weight=weight)
    yield from _content(row, number, message)


def _content(row: int, number: int, message: Message) -> Iterator[Finding]:
    calls = message.role == "assistant" and bool(message.extra.get("tool_calls") or message.extra.get("function_call"))
    raw = message.extra.get("content", message.content)
    empty = not message.content.strip()
    if raw is None and calls:
        return
    if isinstance(raw, list) and message.role == "user" and all(_is_part(part) for part in raw):
        empty = not raw
    elif not isinstance(raw, str):
        yield _error("content_not_text", row, words=NOT_AN_OBJECT, message=number, role=message.role, found=_kind(raw))
        return
    if empty and message.role == "assistant" and not calls:
        yield _error("empty_answer", row, message=number)
    elif empty and message.role == "user":
        yield Finding("empty_question", "warning", (row,), {"message": number})
    token = SPECIAL_TOKEN.search(message.content)
    if token:
        words = f"Example {row} message contains an invalid token: {token[0]}."
        yield _error("special_token", row, words=words, message=number, role=message.role, token=token[0])


def _is_part(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    if part.get("type") == "text":
        return isinstance(part.get("text"), str)
    return part.get("type") == "image_url" and isinstance(part.get("image_url"), dict)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", list: "array", dict: "object"}.get(type(value), type(value).__name__)


def _error(code: str, row: int, *, words: str = "", **params: Any) -> Finding:
    return Finding(code, "error", (row,), {**params, "code": INVALID_FORMAT}, server_words=words)
