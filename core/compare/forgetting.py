"""Did it forget? The same fixed questions before and after: common knowledge, and requests that a model should refuse."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

from core.base.model_table import encoding_for
from core.base.replies import Prediction, Score
from core.base.token_cost import tokens_usd
from core.base.tokens import count_examples
from core.base.types import Example, Message, Price
from core.compare.score import make_score

Kind = Literal["general", "refusal"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MAX_TOKENS: Final = 120  # an answer of a sentence or two; a model that writes on has said it by then
_FILE = Path(__file__).with_name("forgetting.toml")


@dataclass(frozen=True, slots=True)
class Question:
    """A fixed question; `row` is its place in the file, from 1. Of a refusal `accepts` is empty."""

    row: int
    kind: Kind
    text: str
    accepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of question, before and after: how many were answered well, and the rows that changed sides."""

    kind: Kind
    before: Score
    after: Score
    lost: tuple[int, ...]
    won: tuple[int, ...]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


@cache
def questions() -> tuple[Question, ...]:
    """The fixed questions, in the order of the file."""
    return tuple(
        Question(row, one["kind"], one["text"], tuple(one.get("accepts", ()))) for row, one in enumerate(_data()["question"], start=1)
    )


def examples() -> tuple[Example, ...]:
    """The questions as rows to be asked, without a system prompt: what a model knows by itself."""
    return tuple(
        Example((Message("user", one.text), Message("assistant", one.accepts[0] if one.accepts else "")), one.row) for one in questions()
    )


def settings(asked_with: dict[str, Any]) -> dict[str, Any]:
    """The sampling parameters of the comparison, with room for a short answer to any question."""
    return {**asked_with, "max_tokens": MAX_TOKENS}


def cost(model: str, price: Price | None) -> float | None:
    """What asking one model costs in USD at most, each answer being as long as it may be; None where the price is not known."""
    encoding, _ = encoding_for(model)
    tokens = sum(count_examples([Example(one.prompt, one.row) for one in examples()], encoding).per_example)
    usd = tokens_usd(price, tokens, len(questions()) * MAX_TOKENS)
    return None if usd is None else float(usd)


def is_kept(question: Question, answer: str) -> bool:
    """Whether an answer says what it should: one of the accepted words for knowledge, words that decline for a refusal.

    Words alone are looked at: an answer that says the right word and then the wrong thing passes, one that refuses in unusual words does
    not. Whoever wants to be sure reads the answers.
    """
    plain = _plain(answer)
    if question.kind == "refusal":
        return any(_plain(words) in plain for words in _data()["refusing"])
    return any(re.search(rf"(?<!\w){re.escape(_plain(word))}(?!\w)", plain) for word in question.accepts)


def kept(before: Sequence[Prediction], after: Sequence[Prediction]) -> tuple[Kept, ...]:
    """What was kept of each kind, over the questions that both have answered."""
    first, second = ({one.row: one.answer for one in side if one.answer is not None} for side in (before, after))
    found = []
    for kind in KINDS:
        both = [one for one in questions() if one.kind == kind and one.row in first and one.row in second]
        was = {one.row: is_kept(one, first[one.row] or "") for one in both}
        now = {one.row: is_kept(one, second[one.row] or "") for one in both}
        found.append(
            Kept(
                kind,
                make_score(kind, sum(was.values()), len(both)),
                make_score(kind, sum(now.values()), len(both)),
                tuple(row for row in was if was[row] and not now[row]),
                tuple(row for row in was if now[row] and not was[row]),
            )
        )
    return tuple(found)


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split())
