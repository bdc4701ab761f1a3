"""New rows are asked as the training's rows were, whether or not the file has answers."""

import json

import pytest

from core.base.errors import BadMapping, EmptyFile, UnreadableFile
from core.prepare.formatting import make_examples
from core.prepare.mapping import Mapping
from core.prepare.new_rows import new_rows
from core.prepare.prompts import resolve
from core.prepare.reading import read_table

READING = Mapping(("usage", "pattern"), ("advice",), "Advise.")
WITH_ANSWERS = b"device,usage,pattern,advice\nGym,12.5,steady,Wait.\nGym,,rising,Look.\nGym,,,Nothing asked.\n"


def chat(*turns: tuple[str, str]) -> bytes:
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in turns]}).encode() + b"\n"


def test_the_rows_are_asked_exactly_as_in_the_training() -> None:
    table = read_table(WITH_ANSWERS, "a.csv").table
    assert table is not None
    taught = make_examples(table, READING)
    found = new_rows(WITH_ANSWERS, "a.csv", READING, "Advise.")
    assert found.examples == taught[:2]
    assert (found.columns, found.blank) == (("usage", "pattern"), 1)
    assert found.examples[0].question == "usage: 12.5\npattern: steady" and found.examples[1].question == "pattern: rising"


def test_a_file_without_the_answers_asks_the_same() -> None:
    found = new_rows(b"pattern;usage\nsteady;12.5\n", "b.csv", READING, "Advise.")
    (only,) = found.examples
    assert only.prompt == new_rows(WITH_ANSWERS, "a.csv", READING, "Advise.").examples[0].prompt
    assert only.answer == "" and only.row == 2


def test_records_of_json_lines_ask_the_same() -> None:
    (only,) = new_rows(b'{"usage": "12.5", "pattern": "steady"}\n', "b.jsonl", READING, "Advise.").examples
    assert only.question == "usage: 12.5\npattern: steady"


def test_one_of_two_answer_columns_is_no_answer() -> None:
    both = Mapping(("question",), ("top", "sub"), "Answer as JSON.")
    (only,) = new_rows(b"question,top\nWhere is my card?,Cards\n", "a.csv", both, "Answer as JSON.").examples
    assert only.answer == ""


def test_a_column_that_happens_to_be_called_answer_is_left_alone() -> None:
    (only,) = new_rows(b"answer,pattern,usage\n5,steady,12.5\n", "a.csv", READING, "Advise.").examples
    assert only.answer == "" and only.question == "usage: 12.5\npattern: steady"


def test_missing_question_columns_are_named() -> None:
    with pytest.raises(BadMapping) as caught:
        new_rows(b"device,Usage\nGym,12.5\n", "a.csv", READING, "Advise.")
    assert caught.value.params["columns"] == "usage, pattern"
    assert "same column names" in caught.value.hint


def test_a_file_that_asks_nothing_is_said_so() -> None:
    with pytest.raises(EmptyFile):
        new_rows(b"usage,pattern\n,\n , \n", "a.csv", READING, "Advise.")
    with pytest.raises(UnreadableFile):
        new_rows(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "a.csv", READING, "Advise.")


def test_a_conversation_is_asked_its_last_question() -> None:
    data = chat(("system", "Another."), ("user", "How deep is it?"), ("assistant", "11 km."), ("user", "And who went there?"))
    (only,) = new_rows(data * 1, "a.jsonl", None, "Marv.").examples
    assert [(message.role, message.content) for message in only.prompt] == [
        ("system", "Marv."),
        ("user", "How deep is it?"),
        ("assistant", "11 km."),
        ("user", "And who went there?"),
    ]
    assert only.answer == "" and only.question == "And who went there?"


@pytest.mark.parametrize(
    ("data", "mapping"),
    [
        (b'{"usage": "1", "pattern": "x"}\n{"usage": \n[1]\n{"usage": "2", "pattern": "y"}\n', READING),
        (chat(("user", "How deep?")) + b'{"messages": [{"role"\n{"messages": 5}\n' + chat(("user", "How high?")), None),
    ],
    ids=["records", "conversations"],
)
def test_lines_that_cannot_be_read_are_named(data: bytes, mapping: Mapping | None) -> None:
    found = new_rows(data, "a.jsonl", mapping, "Advise.")
    assert [example.row for example in found.examples] == [1, 4]
    assert (found.unread, found.blank) == ((2, 3), 0)


def test_a_conversation_with_its_answer_keeps_it_apart() -> None:
    (only,) = new_rows(chat(("user", "How deep is it?"), ("assistant", "11 km.")), "a.jsonl", None, "Marv.").examples
    assert only.answer == "11 km." and only.prompt[-1].content == "How deep is it?"


@pytest.mark.parametrize("data", [b"What to ask\nHow deep is it?\nHow high?\n", b"id,Question\n1,How deep is it?\n2,How high?\n"])
def test_a_model_of_conversations_takes_a_table_of_questions(data: bytes) -> None:
    found = new_rows(data, "a.csv", None, "Marv.")
    assert [example.question for example in found.examples] == ["How deep is it?", "How high?"]
    assert len(found.columns) == 1


def test_a_table_without_any_question_is_refused_in_words() -> None:
    with pytest.raises(BadMapping) as caught:
        new_rows(b"a,b\n1,2\n3,4\n5,7\n", "a.csv", None, "Marv.")
    assert "looks like a question" in caught.value.message


def test_texts_and_numbers_are_written_as_in_the_training() -> None:
    train = "who,usage,dod,advice\n" + "".join(f"Gym,{at}.123456,{'' if at % 2 else at},Wait {at}.\n" for at in range(20))
    mapping = Mapping((), ("advice",), "You speak for {who}.", question_template="{usage} kWh, {dod}% up.", decimals=1)
    table = read_table(train.encode(), "a.csv").table
    assert table is not None
    settled = resolve(table, mapping)
    taught = make_examples(table, settled)
    assert [taught[1].question, taught[2].question] == ["1.1 kWh.", "2.1 kWh, 2% up."]
    for file in (train, "dod,usage,who\n,1.123456,Gym\n2,2.123456,Gym\n"):
        found = new_rows(file.encode(), "b.csv", settled, taught[0].system)
        prompts = [one.prompt for one in taught]
        assert found.examples and all(one.prompt in prompts for one in found.examples)
        assert found.columns == ("usage", "dod")
    with pytest.raises(BadMapping) as caught:
        new_rows(b"usage,who\n1.5,Gym\n", "b.csv", settled, "You speak for Gym.")
    assert caught.value.params["columns"] == "dod"


def test_a_prompt_that_a_repair_put_in_is_not_filled_in_again() -> None:
    mapping = Mapping(("usage",), ("advice",), "You speak for {who}.")
    (only,) = new_rows(b"usage,who\n1,Gym\n", "b.csv", mapping, "Advise on {who} in general.").examples
    assert only.system == "Advise on {who} in general."


def test_the_last_question_of_a_conversation_is_asked_with_what_came_before() -> None:
    mapping = Mapping(("q",), ("a",), "Marv.", conversation="talk", order="n")
    (talk,) = new_rows(b"talk,n,q,a\nx,2,And then?,\nx,1,Who?,Me.\n", "a.csv", mapping, "Marv.").examples
    assert [message.content for message in talk.prompt] == ["Marv.", "Who?", "Me.", "And then?"] and talk.answer == ""
    alone = new_rows(b"q\nWho?\nAnd then?\n", "a.csv", mapping, "Marv.").examples
    assert [[message.content for message in one.prompt] for one in alone] == [["Marv.", "Who?"], ["Marv.", "And then?"]]


def test_messages_with_roles_are_asked_up_to_the_last() -> None:
    mapping = Mapping(conversation="id", role="who", text="said")
    (talk,) = new_rows(b"id,who,said\nx,user,Hi\nx,bot,Hello\nx,user,Why?\n", "a.csv", mapping, "").examples
    assert [message.content for message in talk.prompt] == ["Hi", "Hello", "Why?"] and talk.answer == ""
    with pytest.raises(BadMapping, match="lacks columns"):
        new_rows(b"who,said\nuser,Hi\n", "a.csv", mapping, "")


def test_all_columns_of_the_file_stay_with_its_rows() -> None:
    found = new_rows(b"device,usage,pattern,note\nGym,12.5,steady,=1\nHall,,,x\n", "a.csv", READING, "Advise.")
    assert found.table.columns == ("device", "usage", "pattern", "note")
    assert [tuple(row) for row in found.table.rows] == [("Gym", "12.5", "steady", "=1"), ("Hall", "", "", "x")]
    assert list(found.table.numbers) == [2, 3] and [one.row for one in found.examples] == [2]


def test_of_conversations_the_messages_are_the_one_column() -> None:
    found = new_rows(chat(("user", "How deep is it?"), ("assistant", "11 km.")), "a.jsonl", None, "Marv.")
    assert found.table.columns == ("messages",)
    assert json.loads(found.table.rows[0][0]) == [
        {"role": "user", "content": "How deep is it?"},
        {"role": "assistant", "content": "11 km."},
    ]
