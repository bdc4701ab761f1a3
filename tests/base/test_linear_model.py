"""The linear machine: learns, comes back from its arrays, takes any text, and refuses arrays that are not its own."""

import json

import numpy as np
import pytest

from benchmarks._intents import intents
from core.base.answers import AnswerShape
from core.base.choice import choose
from core.base.errors import TooFewExamples
from core.base.families import FAMILIES, from_arrays, taught
from core.base.linear import ROUNDS
from core.base.linear_model import LinearModel

LABEL = AnswerShape("label")
JSON = AnswerShape("json", ("top", "sub"))


def pairs(rows: int = 80) -> tuple[list[str], list[str]]:
    kinds = [("cards", "lost", "my card is gone"), ("cards", "new", "send another card"), ("loans", "rates", "what interest is due")]
    picked = [kinds[i % 3] for i in range(rows)]
    return [f"{text} please {i * 37 % 11}" for i, (_, _, text) in enumerate(picked)], [
        json.dumps({"top": top, "sub": sub}) for top, sub, _ in picked
    ]


def made() -> LinearModel:
    questions, answers = pairs()
    model, rows = LinearModel.begin(questions, answers, JSON, 0.5)
    model.learn_rows(rows, ROUNDS)
    return model


class TestLearning:
    def test_more_rounds_fit_better(self) -> None:
        questions, labels = intents(800)
        model, rows = LinearModel.begin(questions[:600], labels[:600], LABEL, 0.2)
        held = model.encode(questions[600:], labels[600:])
        measured = []
        for rounds in (1, ROUNDS, 3 * ROUNDS):
            model.learn_rows(rows, rounds)
            measured.append((model.measure_rows(rows), model.measure_rows(held)))
        assert measured[0][0]["accuracy"] < measured[2][0]["accuracy"]
        assert measured[0][1]["loss"] > measured[2][1]["loss"]

    def test_only_combinations_that_were_taught_are_answered(self) -> None:
        asked = ["another interest", "card rates", "lost loan", "", "new new new", "?"]
        assert {text for text, _ in made().predict(asked)} <= set(pairs()[1])

    def test_the_temperature_of_the_choice_makes_confidences_true(self) -> None:
        questions, labels = intents(1500, seed=2)
        choice = choose(questions[:1000], labels[:1000], LABEL)
        model, rows = LinearModel.begin(questions[:1000], labels[:1000], LABEL, choice.temperature)
        model.learn_rows(rows, 3 * ROUNDS)
        told = model.predict(questions[1000:])
        right = np.mean([text == label for (text, _), label in zip(told, labels[1000:], strict=True)])
        assert choice.family == "linear"
        assert abs(np.mean([confidence for _, confidence in told]) - right) < 0.1

    @pytest.mark.parametrize("family", FAMILIES)
    @pytest.mark.parametrize(
        ("questions", "answers"),
        [
            (["x"], ["yes"]),
            (["a", "b", "c"], ["yes"] * 3),
            (["", " ", "\n"], ["1", "1", "2"]),
            (["?", "!", "🙂"], ["a", "b", "c"]),
            (["a\x00b", "\ud800", "手数料"], ["\ud800x", "ü", "手数料"]),
            (["same"] * 4, ["a", "b", "a", "b"]),
            (["a\nb", "\n? \n!"], ["?\n!", "!"]),
        ],
    )
    def test_degenerate_data(self, family: str, questions: list[str], answers: list[str]) -> None:
        model = taught(family, questions, answers, LABEL)  # type: ignore[arg-type]
        for text, confidence in model.predict([*questions, "", "never seen"]):
            assert text in [answer.strip() for answer in answers]
            assert 0 < confidence <= 1
        assert model.predict([]) == []
        assert len(model.guess([])) == 0

    def test_nothing_to_learn_from(self) -> None:
        with pytest.raises(TooFewExamples):
            LinearModel.begin([], [], LABEL)
        with pytest.raises(ValueError, match="no labels"):
            LinearModel.begin(["a"], ["b"], AnswerShape("text"))


class TestArrays:
    def test_a_model_comes_back_the_same(self) -> None:
        model = made()
        arrays, rest = model.to_arrays()
        again = from_arrays(arrays, json.loads(json.dumps(rest)))
        asked = ["my card", "interest", "", "🙂"]
        assert isinstance(again, LinearModel)
        assert again.predict(asked) == model.predict(asked)

    def test_models_saved_before_there_were_families_are_naive_bayes(self) -> None:
        model = taught("bayes", *pairs(), JSON)
        arrays, rest = model.to_arrays()
        del rest["family"]
        assert from_arrays(arrays, rest).predict(["my card"]) == model.predict(["my card"])

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("family", "forest"),
            ("family", ["linear"]),
            ("words", []),
            ("letters", "abc"),
            ("letters", ["ab", "ab"]),
            ("classes", [["a"], []]),
            ("texts", ["one"]),
            ("temperature", 0.0),
            ("temperature", float("nan")),
            ("kind", "text"),
            ("fields", ["top"]),
        ],
    )
    def test_wrong_values_are_refused(self, name: str, value: object) -> None:
        arrays, rest = made().to_arrays()
        with pytest.raises((ValueError, KeyError, TypeError)):
            from_arrays(arrays, {**rest, name: value})

    @pytest.mark.parametrize("name", ["combos", "idf_words", "idf_letters", "weights_0", "weights_1", "offsets_0"])
    @pytest.mark.parametrize(
        "spoil",
        [
            lambda array: array[:-1],
            lambda array: array.astype(np.complex128),
            lambda array: array[None],
            lambda array: array.astype(object),
            lambda array: np.full_like(array, 10**9) if array.dtype.kind == "i" else np.full_like(array, np.inf),
        ],
    )
    def test_wrong_arrays_are_refused(self, name: str, spoil: object) -> None:
        arrays, rest = made().to_arrays()
        with pytest.raises((ValueError, KeyError, TypeError)):
            from_arrays({**arrays, name: spoil(arrays[name])}, rest)  # type: ignore[operator]
        with pytest.raises(KeyError):
            from_arrays({key: array for key, array in arrays.items() if key != name}, rest)
