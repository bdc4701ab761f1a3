"""The blind vote: nobody can tell the sides, every vote counts once, and how sure the result is."""

import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import UnreadableFile
from core.base.export import restore, safe_csv
from core.base.replies import Prediction
from core.compare.vote import CHOICES, Choice, Vote, is_flipped, of_side, order, standing
from core.compare.vote_file import Odd, read_votes, vote_file

ROWS = list(range(2, 42))


def by(rater: str, *choices: Choice) -> list[Vote]:
    return [Vote(row, rater, choice) for row, choice in enumerate(choices, 2)]


def test_the_sides_are_a_coin_and_stay_as_they_were() -> None:
    flips = [is_flipped("pair", "Ana", row) for row in range(2000)]
    assert flips == [is_flipped("pair", "Ana", row) for row in range(2000)]
    assert 900 < sum(flips) < 1100
    assert flips != [is_flipped("pair", "Budi", row) for row in range(2000)]
    assert sorted(order("pair", "Ana", ROWS)) == ROWS and order("pair", "Ana", ROWS) != order("pair", "Budi", ROWS)


def test_a_side_is_the_model_that_stands_there() -> None:
    assert [of_side("left", False), of_side("right", False)] == ["first", "second"]
    assert [of_side("left", True), of_side("right", True)] == ["second", "first"]


def test_nine_of_ten_is_no_chance_and_six_of_ten_may_be() -> None:
    clear = standing(by("Ana", *["second"] * 9, "first"), ROWS[:10])
    assert clear.p == pytest.approx(0.0215, abs=1e-4) and clear.verdict.code == "vote_better"
    assert standing(by("Ana", *["first"] * 9, "second"), ROWS[:10]).verdict.code == "vote_worse"
    maybe = standing(by("Ana", *["second"] * 6, *["first"] * 4), ROWS[:10])
    assert maybe.p == pytest.approx(0.754, abs=1e-3) and maybe.verdict.code == "vote_cannot_tell"


def test_ties_decide_nothing_and_are_counted() -> None:
    found = standing(by("Ana", *["tie"] * 5, *["both_bad"] * 4, "second"), ROWS[:10])
    assert (found.tie, found.both_bad, found.second, found.p) == (5, 4, 1, 1.0)
    assert found.verdict.code == "vote_cannot_tell"


def test_before_all_rows_are_voted_on_there_is_no_verdict() -> None:
    assert standing([], ROWS).verdict.code == "vote_nothing"
    assert standing(by("Ana", *["second"] * 30), ROWS).verdict.code == "vote_unfinished"


def test_of_two_raters_a_row_counts_once_for_whom_more_prefer() -> None:
    votes = [*by("Ana", "second", "second", "first", "tie"), *by("Budi", "second", "first", "tie", "both_bad")]
    found = standing(votes, ROWS[:4])
    assert (found.second, found.first, found.tie, found.both_bad) == (1, 1, 2, 0)
    assert found.agreement is not None
    assert (found.agreement.raters, found.agreement.rows, found.agreement.share, found.agreement.differing) == (2, 4, 0.25, 3)


def test_kappa_is_what_chance_leaves() -> None:
    same = standing([*by("Ana", "first", "second"), *by("Budi", "first", "second")], ROWS[:2]).agreement
    assert same is not None and same.kappa == pytest.approx(1.0)
    one_word = standing([*by("Ana", "first", "first"), *by("Budi", "first", "first")], ROWS[:2]).agreement
    assert one_word is not None and one_word.share == 1.0 and one_word.kappa is None
    assert standing(by("Ana", "first"), ROWS[:1]).agreement is None


def test_the_later_of_two_votes_by_one_rater_counts() -> None:
    assert standing([Vote(2, "Ana", "first"), Vote(2, "Ana", "second")], [2]).second == 1


def _answers(text: str) -> dict[int, Prediction]:
    return {row: Prediction(row, f"=question {row}", "", f"{text} {row}") for row in ROWS}


def _filled(table: pd.DataFrame, prefer: str) -> pd.DataFrame:
    table = table.copy()
    table["vote"] = ["A" if a.startswith(prefer) else "b " for a in table["answer_a"]]
    return table


def test_a_vote_file_goes_out_and_comes_back_as_the_votes_that_were_meant() -> None:
    table = vote_file(_answers("before"), _answers("after"), "pair", "Ana")
    text = safe_csv(_filled(table, "after")).decode("utf-8-sig")
    back = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    votes, odd = read_votes(list(back.columns), back.values.tolist(), "pair", ROWS)
    assert odd == [] and {vote.row for vote in votes} == set(ROWS)
    assert {vote.choice for vote in votes} == {"second"} and {vote.rater for vote in votes} == {"Ana"}
    assert [restore(cell) for cell in back["question"]] == [f"=question {row}" for row in order("pair", "Ana", ROWS)]
    assert not {"before", "after", "model", "base", "tuned"} & {name.casefold() for name in back.columns}, "nothing tells which is which"


def test_a_vote_that_is_not_understood_is_named_by_its_line_and_an_empty_one_is_none() -> None:
    lines = [["2", "perhaps", "Ana", "pair"], ["3", "", "Ana", "pair"], ["4", "Seri", "Ana", "pair"], ["99", "A", "Ana", "pair"]]
    votes, odd = read_votes(["Row", "vote", "rater", "comparison"], lines, "pair", ROWS)
    assert [(vote.row, vote.choice) for vote in votes] == [(4, "tie")]
    assert odd == [Odd(2, "vote", "perhaps"), Odd(5, "row", "99")]
    _, odd = read_votes(["Row", "vote", "rater", "comparison"], [["2", "A", "", "pair"]], "pair", ROWS)
    assert odd == [Odd(2, "rater")]


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-2", "2.5", "two"])
def test_what_is_no_row_number_is_a_line_that_is_not_understood(number: str) -> None:
    votes, odd = read_votes(
        ["row", "vote", "rater", "comparison"], [[number, "A", "Ana", "pair"], ["2.0", "A", "Ana", "pair"]], "pair", ROWS
    )
    assert odd == [Odd(2, "row", number)] and [vote.row for vote in votes] == [2]


@pytest.mark.parametrize(
    ("columns", "lines"),
    [(["row", "vote", "rater"], []), (["row", "vote", "rater", "comparison"], [["2", "A", "Ana", "another"]])],
)
def test_a_file_that_is_no_vote_on_this_pair_is_refused(columns: list[str], lines: list[list[str]]) -> None:
    with pytest.raises(UnreadableFile) as told:
        read_votes(columns, lines, "pair", ROWS)
    assert told.value.hint


@given(st.lists(st.tuples(st.sampled_from(ROWS[:8]), st.sampled_from(["Ana", "Budi", "Citra"]), st.sampled_from(CHOICES)), max_size=40))
def test_every_row_is_counted_once(given_votes: list[tuple[int, str, Choice]]) -> None:
    found = standing([Vote(*one) for one in given_votes], ROWS)
    assert found.voted == len({row for row, _, _ in given_votes}) <= found.total == len(ROWS)
    assert 0 <= found.low <= found.high <= 1 and 0 < found.p <= 1
    if found.agreement is not None:
        assert 0 <= found.agreement.share <= 1
