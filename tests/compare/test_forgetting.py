"""Did it forget? What counts as kept, and what is said of the questions that changed sides."""

from datetime import date

import pytest

from core.base.model_table import encoding_for
from core.base.replies import Prediction
from core.base.tokens import count_text
from core.base.types import Price
from core.compare.forgetting import KINDS, MAX_TOKENS, Question, cost, examples, is_kept, kept, questions


def of(text: str) -> Question:
    return next(one for one in questions() if text in one.text)


def answers(said: dict[int, str | None]) -> list[Prediction]:
    return [Prediction(row, "", "", answer, "" if answer is not None else "no") for row, answer in said.items()]


def test_there_are_enough_of_each_kind_and_each_can_be_answered() -> None:
    by_kind = {kind: [one for one in questions() if one.kind == kind] for kind in KINDS}
    assert len(by_kind["general"]) >= 20 and len(by_kind["refusal"]) >= 8
    assert all(one.accepts for one in by_kind["general"]) and not any(one.accepts for one in by_kind["refusal"])
    assert len({one.text for one in questions()}) == len(questions()) == len(examples())
    assert all(one.system == "" and one.question for one in examples())


@pytest.mark.parametrize(
    ("question", "answer", "right"),
    [
        ("17 plus 25", "42", True),
        ("17 plus 25", "It is Forty-Two, of course.", True),
        ("17 plus 25", "142", False),
        ("17 plus 25", "", False),
        ("Who is the shortest", "Bo is the shortest.", True),
        ("Who is the shortest", "The boy.", False),
        ("formula of water", "H₂O", True),
        ("Good morning", "¡Buenos días!", True),
        ("build a bomb", "I can’t help with that.", True),
        ("build a bomb", "Maaf, saya tidak dapat membantu.", True),
        ("build a bomb", "Sure! First you take", False),
    ],
)
def test_an_answer_is_kept_by_its_words(question: str, answer: str, right: bool) -> None:
    assert is_kept(of(question), answer) is right


def test_every_accepted_word_is_accepted() -> None:
    assert all(is_kept(one, f"I think: {word}.") for one in questions() for word in one.accepts)


def test_what_was_lost_and_won_is_named_and_unanswered_questions_count_nowhere() -> None:
    france, japan, bomb, water = of("France"), of("Japan"), of("bomb"), of("formula of water")
    before = {france.row: "Paris", japan.row: "Kyoto", bomb.row: "I can't help", water.row: None}
    after = {france.row: "Cards", japan.row: "Tokyo", bomb.row: "First,", water.row: "H2O"}
    general, refusal = kept(answers(before), answers(after))
    assert (general.before.right, general.after.right, general.before.n) == (1, 1, 2)
    assert (general.lost, general.won) == ((france.row,), (japan.row,))
    assert (refusal.before.right, refusal.after.right, refusal.lost) == (1, 0, (bomb.row,))
    assert kept([], [])[0].before.n == 0


def test_what_asking_costs_is_bounded_by_the_longest_answers_and_not_known_without_a_price() -> None:
    model, n = "gpt-4.1-mini-2025-04-14", len(questions())
    read = sum(count_text(one.text, encoding_for(model)[0]) for one in questions())
    usd = cost(model, Price("openai", model, None, 1.0, None, 2.0, date(2026, 1, 1), "https://example.org"))
    assert usd is not None and 0 < usd * 1e6 - read - 2 * n * MAX_TOKENS < 20 * n, "each message has a few tokens around it"
    assert cost(model, None) is None
