"""Large files from the folder of this machine: what is offered, what is taken, and what is not."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.errors import EmptyFile, TooLarge, UnreadableFile
from core.io.workspace import Workspace, open_workspace
from core.prepare import folder as folders
from core.prepare import work
from core.prepare.folder import SETTING, Offered, folder_of, offered, take
from core.prepare.source import DEFAULT, Limits


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path / "home") as workspace:
        yield workspace


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "large"
    made.mkdir()
    monkeypatch.setenv(SETTING, str(made))
    return made


def test_no_setting_is_no_folder() -> None:
    assert folder_of({}) is None and folder_of({SETTING: " "}) is None
    assert folder_of({SETTING: "/data/chats"}) == Path("/data/chats")


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_plain_files_of_known_kinds_are_offered_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b")
    for name in ("b.JSONL", "A.csv", "program.exe", ".hidden.csv"):
        (folder / name).write_text("abc")
    (folder / "below.csv").mkdir()
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert offered(folder) == [Offered("A.csv", 3), Offered("b.JSONL", 3)]
    assert offered(folder / "gone") == []


def test_a_file_is_copied_in_a_stream_and_progress_is_told(folder: Path, ws: Workspace) -> None:
    data = b"x" * 3_000_000
    (folder / "chats.jsonl").write_bytes(data)
    told: list[tuple[int, int]] = []
    found = take(ws, {"name": "chats.jsonl", "asked": "now"}, lambda done, total: told.append((done, total)))
    assert (found["name"], found["bytes"]) == ("chats.jsonl", 3_000_000) and ws.read_file(found["sha"]) == data
    assert len(told) > 2 and told == sorted(told) and told[-1] == (100, 100)


@pytest.mark.parametrize("name", ["../secret.csv", "gone.csv", "/etc/passwd", "below/x.csv", ""])
def test_a_name_is_never_a_path(folder: Path, ws: Workspace, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.csv").write_text("a,b")
    (folder / "below").mkdir()
    (folder / "below" / "x.csv").write_text("a,b")
    with pytest.raises(UnreadableFile):
        take(ws, {"name": name}, lambda done, total: None)


def test_an_empty_file_and_one_over_the_limit_are_refused(folder: Path, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "empty.csv").write_bytes(b"")
    (folder / "large.csv").write_bytes(b"x" * 2_000_001)
    monkeypatch.setattr(folders, "FROM_FOLDER", Limits(bytes=2_000_000))
    with pytest.raises(EmptyFile):
        take(ws, {"name": "empty.csv"}, lambda done, total: None)
    with pytest.raises(TooLarge, match="up to 2 MB"):
        take(ws, {"name": "large.csv"}, lambda done, total: None)


def test_what_is_larger_than_an_upload_is_read_within_the_folders_limits(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    data = b"question,answer\n" + b"".join(b"How much is card %d?,%d euro\n" % (n, n) for n in range(40))
    sha = ws.put_file(data, "made.csv", now=datetime.now(UTC)).sha256
    monkeypatch.setattr(work, "DEFAULT", Limits(bytes=100))
    assert len(work.prepare_from(ws, {"source": sha, "name": "made.csv"}).examples) == 40
    monkeypatch.setattr(work, "FROM_FOLDER", Limits(bytes=200))
    with pytest.raises(TooLarge):
        work.prepare_from(ws, {"source": sha, "name": "made.csv"})
    assert DEFAULT.bytes == 200_000_000
