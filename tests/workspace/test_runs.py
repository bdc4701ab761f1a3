"""Runs: every row is asked by one at a time, answered once, and resumed by the next."""

import json
import sqlite3
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.base.errors import NotInWorkspace
from core.base.replies import Prediction
from core.io.workspace import Run, RunRow, Workspace, open_workspace, run_key
from core.io.workspace.migrate import migrate
from tests.workspace.conftest import NOW, Made
from tests.workspace.processes import at_once


def lines(n: int) -> list[RunRow]:
    return [(row + 2, f"question {row}", "yes", json.dumps([{"role": "user", "content": f"question {row}"}])) for row in range(n)]


def begin(ws: Workspace, made: Made, n: int = 5, **fields: Any) -> Run:
    common = {"dataset_id": made.dataset.id, "connection_id": "this-machine", "origin": "local", "model": "m", "label": "tuned"}
    return ws.start_run(made.project.id, **{"now": NOW, "settings": {"temperature": 0}, "rows": lines(n), **common, **fields})


def test_a_run_from_its_first_row_to_its_last(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 3)
    assert (run.state, run.total, run.finished_at) == ("running", 3, None)
    assert ws.progress(run.id) == (0, 0, 3) and not ws.progress(run.id).is_over
    first, second = ws.claim_rows(run.id, "me", 2, NOW, 60)
    assert (first.index, first.row, first.question, first.expected) == (0, 2, "question 0", "yes")
    assert first.messages == [{"role": "user", "content": "question 0"}]
    assert ws.finish_row(run.id, first.index, owner="me", now=NOW, answer="yes", latency_s=0.5, prompt_tokens=7, completion_tokens=1)
    assert ws.finish_row(run.id, second.index, owner="me", now=NOW, error="The server did not answer.")
    assert ws.progress(run.id) == (1, 1, 3)
    assert ws.predictions(run.id) == [
        Prediction(2, "question 0", "yes", "yes", "", 0.5, 7, 1),
        Prediction(3, "question 1", "yes", None, "The server did not answer."),
    ]
    (third,) = ws.claim_rows(run.id, "me", 5, NOW, 60)
    later = NOW + timedelta(seconds=9)
    ws.finish_row(run.id, third.index, owner="me", now=later, answer="")
    over = ws.run(run.id)
    assert (over.state, over.finished_at) == ("finished", later)
    assert ws.progress(run.id) == (2, 1, 3) and ws.progress(run.id).is_over
    assert ws.predictions(run.id)[2].answer == ""
    assert ws.claim_rows(run.id, "me", 5, NOW, 60) == []


def test_a_run_that_was_deleted_is_gone_with_its_answers_and_may_be_begun_anew(ws: Workspace, made: Made) -> None:
    run, other = begin(ws, made, 2), begin(ws, made, 3)
    (first,) = ws.claim_rows(run.id, "me", 1, NOW, 60)
    ws.finish_row(run.id, first.index, owner="me", now=NOW, answer="yes")
    ws.delete_run(run.id)
    ws.delete_run(run.id)
    with pytest.raises(NotInWorkspace):
        ws.run(run.id)
    assert ws.predictions(run.id) == [] and ws.runs(made.project.id) == [other] and ws.progress(other.id).total == 3
    assert not ws.finish_row(run.id, 1, owner="me", now=NOW, answer="too late")
    again = begin(ws, made, 2)
    assert again.id != run.id and ws.progress(again.id) == (0, 0, 2)


def test_the_same_questions_to_the_same_model_are_the_same_run(ws: Workspace, made: Made) -> None:
    run = begin(ws, made)
    assert begin(ws, made, label="another word for it", now=NOW + timedelta(days=1)) == run
    others = [
        begin(ws, made, model="other"),
        begin(ws, made, settings={"temperature": 1}),
        begin(ws, made, n=4),
        begin(ws, made, origin="elsewhere"),
        begin(ws, made, dataset_id=None),
    ]
    assert len({run.id, *(other.id for other in others)}) == 6
    assert ws.runs(made.project.id) == [*others[::-1], run]


def test_what_was_said_about_an_answer_is_kept_with_it(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 2)
    ws.claim_rows(run.id, "me", 2, NOW, 60)
    notes = {"matched": "usage: 12 \ud83d", "similarity": 0.5, "filled": [["usage", "12", "13"]], "foreign": ["4,7"], "differs": []}
    ws.finish_row(run.id, 0, owner="me", now=NOW, answer="13 kWh", notes=notes)
    ws.finish_row(run.id, 1, owner="me", now=NOW, answer="14 kWh")
    assert [prediction.notes for prediction in ws.predictions(run.id)] == [notes, {}]


def test_answers_of_the_first_version_have_no_notes(home: Path) -> None:
    home.mkdir(parents=True)
    migrate(home / "workspace.sqlite3", "0001")
    database = sqlite3.connect(home / "workspace.sqlite3")
    moment = "2026-03-04 05:06:07.000000"
    database.execute(
        "INSERT INTO projects (id, name, connection_id, source_name, draft, created_at, updated_at) "
        "VALUES ('p', 'Bank', 'here', '', '{}', ?, ?)",
        (moment, moment),
    )
    database.execute(
        "INSERT INTO runs (id, project_id, connection_id, origin, model, label, settings, key, total, state, created_at) "
        "VALUES ('r', 'p', 'here', 'local', 'm', 'After', '{}', ?, 1, 'finished', ?)",
        ("a" * 64, moment),
    )
    database.execute(
        "INSERT INTO run_rows (run_id, position, row, question, expected, messages, state, answer, error) "
        "VALUES ('r', 0, 2, 'How?', 'So.', '[]', 'answered', 'Thus.', '')"
    )
    database.commit()
    database.close()
    with open_workspace(home) as ws:
        assert ws.predictions("r") == [Prediction(2, "How?", "So.", "Thus.")]
        assert ws.predictions("r")[0].notes == {}


def test_a_run_of_nothing_is_finished(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 0)
    assert (run.state, run.finished_at) == ("finished", NOW)
    assert ws.progress(run.id).is_over


def test_a_leased_row_is_free_again_when_its_owner_is_silent(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 2)
    assert len(ws.claim_rows(run.id, "first", 2, NOW, 60)) == 2
    assert ws.claim_rows(run.id, "second", 2, NOW + timedelta(seconds=59), 60) == []
    assert ws.renew_lease(run.id, "first", NOW + timedelta(seconds=59), 60) == 2
    assert ws.claim_rows(run.id, "second", 2, NOW + timedelta(seconds=118), 60) == []
    assert [row.index for row in ws.claim_rows(run.id, "second", 1, NOW + timedelta(seconds=119), 60)] == [0]
    assert ws.renew_lease(run.id, "first", NOW, 60) == 1
    assert ws.release_rows(run.id, "first") == 1
    assert [row.index for row in ws.claim_rows(run.id, "second", 5, NOW, 60)] == [1]


def test_a_late_answer_counts_and_a_late_failure_does_not(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 2)
    ws.claim_rows(run.id, "slow", 2, NOW, 1)
    later = NOW + timedelta(seconds=5)
    assert len(ws.claim_rows(run.id, "quick", 2, later, 60)) == 2
    assert ws.finish_row(run.id, 0, owner="slow", now=later, answer="paid for") is True
    assert ws.finish_row(run.id, 0, owner="quick", now=later, answer="second") is False
    assert ws.finish_row(run.id, 1, owner="slow", now=later, error="I gave up") is False
    assert ws.finish_row(run.id, 1, owner="quick", now=later, answer="good") is True
    assert [prediction.answer for prediction in ws.predictions(run.id)] == ["paid for", "good"]


def test_failed_rows_are_asked_again_only_when_told_so(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 2)
    ws.claim_rows(run.id, "me", 2, NOW, 60)
    ws.finish_row(run.id, 0, owner="me", now=NOW, error="busy", latency_s=1.0)
    ws.finish_row(run.id, 1, owner="me", now=NOW, answer="yes")
    assert ws.run(run.id).state == "finished" and ws.claim_rows(run.id, "me", 2, NOW, 60) == []
    assert ws.retry_failed(run.id) == 1
    assert (ws.run(run.id).state, ws.run(run.id).finished_at) == ("running", None)
    assert [row.index for row in ws.claim_rows(run.id, "me", 2, NOW, 60)] == [0]
    assert ws.finish_row(run.id, 0, owner="me", now=NOW, answer="now it works")
    assert ws.predictions(run.id)[0] == Prediction(2, "question 0", "yes", "now it works")
    assert ws.retry_failed(run.id) == 0 and ws.run(run.id).state == "finished"


def test_a_stopped_run_gives_no_rows_out_but_takes_the_answers_under_way(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 2)
    ws.claim_rows(run.id, "me", 1, NOW, 60)
    assert ws.set_run_state(run.id, "stopped", NOW).state == "stopped"
    assert ws.claim_rows(run.id, "me", 1, NOW, 60) == []
    assert ws.finish_row(run.id, 0, owner="me", now=NOW, answer="yes")
    assert ws.set_run_state(run.id, "running", NOW).state == "running"
    assert [row.index for row in ws.claim_rows(run.id, "me", 5, NOW, 60)] == [1]
    ws.finish_row(run.id, 1, owner="me", now=NOW, answer="yes")
    assert ws.set_run_state(run.id, "running", NOW).state == "finished"


def test_a_row_ends_with_an_answer_or_an_error(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 1)
    for fields in ({}, {"answer": "yes", "error": "no"}):
        with pytest.raises(ValueError, match="answer or with an error"):
            ws.finish_row(run.id, 0, owner="me", now=NOW, **fields)


def test_half_a_surrogate_pair_in_an_answer_does_not_lose_it(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 1)
    ws.claim_rows(run.id, "me", 1, NOW, 60)
    ws.finish_row(run.id, 0, owner="me", now=NOW, answer="good \ud83d\x00 🙂 end")
    assert ws.predictions(run.id)[0].answer == "good \ufffd\x00 🙂 end"


def test_no_such_run(ws: Workspace) -> None:
    for call in (ws.run, ws.progress, lambda run: ws.claim_rows(run, "me", 1, NOW, 1), lambda run: ws.set_run_state(run, "stopped", NOW)):
        with pytest.raises(NotInWorkspace, match="comparison"):
            call("nothere")


def test_eight_threads_never_hold_the_same_row(ws: Workspace, made: Made) -> None:
    run, seen, lock = begin(ws, made, 200), [], threading.Lock()

    def ask(owner: str) -> None:
        while rows := ws.claim_rows(run.id, owner, 3, NOW, 600):
            for row in rows:
                assert ws.finish_row(run.id, row.index, owner=owner, now=NOW, answer="yes")
            with lock:
                seen.extend(row.index for row in rows)

    threads = [threading.Thread(target=ask, args=(f"owner {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(200))
    assert ws.progress(run.id) == (200, 0, 200) and ws.run(run.id).state == "finished"


def test_three_processes_never_hold_the_same_row(ws: Workspace, home: Path, tmp_path: Path, made: Made) -> None:
    run = begin(ws, made, 120)
    code = f"""
ws = open_workspace(home)
wait()
while rows := ws.claim_rows({run.id!r}, sys.argv[3], 4, NOW, 600):
    print(*(row.index for row in rows))
    time.sleep(0.002)
ws.close()
"""
    printed = [int(word) for output in at_once(home, tmp_path, code, 3) for word in output.split()]
    assert sorted(printed) == list(range(120))


def test_a_killed_program_is_resumed_at_the_next_missing_row(ws: Workspace, home: Path, tmp_path: Path, made: Made) -> None:
    run = begin(ws, made, 10)
    code = f"""
import os
ws = open_workspace(home)
wait()
for row in ws.claim_rows({run.id!r}, "killed", 6, NOW, 30)[:4]:
    ws.finish_row({run.id!r}, row.index, owner="killed", now=NOW, answer="yes")
os._exit(0)
"""
    at_once(home, tmp_path, code, 1)
    ws.close()
    with open_workspace(home) as again:
        assert [row.index for row in again.claim_rows(run.id, "next", 10, NOW, 60)] == [6, 7, 8, 9]
        assert [row.index for row in again.claim_rows(run.id, "next", 10, NOW + timedelta(seconds=30), 60)] == [4, 5]
        assert again.progress(run.id) == (4, 0, 10)


def test_ten_thousand_rows_stay_quick(ws: Workspace, made: Made) -> None:
    start = time.perf_counter()
    run = begin(ws, made, 10_000)
    written = time.perf_counter() - start
    start = time.perf_counter()
    for _ in range(10):
        ws.progress(run.id)
        ws.claim_rows(run.id, "me", 8, NOW, 60)
    asked = (time.perf_counter() - start) / 10
    assert written < 5 and asked < 0.1  # about 0.3 s and 5 ms on a quiet machine


def test_an_answer_keeps_why_it_ended_and_what_it_cost(ws: Workspace, made: Made) -> None:
    run = begin(ws, made, 3)
    ws.claim_rows(run.id, "me", 3, NOW, 60)
    ws.finish_row(run.id, 0, owner="me", now=NOW, answer="yes", finish_reason="length", usd=0.25)
    ws.finish_row(run.id, 1, owner="me", now=NOW, answer="no")
    ws.finish_row(run.id, 2, owner="me", now=NOW, error="It was too long.")
    assert [(one.finish_reason, one.usd) for one in ws.predictions(run.id)] == [("length", 0.25), ("", None), ("", None)]
    assert ws.spent(run.id) == (0.25, 1, 1)


def test_answers_of_before_say_neither(home: Path) -> None:
    home.mkdir(parents=True)
    migrate(home / "workspace.sqlite3", "0008")
    with sqlite3.connect(home / "workspace.sqlite3") as database:
        moment = "2026-11-22 12:00:00"
        database.execute(
            "INSERT INTO projects (id, name, connection_id, source_name, draft, created_at, updated_at) "
            "VALUES ('p', '', '', '', '{}', ?, ?)",
            (moment, moment),
        )
        database.execute(
            "INSERT INTO runs (id, project_id, connection_id, origin, model, label, settings, key, total, state, created_at) "
            "VALUES ('r', 'p', '', '', '', '', '{}', 'k', 1, 'finished', ?)",
            (moment,),
        )
        database.execute(
            "INSERT INTO run_rows (run_id, position, row, question, expected, messages, state, answer, error) "
            "VALUES ('r', 0, 2, 'q', 'e', '[]', 'answered', 'a', '')"
        )
    database.close()
    with open_workspace(home) as ws:
        assert ws.predictions("r") == [Prediction(2, "q", "e", "a")] and ws.spent("r") == (0.0, 0, 1)
        assert ws.batch_of("r") is None


def test_a_run_of_an_earlier_version_is_found_again_by_its_key() -> None:
    """The key is stored: worked out in another way, every answer that was paid for would be asked again."""
    rows: list[RunRow] = [(2, "Where is my card? é", "lost", '[{"role": "user"}]'), (3, "Fee?", "fee", "[]")]
    key = run_key("d1", "custom", "https://models.example", "small", {"temperature": 0}, rows)
    assert key == "f452e0462fa0c1f2a2ec8c3c674ec2e52f40917e505ce0f00c8288fafb09767c"
    assert key != run_key("d1", "custom", "https://models.example", "small", {"temperature": 0}, rows[::-1])
