"""Which columns are the question and which the answer: chosen by the user, guessed with a reason, checked before use."""

from collections import abc
from dataclasses import dataclass, replace
from typing import Any

from core.base.errors import N_, BadMapping
from core.base.types import Reason
from core.prepare.columns import ColumnProfile, profile
from core.prepare.names import is_answer_name, is_question_name, is_reply_name
from core.prepare.source import Table

MOST_LISTED = 12  # more labels than this are not spelled out in the suggested system prompt: each example would pay for them in tokens


@dataclass(frozen=True, slots=True)
class Mapping:
    """Question columns, answer columns, and the system prompt; None as prompt takes `suggest_system_prompt`."""

    question: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    system_prompt: str | None = None

    def ignored(self, table: Table) -> tuple[str, ...]:
        """The columns that train nothing."""
        return tuple(name for name in table.columns if name not in self.question and name not in self.answer)

    def to_dict(self) -> dict[str, Any]:
        return {"question": list(self.question), "answer": list(self.answer), "system_prompt": self.system_prompt}

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any]) -> "Mapping":
        """Read a stored mapping; unknown keys and values of a wrong type are passed over."""
        prompt = data.get("system_prompt")
        return cls(_names(data.get("question")), _names(data.get("answer")), prompt if isinstance(prompt, str) else None)


def check_mapping(table: Table, mapping: Mapping) -> None:
    """Raise BadMapping, in words, where these columns cannot make training examples."""
    unknown = [name for name in (*mapping.question, *mapping.answer) if name not in table.columns]
    if unknown:
        raise BadMapping(
            N_("This file has no column named {columns}."), N_("Choose among the columns that it has."), columns=", ".join(unknown[:5])
        )
    if not mapping.question and not mapping.answer:
        raise BadMapping(
            N_("No column here looks like a question with its answer."),
            N_("Choose which columns the model is asked and which it should answer. A table of numbers alone has neither."),
        )
    if not mapping.question:
        raise BadMapping(N_("No column is chosen as the question."), N_("Choose the column that holds what the model is asked."))
    if not mapping.answer:
        raise BadMapping(N_("No column is chosen as the answer."), N_("Choose the column that holds what the model should answer."))
    both = [name for name in mapping.question if name in mapping.answer]
    if both:
        raise BadMapping(
            N_("The column {columns} is both question and answer."),
            N_("A model that is shown the answer learns nothing. Choose one of the two."),
            columns=", ".join(both),
        )


def guess_mapping(table: Table) -> tuple[Mapping, tuple[Reason, ...]]:
    """Guess the columns from their names (English and Indonesian) and from what they hold, and say why.

    Where nothing fits, question or answer stays empty and the reason is `no_question_column` or `no_answer_column`.
    """
    columns = [column for column in profile(table) if column.kind != "empty"]
    answer, why_answer = _guess_answer(columns)
    question, why_question = _guess_question([column for column in columns if column.name not in answer], bool(answer))
    if not answer and question:
        texts = [column.name for column in columns if column.kind == "text" and column.name not in question]
        if texts:
            answer, why_answer = (texts[-1],), Reason("answer_by_content", {"columns": [texts[-1]]})
        elif len(question) > 1 and why_question.code == "question_by_name":
            # two columns whose names both sound like questions: the last one is what is answered
            question, answer = question[:-1], question[-1:]
            why_question, why_answer = (
                replace(why_question, params={"columns": list(question)}),
                Reason("answer_by_content", {"columns": list(answer)}),
            )
    mapping = Mapping(question, answer)
    ignored = mapping.ignored(table)
    reasons = (why_question, why_answer) + ((Reason("columns_ignored", {"columns": list(ignored)}),) if ignored else ())
    return mapping, reasons


def suggest_system_prompt(table: Table, mapping: Mapping) -> str:
    """An instruction that says what the answers look like; empty where they are free text and need none."""
    known = {column.name: column for column in profile(table)}
    answers = [known[name] for name in mapping.answer if name in known]
    if not answers or not mapping.question:
        return ""
    labels = all(column.kind == "label" for column in answers)
    asks_text = any(known[name].kind == "text" for name in mapping.question if name in known)
    task = ("Classify the message. " if asks_text else "Classify these values. ") if labels else ""
    if len(answers) > 1:
        names = [f'"{column.name}"' for column in answers]
        return f"{task}Answer as JSON with the keys {', '.join(names[:-1])} and {names[-1]}."
    if not labels:
        return ""
    values = list(dict.fromkeys(cell.strip() for cell in table.column(answers[0].name) if cell.strip()))
    if len(values) <= MOST_LISTED:
        return f"{task}Answer with one of these labels: {', '.join(values)}."
    return f"{task}Answer with the label only."


def resolve(table: Table, mapping: Mapping) -> Mapping:
    """The mapping with its system prompt filled in."""
    return mapping if mapping.system_prompt is not None else replace(mapping, system_prompt=suggest_system_prompt(table, mapping))


def _guess_answer(columns: abc.Sequence[ColumnProfile]) -> tuple[tuple[str, ...], Reason]:
    named = [column for column in columns if is_answer_name(column.name) and column.kind not in ("id", "date")]
    # "Question category" sounds like both: repeated labels are an answer, free text is a question
    named = [column for column in named if not is_question_name(column.name) or column.kind == "label"]
    replies = [column for column in named if is_reply_name(column.name)]
    if replies:
        return (replies[0].name,), Reason("answer_by_name", {"columns": [replies[0].name]})
    if named:
        names = tuple(column.name for column in named)
        return names, Reason("answer_by_name", {"columns": list(names)})
    labels = [column.name for column in columns if column.kind == "label" and not is_question_name(column.name)]
    if labels:
        return (labels[-1],), Reason("answer_by_content", {"columns": [labels[-1]]})
    return (), Reason("no_answer_column")


def _guess_question(columns: abc.Sequence[ColumnProfile], has_answer: bool) -> tuple[tuple[str, ...], Reason]:
    named = [column for column in columns if is_question_name(column.name) and column.kind not in ("id", "date")]
    texts = [column for column in named if column.kind == "text"]
    if texts or named:
        names = tuple(column.name for column in texts or named[:1])
        return names, Reason("question_by_name", {"columns": list(names)})
    texts = [column for column in columns if column.kind == "text"]
    if texts:
        # without an answer yet the first text is asked and the last one answers; with one, the longest text is what is asked
        chosen = max(texts, key=lambda column: column.mean_length) if has_answer else texts[0]
        return (chosen.name,), Reason("question_by_content", {"columns": [chosen.name]})
    numbers = tuple(column.name for column in columns if column.kind == "number" and column.distinct > 1)
    if numbers and has_answer:
        return numbers, Reason("question_from_numbers", {"columns": list(numbers)})
    return (), Reason("no_question_column")


def _names(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in value if isinstance(name, str))) if isinstance(value, list | tuple) else ()
