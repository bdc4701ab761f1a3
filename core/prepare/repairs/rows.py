"""Repairs that leave rows out, and the one that takes fields away which no training file may have."""

from collections.abc import Sequence
from dataclasses import replace

from core.base.chat_format import check_examples
from core.base.errors import N_
from core.base.types import Example, Finding
from core.prepare.checks.answers import placeholders
from core.prepare.checks.registry import Examined
from core.prepare.checks.twins import contradicting, exact_copies, near_copies
from core.prepare.repairs.registry import Params, Repair, always, leave_out, nothing

LEAVE_OUT = "leave_out"


def _rows(examined: Examined, indices: Sequence[int]) -> tuple[int, ...]:
    return tuple(examined.examples[index].row for index in indices)


def _contradicting(examined: Examined, params: Params) -> tuple[int, ...]:
    if examined.shape.kind == "text":
        return ()  # several written replies to one question are no contradiction
    return _rows(examined, sorted(index for group in contradicting(examined) for index in group))


def _empty(examined: Examined, params: Params) -> tuple[int, ...]:
    """Rows whose last answer is blank (a tool call is none): the same that the server's rules find.

    Rows with a blank question are left out by a click of their own: once every answer has to be written anew, one for both took all rows.
    """
    found = (
        finding
        for finding in check_examples(examined.examples, min_examples=0, max_findings=len(examined.examples) * 20 + 100)
        if finding.code == "empty_answer"
    )
    return tuple(sorted({row for finding in found for row in finding.rows}))


def _with_extra_keys(examined: Examined, params: Params) -> tuple[int, ...]:
    return examined.rows_where(bool(_extra_keys(example)) for example in examined.examples)


def _extra_keys(example: Example) -> list[Finding]:
    if not example.extra and not any(message.extra for message in example.messages):
        return []
    return [finding for finding in check_examples([example], min_examples=0) if finding.code == "extra_key"]


def _remove_extra_keys(example: Example) -> Example:
    of_example: set[str] = set()
    of_message: dict[int, set[str]] = {}
    for finding in _extra_keys(example):
        number = finding.params.get("message")
        (of_example if number is None else of_message.setdefault(number - 1, set())).add(str(finding.params["key"]))
    messages = tuple(
        replace(message, extra={key: value for key, value in message.extra.items() if key not in of_message[at]})
        if at in of_message
        else message
        for at, message in enumerate(example.messages)
    )
    return replace(example, messages=messages, extra={key: value for key, value in example.extra.items() if key not in of_example})


REPAIRS = (
    Repair(
        "drop_duplicates",
        N_("Keep the first, leave out its copies"),
        N_("Of rows that are the same word for word only the first is trained."),
        lambda examined, params: _rows(examined, list(exact_copies(examined))),
        always(leave_out),
        safe=True,
    ),
    Repair(
        "drop_near_duplicates",
        N_("Keep the first, leave out the near copies"),
        N_("Of rows with the same answer and the same or nearly the same question only the first is trained."),
        lambda examined, params: _rows(examined, list(near_copies(examined))),
        always(leave_out),
    ),
    Repair(
        "drop_contradictions",
        N_("Leave out all rows that contradict each other"),
        N_("Which of the answers is right only you can know: correct them in your file, or train without these rows."),
        _contradicting,
        always(leave_out),
    ),
    Repair(
        "drop_empty",
        N_("Leave out rows without an answer"),
        N_("A blank cell cannot be guessed. Fill it in in your file if you need the row."),
        _empty,
        always(leave_out),
    ),
    Repair(
        "drop_placeholders",
        N_("Leave out rows whose answer says nothing"),
        N_("An answer such as NaN is a missing answer. Write it in your file if you need the row."),
        lambda examined, params: examined.rows_where(placeholders(examined)),
        always(leave_out),
    ),
    Repair(
        "remove_extra_keys",
        N_("Remove the further fields, keep the rows"),
        N_("Only the conversation itself is trained; fields such as an id or a date are not sent."),
        _with_extra_keys,
        always(_remove_extra_keys),
        safe=True,
    ),
    Repair(
        LEAVE_OUT,
        N_("Leave these rows out"),
        N_("They stay in your file; they are not trained and not tested."),
        nothing,
        always(leave_out),
    ),
    Repair(
        "drop_bad_lines",
        N_("Go on without the lines that cannot be read"),
        N_("They are left out already. Mend them in a text editor if you need them."),
        nothing,
        always(leave_out),
        frozenset({"bad_json_line", "smart_quotes", "nan_value", "not_chat", "not_utf8", "not_a_record"}),
    ),
)
