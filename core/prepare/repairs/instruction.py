"""Repairs of what stands in the wrong place: the instruction as an answer, question and answer swapped, a system prompt that is missing."""

from dataclasses import replace

from core.base.answers import render_answer
from core.base.errors import N_
from core.base.similarity import normal_form
from core.base.types import Example, Message
from core.prepare.checks.instructed import instruction
from core.prepare.checks.prompts import without_prompt
from core.prepare.checks.registry import Examined
from core.prepare.checks.sides import signs
from core.prepare.checks.swapped import swapped
from core.prepare.repairs.edits import with_question
from core.prepare.repairs.registry import Changer, Params, Repair
from core.prepare.worksheet import with_answer


def _text(params: Params, otherwise: str) -> str:
    """The text that the step carries: it must do the same when the answers that it was found by are gone."""
    told = params.get("text")
    return told if isinstance(told, str) and told.strip() else otherwise


def _answered_by_instruction(examined: Examined, params: Params) -> tuple[int, ...]:
    text = _text(params, instruction(examined))
    return examined.rows_where(_same(answer, text) for answer in examined.answers) if text else ()


def _same(answer: str, text: str) -> bool:
    return bool(answer) and (answer == text or normal_form(answer) == normal_form(text))


def _moving(examined: Examined, params: Params) -> Changer:
    text = _text(params, instruction(examined))

    def change(example: Example) -> Example:
        return with_answer(_under(example, text), "") if text else example

    return change


def _under(example: Example, prompt: str) -> Example:
    """The example under this system prompt, if it has none; its own stays."""
    at = next((index for index, message in enumerate(example.messages) if message.role in ("system", "developer")), None)
    if at is None:
        return replace(example, messages=(Message("system", prompt), *example.messages))
    if example.messages[at].content.strip():
        return example
    messages = list(example.messages)
    messages[at] = replace(messages[at], content=prompt)
    return replace(example, messages=tuple(messages))


def _adding(examined: Examined, params: Params) -> Changer:
    prompt = _text(params, without_prompt(examined)[1])
    return lambda example: _under(example, prompt) if prompt else example


def _swapping(examined: Examined, params: Params) -> Changer:
    def change(example: Example) -> Example:
        if example.rejected:
            return example  # the worse answer would then answer another question
        question, answer = example.question, example.answer
        index = examined.at.get(example.row)
        values = examined.parsed[index] if index is not None and examined.shape.kind == "json" else None
        if values:
            # of a JSON answer one field has changed places with the question: the one that is a sentence
            field = max(values, key=lambda name: len(signs(values[name])))
            return with_answer(with_question(example, values[field]), render_answer({**values, field: question}, examined.shape))
        return with_answer(with_question(example, answer), question)

    return change


REPAIRS = (
    Repair(
        "move_instruction",
        N_("Move the instruction to the system prompt"),
        N_("It becomes the system prompt of these rows, and their answers become blank, to be written further down or left out."),
        _answered_by_instruction,
        _moving,
        first=True,
    ),
    Repair(
        "swap_turns",
        N_("Swap question and answer back"),
        N_("What stands as the answer becomes the question, and the question the answer."),
        lambda examined, params: examined.rows_where(swapped(examined)),
        _swapping,
        first=True,
    ),
    Repair(
        "add_prompt",
        N_("Give these rows the same system prompt"),
        N_("Rows that have one of their own keep it."),
        lambda examined, params: examined.rows_where(without_prompt(examined)[0]),
        _adding,
    ),
)
