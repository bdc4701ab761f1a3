"""The data set in other people's formats: every line as documented, nothing bent to fit, nothing lost silently."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.chat_format import parse_jsonl
from core.base.errors import BadSetting
from core.base.export import restore
from core.base.types import Example, Message
from core.prepare.exports import CSV, SIDES, archive, as_csv, change_log, dialects, export
from core.prepare.reading import read_table

PLAIN = Example((Message("system", "Be brief."), Message("user", "Why?"), Message("assistant", "Because.")), 2)
TALK = Example((Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "Bye"), Message("assistant", "See you")), 3)
WEIGHED = Example(
    (Message("user", "a"), Message("assistant", "b", {"weight": 0}), Message("user", "c"), Message("assistant", "d", {"weight": 1})), 4
)
CALL = Example((Message("user", "sum"), Message("assistant", "", {"tool_calls": [{"id": "x"}]})), 5, {"tools": [{"type": "function"}]})
TWICE = Example((Message("user", "a"), Message("user", "b"), Message("assistant", "c")), 6)
ALL = (PLAIN, TALK, WEIGHED, CALL, TWICE)
FORMATS = tuple(one.id for one in dialects().values() if not one.pairs)
PAIRS = tuple(one.id for one in dialects().values() if one.pairs)
WORSE = Message("assistant", "No idea.")
PAIR = replace(PLAIN, rejected=(WORSE,))


def lines(dialect: str, *examples: Example) -> list[dict[str, Any]]:
    made = export(dialect, {"train": examples})
    return [json.loads(line) for line in made.files.get("train.jsonl", b"").decode().splitlines()]


def test_the_own_format_carries_everything() -> None:
    made = export("openai", {"train": ALL})
    assert made.left_out == {}
    assert [one.messages for one in parse_jsonl(made.files["train.jsonl"]).examples] == [one.messages for one in ALL]


@pytest.mark.parametrize("dialect", FORMATS)
def test_no_row_is_lost_silently(dialect: str) -> None:
    made = export(dialect, {"train": ALL, "test": (PLAIN,)})
    written = len(made.files.get("train.jsonl", b"").splitlines())
    assert written + len(made.left_out.get("train", ())) == len(ALL)
    assert set(made.files) == {"train.jsonl", "test.jsonl"}, "a side without rows has no file"
    known = dialects()[dialect]
    assert (4 in made.left_out.get("train", ())) != known.weight
    assert (5 in made.left_out.get("train", ())) != known.tools


@pytest.mark.parametrize("dialect", ["together", "fireworks", "mistral", "messages"])
def test_messages_take_turns_after_one_system_prompt(dialect: str) -> None:
    first, second = lines(dialect, PLAIN, TALK)
    assert first == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Why?"},
            {"role": "assistant", "content": "Because."},
        ]
    }
    assert [turn["role"] for turn in second["messages"]] == ["user", "assistant"] * 2
    assert export(dialect, {"train": (TWICE,)}).left_out == {"train": (6,)}


def test_mistral_is_told_what_is_not_to_be_learned() -> None:
    assert [turn.get("weight") for turn in lines("mistral", WEIGHED)[0]["messages"]] == [None, 0, None, 1]


def test_sharegpt_and_alpaca() -> None:
    assert lines("sharegpt", PLAIN) == [
        {"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "Because."}], "system": "Be brief."}
    ]
    assert lines("alpaca", PLAIN, TALK) == [
        {"instruction": "Why?", "input": "", "output": "Because.", "system": "Be brief."},
        {"instruction": "Bye", "input": "", "output": "See you", "history": [["Hi", "Hello"]]},
    ]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=6))
def test_every_text_comes_through_whole(pairs: list[tuple[str, str]]) -> None:
    data = tuple(Example((Message("user", question), Message("assistant", answer)), row) for row, (question, answer) in enumerate(pairs, 2))
    for dialect in FORMATS:
        made = export(dialect, {"train": data})
        read = [json.loads(line) for line in made.files["train.jsonl"].decode().split("\n") if line]
        assert len(read) == len(data)
        if dialect == "alpaca":
            assert [(one["instruction"], one["output"]) for one in read] == pairs
    table = pd.read_csv(io.BytesIO(as_csv({"train": data})), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for (question, answer), line in zip(pairs, table.itertuples(), strict=True):
        same = [text.replace("\r\n", "\n").replace("\r", "\n") for text in (question, answer)]
        shown = [restore(text).replace("\r\n", "\n").replace("\r", "\n") for text in (str(line.question), str(line.answer))]
        if "\x00" not in question + answer:
            assert shown == same


def test_a_table_runs_nothing_and_keeps_earlier_turns() -> None:
    evil = Example((Message("user", "=HYPERLINK(1)"), Message("assistant", "@SUM(1)")), 2)
    text = export(CSV, {"train": (evil, TALK)}).files["data.csv"].decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text and "'@SUM(1)" in text
    assert "user: Hi" in text and '"Bye"' in text


def test_an_archive_is_the_same_for_the_same_files() -> None:
    files = export("openai", {"train": (PLAIN,)}).files
    packed = archive(files)
    assert packed == archive(files)
    assert zipfile.ZipFile(io.BytesIO(packed)).read("train.jsonl") == files["train.jsonl"]


def test_an_unknown_format_is_refused_in_words() -> None:
    with pytest.raises(BadSetting, match="papyrus"):
        export("papyrus", dict.fromkeys(SIDES, ()))


def test_every_format_names_its_source_and_day() -> None:
    for one in dialects().values():
        assert one.source.startswith("https://") and one.read.year >= 2026


def test_calls_of_tools_stand_among_the_earlier_turns_of_the_table() -> None:
    tools = Example(
        (
            Message("user", "What is 2 + 3?"),
            Message("assistant", "", {"tool_calls": [{"id": "add"}]}),
            Message("tool", "5"),
            Message("assistant", "Five."),
        ),
        9,
    )
    line = pd.read_csv(io.BytesIO(as_csv({"train": (tools,)})), dtype=str, keep_default_na=False, encoding="utf-8-sig").iloc[0]
    assert (line.question, line.answer) == ("What is 2 + 3?", "Five.")
    assert "tool: 5" in line.earlier_turns and '"add"' in line.earlier_turns


def test_what_was_masked_in_the_data_is_masked_in_the_change_log() -> None:
    steps = [{"repair": "edit", "rows": [2], "params": {"question": "Write to john.smith@gmail.com"}}, {"repair": "mask_personal"}]
    settings = {"steps": steps, "applied": [{"repair": "edit", "n": 1}, {"repair": "mask_personal", "n": 1}]}
    assert "john.smith" not in json.dumps(change_log(settings))
    assert change_log({"steps": steps[:1], "applied": []})["steps"] == steps[:1], "what nobody masked is told as it is"


def test_pairs_are_written_as_training_by_preference_reads_them() -> None:
    asked = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    better, worse = [{"role": "assistant", "content": "Because."}], [{"role": "assistant", "content": "No idea."}]
    assert lines("openai_pairs", PAIR) == [{"input": {"messages": asked}, "preferred_output": better, "non_preferred_output": worse}]
    assert lines("trl_pairs", PAIR) == [{"prompt": asked, "chosen": better, "rejected": worse}]


@pytest.mark.parametrize("dialect", PAIRS)
def test_what_is_no_whole_pair_is_left_out_and_counted(dialect: str) -> None:
    odd = (
        replace(WEIGHED, rejected=(WORSE,)),
        replace(PLAIN, row=7, rejected=(Message("assistant", "", {"tool_calls": [{"id": "x"}]}), Message("tool", "5"), WORSE)),
        replace(PLAIN, row=8, messages=PLAIN.messages[-1:], rejected=(WORSE,)),
        replace(PLAIN, row=9, extra={"id": 3}, rejected=(WORSE,)),
        replace(TALK, row=10),
    )
    made = export(dialect, {"train": (PAIR, *odd)})
    assert len(made.files["train.jsonl"].splitlines()) == 1 and made.left_out == {"train": tuple(one.row for one in odd)}
    tools = replace(PLAIN, row=11, extra={"tools": [{"type": "function"}]}, rejected=(WORSE,))
    assert export(dialect, {"train": (tools,)}).left_out == ({} if dialects()[dialect].tools else {"train": (11,)})


@pytest.mark.parametrize("dialect", FORMATS)
def test_every_other_format_holds_the_better_answer_alone(dialect: str) -> None:
    assert export(dialect, {"train": (PAIR,)}).files == export(dialect, {"train": (PLAIN,)}).files


def test_the_table_has_a_column_for_worse_answers() -> None:
    frame = pd.read_csv(io.BytesIO(as_csv({"train": (PAIR, TALK)})), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert list(frame["worse_answer"]) == ["No idea.", ""]
    assert b"worse_answer" not in as_csv({"train": (TALK,)})


_TEXT = st.text(min_size=1).filter(lambda text: bool(text.strip()))


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), _TEXT, _TEXT, _TEXT, _TEXT), min_size=1, max_size=5))
def test_pairs_that_were_written_are_read_as_the_same_examples(texts: list[tuple[str, ...]]) -> None:
    data = tuple(
        Example(
            (*([Message("system", system)] if system.strip() else []), Message("user", question), Message("assistant", better)),
            row,
            rejected=(Message("assistant", worse, {"name": name} if "n" in name else {}),),
        )
        for row, (system, question, better, worse, name) in enumerate(texts, 1)
    )
    plain = tuple(replace(one, rejected=(replace(one.rejected[0], extra={}),)) for one in data)
    assert read_table(export("openai_pairs", {"train": data}).files["train.jsonl"], "a.jsonl").examples == data
    assert read_table(export("trl_pairs", {"train": data}).files["train.jsonl"], "a.jsonl").examples == plain
