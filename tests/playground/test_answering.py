"""Several replies at once: read while they come, stopped with what has come, kept whatever happens to the page."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from core.base.types import Price
from core.io.openai_calls import Client
from core.io.workspace import Workspace
from core.playground import answering
from core.playground.answering import Answering, Question, Talks
from core.playground.chat import Conversation, Settings
from core.playground.talk import Json
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PRICE = Price("custom", BASE, None, 2.0, None, 8.0, date(2026, 11, 26), "a test")
PLACE = "chat/test"


def question(client: Client, side: str = "a", **how: object) -> Question:
    return Question(side, client, BASE, Conversation().asked("Count"), Settings(), **how)  # type: ignore[arg-type]


def until(true: Callable[[], bool], wait_s: float = 10.0) -> None:
    end = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def nowhere(kept: Json) -> None:
    """Save nothing."""


@pytest.fixture
def talks(ws: Workspace) -> Talks:
    return Talks(ws)


@pytest.fixture
def project(ws: Workspace) -> str:
    return ws.create_project("Test", now=NOW, connection_id="custom").id


def test_a_whole_reply_is_kept_with_its_time_its_tokens_and_its_price(server: FakeOpenAI, client: Client) -> None:
    server.answer = lambda body: "one two three four"
    saved: list[Json] = []
    one = Answering(question(client, price=PRICE), saved.append)
    until(lambda: bool(saved))
    assert one.over and saved == [one.kept]
    kept = one.kept
    assert kept["text"] == "one two three four" and kept["done"] and kept["problem"] is None
    assert 0 <= kept["reply"]["first_token_s"] <= kept["reply"]["total_s"]
    assert kept["reply"]["usd"] == pytest.approx((11 * 2 + 4 * 8) / 1e6)


def test_stopping_a_silent_server_keeps_the_part_and_takes_no_time(server: FakeOpenAI, client: Client) -> None:
    server.answer = lambda body: "one two three four five six seven"
    server.stalls.add(BASE)
    one = Answering(question(client), nowhere)
    until(lambda: one.kept["text"] == "one two three four ")
    begun = time.monotonic()
    one.stop()
    one.stop()
    assert time.monotonic() - begun < 1.0
    assert one.over and one.kept["text"] == "one two three four " and not one.kept["done"] and one.kept["problem"] is None


def test_a_refusal_is_kept_as_what_it_is(server: FakeOpenAI, client: Client) -> None:
    server.fail("POST /chat/completions", faults.no_credit())
    one = Answering(question(client), nowhere)
    until(lambda: one.over)
    assert one.kept["problem"]["type"] == "NoCredit" and not one.kept["done"]


def test_four_models_answer_at_the_same_time(server: FakeOpenAI, client: Client, talks: Talks, project: str) -> None:
    server.models += [{**server.models[0], "id": name} for name in "abcd"]
    server.fail("POST /chat/completions", faults.slow(0.5), always=True)
    talk = talks.change(PLACE, lambda one: one.asked("Who are you?"))
    asked = talk.exchanges[0]["id"]
    begun = time.monotonic()
    talks.ask(PLACE, project, asked, [Question(name, client, name, Conversation().asked("Who?"), Settings()) for name in "abcd"])
    until(lambda: not talks.live(PLACE, asked))
    assert time.monotonic() - begun < 1.5, "one after the other would take two seconds"
    until(lambda: len(talks.read(PLACE).exchanges[0]["answers"]) == 4)


def test_what_came_is_in_the_workspace_though_no_page_is_open(
    server: FakeOpenAI, client: Client, talks: Talks, project: str, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "SAVE_EVERY_S", 0.05)
    server.answer = lambda body: "one two three four five six seven"
    server.stalls.add(BASE)
    asked = talks.change(PLACE, lambda one: one.asked("Count")).exchanges[0]["id"]
    talks.ask(PLACE, project, asked, [question(client)])
    other = Talks(ws)  # as another process would see it
    until(lambda: other.read(PLACE).exchanges[0]["answers"].get("a", {}).get("text") == "one two three four ")
    assert not other.read(PLACE).exchanges[0]["answers"]["a"]["done"]
    talks.stop(PLACE, "a")
    assert not talks.live(PLACE, asked)


def test_stopping_one_side_leaves_the_others_alone(server: FakeOpenAI, client: Client, talks: Talks, project: str) -> None:
    server.stalls.add(BASE)
    server.answer = lambda body: "one two three four five six seven"
    asked = talks.change(PLACE, lambda one: one.asked("Count")).exchanges[0]["id"]
    talks.ask(PLACE, project, asked, [question(client, "a"), question(client, "b")])
    until(lambda: all(one.kept["text"] for one in talks.live(PLACE, asked).values()))
    talks.stop(PLACE, "a")
    assert set(talks.live(PLACE, asked)) == {"b"}
    talks.stop(PLACE)
    assert not talks.live(PLACE, asked)
    kept = talks.read(PLACE).exchanges[0]["answers"]
    assert {kept[side]["text"] for side in "ab"} == {"one two three four "}


def test_a_question_that_is_under_way_is_not_put_twice(server: FakeOpenAI, client: Client, talks: Talks, project: str) -> None:
    server.stalls.add(BASE)
    server.answer = lambda body: "one two three four five six seven"
    asked = talks.change(PLACE, lambda one: one.asked("Count")).exchanges[0]["id"]
    for _ in range(2):
        talks.ask(PLACE, project, asked, [question(client)])
        until(lambda: bool(talks.live(PLACE, asked)["a"].kept["text"]))
    talks.stop(PLACE)
    assert len(server.seen("POST /chat/completions")) == 1


def test_a_deleted_project_gets_no_conversation_back(server: FakeOpenAI, client: Client, talks: Talks, project: str, ws: Workspace) -> None:
    server.stalls.add(BASE)
    server.answer = lambda body: "one two three four five six seven"
    place = f"chat/{project}/x"
    asked = talks.change(place, lambda one: one.asked("Count")).exchanges[0]["id"]
    talks.ask(place, project, asked, [question(client)])
    until(lambda: bool(talks.live(place, asked)["a"].kept["text"]))
    ws.delete_project(project)
    talks.stop(place)
    assert ws.get_setting(place) is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the slip itself is not hidden
def test_after_a_slip_of_our_own_nobody_waits_for_the_reply_for_ever(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def slip(*args: object) -> None:
        raise LookupError("a slip")

    monkeypatch.setattr(answering, "ask", slip)
    one = Answering(question(client), nowhere)
    until(lambda: one.over)
    assert not one.kept["done"]
