"""Prediction runs: every row is asked until it has an answer or a reason, none twice, and a killed run goes on where it was."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.base.errors import AccessDenied, BadKey, NoCredit, NotOnServer, Unreachable
from core.base.leakage import SeenRow, seen_in_training
from core.base.types import Message
from core.compare.candidate import Prompt
from core.compare.outcome import Answered, outcome
from core.compare.pacing import Patience
from core.compare.rows import examples_of, seen, shape_of
from core.compare.run import Candidate, find, needs_attention, settings_for, start
from core.compare.runner import Runner
from core.compare.runners import Runners
from core.io.openai_calls import Client, make_client
from core.io.workspace import Dataset, Progress, Run, Workspace
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE
from tests.train.workbench import NOW, fake_connection

ROOT = Path(__file__).resolve().parents[2]
CHAT = "POST /chat/completions"
HASTE = Patience(tries=3, first_wait_s=0.01, longest_wait_s=0.05)


def candidate(server: FakeOpenAI, **changes: Any) -> Candidate:
    made = Candidate("base", "Base model", "custom", fake_connection(server).origin, BASE)
    return replace(made, **changes)


def start_run(ws: Workspace, server: FakeOpenAI, dataset: Dataset, **changes: Any) -> Run:
    return start(ws, dataset.project_id, candidate(server, **changes), examples_of(ws, dataset, "test"), now=NOW, dataset_id=dataset.id)


def asked(server: FakeOpenAI) -> Counter[str]:
    return Counter(request.json["messages"][-1]["content"] for request in server.seen(CHAT))


def right_answer(body: Any) -> str:
    number = int(body["messages"][-1]["content"].rsplit(" ", 1)[1])
    return ("refund", "card", "loan")[number % 3]


def finish(runner: Runner) -> None:
    assert runner.join(30), "the run did not end"


def test_every_test_row_is_asked_once_as_it_was_taught(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    server.answer = right_answer
    run = start_run(ws, server, dataset)
    finish(Runner(ws, run, client).start())
    assert set(asked(server).values()) == {1} and len(asked(server)) == 30
    sent = server.seen(CHAT)[0].json
    assert sent["temperature"] == 0 and sent["model"] == BASE
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    predictions = ws.predictions(run.id)
    assert [p.row for p in predictions] == list(range(17, 47))  # as the spreadsheet numbers them
    assert all(p.answer == p.expected and p.latency_s and p.completion_tokens for p in predictions)
    assert ws.run(run.id).state == "finished" and ws.progress(run.id) == Progress(30, 0, 30)


def test_what_the_local_engine_says_about_its_answers_is_kept(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    notes = {"matched": "Please help me", "similarity": 0.9, "foreign": ["12"]}
    server.chat_headers = {"x-tunesmith-notes": json.dumps(notes)}
    run = start_run(ws, server, dataset)
    finish(Runner(ws, run, client).start())
    assert [prediction.notes for prediction in ws.predictions(run.id)] == [notes] * 30


def test_a_finished_run_asks_nothing_however_often_it_is_begun(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    run = start_run(ws, server, dataset)
    finish(Runner(ws, run, client).start())
    again = start_run(ws, server, dataset)
    assert again.id == run.id
    finish(Runner(ws, again, client).start())
    assert len(server.seen(CHAT)) == 30 and ws.run(run.id).state == "finished"
    rows = examples_of(ws, dataset, "test")
    assert find(ws.runs(dataset.project_id), candidate(server), dataset.id, rows) == ws.run(run.id)
    assert find(ws.runs(dataset.project_id), candidate(server, model="other"), dataset.id, rows) is None


def test_a_run_is_found_by_what_was_really_sent(ws: Workspace, server: FakeOpenAI, dataset: Dataset) -> None:
    rows = examples_of(ws, dataset, "test")
    bare = candidate(server, prompt=Prompt(system=False))
    start_run(ws, server, dataset)
    assert find(ws.runs(dataset.project_id), bare, dataset.id, rows) is None, "the same model, asked without its system prompt"
    assert find(ws.runs(dataset.project_id), candidate(server), dataset.id, rows[:10]) is None, "fewer rows"
    asked_otherwise = [replace(row, messages=(Message("system", "Be brief."), *row.messages[1:])) for row in rows]
    assert find(ws.runs(dataset.project_id), candidate(server), dataset.id, asked_otherwise) is None
    run = start(ws, dataset.project_id, bare, rows, now=NOW, dataset_id=dataset.id)
    assert find(ws.runs(dataset.project_id), bare, dataset.id, rows) == run
    assert find(ws.runs(dataset.project_id), candidate(server), dataset.id, rows) != run


def test_a_stopped_run_goes_on_at_the_next_missing_row(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, faults.slow(0.05), always=True)
    runner = Runner(ws, run, client, workers=2).start()
    wait_for(lambda: ws.progress(run.id).done >= 5)
    runner.stop(wait_s=10)
    done = ws.progress(run.id).done
    assert 5 <= done < 30 and ws.run(run.id).state == "stopped" and not runner.alive
    server.heal()
    finish(Runner(ws, run, client).start())
    assert ws.progress(run.id).done == 30
    assert len(asked(server)) == 30 and max(asked(server).values()) == 1


def test_two_runners_share_a_run_without_asking_a_row_twice(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, faults.slow(0.02), always=True)
    runners = [Runner(ws, run, client, workers=3).start() for _ in range(2)]
    for runner in runners:
        finish(runner)
    assert max(asked(server).values()) == 1 and ws.progress(run.id).done == 30


def test_a_row_that_takes_long_is_not_taken_over_while_its_runner_lives(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset
) -> None:
    run = start(ws, dataset.project_id, candidate(server), examples_of(ws, dataset, "test")[:2], now=NOW, dataset_id=dataset.id)
    server.fail(CHAT, faults.slow(2), always=True)
    runners = [Runner(ws, run, client, workers=2, lease_s=0.6).start() for _ in range(2)]
    for runner in runners:
        finish(runner)
    assert sorted(asked(server).values()) == [1, 1] and ws.progress(run.id).done == 2


def test_rate_limits_are_waited_for_as_long_as_the_server_says(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, *[faults.too_fast("0.3")] * 3)
    began = time.monotonic()
    runner = Runner(ws, run, client, workers=1, patience=HASTE).start()
    finish(runner)
    assert time.monotonic() - began >= 0.9
    assert ws.progress(run.id) == Progress(30, 0, 30) and len(server.seen(CHAT)) == 33


def test_a_row_is_asked_for_as_long_as_the_server_says_too_many(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset
) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, *[faults.too_fast("0.01")] * 40)
    runner = Runner(ws, run, client, workers=1, patience=HASTE).start()
    finish(runner)
    assert runner.problem is None
    assert ws.progress(run.id) == Progress(30, 0, 30) and len(server.seen(CHAT)) == 70


def test_a_server_that_asks_to_come_back_tomorrow_is_left_alone_until_somebody_stops_the_run(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset
) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, faults.too_fast("86400"), always=True)
    runner = Runner(ws, run, client, workers=1, patience=HASTE).start()
    wait_for(lambda: runner.paused_for_s > 0)
    assert runner.paused_for_s == pytest.approx(86400, abs=10) and runner.alive
    runner.stop(wait_s=5)
    assert not runner.alive and runner.problem is None and len(server.seen(CHAT)) == 1
    assert ws.progress(run.id) == Progress(0, 0, 30) and ws.run(run.id).state == "stopped"
    server.heal()
    finish(Runner(ws, run, client, patience=HASTE).start())
    assert ws.progress(run.id) == Progress(30, 0, 30)


def test_a_row_that_fails_is_a_row_with_its_reason(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, faults.refuse(400, "context_length_exceeded", "This model's maximum context length is 10 tokens."))
    finish(Runner(ws, run, client, workers=1, patience=HASTE).start())
    assert ws.progress(run.id) == Progress(29, 1, 30) and len(server.seen(CHAT)) == 30
    first = ws.predictions(run.id)[0]
    assert first.answer is None and "maximum context length is 10 tokens" in first.error
    reason = needs_attention(ws.run(run.id), ws.progress(run.id), alive=False, needs_key=True, has_key=True)
    assert reason is not None and reason.code == "run_has_failed_rows" and reason.params["failed"] == 1
    ws.retry_failed(run.id)
    finish(Runner(ws, run, client, patience=HASTE).start())
    assert ws.progress(run.id) == Progress(30, 0, 30) and len(server.seen(CHAT)) == 31


@pytest.mark.parametrize(
    "fault", [faults.refuse(500), faults.html(), faults.drop(), faults.half()], ids=["500", "502 html", "dropped", "half json"]
)
def test_a_fault_that_passes_is_asked_again(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset, fault: faults.Fault
) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, fault, fault)
    finish(Runner(ws, run, client, workers=1, patience=HASTE).start())
    assert ws.progress(run.id) == Progress(30, 0, 30) and len(server.seen(CHAT)) == 32


@pytest.mark.parametrize("fault", [faults.refuse(500), faults.drop()], ids=["500", "dropped"])
def test_a_fault_of_one_row_alone_fails_that_row_after_a_few_tries(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset, fault: faults.Fault
) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, *[fault] * HASTE.tries)
    runner = Runner(ws, run, client, workers=1, patience=HASTE).start()
    finish(runner)
    assert runner.problem is None
    assert ws.progress(run.id) == Progress(29, 1, 30) and len(server.seen(CHAT)) == 29 + HASTE.tries


@pytest.mark.parametrize(
    ("fault", "problem", "requests"),
    [
        (faults.refuse(401, "invalid_api_key"), BadKey, 1),
        (faults.refuse(403), AccessDenied, 1),
        (faults.no_credit(), NoCredit, 1),
        (faults.refuse(404, "model_not_found"), NotOnServer, HASTE.tries),
    ],
    ids=["key", "forbidden", "credit", "model"],
)
def test_what_every_row_would_meet_stops_the_run_with_its_rows_open(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset, fault: faults.Fault, problem: type[Exception], requests: int
) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, fault, always=True)
    runner = Runner(ws, run, client, workers=1, patience=HASTE).start()
    finish(runner)
    assert type(runner.problem) is problem and len(server.seen(CHAT)) == requests
    assert ws.progress(run.id) == Progress(0, 0, 30) and ws.run(run.id).state == "stopped"
    server.heal()
    finish(Runner(ws, run, client, patience=HASTE).start())
    assert ws.progress(run.id) == Progress(30, 0, 30)


def test_a_server_that_is_gone_stops_the_run_and_fails_no_row(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    run = start_run(ws, server, dataset)
    server.__exit__()
    runner = Runner(ws, run, client, patience=HASTE).start()
    finish(runner)
    assert isinstance(runner.problem, Unreachable)
    assert ws.progress(run.id) == Progress(0, 0, 30) and ws.run(run.id).state == "stopped"


def test_a_project_that_is_deleted_meanwhile_ends_its_run_quietly(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset
) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, faults.slow(0.05), always=True)
    runner = Runner(ws, run, client, workers=2).start()
    wait_for(lambda: ws.progress(run.id).done >= 2)
    ws.delete_project(dataset.project_id)
    finish(runner)
    assert len(server.seen(CHAT)) < 30


APP = """
import sys
from pathlib import Path
from core.compare.runner import Runner
from core.io.connections import connection
from core.io.openai_calls import make_client
from tests.train.workbench import make_workspace

home, base_url, key, run_id = sys.argv[1:]
with make_workspace(Path(home)) as ws, make_client(connection("custom", base_url=base_url), key) as client:
    Runner(ws, ws.run(run_id), client, workers=3).start().join(60)
"""


def test_a_killed_app_is_continued_and_asks_for_no_finished_row_again(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset
) -> None:
    run = start_run(ws, server, dataset)
    server.fail(CHAT, faults.slow(0.1), always=True)
    app = subprocess.Popen([sys.executable, "-c", APP, str(ws.home), server.base_url, server.key, run.id], cwd=ROOT)
    try:
        wait_for(lambda: ws.progress(run.id).done >= 12)
    finally:
        app.kill()
        app.wait()
    answered = {p.question for p in ws.predictions(run.id)}
    assert 12 <= len(answered) < 30
    before = asked(server)
    server.heal()
    # the dead app's rows are under lease for a while: the clock of the next one stands after it
    runner = Runner(ws, run, client, now=lambda: datetime.now(UTC) + timedelta(minutes=5))
    finish(runner.start())
    assert ws.progress(run.id).done == 30
    again = asked(server) - before
    assert not answered & set(again), "a row that had its answer was asked again"
    assert len(again) == 30 - len(answered)


def test_one_app_has_one_runner_for_a_run_and_starts_another_when_it_is_needed(
    ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset
) -> None:
    runners = Runners()
    run = start_run(ws, server, dataset)
    server.fail(CHAT, faults.slow(0.05), always=True)
    first = runners.ensure(ws, run, client)
    assert runners.ensure(ws, run, client) is first and runners.find(run.id) is first
    runners.stop_all(wait_s=10)
    assert not first.alive and ws.progress(run.id).done < 30
    server.heal()
    second = runners.ensure(ws, run, client)
    assert second is not first
    finish(second)
    assert runners.ensure(ws, run, client) is second and ws.progress(run.id).done == 30
    assert runners.find("other") is None


@pytest.mark.parametrize(
    ("progress", "alive", "has_key", "code"),
    [
        (Progress(3, 0, 10), True, True, None),
        (Progress(3, 0, 10), False, False, "run_waits_for_key"),
        (Progress(3, 0, 10), False, True, "run_can_continue"),
        (Progress(10, 0, 10), False, False, None),
        (Progress(9, 1, 10), False, False, "run_has_failed_rows"),
    ],
)
def test_a_run_says_what_it_waits_for(
    ws: Workspace, server: FakeOpenAI, dataset: Dataset, progress: Progress, alive: bool, has_key: bool, code: str | None
) -> None:
    reason = needs_attention(start_run(ws, server, dataset), progress, alive=alive, needs_key=True, has_key=has_key)
    assert (reason.code if reason else None) == code


@pytest.mark.parametrize(("progress", "code"), [(Progress(3, 0, 30), None), (Progress(28, 2, 30), "run_has_failed_rows")])
def test_a_run_that_was_stopped_by_hand_does_not_go_on_by_itself_when_its_last_answers_have_come(
    ws: Workspace, server: FakeOpenAI, dataset: Dataset, progress: Progress, code: str | None
) -> None:
    run = start_run(ws, server, dataset)
    reason = needs_attention(run, progress, alive=False, needs_key=False, has_key=True, held=True)
    assert (reason.code if reason else None) == code


def test_from_two_runs_to_a_headline(ws: Workspace, server: FakeOpenAI, client: Client, dataset: Dataset) -> None:
    server.models.append({"id": "tuned", "object": "model"})
    server.answer = lambda body: right_answer(body) if body["model"] == "tuned" else "refund"
    sides = (candidate(server), candidate(server, kind="tuned", label="Tuned", model="tuned"))
    runs = [start(ws, dataset.project_id, side, examples_of(ws, dataset, "test"), now=NOW, dataset_id=dataset.id) for side in sides]
    for run in runs:
        finish(Runner(ws, run, client).start())
    shape = shape_of(dataset)
    known = [SeenRow(*row) for row in seen(ws, {"dataset": dataset.id, "side": "test"}, lambda done, total: None)]
    assert shape.kind == "label" and len(examples_of(ws, dataset, "test")) == 30
    first, second = (Answered(side, ws.predictions(run.id), total=run.total) for side, run in zip(sides, runs, strict=True))
    unseen = outcome((first, second), shape)
    assert unseen.headline.verdict.code == "better"
    assert unseen.headline.scores is not None and unseen.headline.scores[0].right == 10
    made = outcome((first, replace(second, seen=known)), shape)
    assert made.clean_rows == 30 - len(known)


def test_rows_of_the_training_are_found_by_their_number_in_the_spreadsheet(ws: Workspace, dataset: Dataset) -> None:
    other = replace(dataset, test_sha=dataset.train_sha, split={"rows": {"test": list(range(102, 114))}})
    found = seen_in_training(examples_of(ws, other, "test"), examples_of(ws, dataset, "train"))
    assert {one.row for one in found} == set(range(102, 114)) and {one.train_row for one in found} == set(range(2, 14))


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def test_the_clients_key_is_not_kept_with_the_run(ws: Workspace, server: FakeOpenAI, dataset: Dataset) -> None:
    with make_client(fake_connection(server), server.key) as client:
        finish(Runner(ws, start_run(ws, server, dataset), client).start())
    ws.close()
    held = b"".join(path.read_bytes() for path in ws.home.rglob("*") if path.is_file())
    assert b"Please help me" in held and server.key.encode() not in held


def test_a_small_model_that_finds_no_end_is_stopped_and_a_server_is_not() -> None:
    assert settings_for(["x" * 300, "y"], small=False) == {"temperature": 0}
    assert settings_for(["x" * 300, "y"], small=True) == {"temperature": 0, "max_tokens": 200}
    assert settings_for([], small=True)["max_tokens"] == 64
    assert settings_for(["x" * 90_000], small=True)["max_tokens"] == 512
