"""Every way in which a server can fail becomes the right error, and nothing that may cost money is sent twice."""

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import openai
import pytest

from core.base.errors import (
    AccessDenied,
    AnswerLost,
    BadKey,
    BadSetting,
    MissingScopes,
    NeedsKey,
    NoCredit,
    NotOnServer,
    RateLimited,
    RequestRefused,
    ServerFault,
    ServerProblem,
    TrainingNotAvailable,
    Unreachable,
)
from core.base.types import Message
from core.io.connections import Connection, connection
from core.io.openai_calls import (
    Client,
    cancel_job,
    chat,
    create_job,
    delete_file,
    file_content,
    get_job,
    list_jobs,
    list_models,
    make_client,
    pause_job,
    upload_file,
)
from core.io.openai_problems import retry_after
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE

CREATE, MODELS = "POST /fine_tuning/jobs", "GET /models"


def create(client: Client, training_file: str) -> Any:
    return create_job(client, model=BASE, training_file=training_file, hyperparameters={"n_epochs": 3})


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (faults.refuse(400, "invalid_n_epochs", "n_epochs is too large"), RequestRefused, "invalid_n_epochs"),
        (faults.refuse(401, "invalid_api_key", "Incorrect API key provided."), BadKey, "invalid_api_key"),
        (faults.refuse(402, None, "Payment required"), NoCredit, ""),
        (faults.refuse(403, "unsupported_country", "Not in your country."), AccessDenied, "unsupported_country"),
        (faults.missing_scopes("api.model.read"), MissingScopes, ""),
        (faults.missing_scopes("api.model.read", status=401), MissingScopes, ""),
        (faults.training_not_available(), TrainingNotAvailable, "training_not_available"),
        (faults.refuse(404, "model_not_found", "No such model."), NotOnServer, "model_not_found"),
        (faults.refuse(405, None, "Method Not Allowed"), RequestRefused, ""),
        (faults.refuse(409, "conflict", "Busy."), RequestRefused, "conflict"),
        (faults.refuse(422, None, "Unprocessable."), RequestRefused, ""),
        (faults.refuse(418, "teapot", "Short and stout."), RequestRefused, "teapot"),
        (faults.too_fast("20"), RateLimited, "rate_limit_exceeded"),
        (faults.no_credit(), NoCredit, "insufficient_quota"),
        (faults.refuse(400, "billing_hard_limit_reached", "Limit reached."), NoCredit, "billing_hard_limit_reached"),
        (faults.refuse(500, "server_error", "Oops."), ServerFault, "server_error"),
        (faults.html(502), ServerFault, ""),
        (faults.refuse(501, None, "Not implemented"), RequestRefused, ""),
        (faults.refuse(503, "overloaded", "Overloaded."), ServerFault, "overloaded"),
    ],
)
def test_each_refusal_has_its_error(client: Client, server: FakeOpenAI, here: Connection, fault: faults.Fault, error: type, code: str):
    server.fail(MODELS, fault, fault)
    with pytest.raises(ServerProblem) as raised:
        list_models(client)
    problem = raised.value
    assert type(problem) is error and problem.code == code
    assert here.host in str(problem) and problem.params["status"] == fault.status
    words = fault.body["error"]["message"] if isinstance(fault.body, dict) else "502 Bad Gateway"
    assert words in problem.details and f"HTTP {fault.status}" in problem.details
    assert "{" not in str(problem) and "<" not in problem.details


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "no such thing"}, "no such thing"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"loc": ["body", "model"], "msg": "field required"}]}, "field required"),
        ({"message": "plain"}, "plain"),
        ({"object": "error", "message": "vLLM says no", "type": "BadRequestError", "code": 400}, "vLLM says no"),
        (["a", "list"], '["a", "list"]'),
        ("plain text", "plain text"),
        ("", ""),
        ({"error": {"message": None, "code": None}}, "error"),
    ],
)
def test_the_words_are_found_wherever_a_server_puts_them(client: Client, server: FakeOpenAI, body: Any, words: str):
    server.fail(MODELS, faults.say(400, body))
    with pytest.raises(RequestRefused) as raised:
        list_models(client)
    assert words in raised.value.details and raised.value.code == ""


@pytest.mark.parametrize(
    ("body", "scopes"),
    [
        (faults.missing_scopes("api.model.read").body, ("api.model.read",)),
        (faults.missing_scopes("api.responses.read", "api.responses.write").body, ("api.responses.read", "api.responses.write")),
        ({"error": "You have insufficient permissions for this operation. Missing scopes: model.request."}, ("model.request",)),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_the_permissions_that_a_key_lacks_are_named_and_the_key_is_not_called_wrong(
    client: Client, server: FakeOpenAI, body: Any, scopes: tuple[str, ...], status: int
):
    server.fail(MODELS, faults.say(status, body))
    with pytest.raises(MissingScopes) as raised:
        list_models(client)
    assert raised.value.scopes == scopes and scopes[-1] in str(raised.value)


def test_words_about_scopes_in_another_refusal_change_nothing(client: Client, server: FakeOpenAI):
    server.fail(MODELS, faults.refuse(400, None, "Missing scopes: api.model.read"))
    with pytest.raises(RequestRefused):
        list_models(client)
    server.fail(MODELS, faults.refuse(401, "invalid_api_key", "Incorrect API key provided."))
    with pytest.raises(BadKey):
        list_models(client)


def test_endless_words_are_cut(client: Client, server: FakeOpenAI):
    server.fail(MODELS, faults.refuse(400, None, "x" * 1_000_000))
    with pytest.raises(RequestRefused) as raised:
        list_models(client)
    assert len(raised.value.details) < 5_000


def test_the_seconds_to_wait_are_handed_on_and_not_slept(client: Client, server: FakeOpenAI):
    server.fail(MODELS, faults.too_fast("20"), faults.too_fast("20"))
    with pytest.raises(RateLimited) as raised:
        list_models(client)
    assert raised.value.params["retry_after_s"] == 20 and len(server.seen(MODELS)) == 1


def test_the_seconds_to_wait_are_read_in_each_spelling():
    now = "Sun, 22 Nov 2026 12:00:00 GMT"
    assert retry_after({"retry-after": "1.5"}) == 1.5
    assert retry_after({"retry-after-ms": "250", "retry-after": "9"}) == 0.25
    assert retry_after({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT", "date": now}) == 30
    assert retry_after({"retry-after": now, "date": "Sun, 22 Nov 2026 12:00:30 GMT"}) == 0
    for nothing in ({}, {"retry-after": "soon"}, {"retry-after": "inf"}, {"retry-after": now}):
        assert retry_after(nothing) is None


def test_a_passing_fault_is_not_noticed_by_who_only_reads(client: Client, server: FakeOpenAI):
    for fault in (faults.refuse(500), faults.drop(), faults.too_fast("0.01")):
        before = len(server.requests)
        server.fail(MODELS, fault)
        assert list_models(client)[0].id == BASE
        assert len(server.requests) - before == 2


# nothing that costs money is sent twice ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        faults.refuse(500, "server_error"),
        faults.refuse(500, "server_error", acts=True),
        faults.refuse(503, "overloaded"),
        faults.refuse(408),
        faults.html(502, acts=True),
        faults.html(504),
        faults.html(200, acts=True),
        faults.drop(),
        faults.drop(acts=True),
        faults.half(),
        faults.cut(),
        faults.say(200, {"object": "fine_tuning.job"}),
        faults.say(200, None),
        faults.say(200, []),
    ],
)
def test_an_answer_that_leaves_it_open_whether_a_job_exists(client: Client, server: FakeOpenAI, training_file: str, fault: faults.Fault):
    server.fail(CREATE, fault)
    with pytest.raises(AnswerLost) as raised:
        create(client, training_file)
    assert server.creates == 1
    assert "may still have done" in str(raised.value) and "first look" in raised.value.hint
    assert len(server.jobs) == fault.acts


def test_a_job_that_was_created_though_the_answer_was_lost_is_found_by_its_metadata(client: Client, server: FakeOpenAI, training_file: str):
    server.fail(CREATE, faults.drop(acts=True))
    with pytest.raises(AnswerLost):
        create_job(client, model=BASE, training_file=training_file, metadata={"tunesmith_key": "k"})
    assert [job.id for job in list_jobs(client, metadata={"tunesmith_key": "k"})] == list(server.jobs)


def test_an_answer_that_takes_too_long_is_a_lost_one(server: FakeOpenAI, here: Connection, training_file: str):
    server.fail(CREATE, faults.slow(5))
    with make_client(here, server.key, timeout_s=0.2) as client, pytest.raises(AnswerLost, match="in time"):
        create(client, training_file)
    assert server.creates == 1


def test_a_server_that_is_not_there_got_nothing(training_file: str, server: FakeOpenAI):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    with make_client(connection("custom", base_url=address), server.key) as client, pytest.raises(Unreachable) as raised:
        create(client, training_file)
    assert type(raised.value) is Unreachable and "Nothing was sent" in raised.value.hint
    assert "Check the address" in raised.value.hint
    with make_client(replace(connection("openai"), base_url=address), server.key) as client, pytest.raises(Unreachable) as raised:
        create(client, training_file)
    assert "address" not in raised.value.hint and "online" in raised.value.hint, "nobody has typed one"


def test_a_plain_no_leaves_nothing_open(client: Client, server: FakeOpenAI, training_file: str):
    for fault, error in (
        (faults.missing_scopes("api.fine_tuning.jobs.write", status=401), MissingScopes),
        (faults.training_not_available(), TrainingNotAvailable),
        (faults.refuse(400, "invalid_training_file"), RequestRefused),
        (faults.refuse(409, "conflict"), RequestRefused),
        (faults.too_fast("0.01"), RateLimited),
        (faults.no_credit(), NoCredit),
        (faults.refuse(501), RequestRefused),
    ):
        before = server.creates
        server.fail(CREATE, fault)
        with pytest.raises(error):
            create(client, training_file)
        assert server.creates - before == 1
    assert server.jobs == {}


def test_a_lost_upload_leaves_no_second_copy(client: Client, server: FakeOpenAI):
    server.fail("POST /files", faults.drop(acts=True))
    with pytest.raises(AnswerLost):
        upload_file(client, "train.jsonl", b"{}\n")
    assert len(server.files) == 1


def test_orders_are_sent_once(client: Client, server: FakeOpenAI, training_file: str):
    job_id = create(client, training_file).id
    for route, call, target in (
        ("POST /fine_tuning/jobs/{id}/cancel", cancel_job, job_id),
        ("POST /fine_tuning/jobs/{id}/pause", pause_job, job_id),
        ("DELETE /files/{id}", delete_file, training_file),
    ):
        server.fail(route, faults.drop(acts=True))
        with pytest.raises(AnswerLost):
            call(client, target)
        assert len(server.seen(route)) == 1


def test_a_question_is_asked_once(client: Client, server: FakeOpenAI):
    for fault, error in ((faults.drop(), Unreachable), (faults.refuse(500), ServerFault), (faults.too_fast("0"), RateLimited)):
        before = len(server.requests)
        server.fail("POST /chat/completions", fault)
        with pytest.raises(error) as raised:
            chat(client, BASE, [Message("user", "Hello")])
        assert type(raised.value) is error and len(server.requests) - before == 1
        assert "Nothing was sent" not in raised.value.hint


def test_every_failure_of_the_network_is_one_that_we_know(client: Client):
    """A later httpx2 may add errors: each must be judged here, since a wrong one says that nothing was sent."""
    unsent = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "LocalProtocolError"}
    sent = {
        "ReadError",
        "ReadTimeout",
        "WriteError",
        "WriteTimeout",
        "CloseError",
        "RemoteProtocolError",
        "DecodingError",
        "TooManyRedirects",
        "SSEError",
    }
    groups = {"RequestError", "TransportError", "TimeoutException", "NetworkError", "ProtocolError"}

    def below(kind: type) -> set[type]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    kinds = {kind for kind in below(httpx2.RequestError) if kind.__module__.startswith("httpx2")}
    assert {kind.__name__ for kind in kinds} == unsent | sent | groups
    for kind in kinds:
        for wrapped in (True, False):
            with pytest.raises(Unreachable) as raised:
                client.ask(failing(made(kind), wrapped), changes=True)
            assert isinstance(raised.value, AnswerLost) == (kind.__name__ not in unsent), kind


def made(kind: type) -> httpx2.RequestError:
    return Exception.__new__(kind, "it broke")


def failing(error: httpx2.RequestError, wrapped: bool) -> Callable[[], None]:
    def call() -> None:
        request = httpx2.Request("POST", "https://api.example.com/v1/x")
        if not wrapped:
            raise error
        raise openai.APIConnectionError(request=request) from error

    return call


# answers that make no sense ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        faults.html(200),
        faults.half(),
        faults.say(200, None),
        faults.say(200, []),
        faults.say(200, {"error": {"message": "hidden"}}),
        faults.say(204, ""),
    ],
)
def test_an_answer_that_cannot_be_read_is_the_servers_fault(client: Client, server: FakeOpenAI, training_file: str, fault: faults.Fault):
    job_id = create(client, training_file).id
    for route, call in (("GET /fine_tuning/jobs/{id}", lambda: get_job(client, job_id)), (MODELS, lambda: list_models(client))):
        server.fail(route, fault)
        with pytest.raises(ServerFault, match="cannot be read"):
            call()


def test_a_list_of_nonsense_is_an_empty_list(client: Client, server: FakeOpenAI):
    server.fail(MODELS, faults.say(200, {"data": [None, 1, "x", ["y"]]}), faults.say(200, {"data": "none"}))
    assert list_models(client) == () and list_models(client) == ()


def test_a_result_file_that_is_not_there(client: Client):
    with pytest.raises(NotOnServer):
        file_content(client, "file-999")


def test_a_result_file_that_breaks_off(client: Client, server: FakeOpenAI):
    sent = upload_file(client, "result.csv", b"step\n" * 1000)
    server.fail("GET /files/{id}/content", faults.cut())
    with pytest.raises(Unreachable, match="broke off"):
        file_content(client, sent.id)


# keys --------------------------------------------------------------------------------------------------------------------------------


def test_a_server_that_wants_a_key_that_was_not_given(server: FakeOpenAI, here: Connection):
    with make_client(here, None) as client, pytest.raises(NeedsKey):
        list_models(client)
    with pytest.raises(NeedsKey, match=r"api\.openai\.com"):
        make_client(connection("openai"), None)
    with pytest.raises(BadSetting, match="no address"):
        make_client(connection("custom"), server.key)


def test_a_wrong_key_is_the_keys_fault(here: Connection):
    with make_client(here, "sk-wrong-0123456789") as client, pytest.raises(BadKey) as raised:
        list_models(client)
    assert type(raised.value) is BadKey and "sk-wrong" not in raised.value.details


def test_the_engine_is_called_by_its_name(server: FakeOpenAI):
    engine = connection("this-machine", base_url=server.base_url)
    with make_client(engine, "stale-token-of-yesterday") as client, pytest.raises(BadKey, match=r"^This machine") as raised:
        list_models(client)
    assert "Reload" in raised.value.hint
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = connection("this-machine", base_url=f"http://127.0.0.1:{closed.getsockname()[1]}/v1")
    with make_client(gone, "token") as client, pytest.raises(Unreachable, match=r"^This machine") as unreachable:
        list_models(client)
    assert "not running" in unreachable.value.hint
