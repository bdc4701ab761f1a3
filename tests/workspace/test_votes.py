"""Votes survive: one for each row and rater, whoever else votes at the same time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.io.workspace import Workspace, open_workspace

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_a_vote_takes_the_place_of_the_same_raters_earlier_one_alone(ws: Workspace) -> None:
    project = ws.create_project("Sensors", now=NOW, connection_id="this-machine")
    ws.keep_votes(project.id, "a/b", [(2, "Ana", "first", ""), (2, "Budi", "tie", "both fine")], NOW)
    ws.keep_votes(project.id, "a/b", [(2, "Ana", "second", "clearer")], NOW + timedelta(minutes=1))
    ws.keep_votes(project.id, "a/c", [(2, "Ana", "both_bad", "")], NOW)
    found = [(one.row, one.rater, one.choice, one.reason) for one in ws.votes(project.id, "a/b")]
    assert found == [(2, "Ana", "second", "clearer"), (2, "Budi", "tie", "both fine")]
    ws.drop_vote(project.id, "a/b", 2, "Ana")
    assert [one.rater for one in ws.votes(project.id, "a/b")] == ["Budi"]
    ws.delete_project(project.id)
    assert ws.votes(project.id, "a/b") == []


def test_a_vote_is_there_for_the_next_process(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as ws:
        project = ws.create_project("Sensors", now=NOW, connection_id="this-machine")
        ws.keep_votes(project.id, "a/b", [(7, "Ana", "first", "")], NOW)
    with open_workspace(tmp_path) as ws:
        assert [(one.row, one.choice, one.voted_at) for one in ws.votes(project.id, "a/b")] == [(7, "first", NOW)]
