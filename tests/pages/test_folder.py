"""A large file from the folder of this machine, from Prepare to Estimate, without the page waiting for it."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Workspace
from core.prepare.folder import SETTING
from core.prepare.work import SMALL_BYTES


def until(app: AppTest, reached: Callable[[], bool], seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline and not app.exception and not app.error
        time.sleep(0.3)
        app.run()


def test_without_a_folder_none_is_spoken_of(open_app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    assert not any("folder of this machine" in box.label for box in open_app().expander)


def test_an_empty_folder_says_so(open_app: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path))
    assert any("There is no file in it" in one.value for one in open_app().markdown)


@pytest.mark.slow
def test_a_large_chat_file_goes_from_the_folder_to_estimate(
    open_app: Callable[..., AppTest], tmp_path: Path, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = "Your card costs nothing in the first year, and a little in each year after that. " * 20
    with (tmp_path / "chats.jsonl").open("w", encoding="utf-8") as file:
        for n in range(3_300):
            talk = [
                {"role": "user", "content": f"What does card {n:05d} cost?"},
                {"role": "assistant", "content": f"{answer}Card {n:05d}."},
            ]
            file.write(json.dumps({"messages": talk}) + "\n")
    assert (tmp_path / "chats.jsonl").stat().st_size > SMALL_BYTES
    monkeypatch.setenv(SETTING, str(tmp_path))

    def whole(*args: object) -> None:
        raise AssertionError("the page read the whole file")

    app = open_app()
    app.selectbox(key="folder_file_new").set_value("chats.jsonl").run()
    app.button(key="use_folder_new").click().run()
    until(app, lambda: bool(app.query_params.get("project")))
    for way in ("mend", "examine"):
        monkeypatch.setattr(f"core.prepare.work.{way}", whole)  # in this process; the worker has its own
    until(app, lambda: any(button.key == "save" for button in app.button))
    app.button(key="save").click().run()
    until(app, lambda: any(button.key == "next_estimate" for button in app.button))
    monkeypatch.setattr("pages.ui.data.examples", whole)
    app.button(key="next_estimate").click().run()
    until(app, lambda: any("tokens together" in one.value for one in app.markdown))
    kinds = {task.kind.partition(":")[2]: task.state for task in ws.tasks()}
    assert {name: kinds[name] for name in ("take", "prepare", "save", "count")} == dict.fromkeys(
        ("take", "prepare", "save", "count"), "done"
    )
