"""The money rule: whatever breaks, there is never more than one job for one attempt, and the record says what is true."""

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

import pytest

from core.base.errors import (
    AccessDenied,
    BadKey,
    BadSetting,
    NoCredit,
    RateLimited,
    RequestRefused,
    TrainingNotAvailable,
    Unreachable,
)
from core.base.remote import JobStatus
from core.base.types import Reason
from core.io.connections import connection
from core.io.openai_calls import Client, create_job, delete_file, make_client
from core.io.workspace import JobRecord, Plan, Workspace
from core.train.reconcile import REMOTE, Patience, reconcile
from core.train.start import may_start, next_attempt, start_training, stored_error
from tests.servers import FakeOpenAI, faults
from tests.train.workbench import DAY, NOW, fake_connection, make_workspace, save_dataset, save_plan

CREATE = "POST /fine_tuning/jobs"
UPLOAD = "POST /files"
LIST = "GET /fine_tuning/jobs"
LATER = NOW + timedelta(seconds=REMOTE.settle_s + 10)


def test_a_start_uploads_both_files_creates_one_job_and_says_whose_it_is(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    stages: list[str] = []
    record = start_training(ws, client, plan, now=NOW, on_stage=stages.append)
    assert record.state == "created" and record.attempt == 1 and record.error is None
    assert stages == ["uploading_training", "uploading_validation", "creating"]
    job = server.jobs[record.remote_id or ""]
    assert job["metadata"] == {"tunesmith_key": plan.key, "tunesmith_attempt": "1", "tunesmith_record": record.id}
    assert (job["seed"], job["suffix"], job["model"]) == (42, "cases", plan.base_model)
    dataset = ws.dataset(plan.dataset_id)
    assert server.contents[job["training_file"]] == ws.read_file(dataset.train_sha)
    assert server.contents[job["validation_file"]] == ws.read_file(dataset.validation_sha or "")
    assert record.snapshot is not None and record.snapshot.status == "validating_files"


def test_a_double_click_from_eight_tabs_makes_one_job(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    server.fail(CREATE, faults.slow(0.3))
    ready = threading.Barrier(8)
    records: list[JobRecord] = []

    def click() -> None:
        ready.wait(10)
        records.append(start_training(ws, client, plan, now=NOW))

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(records) == 8 and len({record.id for record in records}) == 1
    assert server.creates == 1 and len(server.jobs) == 1
    assert ws.job(records[0].id).state == "created"
    assert len(server.seen(UPLOAD)) == 2


def test_a_click_on_the_next_day_finds_the_job(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    first = start_training(ws, client, plan, now=NOW)
    again = start_training(ws, client, plan, now=NOW + DAY)
    assert again.id == first.id and again.state == "created" and server.creates == 1


def test_train_again_is_one_new_attempt_however_often_it_is_clicked(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    first = start_training(ws, client, plan, now=NOW)
    wanted = next_attempt(first)
    second = start_training(ws, client, plan, now=NOW, attempt=wanted)
    clicked_twice = start_training(ws, client, plan, now=NOW, attempt=wanted)
    assert (second.attempt, second.state) == (2, "created")
    assert clicked_twice.id == second.id and server.creates == 2
    assert len(server.seen(UPLOAD)) == 2  # the same content is never uploaded twice to one connection
    far = start_training(ws, client, plan, now=NOW, attempt=9)
    assert far.id == second.id and server.creates == 2


# the server did create, and the answer is lost in every way that answers are lost
@pytest.mark.parametrize(
    "fault",
    [
        faults.refuse(500, "server_error", acts=True),
        faults.html(502, acts=True),
        faults.refuse(408, None, acts=True),
        faults.drop(acts=True),
        faults.half(),
        faults.cut(),
        faults.say(200, {}, acts=True),
        faults.say(200, {"object": "fine_tuning.job", "id": None}, acts=True),
    ],
    ids=["500", "502 html", "408", "dropped", "half json", "cut body", "empty object", "no id"],
)
@pytest.mark.parametrize("drops_metadata", [False, True], ids=["", "server drops metadata"])
def test_a_job_whose_answer_was_lost_is_found_and_adopted(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan, fault: faults.Fault, drops_metadata: bool
) -> None:
    if drops_metadata:
        server.fail(LIST, faults.refuse(503), always=True)
    server.fail(CREATE, fault)
    record = start_training(ws, client, plan, now=NOW)
    if drops_metadata:
        assert record.state == "uncertain"
        next(iter(server.jobs.values()))["metadata"] = None
        server.heal()
        record = reconcile(ws, client, record, NOW)
    assert record.state == "created" and record.remote_id in server.jobs
    assert record.error is None
    assert server.creates == 1 and len(server.jobs) == 1
    assert start_training(ws, client, plan, now=LATER).id == record.id and server.creates == 1


# the server did not create, and nobody can know
@pytest.mark.parametrize(
    "fault", [faults.refuse(500), faults.html(503), faults.drop(), faults.refuse(408)], ids=["500", "503 html", "dropped", "408"]
)
def test_a_job_that_cannot_be_found_blocks_start_until_that_is_certain(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan, fault: faults.Fault
) -> None:
    server.fail(CREATE, fault)
    record = start_training(ws, client, plan, now=NOW)
    assert record.state == "uncertain" and server.creates == 1
    assert may_start(record) == (False, may_start(record)[1]) and may_start(record)[1].code == "cannot_tell_yet"
    assert "may still have done" in str(stored_error(record))
    # a click at once changes nothing
    assert start_training(ws, client, plan, now=NOW + timedelta(seconds=20)).state == "uncertain" and server.creates == 1
    # after the time that a server may need, absence is certain and Start is offered again
    settled = reconcile(ws, client, ws.job(record.id), LATER)
    assert settled.state == "absent" and may_start(settled)[0]
    again = start_training(ws, client, plan, now=LATER)
    assert again.state == "created" and again.attempt == 1 and len(server.jobs) == 1


def test_a_time_out_after_the_server_did_create_is_found(ws: Workspace, server: FakeOpenAI, plan: Plan) -> None:
    server.fail(CREATE, faults.slow(0.6))
    with make_client(fake_connection(server), server.key, timeout_s=0.3) as hasty:
        record = start_training(ws, hasty, plan, now=NOW)
    assert record.state == "created" or record.state == "uncertain"
    with make_client(fake_connection(server), server.key) as client:
        record = reconcile(ws, client, record, NOW + timedelta(seconds=5))
    assert record.state == "created" and server.creates == 1 and len(server.jobs) == 1


def test_while_the_server_cannot_be_asked_start_stays_blocked(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    server.fail(CREATE, faults.drop(acts=True))
    server.fail(LIST, faults.refuse(500), always=True)
    record = start_training(ws, client, plan, now=NOW)
    for days in (0, 1, 30):
        record = reconcile(ws, client, record, NOW + days * DAY)
        assert record.state == "uncertain" and not may_start(record)[0]
    assert record.looked_at == NOW + 30 * DAY
    assert record.error is not None and record.error["look"]["type"] == "ServerFault"
    server.heal()
    record = reconcile(ws, client, record, NOW + 30 * DAY)
    assert record.state == "created" and server.creates == 1 and record.error is None


def test_a_job_behind_many_others_is_found_and_absence_is_only_certain_at_the_lists_end(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    server.fail(CREATE, faults.drop(acts=True))
    server.fail(LIST, faults.refuse(500), faults.refuse(500))
    record = start_training(ws, client, plan, now=NOW)
    assert record.state == "uncertain"
    for _ in range(55):
        create_job(client, model=plan.base_model, training_file=next(iter(server.files)), metadata={"someone": "else"})
    assert reconcile(ws, client, record, LATER).state == "created"


def test_a_list_without_end_proves_nothing(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    server.fail(CREATE, faults.drop())
    page = {"object": "list", "data": [{"id": "ftjob-other", "created_at": 1_790_000_000, "metadata": {"a": "b"}}], "has_more": True}
    server.fail(LIST, faults.say(200, page), always=True)
    record = start_training(ws, client, plan, now=NOW)
    assert reconcile(ws, client, record, LATER).state == "uncertain"


def test_jobs_of_others_on_the_same_file_are_not_taken_for_ours(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    server.fail(CREATE, faults.drop())
    server.fail(LIST, faults.refuse(500), always=True)
    record = start_training(ws, client, plan, now=NOW)
    create_job(client, model=plan.base_model, training_file=next(iter(server.files)), metadata={"someone": "else"})
    server.heal()
    assert reconcile(ws, client, record, LATER).state == "absent"


def test_where_metadata_is_dropped_an_earlier_attempt_is_not_taken_for_the_later_one(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    first = start_training(ws, client, plan, now=NOW)
    server.set_job(first.remote_id or "", metadata=None)
    server.fail(CREATE, faults.drop())
    second = start_training(ws, client, plan, now=NOW, attempt=2)
    assert reconcile(ws, client, second, LATER).state == "absent"


def test_where_metadata_is_dropped_two_jobs_that_cannot_be_told_apart_block(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    server.fail(CREATE, faults.drop(acts=True))
    server.fail(LIST, faults.refuse(500), always=True)
    record = start_training(ws, client, plan, now=NOW)
    create_job(client, model=plan.base_model, training_file=next(iter(server.jobs.values()))["training_file"])
    next(iter(server.jobs.values()))["metadata"] = None
    server.heal()
    assert reconcile(ws, client, record, LATER).state == "uncertain"


def test_a_list_of_old_jobs_is_not_read_to_its_end(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    first = start_training(ws, client, plan, now=NOW)
    for number in range(60):
        create_job(client, model=plan.base_model, training_file=next(iter(server.files)), metadata={"someone": "else"})
        server.set_job(list(server.jobs)[-1], created_at=1_790_000_000 - 10 * 86_400 + number)
    server.fail(CREATE, faults.drop())
    record = start_training(ws, client, plan, now=NOW, attempt=next_attempt(first))
    before = len(server.seen(LIST))
    assert reconcile(ws, client, record, LATER).state == "absent"
    assert len(server.seen(LIST)) - before == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.training_not_available(), TrainingNotAvailable),
        (faults.refuse(403), AccessDenied),
        (faults.refuse(401, "invalid_api_key"), BadKey),
        (faults.refuse(400, "invalid_hyperparameter", "n_epochs is too high"), RequestRefused),
        (faults.refuse(422), RequestRefused),
        (faults.no_credit(), NoCredit),
        (faults.too_fast(), RateLimited),
    ],
    ids=["closed", "403", "401", "400", "422", "no credit", "429"],
)
def test_a_plain_no_is_stored_and_start_is_offered_again(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan, fault: faults.Fault, error: type[Exception]
) -> None:
    server.fail(CREATE, fault)
    record = start_training(ws, client, plan, now=NOW)
    assert record.state == "refused" and server.creates == 1 and not server.jobs
    stored = stored_error(ws.job(record.id))
    assert type(stored) is error
    assert may_start(record)[0] and may_start(record)[1].code == "was_refused"
    again = start_training(ws, client, plan, now=NOW)
    assert again.state == "created" and again.id == record.id and len(server.jobs) == 1 and again.error is None


def test_a_server_that_is_not_there_costs_nothing(ws: Workspace, server: FakeOpenAI, plan: Plan) -> None:
    origin = fake_connection(server)
    with make_client(origin, server.key, timeout_s=1) as client:
        server.__exit__()
        record = start_training(ws, client, plan, now=NOW)
    assert record.state == "absent" and isinstance(stored_error(record), Unreachable)
    assert may_start(record)[0] and server.creates == 0


@pytest.mark.parametrize("fault", [faults.drop(), faults.refuse(500), faults.html()], ids=["dropped", "500", "502"])
def test_an_upload_that_fails_costs_nothing_and_can_be_repeated(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan, fault: faults.Fault
) -> None:
    server.fail(UPLOAD, fault)
    record = start_training(ws, client, plan, now=NOW)
    assert record.state == "absent" and stored_error(record) is not None and server.creates == 0
    assert start_training(ws, client, plan, now=NOW).state == "created" and server.creates == 1


def test_a_file_that_came_without_an_answer_is_found_and_the_training_begins(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    server.fail(UPLOAD, faults.drop(acts=True))
    assert start_training(ws, client, plan, now=NOW).state == "created" and server.creates == 1
    assert len(server.files) == len(server.seen(UPLOAD)) == 2, "training and validation, each once"


def test_a_refused_file_is_a_refusal(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    server.fail(UPLOAD, faults.refuse(400, "invalid_file_format", "Example 3 cannot be parsed"))
    record = start_training(ws, client, plan, now=NOW)
    assert record.state == "refused" and "Example 3" in str(record.error) and server.creates == 0


def test_a_file_that_was_deleted_there_is_uploaded_anew(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    first = start_training(ws, client, plan, now=NOW)
    delete_file(client, server.jobs[first.remote_id or ""]["training_file"])
    second = start_training(ws, client, plan, now=NOW, attempt=2)
    assert second.state == "created" and len(server.seen(UPLOAD)) == 3
    assert server.jobs[second.remote_id or ""]["training_file"] in server.files


def test_leaving_the_page_during_the_upload_does_not_block(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    class Left(BaseException):
        pass

    def leave(stage: str) -> None:
        if stage == "uploading_validation":
            raise Left

    with pytest.raises(Left):
        start_training(ws, client, plan, now=NOW, on_stage=leave)
    record = ws.latest_attempt(plan.key)
    assert record is not None and record.state == "absent" and server.creates == 0
    assert start_training(ws, client, plan, now=NOW).state == "created"


def test_a_job_that_was_carried_out_late_is_adopted_instead_of_paid_again(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    server.fail(CREATE, faults.drop(acts=True))
    server.fail(LIST, faults.refuse(500), faults.refuse(500))
    record = start_training(ws, client, plan, now=NOW)
    late = server.jobs.popitem()  # the server takes its time
    assert reconcile(ws, client, record, LATER).state == "absent"
    server.jobs[late[0]] = late[1]
    again = start_training(ws, client, plan, now=LATER)
    assert again.state == "created" and again.remote_id == late[0] and server.creates == 1


def test_an_attempt_that_was_given_up_and_claimed_anew_is_not_carried_out_twice(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    """The upload takes so long that the record is given up; another click starts anew; then the first upload ends."""
    others: list[JobRecord] = []

    def given_up_meanwhile(stage: str) -> None:
        if stage == "creating" and not others:
            record = ws.latest_attempt(plan.key)
            assert record is not None
            later = NOW + timedelta(hours=1)
            settled = reconcile(ws, client, record, later)
            assert settled.state == "absent"
            others.append(record)
            others.append(start_training(ws, client, plan, now=later))

    record = start_training(ws, client, plan, now=NOW, on_stage=given_up_meanwhile)
    assert others[1].state == "created"
    assert record.remote_id == others[1].remote_id and server.creates == 1


def test_a_record_that_somebody_is_at_work_on_is_left_alone(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    seen: list[Any] = []

    def look(stage: str) -> None:
        record = ws.latest_attempt(plan.key)
        assert record is not None
        seen.append(reconcile(ws, client, record, NOW + timedelta(minutes=5)).state)
        seen.append(may_start(record)[1].code)
        seen.append(start_training(ws, client, plan, now=NOW + timedelta(minutes=5)).state)

    assert start_training(ws, client, plan, now=NOW, on_stage=look).state == "created"
    assert set(seen) == {"creating", "being_started"} and server.creates == 1


def test_a_plan_over_its_budget_or_for_another_server_is_not_started(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    dataset = ws.dataset(plan.dataset_id)
    dear = save_plan(ws, dataset, fake_connection(server), suffix="dear", budget=5.0, estimate={"low": 1.0, "high": 5.01})
    with pytest.raises(BadSetting, match=r"up to 5\.01 US dollars"):
        start_training(ws, client, dear, now=NOW)
    elsewhere = save_plan(ws, dataset, connection("openai"))
    with pytest.raises(BadSetting, match=r"https://api\.openai\.com"):
        start_training(ws, client, elsewhere, now=NOW)
    assert ws.latest_attempt(dear.key) is None and not server.requests


def test_a_lost_job_is_not_looked_for_on_another_server(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    server.fail(CREATE, faults.drop(acts=True))
    server.fail(LIST, faults.refuse(500), faults.refuse(500))
    record = start_training(ws, client, plan, now=NOW)
    with FakeOpenAI() as other, make_client(fake_connection(other), other.key) as wrong, pytest.raises(BadSetting):
        reconcile(ws, wrong, record, LATER)
    assert ws.job(record.id).state == "uncertain"


def test_the_same_training_of_another_project_is_not_paid_again(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    first = start_training(ws, client, plan, now=NOW)
    other = ws.create_project("Copy", now=NOW)
    same = save_plan(ws, save_dataset(ws, other.id), fake_connection(server))
    assert same.key == plan.key and same.id != plan.id
    assert start_training(ws, client, same, now=NOW).id == first.id and server.creates == 1
    assert may_start(first, other.id)[1].code == "already_started_elsewhere"
    assert may_start(first, first.project_id)[1].code == "already_started"
    assert may_start(None) == (True, may_start(None)[1])


@pytest.mark.parametrize(
    ("status", "code"),
    [("running", "already_started"), ("cancelled", "try_cancelled"), ("failed", "try_failed"), ("succeeded", "try_finished")],
)
def test_a_try_that_is_over_is_told_by_its_end_and_blocks_a_start_all_the_same(
    status: str, code: str, ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    record = start_training(ws, client, plan, now=NOW)
    assert record.snapshot is not None
    ended = ws.update_job(record.id, job=replace(record.snapshot, status=JobStatus(status), raw_status=status))
    assert may_start(ended, ended.project_id) == (False, Reason(code, may_start(ended)[1].params))
    assert start_training(ws, client, plan, now=LATER).id == record.id and server.creates == 1, "only Train again starts one more"


def test_two_windows_on_one_home_share_the_rule(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    with make_workspace(ws.home) as window:
        assert start_training(ws, client, plan, now=NOW).id == start_training(window, client, window.plan(plan.id), now=NOW).id
    assert server.creates == 1


def test_patience_is_counted_from_the_moment_at_which_the_answer_was_given_up(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan
) -> None:
    """Half an hour of uploading before the call: silence after it is still young."""
    server.fail(CREATE, faults.drop())
    ticks = chain([0.0], repeat(1800.0))
    record = start_training(ws, client, plan, now=NOW, clock=lambda: next(ticks))
    gave_up = NOW + timedelta(minutes=30)
    assert record.state == "uncertain" and record.looked_at == gave_up
    patience = Patience(settle_s=120, creating_s=900)
    record = reconcile(ws, client, record, gave_up + timedelta(seconds=60), patience=patience)
    assert record.state == "uncertain"  # and this look does not begin the wait anew
    assert reconcile(ws, client, record, gave_up + timedelta(seconds=125), patience=patience).state == "absent"


@pytest.mark.parametrize(("status", "code"), [(JobStatus.CANCELLED, "try_cancelled"), (JobStatus.FAILED, "try_failed")])
def test_a_training_that_came_to_nothing_leads_to_another_one(
    ws: Workspace, client: Client, plan: Plan, status: JobStatus, code: str
) -> None:
    first = start_training(ws, client, plan, now=NOW)
    assert first.job is not None
    over = replace(first, job={**first.job, "status": status.value})
    allowed, reason = may_start(over, first.project_id)
    assert (allowed, reason.code) == (False, code), "asked for by name, never by the same button"
    assert next_attempt(over) == 2
