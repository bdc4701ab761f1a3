"""The mapping that a change on the page starts from, and the keys of its widgets."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from core.io.workspace import Project
from core.prepare.draft import Draft
from core.prepare.mapping import Mapping
from pages.ui import preparing, reading

# a prompt that was guessed from a column is kept when other columns are chosen; one that was suggested by the answers is not
_FROM_A_COLUMN = {"system_is_constant", "system_by_name"}


def base(project: Project) -> str:
    """What ends the keys of all widgets of this project's file; a new one where their values are to be drawn anew."""
    drawn = st.session_state.get(_counter(project), 0)
    return f"{project.id}_{reading.key_of(project)}" + (f"_{drawn}" if drawn else "")


def draw_anew(project: Project) -> None:
    """Let every widget show the draft as it is now, whatever stood in it before; for a callback that changes many at once."""
    st.session_state[_counter(project)] = st.session_state.get(_counter(project), 0) + 1


def _counter(project: Project) -> str:
    return f"mapping_drawn_{project.id}"


def line_key(project: Project) -> str:
    """The key of the widget that chooses which example is looked at."""
    return f"line_{project.id}"


def line(project: Project, shown: dict[str, Any]) -> dict[str, Any]:
    """The example that is looked at; there is one at least."""
    found: dict[str, Any] = shown["lines"][min(st.session_state.get(line_key(project), 1), len(shown["lines"])) - 1]
    return found


def columns(shown: dict[str, Any]) -> list[str]:
    """The names of the file's columns."""
    return [column["name"] for column in shown["source"]["columns"]]


def own(draft: Draft, shown: dict[str, Any]) -> Mapping:
    """The user's own mapping, or the guess without what was only suggested."""
    if draft.mapping is not None:
        return draft.mapping
    guessed = Mapping.from_dict(shown["mapping"] or {})
    keeps = any(reason["code"] in _FROM_A_COLUMN for reason in shown["mapping_reasons"])
    return replace(guessed, notation=None, system_prompt=guessed.system_prompt if keeps else None)


def change(project: Project, shown: dict[str, Any], make: Callable[[Mapping], Mapping]) -> None:
    """Keep a changed mapping."""
    preparing.change(project, lambda draft: replace(draft, mapping=make(own(draft, shown))))
