"""What a table's columns probably are, judged by their names (English and Indonesian) and by what they hold, with the reasons."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.base.types import Reason
from core.prepare.columns import ColumnProfile, has_no_value, profile
from core.prepare.mapping import Mapping
from core.prepare.names import (
    is_answer_name,
    is_conversation_name,
    is_instruction_name,
    is_question_name,
    is_reply_name,
    is_role_name,
    is_system_name,
    is_text_name,
    is_tools_name,
    is_weight_name,
    order_rank,
)
from core.prepare.source import Table
from core.prepare.templates import literal, placeholder
from core.prepare.turns import are_roles, read_tools

HARDLY = 0.1  # share of rows with a value below which a column of numbers is no part of the question
MOST_TURNS = 200  # rows with the same value: more are no conversation but everything of one customer or device
_SAMPLE = 2_000  # rows from the top, so that the turns of a conversation stay together
Columns = Sequence[ColumnProfile]


def guess_mapping(table: Table) -> tuple[Mapping, tuple[Reason, ...]]:
    """The columns as question, answer and so on, and why.

    Where nothing fits, question or answer stays empty and the reason is `no_question_column` or `no_answer_column`.
    """
    columns = [column for column in profile(table) if column.kind != "empty"]
    messages = _messages(table, columns)
    if messages is not None:
        mapping, reasons = messages
    else:
        mapping, reasons = _questions_and_answers(table, columns)
    tools = next((column.name for column in columns if is_tools_name(column.name) and _are_tools(table.column(column.name))), None)
    mapping = replace(mapping, tools=tools)
    ignored = mapping.ignored(table)
    bare = {column.name for column in columns if _is_bare(column, columns)} if reasons[0].code == "question_from_numbers" else set()
    for code, names in (
        ("columns_hardly_filled", [name for name in ignored if name in bare]),
        ("columns_ignored", [name for name in ignored if name not in bare]),
    ):
        if names:
            reasons = (*reasons, Reason(code, {"columns": names}))
    return mapping, reasons


def the_rest(columns: Columns, answer: Sequence[str], besides: Sequence[str | None] = ()) -> tuple[str, ...]:
    """All columns but the answer's (and those with a part of their own, `besides`): the question, where everything else is asked.

    Columns with nothing in them and identifiers stay out: a model that is shown a row's number learns it by heart.
    """
    return tuple(
        column.name for column in columns if column.kind not in ("empty", "id") and column.name not in answer and column.name not in besides
    )


def _questions_and_answers(table: Table, columns: Columns) -> tuple[Mapping, tuple[Reason, ...]]:
    weight = next((column.name for column in columns if is_weight_name(column.name) and _are_flags(table.column(column.name))), None)
    talk = [column for column in columns if column.name != weight]
    system = _system(talk)
    spoken = [column for column in talk if system is None or column.name != system.name]
    answer, why_answer = _answer(spoken)
    if system is not None and not (answer and _question([one for one in spoken if one.name not in answer], True).columns):
        # without the instruction there would be no question, or no answer: then it is one of the two
        system, spoken = None, talk
        answer, why_answer = _answer(spoken)
    found = _question([column for column in spoken if column.name not in answer], bool(answer))
    question, why_question = found.columns, found.why
    if not answer and question:
        others = [column for column in spoken if column.name not in question and column.kind not in ("id", "date")]
        texts = [column.name for column in others if column.kind == "text"] or [column.name for column in others if len(others) == 1]
        if texts:
            # the last text, or the one column that is left
            answer, why_answer = (texts[-1],), Reason("answer_by_content", {"columns": [texts[-1]]})
        elif len(question) > 1 and why_question.code == "question_by_name":
            # two columns whose names both sound like questions: the last one is what is answered
            question, answer = question[:-1], question[-1:]
            why_question, why_answer = (
                replace(why_question, params={"columns": list(question)}),
                Reason("answer_by_content", {"columns": list(answer)}),
            )
    mapping = Mapping(question, answer, weight=weight)
    reasons: tuple[Reason, ...] = (why_question, why_answer)
    if system is not None:
        mapping, why = _with_system(table, mapping, system)
        reasons = (*reasons, why)
    if weight is not None:
        reasons = (*reasons, Reason("weight_by_name", {"column": weight}))
    taken = (*question, *answer, system.name if system else None, weight)
    conversation = _conversation(table, [column for column in columns if column.name not in taken])
    replies = [column for column in columns if column.name in answer and column.kind == "text"]
    if conversation is not None and len(replies) == len(answer) == 1:
        order = _order([column for column in columns if column.name not in (*taken, conversation)])
        mapping = replace(mapping, conversation=conversation, order=order)
        reasons = (*reasons, _why_conversation(conversation, order))
    return mapping, reasons


def _answer(columns: Columns) -> tuple[tuple[str, ...], Reason]:
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


@dataclass(frozen=True, slots=True)
class _Asked:
    columns: tuple[str, ...]
    why: Reason


def _question(columns: Columns, has_answer: bool) -> _Asked:
    named = [column for column in columns if is_question_name(column.name) and column.kind not in ("id", "date")]
    texts = [column for column in named if column.kind == "text"]
    if texts or named:
        names = tuple(column.name for column in texts or named[:1])
        return _Asked(names, Reason("question_by_name", {"columns": list(names)}))
    texts = [column for column in columns if column.kind == "text"]
    if texts:
        # without an answer yet the first text is asked and the last one answers; with one, the longest text is what is asked
        chosen = max(texts, key=lambda column: column.mean_length) if has_answer else texts[0]
        return _Asked((chosen.name,), Reason("question_by_content", {"columns": [chosen.name]}))
    numbers = tuple(column.name for column in columns if column.kind == "number" and column.distinct > 1 and not _is_bare(column, columns))
    if numbers and has_answer:
        return _Asked(numbers, Reason("question_from_numbers", {"columns": list(numbers)}))
    rest = the_rest([column for column in columns if column.kind != "date"], ()) if has_answer else ()
    if rest:
        return _Asked(rest, Reason("question_is_the_rest", {"columns": list(rest)}))
    return _Asked((), Reason("no_question_column"))


def _is_bare(column: ColumnProfile, columns: Columns) -> bool:
    """Whether a column of numbers is so empty beside the fullest one that the checks find fault with it as soon as it is asked."""
    return column.kind == "number" and column.filled < HARDLY * max(other.filled for other in columns)


def _system(columns: Columns) -> ColumnProfile | None:
    """The column of system prompts: by its name, or an instruction that comes again and again beside a question."""
    columns = [column for column in columns if "{" not in column.name and "}" not in column.name]
    named = [column for column in columns if is_system_name(column.name) and column.kind in ("text", "label")]
    if named:
        return named[0]
    asked = [column for column in columns if is_question_name(column.name) and not is_reply_name(column.name)]
    again = [
        column
        for column in columns
        if is_instruction_name(column.name) and column.kind in ("text", "label") and column.distinct * 2 <= column.filled
    ]
    beside = [column for column in again if any(other.name != column.name and other.distinct > column.distinct for other in asked)]
    return beside[0] if beside and not any(is_answer_name(column.name) for column in beside) else None


def _with_system(table: Table, mapping: Mapping, system: ColumnProfile) -> tuple[Mapping, Reason]:
    values = {cell.strip() for cell in table.column(system.name) if not has_no_value(cell)}
    if len(values) == 1:
        # the text itself stands in its field then, to be read and changed
        (text,) = values
        return replace(mapping, system_prompt=literal(text, table.columns)), Reason("system_is_constant", {"column": system.name})
    return replace(mapping, system_prompt=placeholder(system.name)), Reason("system_by_name", {"column": system.name})


def _messages(table: Table, columns: Columns) -> tuple[Mapping, tuple[Reason, ...]] | None:
    """One message a row: a column that says who speaks, one with the text, and one that holds the conversation together."""
    role = next((column for column in columns if is_role_name(column.name) and are_roles(table.column(column.name)[:_SAMPLE])), None)
    if role is None:
        return None
    others = [column for column in columns if column.name != role.name]
    conversation = _conversation(table, others)
    texts = [column for column in others if column.kind in ("text", "label") and column.name != conversation]
    named = [column for column in texts if is_text_name(column.name)]
    if conversation is None or not texts:
        return None
    text = max(named or texts, key=lambda column: column.mean_length)
    order = _order([column for column in others if column.name not in (conversation, text.name)])
    weight = next((column.name for column in others if is_weight_name(column.name) and _are_flags(table.column(column.name))), None)
    mapping = Mapping(conversation=conversation, order=order, role=role.name, text=text.name, weight=weight)
    why = Reason("messages_by_role", {"role": role.name, "text": text.name})
    return mapping, (why, _why_conversation(conversation, order))


def _why_conversation(conversation: str, order: str | None) -> Reason:
    if order is None:
        return Reason("conversation_by_name", {"column": conversation})
    return Reason("conversation_in_order", {"column": conversation, "order": order})


def _conversation(table: Table, columns: Columns) -> str | None:
    """The column whose equal values make a conversation: named so, and with a few rows for most of its values."""
    for column in columns:
        if not is_conversation_name(column.name):
            continue
        sizes = Counter(cell.strip() for cell in table.column(column.name)[:_SAMPLE] if not has_no_value(cell))
        together = sum(size for size in sizes.values() if size > 1)
        if len(sizes) > 1 and 2 * together >= sum(sizes.values()) and max(sizes.values()) <= MOST_TURNS:
            return column.name
    return None


def _order(columns: Columns) -> str | None:
    ranked = [(order_rank(column.name), column) for column in columns if column.kind in ("number", "date", "id", "label")]
    best = max(ranked, key=lambda found: found[0], default=None)
    return best[1].name if best is not None and best[0] else None


def _are_flags(cells: Sequence[str]) -> bool:
    return {cell.strip() for cell in cells if not has_no_value(cell)} in ({"0", "1"}, {"0.0", "1.0"})


def _are_tools(cells: Sequence[str]) -> bool:
    """Whether every cell is a list of tools or blank, and not all are blank."""
    try:
        return any([read_tools(cell) for cell in set(cells)])
    except ValueError:
        return False
