"""How the columns of a table become questions and answers: the user's choice, checked before it is used."""

from collections import abc
from dataclasses import dataclass, fields, replace
from typing import Any

from core.base.errors import N_, BadMapping
from core.prepare.rounding import MOST_DECIMALS, Notation
from core.prepare.source import Table
from core.prepare.templates import Missing, Template, parse, parse_prompt, unknown_column


@dataclass(frozen=True, slots=True)
class Mapping:
    """Question columns, answer columns and the system prompt (None takes the suggested one), and how they are written.

    Templates hold `{Column}` and say themselves which columns they need; without one the columns are written as `make_examples` says.
    `decimals` shortens numbers, `missing` says what becomes of a field without a value. Rows with an equal value of `conversation` make
    one conversation, in the file's order or that of the column `order`. With `role` and `text` each row is one message of it instead of a
    question and an answer. `weight` holds 0 for answers that are not to be learned, `tools` the functions that the model may call.
    `notation` says which columns are shortened and what they write before their decimals: settled by the file that trains, so that a
    later file of a few rows is read in the same way; None leaves it to the file.
    """

    question: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    system_prompt: str | None = None
    question_template: str | None = None
    answer_template: str | None = None
    decimals: int | None = None
    missing: Missing = "leave_out"
    conversation: str | None = None
    order: str | None = None
    role: str | None = None
    text: str | None = None
    weight: str | None = None
    tools: str | None = None
    notation: Notation | None = None

    @property
    def by_message(self) -> bool:
        """Whether each row is one message, with a column that says whose."""
        return self.role is not None and self.text is not None

    def ignored(self, table: Table) -> tuple[str, ...]:
        """The columns that train nothing."""
        used = set(used_columns(self, table.columns))
        return tuple(name for name in table.columns if name not in used)

    def to_dict(self) -> dict[str, Any]:
        """As JSON; what is as it always was is not written, so that a data set saved by an earlier version still compares equal."""
        told: dict[str, Any] = {"question": list(self.question), "answer": list(self.answer), "system_prompt": self.system_prompt}
        further = {name: getattr(self, name) for name in _FURTHER}
        told |= {name: value for name, value in further.items() if value != getattr(_EMPTY, name)}
        return told if self.notation is None else told | {"notation": dict(self.notation)}

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any]) -> "Mapping":
        """Read a stored mapping; unknown keys and values of a wrong type are passed over."""
        decimals, missing, notation = data.get("decimals"), data.get("missing"), data.get("notation")
        texts: dict[str, Any] = {name: data[name] for name in (*_TEXTS, *_COLUMNS) if isinstance(data.get(name), str)}
        is_number = isinstance(decimals, int) and not isinstance(decimals, bool) and 0 <= decimals <= MOST_DECIMALS
        return cls(
            question=_names(data.get("question")),
            answer=_names(data.get("answer")),
            decimals=decimals if is_number else None,
            missing="say_unknown" if missing == "say_unknown" else "as_written" if missing == "as_written" else "leave_out",
            notation=_notation(notation) if isinstance(notation, abc.Mapping) else None,
            **texts,
        )


_TEXTS = ("system_prompt", "question_template", "answer_template")
_COLUMNS = ("conversation", "order", "role", "text", "weight", "tools")
_FURTHER = tuple(field.name for field in fields(Mapping) if field.name not in ("question", "answer", "system_prompt"))
_EMPTY = Mapping()


def question_text(mapping: Mapping, columns: abc.Sequence[str]) -> Template | None:
    """The question's template taken apart. Raises BadMapping; its parameter `where` names the text that is wrong."""
    return _template(mapping.question_template, columns, "question_template")


def answer_text(mapping: Mapping, columns: abc.Sequence[str]) -> Template | None:
    """The answer's template taken apart. Raises BadMapping."""
    return _template(mapping.answer_template, columns, "answer_template")


def system_text(mapping: Mapping, columns: abc.Sequence[str]) -> Template:
    """The system prompt taken apart. Raises BadMapping."""
    try:
        return parse_prompt(mapping.system_prompt or "", columns)
    except BadMapping as wrong:
        raise _at("system_prompt", wrong) from None


def asked_columns(mapping: Mapping, columns: abc.Sequence[str]) -> tuple[str, ...]:
    """The columns that the question is made of, those of its template where it has one. Raises BadMapping."""
    template = question_text(mapping, columns)
    return mapping.question if template is None else tuple(columns[at] for at in template.columns)


def told_columns(mapping: Mapping, columns: abc.Sequence[str]) -> tuple[str, ...]:
    """The columns that the answer is made of, those of its template where it has one. Raises BadMapping."""
    template = answer_text(mapping, columns)
    return mapping.answer if template is None else tuple(columns[at] for at in template.columns)


def system_columns(mapping: Mapping, columns: abc.Sequence[str]) -> tuple[str, ...]:
    """The columns that stand in the system prompt. Raises BadMapping."""
    return tuple(columns[at] for at in system_text(mapping, columns).columns)


def used_columns(mapping: Mapping, columns: abc.Sequence[str]) -> tuple[str, ...]:
    """All columns that have a part in the examples."""
    found = [name for field in _COLUMNS if (name := getattr(mapping, field)) is not None]
    for of in (system_columns,) if mapping.by_message else (asked_columns, told_columns, system_columns):
        try:
            found += of(mapping, columns)
        except BadMapping:  # told where the examples are made
            continue
    return tuple(dict.fromkeys(found))


def check_mapping(table: Table, mapping: Mapping) -> None:
    """Raise BadMapping, in words, where these columns cannot make training examples."""
    columns = table.columns
    shown = system_columns(mapping, columns)
    asked, told = ((), ()) if mapping.by_message else (asked_columns(mapping, columns), told_columns(mapping, columns))
    named = [name for field in _COLUMNS if (name := getattr(mapping, field)) is not None]
    unknown = [name for name in (*asked, *told, *named) if name not in columns]
    if len(unknown) == 1:
        raise unknown_column(unknown[0], columns)
    if unknown:
        raise BadMapping(
            N_("This file has no column named {columns}."), N_("Choose among the columns that it has."), columns=", ".join(unknown[:5])
        )
    if mapping.role is not None or mapping.text is not None:
        _check_messages(mapping)
        return
    _check_chosen(asked, told)
    both = [name for name in dict.fromkeys((*asked, *shown)) if name in told]
    if both:
        raise BadMapping(
            N_("The column {columns} is both question and answer."),
            N_("A model that is shown the answer learns nothing. Choose one of the two."),
            columns=", ".join(both),
        )


def without(mapping: Mapping, missing: abc.Collection[str]) -> Mapping:
    """The mapping for a file that lacks these columns; a template that needs one of them stays, and says so where it is used."""
    gone: dict[str, Any] = dict.fromkeys(field for field in _COLUMNS if getattr(mapping, field) in missing)
    return replace(
        mapping,
        question=tuple(name for name in mapping.question if name not in missing),
        answer=tuple(name for name in mapping.answer if name not in missing),
        **gone,
    )


def _check_chosen(asked: abc.Sequence[str], told: abc.Sequence[str]) -> None:
    if not asked and not told:
        raise BadMapping(
            N_("No column here looks like a question with its answer."),
            N_("Choose which columns the model is asked and which it should answer. A table of numbers alone has neither."),
        )
    if not asked:
        raise BadMapping(N_("No column is chosen as the question."), N_("Choose the column that holds what the model is asked."))
    if not told:
        raise BadMapping(N_("No column is chosen as the answer."), N_("Choose the column that holds what the model should answer."))


def _check_messages(mapping: Mapping) -> None:
    if mapping.conversation is None:
        raise BadMapping(
            N_("It is not said which rows belong to one conversation."),
            N_("Choose the column whose value is the same in all rows of a conversation."),
        )
    if mapping.role is None:
        raise BadMapping(
            N_("It is not said who speaks in each row."),
            N_("Choose the column that says whether a row is of the user or of the assistant."),
        )
    if mapping.text is None:
        raise BadMapping(N_("It is not said where the text of each message stands."), N_("Choose the column that holds the messages."))


def _template(text: str | None, columns: abc.Sequence[str], where: str) -> Template | None:
    if text is None:
        return None
    try:
        template = parse(text, columns)
    except BadMapping as wrong:
        raise _at(where, wrong) from None
    if not template.columns:
        raise BadMapping(
            N_("This text has no column in it, so that it would be the same in every row."),
            N_("Put in a column, or leave the text empty: the columns chosen above are taken then."),
            where=where,
        )
    return template


def _at(where: str, wrong: BadMapping) -> BadMapping:
    return BadMapping(wrong.message, wrong.hint, details=wrong.details, where=where, **wrong.params)


def _names(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in value if isinstance(name, str))) if isinstance(value, list | tuple) else ()


def _notation(value: abc.Mapping[Any, Any]) -> Notation:
    return tuple((name, mark) for name, mark in value.items() if isinstance(name, str) and mark in (",", "."))
