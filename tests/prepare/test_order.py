"""What gives the answer away: a field that is the answer in other words, a number with a range for each class, sorted rows."""

import random

from core.base.types import Example, Finding
from core.prepare.checks import check_all
from core.prepare.repairs import apply, step_for
from core.prepare.work import prepare_draft
from tests.prepare.builders import asked, csv_bytes, examples, labelled, readings

CLASSES = ("leave", "inspect", "watch")


def found(data: tuple[Example, ...]) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_all(data)}


def mixed(n: int, seed: int = 2) -> list[str]:
    draw = random.Random(seed)
    return [draw.choice(CLASSES) for _ in range(n)]


def test_a_field_with_a_value_for_each_class_gives_the_answer_away() -> None:
    answers = mixed(90)
    rows = [
        {**row, "queue": {"leave": "Q1", "inspect": "Q7", "watch": "Q3"}[said]} for row, said in zip(readings(90), answers, strict=True)
    ]
    rows[5]["queue"] = "Q3" if answers[5] != "watch" else "Q1"  # one slip changes nothing
    data = asked(rows, answers=answers)
    finding = found(data)["tell_tale_field"]
    assert finding.params["fields"] == ["queue"] and finding.severity == "warning" and finding.count == 90
    step = step_for(finding)
    assert step is not None
    after = apply(data, [step])
    assert "tell_tale_field" not in found(after) and all("queue" not in one.question for one in after)


def test_numbers_that_stand_for_classes_give_it_away_as_well() -> None:
    answers = mixed(90)
    rows = [{**row, "code": str(CLASSES.index(said) + 10)} for row, said in zip(readings(90), answers, strict=True)]
    assert found(asked(rows, answers=answers))["tell_tale_field"].params["fields"] == ["code"]


def test_a_field_that_only_goes_together_with_the_answer_is_what_is_learned_from() -> None:
    draw = random.Random(6)
    answers = mixed(120)
    rows = [
        {**row, "hint": said if draw.random() < 0.9 else draw.choice(CLASSES)} for row, said in zip(readings(120), answers, strict=True)
    ]
    assert "tell_tale_field" not in found(asked(rows, answers=answers))


def test_a_field_with_a_value_of_its_own_for_each_row_tells_nothing_by_chance() -> None:
    answers = mixed(40)
    rows = [{**row, "room": f"room {'abcdefghijklmnopqrst'[at // 2]}"} for at, row in enumerate(readings(40))]
    assert "tell_tale_field" not in found(asked(rows, answers=answers))


def test_beside_a_text_it_is_found_too() -> None:
    pairs = labelled(90)
    rows = [("queue", "message", "team"), *(({"Cards": "Q1", "Fees": "Q2", "Loans": "Q3"}[team], text, team) for text, team in pairs)]
    draft = {"mapping": {"question": ["queue", "message"], "answer": ["team"]}}
    result = prepare_draft(csv_bytes(rows), "t.csv", draft)
    finding = next(one for one in result.findings if one.code in ("tell_tale_field", "tell_tale_column"))
    assert finding.params["fields"] == ["queue"] and finding.severity == "warning"


def test_sorted_rows_are_said_and_do_no_harm() -> None:
    pairs = sorted(labelled(90), key=lambda pair: pair[1])
    finding = found(examples(pairs))["sorted_rows"]
    assert finding.severity == "info" and finding.params["classes"] == 3
    assert "sorted_rows" not in found(examples(labelled(90)))


def test_a_number_with_a_range_for_each_answer() -> None:
    draw = random.Random(3)
    rows = [{"level": f"{draw.uniform(0, 90):.2f}", "noise": f"{draw.random():.3f}"} for _ in range(120)]
    answers = [CLASSES[int(float(row["level"]) // 30)] for row in rows]
    assert found(asked(rows, answers=answers))["number_tells_class"].params["fields"] == ["level"]


def test_an_answer_that_stands_in_its_question() -> None:
    held = examples(
        [
            (f"Case {at}, filed as {team} by mail: {text}", team)
            for at, (text, team) in enumerate(labelled(60, labels=("Bonds", "Visa", "Loans")))
        ]
    )
    assert found(held)["answer_in_question"].params["share"] == 100
    choices = examples([(f"Bonds, Visa or Loans? {text}", team) for text, team in labelled(60, labels=("Bonds", "Visa", "Loans"))])
    assert "answer_in_question" not in found(choices), "where all answers are offered, none is given away"
