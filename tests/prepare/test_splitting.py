"""The split is a partition that keeps questions together, spares rare classes, never starves training, and is the same again."""

import random
import time
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.base.answers import AnswerShape, answer_kind
from core.base.errors import BadSetting
from core.base.leakage import question_key
from core.base.types import Example, Split
from core.prepare.splitting import balance, class_of, half_width, split
from tests.prepare.builders import examples, labelled

LABEL = AnswerShape("label")
TEXT = AnswerShape("text")


@st.composite
def any_classes(draw: st.DrawFn) -> tuple[Example, ...]:
    """Any layout of classes: some huge, many with one row, questions that come again, now and then with another answer."""
    sizes = draw(st.lists(st.integers(1, 30) | st.integers(1, 3), min_size=0, max_size=12))
    pairs = [(f"question {label} {i}", f"class {label}") for label, n in enumerate(sizes) for i in range(n)]
    again = draw(st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), max_size=15)) if pairs else []
    for at, contradicts in again:
        question, label = pairs[at % len(pairs)]
        pairs.append((question.upper() + "?", "class other" if contradicts else label))
    random.Random(draw(st.integers(0, 99))).shuffle(pairs)
    return examples(pairs)


_SHARES = st.none() | st.sampled_from([(0.7, 0.1, 0.2), (0.5, 0.0, 0.5), (0.34, 0.33, 0.33), (1.0, 0.0, 0.0), (0.05, 0.05, 0.9)])


def sides(result: Split) -> dict[int, str]:
    return {index: name for name in ("train", "validation", "test") for index in getattr(result, name)}


@settings(deadline=None, max_examples=200)
@given(any_classes(), st.sampled_from([LABEL, TEXT]), st.integers(0, 2**31 - 1), st.integers(1, 20), _SHARES)
def test_whatever_the_classes(
    data: tuple[Example, ...], shape: AnswerShape, seed: int, least: int, shares: tuple[float, float, float] | None
) -> None:
    result = split(data, shape, seed=seed, min_train=least, shares=shares)
    assert sorted([*result.train, *result.validation, *result.test]) == list(range(len(data))), "a partition"
    assert all(list(side) == sorted(side) for side in (result.train, result.validation, result.test)), "in the order of the file"
    of = sides(result)
    for question in {question_key(one) for one in data}:
        assert len({of[index] for index, one in enumerate(data) if question_key(one) == question}) == 1, "a question is on one side"
    distinct = len({question_key(data[index]) for index in result.train})
    assert distinct >= least or len(result.train) == len(data), "training keeps its minimum of different questions"
    assert result == split(data, shape, seed=seed, min_train=least, shares=shares), "the same again"
    assert result.reasons[-1].params == {"seed": seed}


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(1, 25), min_size=2, max_size=30), st.integers(0, 1000))
def test_every_tested_class_was_trained(sizes: list[int], seed: int) -> None:
    data = examples([(f"q {label} {i}", f"class {label}") for label, n in enumerate(sizes) for i in range(n)])
    result = split(data, LABEL, seed=seed)
    lines = balance(data, LABEL, result)
    assert sum(line.train + line.validation + line.test for line in lines) == len(data)
    for line in lines:
        assert line.train >= 1
        if line.train + line.validation + line.test == 1:
            assert line.train == 1, "a class with one row trains"
        if line.train + line.validation + line.test < 5:
            assert line.validation == 0 and line.test <= 1, "and a small one gives its second row to the test"


def test_classes_keep_their_proportions() -> None:
    data = examples(labelled(300))
    result = split(data, LABEL)
    assert (len(result.train), len(result.validation), len(result.test)) == (210, 30, 60)
    assert [(line.train, line.validation, line.test) for line in balance(data, LABEL, result)] == [(70, 10, 20)] * 3
    assert [reason.code for reason in result.reasons] == ["test_size", "split_stratified", "seed"]


def test_json_answers_are_stratified_by_the_whole_combination() -> None:
    data = examples([(f"q {i}", f'{{"top": "t{i % 2}", "sub": "s{i % 6}"}}') for i in range(120)])
    shape = answer_kind([one.answer for one in data])
    result = split(data, shape)
    assert {(line.label, line.test) for line in balance(data, shape, result)} == {(f"t{i % 2} / s{i}", 5) for i in range(6)}
    assert class_of(data[3], shape) == "t1 / s3"


def test_another_seed_draws_other_rows() -> None:
    data = examples(labelled(120))
    assert split(data, LABEL, seed=1).test != split(data, LABEL, seed=2).test


def test_ten_rows_all_train_and_the_reason_is_given() -> None:
    result = split(examples(labelled(10)), LABEL)
    assert (len(result.train), result.validation, result.test) == (10, (), ())
    assert result.reasons[0].code == "all_train"
    assert result.reasons[0].params == {"n": 10, "minimum": 10, "missing": 3}
    assert split(examples(labelled(13)), LABEL).test != ()


def test_copies_do_not_make_a_set_larger() -> None:
    doubled = examples([*labelled(10), *labelled(10)])
    assert len(split(doubled, LABEL).train) == 20, "ten different questions are no more than the minimum"


def test_a_question_asked_a_hundred_times_trains() -> None:
    data = examples([*labelled(100), *[("Hello", "Cards")] * 100])
    result = split(data, LABEL)
    assert {index for index, one in enumerate(data) if one.question == "Hello"} <= set(result.train)
    assert 15 <= len(result.test) <= 30


@pytest.mark.parametrize(
    ("n", "validation", "test"),
    [(13, 0, 3), (20, 0, 6), (40, 0, 12), (60, 6, 18), (100, 10, 30), (200, 20, 40), (2_000, 200, 400), (20_000, 500, 1_000)],
)
def test_sizes_follow_the_number_of_rows(n: int, validation: int, test: int) -> None:
    result = split(examples([(f"q {i}", "free text") for i in range(n)]), TEXT)
    assert (len(result.validation), len(result.test)) == (validation, test)
    size = next(reason for reason in result.reasons if reason.code in ("test_size", "small_test"))
    assert size.code == ("small_test" if test < 30 else "test_size")
    interval = binomtest(round(0.8 * test), test).proportion_ci(method="wilson")
    assert size.params["points"] == pytest.approx(100 * (interval.high - interval.low) / 2, abs=3)


def test_half_width_is_wilsons() -> None:
    for n in (5, 20, 50, 100, 1_000):
        interval = binomtest(round(0.8 * n), n).proportion_ci(method="wilson")
        assert half_width(n) == round(100 * (interval.high - interval.low) / 2)


def test_shares_of_the_users_own() -> None:
    data = examples(labelled(100))
    result = split(data, LABEL, shares=(0.5, 0.2, 0.3))
    assert (len(result.train), len(result.validation), len(result.test)) == (50, 20, 30)
    assert result.reasons[0].code == "shares_chosen"
    short = split(examples(labelled(20)), LABEL, shares=(0.1, 0.4, 0.5))
    assert len(short.train) == 10 and "kept_for_training" in [reason.code for reason in short.reasons]


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (0.0, 0.5, 0.5), (1.2, -0.1, -0.1)])
def test_impossible_shares_are_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(BadSetting, match="100%"):
        split(examples(labelled(20)), LABEL, shares=shares)


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_an_impossible_seed_is_refused(seed: int) -> None:
    with pytest.raises(BadSetting, match="seed"):
        split(examples(labelled(20)), LABEL, seed=seed)


def test_classes_of_one_row_each_all_train_and_that_is_said() -> None:
    data = examples([(f"q {i}", f"class {i}") for i in range(40)])
    result = split(data, LABEL)
    assert len(result.train) == 40
    assert [reason.code for reason in result.reasons] == ["no_validation_rows", "split_stratified", "classes_untested", "seed"]
    assert result.reasons[2].params == {"n": 40, "of": 40}


def test_the_reason_counts_the_rows_that_really_test() -> None:
    data = examples([*[(f"q {i}", f"class {i}") for i in range(90)], *[(f"p {i}", "big") for i in range(10)]])
    result = split(data, LABEL, seed=3)
    assert result.reasons[0].params["n"] == len(result.test) == 9 and result.reasons[0].code == "small_test"


def test_nothing_to_split() -> None:
    assert split((), TEXT).train == ()


def test_the_draw_is_fair() -> None:
    """Over many seeds every row is tested about as often as any other."""
    data = examples(labelled(60))
    times: Counter[int] = Counter()
    for seed in range(200):
        times.update(split(data, LABEL, seed=seed).test)
    by_class: dict[str, list[int]] = defaultdict(list)
    for index, one in enumerate(data):
        by_class[one.answer].append(times[index])
    assert all(30 <= n <= 95 for n in times.values()), "60 expected, within five standard deviations"
    assert all(sum(counts) == 200 * 6 for counts in by_class.values())


@pytest.mark.slow
def test_fifty_thousand_rows_are_split_quickly() -> None:
    data = examples(labelled(50_000))
    start = time.process_time()
    split(data, LABEL)
    assert time.process_time() - start < 4
