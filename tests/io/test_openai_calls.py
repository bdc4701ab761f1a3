"""Files, jobs, events and models through the real library, against a server that keeps its promises."""

from pathlib import Path

import pytest

from core.base.errors import NotOnServer, RequestRefused, TooLarge
from core.base.remote import JobStatus
from core.io.connections import Connection, connection
from core.io.openai_calls import (
    Client,
    all_events,
    cancel_job,
    create_job,
    delete_file,
    file_content,
    get_file,
    get_job,
    get_model,
    list_checkpoints,
    list_events,
    list_files,
    list_jobs,
    list_models,
    make_client,
    pause_job,
    resume_job,
    upload_file,
)
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE

CREATE = "POST /fine_tuning/jobs"


@pytest.fixture
def job_id(client: Client, training_file: str) -> str:
    return create_job(client, model=BASE, training_file=training_file).id


def test_a_file_goes_up_and_comes_back(client: Client, server: FakeOpenAI, tmp_path: Path):
    content = '{"text": "naïve café 你好 🙂"}\n'.encode()
    on_disk = tmp_path / "train.jsonl"
    on_disk.write_bytes(content)
    for data in (content, on_disk):
        sent = upload_file(client, "bank/../../träin.jsonl", data)
        assert sent.name == "träin.jsonl" and sent.bytes == len(content) and sent.purpose == "fine-tune"
        assert get_file(client, sent.id) == sent and file_content(client, sent.id) == content
    assert [file.id for file in list_files(client, purpose="fine-tune")] == list(server.files)
    assert list_files(client, purpose="batch") == ()
    assert delete_file(client, sent.id) is True
    assert delete_file(client, sent.id) is False


def test_a_file_over_the_servers_limit_is_not_sent(server: FakeOpenAI, here: Connection):
    small = Connection(**{**vars(here), "max_file_bytes": 10})
    with make_client(small, server.key) as client, pytest.raises(TooLarge, match="11 bytes"):
        upload_file(client, "train.jsonl", b"x" * 11)
    assert server.requests == []


def test_a_result_file_that_never_ends_is_not_read_to_its_end(client: Client, server: FakeOpenAI):
    sent = upload_file(client, "big.csv", b"x" * 100_000)
    with pytest.raises(TooLarge):
        file_content(client, sent.id, max_bytes=1_000)
    assert file_content(client, sent.id, max_bytes=100_000) == b"x" * 100_000


def test_a_job_is_asked_for_as_planned(client: Client, server: FakeOpenAI, training_file: str):
    job = create_job(
        client,
        model=BASE,
        training_file=training_file,
        validation_file=training_file,
        hyperparameters={"n_epochs": 3, "batch_size": "auto"},
        seed=7,
        suffix="bank",
        metadata={"tunesmith_key": "abc"},
    )
    asked = server.seen(CREATE)[0].json
    assert asked == {
        "model": BASE,
        "training_file": training_file,
        "validation_file": training_file,
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3, "batch_size": "auto"}}},
        "hyperparameters": {"n_epochs": 3, "batch_size": "auto"},  # for servers of the older kind
        "seed": 7,
        "suffix": "bank",
        "metadata": {"tunesmith_key": "abc"},
    }
    assert job.status is JobStatus.VALIDATING and job.seed == 7 and job.error is None
    assert get_job(client, job.id) == job


def test_openai_itself_gets_no_deprecated_field(server: FakeOpenAI, here: Connection, training_file: str):
    like_openai = Connection(**{**vars(here), "dialect": connection("openai").dialect})
    with make_client(like_openai, server.key) as client:
        create_job(client, model=BASE, training_file=training_file, hyperparameters={"n_epochs": 3})
        create_job(client, model=BASE, training_file=training_file, suffix="")
    first, second = (request.json for request in server.seen(CREATE))
    assert "hyperparameters" not in first
    assert second == {"model": BASE, "training_file": training_file, "method": {"type": "supervised"}}


def test_a_job_to_its_end(client: Client, server: FakeOpenAI, job_id: str):
    model = server.succeed(job_id, steps=5)
    job = get_job(client, job_id)
    assert job.status is JobStatus.SUCCEEDED and job.fine_tuned_model == model and job.trained_tokens == 1234
    assert [point.step for point in list_checkpoints(client, job_id)] == [3, 4, 5]
    assert file_content(client, job.result_files[0]).startswith(b"step,train_loss")
    assert get_model(client, model).owned_by == "fake"
    assert {BASE, model} <= {each.id for each in list_models(client)}


def test_jobs_are_paused_resumed_and_cancelled(client: Client, job_id: str):
    assert pause_job(client, job_id).status is JobStatus.PAUSED
    assert resume_job(client, job_id).status is JobStatus.QUEUED
    assert cancel_job(client, job_id).status is JobStatus.CANCELLED
    with pytest.raises(RequestRefused) as refused:
        cancel_job(client, job_id)
    assert "already cancelled" in refused.value.details


def test_jobs_are_listed_newest_first_page_by_page(client: Client, training_file: str):
    made = [create_job(client, model=BASE, training_file=training_file).id for _ in range(5)]
    first = list_jobs(client, limit=3)
    assert [job.id for job in first] == made[:1:-1] and first.has_more
    second = list_jobs(client, limit=3, after=first.after)
    assert [job.id for job in second] == made[1::-1] and second.after is None


@pytest.mark.parametrize("ignores", [False, True])
def test_jobs_are_found_by_their_metadata_even_where_the_server_cannot(
    client: Client, server: FakeOpenAI, training_file: str, ignores: bool
):
    server.ignores_metadata_filter = ignores
    wanted = {"tunesmith_key": "k", "tunesmith_attempt": "1"}
    mine = create_job(client, model=BASE, training_file=training_file, metadata={**wanted, "more": "x"}).id
    create_job(client, model=BASE, training_file=training_file, metadata={**wanted, "tunesmith_attempt": "2"})
    create_job(client, model=BASE, training_file=training_file)
    assert [job.id for job in list_jobs(client, limit=100, metadata=wanted)] == [mine]
    assert dict(server.seen("GET /fine_tuning/jobs")[0].query)["metadata[tunesmith_key]"] == "k"


def test_a_full_page_may_have_a_next_one_where_the_server_does_not_say(client: Client, server: FakeOpenAI, training_file: str):
    server.says_has_more = False
    for _ in range(3):
        create_job(client, model=BASE, training_file=training_file)
    first = list_jobs(client, limit=2)
    assert first.has_more and not list_jobs(client, limit=2, after=first.after).has_more


def test_events_come_newest_first_and_all_of_them_oldest_first(client: Client, server: FakeOpenAI, job_id: str):
    ids = [server.add_event(job_id, f"event {n}") for n in range(6)]
    assert [event.id for event in list_events(client, job_id, limit=2)] == ids[:-3:-1]
    assert [event.id for event in all_events(client, job_id, limit=2)][1:] == ids


def test_events_of_one_second_keep_the_servers_order(client: Client, server: FakeOpenAI, job_id: str):
    ids = [server.add_event(job_id, f"event {n}", created_at=1_800_000_000) for n in range(6)]
    assert [event.id for event in list_events(client, job_id)][:6] == ids[::-1]
    assert [event.id for event in all_events(client, job_id, limit=4)][1:] == ids


def test_only_new_events_are_fetched(client: Client, server: FakeOpenAI, job_id: str):
    for n in range(120):
        server.add_event(job_id, f"event {n}")
    known = {event.id for event in all_events(client, job_id, limit=50)}
    assert len(known) == 121
    new = [server.add_event(job_id, f"later {n}") for n in range(3)]
    before = len(server.requests)
    assert [event.id for event in all_events(client, job_id, known, limit=50)] == new
    assert len(server.requests) - before == 1


def test_events_in_no_order_are_all_found(client: Client, server: FakeOpenAI, job_id: str):
    for n in range(40):
        server.add_event(job_id, f"event {n}")
    known = {event.id for event in all_events(client, job_id)}
    server.shuffles_events = True
    new = {server.add_event(job_id, f"later {n}") for n in range(5)}
    found = all_events(client, job_id, known, limit=25)
    assert {event.id for event in found} == new
    assert [event.created_at for event in found] == sorted(event.created_at for event in found)


def test_a_list_that_repeats_itself_comes_to_an_end(client: Client, server: FakeOpenAI, job_id: str):
    page = {"object": "list", "has_more": True, "data": [{"id": "ftevent-1", "created_at": 1, "message": "again"}]}
    server.fail("GET /fine_tuning/jobs/{id}/events", faults.say(200, page), always=True)
    assert [event.id for event in all_events(client, job_id)] == ["ftevent-1"]
    assert len(server.requests) <= 5


@pytest.mark.parametrize("nothing", ["", ".", ".."])
def test_an_id_that_cannot_be_one_is_not_on_the_server(client: Client, nothing: str):
    for call in (get_job, get_file, get_model, list_events, list_checkpoints, cancel_job, delete_file, file_content):
        with pytest.raises(NotOnServer):
            call(client, nothing)


def test_an_id_cannot_lead_to_another_path(client: Client, server: FakeOpenAI):
    with pytest.raises(NotOnServer):
        get_job(client, "../files/file-1")
    assert all(".." not in request.path for request in server.requests)
