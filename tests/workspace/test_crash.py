"""kill -9 in the middle of writing: the database stays usable, every file is whole, and what was said to be saved is saved."""

import hashlib
import sqlite3
import time
from pathlib import Path

import pytest

from core.io.workspace import open_workspace
from tests.workspace.conftest import NOW
from tests.workspace.processes import start

WRITER = """
import itertools, os
ws = open_workspace(home)
project = ws.create_project(f"writer {sys.argv[3]}", now=NOW)
wait()
for number in itertools.count():
    data = os.urandom(500_000) + number.to_bytes(4, "big")
    stored = ws.put_file(data, f"{number}.csv", now=NOW)
    ws.update_project(project.id, NOW, source=stored.sha256, draft={"number": number})
    shas = {"source_sha": stored.sha256, "train_sha": stored.sha256}
    ws.save_dataset(project.id, now=NOW, source_name="", settings={"n": number}, shape={}, counts={}, split={}, **shas)
    print(number, stored.sha256, flush=True)
"""


@pytest.mark.parametrize("delay", [0.01, 0.03, 0.07, 0.15, 0.4])
def test_killed_while_writing(home: Path, tmp_path: Path, delay: float) -> None:
    go = tmp_path / "go"
    process = start(home, go, 1, WRITER)
    while not (tmp_path / "ready-1").exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.005)
    go.touch()
    time.sleep(delay)
    process.kill()
    output, _ = process.communicate(timeout=30)
    told = [line.split() for line in output.splitlines() if len(line.split()) == 2]

    database = sqlite3.connect(home / "workspace.sqlite3")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()
    with open_workspace(home) as ws:
        (project,) = ws.projects()
        saved = {dataset.settings["n"]: dataset.source_sha for dataset in ws.datasets(project.id)}
        assert len(saved) >= len(told)
        for number, sha in told:
            assert saved[int(number)] == sha
        for sha in saved.values():
            assert hashlib.sha256(ws.read_file(sha)).hexdigest() == sha
        for path in (home / "files").rglob("*"):
            assert path.is_dir() or hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        assert list((home / "tmp").iterdir()) == []  # what was half written went when the workspace was opened
        ws.create_project("and on", now=NOW)
        assert ws.read_file(ws.put_file(b"and on", "a.csv", now=NOW).sha256) == b"and on"
