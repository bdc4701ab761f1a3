"""Records as other tools train from them: the preferred answer is taught, the other one is kept, and neither is lost on the way."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.base.chat_format import to_line
from core.base.errors import InputError, NotInWorkspace
from core.base.preference import write_pairs
from core.compare.rows import examples_of
from core.estimate.work import count, counted
from core.io.workspace import open_workspace
from core.prepare.dataset import build, sides, split_to_json
from core.prepare.draft import Draft, Step
from core.prepare.mapping import Mapping
from core.prepare.new_rows import new_rows
from core.prepare.prepared import overview
from core.prepare.reading import Choices, Source, read_table
from core.prepare.splitting import SIDES
from core.prepare.work import prepare_draft, save
from tests.prepare.packed import parquet

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
USER = {"role": "user", "content": "How?"}
GOOD = {"role": "assistant", "content": "So."}
BAD = {"role": "assistant", "content": "Who cares?"}
TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]


def read(*records: Any, name: str = "a.jsonl", choices: Choices | None = None) -> Source:
    data = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
    return read_table(data, name, choices=choices or Choices())


def said(source: Source) -> list[list[tuple[str, str]]]:
    return [[(one.role, one.content) for one in example.messages] for example in source.examples]


def codes(source: Source) -> list[str]:
    return [reason.code for reason in source.decisions]


PREFERENCES: dict[str, dict[str, Any]] = {
    "OpenAI's": {"input": {"messages": [USER]}, "preferred_output": [GOOD], "non_preferred_output": [BAD]},
    "texts": {"prompt": "How?", "chosen": "So.", "rejected": "Who cares?"},
    "input and outputs as texts": {"input": "How?", "preferred_output": "So.", "non_preferred_output": "Who cares?"},
    "turns after a prompt": {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
    "whole conversations": {"prompt": "How?", "chosen": [USER, GOOD], "rejected": [USER, BAD]},
    "whole conversations without a prompt": {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
    "one text of both speakers": {"chosen": "\n\nHuman: How?\n\nAssistant: So.", "rejected": "\n\nHuman: How?\n\nAssistant: Who cares?"},
    "ShareGPT's turns": {
        "conversations": [],
        "prompt": [{"from": "human", "value": "How?"}],
        "chosen": [{"from": "gpt", "value": "So."}],
        "rejected": [{"from": "gpt", "value": "Who cares?"}],
    },
}


@pytest.mark.parametrize("kind", PREFERENCES)
def test_of_a_preference_pair_the_better_answer_is_taught_and_the_other_kept(kind: str) -> None:
    source = read(PREFERENCES[kind], PREFERENCES[kind])
    assert said(source) == [[("user", "How?"), ("assistant", "So.")]] * 2
    assert "preference_pairs" in codes(source) and source.findings == ()
    first = source.examples[0]
    assert [(one.role, one.content) for one in first.rejected] == [("assistant", "Who cares?")]
    assert to_line(first) == '{"messages": [{"role": "user", "content": "How?"}, {"role": "assistant", "content": "So."}]}'


def test_what_the_worse_answer_was_survives_the_whole_way_of_a_draft() -> None:
    records = [{"prompt": f"How is number {n}?", "chosen": f"So {n}.", "rejected": f"Never {n}.", "score": n} for n in range(12)]
    data = json.dumps(records).encode()
    prepared = prepare_draft(data, "a.json", Draft(system_mode="replace", system_prompt="Be kind."))
    assert [example.rejected[0].content for example in prepared.examples] == [f"Never {n}." for n in range(12)]
    assert prepared.examples[0].system == "Be kind."
    left = next(reason for reason in prepared.source.decisions if reason.code == "fields_left_out")
    assert left.params == {"columns": ["score"]}


def test_tools_of_a_preference_pair_stay_in_its_line() -> None:
    (only,) = read({"input": {"messages": [USER], "tools": TOOLS}, "preferred_output": [GOOD], "non_preferred_output": [BAD]}).examples
    assert only.extra == {"tools": TOOLS}


def test_sharegpt_with_its_spellings_of_who_speaks() -> None:
    turns = [
        {"from": "system", "value": "Be brief."},
        {"from": "human", "value": "How?"},
        {"from": "gpt", "value": "So.", "weight": 0},
        {"from": "User", "value": "Why?"},
        {"from": "chatgpt", "value": "Thus."},
    ]
    source = read({"id": "x1", "conversations": turns}, {"id": "x2", "conversations": turns[1:3]}, {"id": "x3", "conversation": turns[1:]})
    assert said(source)[0] == [
        ("system", "Be brief."),
        ("user", "How?"),
        ("assistant", "So."),
        ("user", "Why?"),
        ("assistant", "Thus."),
    ]
    assert source.examples[0].messages[2].extra == {"weight": 0}
    assert codes(source)[-2:] == ["sharegpt", "fields_left_out"] and source.decisions[-1].params == {"columns": ["id"]}


def test_chat_lines_with_turns_of_sharegpt() -> None:
    source = read({"messages": [{"from": "human", "value": "How?"}, {"from": "gpt", "value": "So."}]})
    assert said(source) == [[("user", "How?"), ("assistant", "So.")]]


def test_alpaca_with_a_system_prompt_and_what_was_said_before() -> None:
    record = {"instruction": "And why?", "input": "", "output": "Thus.", "system": "Be brief.", "history": [["How?", "So."]]}
    assert said(read(record)) == [
        [("system", "Be brief."), ("user", "How?"), ("assistant", "So."), ("user", "And why?"), ("assistant", "Thus.")]
    ]


def test_prompts_of_turns_with_their_completions() -> None:
    source = read({"prompt": [USER], "completion": [GOOD]}, {"prompt": [USER], "completion": [GOOD]})
    assert said(source)[0] == [("user", "How?"), ("assistant", "So.")]


def test_prompts_and_completions_of_plain_text_are_columns_that_can_be_mapped() -> None:
    prepared = prepare_draft(b"".join(b'{"prompt": "How %d?", "completion": "So %d."}\n' % (n, n) for n in range(12)), "a.jsonl")
    assert prepared.mapping is not None
    assert (prepared.mapping.question, prepared.mapping.answer) == (("prompt",), ("completion",))


def test_a_record_of_another_layout_is_named_and_left_out() -> None:
    source = read(PREFERENCES["texts"], {"prompt": "No answer"}, [1], PREFERENCES["texts"], PREFERENCES["texts"])
    assert [example.row for example in source.examples] == [1, 4, 5]
    assert {finding.code: finding.rows for finding in source.findings} == {"not_chat": (2, 3)}
    assert all(example.rejected for example in source.examples)


def test_rows_keep_their_numbers_behind_a_broken_line() -> None:
    data = json.dumps(PREFERENCES["texts"]) + "\n{broken\n" + json.dumps({**PREFERENCES["texts"], "rejected": "Later."}) + "\n"
    source = read_table(data.encode(), "a.jsonl")
    assert [(example.row, example.rejected[0].content) for example in source.examples] == [(1, "Who cares?"), (3, "Later.")]
    assert {finding.code: finding.rows for finding in source.findings} == {"bad_json_line": (2,)}


@pytest.mark.parametrize("record", [{"question": "x", "answer": "y"}, {"instruction": "x", "label": "y"}, {"chosen": "x", "other": "y"}])
def test_other_records_stay_a_table(record: dict[str, str]) -> None:
    assert read(record, record).kind == "table"


def test_the_records_can_be_read_as_a_table_all_the_same() -> None:
    flat = read(PREFERENCES["texts"], choices=Choices(layout="table"))
    assert flat.table is not None and flat.table.columns == ("prompt", "chosen", "rejected")
    assert codes(flat)[-1] == "layout_table"
    data = b'{"instruction": "How?", "input": "x", "output": "So."}\n'
    mapping = Mapping(("instruction", "input"), ("output",), "Be brief.")
    (asked,) = new_rows(data, "a.jsonl", mapping, "Be brief.").examples
    assert asked.question == "instruction: How?\ninput: x", "a model that was trained from the table is asked as its training was"


def test_numbers_and_half_characters_in_a_conversation_are_text() -> None:
    data = b'{"instruction": "a \\ud83d b", "input": null, "output": "1.50"}\n' * 2 + b'{"conversations": 5}\n'
    first, _ = read_table(data, "a.jsonl").examples
    assert first.question == "a \ufffd b" and first.answer == "1.50"


def test_the_same_layouts_lie_in_parquet() -> None:
    source = read_table(parquet({"prompt": ["How?"] * 3, "chosen": [[USER, GOOD]] * 3, "rejected": [[USER, BAD]] * 3}), "a.parquet")
    assert said(source) == [[("user", "How?"), ("assistant", "So.")]] * 3
    assert source.format == "parquet" and source.examples[2].rejected[0].content == "Who cares?"
    flat = read_table(parquet({"instruction": ["Greet."], "input": [""], "output": ["Halo"]}), "a.parquet")
    assert said(flat) == [[("user", "Greet."), ("assistant", "Halo")]]


def test_no_nesting_makes_it_stumble() -> None:
    for odd in (
        {"messages": {"a": 1}},
        {"conversations": [{"from": ["x"], "value": {"y": None}}]},
        {"chosen": [{"role": 5}], "rejected": []},
    ):
        try:
            assert read(odd, odd).size
        except InputError as refused:
            assert str(refused)


def pairs_file(size: int = 24, **changed: str) -> bytes:
    records = [{"prompt": f"How is number {n}?", "chosen": f"So it is, {n}.", "rejected": f"Never {n}.", **changed} for n in range(size)]
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def test_a_data_set_knows_its_pairs_and_gives_the_worse_answers_back(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as ws:
        project = ws.create_project("Pairs", now=NOW, connection_id="this-machine")
        source = ws.put_file(pairs_file(), "a.jsonl", now=NOW).sha256
        args = {"source": source, "name": "a.jsonl", "draft": {}, "min_examples": 10, "project": project.id}
        dataset = ws.dataset(save(ws, args, lambda done, total: None, clock=lambda: NOW)["dataset_id"])
        assert dataset.is_pairs and dataset.pairs_train_sha is not None
        prepared = prepare_draft(pairs_file(), "a.jsonl")
        assert prepared.split is not None
        for side in SIDES:
            again = examples_of(ws, dataset, side)
            assert again == tuple(prepared.examples[at] for at in getattr(prepared.split, side)), side
            assert all(one.rejected for one in again)
        assert b"Never" not in ws.read_file(dataset.train_sha), "what a supervised training reads holds the better answers alone"
        assert ws.read_file(dataset.pairs_train_sha) == write_pairs(examples_of(ws, dataset, "train"))
        ask = {"sha": dataset.pairs_train_sha, "encoding": "o200k_base", "exact": True}
        both, alone = (counted(count(ws, {**ask, "sha": sha}, lambda done, total: None))[0] for sha in (ask["sha"], dataset.train_sha))
        assert both.total > alone.total and both.questions > 0 == alone.questions
        ws.remember_upload("https://api.example.org", str(dataset.pairs_train_sha), "file-1", NOW)
        assert [one.remote_id for one in ws.uploads_of(project.id)] == ["file-1"]
        ws.delete_project(project.id)
        with pytest.raises(NotInWorkspace):
            ws.read_file(str(dataset.pairs_train_sha))


def test_a_data_set_of_conversations_has_no_pairs() -> None:
    prepared = prepare_draft(b"".join(b'{"prompt": "How %d?", "completion": "So %d."}\n' % (n, n) for n in range(12)), "a.jsonl")
    assert prepared.split is not None
    assert build(prepared.examples, prepared.split).pairs == {}
    assert "pairs" not in split_to_json(prepared.split, sides(prepared.examples, prepared.split), Draft())


def test_personal_data_and_broken_letters_in_a_worse_answer_are_found_and_mended() -> None:
    data = pairs_file(rejected="Ask ann.lee@example.com at the cafÃ©.")
    prepared = prepare_draft(data, "a.jsonl")
    found = {finding.code: finding for finding in prepared.findings}
    assert found["personal_email"].count == found["mojibake"].count == 24
    steps = (Step("fix_mojibake"), Step("mask_personal"))
    mended = prepare_draft(data, "a.jsonl", Draft(steps=steps))
    assert {one.rejected[0].content for one in mended.examples} == {"Ask [EMAIL_1] at the café."}
    assert not {"personal_email", "mojibake"} & {finding.code for finding in mended.findings}
    preview = overview(prepared)["findings"][[finding.code for finding in prepared.findings].index("mojibake")]["preview"]
    assert preview[0]["after"] == {"worse": "Ask ann.lee@example.com at the café."}


def test_the_same_answer_beside_other_worse_ones_is_no_copy() -> None:
    records = [{"prompt": "How?", "chosen": "So.", "rejected": text} for text in ("Never.", "Never.", "Who cares?")]
    prepared = prepare_draft(pairs_file() + "".join(json.dumps(one) + "\n" for one in records).encode(), "a.jsonl")
    found = {finding.code: finding.rows for finding in prepared.findings}
    assert found["duplicates"] == (26,) and 27 not in found.get("near_duplicates", ())


def test_calls_of_tools_in_a_worse_answer_are_kept() -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "x", "type": "function"}]}
    (only,) = read({"input": {"messages": [USER]}, "preferred_output": [GOOD], "non_preferred_output": [call]}).examples
    assert only.rejected[0].extra == {"tool_calls": [{"id": "x", "type": "function"}], "content": None}
