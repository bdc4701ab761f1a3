"""A conversation as it is kept: branches of exchanges, each with the answers of all the models that were asked. Plain JSON inside.

An exchange is {"id", "question", "expected", "answers": {side: answer}}, an answer {"text", "reply", "warnings", "problem", "done"} with
"earlier" (answers that it took the place of), "hand" (given by a person) and "imported" (the name of who said it, by the file, or "") where
they apply. EVERYONE is the side of what was written
by hand or imported: each model that has no answer of its own there goes on from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from core.base.errors import N_, BadSetting
from core.playground.chat import LONG_QUESTION, Conversation

EVERYONE: Final = "*"
MOST_BRANCHES: Final = 50
MOST_EARLIER: Final = 10
Json = dict[str, Any]
Branch = tuple[Json, ...]


def new_answer() -> Json:
    """An answer of which nothing has come yet."""
    return {"text": "", "reply": None, "warnings": [], "problem": None, "done": False}


def exchange(question: str, expected: str = "", answers: Mapping[str, Json] | None = None) -> Json:
    """A new exchange; raises BadSetting for an empty or far too long question."""
    Conversation().asked(question)
    return {"id": uuid4().hex, "question": question, "expected": expected, "answers": dict(answers or {})}


def by_hand(text: str) -> Json:
    """An answer that a person wrote. Raises BadSetting for an empty or far too long one."""
    if not text.strip():
        raise BadSetting(N_("There is no answer yet."), N_("Write what the model should be taken to have said."))
    if len(text) > LONG_QUESTION:
        raise BadSetting(N_("This answer has {n} characters; the most is {most}."), n=len(text), most=LONG_QUESTION)
    return {**new_answer(), "text": text, "done": True, "hand": True}


def by_import(text: str, model: str = "") -> Json:
    """An answer out of a file, and the name of the model that gave it, where the file has it; raises as `by_hand`."""
    return {**by_hand(text), "imported": model}


@dataclass(frozen=True, slots=True)
class Talk:
    """All branches of a conversation, and which of them is looked at; every change gives a new one and leaves the old branches alone."""

    branches: tuple[Branch, ...] = ((),)
    at: int = 0

    @property
    def exchanges(self) -> Branch:
        """The exchanges of the branch that is looked at."""
        return self.branches[self.at]

    def asked(self, question: str, expected: str = "") -> "Talk":
        """With one more question at the end."""
        return self._here((*self.exchanges, exchange(question, expected)))

    def with_turn(self, question: str, answer: str) -> "Talk":
        """With a question and an answer that were written by hand, for every model."""
        return self._here((*self.exchanges, exchange(question, answers={EVERYONE: by_hand(answer)})))

    def edited(self, number: int, question: str) -> "Talk":
        """A new branch, the same up to exchange `number` (from 0), which asks this question instead."""
        return self._branch((*self.exchanges[:number], exchange(question)))

    def branched(self, number: int) -> "Talk":
        """A new branch that ends after exchange `number`, with its answers."""
        return self._branch(self.exchanges[: number + 1])

    def again(self, sides: Iterable[str]) -> "Talk":
        """The last exchange without the answers of these sides, to be asked anew; what they had said is kept as earlier answers."""
        if not self.exchanges:
            return self
        last = self.exchanges[-1]
        answers = dict(last["answers"])
        for side in sides:
            if (old := answers.get(side)) is not None:
                earlier = [*old.get("earlier", ()), {"text": old["text"], "reply": old["reply"]}] if old["text"] else old.get("earlier", [])
                answers[side] = {**new_answer(), "earlier": earlier[-MOST_EARLIER:]}
        return self._here((*self.exchanges[:-1], {**last, "answers": answers}))

    def imported(self, branches: Sequence[Branch]) -> "Talk":
        """With further branches, the first of them looked at; one branch that is empty makes room. Raises BadSetting for too many."""
        own = tuple(one for one in self.branches if one)
        if len(own) + len(branches) > MOST_BRANCHES:
            raise BadSetting(
                N_("There would be {n} branches; the most is {most}."),
                N_("Start a new conversation first, or split the file."),
                n=len(own) + len(branches),
                most=MOST_BRANCHES,
            )
        return Talk((*own, *branches), len(own))

    def look_at(self, branch: int) -> "Talk":
        """The same with another branch looked at."""
        return replace(self, at=min(max(0, branch), len(self.branches) - 1))

    def without_branch(self) -> "Talk":
        """Without the branch that is looked at; the one before it is then looked at."""
        rest = (*self.branches[: self.at], *self.branches[self.at + 1 :]) or ((),)
        return Talk(rest, max(0, self.at - 1))

    def answered(self, exchange_id: str, side: str, answer: Json) -> "Talk":
        """With this answer of one side, in every branch that has the exchange; the same where the exchange is gone."""

        def put(one: Json) -> Json:
            if one["id"] != exchange_id:
                return one
            earlier = one["answers"].get(side, {}).get("earlier")
            return {**one, "answers": {**one["answers"], side: {**answer, **({"earlier": earlier} if earlier else {})}}}

        return replace(self, branches=tuple(tuple(map(put, branch)) for branch in self.branches))

    def before(self, number: int, side: str, system: str) -> Conversation:
        """What this side said before exchange `number`, as it is sent; where it said nothing, what was written for every model."""
        return Conversation.of(system, [(one["question"], said(one, side)) for one in self.exchanges[:number]])

    def to_json(self) -> Json:
        """As JSON, in the shape that `from_json` reads."""
        return {"branches": [list(branch) for branch in self.branches], "at": self.at}

    @classmethod
    def from_json(cls, stored: object) -> "Talk":
        """Read a stored conversation; a list, which older versions kept, is one branch, and what makes no sense is passed over."""
        data = stored if isinstance(stored, Mapping) else {"branches": [stored] if isinstance(stored, list) else []}
        kept = data.get("branches")
        branches = tuple(_branch(one) for one in kept if isinstance(one, list)) if isinstance(kept, list) else ()
        at = data.get("at")
        return cls(branches or ((),)).look_at(at if isinstance(at, int) else 0)

    def _here(self, branch: Branch) -> "Talk":
        return replace(self, branches=(*self.branches[: self.at], branch, *self.branches[self.at + 1 :]))

    def _branch(self, branch: Branch) -> "Talk":
        if len(self.branches) >= MOST_BRANCHES:
            raise BadSetting(
                N_("There are {most} branches already."),
                N_("Delete one that you no longer need, or start a new conversation."),
                most=MOST_BRANCHES,
            )
        # an exchange that two branches share is asked anew in one of them only: it gets a name of its own
        own = tuple({**one, "id": uuid4().hex} for one in branch)
        return Talk((*self.branches, own), len(self.branches))


def said(one: Json, side: str) -> str:
    """What a side answered in an exchange, or else what was written there for every model."""
    own = one["answers"].get(side, {}).get("text", "")
    return str(own or one["answers"].get(EVERYONE, {}).get("text", ""))


def is_answered(one: Json, side: str) -> bool:
    """Whether a side has answered to the end, or needs not answer because a person did."""
    return any(bool(one["answers"].get(name, {}).get("done")) for name in (side, EVERYONE))


def _branch(stored: Sequence[Any]) -> Branch:
    return tuple(_exchange(one) for one in stored if isinstance(one, Mapping) and isinstance(one.get("question"), str))


def _exchange(one: Mapping[str, Any]) -> Json:
    answers = one.get("answers")
    kept = (
        {str(side): {**new_answer(), **answer} for side, answer in answers.items() if isinstance(answer, Mapping)}
        if isinstance(answers, Mapping)
        else {}
    )
    return {
        "id": str(one.get("id") or uuid4().hex),
        "question": one["question"],
        "expected": str(one.get("expected") or ""),
        "answers": kept,
    }
