"""Rows of one conversation come together in their order; weights and tools go where the server reads them."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.chat_format import check_examples, parse_jsonl, write_jsonl
from core.base.errors import BadMapping
from core.base.types import Example
from core.prepare.formatting import make_examples
from core.prepare.guessing import guess_mapping
from core.prepare.mapping import Mapping
from core.prepare.moments import order_keys
from core.prepare.source import Table
from core.prepare.turns import role_of


def table(columns: str, *rows: str) -> Table:
    return Table(tuple(columns.split(",")), [tuple(row.split(",")) for row in rows], range(2, len(rows) + 2))


def turns(example: Example) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in example.messages]


PAIRS = table(
    "talk,at,q,a", "x,2,More?,Yes.", "y,1,Hi,Hello.", "x,10,Bye,Goodbye.", "x,1,Why?,So.", ",1,Alone?,Alone.", "nan,1,Me too?,Yes."
)


def test_interleaved_rows_come_together_in_file_order() -> None:
    made = make_examples(PAIRS, Mapping(("q",), ("a",), "Be kind.", conversation="talk"))
    assert [one.row for one in made] == [2, 3, 6, 7], "rows without a conversation stand alone"
    assert turns(made[0]) == [
        ("system", "Be kind."),
        *(("user", "More?"), ("assistant", "Yes."), ("user", "Bye"), ("assistant", "Goodbye.")),
        *(("user", "Why?"), ("assistant", "So.")),
    ]
    assert (made[0].question, made[0].answer) == ("Why?", "So.")


def test_an_order_column_of_numbers_is_counted() -> None:
    made = make_examples(PAIRS, Mapping(("q",), ("a",), "", conversation="talk", order="at"))
    assert [text for role, text in turns(made[0]) if role == "user"] == ["Why?", "More?", "Bye"]
    assert made[0].row == 2, "known by its first row in the file"


@pytest.mark.parametrize(
    "cells",
    [
        ["2026-03-01", "2026-03-02T10:00:00Z", "2026-03-10"],
        ["28.02.2026", "1.3.2026 09:15", "1.3.2026 10:05"],
        ["2/28/2026", "3/1/2026 9:15 AM", "3/1/2026 1:05 PM"],
        ["9", "10", "11,5"],
        ["1e2", "200", "1000"],
        ["turn 2", "turn 10", "turn 10b"],
        ["a", "B", "c"],
    ],
)
def test_an_order_is_read_as_numbers_dates_or_words(cells: list[str]) -> None:
    keys = dict(zip(cells, order_keys(cells), strict=True))
    mixed = random.Random(1).sample(cells, len(cells))
    assert sorted(mixed, key=keys.__getitem__) == cells


def test_a_cell_without_a_place_comes_last() -> None:
    assert order_keys(["2", "", "1", "nan"]) == [(0, (2.0,)), (1, ()), (0, (1.0,)), (1, ())]


MESSAGES = table(
    "id,who,said,n",
    *("a,Pengguna,Halo,1", "b,customer,Hi,1", "a,Asisten,Halo juga,2", "b,agent,Hello,2"),
    *("b,customer,Bye,3", "b,agent,So long,4", "c,system,Be brief.,1", "c,user,2+2?,2", "c,bot,4,3"),
)


def test_one_message_a_row_is_read_by_who_speaks() -> None:
    made = make_examples(MESSAGES, Mapping((), (), "Be kind.", conversation="id", role="who", text="said"))
    assert [turns(one) for one in made] == [
        [("system", "Be kind."), ("user", "Halo"), ("assistant", "Halo juga")],
        [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye"), ("assistant", "So long")],
        [("system", "Be brief."), ("user", "2+2?"), ("assistant", "4")],
    ]
    assert [one.row for one in made] == [2, 3, 8]


def test_a_word_that_is_no_role_stays_to_be_found() -> None:
    odd = table("id,who,said", "a,user,Hi", "a,ghost,Boo", "a,assistant,Hello", "a,,")
    made = make_examples(odd, Mapping(conversation="id", role="who", text="said"))
    assert [role for role, _ in turns(made[0])] == ["user", "ghost", "assistant"]
    assert "unknown_role" in {finding.code for finding in check_examples(made, min_examples=0)}
    assert role_of(" USER ") == "user" and role_of("Sistem") == "system"


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (Mapping(role="who", text="said"), "belong to one conversation"),
        (Mapping(conversation="id", text="said"), "who speaks"),
        (Mapping(conversation="id", role="who"), "where the text"),
        (Mapping(("who",), ("said",), conversation="talk"), "no column named talk"),
    ],
)
def test_what_is_not_chosen_yet_is_said(mapping: Mapping, words: str) -> None:
    with pytest.raises(BadMapping, match=words):
        make_examples(MESSAGES, mapping)


def test_an_empty_line_between_turns_is_no_turn_but_half_of_one_is() -> None:
    rows = table("id,q,a", "x,Hi,Hello", "x,,", "x,Why?,", "y,,")
    made = make_examples(rows, Mapping(("q",), ("a",), "", conversation="id"))
    assert [len(one.messages) for one in made] == [4, 2]
    assert {finding.code for finding in check_examples(made, min_examples=0)} >= {"empty_answer", "empty_question"}


def test_a_weight_column_marks_the_answers() -> None:
    rows = table("id,q,a,w", "x,1,one,0", "x,2,two,1", "y,3,three,ya", "z,4,four,tidak", "v,5,five,", "u,6,six,maybe")
    made = make_examples(rows, Mapping(("q",), ("a",), "", conversation="id", weight="w"))
    marks = [[message.extra for message in one.messages if message.role == "assistant"] for one in made]
    assert marks == [[{"weight": 0}, {"weight": 1}], [{"weight": 1}], [{"weight": 0}], [{}], [{"weight": "maybe"}]]
    found = check_examples(made, min_examples=0)
    assert [finding.rows for finding in found if finding.code == "bad_weight"] == [(7,)], "a word that is no weight is found with its row"
    with pytest.raises(BadMapping, match="whether its answer counts"):
        make_examples(rows, Mapping(("q",), ("a",), "", weight="a"))


def test_tools_are_kept_as_they_are() -> None:
    listed = [{"type": "function", "function": {"name": "f", "parameters": {"x": [1.5, None, "é"]}}}]
    rows = Table(("q", "a", "tools"), [("1", "one", json.dumps(listed)), ("2", "two", "")], range(2, 4))
    made = make_examples(rows, Mapping(("q",), ("a",), "", tools="tools"))
    assert [one.extra for one in made] == [{"tools": listed}, {}]
    assert parse_jsonl(write_jsonl(made)).examples[0].extra == {"tools": listed}
    assert guess_mapping(rows)[0].tools == "tools"
    for bad in ("{}", "[1]", "[{]", "[{}, NaN]", "[" * 100_000):
        broken = Table(rows.columns, [("1", "one", bad), *rows.rows], range(2, 5))
        assert guess_mapping(broken)[0].tools is None
        with pytest.raises(BadMapping, match="Row 2 of the column tools"):
            make_examples(broken, Mapping(("q",), ("a",), "", tools="tools"))


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_ROW = st.tuples(
    st.sampled_from(["x", "y", "z", "", " x"]), st.sampled_from(["1", "2", "10", "", "b"]), _CELL, _CELL, st.sampled_from(["0", "1", ""])
)
_MAPPINGS = st.builds(
    Mapping,
    question=st.sampled_from([("q",), ("q", "n"), ("n", "id")]),
    answer=st.sampled_from([("a",), ("a", "w")]),
    system_prompt=st.sampled_from([None, "", "Be {kind}.", "About {n}.\nBe brief."]),
    question_template=st.sampled_from([None, "{q}", "{{{q}}}, {n}. {id}\n"]),
    decimals=st.none() | st.integers(0, 6),
    missing=st.sampled_from(["leave_out", "say_unknown", "as_written"]),
    conversation=st.sampled_from([None, "id"]),
    order=st.sampled_from([None, "n", "q"]),
)


@given(st.lists(_ROW, min_size=1, max_size=12), _MAPPINGS, st.booleans())
def test_format_then_parse_gives_the_same_examples_for_any_mapping(rows: list[tuple[str, ...]], mapping: Mapping, weighted: bool) -> None:
    data = Table(("id", "n", "q", "a", "w"), rows, range(2, len(rows) + 2))
    if weighted and any(row[4] for row in rows):
        mapping = Mapping.from_dict({**mapping.to_dict(), "answer": ["a"], "weight": "w"})
    made = make_examples(data, mapping)
    parsed = parse_jsonl(write_jsonl(made))
    assert parsed.findings == ()
    assert [(one.messages, one.extra) for one in parsed.examples] == [(one.messages, one.extra) for one in made]
    numbers = [one.row for one in made]
    assert numbers == sorted(set(numbers)) and set(numbers) <= set(data.numbers)
    if mapping.conversation is None:
        assert len(made) == len(rows)
    assert make_examples(data, Mapping.from_dict(json.loads(json.dumps(mapping.to_dict())))) == made
