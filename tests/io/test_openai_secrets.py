"""The key goes to its own host, in one header, and appears nowhere else: not in errors, logs, reprs or tracebacks."""

import copy
import gc
import logging
import pickle
import traceback
import weakref
from collections.abc import Iterator

import pytest

from core.base.errors import BadKey, RequestRefused, ServerProblem, TunesmithError
from core.base.types import Message
from core.io.connections import Connection
from core.io.local_engine import Address
from core.io.openai_calls import Client, chat, create_job, list_models, make_client, stream_chat, upload_file
from core.io.openai_problems import scrubber
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE

CANARY = "tok.canary-SINGS-0123456789-abcdefghij"  # of no known shape: it must be known to be taken out
MODELS, CREATE = "GET /models", "POST /fine_tuning/jobs"


@pytest.fixture
def canary(server: FakeOpenAI, here: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client whose key must not be seen anywhere; the server repeats it wherever it can."""
    monkeypatch.setattr(server, "key", CANARY)
    with make_client(here, CANARY, timeout_s=0.5) as client:
        yield client


def everything_said(error: BaseException) -> str:
    """All that a page, a log or a report could take from an error, its locals excepted."""
    parts = [repr(error), str(error), "".join(traceback.format_exception(error)), repr(vars(error))]
    if isinstance(error, TunesmithError):
        parts += [error.message, error.hint, error.details, repr(error.params), repr(pickle.loads(pickle.dumps(error)).details)]
    for chained in (error.__cause__, error.__context__):
        if chained is not None:
            parts.append(everything_said(chained))
    return "\n".join(parts)


@pytest.mark.parametrize(
    "fault",
    [
        faults.refuse(401, "invalid_api_key", f"Incorrect API key provided: {CANARY}."),
        faults.refuse(403, CANARY, f"Authorization: Bearer {CANARY}"),
        faults.refuse(400, "x", f"curl -H 'Authorization: Bearer {CANARY}' https://api.example.com"),
        faults.say(500, {"detail": {"headers": {"authorization": f"Bearer {CANARY}"}}}),
        faults.say(502, f"<html><body>{CANARY}</body></html>"),
        faults.say(200, f"<p>{CANARY}</p>"),
        faults.redirect("https://evil.example/v1"),
        faults.drop(),
        faults.slow(3),
        faults.half(),
    ],
)
def test_no_error_and_no_log_holds_the_key(
    canary: Client, server: FakeOpenAI, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], fault: faults.Fault
):
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx2", "httpcore2", "httpcore", "httpx", "core"):
        caplog.set_level(logging.DEBUG, logger=name)
    training_file = upload_file(canary, "train.jsonl", b"{}\n").id
    calls = {
        MODELS: lambda: list_models(canary),
        CREATE: lambda: create_job(canary, model=BASE, training_file=training_file),
        "POST /chat/completions": lambda: list(stream_chat(canary, BASE, [Message("user", "Hello")])),
    }
    for route, call in calls.items():
        server.fail(route, fault, fault)
        try:
            call()
        except ServerProblem as problem:
            said = everything_said(problem)
            assert "canary-SINGS" not in said and problem.__context__ is None and problem.__cause__ is None
        server.heal()
    assert len(caplog.records) > 5, "the libraries' loggers were heard"
    out, err = capfd.readouterr()
    assert "canary-SINGS" not in caplog.text + out + err


def test_a_key_in_the_servers_headers_does_not_reach_an_error(canary: Client, server: FakeOpenAI):
    limited = faults.refuse(429, "rate_limit_exceeded", CANARY, headers={"retry-after": "9", "x-request-id": CANARY})
    for fault in (limited, faults.redirect(f"https://evil.example/?api_key={CANARY}")):
        server.fail(MODELS, fault)
        with pytest.raises(ServerProblem) as raised:
            list_models(canary)
        assert "canary-SINGS" not in everything_said(raised.value)


def test_what_a_client_shows_of_itself_holds_no_key(canary: Client):
    assert "canary-SINGS" not in f"{canary!r}{canary}{[canary]!r}"
    assert repr(canary).startswith("Client(Other compatible server, http://127.0.0.1:")
    assert "canary-SINGS" not in repr(Address("http://127.0.0.1:1/v1", CANARY))


def test_a_key_that_cannot_be_sent_is_not_in_its_error(here: Connection):
    with pytest.raises(BadKey) as raised:
        make_client(here, CANARY + "\nX-More: 1")
    assert "canary-SINGS" not in everything_said(raised.value)


def test_the_key_travels_in_one_header(canary: Client, server: FakeOpenAI):
    list_models(canary)
    chat(canary, BASE, [Message("user", "Hello")])
    for request in server.requests:
        assert request.headers["authorization"] == f"Bearer {CANARY}"
        rest = {name: value for name, value in request.headers.items() if name != "authorization"}
        assert CANARY not in f"{rest}{request.path}{request.query}{request.body!r}"


def test_the_environment_diverts_nothing_and_adds_nothing(server: FakeOpenAI, here: Connection, monkeypatch: pytest.MonkeyPatch):
    with FakeOpenAI() as other:
        dead = "http://127.0.0.1:9"
        for name, value in {
            "OPENAI_BASE_URL": other.base_url,
            "OPENAI_API_KEY": CANARY,
            "OPENAI_ADMIN_KEY": CANARY,
            "OPENAI_ORG_ID": CANARY,
            "OPENAI_ORGANIZATION": CANARY,
            "OPENAI_PROJECT_ID": CANARY,
            "OPENAI_WEBHOOK_SECRET": CANARY,
            "OPENAI_CUSTOM_HEADERS": f"X-Gateway-Secret: {CANARY}\nAuthorization: Bearer {CANARY}",
            "HTTP_PROXY": dead,
            "HTTPS_PROXY": dead,
            "ALL_PROXY": dead,
            "http_proxy": dead,
            "NETRC": "/nowhere",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with make_client(here, server.key) as client:
            training_file = upload_file(client, "train.jsonl", b"{}\n").id
            create_job(client, model=BASE, training_file=training_file)
            list_models(client)
            list(stream_chat(client, BASE, [Message("user", "Hello")]))
        with make_client(here, None) as client, pytest.raises(ServerProblem):
            list_models(client)
        assert other.requests == []
    assert len(server.requests) == 5
    for request in server.requests:
        assert CANARY not in f"{request.headers}{request.query}"
        assert not {"openai-organization", "openai-project", "x-gateway-secret"} & set(request.headers)
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {server.key}"] * 4 + ["Bearer none"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_or_without_the_key(canary: Client, server: FakeOpenAI, status: int):
    with FakeOpenAI(key=CANARY) as other:
        for route, call in (
            (MODELS, lambda: list_models(canary)),
            ("POST /chat/completions", lambda: stream_chat(canary, BASE, [Message("user", "Hello")])),
        ):
            server.fail(route, faults.redirect(f"{other.base_url}/models", status))
            with pytest.raises(RequestRefused, match="another address") as raised:
                call()
            assert other.base_url in raised.value.details
        assert other.requests == []


def test_what_looks_like_a_key_is_taken_out_and_words_are_left():
    scrub = scrubber(CANARY)
    assert scrub(f"a {CANARY} b") == "a [key] b"
    assert scrub("Incorrect API key provided: sk-abcd****wxyz. Bearer abc.def") == "Incorrect API key provided: [key]. Bearer [key]"
    assert scrub("https://x.example/?api_key=abc&b=1") == "https://x.example/?api_key=[key]&b=1"
    words = "The task is risky: ask-12345678 desk-top sk-learn none of the key-value monkeys."
    assert scrub(words) == words
    assert scrubber("")("none given") == "none given" and scrubber("none")("none given") == "none given"


def test_a_client_that_goes_out_of_use_closes_its_connections(server: FakeOpenAI, here: Connection):
    client = make_client(here, server.key)
    list_models(client)
    http, gone = client.reads._client, weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None and http.is_closed


def test_a_closed_client_can_be_closed_again(server: FakeOpenAI, here: Connection):
    client = make_client(here, server.key)
    client.close()
    client.close()
    assert copy.copy(client.connection) == here
