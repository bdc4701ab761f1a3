"""Asking a model, whole and in pieces, from servers of every manner."""

import json
from collections.abc import Iterator
from itertools import count

import pytest

from core.base.errors import NotOnServer, RateLimited, RequestRefused, ServerFault, Unreachable
from core.base.types import Message
from core.io.openai_calls import Client, chat, stream_chat
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE

CHAT = "POST /chat/completions"
QUESTION = [Message("system", "Be brief."), Message("user", "one two three")]
ANSWER = "You said: one two three"


@pytest.fixture
def seconds() -> Iterator[float]:
    """A clock that moves by one second at every look."""
    return map(float, count())


def test_a_whole_reply(client: Client, server: FakeOpenAI, seconds: Iterator[float]):
    reply = chat(client, BASE, QUESTION, temperature=0, top_p=0.5, max_tokens=9, stop=["\n"], seed=3, clock=lambda: next(seconds))
    assert reply.text == ANSWER and reply.model == BASE and reply.finish_reason == "stop" and reply.fingerprint == "fp_fake"
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 5)
    assert reply.total_s == 1 and reply.first_token_s is None
    assert server.seen(CHAT)[0].json == {
        "model": BASE,
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "one two three"}],
        "temperature": 0,
        "top_p": 0.5,
        "max_tokens": 9,
        "stop": ["\n"],
        "seed": 3,
    }


def test_nothing_is_sent_that_was_not_asked_for(client: Client, server: FakeOpenAI):
    chat(client, BASE, QUESTION)
    assert set(server.seen(CHAT)[0].json) == {"model", "messages"}


def test_a_reply_in_pieces(client: Client, server: FakeOpenAI, seconds: Iterator[float]):
    stream = stream_chat(client, BASE, QUESTION, clock=lambda: next(seconds))
    assert not stream.finished
    assert list(stream) == ["You ", "said: ", "one ", "two ", "three"]
    reply = stream.reply
    assert stream.finished and reply.text == ANSWER and reply.model == BASE and reply.fingerprint == "fp_fake"
    assert (reply.prompt_tokens, reply.completion_tokens) == (11, 5) and reply.finish_reason == "stop"
    assert (reply.first_token_s, reply.total_s) == (1, 2)
    assert stream.reply == reply and list(stream) == []


def test_the_same_is_said_whole_and_in_pieces(client: Client, server: FakeOpenAI):
    server.answer = lambda body: "Grüße, 你好 🙂\nsecond line\twith  spaces "
    stream = stream_chat(client, BASE, QUESTION)
    assert "".join(stream) == stream.reply.text == chat(client, BASE, QUESTION).text


def test_what_has_come_is_kept_when_the_reader_leaves(client: Client):
    with stream_chat(client, BASE, QUESTION) as stream:
        for piece in stream:
            if piece == "said: ":
                break
    assert stream.reply.text == "You said: " and not stream.finished and stream.reply.finish_reason == ""
    ended = stream.reply.total_s
    assert stream.reply.total_s == ended
    stream.close()
    assert chat(client, BASE, QUESTION).text == ANSWER


def test_what_has_come_is_kept_when_the_connection_breaks(client: Client, server: FakeOpenAI):
    server.fail(CHAT, faults.cut_stream(pieces=2))
    stream = stream_chat(client, BASE, QUESTION)
    with pytest.raises(Unreachable, match="broke off"):
        list(stream)
    assert stream.reply.text == "You said: " and not stream.finished


@pytest.mark.parametrize(
    ("code", "error"), [("server_error", ServerFault), ("rate_limit_exceeded", RateLimited), ("something_new", ServerFault)]
)
def test_an_error_in_the_middle_of_a_stream(client: Client, server: FakeOpenAI, code: str, error: type):
    server.fail(CHAT, faults.stream_error(code, "It went wrong.", pieces=1))
    stream = stream_chat(client, BASE, QUESTION)
    with pytest.raises(error) as raised:
        list(stream)
    assert type(raised.value) is error and raised.value.code == code and "It went wrong." in raised.value.details
    assert stream.reply.text == "You "


def test_a_refusal_comes_with_the_call_and_not_with_the_first_piece(client: Client):
    with pytest.raises(NotOnServer) as raised:
        stream_chat(client, "ft:not-yet", QUESTION)
    assert raised.value.code == "model_not_found"


@pytest.mark.parametrize("words", ["Unrecognized request argument supplied: stream_options", "include_usage: extra fields not permitted"])
def test_a_server_without_stream_options_streams_all_the_same(client: Client, server: FakeOpenAI, words: str):
    server.refuses["stream_options"] = words
    stream = stream_chat(client, BASE, QUESTION)
    assert "".join(stream) == ANSWER and stream.finished and stream.reply.completion_tokens is None
    first, second = (request.json for request in server.seen(CHAT))
    assert "stream_options" in first and "stream_options" not in second


def test_a_model_that_counts_its_tokens_by_another_name(client: Client, server: FakeOpenAI):
    server.refuses["max_tokens"] = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    server.refuses["stream_options"] = "Unknown parameter: 'stream_options'."
    assert chat(client, BASE, QUESTION, max_tokens=5).text == ANSWER
    assert server.requests[-1].json["max_completion_tokens"] == 5
    assert "".join(stream_chat(client, BASE, QUESTION, max_tokens=5)) == ANSWER
    assert len(server.requests) == 5


def test_any_other_refusal_is_not_asked_again(client: Client, server: FakeOpenAI):
    server.refuses["temperature"] = "Unsupported value: 'temperature' does not support 0 with this model."
    for call in (chat, stream_chat):
        before = len(server.requests)
        with pytest.raises(RequestRefused) as raised:
            call(client, BASE, QUESTION, temperature=0)
        assert raised.value.params["param"] == "temperature" and len(server.requests) - before == 1


def test_a_server_that_refuses_for_ever_is_asked_three_times(client: Client, server: FakeOpenAI):
    server.fail(CHAT, faults.refuse(400, None, "stream_options, max_completion_tokens, whatever"), always=True)
    with pytest.raises(RequestRefused):
        list(stream_chat(client, BASE, QUESTION, max_tokens=5))
    assert len(server.requests) == 3


def test_a_server_that_does_not_stream_answers_in_one_piece(client: Client, server: FakeOpenAI):
    server.streams = False
    stream = stream_chat(client, BASE, QUESTION)
    assert list(stream) == [ANSWER] and stream.finished and stream.reply.completion_tokens == 5
    server.fail(CHAT, faults.half())
    with pytest.raises(ServerFault, match="cannot be read"):
        list(stream_chat(client, BASE, QUESTION))


def test_a_stream_of_nonsense(client: Client, server: FakeOpenAI):
    server.fail(CHAT, faults.html(200))
    stream = stream_chat(client, BASE, QUESTION)
    assert list(stream) == [] and not stream.finished


@pytest.mark.parametrize("line", ['{"choices": [{"delta"', "null", "[1]", '"text"', '{"choices": "none"}', '{"choices": [null, 3]}', "{}"])
def test_a_broken_chunk_is_the_servers_fault_or_nothing(client: Client, server: FakeOpenAI, line: str):
    server.fail(CHAT, faults.raw_stream(f"data: {line}\n\ndata: [DONE]\n\n"))
    stream = stream_chat(client, BASE, QUESTION)
    try:
        assert list(stream) == []
    except ServerFault as fault:
        assert "cannot be read" in str(fault)
    assert not stream.finished and stream.reply.text == ""


def test_what_the_engine_notes_travels_with_the_reply(client: Client, server: FakeOpenAI):
    notes = {"matched": "café", "similarity": 0.25, "row": 7}
    server.chat_headers = {"x-tunesmith-notes": json.dumps(notes), "x-tunesmith-ignored": "temperature, seed"}
    stream = stream_chat(client, BASE, QUESTION)
    list(stream)
    for reply in (chat(client, BASE, QUESTION), stream.reply):
        assert reply.notes == notes and reply.ignored == ("temperature", "seed")
