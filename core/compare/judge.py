"""A model as judge of two answers: what it is asked, in both orders, and how strictly its verdict is read."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

from core.base.model_table import base_model, encoding_for
from core.base.replies import Prediction
from core.base.strict_json import StrictDecoder, WrongJSON
from core.base.token_cost import tokens_usd
from core.base.tokens import count_examples, count_text
from core.base.types import Example, Message, Price
from core.compare.rows import earlier_turns
from core.compare.vote import Choice
from core.io.openai_shapes import chat_messages
from core.io.workspace import RunRow

Verdict = Literal["A", "B", "tie", "both_bad"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
Problem = Literal["judge_failed", "judge_silent", "judge_cut", "judge_said_more", "judge_unknown_verdict"]
MOST_TIMES: Final = 3
_LONGEST_REPLY: Final = 200  # letters: the longest that can be read has some sixty, and no deep nesting fits in
_WORDS: Final[Mapping[str, Verdict]] = {"a": "A", "b": "B", "tie": "tie", "both_bad": "both_bad", "both bad": "both_bad"}
# open models that think aloud (Qwen3, DeepSeek-R1) put it before the reply where their server does not take it out
_THOUGHT: Final = re.compile(r"\A<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*(\{[^`]*\})\s*```", re.IGNORECASE)
_FILE = Path(__file__).with_name("judge.toml")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to the judge: a row, which model's answer stands as A, and the how manieth time (from 1) it is asked so.

    `tag` is the same for what is asked in the same words, and is kept with the answer: a verdict on an answer that has changed since is
    not taken for one on the new answer.
    """

    row: int
    swapped: bool
    nth: int
    question: str
    messages: tuple[Message, ...]
    tag: str = ""

    @property
    def run_row(self) -> RunRow:
        """The row of a prediction run that asks this; the tag stands where such a row has the expected answer."""
        return (self.row, self.question, self.tag, json.dumps(chat_messages(self.messages), ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class Heard:
    """What one reply of the judge says of the two models' answers, or why nothing can be read from it."""

    choice: Choice | None
    problem: Problem | None = None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def settings(*, small: bool) -> dict[str, Any]:
    """The parameters with which the judge is asked; `small` is whether it is a small model of this machine."""
    return {"max_tokens": _data()["max_tokens_small" if small else "max_tokens"]}


def asks(rows: Iterable[Example], first: Mapping[int, str], second: Mapping[int, str], times: int = 1) -> tuple[list[Ask], list[int]]:
    """All questions to the judge, row by row and both orders of each next to each other; and the rows that are too long to be judged.

    `first` and `second` are the answers of the two models by row; a row that either lacks is not asked about.
    """
    made, too_long = [], []
    for row in rows:
        if row.row not in first or row.row not in second:
            continue
        pair = (first[row.row], second[row.row])
        if sum(map(len, pair)) + sum(len(message.content) for message in row.prompt) > _data()["longest"]:
            too_long.append(row.row)
            continue
        orders = [(name, _messages(row, *answers)) for name, answers in (("12", pair), ("21", pair[::-1]))]
        tags = {name: _digest(said) for name, said in orders}
        made += [
            Ask(row.row, name == "21", nth, row.question, said, f"{name} {nth} {tags[name]}")
            for nth in range(1, times + 1)
            for name, said in orders
        ]
    return made, too_long


def _digest(messages: Sequence[Message]) -> str:
    return hashlib.sha256("\n".join(one.content for one in messages).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _messages(row: Example, answer_a: str, answer_b: str) -> tuple[Message, ...]:
    before = [{"role": turn.role, "content": turn.content} for turn in earlier_turns(row)]
    held = {"instructions": row.system, "before": before, "question": row.question, "answer_A": answer_a, "answer_B": answer_b}
    return (Message("system", _data()["prompt"].strip()), Message("user", json.dumps(held, ensure_ascii=False, indent=1)))


@lru_cache(maxsize=1024)  # nearly all replies are one of a few texts, and a page reads all of them at every rerun
def read(text: str, finish_reason: str = "") -> tuple[Verdict | None, Problem | None]:
    """The verdict of a reply in one of the agreed forms, or why there is none; what is not quite a verdict is never guessed at.

    The forms: the JSON object with its one key, bare or in a code fence, or the verdict's word alone; capitals do not matter. What a model
    thought aloud before it is passed over.
    """
    said = _THOUGHT.sub("", text.strip(), count=1).strip()
    if not said:
        return None, "judge_cut" if finish_reason == "length" else "judge_silent"
    if len(said) <= _LONGEST_REPLY:
        fenced = _FENCED.fullmatch(said)
        word = _word(fenced[1] if fenced else said)
        if word is not None:
            verdict = _WORDS.get(word.strip().lower())
            return verdict, None if verdict else "judge_unknown_verdict"
    return None, "judge_cut" if finish_reason == "length" else "judge_said_more"


def _word(said: str) -> str | None:
    """What is given as the verdict: the word alone, or the one value of the object; None of any other form."""
    if said.lower() in _WORDS:
        return said
    try:
        found = StrictDecoder().decode(said)
    except WrongJSON:
        return None
    value = found.value
    if found.repeated_keys or not isinstance(value, dict) or list(value) != ["verdict"] or not isinstance(value["verdict"], str):
        return None
    return value["verdict"]


def heard(ask: Ask, reply: Prediction) -> Heard:
    """A reply as a choice between the two models, whichever stood as A."""
    if reply.answer is None:
        return Heard(None, "judge_failed")
    verdict, problem = read(reply.answer, reply.finish_reason)
    if verdict is None:
        return Heard(None, problem)
    if verdict == "tie" or verdict == "both_bad":
        return Heard(verdict)
    return Heard("second" if (verdict == "A") == ask.swapped else "first")


def cost(wanted: Sequence[Ask], model: str, price: Price | None) -> tuple[int, float | None, float | None]:
    """About how many tokens the judge reads, and in USD what it costs: about, and at most, where each reply is as long as it may be.

    None where the price is not known.
    """
    encoding, _ = encoding_for(model)
    tokens = sum(count_examples([Example(ask.messages, ask.row) for ask in wanted], encoding).per_example)
    usual, most = (
        tokens_usd(price, tokens, Decimal(len(wanted) * each))
        for each in (count_text(json.dumps({"verdict": VERDICTS[-1]}), encoding), _data()["max_tokens"])
    )
    return tokens, None if usual is None else float(usual), None if most is None else float(most)


def is_of_the_two(model: str, names: Iterable[str]) -> bool:
    """Whether the judge is one of the models that it judges, or their base: models tend to prefer what they would have said themselves."""
    judged = {known for name in names for known in _known_as(name)}
    return bool(judged & _known_as(model))


def _known_as(name: str) -> set[str]:
    return {name.strip().casefold(), base_model(name).casefold()} if name.strip() else set()
