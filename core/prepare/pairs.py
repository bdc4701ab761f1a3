"""Records as other tools train from them become conversations: preference pairs, ShareGPT, Alpaca, prompts with their answers."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

Turn = dict[str, Any]
LOOK_AT = 50
# who speaks, as ShareGPT and its many children spell it; what is not here stays as it is, for the server's rules to name
_ROLES = {
    "human": "user",
    "user": "user",
    "prompter": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "bot": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "system": "system",
    "developer": "developer",
    "tool": "tool",
}
_ASKED = ("prompt", "question", "instruction", "query", "input")
_BETTER = ("chosen", "preferred_output", "preferred", "accepted")
_WORSE = ("rejected", "non_preferred_output", "non_preferred", "dispreferred")
WORSE = frozenset(_WORSE)
_SPEAKERS = re.compile(r"(?:^|\n\n)(Human|Assistant): ?")  # of Anthropic's published preference data


@dataclass(frozen=True, slots=True)
class Talk:
    """One record as a conversation: its turns, the answer that was judged worse (of a preference pair), and what its line keeps beside."""

    turns: Sequence[Turn]
    rejected: Sequence[Turn] = ()
    extra: Mapping[str, Any] | None = None

    def line(self) -> dict[str, Any]:
        """The record that a chat file would hold."""
        return {"messages": list(self.turns), **(self.extra or {})}


@dataclass(frozen=True, slots=True)
class Layout:
    """One way of writing examples: the code of its decision, the fields that it uses, and how a record is read (None: not so)."""

    code: str
    uses: frozenset[str]
    read: Callable[[Mapping[str, Any]], Talk | None]


def layout_of(values: Iterable[Any]) -> Layout | None:
    """The layout that most of the first records have; None for records that are columns of a table, or chat lines already."""
    first = [value for value in islice(values, LOOK_AT) if isinstance(value, dict)]
    for layout in LAYOUTS:
        if first and sum(layout.read(value) is not None for value in first) * 2 > len(first):
            return layout
    return None


def unused(values: Iterable[Any], layout: Layout) -> list[str]:
    """Fields of the records that a conversation has no place for, in order of appearance."""
    names: dict[str, None] = {}
    for value in values:
        if isinstance(value, dict) and not value.keys() <= names.keys():
            names.update(dict.fromkeys(value))
    return [name for name in names if name not in layout.uses]


def _preference_of_openai(record: Mapping[str, Any]) -> Talk | None:
    """{"input": {"messages": […]}, "preferred_output": […], "non_preferred_output": […]}"""
    asked, better, worse = record.get("input"), record.get("preferred_output"), record.get("non_preferred_output")
    if not isinstance(asked, dict) or not _are_turns(asked.get("messages")) or not _are_turns(better):
        return None
    extra = {name: value for name, value in asked.items() if name in ("tools", "parallel_tool_calls")}
    return Talk([*_turns(asked["messages"]), *_turns(better)], _turns(worse) if _are_turns(worse) else (), extra)


def _preference(record: Mapping[str, Any]) -> Talk | None:
    """{"prompt": …, "chosen": …, "rejected": …}, each a text or a list of turns; without a prompt the two begin with it."""
    better = next((record[name] for name in _BETTER if name in record), None)
    worse = next((record[name] for name in _WORSE if name in record), None)
    if better is None or worse is None or not (isinstance(better, str) or _are_turns(better)):
        return None
    asked = next((record[name] for name in _ASKED if name in record), None)
    before = _system(record) + (_as_turns(asked, "user") if asked is not None else [])
    turns, other = _answers(better), _answers(worse) if isinstance(worse, str) or _are_turns(worse) else []
    if turns[0].get("role") != "assistant":
        before = [turn for turn in before if turn["role"] == "system" and turns[0].get("role") != "system"]
    elif not before or before[-1]["role"] == "system":
        return None  # nothing is asked
    return Talk([*before, *turns], _last_answer(other))


def _sharegpt(record: Mapping[str, Any]) -> Talk | None:
    """{"conversations": [{"from": "human", "value": …}, {"from": "gpt", "value": …}]}"""
    for name in ("conversations", "conversation", "messages"):
        said = record.get(name)
        if isinstance(said, list) and _are_turns(said) and (name != "messages" or any("from" in turn for turn in said)):
            turns = _turns(said)
            first = _system(record) if turns[0].get("role") not in ("system", "developer") else []
            return Talk([*first, *turns], extra=_tools(record))
    return None


def _alpaca(record: Mapping[str, Any]) -> Talk | None:
    """{"instruction": …, "input": …, "output": …}; the input, where there is one, follows the instruction after a blank line."""
    task, given, answer = record.get("instruction"), record.get("input", ""), record.get("output")
    if not isinstance(task, str) or not isinstance(answer, str) or not (given is None or isinstance(given, str)):
        return None
    earlier = record.get("history")
    before = [
        {"role": role, "content": str(text)}
        for pair in (earlier if isinstance(earlier, list) else ())
        if isinstance(pair, list) and len(pair) == 2
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
    question = "\n\n".join(part for part in (task, given or "") if part.strip())
    return Talk([*_system(record), *before, {"role": "user", "content": question}, {"role": "assistant", "content": str(answer)}])


def _prompt_of_turns(record: Mapping[str, Any]) -> Talk | None:
    """{"prompt": [turns], "completion": [turns] or text}; two plain texts are columns of a table instead, where they can be mapped."""
    asked, answer = record.get("prompt"), record.get("completion")
    if not (_are_turns(asked) and (isinstance(answer, str) or _are_turns(answer))):
        return None
    return Talk([*_turns(asked), *_as_turns(answer, "assistant")], extra=_tools(record))


LAYOUTS = (
    Layout("preference_pairs", frozenset({"input", "preferred_output", "non_preferred_output"}), _preference_of_openai),
    Layout("preference_pairs", frozenset({*_ASKED, *_BETTER, *_WORSE, "system", "system_prompt"}), _preference),
    Layout("sharegpt", frozenset({"conversations", "conversation", "messages", "system", "system_prompt", "tools"}), _sharegpt),
    Layout("alpaca", frozenset({"instruction", "input", "output", "system", "system_prompt", "history"}), _alpaca),
    Layout("prompt_completion_turns", frozenset({"prompt", "completion", "tools"}), _prompt_of_turns),
)


def _are_turns(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(turn, dict) and ("from" in turn or "role" in turn) for turn in value)


def _turns(value: Any) -> list[Turn]:
    return [_turn(turn) for turn in value]


def _turn(turn: Mapping[str, Any]) -> Turn:
    """A turn with role and content; what OpenAI's own turns carry beside those (weight, tool calls) stays."""
    who = turn["role"] if "role" in turn else turn["from"]
    role = _ROLES.get(who.lower(), str(who)) if isinstance(who, str) else who
    if "role" in turn:
        return {**turn, "role": role}
    weight = {"weight": turn["weight"]} if "weight" in turn else {}
    content = turn.get("value", turn.get("content", ""))
    return {"role": role, "content": str(content) if isinstance(content, str) else content, **weight}


def _as_turns(value: Any, role: str) -> list[Turn]:
    if _are_turns(value):
        return _turns(value)
    return [{"role": role, "content": str(value) if isinstance(value, str) else value}]


def _answers(value: Any) -> list[Turn]:
    """A better or worse answer, which may begin with what was asked."""
    if isinstance(value, str) and value.lstrip().startswith("Human:"):
        parts = _SPEAKERS.split(value.strip())[1:]
        return [
            {"role": "user" if who == "Human" else "assistant", "content": said.strip()}
            for who, said in zip(parts[::2], parts[1::2], strict=True)
        ]
    return _as_turns(value, "assistant")


def _last_answer(turns: Sequence[Turn]) -> Sequence[Turn]:
    """What follows the last turn of the user."""
    last = max((at for at, turn in enumerate(turns) if turn.get("role") not in ("assistant", "tool")), default=-1)
    return turns[last + 1 :]


def _system(record: Mapping[str, Any]) -> list[Turn]:
    text = record.get("system", record.get("system_prompt"))
    return [{"role": "system", "content": str(text)}] if isinstance(text, str) and text.strip() else []


def _tools(record: Mapping[str, Any]) -> dict[str, Any]:
    tools = record.get("tools")
    return {"tools": tools} if isinstance(tools, list) and tools else {}
