"""What a conversation sends, what it warns about, and that a reply is kept even when it is cut."""

import pytest

from core.base.errors import BadSetting
from core.base.replies import Reply
from core.base.types import Example, Message
from core.io.openai_calls import Client
from core.playground.chat import (
    Conversation,
    Settings,
    ask,
    build_messages,
    place_warnings,
    reply_warnings,
    suggestions,
    system_warnings,
    trained_place,
)
from tests.servers import FakeOpenAI
from tests.servers.fake_api import BASE

MARV = "Marv is a factual chatbot that is also sarcastic."


def test_the_system_prompt_comes_first_and_an_empty_one_is_not_sent(server: FakeOpenAI, client: Client) -> None:
    talk = Conversation.of(MARV, [("Hi", "Oh, hello.")]).asked("Why?")
    assert [message.role for message in build_messages(talk)] == ["system", "user", "assistant", "user"]
    assert [message.role for message in build_messages(Conversation("  ").asked("Hi"))] == ["user"]
    with ask(client, BASE, talk, Settings()) as stream:
        text = "".join(stream)
    assert text == "You said: Why?" and stream.reply.text == text and stream.reply.completion_tokens == 3
    sent = server.seen("POST /chat/completions")[0].json
    assert sent["messages"][0] == {"role": "system", "content": MARV}
    assert "temperature" not in sent and "max_tokens" not in sent


def test_settings_are_sent_as_they_are(server: FakeOpenAI, client: Client) -> None:
    settings = Settings(temperature=0.0, top_p=0.5, max_tokens=7, frequency_penalty=0.5, presence_penalty=-1.0, stop=("END",), seed=3)
    with ask(client, BASE, Conversation().asked("Hi"), settings) as stream:
        list(stream)
    sent = server.seen("POST /chat/completions")[0].json
    assert {
        name: sent[name] for name in ("temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty", "stop", "seed")
    } == {
        "temperature": 0.0,
        "top_p": 0.5,
        "max_tokens": 7,
        "frequency_penalty": 0.5,
        "presence_penalty": -1.0,
        "stop": ["END"],
        "seed": 3,
    }


def test_stopping_keeps_what_has_come(server: FakeOpenAI, client: Client) -> None:
    server.answer = lambda body: "one two three four"
    stream = ask(client, BASE, Conversation().asked("Count"), Settings())
    assert next(iter(stream)) == "one "
    stream.close()
    assert stream.reply.text == "one " and not stream.finished


@pytest.mark.parametrize(
    "settings",
    [
        Settings(temperature=2.1),
        Settings(temperature=-0.1),
        Settings(temperature=float("nan")),
        Settings(top_p=1.5),
        Settings(max_tokens=0),
        Settings(seed=-1),
        Settings(frequency_penalty=2.5),
        Settings(presence_penalty=-3.0),
        Settings(stop=("a", "b", "c", "d", "e")),
        Settings(stop=("",)),
    ],
)
def test_settings_outside_their_range_are_refused_before_anything_is_sent(server: FakeOpenAI, client: Client, settings: Settings) -> None:
    with pytest.raises(BadSetting):
        ask(client, BASE, Conversation().asked("Hi"), settings)
    assert not server.requests


def test_an_empty_or_endless_question_is_refused() -> None:
    with pytest.raises(BadSetting):
        Conversation().asked(" \n")
    with pytest.raises(BadSetting):
        Conversation().asked("x" * 200_001)


def test_without_a_question_nothing_is_sent(server: FakeOpenAI, client: Client) -> None:
    with pytest.raises(BadSetting):
        ask(client, BASE, Conversation(MARV), Settings())
    assert not server.requests


def test_a_question_without_an_answer_is_not_sent_again() -> None:
    talk = Conversation.of(MARV, [("Hi", "Oh, hello."), ("Why?", "")]).asked("Well?")
    assert [turn.content for turn in talk.turns] == ["Hi", "Oh, hello.", "Well?"]


@pytest.mark.parametrize(
    ("system", "trained", "code"),
    [
        (MARV, [MARV], None),
        ("", [""], None),
        (" ", [""], None),
        ("anything", [], None),
        ("Be brief.", [MARV, "Be brief."], None),
        ("", [MARV], "system_prompt_missing"),
        ("Be brief.", [MARV], "system_prompt_differs"),
        ("Be brief.", [""], "system_prompt_was_none"),
        (MARV + " ", [MARV], "system_prompt_spacing_differs"),
    ],
)
def test_a_system_prompt_that_was_not_trained_is_pointed_out(system: str, trained: list[str], code: str | None) -> None:
    assert [reason.code for reason in system_warnings(system, trained)] == ([code] if code else [])


def test_the_system_prompt_can_stand_after_the_question(server: FakeOpenAI, client: Client) -> None:
    with ask(client, BASE, Conversation(MARV).asked("Why?"), Settings(), "last") as stream:
        list(stream)
    assert [one["role"] for one in server.seen("POST /chat/completions")[0].json["messages"]] == ["user", "system"]


def _rows(*roles: str) -> Example:
    return Example(tuple(Message(role, "text") for role in roles), 1)


def test_a_system_prompt_in_another_place_than_in_the_training_is_pointed_out() -> None:
    before, after, without = _rows("system", "user", "assistant"), _rows("user", "system", "assistant"), _rows("user", "assistant")
    assert (trained_place([before, before, after]), trained_place([after, without]), trained_place([without])) == ("first", "last", None)
    assert place_warnings(MARV, "first", "first") == () == place_warnings(MARV, "last", None) == place_warnings(" ", "last", "first")
    assert [one.code for one in place_warnings(MARV, "last", "first")] == ["system_prompt_after_here"]
    assert [one.code for one in place_warnings(MARV, "first", "last")] == ["system_prompt_after_in_training"]


def test_a_cut_filtered_or_empty_reply_is_pointed_out() -> None:
    assert reply_warnings(Reply("half a", BASE, "length"), Settings(max_tokens=2))[0].params == {"max_tokens": 2}
    assert reply_warnings(Reply("", BASE, "content_filter"), Settings())[0].code == "reply_filtered"
    assert reply_warnings(Reply(" ", BASE, "stop"), Settings())[0].code == "reply_empty"
    assert reply_warnings(Reply("done", BASE, "stop"), Settings()) == ()


def test_suggestions_are_different_test_questions_and_the_same_for_the_same_seed() -> None:
    texts = ["a?", "b?", "a?", "c?", " ", "d?", "x" * 400]
    examples = [Example((Message("user", text), Message("assistant", "yes")), row) for row, text in enumerate(texts, 2)]
    picked = suggestions(examples, 3, seed=1)
    assert len(set(picked)) == 3 and set(picked) <= {"a?", "b?", "c?", "d?"}
    assert suggestions(examples, 3, seed=1) == picked
    assert set(suggestions(examples, 10)) == {"a?", "b?", "c?", "d?"}
    assert suggestions([], 3) == ()
