"""The headline: only unseen rows, only with enough of them, and never a verdict that chance could have given."""

from collections.abc import Sequence

import pytest

from core.base.answers import AnswerShape
from core.base.leakage import SeenRow, seen_in_training
from core.base.replies import Prediction
from core.base.types import Example, Message
from core.compare.candidate import Candidate
from core.compare.certainty import more_rows_needed, pair
from core.compare.headline import FEWEST_ROWS
from core.compare.outcome import Answered, Outcome, Seen, outcome
from core.compare.score import Judged

BEFORE = Candidate("base", "Before", "custom", "https://models.example", "small")
AFTER = Candidate("tuned", "After", "custom", "https://models.example", "ft:small")
LABEL = AnswerShape("label")
TEXT = AnswerShape("text")


def predictions(rights: Sequence[bool | None], *, first_row: int = 2, error: str = "") -> list[Prediction]:
    return [
        Prediction(row, f"question {row}", "yes", None if right is None else ("yes" if right else "no"), error if right is None else "")
        for row, right in enumerate(rights, first_row)
    ]


def compare(
    base: Sequence[bool | None],
    tuned: Sequence[bool | None],
    *,
    seen: Sequence[int] = (),
    shape: AnswerShape = LABEL,
    practice: bool = False,
) -> Outcome:
    found = [SeenRow(row - 2, row, "exact", 100 + row) for row in seen]
    return two(predictions(base), predictions(tuned), found, shape=shape, practice=practice)


def two(
    base: Sequence[Prediction],
    tuned: Sequence[Prediction],
    seen: Sequence[Seen] = (),
    *,
    shape: AnswerShape = LABEL,
    total: int = 0,
    practice: bool = False,
) -> Outcome:
    return outcome((Answered(BEFORE, base, total=total), Answered(AFTER, tuned, seen, total)), shape, practice=practice)


def counts(only_base: int, only_tuned: int, both: int = 0, neither: int = 0) -> tuple[list[bool], list[bool]]:
    base = [True] * only_base + [False] * only_tuned + [True] * both + [False] * neither
    tuned = [False] * only_base + [True] * only_tuned + [True] * both + [False] * neither
    return base, tuned


# exact McNemar by hand: p = 2 * P(X <= min) under Binomial(b + c, 1/2)
@pytest.mark.parametrize(
    ("only_base", "only_tuned", "p", "code"),
    [
        (0, 6, 2 / 64, "better"),
        (6, 0, 2 / 64, "worse"),
        (0, 5, 2 / 32, "perhaps_better"),
        (5, 0, 2 / 32, "perhaps_worse"),
        (1, 8, 2 * 10 / 512, "better"),
        (4, 9, 2 * (1 + 13 + 78 + 286 + 715) / 8192, "perhaps_better"),
        (3, 3, 1.0, "cannot_tell"),
        (0, 0, 1.0, "cannot_tell"),
    ],
)
def test_the_verdict_is_the_exact_tests(only_base: int, only_tuned: int, p: float, code: str) -> None:
    headline = compare(*counts(only_base, only_tuned, both=5, neither=5)).headline
    assert headline.verdict.code == code
    assert headline.verdict.params["p"] == pytest.approx(p)


def test_the_headline_gives_both_scores_on_the_same_rows() -> None:
    base, tuned = counts(4, 9, both=5, neither=2)
    made = compare(base, tuned)
    assert made.headline.scores is not None
    assert [score.right for score in made.headline.scores] == [9, 14] and made.headline.clean_n == 20
    # Connor's formula by hand: discordant 13/20, difference 5/20 -> 79.2 rows in all
    assert made.headline.verdict.params["more_rows"] == 60


def test_no_difference_needs_no_number_of_rows() -> None:
    judged = [Judged(row, True) for row in range(10)]
    assert more_rows_needed(pair(judged, judged)) is None
    assert more_rows_needed(pair([], [])) is None


def test_with_nineteen_of_twenty_rows_from_the_training_the_headline_is_refused() -> None:
    train = [Example((Message("user", f"How do I close account number {n}?"), Message("assistant", "yes")), n + 2) for n in range(19)]
    fresh = Example((Message("user", "Where is the nearest branch?"), Message("assistant", "yes")), 40)
    test = [*train, fresh]
    seen = seen_in_training(test, train)
    base = [Prediction(e.row, e.question, e.answer, "no") for e in test]
    tuned = [Prediction(e.row, e.question, e.answer, "yes") for e in test]
    made = two(base, tuned, seen)
    assert made.headline.refused and made.headline.scores is None and made.headline.difference is None
    assert made.headline.verdict.code == "too_few_unseen_rows"
    assert made.headline.verdict.params["seen"] == 19 and made.headline.verdict.params["unseen"] == 1
    # the one clean row and the nineteen others are scored apart
    assert (made.scores[AFTER.id].clean.whole.right, made.scores[AFTER.id].clean.whole.n) == (1, 1)
    assert (made.scores[AFTER.id].seen.whole.right, made.scores[AFTER.id].seen.whole.n) == (19, 19)
    assert made.clean_rows == 1
    assert made.table["seen"].tolist() == ["exact"] * 19 + [""]
    assert made.table["seen_row"].tolist() == [e.row for e in train] + [None]


def test_rows_seen_in_training_never_enter_the_headline() -> None:
    base, tuned = [False] * 10, [True] * 8 + [False] * 2
    made = compare(base, tuned, seen=range(2, 10))  # the eight right ones were trained on
    assert made.headline.refused
    made = compare([False] * 20, [True] * 8 + [False] * 12, seen=range(2, 10))
    assert made.headline.scores is not None and made.headline.scores[1].right == 0 and made.headline.clean_n == 12


@pytest.mark.parametrize(
    ("base", "tuned", "seen", "code"),
    [
        ([], [], [], "nothing_yet"),
        ([True] * 10, [], [], "not_finished"),
        ([True] * 10, [True] * 10, range(2, 12), "no_unseen_rows"),
        ([True] * 5, [True] * 5, [], "too_few_rows"),
        ([True] * 10, [True] * 9 + [None], [], "not_finished"),
        ([True] * 10, [True] * 10, range(2, 7), "too_few_unseen_rows"),
    ],
)
def test_a_headline_is_refused_with_its_reason(base: list[bool | None], tuned: list[bool | None], seen: Sequence[int], code: str) -> None:
    made = compare(base, tuned, seen=seen)
    assert made.headline.refused and made.headline.verdict.code == code


def test_no_verdict_while_rows_are_missing_that_the_predictions_do_not_name() -> None:
    answers = predictions([False] * 10), predictions([True] * 10)
    under_way = two(*answers, total=20)
    assert under_way.headline.verdict.code == "not_finished" and under_way.headline.verdict.params["pending"] == 20
    assert (under_way.scores[AFTER.id].clean.whole.right, under_way.total) == (10, 20)  # the scores so far are there
    assert two(*answers, total=10).headline.verdict.code == "better"


def test_five_rows_can_never_reach_a_verdict_and_so_get_no_headline() -> None:
    assert compare([False] * 5, [True] * 5).headline.refused
    six = compare([False] * FEWEST_ROWS, [True] * FEWEST_ROWS).headline
    assert six.verdict.code == "better"


def test_a_failed_row_does_not_hold_the_headline_up_and_is_left_out_of_the_pairs() -> None:
    base, tuned = predictions([False] * 10), predictions([True] * 9 + [None], error="Too long.")
    made = two(base, tuned)
    assert made.headline.clean_n == 9 and made.headline.scores is not None and made.headline.scores[0].n == 9
    assert made.scores[AFTER.id].clean.failed == 1
    assert made.table["note"].tolist()[-1] == "Too long."


@pytest.mark.parametrize(("practice", "code"), [(True, "practice_text_has_no_score"), (False, "text_has_no_score")])
def test_free_text_gets_a_count_and_no_verdict(practice: bool, code: str) -> None:
    made = compare([False] * 10, [True] * 10, shape=TEXT, practice=practice)
    assert made.headline.refused and made.headline.verdict.code == code
    assert made.scores[AFTER.id].clean.whole.right == 10


def test_the_table_has_every_row_with_both_answers() -> None:
    made = compare([True, False, None], [False, True, True])
    columns = "row question expected base_answer tuned_answer base_right tuned_right seen seen_row note"
    assert made.table.columns.tolist() == columns.split()
    assert made.table["row"].tolist() == [2, 3, 4]
    assert made.table["base_answer"].tolist() == ["yes", "no", None]
    assert made.table["base_right"].tolist() == [True, False, None]
    assert made.table["tuned_right"].tolist() == [False, True, True]


def test_the_published_bank_score_is_refused(seed_data: object) -> None:
    """All of the published test queries stand in the training file; rebuilt here with 20 of its rows."""
    import csv
    from pathlib import Path

    with (Path(str(seed_data)) / "bank_support_train.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    examples = [
        Example((Message("user", row["Support Query"]), Message("assistant", row["Top Category"])), number)
        for number, row in enumerate(rows, 2)
    ]
    test = examples[::5]
    answers = [Prediction(e.row, e.question, e.answer, e.answer) for e in test]
    made = two(answers, answers, seen_in_training(test, examples))
    assert made.headline.verdict.code == "no_unseen_rows"
    assert made.scores[AFTER.id].seen.whole.n == 20 and made.scores[AFTER.id].clean.whole.n == 0
