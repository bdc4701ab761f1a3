"""Opening a workspace: new, current, newer, damaged, unwritable, by several at once."""

import os
import sqlite3
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.base.errors import WorkspaceError
from core.io.workspace import migrate, open_workspace, tables, workspace_home
from tests.workspace.conftest import NOW, make_project
from tests.workspace.processes import at_once


def test_what_was_saved_is_there_after_a_restart(home: Path) -> None:
    with open_workspace(home) as ws:
        before = make_project(ws)
    with open_workspace(home) as ws:
        assert ws.projects() == [before.project]
        assert ws.datasets(before.project.id) == [before.dataset]
        assert ws.plans(before.project.id) == [before.plan]
        assert ws.read_file(before.dataset.train_sha) == b"question,answer train"


MOMENT = "2026-11-22 12:00:00"


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(home: Path) -> None:
    with open_workspace(home) as ws, ws._db.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), tables.metadata)
        found = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type = 'table'").scalar()
    assert differences == []
    assert found == len(tables.metadata.tables) + 1  # and Alembic's own


def test_the_version_of_the_code_is_the_last_migration() -> None:
    script = ScriptDirectory(str(migrate.MIGRATIONS), version_locations=[str(migrate.MIGRATIONS)])
    assert script.get_heads() == [migrate.HEAD]
    assert sorted(step.revision for step in script.walk_revisions()) == list(migrate.VERSIONS)


def test_a_current_database_is_recognised_in_less_than_five_milliseconds(home: Path) -> None:
    open_workspace(home).close()
    with open_workspace(home) as ws:
        times = []
        for _ in range(20):
            start = time.perf_counter()
            assert migrate.stored_version(ws._db) == migrate.HEAD
            times.append(time.perf_counter() - start)
    assert min(times) < 0.005


def test_opening_a_current_workspace_does_not_load_alembic(home: Path) -> None:
    open_workspace(home).close()
    code = "open_workspace(home).close(); print('alembic' in sys.modules)"
    assert at_once(home, home, code, 1) == ["False\n"]


def test_a_database_of_a_newer_version_is_left_alone_and_said_so(home: Path) -> None:
    with open_workspace(home) as ws:
        ws.create_project("Bank", now=NOW)
    database = sqlite3.connect(home / "workspace.sqlite3")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    with pytest.raises(WorkspaceError, match="newer version of Tunesmith") as caught:
        open_workspace(home)
    assert "Update" in caught.value.hint and "9999" in caught.value.details


def test_a_damaged_database_is_said_so(home: Path) -> None:
    home.mkdir()
    (home / "workspace.sqlite3").write_bytes(b"this was never a database" * 500)
    with pytest.raises(WorkspaceError, match="damaged"):
        open_workspace(home)


def test_a_migration_that_fails_changes_nothing(home: Path) -> None:
    home.mkdir()
    database = sqlite3.connect(home / "workspace.sqlite3")
    database.execute("CREATE TABLE runs (what TEXT)")  # in the way of the twelfth statement of the first migration
    database.commit()
    with pytest.raises(WorkspaceError):
        open_workspace(home)
    assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("runs",)]
    database.close()


def test_a_plan_of_before_there_were_methods_copies_the_good_answers_and_has_no_notes(home: Path) -> None:
    home.mkdir()
    migrate.migrate(home / "workspace.sqlite3", "0004")
    database = sqlite3.connect(home / "workspace.sqlite3")
    rows: dict[str, dict[str, object]] = {
        "files": {"sha256": "f", "name": "", "bytes": 1},
        "projects": {"id": "p", "name": "", "connection_id": "", "source_name": "", "draft": "{}", "updated_at": MOMENT},
        "datasets": dict.fromkeys(("settings", "shape", "counts", "split", "findings"), "{}")
        | {
            "id": "d",
            "project_id": "p",
            "version": 1,
            "key": "k",
            "source_sha": "f",
            "train_sha": "f",
            "source_name": "",
            "system_prompt": "",
        },
        "plans": dict.fromkeys(("connection_id", "origin", "base_model", "preset", "suffix", "key"), "")
        | {"id": "q", "project_id": "p", "dataset_id": "d", "hyperparameters": "{}", "estimate": "{}"},
    }
    for table, values in rows.items():
        values["created_at"] = MOMENT
        places = ", ".join("?" * len(values))
        database.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", tuple(values.values()))
    database.commit()
    database.close()
    migrate.migrate(home / "workspace.sqlite3")
    with open_workspace(home) as ws:
        assert ws.plan("q").method == "supervised" and ws.plan("q").metadata == {}


def test_six_processes_open_an_empty_home_at_once(home: Path, tmp_path: Path) -> None:
    code = "wait(); ws = open_workspace(home); ws.create_project('mine', now=NOW); ws.close()"
    at_once(home, tmp_path, code, 6)
    with open_workspace(home) as ws:
        assert len(ws.projects()) == 6


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="cannot make or write the folder") as caught:
        open_workspace(tmp_path / "file" / "home")
    assert "TUNESMITH_HOME" in caught.value.hint


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere, and Windows has no such bits"
)
def test_a_folder_that_may_not_be_written(home: Path) -> None:
    home.mkdir(mode=0o500)
    with pytest.raises(WorkspaceError, match="cannot make or write the folder"):
        open_workspace(home)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits")
def test_other_users_cannot_look_into_the_folder(home: Path) -> None:
    open_workspace(home).close()
    assert home.stat().st_mode & 0o077 == 0


def test_where_a_workspace_lies(tmp_path: Path) -> None:
    assert workspace_home({"TUNESMITH_HOME": str(tmp_path)}) == tmp_path
    assert workspace_home({"TUNESMITH_HOME": "~/somewhere"}) == Path.home() / "somewhere"
    assert workspace_home({"TUNESMITH_HOME": " "}) == workspace_home({})
    assert workspace_home({}).name == "tunesmith" and workspace_home({}).is_absolute()
