"""Choosing a family: by rows held out, within its time, and the whole procedure judged without having looked."""

import itertools
import json
import random
import time
from collections.abc import Callable

import numpy as np
import pytest

from benchmarks._intents import intents
from core.base.answers import AnswerShape
from core.base.choice import choose, decide, learning_seconds
from core.base.classify import cross_validate
from core.base.families import FAMILIES
from core.base.held_out import Judged, Labelled, judge

LABEL = AnswerShape("label")
WORDS = [f"{a}{b}{c}" for a, b, c in itertools.product(("ka", "lo", "mi", "ru"), ("t", "n", "s", "p"), ("a", "e", "i", "o"))]


def by_letters(rows: int, seed: int) -> tuple[list[str], list[str]]:
    """Questions whose label is a word that the letters give away."""
    draw = random.Random(seed)
    topics = {"refund": "money back", "delivery": "parcel late", "password": "cannot log in", "invoice": "bill wrong"}
    labels = [draw.choice(list(topics)) for _ in range(rows)]
    return [f"{topics[label]} {' '.join(draw.sample(WORDS, 3))}" for label in labels], labels


def judged_as(bayes: list[int], linear: list[int]) -> Judged:
    right = {"bayes": np.array(bayes, dtype=bool)[:, None], "linear": np.array(linear, dtype=bool)[:, None]}
    return Judged(np.zeros(len(bayes), dtype=int), right)  # type: ignore[arg-type]


def ticking(step: float) -> Callable[[], float]:
    """A clock that is so much later every time that one looks."""
    times = itertools.count()
    return lambda: next(times) * step


class TestDecision:
    def test_the_better_one_by_more_than_chance(self) -> None:
        one = judged_as([1] * 50 + [0] * 50, [1] * 50 + [1] * 30 + [0] * 20)
        assert decide([one], [one.rows])[0] == "linear"
        assert decide([one], [one.rows])[1].code == "family_linear"
        other = judged_as([1] * 80 + [0] * 20, [1] * 50 + [0] * 50)
        assert decide([other], [other.rows])[1].code == "family_bayes"

    def test_how_long_the_practice_model_learns_follows_from_the_folds(self) -> None:
        """Five folds took 1 and 4 seconds: choosing is that, and teaching all rows is a fold of four fifths of them and a quarter more."""
        one = judged_as([1] * 100, [1] * 100)
        one.fold[:] = np.arange(100) % 5
        one.seconds |= {"bayes": 1.0, "nearest": 50.0, "linear": 4.0}
        assert learning_seconds(one, "bayes") == pytest.approx((5.0, 0.25))
        assert learning_seconds(one, "linear") == pytest.approx((5.0, 1.0))

    def test_choosing_has_its_limits(self) -> None:
        one = judged_as([1] * 10_000, [1] * 10_000)
        one.fold[:] = np.arange(10_000) % 5
        one.seconds |= {"bayes": 5.0, "linear": 10.0}
        assert learning_seconds(one, "bayes")[0] == pytest.approx(3.0), "2,000 rows are enough to choose by, one fold here"
        one.seconds |= {"linear": 100.0}
        assert learning_seconds(one, "bayes")[0] == pytest.approx(21.0), "a fold that was begun is ended"

    @pytest.mark.parametrize("more", [0, 1, 2])
    def test_the_simpler_one_where_they_are_alike(self, more: int) -> None:
        one = judged_as([1] * 18 + [0] * 2, [1] * (18 + more) + [0] * (2 - more))
        family, reason = decide([one], [one.rows])
        assert (family, reason.code) == ("bayes", "family_alike")
        assert reason.params == {"bayes_share": 0.9, "linear_share": (18 + more) / 20, "n": 20}

    def test_only_the_rows_that_were_named_count(self) -> None:
        one = judged_as([0] * 50 + [1] * 50, [1] * 50 + [0] * 50)
        assert decide([one], [np.arange(50)])[0] == "linear"
        assert decide([one], [np.arange(50, 100)])[0] == "bayes"


class TestChoice:
    def test_a_thousand_rows_of_many_like_classes_want_the_linear_machine(self) -> None:
        questions, labels = intents(1000)
        choice = choose(questions, labels, LABEL)
        assert choice.family == "linear"
        assert choice.reason.params["linear_share"] > choice.reason.params["bayes_share"] + 0.1
        assert 0.01 < choice.temperature < 10
        assert choose(questions, labels, LABEL) == choice

    def test_no_time_for_the_slower_one(self) -> None:
        questions, labels = intents(2600)
        began = time.process_time()
        choice = choose(questions, labels, LABEL, seconds=5, clock=ticking(10.0))
        assert (choice.family, choice.reason.code) == ("bayes", "family_no_time")
        assert "linear_share" not in choice.reason.params
        assert time.process_time() - began < 10

    @pytest.mark.parametrize(
        ("questions", "labels"),
        [([], []), (["a"], ["x"]), (["a", "A!"], ["x", "y"]), (["a", "b", "c"], ["x"] * 3), (["a", "b"], ["", " "])],
    )
    def test_nothing_to_choose_by(self, questions: list[str], labels: list[str]) -> None:
        choice = choose(questions, labels, LABEL)
        assert (choice.family, choice.reason.code) == ("bayes", "family_not_tried")

    def test_only_some_of_very_many_rows_are_looked_at(self) -> None:
        rows = Labelled.of([f"number {i}" for i in range(500)], [str(i % 3) for i in range(500)], LABEL)
        assert len(rows.some(100, seed=1)) == 100
        assert rows.some(100, seed=1).questions == rows.some(100, seed=1).questions
        assert rows.some(500, seed=1) is rows


class TestJudging:
    def test_a_label_of_the_row_alone_cannot_be_told(self) -> None:
        """What only memory of the very row could know comes out at chance for every way, and for the choice among them."""
        draw = random.Random(11)
        questions = [" ".join(draw.sample(WORDS, 6)) for _ in range(240)]
        labels = [str(random.Random(number).randrange(4)) for number in range(240)]
        found = cross_validate(questions, labels, LABEL, seed=0, repeats=2)
        for share in (found.classifier.whole, found.nearest.whole, *found.families.values()):
            assert 0.15 < share < 0.36  # 0.25 +- 4 standard errors

    def test_twins_never_help_each_other(self) -> None:
        draw = random.Random(5)
        questions = [" ".join(draw.sample(WORDS, 5)) for _ in range(60)]
        labels = [draw.choice("abcdef") for _ in questions]
        found = cross_validate([*questions, *(f"{question.upper()}!" for question in questions)], labels * 2, LABEL, seed=0)
        assert found.rows == 120
        assert found.questions == 60
        assert max(found.classifier.whole, found.nearest.whole) < 0.36

    def test_all_rows_the_same_but_one(self) -> None:
        found = cross_validate(["same"] * 9 + ["other"], ["x"] * 9 + ["y"], LABEL, seed=0)
        assert found.questions == 2
        assert found.classifier.whole == 0.0  # who has seen only the one says the one

    def test_classes_of_one_row_and_two_labels(self) -> None:
        questions, labels = by_letters(40, seed=2)
        labels[0] = "alone"
        assert cross_validate(questions, labels, LABEL, seed=0).classifier.whole > 0.8
        two = [label if label == "refund" else "other" for label in labels]
        found = cross_validate(questions, two, LABEL, seed=0)
        assert set(found.families) == set(FAMILIES)
        assert all(share > 0.8 for share in found.families.values())

    def test_empty_questions_and_missing_fields(self) -> None:
        questions, labels = by_letters(60, seed=3)
        shape = AnswerShape("json", ("top", "sub"))
        answers = [json.dumps({"top": label, "sub": label[:3]}) for label in labels]
        answers[0], answers[1], questions[2], questions[3] = '{"top": "refund"}', "", "", " \n"
        found = cross_validate(questions, answers, shape, seed=0)
        assert found.rows == 58
        assert set(found.nearest.fields) == {"top", "sub"}
        assert found.classifier.whole > 0.8

    def test_each_fold_is_judged_by_what_the_others_choose(self) -> None:
        questions, labels = intents(400)
        found = cross_validate(questions, labels, LABEL, seed=0)
        assert found.family == "linear"
        assert found.agreed == 1.0
        assert found.classifier.whole == found.families["linear"]
        assert not found.seen

    def test_it_is_the_same_for_the_same_seed_and_another_for_another(self) -> None:
        questions, labels = intents(200)
        first, again, other = (cross_validate(questions, labels, LABEL, seed=seed) for seed in (3, 3, 4))
        assert first == again
        assert first != other

    def test_when_time_is_up_what_was_judged_counts(self) -> None:
        questions, labels = by_letters(100, seed=4)
        found = cross_validate(questions, labels, LABEL, seed=0, repeats=4, seconds=0.0, clock=ticking(1.0))
        assert (found.repeats, found.rows, found.seen) == (1, 20, True)
        few = cross_validate(questions, labels, LABEL, seed=0, repeats=8, seconds=200.0, clock=ticking(1.0))
        assert 1 <= few.repeats < 8
        assert few.rows == 100
        assert not few.seen

    def test_progress_comes_to_its_end(self) -> None:
        told: list[tuple[int, int]] = []
        questions, labels = by_letters(20, seed=5)
        cross_validate(questions, labels, LABEL, seed=0, repeats=2, progress=lambda done, total: told.append((done, total)))
        assert told[-1] == (30, 30)
        assert told == sorted(told)

    def test_enough_is_enough(self) -> None:
        questions, labels = by_letters(100, seed=6)
        judged = judge(Labelled.of(questions, labels, LABEL), FAMILIES, folds=5, seed=0, clock=time.monotonic, enough=25)
        assert len(judged.rows) == 40
        assert judged.right["bayes"][judged.fold < 0].sum() == 0
