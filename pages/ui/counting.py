"""Token counts of a training file: at once for a small one, by the worker process for a large one, kept for next time."""

from array import array
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.base.model_table import encoding_for
from core.base.types import TokenCount
from core.estimate.work import count_stored, counted
from core.io.workspace import Dataset
from core.train.method import Method, material
from pages.ui import state, work
from pages.ui.text import t

SMALL = 2_000_000  # bytes: counted in 100 ms, so that starting a process would only take longer

Counted = tuple[TokenCount, "array[int]"]


@st.cache_resource(show_spinner=False, max_entries=16)
def _at_once(home: str, sha: str, encoding: str, exact: bool) -> Counted:
    return count_stored(state.workspace(), sha, encoding, exact=exact)


@st.cache_resource(show_spinner=False, max_entries=4)
def _unpacked(home: str, sha: str, encoding: str, exact: bool, _told: Mapping[str, Any]) -> Counted:
    return counted(_told)


def with_places(dataset: Dataset, model: str, method: Method = "supervised") -> Counted | None:
    """The tokens of a method's training file for a model, and the byte at which each example's line begins.

    No places of a file of another kind, such as pairs. None, with the progress on the page, while they are being counted.
    """
    return of_file(material(dataset, method).train_sha, model)


def of_file(sha: str, model: str) -> Counted | None:
    """The same of any stored training or validation file."""
    encoding, exact = encoding_for(model)
    key = (str(state.engine_home()), sha, encoding, exact)
    if is_small(sha):
        return _at_once(*key)
    told = work.result("core.estimate.work:count", {"sha": sha, "encoding": encoding, "exact": exact}, t("Counting tokens…"))
    return None if told is None else _unpacked(*key, told)


def tokens(dataset: Dataset, model: str, method: Method = "supervised") -> TokenCount | None:
    """The tokens of a method's training file for a model; None, with the progress on the page, while they are being counted."""
    found = with_places(dataset, model, method)
    return None if found is None else found[0]


def is_small(*shas: str | None) -> bool:
    """Whether these stored files, where there are any, are each counted at once, so that counting them for many models costs nothing."""
    return all(sha is None or _size(str(state.engine_home()), sha) <= SMALL for sha in shas)


@st.cache_data(show_spinner=False, max_entries=64)
def _size(home: str, sha: str) -> int:
    return state.workspace().stored_file(sha).bytes
