"""The saved data set of the open project, read once and shared by the pages."""

import streamlit as st

from core.base.types import Example
from core.compare.rows import Side, examples_of
from core.io.workspace import Dataset, Project
from pages.ui import state


@st.cache_resource(show_spinner=False, max_entries=4)
def _dataset(home: str, dataset_id: str) -> Dataset:
    # a record never changes; that of 419,500 rows is 6 MB of JSON, which took half of every rerun
    return state.workspace().dataset(dataset_id)


def by_id(dataset_id: str) -> Dataset:
    """The data set with this id, for reading only: everybody who asks shares it. Raises NotInWorkspace."""
    return _dataset(str(state.engine_home()), dataset_id)


def dataset_of(project: Project | None) -> Dataset | None:
    """The data set that the project uses now, or None."""
    return by_id(project.dataset_id) if project and project.dataset_id else None


@st.cache_resource(show_spinner=False, max_entries=6)
def _examples(home: str, dataset_id: str, side: Side) -> tuple[Example, ...]:
    # a resource, not data: copying 50,000 examples on every rerun would cost more than all the rest of a page
    return examples_of(state.workspace(), by_id(dataset_id), side)


def examples(dataset: Dataset, side: Side) -> tuple[Example, ...]:
    """The examples of one side of the split; an empty tuple where it has none."""
    return _examples(str(state.engine_home()), dataset.id, side)
