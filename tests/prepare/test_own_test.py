"""The user's own test file: it is the test, and what the training has seen of it is found and can be left out."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.base.leakage import seen_in_training
from core.base.types import Finding
from core.compare.rows import examples_of, seen
from core.io.workspace import Workspace, open_workspace
from core.prepare.draft import Draft, OwnTest, Step
from core.prepare.prepared import Prepared, overview
from core.prepare.repairs import step_for
from core.prepare.work import prepare_draft, prepare_from, save
from tests.prepare.builders import csv_bytes, labelled

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAIRS = [(f"{q} please", a) for q, a in labelled(60)]
HEAD = ("question", "label")
TRAIN = csv_bytes([HEAD, *PAIRS])
FRESH = [(f"A new question about {word}, number {word}?", "Fees") for word in ("boats", "trains", "houses", "gardens", "lamps")]
SEEN = [PAIRS[3], (PAIRS[7][0].upper(), PAIRS[7][1]), (PAIRS[9][0].removesuffix(" please"), PAIRS[9][1])]


def prepared(test: list[tuple[str, str]], *steps: Step) -> Prepared:
    draft = Draft(own_test=OwnTest("0" * 64, "mine.csv"), steps=steps)
    return prepare_draft(TRAIN, "a.csv", draft, test_data=csv_bytes([HEAD, *test]))


def by_code(result: Prepared) -> dict[str, Finding]:
    return {finding.code: finding for finding in result.findings}


def test_its_rows_are_the_test_and_no_others() -> None:
    result = prepared(FRESH)
    assert result.split is not None and result.split.test == () and len(result.split.train) == 54
    assert result.verdict.word == "ready" and len(result.own_test) == 5
    assert overview(result)["split"]["test"] == 5
    assert {line.label: line.test for line in result.balance} == {"Fees": 5, "Cards": 0, "Loans": 0}


def test_seen_rows_are_named_and_can_be_left_out_of_the_training() -> None:
    result = prepared([*FRESH, *SEEN])
    found = by_code(result)["test_rows_seen"]
    assert found.rows == (5, 9, 11) and found.severity == "warning"
    assert (found.params["tested"], found.params["seen"], found.params["exact"]) == (8, 3, 1)
    assert found.params["pairs"][0] == {"test_row": 7, "train_row": 5, "how": "exact"}
    mended = prepared([*FRESH, *SEEN], Step("drop_test_rows"))
    assert "test_rows_seen" not in by_code(mended) and len(mended.examples) == 57
    assert seen_in_training(mended.own_test, mended.examples) == []
    assert mended.applied[0].rows == (5, 9, 11)


def test_labels_that_are_not_taught_and_rows_that_cannot_be_asked() -> None:
    found = by_code(prepared([*FRESH, ("And this?", "fees"), ("What now?", "Insurance"), ("No label?", "")]))
    assert found["own_test_labels"].params == {"labels": ["fees", "Insurance"], "n_labels": 2, "rows_of_test": 2}
    assert found["own_test_blank"].params == {"rows_of_test": 1}


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"a,b\n1,2\n", b"%PDF-1.4"])
def test_a_file_that_does_not_fit_is_said_and_blocks(content: bytes) -> None:
    draft = Draft(own_test=OwnTest("0" * 64, "mine.csv"))
    result = prepare_draft(TRAIN, "a.csv", draft, test_data=content)
    assert by_code(result)["own_test_unreadable"].params == {"name": "mine.csv"}
    assert result.verdict.word == "not_ready"


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path) as workspace:
        yield workspace


def test_it_is_saved_as_the_test_with_its_own_rows(ws: Workspace) -> None:
    source, project = ws.put_file(TRAIN, "a.csv", now=NOW), ws.create_project("Mine", now=NOW)
    mine = ws.put_file(csv_bytes([HEAD, *FRESH, ("No label?", ""), SEEN[2]]), "mine.csv", now=NOW)
    draft = Draft(own_test=OwnTest(mine.sha256, "mine.csv"), groups=("question",)).to_dict()
    args = {"source": source.sha256, "name": "a.csv", "draft": draft, "project": project.id}
    saved = ws.dataset(save(ws, args, lambda done, total: None, clock=lambda: NOW)["dataset_id"])
    assert saved.counts["test"] == 6 and saved.split["rows"]["test"] == [2, 3, 4, 5, 6, 8]
    assert saved.split["own_test"] == {"sha": mine.sha256, "name": "mine.csv"}
    assert saved.split["together"] == {"twins": True, "groups": ["question"]}
    again = examples_of(ws, saved, "test")
    assert [(one.question, one.row) for one in again[:2]] == [(FRESH[0][0], 2), (FRESH[1][0], 3)]
    assert seen(ws, {"dataset": saved.id, "side": "test"}, lambda done, total: None) == [[5, 8, "near", 11]]


INSTRUCTION = "Sort the message."
CHATS = [
    {"messages": [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": q}, {"role": "assistant", "content": a}]}
    for q, a in labelled(40)
]


def _prepared_with(test: bytes, name: str, *steps: Step) -> Prepared:
    data = "\n".join(map(json.dumps, CHATS)).encode()
    return prepare_draft(data, "a.jsonl", Draft(own_test=OwnTest("0" * 64, name), steps=steps), test_data=test)


def test_the_own_test_is_masked_with_the_training_and_its_personal_data_is_told() -> None:
    rows = [("question", "label"), ("My mail is peter.pan@gmail.com, where is my card?", "Cards"), ("Where is my card now?", "Cards")]
    before = _prepared_with(csv_bytes(rows), "t.csv")
    found = next(one for one in before.findings if one.code == "own_test_personal")
    assert found.params["rows_of_test"] == 1 and "peter.pan" not in json.dumps(dict(found.params))
    step = step_for(found)
    assert step is not None
    after = _prepared_with(csv_bytes(rows), "t.csv", step)
    assert "peter.pan" not in "".join(message.content for one in after.own_test for message in one.messages)
    assert not [one for one in after.findings if one.code == "own_test_personal"]


def test_the_own_test_is_asked_as_the_model_was_taught() -> None:
    rows = [("question", "label"), ("  Where is my card? ", "cards"), ("Who pays the fee?", "Fees")]
    after = _prepared_with(csv_bytes(rows), "t.csv", Step("trim"))
    assert {one.system for one in after.own_test} == {INSTRUCTION}, "a table beside conversations gets their instruction"
    assert after.own_test[0].question == "Where is my card?", "a repair of texts holds for the test as well"


def test_a_test_file_without_one_usable_row_stops_the_saving() -> None:
    blank = {"messages": [{"role": "user", "content": "Where is my card?"}, {"role": "assistant", "content": ""}]}
    after = _prepared_with(json.dumps(blank).encode(), "t.jsonl")
    assert after.verdict.word == "not_ready"
    assert next(one for one in after.findings if one.code == "own_test_blank").severity == "error"


def test_a_test_file_that_is_gone_is_told_and_can_be_taken_away(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as ws:
        stored = ws.put_file("\n".join(map(json.dumps, CHATS)).encode(), "a.jsonl", now=datetime(2026, 11, 25, tzinfo=UTC))
        draft = Draft(own_test=OwnTest("0" * 64, "gone.csv")).recipe()
        prepared = prepare_from(ws, {"source": stored.sha256, "name": "a.jsonl", "draft": draft})
    assert [one.code for one in prepared.findings if one.severity == "error"] == ["own_test_unreadable"]
