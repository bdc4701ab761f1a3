"""A run as one batch: ordered once whatever happens, and what it brings is stored row by row, whole or in part."""

import json
import platform
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.base.errors import (
    AccessDenied,
    AnswerLost,
    BadSetting,
    NoCredit,
    NotOnServer,
    RequestRefused,
    TooLarge,
    TunesmithError,
    WorkspaceBusy,
    WorkspaceError,
)
from core.base.types import Price
from core.compare.batch_run import cancel, look, look_again, order, reconcile
from core.compare.batch_runner import BatchRunner
from core.compare.rows import examples_of
from core.compare.run import Candidate, start
from core.compare.runner import Runner
from core.io.connections import BatchRule
from core.io.openai_calls import Client, make_client
from core.io.workspace import Dataset, Progress, Run, Workspace
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE
from tests.train.workbench import NOW, fake_connection

CREATE, LIST, CHAT = "POST /batches", "GET /batches", "POST /chat/completions"
RULE = BatchRule(50_000, 200_000_000, 24, date(2026, 11, 26), "a test")
PRICE = Price("custom", BASE, None, 0.40, None, 1.60, NOW.date(), "a test", 0.20, 0.80)


@pytest.fixture
def client(server: FakeOpenAI) -> Iterator[Client]:
    with make_client(replace(fake_connection(server), batch=RULE), server.key, timeout_s=5) as client:
        yield client


@pytest.fixture
def run(ws: Workspace, server: FakeOpenAI, dataset: Dataset) -> Run:
    candidate = Candidate("base", "Base model", "custom", fake_connection(server).origin, BASE, {"temperature": 0, "max_tokens": 9})
    return start(ws, dataset.project_id, candidate, examples_of(ws, dataset, "test"), now=NOW, dataset_id=dataset.id)


def now() -> datetime:
    return NOW


def only_batch(server: FakeOpenAI) -> str:
    (batch_id,) = server.batches
    return batch_id


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_batch_asks_the_same_as_one_by_one_and_its_answers_are_rows_at_half_the_price(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run
) -> None:
    record = order(ws, client, run, now=now)
    assert (record.state, record.rows, record.remote_id) == ("created", 30, only_batch(server))
    sent = server.batches[only_batch(server)]
    assert sent["endpoint"] == "/v1/chat/completions" and sent["completion_window"] == "24h"
    assert server.files[sent["input_file_id"]]["purpose"] == "batch"
    lines = [json.loads(line) for line in server.contents[sent["input_file_id"]].splitlines()]
    assert len({line["custom_id"] for line in lines}) == 30
    first = lines[0]
    assert (first["method"], first["url"]) == ("POST", "/v1/chat/completions")
    assert first["body"]["model"] == BASE and first["body"]["temperature"] == 0 and first["body"]["max_tokens"] == 9
    assert [message["role"] for message in first["body"]["messages"]] == ["system", "user"]
    assert look(ws, client, record, NOW).is_live and ws.progress(run.id) == Progress(0, 0, 30)
    server.finish_batch(only_batch(server))
    assert look(ws, client, record, NOW, price=PRICE).state == "over"
    predictions = ws.predictions(run.id)
    assert ws.progress(run.id) == Progress(30, 0, 30) and ws.run(run.id).state == "finished"
    for prediction in predictions:
        assert prediction.answer == f"You said: {prediction.question}" and prediction.finish_reason == "stop"
        assert prediction.usd == pytest.approx((11 * 0.20 + prediction.completion_tokens * 0.80) / 1e6)
    assert not server.seen(CHAT)


def test_ordering_twice_or_from_eight_threads_at_once_orders_one(ws: Workspace, server: FakeOpenAI, client: Client, run: Run) -> None:
    server.fail(CREATE, faults.slow(0.2), always=True)
    threads = [threading.Thread(target=order, args=(ws, client, run), kwargs={"now": now}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    order(ws, client, run, now=now)
    assert len(server.seen(CREATE)) == 1 and len(server.batches) == 1


@pytest.mark.parametrize("fault", [faults.drop(acts=True), faults.refuse(500, acts=True), faults.half()], ids=["dropped", "500", "half"])
def test_a_lost_answer_is_looked_for_and_never_ordered_again(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run, fault: faults.Fault
) -> None:
    server.fail(CREATE, fault)
    record = order(ws, client, run, now=now)
    assert record.state == "uncertain" and isinstance(record.failure, AnswerLost)
    assert order(ws, client, run, now=now).state == "uncertain"
    found = reconcile(ws, client, record, NOW)
    assert found.state == "created" and found.remote_id == only_batch(server) and found.error is None
    assert len(server.seen(CREATE)) == 1


def test_it_is_found_by_its_file_where_the_server_keeps_no_metadata(ws: Workspace, server: FakeOpenAI, client: Client, run: Run) -> None:
    server.fail(CREATE, faults.drop(acts=True))
    record = order(ws, client, run, now=now)
    server.batches[only_batch(server)]["metadata"] = None
    assert reconcile(ws, client, record, NOW).remote_id == only_batch(server)


def test_an_order_that_never_arrived_is_absent_only_once_the_server_had_the_time_to_list_it(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run
) -> None:
    server.fail(CREATE, faults.drop())
    record = order(ws, client, run, now=now)
    assert reconcile(ws, client, record, NOW + timedelta(seconds=30)).state == "uncertain"
    assert ws.claim_rows(run.id, "me", 1, NOW, 30) == []  # blocked: its batch may still be there
    server.fail(LIST, faults.refuse(500), faults.refuse(500))
    with pytest.raises(TunesmithError):
        reconcile(ws, client, record, NOW + timedelta(minutes=5))
    assert reconcile(ws, client, record, NOW + timedelta(minutes=5)).state == "absent"
    assert order(ws, client, run, now=now).state == "created" and len(server.batches) == 1


@pytest.mark.parametrize(
    ("fault", "problem"),
    [(faults.refuse(400, "invalid_request"), RequestRefused), (faults.no_credit(), NoCredit), (faults.refuse(403), AccessDenied)],
    ids=["refused", "credit", "forbidden"],
)
def test_a_refused_order_leaves_the_rows_to_be_asked(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run, fault: faults.Fault, problem: type[TunesmithError]
) -> None:
    server.fail(CREATE, fault)
    with pytest.raises(problem):
        order(ws, client, run, now=now)
    record = ws.batch_of(run.id)
    assert record is not None and record.state == "refused" and isinstance(record.failure, problem)
    assert len(ws.claim_rows(run.id, "me", 50, NOW, 30)) == 30


def test_a_file_that_did_not_arrive_orders_nothing(ws: Workspace, server: FakeOpenAI, client: Client, run: Run) -> None:
    server.fail("POST /files", faults.drop())
    with pytest.raises(TunesmithError):
        order(ws, client, run, now=now)
    record = ws.batch_of(run.id)
    assert record is not None and record.state == "absent" and not server.seen(CREATE)


def test_nobody_asks_the_rows_one_by_one_while_the_batch_may_answer_them(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run
) -> None:
    record = order(ws, client, run, now=now)
    runner = Runner(ws, run, client).start()
    time.sleep(0.3)
    runner.stop(wait_s=5)
    assert not server.seen(CHAT) and not runner.alive
    server.finish_batch(only_batch(server))
    look(ws, client, record, NOW)
    assert ws.progress(run.id).done == 30


def test_no_batch_is_ordered_while_rows_are_being_asked(ws: Workspace, server: FakeOpenAI, client: Client, run: Run) -> None:
    ws.claim_rows(run.id, "another", 1, NOW, 30)
    with pytest.raises(WorkspaceBusy):
        order(ws, client, run, now=now)
    assert not server.batches and ws.batch_of(run.id) is None


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_of_a_batch_that_ended_early_the_answers_stay_and_the_rest_can_be_asked(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run, status: str
) -> None:
    record = order(ws, client, run, now=now)
    server.finish_batch(only_batch(server), status, rows=12)
    over = look(ws, client, record, NOW)
    assert (over.state, over.status, over.done) == ("over", status, 12)
    assert ws.progress(run.id) == Progress(12, 0, 30)
    runner = Runner(ws, run, client).start()
    assert runner.join(20) and ws.progress(run.id) == Progress(30, 0, 30)
    assert len(server.seen(CHAT)) == 18 and len(server.seen(CREATE)) == 1


def test_a_batch_that_the_server_could_not_read_says_why_and_its_rows_stay_open(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run
) -> None:
    record = order(ws, client, run, now=now)
    errors = {"object": "list", "data": [{"code": "invalid_json_line", "message": "Line 3 is no JSON.", "line": 3, "param": None}]}
    server.batches[only_batch(server)] |= {"status": "failed", "errors": errors}
    over = look(ws, client, record, NOW)
    assert over.state == "over" and over.failure is not None and "Line 3 is no JSON." in over.failure.details
    assert ws.progress(run.id) == Progress(0, 0, 30) and len(ws.claim_rows(run.id, "me", 50, NOW, 30)) == 30


def test_a_request_that_was_refused_is_a_row_with_its_reason_and_a_passing_fault_stays_open(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run
) -> None:
    record = order(ws, client, run, now=now)

    def spoilt(row: int, status: int, code: str, words: str) -> dict[str, Any]:
        body = {"error": {"message": words, "type": "invalid_request_error", "param": None, "code": code}}
        return {"id": "x", "custom_id": f"row-{row}", "response": {"status_code": status, "request_id": "r", "body": body}, "error": None}

    lines = [spoilt(0, 400, "context_length_exceeded", "Too long."), spoilt(1, 500, "server_error", "Oh."), {"custom_id": "row-99"}]
    server.finish_batch(only_batch(server), spoilt=lines)
    batch = server.batches[only_batch(server)]
    server.contents[batch["output_file_id"]] += b'{"half a line\n[]\n{"custom_id": 3}\n'
    look(ws, client, record, NOW)
    assert ws.progress(run.id) == Progress(28, 1, 30)
    assert "Too long." in ws.predictions(run.id)[0].error


def test_a_status_that_is_new_is_followed_further(ws: Workspace, server: FakeOpenAI, client: Client, run: Run) -> None:
    record = order(ws, client, run, now=now)
    server.batches[only_batch(server)]["status"] = "resting"
    seen = look(ws, client, record, NOW)
    assert seen.is_live and seen.status == "resting"


def test_a_restart_goes_on_following_the_same_batch(ws: Workspace, server: FakeOpenAI, client: Client, run: Run) -> None:
    first = BatchRunner(ws, run, client, first_look_s=0.02).start(ordering=True)
    until(lambda: (record := ws.batch_of(run.id)) is not None and record.state == "created")
    first.leave()
    assert first.join(5)
    server.finish_batch(only_batch(server))
    second = BatchRunner(ws, run, client, first_look_s=0.02).start(ordering=True)
    assert second.join(10) and second.problem is None
    assert ws.progress(run.id).done == 30 and len(server.seen(CREATE)) == 1


def test_a_process_that_died_before_the_order_has_ordered_nothing_and_one_that_died_after_it_is_looked_for(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = {"host": platform.node(), "pid": 2**22 - 1, "started": 1.0}
    record, mine = ws.claim_batch(run.id, origin=client.origin, owner=dead, now=NOW)
    assert mine and reconcile(ws, client, record, NOW).state == "absent" and not server.seen(LIST)
    record, mine = ws.claim_batch(run.id, origin=client.origin, owner=dead, now=NOW)
    assert mine
    record = ws.update_batch(run.id, file_id="file-1", called_at=NOW)
    record = reconcile(ws, client, record, NOW + timedelta(seconds=1))
    assert record.state == "uncertain"
    server.batches["batch_9"] = {"id": "batch_9", "status": "in_progress", "input_file_id": "file-1"}
    assert reconcile(ws, client, record, NOW).remote_id == "batch_9"
    alive, _ = ws.claim_batch(run.id, origin=client.origin, owner=dead, now=NOW)
    assert alive.state == "created"


def test_faults_that_pass_are_waited_out_and_stopping_fetches_what_was_answered(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run
) -> None:
    runner = BatchRunner(ws, run, client, first_look_s=0.02).start(ordering=True)
    until(lambda: bool(server.batches))
    server.fail("GET /batches/{id}", faults.refuse(500), faults.drop(), faults.too_fast("0.01"), faults.refuse(500))
    runner.stop()
    until(lambda: server.batches[only_batch(server)]["status"] == "cancelling")
    server.finish_batch(only_batch(server), "cancelled", rows=5)
    assert runner.join(20) and runner.problem is None
    assert ws.progress(run.id) == Progress(5, 0, 30)


def test_a_problem_that_does_not_pass_ends_the_watch_and_not_the_batch(ws: Workspace, server: FakeOpenAI, client: Client, run: Run) -> None:
    server.fail("GET /batches/{id}", faults.refuse(403), always=True)
    runner = BatchRunner(ws, run, client, first_look_s=0.02).start(ordering=True)
    assert runner.join(20) and isinstance(runner.problem, AccessDenied)
    record = ws.batch_of(run.id)
    assert record is not None and record.is_live


def test_a_batch_that_its_server_does_not_know_any_more_is_lost_and_nobody_orders_it_again(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run
) -> None:
    record = order(ws, client, run, now=now)
    batch = server.batches.pop(only_batch(server))
    assert look(ws, client, record, NOW + timedelta(seconds=1)).is_live, "a new one may not be there yet"
    late = NOW + timedelta(hours=1)
    lost = look(ws, client, record, late)
    assert lost.state == "lost" and not lost.is_live and isinstance(lost.failure, NotOnServer)
    assert order(ws, client, run, now=now).state == "lost" and len(server.seen(CREATE)) == 1
    server.batches[batch["id"]] = batch
    server.finish_batch(batch["id"], rows=12)
    again = look_again(ws, lost)
    assert again.is_live and again.failure is None
    assert look(ws, client, again, late).state == "over" and ws.progress(run.id) == Progress(12, 0, 30)


def test_the_rows_of_a_lost_batch_can_be_asked_one_by_one(ws: Workspace, server: FakeOpenAI, client: Client, run: Run) -> None:
    record = order(ws, client, run, now=now)
    server.batches.clear()
    look(ws, client, record, NOW + timedelta(hours=1))
    runner = Runner(ws, run, client).start()
    assert runner.join(20) and ws.progress(run.id) == Progress(30, 0, 30)


def test_a_batch_whose_answers_were_deleted_is_lost_and_cancelling_one_that_is_not_there_is_no_problem(
    ws: Workspace, server: FakeOpenAI, client: Client, run: Run
) -> None:
    record = order(ws, client, run, now=now)
    server.finish_batch(only_batch(server))
    output = server.batches[only_batch(server)]["output_file_id"]
    del server.files[output], server.contents[output]
    assert look(ws, client, record, NOW + timedelta(hours=1)).state == "lost" and ws.progress(run.id).done == 0
    again = look_again(ws, record)
    server.batches.clear()
    assert cancel(ws, client, again, NOW) == again


def test_what_is_too_much_for_a_batch_is_refused_before_anything_leaves(ws: Workspace, server: FakeOpenAI, run: Run) -> None:
    for rule in (replace(RULE, most_requests=29), replace(RULE, most_bytes=1000)):
        with make_client(replace(fake_connection(server), batch=rule), server.key) as small, pytest.raises(TooLarge):
            order(ws, small, run, now=now)
    with make_client(fake_connection(server), server.key) as without, pytest.raises(BadSetting):
        order(ws, without, run, now=now)
    assert not server.seen("POST /files") and not server.batches


def test_what_was_ordered_stays_ordered(ws: Workspace, client: Client, run: Run) -> None:
    order(ws, client, run, now=now)
    with pytest.raises(WorkspaceError):
        ws.update_batch(run.id, state="absent")
    with pytest.raises(WorkspaceError):
        ws.update_batch(run.id, remote_id="another")
    assert len(ws.runs(run.project_id)) == 1
