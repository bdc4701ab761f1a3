"""Files on their way to a server: once, whole, and after a break only what is missing."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.base.errors import RequestRefused, ServerProblem, Unreachable
from core.io.connections import connection
from core.io.openai_calls import Client, delete_file, file_content, make_client
from core.io.workspace import Workspace
from core.train.upload import ensure_uploaded
from tests.engine.helpers import support
from tests.servers import FakeOpenAI, faults
from tests.train.workbench import NOW, make_workspace

DATA = support(60)
PART = len(DATA) // 5 + 1
PARTS = "POST /uploads/{id}/parts"
COMPLETE = "POST /uploads/{id}/complete"
FILES = "POST /files"
ROOT = Path(__file__).resolve().parents[2]
APP = f"""
import sys
from dataclasses import replace
from pathlib import Path
from core.io.connections import connection
from core.io.openai_calls import make_client
from core.train.upload import ensure_uploaded
from tests.train.workbench import NOW, make_workspace

home, base_url, key, sha = sys.argv[1:]
where = replace(connection("custom", base_url=base_url), whole_file_bytes=100, part_bytes={PART})
with make_workspace(Path(home)) as ws, make_client(where, key) as client:
    ensure_uploaded(ws, client, sha, "train.jsonl", now=lambda: NOW)
"""

KILLED = APP.replace(f", whole_file_bytes=100, part_bytes={PART}", "")


@pytest.fixture
def client(server: FakeOpenAI) -> Iterator[Client]:
    """A client whose connection takes a file of this size in five parts only."""
    where = replace(connection("custom", base_url=server.base_url), whole_file_bytes=100, part_bytes=PART)
    with make_client(where, server.key, timeout_s=5) as client:
        yield client


@pytest.fixture
def sha(ws: Workspace) -> str:
    return ws.put_file(DATA, "train.jsonl", now=NOW).sha256


def send(ws: Workspace, client: Client, sha: str, **more: Any) -> str:
    return ensure_uploaded(ws, client, sha, "train.jsonl", now=lambda: NOW, sleep=lambda seconds: None, **more)


def test_a_large_file_goes_in_parts_and_says_how_far_it_is(ws: Workspace, server: FakeOpenAI, client: Client, sha: str) -> None:
    told: list[tuple[int, int]] = []
    file_id = send(ws, client, sha, on_sent=lambda sent, total: told.append((sent, total)))
    assert server.contents[file_id] == DATA and len(server.seen(PARTS)) == 5 and not server.seen(FILES)
    assert told[-1] == (len(DATA), len(DATA)) and told == sorted(told) and len(told) >= 5
    assert send(ws, client, sha) == file_id and len(server.seen(PARTS)) == 5, "the same content is sent once"
    assert ws.part_upload(client.origin, sha) is None


def test_after_a_break_only_the_missing_parts_are_sent(ws: Workspace, server: FakeOpenAI, client: Client, sha: str) -> None:
    done = threading.Event()

    def third(sent: int, total: int) -> None:
        if sent > 2 * PART and not done.is_set():
            done.set()
            server.fail(PARTS, faults.drop())

    with pytest.raises(Unreachable):
        send(ws, client, sha, on_sent=third)
    kept = ws.part_upload(client.origin, sha)
    assert kept is not None and len(kept.part_ids) == 2
    file_id = send(ws, client, sha)
    assert server.contents[file_id] == DATA and len(server.seen("POST /uploads")) == 1
    assert len(server.seen(PARTS)) == 6, "two, the one that broke, and the three that were missing"


def test_killed_in_the_middle_of_a_part(ws: Workspace, server: FakeOpenAI, client: Client, sha: str) -> None:
    server.fail(PARTS, faults.slow(0), faults.slow(0), faults.slow(20))
    app = subprocess.Popen([sys.executable, "-c", APP, str(ws.home), server.base_url, server.key, sha], cwd=ROOT)
    try:
        end = time.monotonic() + 30
        while len(server.seen(PARTS)) < 3:
            assert time.monotonic() < end and app.poll() is None
            time.sleep(0.01)
    finally:
        app.kill()
        app.wait()
    kept = ws.part_upload(client.origin, sha)
    assert kept is not None and len(kept.part_ids) == 2
    file_id = send(ws, client, sha)
    assert server.contents[file_id] == DATA and len(server.seen(PARTS)) == 6 and len(server.seen("POST /uploads")) == 1


def test_an_upload_that_expired_meanwhile_is_begun_anew(ws: Workspace, server: FakeOpenAI, client: Client, sha: str) -> None:
    server.fail(COMPLETE, faults.drop())
    with pytest.raises(Unreachable):
        send(ws, client, sha)
    next(iter(server.uploads.values()))["status"] = "expired"
    file_id = send(ws, client, sha)
    assert server.contents[file_id] == DATA and len(server.seen("POST /uploads")) == 2 and len(server.seen(PARTS)) == 10


@pytest.mark.parametrize("lists", [True, False], ids=["found at once", "found at the next try"])
def test_a_file_whose_completion_was_not_heard_of_is_found(
    ws: Workspace, server: FakeOpenAI, client: Client, sha: str, lists: bool
) -> None:
    server.fail(COMPLETE, faults.drop(acts=True))
    if not lists:
        server.fail("GET /files", faults.refuse(500), faults.refuse(500))
        with pytest.raises(ServerProblem):
            send(ws, client, sha)
    file_id = send(ws, client, sha)
    assert list(server.files) == [file_id] and len(server.seen(PARTS)) == 5


def test_parts_that_are_not_the_file_are_given_up(ws: Workspace, server: FakeOpenAI, client: Client, sha: str) -> None:
    server.fail(COMPLETE, faults.drop())
    with pytest.raises(Unreachable):
        send(ws, client, sha)
    first, parts = next(iter(server.parts.items()))
    name = next(iter(parts))
    parts[name] = parts[name][::-1]
    file_id = send(ws, client, sha)
    assert server.contents[file_id] == DATA and len(server.files) == 1 and server.uploads[first]["status"] == "cancelled"


def test_a_server_that_always_finds_another_checksum_is_asked_no_third_time(
    ws: Workspace, server: FakeOpenAI, client: Client, sha: str
) -> None:
    server.fail(COMPLETE, faults.refuse(400, None, "The md5 does not match."), always=True)
    with pytest.raises(RequestRefused, match="refused") as refused:
        send(ws, client, sha)
    assert "md5 does not match" in refused.value.details and len(server.seen("POST /uploads")) == 1
    assert ws.part_upload(client.origin, sha) is None


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_parts_is_told_of_in_a_sentence(ws: Workspace, server: FakeOpenAI, client: Client, sha: str, status: int) -> None:
    server.fail("POST /uploads", faults.refuse(status), always=True)
    with pytest.raises(RequestRefused, match="takes at most 0 MB at once, and no larger files in parts"):
        send(ws, client, sha)
    assert not server.files


def test_two_at_once_send_a_file_once(ws: Workspace, server: FakeOpenAI, client: Client, sha: str) -> None:
    server.fail(PARTS, faults.slow(0.2))
    found: list[str] = []
    both = [threading.Thread(target=lambda: found.append(send(ws, client, sha))) for _ in range(3)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert len(found) == 3 and len(set(found)) == 1 and len(server.files) == 1


def test_a_file_that_was_deleted_there_is_sent_anew(ws: Workspace, server: FakeOpenAI, client: Client, sha: str) -> None:
    first = send(ws, client, sha)
    delete_file(client, first)
    assert send(ws, client, sha) in server.files and len(server.seen(PARTS)) == 10


def test_a_file_is_waited_for_until_it_is_processed(ws: Workspace, server: FakeOpenAI, client: Client, sha: str) -> None:
    server.file_status = ["uploaded", "uploaded", "processed"]
    file_id = send(ws, client, sha)
    assert ws.uploaded(client.origin, sha) == file_id and len(server.seen("GET /files/{id}")) == 3


def test_a_file_that_cannot_be_processed_is_refused_in_the_servers_words(
    ws: Workspace, server: FakeOpenAI, client: Client, sha: str
) -> None:
    server.file_status = ["uploaded", "error"]
    with pytest.raises(RequestRefused, match="could not process") as refused:
        send(ws, client, sha)
    assert "Example 3" in refused.value.details and ws.uploaded(client.origin, sha) is None


def test_the_engine_takes_a_file_in_parts_too(engine_server: Any, tmp_path: Path) -> None:
    where = replace(connection("this-machine", base_url=engine_server.base_url), whole_file_bytes=100, part_bytes=PART)
    with make_workspace(tmp_path / "home") as ws, make_client(where, engine_server.token) as client:
        sha = ws.put_file(DATA, "train.jsonl", now=NOW).sha256
        file_id = ensure_uploaded(ws, client, sha, "train.jsonl", now=lambda: datetime.now(UTC))
        assert file_content(client, file_id) == DATA


@pytest.fixture
def whole(server: FakeOpenAI) -> Iterator[Client]:
    """A client whose connection takes the file in one request."""
    with make_client(connection("custom", base_url=server.base_url), server.key, timeout_s=5) as client:
        yield client


@pytest.mark.parametrize("fault", [faults.drop(acts=True), faults.html(502, acts=True), faults.half()], ids=["dropped", "502", "half"])
def test_a_file_whose_answer_was_lost_is_found_and_not_sent_again(
    ws: Workspace, server: FakeOpenAI, whole: Client, sha: str, fault: faults.Fault
) -> None:
    server.fail(FILES, fault)
    file_id = send(ws, whole, sha)
    assert list(server.files) == [file_id] and len(server.seen(FILES)) == 1
    assert send(ws, whole, sha) == file_id and len(server.seen(FILES)) == 1


def test_while_it_cannot_be_looked_for_it_is_not_sent_again(ws: Workspace, server: FakeOpenAI, whole: Client, sha: str) -> None:
    server.fail(FILES, faults.drop(acts=True))
    server.fail("GET /files", faults.refuse(500), always=True)
    for _ in range(2):
        with pytest.raises(ServerProblem):
            send(ws, whole, sha)
    assert len(server.seen(FILES)) == 1
    server.heal()
    file_id = send(ws, whole, sha)
    assert list(server.files) == [file_id] and len(server.seen(FILES)) == 1


def test_a_file_that_never_came_is_sent_again(ws: Workspace, server: FakeOpenAI, whole: Client, sha: str) -> None:
    server.fail(FILES, faults.drop())
    with pytest.raises(ServerProblem):
        send(ws, whole, sha)
    file_id = send(ws, whole, sha)
    assert list(server.files) == [file_id] and server.contents[file_id] == DATA and len(server.seen(FILES)) == 2


def test_a_file_of_the_same_name_that_is_older_or_another_is_not_taken_for_it(
    ws: Workspace, server: FakeOpenAI, whole: Client, sha: str
) -> None:
    older = server._store("train.jsonl", DATA, "fine-tune")
    older["created_at"] -= 3600
    server._store("train.jsonl", DATA + b"x", "fine-tune")
    server._store("train.jsonl", DATA, "batch")
    server.fail(FILES, faults.drop())
    with pytest.raises(ServerProblem):
        send(ws, whole, sha)
    file_id = send(ws, whole, sha)
    assert len(server.files) == 4 and file_id == list(server.files)[-1]


def test_a_server_without_a_list_of_files_can_only_be_sent_it_again(ws: Workspace, server: FakeOpenAI, whole: Client, sha: str) -> None:
    server.fail(FILES, faults.drop(acts=True))
    server.fail("GET /files", faults.refuse(404), always=True)
    with pytest.raises(ServerProblem):
        send(ws, whole, sha)
    assert server.contents[send(ws, whole, sha)] == DATA


def test_killed_while_the_server_takes_the_file_in(ws: Workspace, server: FakeOpenAI, whole: Client, sha: str) -> None:
    server.fail(FILES, faults.slow(2))
    app = subprocess.Popen([sys.executable, "-c", KILLED, str(ws.home), server.base_url, server.key, sha], cwd=ROOT)
    try:
        end = time.monotonic() + 30
        while not server.files:
            assert time.monotonic() < end and app.poll() is None
            time.sleep(0.01)
    finally:
        app.kill()
        app.wait()
    assert list(server.files) == [send(ws, whole, sha)] and len(server.seen(FILES)) == 1


def test_what_the_server_refuses_is_no_lost_answer(ws: Workspace, server: FakeOpenAI, whole: Client, sha: str) -> None:
    server.fail(FILES, faults.refuse(400, None, "No."))
    with pytest.raises(RequestRefused):
        send(ws, whole, sha)
    send(ws, whole, sha)
    assert not server.seen("GET /files")
