"""How long the examples are, on Estimate: the histogram, the longest rows, and what would be cut off."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.base.chat_format import write_jsonl
from core.base.types import Example, Message
from core.estimate.lengths import Limit
from core.io import tasks
from core.io.workspace import Project, Workspace
from core.prepare.work import save
from pages.ui import charts, counting, lengths
from pages.ui.charts import theme
from tests.pages.conftest import NOW

LONG = 18


@pytest.fixture
def chats(ws: Workspace) -> Project:
    """A project of 40 conversations, of which row 18 has a very long answer."""
    examples = [
        Example(
            (
                Message("user", f"What does card {n} cost?"),
                Message("assistant", " ".join(f"word{i}" for i in range(300 if n == LONG else n))),
            ),
            n,
        )
        for n in range(1, 41)
    ]
    project = ws.create_project("Chats", now=NOW, connection_id="this-machine")
    stored = ws.put_file(write_jsonl(examples), "chats.jsonl", now=NOW)
    ws.update_project(project.id, NOW, source=stored.sha256, source_name="chats.jsonl")
    # all rows train but the last ones, so that row 18 does
    draft = {"split": {"seed": 1}}
    args = {"source": stored.sha256, "name": "chats.jsonl", "draft": draft, "min_examples": 10, "project": project.id}
    for seed in range(20):
        draft["split"]["seed"] = seed
        saved = save(ws, args, lambda done, total: None, clock=lambda: NOW)
        if LONG in ws.dataset(saved["dataset_id"]).split["rows"]["train"]:
            return ws.update_project(project.id, NOW, dataset_id=saved["dataset_id"])
    raise AssertionError("no seed put row 18 into the training")


def frame(app: AppTest, name: str) -> Any:
    return next(one.value for one in app.dataframe if name in one.value.columns)


def test_the_share_of_the_answers_and_the_longest_rows_are_shown(open_app: Callable[..., AppTest], chats: Project) -> None:
    app = open_app("estimate", chats)
    assert not app.exception
    said = " ".join(one.value for one in app.markdown)
    assert "stand in the answers: from these the model learns" in said
    assert not any("Words of the answer that would be lost" in one.value.columns for one in app.dataframe)


def test_rows_over_the_limit_are_named_with_the_words_that_would_be_lost(
    open_app: Callable[..., AppTest], chats: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lengths, "limit_of", lambda model, small, context: Limit(400, "guessed"))
    app = open_app("estimate", chats)
    assert not app.exception
    assert "1 row is longer than the 400 tokens" in " ".join(one.value for one in app.warning)
    assert "The limit is a guess" in " ".join(one.value for one in app.warning)
    table = frame(app, "Tokens cut off")
    (row,) = table.to_dict("records")
    assert row["Row"] == LONG and row["Tokens cut off"] == row["Tokens"] - 400 == row["Tokens of answers cut off"]
    assert row["Words of the answer that would be lost"].endswith("word299") and "[…]" in row["Words of the answer that would be lost"]


def test_a_large_file_is_counted_by_the_worker_and_read_where_its_long_rows_lie(
    open_app: Callable[..., AppTest], chats: Project, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "SMALL", 0)
    monkeypatch.setattr(lengths, "limit_of", lambda model, small, context: Limit(400, "confirmed"))

    def never(*args: object) -> None:
        raise AssertionError("the whole file was read")

    monkeypatch.setattr("pages.ui.data.examples", never)
    app = open_app("estimate", chats)
    for _ in range(200):
        if not any("Counting tokens" in str(one.proto) for one in app.get("progress")):
            break
        import time

        time.sleep(0.1)
        app.run()
    assert not app.exception
    assert frame(app, "Tokens cut off")["Row"].tolist() == [LONG]
    (task,) = [task for task in ws.tasks() if task.kind.endswith(":count")]
    assert task.state == "done"
    large = tasks.task_result(ws, task)
    assert set(large) == {"encoding", "exact", "all", "answers", "starts", "questions"}


def test_the_histogram_puts_what_is_over_the_limit_behind_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(theme, "show", lambda figure, *args, **kwargs: drawn.append(figure))
    monkeypatch.setattr(theme, "palette", lambda: ["#000", "#111", "#222"])
    monkeypatch.setattr(theme, "option", lambda name: "#333")
    named = {"alt": "", "key": "h", "label_title": "Tokens", "value_title": "Examples", "limit_title": "Limit"}
    charts.histogram([(0, 9, 3), (10, 19, 2)], 9, **named)
    assert list(drawn[0].data[0].marker.color) == ["#000", "#111"] and drawn[0].layout.shapes[0].x0 == 9.5
    charts.histogram([(0, 9, 3), (10, 19, 2)], 65_536, **named)
    assert not drawn[1].layout.shapes, "a limit far away would press the bars into a corner"
    charts.histogram([], None, **named)


def test_counts_survive_being_packed() -> None:
    from array import array

    from core.base.types import TokenCount
    from core.estimate.work import counted, packed

    tokens = TokenCount("o200k_base", (4, 70_000), 3, False, 5, (0, 3))
    read, starts = counted(packed(tokens, array("Q", [0, 2**40])))
    assert replace(read, per_example=tuple(read.per_example), answers=tuple(read.answers)) == tokens
    assert list(starts) == [0, 2**40]
