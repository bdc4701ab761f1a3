"""Columns are guessed with a reason, checked with a sentence, and become examples exactly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.chat_format import parse_jsonl, write_jsonl
from core.base.errors import BadMapping
from core.base.types import Message
from core.prepare.columns import profile
from core.prepare.formatting import make_examples, with_system_prompt
from core.prepare.guessing import guess_mapping
from core.prepare.mapping import Mapping, check_mapping
from core.prepare.prompts import resolve, suggest_system_prompt
from core.prepare.source import Table
from tests.prepare.builders import example


def table(columns: str, *rows: tuple[str, ...]) -> Table:
    return Table(tuple(columns.split(",")), rows, range(2, len(rows) + 2))


def texts(n: int) -> list[str]:
    return [f"Something that somebody wrote about matter {i}, with feeling" for i in range(n)]


def filled(columns: str, n: int = 40) -> Table:
    """A table whose cells are what the column's name says: text, label, number, id, date, uuid or blank."""

    def cell(kind: str, i: int) -> str:
        match kind:
            case "label" | "label2":
                return ("yes", "no", "maybe")[i % 3]
            case "number":
                return f"{i * 37 % 11}.5"
            case "id":
                return str(i + 1)
            case "date":
                return f"2026-03-{i % 28 + 1:02d} 10:00"
            case "uuid":
                return f"46340ded-4622-47ab-b43d-{i // 3:012x}"
            case "blank":
                return ("", "nan", "NaT")[i % 3]
        return texts(n)[i]

    pairs = [column.partition(":")[::2] for column in columns.split(",")]
    return Table(
        tuple(name for name, _ in pairs), [tuple(cell(kind or name, i) for name, kind in pairs) for i in range(n)], range(2, n + 2)
    )


@pytest.mark.parametrize(
    ("columns", "question", "answer"),
    [
        ("Support Query:text,Top Category:label,Sub Category:label", ["Support Query"], ["Top Category", "Sub Category"]),
        ("id,question:text,answer:text", ["question"], ["answer"]),
        ("prompt:text,completion:text", ["prompt"], ["completion"]),
        ("instruction:text,input:text,output:text", ["instruction", "input"], ["output"]),
        ("Pertanyaan:text,Jawaban:text", ["Pertanyaan"], ["Jawaban"]),
        ("No:id,Keluhan:text,Kategori:label,Tanggal:date", ["Keluhan"], ["Kategori"]),
        ("userMessage:text,intentLabel:label", ["userMessage"], ["intentLabel"]),
        ("Ticket:text,Question category:label", ["Ticket"], ["Question category"]),
        ("text,label", ["text"], ["label"]),
        ("uuid,date,text,sentiment:label", ["text"], ["sentiment"]),
        ("comment:text,reply:text,category:label", ["comment"], ["reply"]),
        ("what they said:text,what we say:text", ["what they said"], ["what we say"]),
        ("said:text,kind:label,number,date", ["said"], ["kind"]),
        ("device:uuid,usage:number,change:number,state:label", ["usage", "change"], ["state"]),
        ("blank,text,label", ["text"], ["label"]),
    ],
)
def test_columns_are_guessed_with_a_reason(columns: str, question: list[str], answer: list[str]) -> None:
    mapping, reasons = guess_mapping(filled(columns))
    assert (list(mapping.question), list(mapping.answer)) == (question, answer)
    assert [reason.params["columns"] for reason in reasons[:2]] == [question, answer]
    ignored = [name for name in filled(columns).columns if name not in question + answer]
    assert (reasons[2].params["columns"] if len(reasons) > 2 else []) == ignored


def test_three_columns_of_numbers_hold_no_question() -> None:
    numbers = filled("x:number,y:number,z:number")
    mapping, reasons = guess_mapping(numbers)
    assert mapping == Mapping()
    assert [reason.code for reason in reasons[:2]] == ["no_question_column", "no_answer_column"]
    with pytest.raises(BadMapping, match="question") as refused:
        check_mapping(numbers, mapping)
    assert "numbers" in refused.value.hint


def test_one_column_of_questions_lacks_the_answer() -> None:
    mapping, reasons = guess_mapping(filled("question:text"))
    assert mapping.question == ("question",) and mapping.answer == ()
    assert reasons[1].code == "no_answer_column"
    with pytest.raises(BadMapping, match="answer"):
        check_mapping(filled("question:text"), mapping)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (Mapping(("text",), ("gone",)), "no column named gone"),
        (Mapping(("text",), ()), "as the answer"),
        (Mapping((), ("label",)), "as the question"),
        (Mapping(("text", "label"), ("label",)), "label is both"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(mapping: Mapping, words: str) -> None:
    with pytest.raises(BadMapping, match=words):
        make_examples(filled("text,label"), mapping)


def test_a_column_is_known_by_what_it_holds() -> None:
    kinds = {column.name: column.kind for column in profile(filled("text,label,number,id,date,uuid,blank"))}
    assert kinds == {"text": "text", "label": "label", "number": "number", "id": "id", "date": "date", "uuid": "id", "blank": "empty"}


@pytest.mark.parametrize(
    ("columns", "question", "answer", "prompt"),
    [
        ("text,A:label,B:label", ("text",), ("A", "B"), 'Classify the message. Answer as JSON with the keys "A" and "B".'),
        ("text,label", ("text",), ("label",), "Classify the message. Answer with one of these labels: yes, no, maybe."),
        ("usage:number,label", ("usage",), ("label",), "Classify these values. Answer with one of these labels: yes, no, maybe."),
        ("text,title:text,body:text", ("text",), ("title", "body"), 'Answer as JSON with the keys "title" and "body".'),
        ("text,answer:text", ("text",), ("answer",), ""),
    ],
)
def test_the_suggested_prompt_says_what_answers_look_like(
    columns: str, question: tuple[str, ...], answer: tuple[str, ...], prompt: str
) -> None:
    rows = filled(columns)
    assert suggest_system_prompt(rows, Mapping(question, answer)) == prompt
    assert make_examples(rows, Mapping(question, answer))[0].system == prompt
    assert make_examples(rows, Mapping(question, answer, ""))[0].system == "", "the user may want none"
    assert resolve(rows, Mapping(question, answer, "Mine.")).system_prompt == "Mine."


def test_many_labels_are_not_listed_in_the_prompt() -> None:
    rows = Table(("text", "label"), [(f"a text about {i}", f"label {i % 20}") for i in range(60)], range(2, 62))
    assert suggest_system_prompt(rows, Mapping(("text",), ("label",))) == "Classify the message. Answer with the label only."


def test_one_column_is_used_as_it_is() -> None:
    made = make_examples(table("q,a", ("  Why?\nReally ", " Because. ")), Mapping(("q",), ("a",), "Be kind."))
    assert made[0].messages == (Message("system", "Be kind."), Message("user", "  Why?\nReally "), Message("assistant", " Because. "))
    assert made[0].row == 2


def test_several_columns_become_lines_and_json() -> None:
    rows = table("Subject,Body,Note,Calls,Top,Sub", ("Fee", "Why?", "nan", "none", "Größe", 'a "b"'), ("", " ", "", "", "", ""))
    made = make_examples(rows, Mapping(("Subject", "Body", "Note", "Calls"), ("Sub", "Top"), ""))
    assert made[0].question == "Subject: Fee\nBody: Why?\nCalls: none", "a cell without a value is left out, a word is not"
    assert made[0].answer == '{"Sub": "a \\"b\\"", "Top": "Größe"}', "in the order chosen"
    assert (made[1].question, made[1].answer, made[1].row) == ("", "", 3), "an empty row stays until a repair leaves it out"


@pytest.mark.parametrize(
    ("mode", "text", "systems"),
    [("keep", "New", ["Old", ""]), ("set", "New", ["Old", "New"]), ("replace", "New", ["New", "New"]), ("replace", "", ["", ""])],
)
def test_chat_examples_take_another_system_prompt(mode: str, text: str, systems: list[str]) -> None:
    given_ = (example("a", "b", 1, "Old"), example("c", "d", 2))
    changed = with_system_prompt(given_, mode, text)  # type: ignore[arg-type]
    assert [one.system for one in changed] == systems
    assert [(one.question, one.answer, one.row) for one in changed] == [("a", "b", 1), ("c", "d", 2)]


@given(st.builds(Mapping, st.lists(st.text(), unique=True).map(tuple), st.lists(st.text(), unique=True).map(tuple), st.none() | st.text()))
def test_a_mapping_survives_json(mapping: Mapping) -> None:
    assert Mapping.from_dict(json.loads(json.dumps(mapping.to_dict()))) == mapping


@given(
    st.dictionaries(
        st.sampled_from(["question", "answer", "system_prompt", "new"]), st.none() | st.integers() | st.lists(st.none() | st.text())
    )
)
def test_a_mapping_of_another_version_does_not_stumble(data: dict[str, object]) -> None:
    assert isinstance(Mapping.from_dict(data), Mapping)


_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(st.lists(st.tuples(_WORDS, _WORDS, _WORDS, _WORDS), min_size=1, max_size=10), _WORDS)
def test_format_then_parse_gives_the_same_examples(rows: list[tuple[str, ...]], prompt: str) -> None:
    made = make_examples(table("a,b,c,d", *rows), Mapping(("a", "b"), ("d", "c"), prompt))
    parsed = parse_jsonl(write_jsonl(made))
    assert parsed.findings == ()
    assert [one.messages for one in parsed.examples] == [one.messages for one in made]
    for one, row in zip(made, rows, strict=True):
        if one.answer:
            assert json.loads(one.answer) == {"d": row[3], "c": row[2]}
