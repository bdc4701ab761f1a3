"""Several candidates: each against the one that is looked at, corrected for being several, and never on rows that one was trained on."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.base.answers import AnswerShape
from core.base.leakage import seen_in_training
from core.base.replies import Prediction
from core.base.types import Example, Message
from core.compare.candidate import Candidate, Prompt
from core.compare.few_shot import seen_in_prompts, similar
from core.compare.outcome import Answered, outcome

LABEL = AnswerShape("label")
BEFORE = Candidate("base", "Before", "custom", "https://models.example", "small")
AFTER = Candidate("tuned", "After", "custom", "https://models.example", "ft:small")
SHOWN = replace(BEFORE, label="With examples", prompt=Prompt(shots=3))
RECORDED = Candidate("recorded", "Last year's", "recorded", "", "old", {"file": "f" * 64})


def answers(rights: Sequence[bool | None], first_row: int = 2) -> list[Prediction]:
    return [
        Prediction(row, f"question {row}", "yes", None if right is None else "yes" if right else "no")
        for row, right in enumerate(rights, first_row)
    ]


def test_every_other_one_is_compared_with_the_one_that_is_looked_at() -> None:
    made = outcome(
        [
            Answered(BEFORE, answers([False] * 20)),
            Answered(AFTER, answers([True] * 20)),
            Answered(SHOWN, answers([True] * 12 + [False] * 8)),
        ],
        LABEL,
    )
    assert [one.first for one in made.headlines] == [BEFORE.id, SHOWN.id] and {one.second for one in made.headlines} == {AFTER.id}
    assert [one.verdict.code for one in made.headlines] == ["better", "better"]
    about = outcome(
        [
            Answered(BEFORE, answers([False] * 20)),
            Answered(AFTER, answers([True] * 20)),
            Answered(SHOWN, answers([True] * 12 + [False] * 8)),
        ],
        LABEL,
        looked_at=SHOWN.id,
    )
    assert [(one.first, one.verdict.code) for one in about.headlines] == [(BEFORE.id, "better"), (AFTER.id, "worse")]


def test_what_would_pass_alone_may_be_chance_among_three() -> None:
    base, tuned = [False] * 6 + [True] * 4, [True] * 10
    alone = outcome([Answered(BEFORE, answers(base)), Answered(AFTER, answers(tuned))], LABEL)
    assert alone.headline.verdict.code == "better" and alone.headline.p == alone.headline.pairing.p == pytest.approx(2 / 64)
    others = [Answered(SHOWN, answers(tuned)), Answered(RECORDED, answers(tuned))]
    among = outcome([Answered(BEFORE, answers(base)), Answered(AFTER, answers(tuned)), *others], LABEL)
    assert among.headline.verdict.code == "perhaps_better" and among.headline.p == pytest.approx(3 * 2 / 64)
    assert among.headline.verdict.params["comparisons"] == 3


def test_one_under_way_holds_no_other_up_and_may_only_make_it_surer() -> None:
    base, tuned = [False] * 8 + [True] * 4, [True] * 12
    under_way = [Answered(BEFORE, answers(base)), Answered(AFTER, answers(tuned)), Answered(SHOWN, answers([False] * 5), total=12)]
    made = outcome(under_way, LABEL)
    assert made.headline.verdict.code == "better"
    assert made.against(SHOWN.id).verdict.code == "not_finished"
    over = outcome([*under_way[:2], Answered(SHOWN, answers([False] * 12), total=12)], LABEL)
    assert over.headline.p <= made.headline.p


def test_rows_are_apart_for_whoever_was_trained_on_them() -> None:
    train = [Example((Message("user", f"Please close account number {n} for me"), Message("assistant", "yes")), 100 + n) for n in range(3)]
    asked = [replace(one, row=2 + at) for at, one in enumerate(train)]
    asked += [Example((Message("user", f"A wholly different matter, {n}"), Message("assistant", "yes")), 5 + n) for n in range(9)]
    seen = seen_in_training(asked, train)
    assert [one.row for one in seen] == [2, 3, 4]
    made = outcome(
        [Answered(BEFORE, answers([True] * 3 + [False] * 9)), Answered(AFTER, answers([True] * 12), seen)],
        LABEL,
    )
    before, after = (made.scores[one.id] for one in (BEFORE, AFTER))
    assert (before.clean.whole.n, before.seen.whole.n, before.aside.whole.n) == (9, 0, 3)
    assert (after.clean.whole.n, after.seen.whole.n, after.aside.whole.n) == (9, 3, 0)
    assert (before.aside.whole.right, made.headline.pairing.n) == (3, 9)
    assert made.seen_by == {BEFORE.id: frozenset(), AFTER.id: frozenset({2, 3, 4})}


def test_the_published_fault_gives_no_candidate_a_headline() -> None:
    """19 of 20 test rows are training rows: refused for the tuned model, for one with examples in its prompt and for recorded answers."""
    train = [Example((Message("user", f"How do I close account number {n}?"), Message("assistant", "yes")), n + 2) for n in range(19)]
    test = [*train, Example((Message("user", "Where is the nearest branch?"), Message("assistant", "yes")), 40)]
    seen = seen_in_training(test, train)
    places = similar(test, train, 3)
    shots = [[train[at] for at in some] for some in places]
    assert seen_in_prompts(test, shots) == [], "nothing stands before its own question"
    leaky = [[one] if at < 19 else [] for at, one in enumerate(test)]  # what a careless few-shot prompt would hold
    right = [Prediction(e.row, e.question, e.answer, "yes") for e in test]
    wrong = [Prediction(e.row, e.question, e.answer, "no") for e in test]
    made = outcome(
        [
            Answered(BEFORE, wrong),
            Answered(AFTER, right, seen),
            Answered(SHOWN, right, seen_in_prompts(test, leaky)),
            Answered(RECORDED, right, seen),
        ],
        LABEL,
    )
    assert all(one.refused and one.scores is None and one.difference is None for one in made.headlines)
    first = made.headline.verdict
    assert first.code == "too_few_unseen_rows" and (first.params["seen"], first.params["unseen"], first.params["rows"]) == (19, 1, 20)
    for one in (AFTER, SHOWN, RECORDED):
        scores = made.scores[one.id]
        assert (scores.clean.whole.right, scores.clean.whole.n) == (1, 1), "the one clean row, apart"
        assert (scores.seen.whole.right, scores.seen.whole.n) == (19, 19)
    about = outcome([Answered(BEFORE, wrong), Answered(AFTER, right, seen), Answered(SHOWN, right, seen)], LABEL, looked_at=SHOWN.id)
    assert all(one.refused for one in about.headlines)


def test_both_got_none_is_said_as_that() -> None:
    made = outcome([Answered(BEFORE, answers([False] * 20)), Answered(AFTER, answers([False] * 20))], LABEL)
    assert made.headline.verdict.code == "both_none" and made.headline.verdict.params["n"] == 20
    made = outcome([Answered(BEFORE, answers([True] * 20)), Answered(AFTER, answers([True] * 20))], LABEL)
    assert made.headline.verdict.code == "both_all"


def test_columns_of_the_table_are_told_apart() -> None:
    bare = replace(BEFORE, prompt=Prompt(system=False))
    other = replace(AFTER, model="ft:other")
    made = outcome([Answered(one, answers([True])) for one in (BEFORE, AFTER, bare, SHOWN, other, RECORDED)], LABEL)
    assert list(made.columns.values()) == ["base", "tuned", "base_no_system", "base_3_shots", "tuned_2", "recorded"]
    assert {f"{name}_answer" for name in made.columns.values()} <= set(made.table.columns)


def test_rows_that_one_of_two_did_not_answer_are_counted_beside_the_verdict() -> None:
    seen = seen_in_training([Example((Message("user", "q"), Message("assistant", "a")), 2)], [Example((Message("user", "q"),), 9)])
    made = outcome(
        [
            Answered(BEFORE, answers([None, None, *[False] * 18])),
            Answered(AFTER, answers([*[True] * 19, None]), seen),
            Answered(SHOWN, answers([True] * 20)),
        ],
        LABEL,
    )
    # row 2 was trained on; row 3 lacks the first answer and row 21 the second
    assert [(one.pairing.n, made.unanswered(one)) for one in made.headlines] == [(17, 2), (18, 1)]


def test_the_same_questions_to_the_same_model_are_one_run_whatever_it_is_called() -> None:
    twin = replace(BEFORE, kind="elsewhere", label="By its own name", settings=dict(BEFORE.settings))
    assert BEFORE.asks_the_same(twin) and twin.id != BEFORE.id
    assert not any(BEFORE.asks_the_same(one) for one in (AFTER, SHOWN, RECORDED, replace(BEFORE, settings={"temperature": 1})))
