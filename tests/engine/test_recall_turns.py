"""Free text in a conversation: the last question decides, and what was said before helps only where it was taught so."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.base.types import Example, Message
from engine.learners import Model, TrainingRequest
from engine.learners.recall import TURNS, RecallLearner

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
LEARNER = RecallLearner()
SYSTEM = Message("system", "Marv is a factual chatbot that is also sarcastic.")


def dialogue(*texts: str, row: int = 1) -> Example:
    turns = [Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)]
    return Example((SYSTEM, *turns), row)


TAUGHT = [
    dialogue("Which is the largest ocean?", "The Pacific.", "And how deep is it?", "Eleven kilometres, at the deepest.", row=1),
    dialogue("What is the deepest lake?", "Baikal, in Siberia.", "And how deep is it?", "Some 1,640 metres.", row=2),
    dialogue("Who painted the Mona Lisa?", "Leonardo da Vinci.", row=3),
    dialogue("Why is the sky blue?", "Scattered light.", row=4),
    dialogue("How many legs has a spider?", "Eight.", row=5),
    dialogue("What is the capital of Australia?", "Canberra.", row=6),
]


def trained(folder: Path, training: Sequence[Example]) -> Model:
    course = LEARNER.start(TrainingRequest("recall", tuple(training), (), "auto", "auto", "auto", 42))
    assert list(course.steps()) == []
    course.save(folder)
    return LEARNER.load(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return trained(tmp_path_factory.mktemp("turns"), TAUGHT)


@pytest.fixture(scope="module")
def marv(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, list[Example]]:
    lines = (SAMPLES / "marv_chat.jsonl").read_text(encoding="utf-8").splitlines()
    examples = [
        Example(tuple(Message(m["role"], m["content"]) for m in json.loads(line)["messages"]), row)
        for row, line in enumerate(lines, start=1)
    ]
    return trained(tmp_path_factory.mktemp("marv"), examples), examples


def converse(model: Model, *questions: str) -> list[str]:
    """The answers to one question after the other, all in one conversation."""
    said = [SYSTEM]
    answers = []
    for question in questions:
        said.append(Message("user", question))
        answers.append(model.answer(said).text)
        said.append(Message("assistant", answers[-1]))
    return answers


class TestConversation:
    def test_four_unrelated_questions_in_other_words(self, model: Model) -> None:
        asked = ["The Mona Lisa, who painted it?", "why do skies look blue", "a spider has how many legs?", "Name Australia's capital."]
        assert converse(model, *asked) == ["Leonardo da Vinci.", "Scattered light.", "Eight.", "Canberra."]

    def test_a_follow_up_finds_the_example_that_was_taught_after_the_same_turns(self, model: Model) -> None:
        assert converse(model, "What is the deepest lake?", "How deep is it, then?")[-1] == "Some 1,640 metres."
        assert converse(model, "Which is the largest ocean?", "How deep is it, then?")[-1] == "Eleven kilometres, at the deepest."

    def test_a_follow_up_after_something_else(self, model: Model) -> None:
        asked = ["Why is the sky blue?", "Who painted the Mona Lisa?", "What is the deepest lake?", "And how deep is it?"]
        assert converse(model, *asked)[-1] == "Some 1,640 metres."

    def test_a_new_question_right_after_the_beginning_of_a_taught_dialogue(self, model: Model) -> None:
        assert converse(model, "Which is the largest ocean?", "How many legs do spiders have?")[-1] == "Eight."

    def test_the_similarity_is_that_of_the_question(self, model: Model) -> None:
        said = [SYSTEM, Message("user", "Hello."), Message("assistant", "What now?"), Message("user", "Why is the sky blue?")]
        assert model.answer(said).notes == {"matched": "Why is the sky blue?", "similarity": 1.0, "row": 4}


class TestEarlierAnswers:
    def test_they_are_taught_too(self, model: Model) -> None:
        answer = model.answer([Message("user", "Which ocean is the largest?")])
        assert answer.text == "The Pacific."
        assert answer.notes["row"] == 1

    def test_unless_their_weight_is_0(self, tmp_path: Path) -> None:
        first, second = TAUGHT[0], TAUGHT[1]
        silent = Message("assistant", "The Pacific.", {"weight": 0})
        model = trained(tmp_path, [Example((*first.messages[:2], silent, *first.messages[3:]), 1), second])
        assert "The Pacific." not in converse(model, "Which is the largest ocean?")

    def test_it_says_that_turns_were_remembered(self) -> None:
        def notes(training: Sequence[Example]) -> Sequence[str]:
            return LEARNER.start(TrainingRequest("recall", tuple(training), (), "auto", "auto", "auto", 42)).notes

        assert TURNS in notes(TAUGHT)
        assert TURNS not in notes(TAUGHT[2:])


class TestSample:
    def test_every_dialogue_gets_its_own_last_answer(self, marv: tuple[Model, list[Example]]) -> None:
        model, examples = marv
        assert [model.answer(one.prompt).text for one in examples] == [one.answer for one in examples]

    def test_the_demonstration_in_one_conversation(self, marv: tuple[Model, list[Example]]) -> None:
        model, _ = marv
        questions = json.loads((SAMPLES / "marv_questions.json").read_text(encoding="utf-8"))
        right = [model.answer([Message("user", one["about"])]).text for one in questions]
        answers = converse(model, *[one["ask"] for one in questions])
        assert sum(map(str.__eq__, answers, right)) >= 0.9 * len(questions)
