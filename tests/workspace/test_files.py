"""Files: whole or not there, kept once, never reached by a name, removed when nothing needs them."""

import hashlib
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import NotInWorkspace, WorkspaceError
from core.io.workspace import Workspace, open_workspace
from core.io.workspace.files import _display_name
from tests.workspace.conftest import NOW, Made


def on_disk(ws: Workspace) -> list[Path]:
    return [path for path in (ws.home / "files").rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"a", b"0123456789" * 300_000])
def test_bytes_and_streams_come_back_as_they_were(ws: Workspace, content: bytes) -> None:
    stored = ws.put_file(content, "a.csv", now=NOW)
    stream = io.BytesIO(content)
    stream.read(5)  # somebody looked into it before
    again = ws.put_file(stream, "b.csv", now=NOW)
    assert stored.sha256 == again.sha256 == hashlib.sha256(content).hexdigest()
    assert (again.bytes, again.name, again.created_at) == (len(content), "b.csv", NOW)
    assert ws.read_file(stored.sha256) == ws.file_path(stored.sha256).read_bytes() == content
    assert len(on_disk(ws)) == 1
    assert list((ws.home / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    "sha",
    [
        "../../../etc/passwd",
        "..",
        "",
        "a" * 63,
        "A" * 64,
        "g" * 64,
        "/" * 64,
        "../" * 21 + "a",
        "a" * 64 + "\n",
        "a" * 64 + "/..",
        "‮" + "a" * 63,
    ],
)
def test_nothing_but_a_hash_reaches_a_file(ws: Workspace, sha: str) -> None:
    for call in (ws.read_file, ws.file_path, ws.stored_file, lambda sha: ws.uploaded("here", sha)):
        with pytest.raises(NotInWorkspace, match="file"):
            call(sha)


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "C:\\Windows\\evil.csv", "/etc/evil.csv", "evil.csv\x00", "\x1b[31mevil.csv", "‮evil.csv"]
)
def test_a_clients_file_name_is_never_a_path(ws: Workspace, name: str) -> None:
    before = {path for path in ws.home.parent.rglob("*")}
    stored = ws.put_file(b"x", name, now=NOW)
    assert stored.name.endswith("evil.csv") and stored.name.isprintable() and not set(stored.name) & set("/\\")
    new = {path for path in ws.home.parent.rglob("*")} - before
    assert {path.name for path in new if path.is_file() and not path.name.startswith("workspace")} == {stored.sha256}


@given(st.text())
def test_any_name_can_be_shown(name: str) -> None:
    shown = _display_name(name)
    assert 0 < len(shown) <= 200 and shown.isprintable() and not set(shown) & set("/\\")


def test_a_file_that_was_never_put(ws: Workspace) -> None:
    with pytest.raises(NotInWorkspace, match="file"):
        ws.read_file("0" * 64)


def test_a_damaged_file_is_noticed_and_mended_by_putting_it_again(ws: Workspace) -> None:
    stored = ws.put_file(b"all of it", "a.csv", now=NOW)
    ws.file_path(stored.sha256).write_bytes(b"all")
    with pytest.raises(WorkspaceError, match="has 3 bytes and should have 9"):
        ws.read_file(stored.sha256)
    ws.put_file(b"all of it", "a.csv", now=NOW)
    assert ws.read_file(stored.sha256) == b"all of it"
    ws.file_path(stored.sha256).unlink()
    with pytest.raises(NotInWorkspace, match="file"):
        ws.read_file(stored.sha256)


def test_a_stream_that_breaks_off_leaves_nothing(ws: Workspace) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            if self.tell_count:
                raise OSError("the network drive went away")
            self.tell_count += 1
            return b"x" * 100

        tell_count = 0

    with pytest.raises(WorkspaceError, match="written or read") as caught:
        ws.put_file(Broken(), "a.csv", now=NOW)  # type: ignore[arg-type]
    assert "network drive" in caught.value.details
    assert on_disk(ws) == [] and list((ws.home / "tmp").iterdir()) == []


def test_what_nobody_came_to_need_is_removed_after_a_day(ws: Workspace, made: Made) -> None:
    abandoned = ws.put_file(b"uploaded, then the tab was closed", "a.csv", now=NOW)
    ws.put_file(b"something else", "b.csv", now=NOW + timedelta(hours=23))
    assert ws.read_file(abandoned.sha256)
    ws.put_file(b"and else", "c.csv", now=NOW + timedelta(hours=25))
    ws.sweep()
    with pytest.raises(NotInWorkspace):
        ws.read_file(abandoned.sha256)
    assert not any(path.name == abandoned.sha256 for path in on_disk(ws))
    assert ws.read_file(made.dataset.train_sha)  # older still, and needed


def test_a_file_put_again_after_it_was_forgotten_stays(ws: Workspace, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ws, "sweep", lambda: None)
        ws.delete_project(made.project.id)
    stored = ws.put_file(b"question,answer", "data.csv", now=NOW)
    ws.sweep()
    assert ws.read_file(stored.sha256) == b"question,answer"
    assert [path.name for path in on_disk(ws)] == [stored.sha256]


def test_a_program_killed_between_forgetting_and_removing_removes_at_the_next_start(
    ws: Workspace, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ws, "sweep", lambda: None)
        ws.delete_project(made.project.id)
    assert len(on_disk(ws)) == 3
    open_workspace(ws.home).close()
    assert on_disk(ws) == []


def test_half_written_files_of_dead_programs_go_and_those_of_living_ones_stay(ws: Workspace) -> None:
    living = ws.home / "tmp" / f"{os.getpid()}-0123456789abcdef.part"
    dead = ws.home / "tmp" / "999999999-0123456789abcdef.part"
    for path in (living, dead):
        path.write_bytes(b"half")
    ws.sweep()
    assert living.exists() and not dead.exists()
