"""One-click repairs: pure functions with a preview; the list of applied steps is the change log, and undo is dropping the last.

A repair touches only the rows that it names: it leaves them out or changes them, and every other example stays the very same object.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.base.chat_format import check_examples
from core.base.errors import N_, BadSetting
from core.base.types import Example, Finding
from core.prepare.checks.answers import placeholders
from core.prepare.checks.registry import Examined
from core.prepare.checks.twins import contradicting, exact_copies, near_copies
from core.prepare.draft import Step

LEAVE_OUT = "leave_out"
PREVIEWED = 50


@dataclass(frozen=True, slots=True)
class Repair:
    """A way to mend: `finds` names the rows for a step that brings none, `change` gives the new example or None to leave it out.

    `settles` are the codes of reading that this step accepts as they are: their findings become "info".
    """

    name: str
    label: str
    explain: str
    finds: Callable[[Examined], tuple[int, ...]]
    change: Callable[[Example], Example | None]
    settles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after; `after` is None where the row is left out."""

    row: int
    before: Example
    after: Example | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a step would do: how many rows it touches, and the first of them."""

    n: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """A step of the change log with the rows that it touched."""

    step: Step
    rows: tuple[int, ...]


def apply(examples: Sequence[Example], steps: Sequence[Step]) -> tuple[Example, ...]:
    """The examples after all steps, in order. Raises BadSetting for a repair that does not exist."""
    return apply_logged(examples, steps)[0]


def apply_logged(examples: Sequence[Example], steps: Sequence[Step]) -> tuple[tuple[Example, ...], tuple[Applied, ...]]:
    """The examples after all steps, and what each step touched."""
    now, log = tuple(examples), []
    for step in steps:
        repair, rows = _resolve(now, step)
        before = {example.row for example in now} & rows
        now = tuple(changed for example in now if (changed := repair.change(example) if example.row in rows else example) is not None)
        log.append(Applied(step, tuple(sorted(before))))
    return now, tuple(log)


def preview(examples: Sequence[Example], step: Step, most: int = PREVIEWED) -> Preview:
    """What the step would do to these examples, without doing it."""
    repair, rows = _resolve(examples, step)
    touched = [example for example in examples if example.row in rows]
    return Preview(len(touched), tuple(Change(example.row, example, repair.change(example)) for example in touched[:most]))


def step_for(finding: Finding) -> Step | None:
    """The step that repairs a finding, or None where nothing but a person can. A step by its own rule carries no rows."""
    if finding.repair is None or finding.repair not in REPAIRS:
        return None
    return Step(LEAVE_OUT, finding.rows) if finding.repair == LEAVE_OUT else Step(finding.repair)


def settled(findings: Sequence[Finding], steps: Sequence[Step]) -> tuple[Finding, ...]:
    """The findings of reading, those that a step accepts turned to "info"."""
    codes = frozenset(code for step in steps if step.repair in REPAIRS for code in REPAIRS[step.repair].settles)
    return tuple(replace(finding, severity="info", repair=None) if finding.code in codes else finding for finding in findings)


def _resolve(examples: Sequence[Example], step: Step) -> tuple[Repair, set[int]]:
    repair = REPAIRS.get(step.repair)
    if repair is None:
        raise BadSetting(N_("There is no repair called {name}."), N_("Remove that step from the change log."), name=step.repair)
    return repair, set(step.rows if step.rows is not None else repair.finds(Examined(examples)))


def _leave_out(example: Example) -> None:
    return None


def _rows(examined: Examined, indices: Sequence[int]) -> tuple[int, ...]:
    return tuple(examined.examples[index].row for index in indices)


def _contradicting(examined: Examined) -> tuple[int, ...]:
    if examined.shape.kind == "text":
        return ()  # several written replies to one question are no contradiction
    return _rows(examined, sorted(index for group in contradicting(examined) for index in group))


def _empty(examined: Examined) -> tuple[int, ...]:
    """Rows whose last answer is blank (a tool call is none), or whose question is: the same that the server's rules find."""
    found = (
        finding
        for finding in check_examples(examined.examples, min_examples=0, max_findings=len(examined.examples) * 20 + 100)
        if finding.code in ("empty_answer", "empty_question")
    )
    return tuple(sorted({row for finding in found for row in finding.rows}))


def _with_extra_keys(examined: Examined) -> tuple[int, ...]:
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


REPAIRS: Mapping[str, Repair] = {
    repair.name: repair
    for repair in (
        Repair(
            "drop_duplicates",
            N_("Keep the first, leave out its copies"),
            N_("Of rows that are the same word for word only the first is trained."),
            lambda examined: _rows(examined, exact_copies(examined)),
            _leave_out,
        ),
        Repair(
            "drop_near_duplicates",
            N_("Keep the first, leave out the near copies"),
            N_("Of rows that differ only in capitals, spaces or punctuation only the first is trained."),
            lambda examined: _rows(examined, near_copies(examined)),
            _leave_out,
        ),
        Repair(
            "drop_contradictions",
            N_("Leave out all rows that contradict each other"),
            N_("Which of the answers is right only you can know: correct them in your file, or train without these rows."),
            _contradicting,
            _leave_out,
        ),
        Repair(
            "drop_empty",
            N_("Leave out rows without a question or an answer"),
            N_("A blank cell cannot be guessed. Fill it in in your file if you need the row."),
            _empty,
            _leave_out,
        ),
        Repair(
            "drop_placeholders",
            N_("Leave out rows whose answer says nothing"),
            N_("An answer such as NaN is a missing answer. Write it in your file if you need the row."),
            lambda examined: examined.rows_where(placeholders(examined)),
            _leave_out,
        ),
        Repair(
            "remove_extra_keys",
            N_("Remove the further fields, keep the rows"),
            N_("Only the conversation itself is trained; fields such as an id or a date are not sent."),
            _with_extra_keys,
            _remove_extra_keys,
        ),
        Repair(
            LEAVE_OUT,
            N_("Leave these rows out"),
            N_("They stay in your file; they are not trained and not tested."),
            lambda examined: (),
            _leave_out,
        ),
        Repair(
            "drop_bad_lines",
            N_("Go on without the lines that cannot be read"),
            N_("They are left out already. Mend them in a text editor if you need them."),
            lambda examined: (),
            _leave_out,
            frozenset({"bad_json_line", "smart_quotes", "nan_value", "not_chat", "not_utf8", "not_a_record"}),
        ),
    )
}
