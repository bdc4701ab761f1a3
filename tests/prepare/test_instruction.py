"""The instruction as an answer, question and answer swapped, copies of the question: found at their rows, and put where they belong."""

import random

import pytest

from core.base.types import Example, Finding
from core.prepare.checks import about, check_all
from core.prepare.draft import Draft, Step
from core.prepare.repairs import apply, apply_logged, step_for
from core.prepare.verdict import verdict
from tests.prepare.builders import example, examples, labelled
from tests.prepare.test_checks import INSTRUCTION, as_json, chatty

FAQ = [
    (f"{start} {thing} {at}?", f"{thing.capitalize()} {at} {end}")
    for at, (start, thing, end) in enumerate(
        (start, thing, end)
        for start in ("How do I open", "Where can I find", "What does it cost to keep", "Why should I change", "When may I close")
        for thing in ("the account", "my garden shed", "this savings book", "the old ledger")
        for end in (
            "is handled at the counter in the hall, between nine and five.",
            "needs a signed form, which we send by mail on Monday.",
        )
    )
]


def found(data: tuple[Example, ...]) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_all(data)}


def instructed(n: int = 45, rest: int = 0) -> tuple[Example, ...]:
    return examples([*((f"usage: {i}, change: {i * 7 % 13}", INSTRUCTION) for i in range(n)), *chatty(rest)])


def test_the_instruction_moves_to_the_system_prompt_and_leaves_blank_answers() -> None:
    data = instructed()
    finding = found(data)["answer_is_instruction"]
    assert verdict(check_all(data), len(data)).word == "teaches_nothing"
    step = step_for(finding)
    assert step == Step("move_instruction", params={"text": INSTRUCTION})
    after = apply(data, [step])
    assert {(one.system, one.answer) for one in after} == {(INSTRUCTION, "")}
    assert [one.question for one in after] == [one.question for one in data]
    assert found(after)["empty_answer"].rows == finding.rows and "Write the missing answers" in about("empty_answer").why
    assert "move it to the system prompt, then write or choose the answers" in about("answer_is_instruction").why


def test_the_step_says_the_same_when_the_answers_are_written() -> None:
    data = instructed()
    step = step_for(found(data)["answer_is_instruction"])
    assert step is not None and Draft.from_dict(Draft(steps=(step,)).to_dict()).steps == (step,)
    assert apply(apply(data, [step]), [step]) == apply(data, [step])
    # rows that were answered on the worksheet in the meantime: a step that looked the instruction up anew would find none
    written = (*data[:3], *examples([(one.question, f"Real advice {one.row}, for this reading.") for one in data[3:]], 5))
    outcome = apply_logged(written, [step])
    after, (applied,) = outcome.examples, outcome.log
    assert applied.rows == (2, 3, 4) and after[3:] == written[3:]


def test_a_row_keeps_the_system_prompt_that_it_has() -> None:
    data = (*instructed(), *(example(f"usage: {at}", INSTRUCTION, at, "Answer in Dutch.") for at in range(60, 64)))
    after = apply(data, [Step("move_instruction")])
    assert [one.system for one in after[-4:]] == ["Answer in Dutch."] * 4 and {one.answer for one in after} == {""}


def test_rows_with_real_answers_get_the_prompt_in_a_second_step() -> None:
    data = instructed(30, 10)
    moved = apply(data, [Step("move_instruction")])
    assert moved[30:] == data[30:], "only what is named is touched"
    finding = found(moved)["some_without_prompt"]
    assert finding.rows == tuple(one.row for one in data[30:])
    step = step_for(finding)
    assert step == Step("add_prompt", params={"text": INSTRUCTION})
    assert {one.system for one in apply(moved, [step])} == {INSTRUCTION}
    assert "some_without_prompt" not in found(apply(moved, [step]))


def test_no_prompt_is_missing_where_each_persona_has_its_own() -> None:
    data = (*examples(chatty(20)), *examples(chatty(20, 9), 30, "Be rude."))
    assert found(data)["some_without_prompt"].count == 20
    assert "some_without_prompt" not in found(examples(chatty(40)))


def test_an_answer_that_is_its_own_prompt_is_named() -> None:
    prompt = "You are a patient librarian who answers every question in two sentences."
    data = examples([*chatty(40), ("And who are you?", prompt)], system=prompt)
    assert found(data)["answer_is_prompt"].rows == (42,)


@pytest.mark.parametrize("rest", [FAQ, chatty(60), labelled(80)])
def test_swapped_rows_are_found_and_swapped_back(rest: list[tuple[str, str]]) -> None:
    rows = list(rest)
    at = sorted(random.Random(2).sample(range(len(rows)), 3))
    clean = examples(rows)
    for index in at:
        rows[index] = rows[index][::-1]
    data = examples(rows)
    finding = found(data)["swapped"]
    assert finding.rows == tuple(index + 2 for index in at) and finding.severity == "warning" and finding.repair == "swap_turns"
    assert apply(data, [Step("swap_turns")]) == clean
    assert "swapped" not in found(clean)


def test_of_a_json_answer_the_field_that_holds_the_question_is_swapped() -> None:
    rows = [(text, as_json(team=team, urgent="no")) for text, team in labelled(80)]
    clean = examples(rows)
    text, label = labelled(80)[7]
    rows[7] = (label, as_json(team=text, urgent="no"))
    data = examples(rows)
    assert found(data)["swapped"].rows == (9,)
    assert apply(data, [Step("swap_turns")]) == clean


def test_a_whole_file_that_is_swapped_teaches_the_wrong_thing() -> None:
    data = examples([(label, text) for text, label in labelled(60)])
    finding = found(data)["swapped"]
    assert finding.severity == "error" and finding.count == 60
    assert apply(data, [Step("swap_turns")]) == examples(labelled(60))


def test_writing_a_text_for_a_label_is_a_task_and_not_swapped() -> None:
    data = examples([(("happy", "sad", "angry")[at % 3], answer) for at, (_, answer) in enumerate(chatty(60))])
    assert "swapped" not in found(data)


def test_sides_that_are_alike_are_left_alone() -> None:
    draw = random.Random(5)
    words = "the a cat dog sits runs on under mat tree slowly today".split()
    texts = [" ".join(draw.choice(words) for _ in range(8)) for _ in range(120)]
    assert "swapped" not in found(examples(zip(texts[:60], texts[60:], strict=True)))


def test_some_answers_that_copy_their_question() -> None:
    rows = list(FAQ)
    for index in (3, 9, 20):
        rows[index] = (rows[index][0], rows[index][0].rstrip("?").lower())
    finding = found(examples(rows))["answer_copies_question"]
    assert finding.rows == (5, 11, 22) and finding.severity == "warning" and finding.repair == "leave_out"


def test_a_text_that_needs_no_correction_is_no_copy() -> None:
    draw = random.Random(9)
    words = "he she goes went to the old town market by train and buys fresh bread every week".split()
    rows = []
    for at in range(60):
        right = " ".join(draw.choice(words) for _ in range(12))
        rows.append((right if at % 6 == 0 else right.replace("the", "teh").replace("goes", "gose"), right))
    assert "answer_copies_question" not in found(examples(rows))


def test_answers_that_say_the_question_again_first() -> None:
    data = examples([(question, f"{question} {answer}") for question, answer in FAQ])
    assert found(data)["answer_restates_question"].severity == "info"


@pytest.mark.parametrize(
    "nothing", ["TBD", "TODO: ask Anna", "...", "[answer here]", "Insert your answer here.", "asdf", "xxx", "NaN", "???"]
)
def test_placeholders_are_known_among_texts_and_labels(nothing: str) -> None:
    for rows in (FAQ, labelled(80)):
        data = examples([*rows, ("Is this one open?", nothing)])
        assert found(data)["placeholder_answers"].rows == (len(rows) + 2,)


def test_what_may_be_a_class_is_one_unless_other_placeholders_stand_beside_it() -> None:
    rows = [*labelled(80), ("Which one?", "None"), ("And this?", "n/a")]
    assert "placeholder_answers" not in found(examples(rows))
    assert found(examples([*rows, ("Or this?", "TBD")]))["placeholder_answers"].rows == (82, 83, 84)


def test_the_least_that_may_be_trained_is_said() -> None:
    assert found(examples([*chatty(10), *chatty(10)]))["barely_enough"].params == {"distinct": 10, "minimum": 10}
