"""From bytes and a draft to what the page shows and what is saved, for small files and as a task for large ones."""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.chat_format import parse_jsonl
from core.base.errors import BadMapping, InputError, TooFewExamples, UnreadableFile
from core.io.tasks import look_at_task, start_task, task_result
from core.io.workspace import Task, Workspace, open_workspace
from core.prepare.checks import CHECKS
from core.prepare.dataset import build
from core.prepare.draft import Draft, Step
from core.prepare.mapping import Mapping
from core.prepare.prepared import Prepared, finding_from_json, overview
from core.prepare.work import is_small, prepare, prepare_draft, save
from tests.prepare.builders import csv_bytes, labelled

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAIRS = labelled(60)
TABLE = csv_bytes([("id", "question", "label"), *((str(i), *pair) for i, pair in enumerate(PAIRS))])
CHAT = b"".join(
    json.dumps({"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]}).encode() + b"\n" for q, a in PAIRS[:20]
)


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path) as workspace:
        yield workspace


def stages() -> tuple[list[tuple[int, int]], Any]:
    seen: list[tuple[int, int]] = []
    return seen, lambda done, total: seen.append((done, total))


def test_a_table_is_prepared_without_one_choice() -> None:
    seen, progress = stages()
    prepared = prepare_draft(TABLE, "a.csv", progress=progress)
    assert prepared.problem is None and prepared.verdict.word == "ready"
    assert prepared.mapping == Mapping(
        ("question",), ("label",), "Classify the message. Answer with one of these labels: Cards, Fees, Loans."
    )
    assert [(one.question, one.answer, one.row) for one in prepared.examples] == [(q, a, row) for row, (q, a) in enumerate(PAIRS, 2)]
    assert prepared.split is not None and (len(prepared.split.train), len(prepared.split.validation), len(prepared.split.test)) == (
        36,
        6,
        18,
    )
    total = 3 + len(CHECKS)
    assert seen == [(done, total) for done in range(1, total + 1)], "reading, changing, each check, splitting"


def test_it_is_a_pure_function_of_file_and_draft() -> None:
    draft = {"split": {"seed": 5}, "steps": [{"repair": "drop_duplicates"}]}
    assert overview(prepare_draft(TABLE, "a.csv", draft)) == overview(prepare_draft(TABLE, "a.csv", Draft.from_dict(draft)))
    assert prepare_draft(TABLE, "a.csv", {"split": {"seed": 6}}).split != prepare_draft(TABLE, "a.csv", draft).split


def test_columns_that_make_no_examples_still_show_the_table() -> None:
    numbers = csv_bytes([("x", "y", "z"), *((f"{i}.5", f"{i * 7 % 5}.25", f"{i % 3}.75") for i in range(30))])
    prepared = prepare_draft(numbers, "a.csv")
    assert isinstance(prepared.problem, BadMapping) and prepared.verdict.word == "not_ready"
    shown = overview(prepared)
    assert [column["kind"] for column in shown["source"]["columns"]] == ["number"] * 3
    assert shown["problem"]["message"] and shown["problem"]["hint"] and shown["lines"] == [] and shown["split"] is None
    chosen = prepare_draft(numbers, "a.csv", {"mapping": {"question": ["x", "y"], "answer": ["z"]}})
    assert chosen.problem is None and chosen.examples[0].question == "x: 0.5\ny: 0.25"


def test_a_mapping_for_another_file_is_said_not_raised() -> None:
    prepared = prepare_draft(TABLE, "a.csv", {"mapping": {"question": ["Frage"], "answer": ["label"]}})
    assert prepared.problem is not None and "Frage" in str(prepared.problem)


def test_what_cannot_be_read_is_raised() -> None:
    with pytest.raises(UnreadableFile):
        prepare_draft(b"%PDF-1.4", "a.pdf")


def test_repairs_of_the_draft_are_applied_and_logged() -> None:
    doubled = TABLE + csv_bytes([("99", *PAIRS[0]), ("99", "Is that so?", "")])
    before = prepare_draft(doubled, "a.csv")
    assert {finding.code for finding in before.findings} == {"duplicates", "empty_answer"}
    steps = [{"repair": "drop_duplicates"}, {"repair": "drop_empty"}, {"repair": "of_another_version"}]
    after = prepare_draft(doubled, "a.csv", {"steps": steps})
    told = [(step.step.repair, step.rows, step.unknown) for step in after.applied]
    assert told == [("drop_duplicates", (62,), False), ("drop_empty", (63,), False), ("of_another_version", (), True)]
    assert (after.n_before, len(after.examples), after.findings) == (62, 60, ())


def test_findings_of_reading_go_with_their_rows() -> None:
    ragged = TABLE + b"98,Only a question\n97,one,Fees,more\n"
    found = {finding.code: finding.rows for finding in prepare_draft(ragged, "a.csv").findings}
    assert found == {"ragged_rows": (62, 63), "empty_answer": (62,)}
    some = prepare_draft(ragged, "a.csv", {"steps": [{"repair": "drop_empty"}]})
    assert {finding.code: finding.rows for finding in some.findings} == {"ragged_rows": (63,)}
    none = prepare_draft(ragged, "a.csv", {"steps": [{"repair": "leave_out", "rows": [62, 63]}]})
    assert none.findings == () and none.verdict.word == "ready"


def test_lines_left_out_are_accepted_by_a_step() -> None:
    broken = CHAT + b'{"messages": [\n'
    prepared = prepare_draft(broken, "chat.jsonl")
    assert prepared.verdict.word == "ready_but" and prepared.findings[0].rows == (21,)
    accepted = prepare_draft(broken, "chat.jsonl", {"steps": [{"repair": "drop_bad_lines"}]})
    assert accepted.verdict.word == "ready" and accepted.findings[0].severity == "info"


def test_a_chat_file_takes_the_users_system_prompt() -> None:
    prepared = prepare_draft(CHAT, "chat.jsonl", {"system": {"mode": "set", "text": "Sort it."}})
    assert prepared.mapping is None and prepared.system_prompt == "Sort it."
    assert {one.system for one in prepared.examples} == {"Sort it."}
    assert prepare_draft(CHAT, "chat.jsonl").system_prompt == ""


def test_the_minimum_of_the_connection_counts() -> None:
    few = csv_bytes([("question", "label"), *PAIRS[:8]])
    assert prepare_draft(few, "a.csv").verdict.word == "not_ready"
    enough = prepare_draft(few, "a.csv", min_examples=5)
    assert enough.verdict.word == "ready" and enough.split is not None and len(enough.split.test) == 3


def test_what_the_page_gets_is_plain_bounded_json() -> None:
    many = csv_bytes([("question", "label"), *((f"{q} {'long ' * 300}", a) for q, a in labelled(3_000)), *[("again?", "Fees")] * 900])
    shown = overview(prepare_draft(many, "a.csv"))
    assert json.loads(json.dumps(shown)) == shown
    assert len(json.dumps(shown)) < 300_000
    finding = next(finding for finding in shown["findings"] if finding["code"] == "duplicates")
    assert finding["n"] == 899 and len(finding["rows"]) == 200 and finding["family"] == "twins"
    again = finding_from_json(finding)
    assert again.params["n"] == 899 and again.repair == "drop_duplicates" and again.rows[0] == 3003
    assert len(shown["source"]["preview"]) == 100 and shown["source"]["preview"][0]["row"] == 2


def test_files_parse_back_to_the_examples() -> None:
    prepared = prepare_draft(TABLE, "a.csv")
    assert prepared.split is not None
    files = build(prepared.examples, prepared.split)
    for data, indices in (
        (files.train, prepared.split.train),
        (files.validation, prepared.split.validation),
        (files.test, prepared.split.test),
    ):
        assert data is not None
        parsed = parse_jsonl(data)
        assert parsed.findings == ()
        assert [one.messages for one in parsed.examples] == [prepared.examples[index].messages for index in indices]
    assert files.hashes["train"] == hashlib.sha256(files.train).hexdigest()


def test_the_task_gives_what_the_page_gets_for_a_small_file(ws: Workspace) -> None:
    source = ws.put_file(TABLE, "a.csv", now=NOW)
    seen, progress = stages()
    args = {"source": source.sha256, "name": "a.csv", "draft": {"split": {"seed": 3}}, "min_examples": 10}
    told = prepare(ws, args, progress)
    assert told.pop("kept")["seed"] == 3, "what saving needs"
    assert told == overview(prepare_draft(TABLE, "a.csv", {"split": {"seed": 3}}))
    assert seen[-1] == (3 + len(CHECKS), 3 + len(CHECKS))


def test_saving_records_everything_that_led_to_it(ws: Workspace) -> None:
    data = TABLE + csv_bytes([("99", *PAIRS[0])])
    source, project = ws.put_file(data, "a.csv", now=NOW), ws.create_project("Mine", now=NOW)
    draft = Draft(steps=(Step("drop_duplicates"),), seed=7).to_dict()
    args = {"source": source.sha256, "name": "a.csv", "draft": draft, "project": project.id}
    saved = ws.dataset(save(ws, args, lambda done, total: None, clock=lambda: NOW)["dataset_id"])
    prepared = prepare_draft(data, "a.csv", draft)
    assert prepared.split is not None
    assert saved.counts == {"train": 36, "validation": 6, "test": 18}
    assert saved.settings["steps"] == [{"repair": "drop_duplicates"}]
    assert saved.settings["applied"] == [{"repair": "drop_duplicates", "rows": [62], "n": 1}]
    assert saved.settings["mapping"]["answer"] == ["label"] and saved.system_prompt == prepared.system_prompt
    assert saved.shape["kind"] == "label" and saved.split["seed"] == 7
    assert saved.test_sha is not None
    lines = parse_jsonl(ws.read_file(saved.test_sha)).examples
    rows = saved.split["rows"]["test"]
    assert [PAIRS[row - 2][0] for row in rows] == [line.question for line in lines], "line n of the file is row n of the list"
    assert [prepared.examples[index].row for index in saved.split["indices"]["test"]] == rows
    again = save(ws, args, lambda done, total: None, clock=lambda: NOW)
    assert again["dataset_id"] == saved.id, "the same content twice is one data set"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (csv_bytes([("question", "label"), *PAIRS[:7]]), TooFewExamples),
        (csv_bytes([("question", "label"), *PAIRS, ("What?", "")]), BadMapping),
        (csv_bytes([("x", "y"), *((f"{i}.5", f"{i % 3}.5") for i in range(30))]), BadMapping),
    ],
)
def test_what_is_not_ready_is_not_saved(ws: Workspace, data: bytes, error: type[InputError]) -> None:
    source, project = ws.put_file(data, "a.csv", now=NOW), ws.create_project("Mine", now=NOW)
    with pytest.raises(error):
        save(ws, {"source": source.sha256, "name": "a.csv", "draft": {}, "project": project.id}, lambda done, total: None)
    assert ws.datasets(project.id) == []


def finished(ws: Workspace, kind: str, args: dict[str, Any]) -> Task:
    task = start_task(ws, kind, args, datetime.now(UTC))
    until = time.monotonic() + 60
    while not task.is_over and time.monotonic() < until:
        time.sleep(0.05)
        task = look_at_task(ws, task.id, datetime.now(UTC))
    return task


@pytest.mark.slow
def test_large_files_are_prepared_and_saved_in_a_process_of_their_own(ws: Workspace) -> None:
    data = csv_bytes([("question", "label"), *labelled(6_000)])
    source, project = ws.put_file(data, "large.csv", now=NOW), ws.create_project("Large", now=NOW)
    ws.update_project(project.id, NOW, source=source.sha256, source_name="large.csv")
    args = {"source": source.sha256, "name": "large.csv", "draft": {}, "min_examples": 10}
    task = finished(ws, "core.prepare.work:prepare", args)
    assert task.state == "done" and task.done == task.total == 3 + len(CHECKS)
    shown = task_result(ws, task)
    assert (shown["n"], shown["verdict"]["word"]) == (6_000, "ready")
    assert shown.pop("kept") and shown == overview(prepare_draft(data, "large.csv"))
    saved = finished(ws, "core.prepare.work:save", {**args, "project": project.id})
    assert saved.state == "done" and ws.dataset(saved.result["dataset_id"]).counts["test"] == shown["split"]["test"]


@pytest.mark.slow
def test_what_a_large_file_is_refused_for_arrives_in_words(ws: Workspace) -> None:
    source = ws.put_file(b"%PDF-1.4", "a.pdf", now=NOW)
    task = finished(ws, "core.prepare.work:prepare", {"source": source.sha256, "name": "a.pdf", "draft": {}})
    assert task.state == "failed" and isinstance(task.failure, UnreadableFile) and "PDF" in str(task.failure)


def test_small_files_are_told_from_large_ones() -> None:
    assert is_small(TABLE) and is_small(b"")
    assert not is_small(b"a,b\n" * 6_000) and not is_small(b"a,b\r" * 6_000) and not is_small(b"x" * 6_000_000)


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(["yes", "no", "1", "nan", ""])


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), min_size=1, max_size=30)),
    st.fixed_dictionaries(
        {"steps": st.lists(st.fixed_dictionaries({"repair": st.sampled_from(["drop_empty", "drop_duplicates", "x"])}), max_size=3)}
    ),
)
def test_no_table_makes_the_way_stumble(rows: list[list[str]], draft: dict[str, Any]) -> None:
    try:
        prepared = prepare_draft(csv_bytes(rows), "a.csv", draft)
    except InputError as refused:
        assert str(refused)
    else:
        assert isinstance(prepared, Prepared) and json.dumps(overview(prepared))
        if prepared.problem is None:
            assert len(prepared.examples) + sum(len(step.rows) for step in prepared.applied) == prepared.n_before


def test_a_suggested_prompt_follows_the_repairs_of_the_labels() -> None:
    pairs = [(q, "Biling" if at == 7 else a) for at, (q, a) in enumerate((q, {"Cards": "Billing"}.get(a, a)) for q, a in labelled(60))]
    data = csv_bytes([("question", "label"), *pairs])
    before = prepare_draft(data, "a.csv")
    assert "Biling" in before.system_prompt
    after = prepare_draft(data, "a.csv", Draft(steps=(Step("merge_spellings"),)))
    assert after.mapping is not None and after.mapping.system_prompt == after.system_prompt
    assert "Biling" not in after.system_prompt and {one.system for one in after.examples} == {after.system_prompt}
    own = Draft(mapping=Mapping(("question",), ("label",), before.system_prompt), steps=(Step("merge_spellings"),))
    assert prepare_draft(data, "a.csv", own).system_prompt == before.system_prompt, "one's own words are never touched"
