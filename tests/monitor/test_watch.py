"""What Monitor keeps of a job is what its server said, in every kind of bad weather."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from core.base.errors import NotOnServer, RequestRefused, Unreachable
from core.base.remote import JobStatus
from core.io.openai_calls import Client, make_client
from core.io.workspace import JobRecord, Workspace
from core.monitor.curve import curve
from core.monitor.failures import explain
from core.monitor.watch import GONE, cancel, is_due, look, pause, resume, seconds_to_next_look
from core.train.start import stored_error
from tests.servers import FakeOpenAI, faults
from tests.train.workbench import NOW

JOB = "GET /fine_tuning/jobs/{id}"
EVENTS = "GET /fine_tuning/jobs/{id}/events"
CHECKPOINTS = "GET /fine_tuning/jobs/{id}/checkpoints"


def status(record: JobRecord) -> JobStatus:
    assert record.snapshot is not None
    return record.snapshot.status


def job_id(record: JobRecord) -> str:
    assert record.remote_id is not None
    return record.remote_id


def test_a_look_keeps_state_events_and_checkpoints(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    server.set_job(job_id(record), status="running")
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.RUNNING and record.looked_at == NOW + timedelta(seconds=3)
    model = server.succeed(job_id(record), steps=30)
    record = look(ws, client, record, NOW + timedelta(seconds=6))
    assert status(record) is JobStatus.SUCCEEDED and record.snapshot is not None and record.snapshot.fine_tuned_model == model
    assert curve(ws.events(record.id)).points("train_loss") == [(step, round(2 / step, 4)) for step in range(1, 31)]
    assert [checkpoint.step for checkpoint in ws.checkpoints(record.id)] == [28, 29, 30]


def test_events_are_fetched_once_and_an_ended_job_is_left_in_peace(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    for step in range(1, 251):
        server.add_event(job_id(record), f"Step {step}", data={"step": step, "total_steps": 250, "train_loss": 1.0})
    server.set_job(job_id(record), status="running")
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    pages = len(server.seen(EVENTS))
    assert len(ws.events(record.id)) == 251 and pages == 3
    record = look(ws, client, record, NOW + timedelta(seconds=6))
    assert len(server.seen(EVENTS)) == pages + 1
    server.succeed(job_id(record))
    record = look(ws, client, record, NOW + timedelta(seconds=9))
    asked = len(server.requests)
    assert seconds_to_next_look(record, NOW + timedelta(seconds=9)) is None
    assert look(ws, client, record, NOW + timedelta(days=1)) == record and len(server.requests) == asked


def test_tabs_share_a_look(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = look(ws, client, record, NOW + timedelta(seconds=10))
    asked = len(server.requests)
    for _ in range(20):
        look(ws, client, ws.job(record.id), NOW + timedelta(seconds=10.5))
    assert len(server.requests) == asked


def test_twenty_tabs_that_look_at_the_same_moment_ask_once(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    server.set_job(job_id(record), status="running")
    server.fail(JOB, faults.slow(0.3), always=True)
    together = Barrier(20)

    def tab(_: int) -> JobRecord:
        together.wait()
        return look(ws, client, ws.job(record.id), NOW + timedelta(seconds=10))

    with ThreadPoolExecutor(20) as tabs:
        told = list(tabs.map(tab, range(20)))
    assert len(server.seen(JOB)) == 1 and {one.looked_at for one in told} <= {record.looked_at, NOW + timedelta(seconds=10)}
    assert look(ws, client, ws.job(record.id), NOW + timedelta(seconds=11)).looked_at == NOW + timedelta(seconds=10)


def test_a_minute_of_twenty_tabs_costs_a_look_in_two_seconds_and_an_older_job_less(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    server.set_job(job_id(record), status="running")
    for age, most in ((0, 31), (100, 61 / (0.8 * 5) + 1), (4000, 61 / (0.8 * 30) + 1)):
        asked = len(server.seen(JOB))
        for tick in range(60 * 20):
            look(ws, client, ws.job(record.id), NOW + timedelta(seconds=age + tick / 20))
        assert 1 <= len(server.seen(JOB)) - asked <= most


def test_a_server_in_trouble_is_asked_less_and_less_often_and_a_new_key_is_tried_at_once(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    server.set_job(job_id(record), status="running")
    server.fail(JOB, faults.refuse(401, "invalid_api_key"), always=True)
    for tick in range(1200):
        look(ws, client, ws.job(record.id), NOW + timedelta(seconds=3 + tick / 10))
    asked = len(server.seen(JOB))
    assert 5 <= asked <= 9  # after 2, 4, 8, 16, 30, 30, 30 seconds
    server.heal()
    with make_client(client.connection, server.key) as other:
        assert look(ws, other, ws.job(record.id), NOW + timedelta(seconds=124)).error is None


def test_shuffled_and_repeated_events_give_the_same_curve(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    server.shuffles_events = True
    for seconds in (3, 6, 9):
        for step in range(1, 8):
            server.add_event(job_id(record), "again", data={"step": step, "total_steps": 9, "train_loss": seconds / step})
        record = look(ws, client, record, NOW + timedelta(seconds=seconds))
    points = curve(ws.events(record.id)).points("train_loss")
    assert points == [(step, 9 / step) for step in range(1, 8)]


@pytest.mark.parametrize(
    "fault",
    [
        faults.refuse(500),
        faults.html(502),
        faults.too_fast(),
        faults.drop(),
        faults.half(),
        faults.cut(),
        faults.refuse(401, "invalid_api_key"),
    ],
    ids=["500", "502 html", "429", "dropped", "half json", "cut", "401"],
)
def test_a_server_in_trouble_leaves_the_last_state_with_its_time(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord, fault: faults.Fault
) -> None:
    server.set_job(job_id(record), status="running")
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    server.fail(JOB, fault, always=True)
    later = look(ws, client, record, NOW + timedelta(seconds=60))
    assert status(later) is JobStatus.RUNNING and later.looked_at == NOW + timedelta(seconds=3)
    assert stored_error(later) is not None and later.state == "created"
    server.heal()
    healed = look(ws, client, later, NOW + timedelta(seconds=90))
    assert healed.error is None and healed.looked_at == NOW + timedelta(seconds=90)


def test_a_server_that_is_gone_is_unreachable_and_not_a_failure(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    server.set_job(job_id(record), status="running")
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    server.__exit__()
    record = look(ws, client, record, NOW + timedelta(seconds=9))
    assert status(record) is JobStatus.RUNNING and isinstance(stored_error(record), Unreachable)


def test_a_job_that_vanished_is_unknown_in_words_and_comes_back(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    vanished = server.jobs.pop(job_id(record))
    record = look(ws, client, record, NOW + timedelta(seconds=6))
    assert status(record) is JobStatus.UNKNOWN and record.snapshot is not None and record.snapshot.raw_status == GONE
    assert isinstance(stored_error(record), NotOnServer) and "Could not find fine tune" in str(record.error)
    assert record.snapshot.base_model and record.snapshot.id == vanished["id"]  # what was known of it stays
    assert seconds_to_next_look(record, NOW + timedelta(seconds=6)) is not None
    server.jobs[vanished["id"]] = vanished
    assert status(look(ws, client, record, NOW + timedelta(seconds=9))) is JobStatus.VALIDATING


def test_an_ended_job_that_is_deleted_there_stays_ended(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    server.succeed(job_id(record))
    server.fail(EVENTS, faults.refuse(500), faults.refuse(500))
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.SUCCEEDED and record.error is not None
    server.jobs.pop(job_id(record))
    assert status(look(ws, client, record, NOW + timedelta(seconds=6))) is JobStatus.SUCCEEDED


@pytest.mark.parametrize("word", ["succeeded_with_warnings", "FAILED", "", "deploying"])
def test_a_status_that_nobody_knows_is_shown_as_unknown(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord, word: str
) -> None:
    server.set_job(job_id(record), status=word, error={"code": None, "message": None, "param": None}, brand_new_field=[1])
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.UNKNOWN and record.snapshot is not None
    assert record.snapshot.raw_status == word and record.snapshot.error is None
    assert seconds_to_next_look(record, NOW + timedelta(seconds=3)) is not None


def test_a_failure_keeps_the_servers_words(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    words = "Training file has 7 example(s), but must have at least 10 examples"
    server.set_job(job_id(record), status="failed", error={"code": "invalid_n_examples", "message": words, "param": "training_file"})
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.FAILED and record.snapshot is not None
    failure = explain(record.snapshot.error)
    assert failure.words == words and failure.params == {"n": "7"} and failure.place == "prepare"


def test_the_diary_of_an_ended_job_is_fetched_even_if_it_first_fails(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    server.succeed(job_id(record))
    server.fail(EVENTS, faults.refuse(500), faults.refuse(500))
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.SUCCEEDED and not ws.events(record.id)
    assert is_due(record, NOW + timedelta(seconds=6)) and seconds_to_next_look(record, NOW + timedelta(seconds=6)) is not None
    record = look(ws, client, record, NOW + timedelta(seconds=6))
    assert len(ws.events(record.id)) == 5 and record.error is None
    assert seconds_to_next_look(record, NOW + timedelta(seconds=6)) is None


@pytest.mark.parametrize("route", [EVENTS, CHECKPOINTS])
def test_a_server_without_events_or_checkpoints_still_tells_the_state(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord, route: str
) -> None:
    server.succeed(job_id(record))
    server.fail(route, faults.refuse(404), always=True)
    record = look(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.SUCCEEDED and record.error is None


def test_cancelling_tells_the_server_and_keeps_what_it_says(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = cancel(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.CANCELLED and server.jobs[job_id(record)]["status"] == "cancelled"
    assert len(ws.events(record.id)) == 1  # its diary too
    again = cancel(ws, client, record, NOW + timedelta(seconds=6))
    assert status(again) is JobStatus.CANCELLED


def test_cancelling_a_job_that_ended_meanwhile_shows_how_it_ended(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    server.succeed(job_id(record))
    record = cancel(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.SUCCEEDED and len(ws.checkpoints(record.id)) == 3


def test_a_cancel_whose_answer_was_lost_is_looked_up(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    server.fail("POST /fine_tuning/jobs/{id}/cancel", faults.drop(acts=True))
    assert status(cancel(ws, client, record, NOW + timedelta(seconds=3))) is JobStatus.CANCELLED


def test_pausing_and_going_on(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = pause(ws, client, record, NOW + timedelta(seconds=3))
    assert status(record) is JobStatus.PAUSED
    assert status(resume(ws, client, record, NOW + timedelta(seconds=6))) is JobStatus.QUEUED
    server.fail("POST /fine_tuning/jobs/{id}/pause", faults.refuse(400, None, "Only a running job can be paused."))
    with pytest.raises(RequestRefused):
        pause(ws, client, record, NOW + timedelta(seconds=9))


def test_looks_become_rarer_with_age(record: JobRecord) -> None:
    paces = [seconds_to_next_look(record, NOW + timedelta(seconds=age)) for age in (1, 100, 1000, 10_000)]
    assert paces == [2.0, 5.0, 15.0, 30.0]
