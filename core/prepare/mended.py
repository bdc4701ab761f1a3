"""From the bytes and a draft to the examples that stand after every change: what the checks look at, and what is saved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.base.errors import BadMapping
from core.base.types import Example, Finding, Reason
from core.prepare.changes import changed
from core.prepare.columns import ColumnProfile, profile
from core.prepare.draft import Draft, Step
from core.prepare.formatting import make_examples, with_system_prompt
from core.prepare.guessing import guess_mapping
from core.prepare.kept import added
from core.prepare.mapping import Mapping
from core.prepare.own_test import read_own_test
from core.prepare.prompts import resolve, suggest_system_prompt
from core.prepare.reading import read_table
from core.prepare.repairs import REPAIRS, Applied
from core.prepare.source import DEFAULT, Limits, Source


@dataclass(frozen=True, slots=True)
class Mended:
    """A file as read, mapped and repaired, before anything is checked; where `problem` is set the columns make no examples yet.

    `raw` are the examples as the file has them, `worked` those after repairs and approved answers; `unread` are what was found of the own
    test file.
    """

    source: Source
    columns: tuple[ColumnProfile, ...]
    mapping: Mapping | None
    mapping_reasons: tuple[Reason, ...]
    problem: BadMapping | None
    raw: tuple[Example, ...] = ()
    worked: tuple[Example, ...] = ()
    own_test: tuple[Example, ...] = ()
    unread: tuple[Finding, ...] = ()
    steps: tuple[Step, ...] = ()
    applied: tuple[Applied, ...] = ()


def mend(
    data: bytes,
    name: str,
    draft: Draft,
    *,
    test_data: bytes | None = None,
    limits: Limits = DEFAULT,
    told: Callable[[], None] = lambda: None,
) -> Mended:
    """Read, map, format and repair: a pure function of the file, the draft and the user's own test file, if there is one.

    `told` is called once the file is read. Raises UnreadableFile, EmptyFile, TooLarge where nothing can be read.
    """
    source = read_table(data, name, limits=limits, choices=draft.reading)
    told()
    columns = profile(source.table) if source.table is not None else ()
    mapping = draft.mapping
    why: tuple[Reason, ...] = ()
    if source.table is not None:
        if mapping is None:
            mapping, why = guess_mapping(source.table)
        mapping = resolve(source.table, mapping)
        try:
            raw = make_examples(source.table, mapping)
        except BadMapping as problem:
            return Mended(source, columns, mapping, why, problem)
    else:
        mapping = None
        raw = with_system_prompt(source.examples, draft.system_mode, draft.system_prompt)
    steps = tuple(step for step in draft.steps if step.repair in REPAIRS)  # a draft of another version may name others
    raw, steps = added(raw, steps, system_prompt_of(raw))
    own_test, unread = read_own_test(test_data, draft, mapping, limits) if test_data is not None else ((), ())
    outcome = changed(raw, steps, draft.worksheet, source.findings, own_test, source=source, mapping=mapping)
    worked = outcome.examples
    logged = iter(outcome.log)
    applied = tuple(next(logged) if step.repair in REPAIRS else Applied(step, (), unknown=True) for step in draft.steps)
    if draft.mapping is None or draft.mapping.system_prompt is None:
        mapping, worked = _suggested_anew(source, mapping, worked)
    own_test = with_system_prompt(outcome.own_test, "set", system_prompt_of(worked))  # asked as it was taught, whatever its file looks like
    return Mended(source, columns, mapping, why, None, raw, worked, own_test, unread, steps, applied)


def system_prompt_of(examples: Sequence[Example]) -> str:
    """The system prompt that most examples carry: what the model should be given when it is used."""
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.system] = counts.get(example.system, 0) + 1
    return max(counts, key=lambda text: counts[text], default="")


def _suggested_anew(source: Source, mapping: Mapping | None, worked: tuple[Example, ...]) -> tuple[Mapping | None, tuple[Example, ...]]:
    """A system prompt that was suggested by the answers follows their repairs; the user's own is never touched."""
    if source.table is None or mapping is None or not mapping.system_prompt:
        return mapping, worked
    before = suggest_system_prompt(source.table, mapping)
    after = suggest_system_prompt(source.table, mapping, [one.answer for one in worked])
    # one with braces is a template, whose text in a row is another
    if mapping.system_prompt != before or after in ("", before) or "{" in before + after:
        return mapping, worked
    moved = tuple(with_system_prompt([one], "replace", after)[0] if one.system == before else one for one in worked)
    return replace(mapping, system_prompt=after), moved
