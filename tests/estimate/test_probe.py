"""The probe against a real server of OpenAI's shape: each way in which it can answer, and never a word of the key."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from types import ModuleType

import pytest

from core.base.errors import BadKey, NoCredit, RateLimited, ServerFault, TunesmithError, Unreachable
from core.base.model_table import base_model, is_tuned
from core.estimate import probe as probing
from core.estimate.access import can_train
from core.estimate.probe import Asking, Askings, Probe, probe
from core.estimate.timeline import timeline
from core.io.connections import connection
from core.io.openai_calls import Client, make_client
from core.io.workspace import Workspace
from core.train.start import start_training
from tests.servers import FakeOpenAI, faults
from tests.servers.dialects import FakeAzure, FakeCrusoe, FakeNebius
from tests.servers.fake_api import BASE
from tests.train.fixtures import ws
from tests.train.workbench import NOW, save_dataset, save_plan

__all__ = ["ws"]

MODELS, JOBS, FILES = "GET /models", "GET /fine_tuning/jobs", "POST /files"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def server(running: FakeOpenAI) -> FakeOpenAI:
    running.reset()
    return running


def client_of(server: FakeOpenAI, key: str | None = None, *, timeout_s: float = 5.0) -> Client:
    return make_client(connection("custom", base_url=server.base_url), server.key if key is None else key, timeout_s=timeout_s)


def asked(server: FakeOpenAI, key: str | None = None, *, timeout_s: float = 5.0) -> Probe:
    with client_of(server, key, timeout_s=timeout_s) as client:
        return probe(client)


def words(found: Probe) -> str:
    """The server's own words of refusal."""
    return "\n".join(dict.fromkeys(problem.details for problem in found.problems if problem.details))


def tuned(server: FakeOpenAI, **fields: object) -> str:
    name = f"ft:{BASE}:acme::abc"
    server.models.append({"id": name, "object": "model", "created": 1_790_000_000, "owned_by": "acme", **fields})
    return name


def test_a_server_that_trains_is_asked_for_two_lists_and_for_nothing_else(server: FakeOpenAI) -> None:
    found = asked(server)
    assert found.reached and found.key == "accepted" and found.problems == () and found.hindrance is None
    assert found.models is not None and [model.id for model in found.models] == [BASE]
    assert found.jobs == () and found.lists_jobs and not found.refused and found.scopes == () and words(found) == ""
    assert [request.route for request in server.requests] == [MODELS, JOBS], "nothing is uploaded, created or answered"
    assert {request.body for request in server.requests} == {b""}


def test_the_days_on_which_models_end_come_with_the_list(server: FakeOpenAI) -> None:
    server.models[0]["shutdown_date"] = "2027-01-14"
    name = tuned(server, shutdown_date=None)
    found = asked(server)
    assert found.models is not None
    assert {model.id: model.shutdown_date for model in found.models} == {BASE: date(2027, 1, 14), name: None}


def test_a_wrong_key_is_told_and_the_second_question_is_spared(server: FakeOpenAI) -> None:
    found = asked(server, "sk-proj-wrong0123456789abcdefgh")
    assert found.reached and found.key == "refused" and found.models is None and found.jobs is None
    assert type(found.hindrance) is BadKey and len(server.requests) == 1


def test_a_server_that_wants_a_key_says_so(server: FakeOpenAI) -> None:
    assert asked(server, "").key == "needed"


def test_a_server_that_wants_none_accepts_no_key() -> None:
    with FakeOpenAI(key="none") as free:
        assert asked(free, "").key == "unneeded"


def test_a_key_that_cannot_be_sent_reaches_nobody(server: FakeOpenAI) -> None:
    found = Asking(lambda: client_of(server, "sk two words"), "host").look(WAIT_S)
    assert found is not None and not found.reached and found.key == "refused" and server.requests == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_permission_is_named_and_the_other_list_is_asked_for(server: FakeOpenAI, status: int) -> None:
    server.fail(MODELS, faults.missing_scopes("api.model.read", status=status))
    found = asked(server)
    assert found.key == "accepted" and found.scopes == ("api.model.read",) and found.jobs == () and found.models is None
    assert found.hindrance is None and "Missing scopes: api.model.read" in words(found)


def test_every_permission_that_is_missing_is_named_once(server: FakeOpenAI) -> None:
    server.fail(MODELS, faults.missing_scopes("api.model.read"))
    server.fail(JOBS, faults.missing_scopes("api.model.read", "api.fine_tuning.jobs.read", status=401))
    found = asked(server)
    assert found.scopes == ("api.model.read", "api.fine_tuning.jobs.read") and found.key == "accepted"


def test_a_refused_organisation_is_noticed(server: FakeOpenAI) -> None:
    server.fail(JOBS, faults.training_not_available())
    found = asked(server)
    assert found.refused and found.key == "accepted" and found.lists_jobs and "winding down" in words(found)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_that_only_chats_has_no_list_of_trainings(server: FakeOpenAI, status: int) -> None:
    server.fail(JOBS, faults.say(status, {"detail": "Not Found"}), always=True)
    found = asked(server)
    assert not found.lists_jobs and found.jobs is None and found.problems == () and found.models


def test_a_list_that_failed_is_not_one_that_is_absent(server: FakeOpenAI) -> None:
    server.fail(JOBS, faults.html(502), always=True)
    found = asked(server)
    assert found.lists_jobs and found.jobs is None and type(found.hindrance) is ServerFault and found.key == "accepted"


def test_an_address_without_either_list_was_reached_all_the_same(server: FakeOpenAI) -> None:
    for route in (MODELS, JOBS):
        server.fail(route, faults.refuse(404), always=True)
    found = asked(server)
    assert found.reached and found.key == "unknown" and found.models is None and not found.lists_jobs and found.problems == ()


@pytest.mark.parametrize(
    ("fault", "kind", "key"), [(faults.too_fast(), RateLimited, "unknown"), (faults.no_credit(), NoCredit, "accepted")]
)
def test_a_server_that_asks_to_go_slower_is_not_asked_again(server: FakeOpenAI, fault: faults.Fault, kind: type, key: str) -> None:
    server.fail(MODELS, fault, always=True)
    found = asked(server)
    assert found.reached and type(found.hindrance) is kind and found.key == key
    assert server.seen(JOBS) == [] and len(server.requests) <= 2


@pytest.mark.parametrize("status", [200, 502])
def test_a_page_of_html_is_no_list(server: FakeOpenAI, status: int) -> None:
    for route in (MODELS, JOBS):
        server.fail(route, faults.html(status), always=True)
    found = asked(server)
    assert found.reached and found.models is None and found.jobs is None and type(found.hindrance) is ServerFault
    assert "502 Bad Gateway" in words(found) and "<" not in words(found) and words(found).count(f"HTTP {status}") == 1


def test_a_slow_server_is_given_up_by_the_time_limit(server: FakeOpenAI) -> None:
    server.fail(MODELS, faults.slow(5), always=True)
    found = asked(server, timeout_s=0.2)
    assert not found.reached and found.key == "unknown" and isinstance(found.hindrance, Unreachable)
    assert found.hindrance.params["timed_out"] and 0.2 < found.seconds < 4 and server.seen(JOBS) == []


def test_nobody_there_is_not_reached() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    with make_client(connection("custom", base_url=address), "sk-proj-fake0123456789abcdefghij") as client:
        found = probe(client)
    assert not found.reached and isinstance(found.hindrance, Unreachable) and found.models is None


@pytest.mark.parametrize(
    "fault",
    [
        faults.refuse(401, "invalid_api_key", "Incorrect API key provided: {key}."),
        faults.refuse(403, None, "Missing scopes: api.model.read for {key}"),
        faults.refuse(429, "insufficient_quota", "No credit for {key}"),
        faults.say(502, "<html>Bearer {key}</html>"),
        faults.refuse(400, "{key}", "{key}"),
    ],
)
def test_the_key_stands_in_no_text(server: FakeOpenAI, fault: faults.Fault) -> None:
    told = fault.body.replace("{key}", server.key) if isinstance(fault.body, str) else {"error": dict(fault.body["error"])}
    if isinstance(told, dict):
        told["error"] |= {name: str(text).replace("{key}", server.key) for name, text in told["error"].items() if text}
    for route in (MODELS, JOBS):
        server.fail(route, faults.say(fault.status or 200, told), always=True)
    found = asked(server)
    assert found.problems
    assert server.key not in repr(found) + words(found) + "".join(f"{one} {one.details} {one.params}" for one in found.problems)


def test_a_page_need_not_wait_for_it(server: FakeOpenAI) -> None:
    server.fail(MODELS, faults.slow(0.5))
    asking = Asking(lambda: client_of(server), "host")
    assert asking.look() is None and asking.age < 0.5
    found = asking.look(WAIT_S)
    assert found is not None and found.models and asking.look() is found


def test_what_takes_too_long_is_given_up_and_named() -> None:
    hours = count(0.0, probing.LIMIT_S)
    gate = threading.Event()

    def connect() -> Client:
        gate.wait(10)
        raise Unreachable(host="slow.example")  # the server of the next test must not be asked

    asking = Asking(connect, "slow.example", clock=lambda: next(hours))
    found = asking.look()
    gate.set()
    assert found is not None and not found.reached and str(found.hindrance) == "slow.example did not answer in time."


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_slip_of_our_own_is_not_blamed_on_the_server() -> None:
    def broken() -> Client:
        raise RuntimeError("a slip")

    with pytest.raises(TunesmithError) as raised:
        Asking(broken, "host").look(WAIT_S)
    assert type(raised.value) is TunesmithError


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_after_a_slip_of_our_own_the_next_question_is_asked(server: FakeOpenAI) -> None:
    clock = Clock()
    askings = Askings(clock=clock)

    def broken() -> Client:
        raise RuntimeError("a slip")

    with pytest.raises(TunesmithError):
        askings.begin("host", "", broken, "host").look(WAIT_S)
    assert askings.known("host", "") is None
    clock.now += 2
    found = askings.begin("host", "", lambda: client_of(server), "host", again=True).look(WAIT_S)
    assert found is not None and found.reached


def test_an_answer_that_comes_while_one_looks_is_no_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def connect() -> Client:
        gate.wait(10)
        raise Unreachable(host="slow.example")

    asking = Asking(connect, "slow.example")
    alive = threading.Thread.is_alive

    def ends_now(thread: threading.Thread) -> bool:
        gate.set()
        asking._thread.join(10)
        return alive(thread)

    monkeypatch.setattr(threading.Thread, "is_alive", ends_now)
    found = asking.look()
    assert found is not None and not found.reached


def test_no_key_is_kept_when_the_answer_has_come(server: FakeOpenAI) -> None:
    askings, key = Askings(), server.key
    asking = askings.begin("host", key, lambda: client_of(server, key), "host")
    assert asking.look(WAIT_S) is not None and askings.known("host", key) is not None
    asking._thread.join(WAIT_S)
    seen: set[int] = set()

    def holds(what: object) -> bool:
        if id(what) in seen or isinstance(what, type | ModuleType):
            return False
        seen.add(id(what))
        if isinstance(what, str | bytes):
            return key in what if isinstance(what, str) else key.encode() in what
        parts = [*vars(what).values()] if hasattr(what, "__dict__") else []
        parts += [*what.keys(), *what.values()] if isinstance(what, dict) else [*what] if isinstance(what, list | tuple | set) else []
        parts += [cell.cell_contents for cell in getattr(what, "__closure__", None) or ()]
        return any(map(holds, parts))

    assert not holds(askings)
    assert holds([{"a": lambda: key}]), "the search finds it where it is"


WAIT_S = 30.0  # a loopback server answers in milliseconds, unless the machine is busy


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nobody_is_asked_twice_within_a_minute_unless_the_reader_wants_it(server: FakeOpenAI) -> None:
    clock = Clock()
    askings = Askings(clock=clock)

    def ask(key: str = "one", *, again: bool = False) -> Asking:
        return askings.begin("host", key, lambda: client_of(server), "host", again=again)

    first = ask()
    assert first.look(WAIT_S) is not None and len(server.seen(MODELS)) == 1
    clock.now += 59
    assert ask() is first and askings.known("host", "one") is first.look()
    other = ask("another key")
    assert other is not first and askings.known("host", "a third") is None
    assert other.look(WAIT_S) is not None
    clock.now += 2
    second = ask()
    assert second is not first and second.before is first.look(), "what was known is shown meanwhile"
    second.look(WAIT_S)
    assert ask(again=True) is second, "the second of two clicks"
    clock.now += 2
    third = ask(again=True)
    assert third is not second and third.look(WAIT_S) is not None and len(server.seen(MODELS)) == 4


def test_a_slow_server_may_be_asked_anew_when_the_reader_has_been_told() -> None:
    clock, gate = Clock(), threading.Event()
    askings = Askings(clock=clock)

    def connect() -> Client:
        gate.wait(10)
        raise Unreachable(host="slow.example")  # the server of the next test must not be asked

    first = askings.begin("one", "", connect, "host")
    clock.now += 3
    assert askings.begin("one", "", connect, "host", again=True) is first
    clock.now += 2
    assert askings.begin("one", "", connect, "host") is first, "by itself the page asks nobody twice"
    assert askings.begin("one", "", connect, "host", again=True) is not first
    gate.set()


def test_only_the_latest_connections_are_kept(server: FakeOpenAI) -> None:
    askings = Askings()
    for number in range(probing.KEPT + 3):
        askings.begin(number, "", lambda: client_of(server, "sk two words"), "host").look(WAIT_S)
    assert [number for number in range(probing.KEPT + 3) if askings.known(number, "") is None] == [0, 1, 2]


PROVIDERS = {"nebius": FakeNebius, "azure": FakeAzure, "crusoe": FakeCrusoe}


def at(server: FakeOpenAI, provider: str, key: str | None = None) -> Client:
    return make_client(replace(connection(provider), base_url=server.base_url), server.key if key is None else key, timeout_s=5)


def judged(provider: str, found: Probe, today: date = date(2026, 11, 26)) -> tuple[str, list[str]]:
    """The verdict on the connection's own first model, and the codes of its reasons."""
    model = connection(provider).default_model
    assert model is not None
    told = can_train(provider, found.models, found.jobs, today, model=model.id, lists_jobs=found.lists_jobs, scopes=found.scopes)
    return told.verdict, [reason.code for reason in told.reasons]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_is_asked_for_two_lists_and_a_training_there_is_a_yes(ws: Workspace, provider: str) -> None:
    with PROVIDERS[provider]() as server, at(server, provider) as client:
        before = probe(client)
        assert before.reached and before.key == "accepted" and before.jobs == () and before.problems == () and before.models
        assert judged(provider, before)[0] == "unknown", "an empty list of trainings is no promise"
        where = client.connection
        model = where.default_model
        assert model is not None
        project = ws.create_project("Cases", now=NOW)
        plan = save_plan(ws, save_dataset(ws, project.id), where, base_model=model.id)
        record = start_training(ws, client, plan, now=NOW)
        server.succeed(str(record.remote_id))
        server.requests.clear()
        after = probe(client)
        assert [request.route for request in server.requests] == [MODELS, JOBS]
        assert after.jobs is not None and [job.id for job in after.jobs] == [record.remote_id]
        verdict, reasons = judged(provider, after)
        assert verdict == "yes" and reasons[0] == "has_jobs"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_tells_a_wrong_key_and_a_missing_list(provider: str) -> None:
    with PROVIDERS[provider]() as server:
        with at(server, provider, "a-wrong-key-0123456789") as client:
            assert probe(client).key == "refused"
        server.fail(JOBS, faults.say(404, {"detail": "Not Found"}), always=True)
        with at(server, provider) as client:
            found = probe(client)
        assert not found.lists_jobs and judged(provider, found)[0] == "probably_not"


def test_azures_models_end_on_the_days_that_it_names_and_its_fine_tunes_are_known_as_such(ws: Workspace) -> None:
    with FakeAzure() as server, at(server, "azure") as client:
        server.jobs["ftjob-1"] = {
            "id": "ftjob-1",
            "object": "fine_tuning.job",
            "status": "succeeded",
            "model": BASE,
            "created_at": 1_790_000_000,
        }
        found = probe(client)
    assert found.models is not None
    base, tuned_one = found.models
    assert base.shutdown_date == date(2027, 9, 26) and is_tuned(tuned_one.id) and not is_tuned(base.id) and base_model(tuned_one.id) == BASE
    ends = timeline("azure", found.models, found.jobs, date(2026, 11, 26), model=BASE)
    assert [(end.kind, end.model, end.by_server) for end in ends if end.kind != "training"] == [
        ("base", BASE, True),
        ("tuned", tuned_one.id, True),
    ]
