"""Answers written by hand or drafted by a model: once approved, they take the place of answers that are missing or worthless."""

from collections import abc
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from core.base.types import Example, Message

Scope = Literal["missing", "all"]


@dataclass(frozen=True, slots=True)
class Written:
    """One answer of the worksheet; only an approved one trains. `by` is the model that drafted it, or "" where a person wrote it."""

    text: str
    approved: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Worksheet:
    """The worksheet of a draft: answers by row of the user's file.

    While `on`, only approved answers train where the file's own are worthless (`scope` "missing"), or in every row ("all").
    """

    on: bool = False
    scope: Scope = "missing"
    answers: abc.Mapping[int, Written] = field(default_factory=dict)

    @property
    def approved(self) -> dict[int, Written]:
        """The approved answers, by row."""
        return {row: one for row, one in self.answers.items() if one.approved}

    def write(self, row: int, one: Written) -> "Worksheet":
        """With this answer for the row; an approved one turns the worksheet on. A blank text takes the row's answer away."""
        answers = {other: kept for other, kept in self.answers.items() if other != row}
        if one.text.strip():
            answers[row] = one
        return replace(self, on=self.on or (one.approved and row in answers), answers=answers)

    def to_dict(self, *, approved_only: bool = False) -> dict[str, Any]:
        """As JSON, in the shape that `from_dict` reads; JSON's names are text, so rows are written as text."""
        kept = self.approved if approved_only else self.answers
        answers = {
            str(row): {"text": one.text, **({"approved": True} if one.approved else {}), **({"by": one.by} if one.by else {})}
            for row, one in sorted(kept.items())
        }
        return {"on": self.on, "scope": self.scope, "answers": answers}

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any]) -> "Worksheet":
        """Read a stored worksheet; what makes no sense is passed over."""
        stored = data.get("answers")
        answers = {}
        for row, one in stored.items() if isinstance(stored, abc.Mapping) else ():
            if str(row).isascii() and str(row).isdigit() and isinstance(one, abc.Mapping) and isinstance(one.get("text"), str):
                answers[int(row)] = Written(one["text"], one.get("approved") is True, str(one.get("by") or ""))
        return cls(data.get("on") is True, "all" if data.get("scope") == "all" else "missing", answers)


def fill(examples: Sequence[Example], sheet: Worksheet) -> tuple[Example, ...]:
    """The examples with their approved answers in the place of their own; every other example stays the very same object."""
    if not sheet.on or not (approved := sheet.approved):
        return tuple(examples)
    return tuple(with_answer(one, approved[one.row].text) if one.row in approved else one for one in examples)


def approved_only(examples: Sequence[Example], worthless: Collection[int], sheet: Worksheet) -> tuple[tuple[Example, ...], tuple[int, ...]]:
    """What trains while the worksheet is on, and the rows that still wait for an approved answer; `worthless` are rows without one."""
    if not sheet.on:
        return tuple(examples), ()
    approved = sheet.approved
    waiting = {one.row for one in examples if one.row not in approved and (sheet.scope == "all" or one.row in worthless)}
    if not waiting:
        return tuple(examples), ()
    return tuple(one for one in examples if one.row not in waiting), tuple(sorted(waiting))


def listed(rows: Iterable[int], worthless: Collection[int], sheet: Worksheet) -> list[int]:
    """The rows that stand on the worksheet: all of them, or those without a usable answer and those that were written before."""
    return [row for row in rows if sheet.scope == "all" or row in worthless or row in sheet.answers]


def with_answer(example: Example, text: str) -> Example:
    """The example with another last answer, or with one at its end where it had none."""
    last = max((at for at, message in enumerate(example.messages) if message.role == "assistant"), default=None)
    if last is None:
        return replace(example, messages=(*example.messages, Message("assistant", text)))
    messages = list(example.messages)
    messages[last] = replace(messages[last], content=text)
    return replace(example, messages=tuple(messages))
