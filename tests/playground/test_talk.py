"""A conversation with its branches: no change loses what was said before."""

import pytest

from core.base.errors import BadSetting
from core.playground.talk import EVERYONE, MOST_BRANCHES, MOST_EARLIER, Json, Talk, by_hand, is_answered, new_answer

A, B = "model-a", "model-b"


def done(text: str) -> Json:
    return {**new_answer(), "text": text, "done": True}


def spoken() -> Talk:
    """Two questions, both answered by two models."""
    talk = Talk()
    for question in ("First?", "Second?"):
        talk = talk.asked(question)
        for side in (A, B):
            talk = talk.answered(talk.exchanges[-1]["id"], side, done(f"{side} on {question}"))
    return talk


def texts(talk: Talk, side: str = A) -> list[str]:
    return [turn.content for turn in talk.before(len(talk.exchanges), side, "").turns]


def test_each_model_goes_on_from_its_own_answers() -> None:
    assert texts(spoken(), B) == ["First?", "model-b on First?", "Second?", "model-b on Second?"]


def test_an_edited_question_is_a_branch_and_the_old_one_stays() -> None:
    talk = spoken().edited(1, "Second, put otherwise?")
    assert [one["question"] for one in talk.exchanges] == ["First?", "Second, put otherwise?"]
    assert talk.exchanges[1]["answers"] == {} and talk.exchanges[0]["answers"][A]["text"] == "model-a on First?"
    assert texts(talk.look_at(0)) == texts(spoken())


def test_what_is_answered_in_a_branch_changes_no_other_branch() -> None:
    talk = spoken().branched(0)
    talk = talk.answered(talk.exchanges[0]["id"], A, done("otherwise"))
    assert talk.exchanges[0]["answers"][A]["text"] == "otherwise"
    assert talk.look_at(0).exchanges[0]["answers"][A]["text"] == "model-a on First?"


def test_a_reply_that_comes_late_finds_its_exchange_in_the_branch_where_it_was_asked() -> None:
    talk = Talk().asked("Slow?")
    waiting = talk.exchanges[0]["id"]
    talk = talk.branched(0).answered(waiting, A, done("at last"))
    assert talk.look_at(0).exchanges[0]["answers"][A]["text"] == "at last" and talk.exchanges[0]["answers"] == {}
    assert talk.answered("gone", A, done("lost")) == talk


def test_asking_anew_keeps_what_was_said_as_earlier_answers() -> None:
    talk = spoken()
    for at in range(MOST_EARLIER + 2):
        talk = talk.again([A])
        assert not is_answered(talk.exchanges[-1], A) and is_answered(talk.exchanges[-1], B)
        talk = talk.answered(talk.exchanges[-1]["id"], A, done(f"try {at}"))
    earlier = [one["text"] for one in talk.exchanges[-1]["answers"][A]["earlier"]]
    assert talk.exchanges[-1]["answers"][A]["text"] == "try 11" and earlier == [f"try {at}" for at in range(1, 11)]


def test_a_turn_by_hand_is_said_by_every_model() -> None:
    talk = spoken().with_turn("What is 2 + 2?", "Four.").asked("And 3 + 3?")
    for side in (A, B, "a model that came later"):
        assert texts(talk, side)[-2:] == ["What is 2 + 2?", "Four."]
    assert is_answered(talk.exchanges[2], "any") and talk.exchanges[2]["answers"][EVERYONE]["hand"]


@pytest.mark.parametrize(("question", "answer"), [("", "Four."), ("Two?", " "), ("x" * 200_001, "Four."), ("Two?", "x" * 200_001)])
def test_an_empty_or_endless_turn_is_refused(question: str, answer: str) -> None:
    with pytest.raises(BadSetting):
        Talk().with_turn(question, answer)


def test_branches_are_bounded_and_can_be_deleted() -> None:
    talk = spoken()
    for _ in range(MOST_BRANCHES - 1):
        talk = talk.branched(0)
    with pytest.raises(BadSetting):
        talk.branched(0)
    with pytest.raises(BadSetting):
        talk.edited(0, "Otherwise?")
    with pytest.raises(BadSetting):
        talk.imported([()])
    talk = talk.without_branch()
    assert (len(talk.branches), talk.at) == (MOST_BRANCHES - 1, MOST_BRANCHES - 2)
    for _ in range(MOST_BRANCHES):
        talk = talk.without_branch()
    assert talk == Talk()


def test_it_is_stored_and_read_again() -> None:
    talk = spoken().branched(0).with_turn("By hand?", "Yes.")
    assert Talk.from_json(talk.to_json()) == talk


def test_what_an_older_version_stored_is_one_branch() -> None:
    talk = Talk.from_json([{"question": "Hi", "answers": {A: {"text": "Hello.", "done": True}}}])
    assert texts(talk) == ["Hi", "Hello."] and talk.exchanges[0]["id"]


@pytest.mark.parametrize("stored", [None, 7, "text", {}, {"branches": 3}, {"branches": [3, [4, {"question": 5}]], "at": "x"}, [[]]])
def test_what_makes_no_sense_is_passed_over(stored: object) -> None:
    assert Talk.from_json(stored).exchanges == ()


def test_by_hand_is_a_whole_answer() -> None:
    assert by_hand("Yes.")["done"] and by_hand("Yes.")["reply"] is None
