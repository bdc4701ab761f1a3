"""The user's own test file as examples, asked like the training."""

from dataclasses import replace
from typing import TYPE_CHECKING

from core.base.errors import InputError, NotInWorkspace
from core.base.types import Example, Finding
from core.prepare.draft import Draft
from core.prepare.formatting import make_examples, with_system_prompt
from core.prepare.guessing import guess_mapping
from core.prepare.mapping import Mapping
from core.prepare.prompts import resolve
from core.prepare.reading import read_table
from core.prepare.source import Choices, Limits

if TYPE_CHECKING:
    from core.io.workspace import Workspace


def bytes_of(ws: "Workspace", sha: str) -> bytes:
    """The bytes of the own test file; none where it is gone, which the page then shows as a file that cannot be used."""
    try:
        return ws.read_file(sha)
    except NotInWorkspace:
        return b""


def read_own_test(data: bytes, draft: Draft, mapping: Mapping | None, limits: Limits) -> tuple[tuple[Example, ...], tuple[Finding, ...]]:
    """The user's own test file as examples: a table by the same columns, conversations under the same system prompt.

    One that cannot be used is a finding and no exception, so that the page can still take it away.
    """
    name = draft.own_test.name if draft.own_test else ""
    try:
        source = read_table(data, name, limits=limits, choices=Choices(layout=draft.reading.layout))
        if source.table is None:
            return with_system_prompt(source.examples, draft.system_mode, draft.system_prompt), ()
        if mapping is None:  # the training is conversations: no instruction is suggested for this table
            return make_examples(source.table, replace(guess_mapping(source.table)[0], system_prompt="")), ()
        return make_examples(source.table, resolve(source.table, mapping)), ()
    except InputError:
        return (), (Finding("own_test_unreadable", "error", params={"name": name}),)
