"""A data set in the formats that others train from: one function a format, one line an example, and what a format cannot say left out.

`dialects.toml` says where each format is documented. A row that a format cannot carry whole is not bent to fit: it is left out, by number.
"""

import io
import json
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.base.chat_format import json_line, to_line
from core.base.errors import N_, BadSetting
from core.base.export import safe_csv
from core.base.preference import is_pair, to_pair
from core.base.private import without_personal
from core.base.types import Example, Message

Json = dict[str, Any]
SIDES = ("train", "validation", "test")
CSV = "csv"
_MASKS = {"mask_personal", "mask_secrets", "mask_devices"}
_STAMP = (2020, 1, 1, 0, 0, 0)  # of every file in an archive: the same data gives the same bytes

# the names in dialects.toml, here so that the catalogues can extract them
NAMES = (
    N_("OpenAI and compatible servers"),
    N_("Hugging Face (messages)"),
    N_("Preference pairs: OpenAI and compatible servers"),
    N_("Preference pairs: Hugging Face (TRL)"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One format: what it can carry, and where and when that was read; `pairs` marks those for training by preference."""

    id: str
    name: str
    weight: bool
    tools: bool
    source: str
    read: Any
    pairs: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """The files by name, and by side the rows that the format cannot carry."""

    files: Mapping[str, bytes]
    left_out: Mapping[str, tuple[int, ...]]


@cache
def dialects() -> Mapping[str, Dialect]:
    """All formats by id, in the order of the file."""
    table: dict[str, Json] = tomllib.loads(Path(__file__).with_name("dialects.toml").read_text(encoding="utf-8"))
    return {name: Dialect(name, **entry) for name, entry in table.items()}


def export(dialect: str, sides: Mapping[str, Sequence[Example]]) -> Export:
    """The sides of a data set as files of this format; a side without rows has no file. Raises BadSetting for an unknown format."""
    if dialect == CSV:
        return Export({"data.csv": as_csv(sides)}, {})
    if dialect not in _LINES:
        raise BadSetting(N_("There is no format called {name}."), N_("Choose one of the list."), name=dialect)
    known = dialects()[dialect]
    files: dict[str, bytes] = {}
    left_out: dict[str, tuple[int, ...]] = {}
    for side in SIDES:
        lines, without = [], []
        for example in sides.get(side, ()):
            line = _LINES[dialect](example) if _carries(known, example) else None
            if line is None:
                without.append(example.row)
            else:
                lines.append(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False))
        if lines:
            files[f"{side}.jsonl"] = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        if without:
            left_out[side] = tuple(without)
    return Export(files, left_out)


def archive(files: Mapping[str, bytes]) -> bytes:
    """The files as one zip, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content)
    return out.getvalue()


def as_csv(sides: Mapping[str, Sequence[Example]]) -> bytes:
    """All rows as one table that a spreadsheet opens without running anything: row, side, system prompt, question, answer.

    Of a conversation with several turns the question is the last one; `earlier_turns` holds what was said before it. Preference pairs have
    a column more, `worse_answer`.
    """
    import pandas as pd

    rows = [
        {
            "row": one.row,
            "side": side,
            "system_prompt": one.system,
            "earlier_turns": "\n".join(map(_told, _earlier(one))),
            "question": one.question,
            "answer": one.answer,
            "worse_answer": "\n".join(message.content for message in one.rejected),
        }
        for side in SIDES
        for one in sides.get(side, ())
    ]
    columns = ["row", "side", "system_prompt", "earlier_turns", "question", "answer"]
    if any(row["worse_answer"] for row in rows):
        columns.append("worse_answer")
    return safe_csv(pd.DataFrame(rows, columns=columns, dtype=object))


def change_log(settings: Mapping[str, Any]) -> Json:
    """The change log for taking away: what was masked in the data is masked in the words of the log as well."""
    applied = {str(step.get("repair", "")) for step in settings.get("applied", ())}
    return {name: without_personal(value) if applied & _MASKS else value for name, value in settings.items()}


def _carries(dialect: Dialect, example: Example) -> bool:
    """Whether the format can say everything that the example says."""
    if not dialect.tools and (example.extra.get("tools") or any(_calls(message) for message in example.said)):
        return False
    return dialect.weight or not any(message.extra.get("weight") == 0 for message in example.messages)


def _calls(message: Message) -> bool:
    return message.role in ("tool", "function") or bool(message.extra.get("tool_calls") or message.extra.get("function_call"))


def _turns(example: Example) -> list[Message]:
    return [message for message in example.messages if message.role not in ("system", "developer")]


def _earlier(example: Example) -> list[Message]:
    """What was said before the last question; where tools were called after it, all that came before the answer."""
    turns = [message for message in example.prompt if message.role not in ("system", "developer")]
    return turns[:-1] if turns and turns[-1].role == "user" else turns


def _told(turn: Message) -> str:
    calls = turn.extra.get("tool_calls") or turn.extra.get("function_call")
    return f"{turn.role}: {turn.content}" + (f" {json.dumps(calls, ensure_ascii=False)}" if calls else "")


def _alternating(example: Example) -> bool:
    """Whether user and assistant take turns and the assistant has the last word."""
    turns = [message.role for message in _turns(example)]
    return bool(turns) and len(turns) % 2 == 0 and turns == ["user", "assistant"] * (len(turns) // 2)


def _system_first(example: Example) -> bool:
    """Whether there is at most one system prompt, and it stands first."""
    at = [i for i, message in enumerate(example.messages) if message.role in ("system", "developer")]
    return at in ([], [0])


def _plain(messages: Iterable[Message], *, weight: bool = False) -> list[Json]:
    kept = [{"role": "system" if one.role == "developer" else one.role, "content": one.content} for one in messages]
    if weight:
        for line, one in zip(kept, messages, strict=True):
            if "weight" in one.extra:
                line["weight"] = one.extra["weight"]
    return kept


def _messages(example: Example) -> Json | None:
    return {"messages": _plain(example.messages)} if _system_first(example) and _alternating(example) else None


def _mistral(example: Example) -> Json | None:
    return {"messages": _plain(example.messages, weight=True)} if _system_first(example) and _alternating(example) else None


def _sharegpt(example: Example) -> Json | None:
    if not (_system_first(example) and _alternating(example)):
        return None
    turns = [{"from": "human" if one.role == "user" else "gpt", "value": one.content} for one in _turns(example)]
    return {"conversations": turns, **({"system": example.system} if example.system else {})}


def _alpaca(example: Example) -> Json | None:
    if not (_system_first(example) and _alternating(example)):
        return None
    turns = [one.content for one in _turns(example)]
    history = [[turns[at], turns[at + 1]] for at in range(0, len(turns) - 2, 2)]
    return {
        "instruction": turns[-2],
        "input": "",
        "output": turns[-1],
        **({"system": example.system} if example.system else {}),
        **({"history": history} if history else {}),
    }


def _openai_pairs(example: Example) -> str | None:
    record = to_pair(example)
    return None if record is None else json_line(record)


def _trl_pairs(example: Example) -> Json | None:
    if not (is_pair(example) and _system_first(example) and _alternating(example)):
        return None
    return {
        "prompt": _plain(example.messages[:-1]),
        "chosen": _plain(example.messages[-1:]),
        "rejected": _plain(example.rejected),
    }


_LINES: Mapping[str, Callable[[Example], Json | str | None]] = {
    "openai": to_line,
    "together": _messages,
    "fireworks": _messages,
    "mistral": _mistral,
    "messages": _messages,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
    "openai_pairs": _openai_pairs,
    "trl_pairs": _trl_pairs,
}
