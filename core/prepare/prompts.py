"""What a mapping leaves to the file: a system prompt that says what the answers look like, and how numbers are written."""

from collections.abc import Sequence
from dataclasses import replace

from core.prepare.columns import profile
from core.prepare.mapping import Mapping
from core.prepare.placeholders import is_placeholder
from core.prepare.rounding import notation_of
from core.prepare.source import Table
from core.prepare.templates import literal

MOST_LISTED = 12  # more labels than this are not spelled out in the suggested system prompt: each example would pay for them in tokens


def suggest_system_prompt(table: Table, mapping: Mapping, answers_now: Sequence[str] | None = None) -> str:
    """An instruction that says what the answers look like; empty where they are free text and need none.

    `answers_now` are the answers after the repairs: a spelling that was mended is no label any more. None takes those of the table.
    """
    known = {column.name: column for column in profile(table)}
    answers = [known[name] for name in mapping.answer if name in known]
    if not answers or mapping.answer_template is not None or mapping.by_message or not (mapping.question or mapping.question_template):
        return ""
    labels = all(column.kind == "label" for column in answers)
    asks_text = any(known[name].kind == "text" for name in mapping.question if name in known)
    task = ("Classify the message. " if asks_text else "Classify these values. ") if labels else ""
    if len(answers) > 1:
        names = [f'"{column.name}"' for column in answers]
        return literal(f"{task}Answer as JSON with the keys {', '.join(names[:-1])} and {names[-1]}.", table.columns)
    if not labels:
        return ""
    cells = table.column(answers[0].name) if answers_now is None else answers_now
    values = list(dict.fromkeys(cell.strip() for cell in cells if cell.strip() and not is_placeholder(cell)))
    if len(values) <= MOST_LISTED:
        return literal(f"{task}Answer with one of these labels: {', '.join(values)}.", table.columns)
    return f"{task}Answer with the label only."


def resolve(table: Table, mapping: Mapping) -> Mapping:
    """The mapping with nothing left to the file: its system prompt filled in, and the notation of its numbers where they are shortened."""
    if mapping.system_prompt is None:
        mapping = replace(mapping, system_prompt=suggest_system_prompt(table, mapping))
    if mapping.decimals is not None and mapping.notation is None:
        mapping = replace(mapping, notation=notation_of(table))
    return mapping
