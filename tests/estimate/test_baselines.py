"""What the user's own rows give for nothing: labels, free text, and data that have no baseline."""

import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.base.chat_format import write_jsonl
from core.base.types import Example, Message
from core.estimate.baselines import REPEATS, baselines, closeness, measure
from core.io.kept_baselines import kept_baselines
from core.io.workspace import open_workspace
from core.prepare.work import prepare_draft

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def example(question: str, answer: str, row: int = 1, *, system: str = "", before: Sequence[Message] = ()) -> Example:
    said = [Message("system", system)] if system else []
    return Example((*said, *before, Message("user", question), Message("assistant", answer)), row)


def labelled(rows: int = 60) -> list[Example]:
    kinds = {"refund": "money back for", "delivery": "where is", "invoice": "the bill of"}
    return [example(f"{kinds[kind]} order {i}", kind, i + 2) for i, kind in zip(range(rows), itertools.cycle(kinds), strict=False)]


def test_labels_get_three_baselines_with_intervals() -> None:
    found = baselines(labelled())
    assert [one.kind for one in found.baselines] == ["majority", "nearest", "classifier"]
    assert (found.rows, found.questions, found.repeats) == (60, 60, REPEATS)
    assert found.best is not None
    assert found.best.whole.share > 0.9
    for one in found.baselines:
        assert one.whole.low <= one.whole.share <= one.whole.high
    assert found.reason is not None
    assert found.seconds > found.learning > 0


def test_the_bank_example_field_by_field() -> None:
    prepared = prepare_draft((SAMPLES / "bank_support.csv").read_bytes(), "bank_support.csv")
    found = baselines(prepared.examples, seconds=0.0)  # one fold
    assert set(found.baselines[0].fields) == {"Top Category", "Sub Category"}
    assert found.seen
    assert found.repeats == 1


def test_a_system_prompt_that_differs_is_a_part_of_the_question() -> None:
    rows = [
        example("number", "yes" if i % 2 else "no", system="Always agree." if i % 2 else f"Deny whatever comes, {i}.") for i in range(40)
    ]
    found = baselines(rows)
    assert found.questions == 21
    assert found.baselines[2].whole.share == 0.5  # the one prompt that all "yes" share cannot be told when it is held back


@pytest.mark.parametrize("key", ["tool_calls", "function_call"])
def test_conversations_that_call_tools_have_none(key: str) -> None:
    called = Message("assistant", "", {key: [{"id": "1"}]})
    assert baselines([*labelled(), example("what time is it", "noon", before=[Message("user", "hi"), called])]).nothing == "tools"
    assert baselines([example("a", "b", before=[Message("tool", "12:00")])]).nothing == "tools"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "too_few"),
        ([("a", "")], "too_few"),
        ([("a", "x"), ("A!", "y")], "too_few"),
        ([(f"question {i}", "same") for i in range(9)], "one_answer"),
        ([("same", '{"k": "x"}')] * 30 + [("other", "no json")], "too_few"),
    ],
)
def test_where_nothing_can_be_measured_it_says_why(rows: list[tuple[str, str]], why: str) -> None:
    found = baselines([example(question, answer) for question, answer in rows])
    assert found.nothing == why
    assert found.best is None


def test_of_very_many_rows_some_are_drawn_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.estimate.baselines.MOST", 50)
    found = baselines(labelled(80))
    assert (found.rows, found.drawn_from) == (50, 80)
    assert baselines(labelled(50)).drawn_from == 0
    assert found.baselines == baselines(labelled(80)).baselines


class TestFreeText:
    def test_the_nearest_answer_is_closer_than_any(self) -> None:
        topics = ("the boiler in the cellar", "the lift on the second floor", "the door to the street")
        rows = []
        for i in range(45):
            topic = topics[i % 3]
            rows.append((f"{topic}, complaint {i}", f"We shall send somebody to look at {topic} on day {i} of the month."))
        found = baselines([example(question, answer) for question, answer in rows])
        close = found.closeness
        assert close is not None
        assert found.baselines == ()
        assert close.n == 45
        assert close.nearest.low <= close.nearest.share <= close.nearest.high
        assert close.nearest.share > close.other + 0.1

    def test_twins_are_never_looked_up(self) -> None:
        words = ["".join(letters) for letters in itertools.product("abcd", "efgh", "ijkl")]
        questions = [f"{word} {word[::-1]}" for word in words]
        answers = [f"{i:x}" * 9 for i in range(len(words))]
        alone, doubled = closeness(questions, answers), closeness(questions * 2, answers * 2)
        assert doubled.nearest.share < alone.nearest.share + 0.1 < 0.5

    def test_the_same_seed_gives_the_same(self) -> None:
        questions, answers = [f"about {i}" for i in range(30)], [f"an answer of {i} words" for i in range(30)]
        assert closeness(questions, answers, seed=1) == closeness(questions, answers, seed=1)

    def test_any_text(self) -> None:
        rows = [
            example(text, f"{text} answer that nobody else gives, number {i}") for i, text in enumerate(["", "🙂", "\ud800", "手数料", "a"])
        ]
        assert baselines(rows).closeness is not None


def test_the_work_keeps_what_it_found_by_the_hash_of_the_file(own_home: Path) -> None:
    told: list[tuple[int, int]] = []
    with open_workspace(own_home) as ws:
        sha = ws.put_file(write_jsonl(labelled()), "train.jsonl", now=NOW).sha256
        assert kept_baselines(ws, sha) is None
        result = measure(ws, {"sha": sha}, lambda done, total: told.append((done, total)))
        kept = kept_baselines(ws, sha)
    assert kept is not None
    assert json.loads(json.dumps(result)) == json.loads(json.dumps(kept.to_json()))
    assert told[-1][0] == told[-1][1]
