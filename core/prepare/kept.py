"""Answers kept in the Playground as training examples: a row added to the draft, or a better answer for a row that asks the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.base.errors import N_, BadSetting
from core.base.types import Example, Message
from core.prepare.draft import Draft, Step
from core.prepare.formatting import with_system_prompt
from core.prepare.repairs import EDIT
from core.prepare.repairs.added import ADDED

MOST_TEXT = 200_000  # characters of one message


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation whose last message is the answer to learn, and where it came from: the model that was asked, and when."""

    turns: tuple[Message, ...]
    model: str = ""
    day: str = ""

    @property
    def answer(self) -> str:
        """The answer to learn."""
        return self.turns[-1].content


def keep(draft: Draft, kept: Kept, row: int | None = None) -> Draft:
    """The draft with what was kept: as the answer of `row` where the data asks the same already, else as a row of its own.

    Raises BadSetting for a conversation that is not questions and answers in turn, or has an empty text.
    """
    roles = [message.role for message in kept.turns]
    if len(roles) < 2 or roles != [("user", "assistant")[at % 2] for at in range(len(roles))] or len(roles) % 2:
        raise BadSetting(N_("This is no question with an answer."), N_("Keep an answer that stands below its question."))
    if not all(message.content.strip() for message in kept.turns):
        raise BadSetting(N_("There is no answer yet."), N_("Write the answer that the model should learn."))
    if any(len(message.content) > MOST_TEXT for message in kept.turns):
        raise BadSetting(N_("A text here is longer than {most} characters."), N_("Shorten it."), most=MOST_TEXT)
    told = {"model": kept.model, "day": kept.day}
    if row is not None:
        return draft.add(Step(EDIT, (row,), {"answer": kept.answer, "kept": told}))
    turns = [{"role": message.role, "content": message.content} for message in kept.turns]
    step = Step(ADDED, params={"messages": turns, "kept": told})
    return draft if any(_same(one, turns) for one in draft.steps) else draft.add(step)


def added(raw: Sequence[Example], steps: Sequence[Step], system: str) -> tuple[tuple[Example, ...], tuple[Step, ...]]:
    """The examples with the kept ones behind them, and the steps with the rows that those have: the ones after the file's last.

    They get the system prompt that the others have, so that a model learns them as it learns the rest.
    """
    last, examples, named = max((one.row for one in raw), default=1), list(raw), []
    for step in steps:
        turns = _turns(step.params.get("messages")) if step.repair == ADDED else ()
        if not turns:
            named.append(step)
            continue
        last += 1
        examples += with_system_prompt([Example(turns, last)], "set", system)
        named.append(replace(step, rows=(last,)))
    return tuple(examples), tuple(named)


def _same(step: Step, turns: list[dict[str, str]]) -> bool:
    return step.repair == ADDED and step.params.get("messages") == turns


def _turns(stored: object) -> tuple[Message, ...]:
    if not isinstance(stored, list | tuple):
        return ()
    found = [Message(str(one.get("role")), str(one.get("content"))) for one in stored if isinstance(one, dict)]
    return tuple(found) if found and found[-1].role == "assistant" else ()
