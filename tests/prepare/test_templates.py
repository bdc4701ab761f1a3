"""Texts with columns in them: taken apart exactly, filled in exactly, and without what a row has no value for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.chat_format import parse_jsonl, write_jsonl
from core.base.errors import BadMapping
from core.prepare.formatting import make_examples
from core.prepare.mapping import Mapping
from core.prepare.source import Table
from core.prepare.templates import literal, parse, parse_prompt, placeholder, prompt_writer, writer

READING = ("usage", "dod", "wow", "Pattern of use")


def filled(text: str, cells: tuple[str, ...], missing: str = "leave_out", columns: tuple[str, ...] = READING) -> str:
    return writer(parse(text, columns), missing, {})(cells)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{usage} kWh, {dod}%", "12.5 kWh, 3%"),
        ("{Pattern of use}: {usage}", "steady: 12.5"),
        ("{ usage }", "12.5"),
        ("{{usage}} {usage}", "{usage} 12.5"),
        ("{{{usage}}}", "{12.5}"),
        ('{{"usage": "{usage}"}}', '{"usage": "12.5"}'),
        ("line\n\n  {usage}\t“é” \u2028 🙂\n", "line\n\n  12.5\t“é” \u2028 🙂\n"),
        ("{usage}{dod}{usage}", "12.5312.5"),
    ],
)
def test_a_text_is_filled_in(text: str, written: str) -> None:
    assert filled(text, ("12.5", "3", "4", "steady")) == written


def test_what_stands_in_a_cell_is_never_taken_for_a_column() -> None:
    assert filled("{usage} {dod}", ("{dod}", "{{usage}}\n{", "", "")) == "{dod} {{usage}}\n{"


@pytest.mark.parametrize(
    ("text", "column", "nearest"),
    [("{Usage}", "Usage", "usage"), ("{patern of use}", "patern of use", "Pattern of use"), ("{pattern}", "pattern", "Pattern of use")],
)
def test_a_column_that_does_not_exist_is_named_with_the_nearest(text: str, column: str, nearest: str) -> None:
    with pytest.raises(BadMapping) as wrong:
        parse(text, READING)
    assert wrong.value.params == {"columns": column, "nearest": nearest}


def test_a_column_like_no_other_is_named_alone() -> None:
    with pytest.raises(BadMapping) as wrong:
        parse("{xyzzy 42}", READING)
    assert wrong.value.params == {"columns": "xyzzy 42"}


@pytest.mark.parametrize("text", ["{", "}", "usage {", "{}", "{ }", '{"usage": 1}', "{\nusage\n", "a } b"])
def test_a_single_brace_is_explained(text: str) -> None:
    with pytest.raises(BadMapping, match="single brace") as wrong:
        parse(text, READING)
    assert wrong.value.params["example"] == "{usage}"


@pytest.mark.parametrize(
    ("text", "cells", "written"),
    [
        ("Usage: {usage}\nDay: {dod}\nWeek: {wow}", ("1", "nan", "3", ""), "Usage: 1\nWeek: 3"),
        ("Usage: {usage}, day: {dod}, week: {wow}.", ("1", "2", "NaN", ""), "Usage: 1, day: 2."),
        ("Usage: {usage}, day: {dod}, week: {wow}.", ("", "2", "3", ""), "day: 2, week: 3."),
        ("Usage: {usage}, day: {dod}, week: {wow}.", ("1", "", "3", ""), "Usage: 1, week: 3."),
        ("It used {usage} kWh. It rose by {dod}%. Advise.", ("1", " ", "", ""), "It used 1 kWh. Advise."),
        ("It used {usage} kWh (up {dod}% on the day before).", ("1", "", "", ""), "It used 1 kWh."),
        ("It used {usage} kWh (up {dod}%, {wow}% on the week).", ("1", "2", "", ""), "It used 1 kWh (up 2%, % on the week)."),
        ("From {usage} to {dod}", ("1", "", "", ""), "From 1 to"),
        ("Use {usage} {dod} here", ("1", "", "", ""), "Use 1 here"),
        ("As of today, it is {dod}.\nUsage {usage}", ("1", "", "", ""), "Usage 1"),
        ("Readings:\n- {usage}\n- {dod}\n\nAdvise.", ("1", "", "", ""), "Readings:\n- 1\n\nAdvise."),
        ("{usage}\n{dod}", ("", "null", "", ""), ""),
        ("v3.5 of {usage}.{dod}", ("1", "2", "", ""), "v3.5 of 1.2"),
    ],
)
def test_what_has_no_value_is_left_out_with_its_words(text: str, cells: tuple[str, ...], written: str) -> None:
    assert filled(text, cells) == written


def test_what_has_no_value_is_said_or_kept_where_that_is_wanted() -> None:
    text = "Usage: {usage}, day: {dod}"
    assert filled(text, ("1", "nan", "", ""), "say_unknown") == "Usage: 1, day: unknown"
    assert filled(text, ("1", "nan", "", ""), "as_written") == "Usage: 1, day: nan"
    assert filled(text, ("", "nan", "", ""), "as_written") == "Usage: , day: nan"
    for missing in ("leave_out", "say_unknown", "as_written"):
        assert filled(text, ("", " ", "", ""), missing) == "", "a row that asks nothing is found only if nothing is written for it"


def test_the_words_of_a_system_prompt_stay_where_its_column_is_missing() -> None:
    template = parse_prompt("Be brief.\nYou speak for {usage}.", READING)
    assert prompt_writer(template, "leave_out", {})(("", "", "", "")) == "Be brief."
    assert prompt_writer(template, "say_unknown", {})(("", "", "", "")) == "Be brief.\nYou speak for unknown."
    assert prompt_writer(template, "leave_out", {})(("Gym", "", "", "")) == "Be brief.\nYou speak for Gym."


@pytest.mark.parametrize("text", ['Answer as {"usage": …}', "Use {braces}, {{doubled}} ones, } and {", "{", "", "{}"])
def test_a_system_prompt_may_hold_braces_of_its_own(text: str) -> None:
    assert parse_prompt(text, READING).parts == ((text,) if text else ())


def test_a_mistyped_column_in_a_system_prompt_is_named() -> None:
    with pytest.raises(BadMapping) as wrong:
        parse_prompt("You advise on {patern of use}.", READING)
    assert wrong.value.params["nearest"] == "Pattern of use"


_TEXT = st.text(st.one_of(st.sampled_from('{}}{ab" \n,.('), st.characters(codec="utf-8")), max_size=30)
_NAMES = st.lists(st.text(st.sampled_from("abcusage {}"), min_size=1, max_size=8).map(str.strip).filter(bool), min_size=1, max_size=4)


@given(_TEXT, st.lists(st.sampled_from(["a", "usage", "a b", "us\nage"]), unique=True, min_size=1))
def test_a_text_can_always_be_meant_as_it_stands(text: str, columns: list[str]) -> None:
    template = parse_prompt(literal(text, columns), columns)
    assert "".join(str(part) for part in template.parts) == text and not template.columns


@given(_NAMES.map(lambda names: list(dict.fromkeys(names))), st.data())
def test_a_column_of_any_name_can_be_put_in(columns: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(columns) - 1))
    assert parse(f"<{placeholder(columns[at])}>", columns).parts == ("<", at, ">")


@given(st.lists(st.one_of(_TEXT, st.sampled_from([0, 1, 2])), max_size=8), st.lists(st.tuples(*[_TEXT] * 3), min_size=1, max_size=5))
def test_format_then_parse_gives_the_same_examples_for_any_template(pieces: list[str | int], rows: list[tuple[str, ...]]) -> None:
    columns = ("a", "b c", "usage")
    text = "".join(placeholder(columns[part]) if isinstance(part, int) else part.replace("{", "{{").replace("}", "}}") for part in pieces)
    table = Table((*columns, "told"), [(*row, "yes") for row in rows], range(2, len(rows) + 2))
    made = make_examples(table, Mapping((), ("told",), "", question_template=text + " {a}", missing="as_written"))
    whole = "".join(part for part in pieces if isinstance(part, str))
    for one, row in zip(made, rows, strict=True):
        values = [*(row[part] if isinstance(part, int) else part for part in pieces), " ", row[0]]
        needed = {row[part] for part in pieces if isinstance(part, int)} | {row[0]}
        assert one.question == ("".join(values) if any(cell.strip() for cell in needed) else ""), whole
    parsed = parse_jsonl(write_jsonl(made))
    assert parsed.findings == () and [one.messages for one in parsed.examples] == [one.messages for one in made]


_CELLS = st.one_of(st.sampled_from(["", "nan", " ", "NaT"]), _TEXT)


@given(st.tuples(*[_CELLS] * 4), st.sampled_from(["leave_out", "say_unknown", "as_written"]))
def test_leaving_out_never_changes_a_row_in_which_nothing_is_missing(cells: tuple[str, ...], missing: str) -> None:
    text = "A: {usage}, b: {dod} (c {wow}).\nD {Pattern of use}! End"
    whole = f"A: {cells[0]}, b: {cells[1]} (c {cells[2]}).\nD {cells[3]}! End"
    found = filled(text, cells, missing)
    if not any(cell.strip().lower() in ("", "nan", "nat") for cell in cells):
        assert found == whole
    for cell in cells:
        assert not cell.strip() or cell.strip().lower() in ("nan", "nat") or cell in found


def test_an_answer_of_a_template_is_blank_where_nothing_is_there() -> None:
    table = Table(("q", "top", "sub"), [("Why?", "Fees", "Card"), ("Where?", "Cards", "nan"), ("How?", "", "")], range(2, 5))
    mapping = Mapping(("q",), (), "", answer_template="{top}, {sub}")
    assert [one.answer for one in make_examples(table, mapping)] == ["Fees, Card", "Cards", ""]
    with pytest.raises(BadMapping, match="both question and answer"):
        make_examples(table, Mapping((), ("top",), "", question_template="{q} {top}"))
    with pytest.raises(BadMapping, match="no column in it") as wrong:
        make_examples(table, Mapping(("q",), (), "", answer_template="Yes."))
    assert wrong.value.params["where"] == "answer_template"


def test_a_system_prompt_with_a_column_differs_by_row() -> None:
    table = Table(("q", "a", "who"), [("1?", "one", "Marv"), ("2?", "two", "Eve"), ("3?", "three", "")], range(2, 5))
    made = make_examples(table, Mapping(("q",), ("a",), "You are {who}."))
    assert [one.system for one in made] == ["You are Marv.", "You are Eve.", ""]
    assert len(made[2].messages) == 2, "an empty prompt is no message"
    with pytest.raises(BadMapping, match="both"):
        make_examples(table, Mapping(("q",), ("a",), "Say {a}."))


def test_a_suggested_prompt_is_no_template() -> None:
    table = Table(("q", "a"), [(f"What is {at}?", ("{q}", "no")[at % 2]) for at in range(20)], range(2, 22))
    made = make_examples(table, Mapping(("q",), ("a",)))
    assert made[0].system == "Classify the message. Answer with one of these labels: {q}, no."
    assert json.loads(write_jsonl(made).splitlines()[0])["messages"][0]["content"] == made[0].system
