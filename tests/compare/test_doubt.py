"""Which answers are doubted and why, and that doubted ones really are wrong more often."""

import csv
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.base.answers import AnswerShape, answer_kind
from core.base.families import taught
from core.base.replies import Prediction
from core.base.types import Example, Message, Reason
from core.compare.doubt import FEWEST, Doubt, Measured, Taught, doubts, from_task, measured, question_of
from core.compare.score import Judged, judge_all
from core.compare.text_rules import TextRule

PLACES = ("card", "loan", "transfer", "app", "branch")
DONE = ("lost", "late", "blocked", "slow", "closed", "wrong")


def example(row: int, question: str, answer: str) -> Example:
    return Example((Message("user", question), Message("assistant", answer)), row)


def labelled() -> list[Example]:
    """Thirty questions of five categories, each told by one word."""
    pairs = [(place, done) for place in PLACES for done in DONE]
    return [
        example(row, f"My {place} is {done} since day {row}", json.dumps({"about": place, "team": place[0]}))
        for row, (place, done) in enumerate(pairs, start=2)
    ]


TRAIN = labelled()
SHAPE = answer_kind([one.answer for one in TRAIN])
KNOWN = Taught.of(TRAIN, [], SHAPE)
TEXT = AnswerShape("text")
ADVICE = [example(row, f"usage_kwh: {row * 10}\nusage_pattern: steady", f"Use {row * 10} kWh less at night.") for row in range(2, 32)]


def codes(question: str, answer: str | None, **more: object) -> list[str]:
    (found,) = doubts([question], [Prediction(2, question, "", answer, **more)], KNOWN)  # type: ignore[arg-type]
    return [reason.code for reason in found.reasons]


def test_an_answer_as_it_was_taught_is_not_doubted() -> None:
    assert codes("My card is lost since day 40", '{"about": "card", "team": "c"}') == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("It is about the card.", "doubt_invalid"),
        ('{"about": "card"}', "doubt_invalid"),
        ('{"about": "pension", "team": "c"}', "doubt_untaught_label"),
        ('{"about": "card", "team": "l"}', "doubt_untaught_labels"),
        (" \n", "doubt_blank"),
        ('{"about": "loan", "team": "l"}', "doubt_opinion"),
    ],
)
def test_what_cannot_be_or_what_a_classifier_denies_is_doubted(answer: str, code: str) -> None:
    assert code in codes("My card is lost since day 40", answer)


def test_an_answer_that_a_limit_cut_is_doubted() -> None:
    assert codes("My card is lost since day 40", '{"about": "ca', finish_reason="length") == ["doubt_cut", "doubt_invalid"]


def test_a_row_that_failed_is_not_doubted_but_has_its_reason_elsewhere() -> None:
    assert codes("My card is lost", None, error="The server refused this row.") == []


def test_a_model_that_is_unsure_itself_is_doubted() -> None:
    told = '{"about": "card", "team": "c"}'
    assert codes("My card is lost since day 40", told, notes={"confidence": 0.49}) == ["doubt_unsure"]
    assert codes("My card is lost since day 40", told, notes={"confidence": 0.5}) == []


def test_a_question_unlike_all_that_was_taught_is_doubted() -> None:
    assert "doubt_unlike" in codes("Quel temps fera-t-il à Zürich ?", '{"about": "card", "team": "c"}')


def test_unlike_is_measured_by_the_rows_held_out_and_not_by_a_fixed_number() -> None:
    """The same question is nothing unusual where the test rows are as far from the training as it is."""
    far = [example(row, f"Quel temps fera-t-il à Zürich, le {row} mai ?", "") for row in range(FEWEST)]
    assert Taught.of(TRAIN, far, SHAPE).low < Taught.of(TRAIN, TRAIN, SHAPE).low
    assert Taught.of(TRAIN, TRAIN, SHAPE).low == pytest.approx(1.0), "rows that all stand in the training"
    assert Taught.of(TRAIN[:3], [], SHAPE).low == 0.0, "too few to tell"


def test_five_of_a_hundred_held_out_rows_are_unlike() -> None:
    held = [example(row, f"My {PLACES[row % 5]} and word{row} are {'so ' * row}odd", "") for row in range(100)]
    known = Taught.of(TRAIN, held, SHAPE)
    likeness = sorted(KNOWN.index.search([one.question for one in held])[1][:, 0].tolist())
    assert known.low == likeness[5] and sum(one < known.low for one in likeness) <= 5


def test_another_answer_than_the_neighbours_counts_only_where_neighbours_agree() -> None:
    rows = [example(row, f"Where is parcel {row // 2} and what number{row % 2}", "AB"[row // 2 % 2]) for row in range(40)]
    shape = AnswerShape("label")
    agreeing = Taught.of(rows, [], shape)
    assert agreeing.alike <= 1
    question = "Where is parcel 7 and what number5"
    (found,) = doubts([question], [Prediction(2, question, "", "A")], agreeing)
    assert {"row": 14, "label": "B"} in [dict(reason.params) for reason in found.reasons if reason.code == "doubt_neighbour"]
    mixed = [example(one.row, one.question, "AB"[one.row % 2]) for one in rows]
    assert Taught.of(mixed, [], shape).alike > 1, "no likeness is enough where neighbours differ"


def test_the_closest_training_row_is_told_with_its_likeness() -> None:
    question = TRAIN[3].question
    (found,) = doubts([question], [Prediction(9, question, "", TRAIN[3].answer)], KNOWN)
    assert (found.row, found.closest) == (9, TRAIN[3].row) and found.likeness == pytest.approx(1.0)
    (strange,) = doubts(["ζζζ"], [Prediction(9, "ζζζ", "", TRAIN[3].answer)], KNOWN)
    assert (strange.closest, strange.likeness) == (None, 0.0)


def test_free_text_is_doubted_for_numbers_from_nowhere_and_for_broken_rules() -> None:
    known = Taught.of(ADVICE, [], TEXT)
    question = "usage_kwh: 120\nusage_pattern: steady"
    rules = (TextRule("numbers"), TextRule("most_words", 10))

    def reasons(answer: str, **notes: object) -> list[tuple[str, object]]:
        (found,) = doubts([question], [Prediction(2, question, "", answer, notes=notes)], known, rules)
        return [(reason.code, reason.params.get("kind")) for reason in found.reasons]

    assert reasons("It used 120 kWh.") == []
    assert reasons("It used 4711 kWh.") == [("doubt_rule", "numbers")]
    assert reasons("It used 4711 kWh.", foreign=["4711"]) == [("doubt_foreign", None)], "said once"
    assert reasons("word " * 11) == [("doubt_rule", "most_words")]


def test_a_classifier_that_is_the_model_itself_gives_no_opinion() -> None:
    """The practice model's answers are one family's own: the other one is asked, else nothing would ever be doubted."""
    rows = bank()
    shape = answer_kind([one.answer for one in rows])
    train, test = rows[::2], rows[1::2]
    known = Taught.of(train, test, shape)
    for family in ("bayes", "linear"):
        said = taught(family, [one.question for one in train], [one.answer for one in train], shape).predict([one.question for one in test])
        asked = [Prediction(one.row, one.question, one.answer, text) for one, (text, _) in zip(test, said, strict=True)]
        found = doubts([one.question for one in test], asked, known)
        assert any(reason.code == "doubt_opinion" for one in found for reason in one.reasons)
        assert sum(bool(one.reasons) for one in found) < len(test) / 2


def bank() -> list[Example]:
    path = Path(__file__).resolve().parents[2] / "sample_data" / "bank_support.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))[1:]
    return [example(row, line[0], json.dumps({"top": line[1], "sub": line[2]})) for row, line in enumerate(lines, start=2)]


def test_doubted_answers_of_the_bank_example_are_wrong_more_often() -> None:
    """A model that is right in four of five rows, its mistakes drawn by chance: what is not doubted is nearly always right."""
    rows, draw = bank(), random.Random(1)
    shape = answer_kind([one.answer for one in rows])
    train, test = rows[::2], rows[1::2]
    known = Taught.of(train, test, shape)
    answers = sorted({one.answer for one in rows})
    asked = [Prediction(one.row, one.question, one.answer, one.answer if draw.random() < 0.8 else draw.choice(answers)) for one in test]
    found = measured(doubts([one.question for one in test], asked, known), judge_all(asked, shape))
    assert found is not None and found.helps
    assert found.flagged_wrong / found.flagged > 5 * found.others_wrong / found.others


def flagged(rows: Sequence[int]) -> tuple[Doubt, ...]:
    return tuple(Doubt(row, (Reason("doubt_unlike"),) if row in rows else (), 0.5, 2) for row in range(10))


def test_flagged_and_other_rows_are_counted_without_those_of_a_training() -> None:
    judged = [Judged(row, row >= 4) for row in range(9)] + [Judged(9, None, failed=True)]
    assert measured(flagged([0, 1, 2, 8]), judged, apart={1, 8}) == Measured(2, 2, 5, 1, pytest.approx(0.1428571))
    assert measured(flagged([]), judged) is None and measured(flagged(range(10)), judged) is None


def test_a_difference_that_may_be_chance_is_no_help() -> None:
    assert Measured(20, 12, 60, 8, 0.0001).helps
    assert not Measured(20, 12, 60, 8, 0.2).helps
    assert not Measured(20, 1, 60, 50, 0.0001).helps, "rows without a flag are wrong more often"


def test_doubts_come_back_from_a_task_as_they_were() -> None:
    (one,) = doubts(["My card is lost"], [Prediction(2, "My card is lost", "", "no")], KNOWN)
    told = json.loads(json.dumps([[one.row, [[r.code, dict(r.params)] for r in one.reasons], one.likeness, one.closest]]))
    assert from_task(told) == (one,)


def test_what_was_asked_is_read_from_the_messages_that_were_sent() -> None:
    sent = [{"role": "system", "content": "Advise."}, {"role": "user", "content": "Who?"}]
    assert question_of(json.dumps(sent)) == "Who?"
    more = [*sent, {"role": "assistant", "content": "Me."}, {"role": "user", "content": "Why?"}]
    assert question_of(json.dumps(more)) == "user: Who?\nassistant: Me.\nuser: Why?"


def test_a_classifier_that_knows_little_doubts_few_right_answers() -> None:
    """However often it is wrong itself: of right answers it leaves about four in five alone."""
    rows, draw = bank(), random.Random(2)
    shape = answer_kind([one.answer for one in rows])
    odd = [replace(one, messages=(Message("user", draw.choice(rows).question), one.messages[1])) for one in rows[:60]]  # noise
    train, test = [*rows[60::2], *odd], rows[61::2]
    known = Taught.of(train, test, shape)
    asked = [Prediction(one.row, one.question, one.answer, one.answer) for one in test]
    found = doubts([one.question for one in test], asked, known)
    doubted = sum(any(reason.code == "doubt_opinion" for reason in one.reasons) for one in found)
    assert 0 < doubted <= 0.35 * len(test)


def test_one_category_and_few_rows_give_no_opinion() -> None:
    for rows in ([example(row, f"q{row}", "A") for row in range(30)], [example(row, f"q{row}", "AB"[row % 2]) for row in range(5)]):
        known = Taught.of(rows, [], AnswerShape("label"))
        (found,) = doubts(["q"], [Prediction(2, "q", "", "A")], known)
        assert not any(reason.code == "doubt_opinion" for reason in found.reasons)
