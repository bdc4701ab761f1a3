"""A job's end is told once: one note, one message, whoever looks how often, and a message holds no data."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from core.base.errors import BadSetting, ServerFault, Unreachable
from core.io.openai_calls import Client
from core.io.webhook import check_webhook, send
from core.io.workspace import JobRecord, Workspace
from core.monitor.ended import ADDRESS, Watchers, has_ended, message, send_once, send_test, sending_failed, set_address, tell_once
from core.monitor.watch import look
from tests.servers import FakeOpenAI
from tests.train.workbench import NOW

LATER = NOW + timedelta(minutes=5)


class Inbox:
    """A listener on loopback that keeps what was posted to it."""

    def __init__(self) -> None:
        self.status, self.delay_s, self.headers = 204, 0.0, dict[str, str]()
        self.posts: list[tuple[str, dict[str, str], Any]] = []


@contextmanager
def listening() -> Iterator[tuple[str, Inbox]]:
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            inbox.posts.append((self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
            time.sleep(inbox.delay_s)
            self.send_response(inbox.status)
            for name, value in inbox.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def over(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> JobRecord:
    server.succeed(str(record.remote_id))
    return look(ws, client, record, LATER)


def test_a_running_job_is_not_told(ws: Workspace, record: JobRecord) -> None:
    assert not has_ended(record) and not tell_once(ws, record, NOW)


def test_an_end_is_told_to_the_first_who_asks(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = over(ws, server, client, record)
    assert [tell_once(ws, record, LATER) for _ in range(3)] == [True, False, False]


def test_of_many_tabs_one_sends_and_the_message_says_job_state_and_model_alone(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record = over(ws, server, client, record)
    with listening() as (address, inbox):
        set_address(ws, address)
        tried: list[bool] = []
        tabs = [threading.Thread(target=lambda: tried.append(send_once(ws, record, LATER))) for _ in range(8)]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()
    assert sorted(tried) == [False] * 7 + [True]
    ((path, headers, posted),) = inbox.posts
    assert path == "/hook" and "authorization" not in headers and "cookie" not in headers
    model = server.jobs[str(record.remote_id)]["fine_tuned_model"]
    assert posted == {"event": "training_ended", "job": record.remote_id, "status": "succeeded", "model": model}
    assert server.key not in json.dumps([headers, posted]) and sending_failed(ws, record) is None


def test_without_an_address_nothing_is_sent_and_the_chance_is_kept(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record = over(ws, server, client, record)
    assert not send_once(ws, record, LATER)
    with listening() as (address, inbox):
        set_address(ws, address)
        assert send_once(ws, record, LATER)
        assert len(inbox.posts) == 1
    set_address(ws, "  ")
    assert ws.get_setting(ADDRESS) == ""


@pytest.mark.parametrize(("status", "error"), [(500, ServerFault), (404, ServerFault), (302, ServerFault)])
def test_a_refused_message_is_told_and_not_repeated(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord, status: int, error: type[Exception]
) -> None:
    record = over(ws, server, client, record)
    with listening() as (address, inbox):
        inbox.status, inbox.headers = status, {"location": address + "/elsewhere"}
        set_address(ws, address)
        assert send_once(ws, record, LATER) and not send_once(ws, record, LATER)
        assert len(inbox.posts) == 1
    assert isinstance(sending_failed(ws, record), error)


def test_a_silent_listener_is_left_after_the_time_out() -> None:
    with listening() as (address, inbox):
        inbox.delay_s = 2.0
        began = time.monotonic()
        with pytest.raises(Unreachable):
            send(address, {"event": "x"}, timeout_s=0.2)
        assert time.monotonic() - began < 1.5


def test_nobody_there_is_an_error_that_keeps_the_path_to_itself() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreachable) as failed:
        send(f"http://127.0.0.1:{port}/secret-path", {"event": "x"})
    assert "secret-path" not in f"{failed.value} {failed.value.details} {failed.value.params}"


@pytest.mark.parametrize(
    "typed", ["http://example.com/x", "ftp://example.com/x", "https://169.254.169.254/x", "https://a:b@example.com/x", "nonsense"]
)
def test_an_address_that_must_not_be_used_is_refused(ws: Workspace, typed: str) -> None:
    with pytest.raises(BadSetting):
        set_address(ws, typed)
    assert ws.get_setting(ADDRESS) is None


@pytest.mark.parametrize("typed", ["myname@bank.com", " mailto:myname@bank.com"])
def test_an_e_mail_address_is_told_that_no_e_mail_is_sent(typed: str) -> None:
    with pytest.raises(BadSetting, match="sends no e-mail"):
        check_webhook(typed)


def test_a_test_says_that_it_is_one_and_names_no_job(ws: Workspace) -> None:
    with listening() as (address, inbox):
        set_address(ws, address)
        send_test(ws)
        assert [body for _, _, body in inbox.posts] == [{"event": "test", "job": None, "status": None, "model": None}]
        inbox.status = 500
        with pytest.raises(ServerFault):
            send_test(ws)


def test_an_address_keeps_its_path_and_a_bare_host_is_none() -> None:
    assert check_webhook(" https://Example.com/a/b ") == "https://example.com/a/b"
    with pytest.raises(BadSetting):
        check_webhook("https://example.com/")


def test_a_job_that_nobody_watches_is_watched_to_its_end_and_then_told(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    begun = datetime.now(UTC)
    ws.update_job(record.id, looked_at=NOW)  # long ago: due at once
    server.succeed(str(record.remote_id))
    watchers = Watchers()
    with listening() as (address, inbox):
        set_address(ws, address)
        watchers.ensure(ws, lambda: client, ws.job(record.id), lambda: datetime.now(UTC))
        while watchers.is_watched(record) and (datetime.now(UTC) - begun).total_seconds() < 10:
            time.sleep(0.02)
        assert [post[2] for post in inbox.posts] == [message(ws.job(record.id))]
    assert has_ended(ws.job(record.id))
    watchers.stop()


def test_a_job_has_one_watcher_that_ends_when_it_is_told_to(ws: Workspace, client: Client, record: JobRecord) -> None:
    watchers = Watchers()
    for _ in range(3):
        watchers.ensure(ws, lambda: client, record, lambda: NOW)
    assert sum(thread.name == f"watch-{record.id}" for thread in threading.enumerate()) == 1
    watchers.stop()
    assert not watchers.is_watched(record)


def test_while_a_tab_looks_the_watcher_does_not(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    watchers = Watchers()
    asked = len(server.seen("GET /fine_tuning/jobs/{id}"))
    moment = NOW + timedelta(seconds=10)
    ws.update_job(record.id, looked_at=moment)
    watchers.ensure(ws, lambda: client, ws.job(record.id), lambda: moment)
    time.sleep(0.3)
    watchers.stop()
    assert len(server.seen("GET /fine_tuning/jobs/{id}")) == asked


def test_a_watcher_of_a_deleted_project_ends(ws: Workspace, client: Client, record: JobRecord) -> None:
    watchers = Watchers()
    ws.delete_project(record.project_id)
    watchers.ensure(ws, lambda: client, record, lambda: NOW)
    until = time.monotonic() + 5
    while watchers.is_watched(record) and time.monotonic() < until:
        time.sleep(0.02)
    assert not watchers.is_watched(record)
