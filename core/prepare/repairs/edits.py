"""A row changed by hand: the new question and answer stand in the step, so that the change log shows them and undo takes them back."""

from dataclasses import replace

from core.base.errors import N_
from core.base.types import Example
from core.prepare.checks.registry import Examined
from core.prepare.repairs.registry import Changer, Params, Repair, nothing
from core.prepare.worksheet import with_answer

EDIT = "edit"


def with_question(example: Example, text: str) -> Example:
    """The example with another last question; one that asks nothing stays as it is."""
    last = max((at for at, message in enumerate(example.messages) if message.role == "user"), default=None)
    if last is None:
        return example
    messages = list(example.messages)
    messages[last] = replace(messages[last], content=text)
    return replace(example, messages=tuple(messages))


def _edited(examined: Examined, params: Params) -> Changer:
    question, answer = params.get("question"), params.get("answer")

    def change(example: Example) -> Example:
        now = with_question(example, question) if isinstance(question, str) else example
        return with_answer(now, answer) if isinstance(answer, str) else now

    return change


REPAIRS = (
    Repair(
        EDIT,
        N_("Changed by hand"),
        N_("The question and the answer as you wrote them take the place of the file's."),
        nothing,
        _edited,
    ),
)
