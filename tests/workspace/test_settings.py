"""Settings and the plain JSON below everything: what goes in comes out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from math import inf, isnan, nan
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.base.remote import Job, JobStatus, ServerError
from core.io.workspace import Workspace, open_workspace, plain, revive
from tests.workspace.conftest import NOW

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with open_workspace(tmp_path_factory.mktemp("settings")) as workspace:
        yield workspace


@given(st.text(min_size=1, max_size=50), anything)
@example("half a surrogate pair", ["\ud83d", {"\udc00": "\x00"}])
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_comes_back_as_it_was(shared: Workspace, key: str, value: Any) -> None:
    shared.set_setting(key, value)
    assert shared.get_setting(key, "nothing") == value


def test_what_was_never_set_is_the_default(ws: Workspace) -> None:
    assert ws.get_setting("theme") is None
    assert ws.get_setting("theme", "dark") == "dark"
    ws.set_setting("theme", None)
    assert ws.get_setting("theme", "dark") is None
    ws.set_setting("theme", "light")
    ws.set_setting("theme", {"name": "light"})
    assert ws.get_setting("theme") == {"name": "light"}


def test_numbers_that_json_does_not_have_survive(ws: Workspace) -> None:
    ws.set_setting("loss", [nan, inf, -inf])
    first, *rest = ws.get_setting("loss")
    assert isnan(first) and rest == [inf, -inf]


@pytest.mark.parametrize("value", [object(), b"bytes", {"file": Path("x")}, {("a", 1): 2}])
def test_what_is_no_json_is_refused_and_nothing_is_stored(ws: Workspace, value: Any) -> None:
    with pytest.raises(TypeError):
        ws.set_setting("x", value)
    assert ws.get_setting("x", "nothing") == "nothing"


class Mood(StrEnum):
    GOOD = "good"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Inner:
    when: datetime
    day: date | None = None


@dataclass(frozen=True)
class Outer:
    mood: Mood
    inner: tuple[Inner, ...] = ()
    kind: Literal["a", "b"] = "a"
    size: int | float = 0
    extra: dict[str, Any] = field(default_factory=dict)


def test_dataclasses_come_back_as_they_were() -> None:
    jakarta = timezone(timedelta(hours=7))
    value = Outer(Mood.GOOD, (Inner(datetime(2026, 1, 1, tzinfo=jakarta)), Inner(NOW, date(2026, 1, 2))), "b", 2.5, {"a": [1, None]})
    assert revive(Outer, plain(value)) == value
    job = Job("j", JobStatus.RUNNING, "running", "m", finished_at=NOW, result_files=("a",), error=ServerError("c", "m"))
    assert revive(Job, plain(job)) == job


def test_what_another_version_wrote_is_read_as_far_as_it_is_understood() -> None:
    assert revive(Outer, {"mood": "furious", "colour": "red", "inner": []}) == Outer(Mood.UNKNOWN)


def test_sets_become_lists_in_a_fixed_order() -> None:
    assert plain({"columns": {"b", "a", "c"}, 1: frozenset({3, 2})}) == {"columns": ["a", "b", "c"], "1": [2, 3]}


def test_settings_under_one_beginning_come_by_the_rest_of_their_keys(ws: Workspace) -> None:
    for key in ("note/a/2", "note/a/10", "note/A/2", "note/a", "xnote/a/2", "note_a/2"):
        ws.set_setting(key, key)
    assert ws.settings_under("note/a/") == {"2": "note/a/2", "10": "note/a/10"}
    assert ws.settings_under("note_a/") == {"2": "note_a/2"}, "an underline is no wildcard"
    assert ws.settings_under("%") == {}
