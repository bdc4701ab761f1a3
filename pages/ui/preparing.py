"""What Prepare works on: the file and the draft of choices; what they amount to is computed once and kept."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.io.workspace import Dataset, Project
from core.prepare.draft import Draft
from core.prepare.prepared import Prepared
from core.prepare.prepared import overview as to_overview
from core.prepare.rows import Line
from core.prepare.rows import lines as to_lines
from core.prepare.rows import worksheet as to_worksheet
from core.prepare.work import SMALL_BYTES, is_small, prepare_draft, prepare_from, save
from pages.ui import state, work
from pages.ui.text import t

Overview = dict[str, Any]
_KEPT = ("reading", "steps", "split", "system", "worksheet")


@st.cache_resource(show_spinner=False, max_entries=4)
def _prepared(home: str, args: str) -> Prepared:
    return prepare_from(state.workspace(), json.loads(args))


@st.cache_resource(show_spinner=False, max_entries=8)
def _overview(home: str, args: str) -> Overview:
    return to_overview(_prepared(home, args))


def small(source: str) -> bool:
    """Whether the page can afford to prepare this file between two clicks."""
    return _small(str(state.engine_home()), source)


@st.cache_data(show_spinner=False, max_entries=64)
def _small(home: str, source: str) -> bool:
    ws = state.workspace()
    # a large file is not read just to see that it is one
    return ws.stored_file(source).bytes <= SMALL_BYTES and is_small(ws.read_file(source))


def overview(project: Project) -> Overview | None:
    """Everything that the page shows of the project's file; None, with progress on the page, while a large one is being worked on."""
    args = _args(project)
    if small(args["source"]):
        return _overview(str(state.engine_home()), json.dumps(args, sort_keys=True))
    result: Overview | None = work.result("core.prepare.work:prepare", args, t("Reading and checking the file…"))
    return result


def lines(project: Project) -> Sequence[Line] | None:
    """The rows as they stand after the repairs; None, with progress on the page, while those of a large file are worked out."""
    args = _args(project)
    if small(args["source"]):
        return to_lines(_prepared(str(state.engine_home()), json.dumps(args, sort_keys=True)))
    found = work.result("core.prepare.rows:all_lines", args, t("Reading the rows…"))
    return None if found is None else [Line(*one) for one in found]


def worksheet(project: Project) -> dict[str, Any] | None:
    """The rows of the worksheet (`core.prepare.rows.worksheet`); None, with progress on the page, while a large file is worked on."""
    args = _args(project)
    if small(args["source"]):
        key = json.dumps(args, sort_keys=True)
        return to_worksheet(_prepared(str(state.engine_home()), key), Draft.from_dict(args["draft"]).worksheet)
    found: dict[str, Any] | None = work.result("core.prepare.rows:all_worksheet", args, t("Reading the rows…"))
    return found


def pictures(project: Project) -> dict[str, Any] | None:
    """The figures of the pictures; None, with progress on the page, while they are worked out: the map takes seconds even of few rows."""
    found: dict[str, Any] | None = work.result("core.prepare.pictures:pictures", _args(project), t("Drawing the pictures…"))
    return found


def try_file(data: bytes, name: str) -> None:
    """Raise the typed error that a small file which cannot be read gives, before a project is made of it."""
    if is_small(data):
        prepare_draft(data, name)


def change(project: Project, make: Callable[[Draft], Draft]) -> None:
    """Keep a changed draft."""
    # as it is now, not as it was drawn: another tab or a quicker click may have changed it meanwhile
    draft = make(Draft.from_dict(state.workspace().project(project.id).draft))
    state.workspace().update_project(project.id, state.now(), draft=draft.to_dict())


def undo(project: Project) -> None:
    """Drop the last repair."""
    change(project, Draft.undo)


def redo(project: Project) -> None:
    """Take back the repair that was undone last."""
    change(project, Draft.redo)


def is_saved(project: Project, dataset: Dataset | None, shown: Overview) -> bool:
    """Whether the data set in use is what the page shows now."""
    if dataset is None or dataset.source_sha != project.source or dataset.settings.get("min_examples") != shown["min_examples"]:
        return False
    # read as a draft: what an older version did not write stands at its default
    kept, draft = Draft.from_dict(dataset.settings).recipe(), Draft.from_dict(project.draft).recipe()
    return dataset.settings.get("mapping") == shown["mapping"] and all(kept[part] == draft[part] for part in _KEPT)


def is_to_be_saved(project: Project, asked: bool) -> bool:
    """Whether exactly this file with exactly this draft was asked to be saved: a large one takes several runs of the page."""
    key, wanted = f"saving_{project.id}", json.dumps(_args(project), sort_keys=True)
    if asked:
        st.session_state[key] = wanted
    return bool(st.session_state.get(key) == wanted)


def keep(project: Project) -> bool:
    """Save the data set and make it the project's; False while a large one is still being written."""
    args = {**_args(project), "project": project.id}
    if small(args["source"]):
        del st.session_state[f"saving_{project.id}"]
        saved = save(state.workspace(), args, lambda done, total: None)
    else:
        saved = work.result("core.prepare.work:save", args, t("Writing the data set…"))
    if saved is None:
        return False
    st.session_state.pop(f"saving_{project.id}", None)
    state.change_project(dataset_id=saved["dataset_id"])
    return True


def _args(project: Project) -> dict[str, Any]:
    return {
        "source": project.source,
        "name": project.source_name,
        "draft": Draft.from_dict(project.draft).recipe(),
        "min_examples": state.chosen_connection().min_examples,
    }
