"""The judge on a leash: leaning to a place is seen, agreement is counted against the votes, and what is not calibrated is not used."""

import json
import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.replies import Prediction
from core.base.types import Example, Message
from core.compare.calibration import NEEDED, Judging, chance, judging
from core.compare.judge import VERDICTS, Ask, asks
from core.compare.vote import CHOICES, Choice, Vote, kappa, preferred

Judge = Callable[[str, str], str]  # both answers as they stand -> the reply


def asked(n: int, times: int = 1) -> list[Ask]:
    """Rows 2 and on: the first model's answer is "first 2", the second's "second 2"."""
    rows = [Example((Message("user", f"Question {row}?"), Message("assistant", "")), row) for row in range(2, n + 2)]
    made, _ = asks(rows, {row.row: f"first {row.row}" for row in rows}, {row.row: f"second {row.row}" for row in rows}, times)
    return made


def judged(made: list[Ask], judge: Judge, votes: Iterable[Vote] = ()) -> Judging:
    replies = {}
    for ask in made:
        held = json.loads(ask.messages[1].content)
        replies[ask.row, ask.tag] = Prediction(ask.row, "", ask.tag, judge(held["answer_A"], held["answer_B"]))
    return judging(made, replies, votes)


def likes(*better: Choice) -> Judge:
    """A judge that looks at the answers alone: what it thinks of rows 2, 3 and so on."""

    def judge(a: str, b: str) -> str:
        choice = better[(int(a.split()[1]) - 2) % len(better)]
        return choice if choice in ("tie", "both_bad") else "A" if a.startswith(choice) else "B"

    return judge


def votes(*choices: Choice, rater: str = "Ana") -> list[Vote]:
    return [Vote(row, rater, choice) for row, choice in enumerate(choices, 2)]


def test_a_judge_that_looks_at_the_answers_is_of_one_mind_in_both_orders() -> None:
    found = judged(asked(4), likes("first", "second", "tie", "both_bad"))
    assert [one.preference for one in found.rows] == ["first", "second", "neither", "neither"]
    assert not found.swayed and found.replies == 8


@pytest.mark.parametrize(("place", "reply"), [("A", "A"), ("B", "B")])
def test_a_judge_that_always_takes_one_place_is_shown_as_that_and_prefers_nothing(place: str, reply: str) -> None:
    found = judged(asked(30), lambda a, b: reply, votes(*["second"] * 20, *["first"] * 10))
    assert {one.place for one in found.swayed} == {place} and len(found.swayed) == 30
    assert dict(found.counts) == {"neither": 30}
    assert found.verdict.code == "judge_goes_by_place" and not found.is_usable
    assert found.accord.same == 0


@pytest.mark.parametrize("lean", [0.0, 0.1, 0.3, 0.6])
def test_the_share_that_a_place_decides_is_found_as_it_was_planted(lean: float) -> None:
    dice = random.Random(7)
    leaning = {row for row in range(2, 802) if dice.random() < lean}
    truth = likes("first", "second", "second")

    def judge(a: str, b: str) -> str:
        return "A" if int(a.split()[1]) in leaning else truth(a, b)

    found = judged(asked(800), judge)
    # where it would have chosen A anyway it leans, too, but in one of the two orders only: the orders disagree on every such row
    assert {one.row for one in found.swayed} == leaning and all(one.place == "A" for one in found.swayed)
    assert (found.verdict.code == "judge_goes_by_place") is (lean > 0.5)


def test_a_row_on_which_one_order_cannot_be_read_counts_for_nothing() -> None:
    found = judged(asked(3), lambda a, b: "A is better, I think" if a == "second 3" else likes("second")(a, b))
    assert [one.preference for one in found.rows] == ["second", None, "second"]
    assert dict(found.unread) == {"judge_said_more": 1} and len(found.judged) == 2


def test_of_several_times_a_preference_counts_that_most_of_them_have() -> None:
    made = asked(1, 3)
    said = iter(["A", "B", "A", "B", "B", "A"])  # in the order 12, 21, 12, 21, 12, 21
    replies = {(ask.row, ask.tag): Prediction(ask.row, "", ask.tag, next(said)) for ask in made}
    found = judging(made, replies, ())
    assert found.rows[0].straight == "first" and found.rows[0].preference == "first"
    assert (found.repeated, found.alike) == (6, 2), "of three replies three pairs, in each of two orders"
    twice = asked(1, 2)
    torn = iter(["A", "B", "B", "B"])
    found = judging(twice, {(ask.row, ask.tag): Prediction(ask.row, "", ask.tag, next(torn)) for ask in twice}, ())
    assert found.rows[0].straight == "neither", "one each is no preference"


def test_agreement_is_counted_on_the_rows_that_both_have_judged() -> None:
    people = votes(*["second"] * 14, *["first"] * 6, *["tie"] * 3, "both_bad", *["second"] * 10)
    judge = likes(*["second"] * 14, *["first"] * 6, *["both_bad"] * 3, "tie", *["first"] * 10)
    found = judged(asked(40), judge, people)
    assert (found.accord.n, found.accord.same) == (34, 24), "a tie and both being bad are the same: no preference"
    assert found.accord.low == pytest.approx(0.538, abs=1e-3) and found.accord.high == pytest.approx(0.832, abs=1e-3)
    both = [(found.people[one.row], str(one.preference)) for one in found.rows if one.row in found.people]
    assert found.accord.kappa == kappa(both)
    assert {one.row for one in found.differing} == set(range(26, 36))
    assert found.verdict.code == "judge_usable"


def test_below_so_many_rows_in_common_nothing_may_be_used_however_well_they_agree() -> None:
    some = [CHOICES[row % 2] for row in range(NEEDED)]
    assert judged(asked(NEEDED), likes(*some), votes(*some[:-1])).verdict.params == {"common": NEEDED - 1, "needed": NEEDED}
    assert judged(asked(NEEDED), likes(*some), votes(*some[:-1])).verdict.code == "judge_not_calibrated"
    assert judged(asked(NEEDED), likes(*some), votes(*some)).is_usable


def test_a_judge_that_guesses_is_not_used_but_for_one_time_in_twenty() -> None:
    dice, used = random.Random(3), 0
    for _ in range(200):
        guesses: list[Choice] = [dice.choice(CHOICES[:3]) for _ in range(30)]
        people: list[Choice] = [dice.choice(CHOICES[:3]) for _ in range(30)]
        used += judged(asked(30), likes(*guesses), votes(*people)).is_usable
    assert used <= 20, used  # 10 expected; more than 20 comes by chance in 1 of 1,000 sets of 200


def test_what_one_answer_for_all_rows_agrees_with_is_no_sign_of_judgement() -> None:
    found = judged(asked(30), likes("second"), votes(*["second"] * 27, *["first"] * 3))
    assert found.accord.share == 0.9 and found.accord.p == 1.0
    assert found.verdict.code == "judge_like_chance"
    alike = judged(asked(30), likes("second"), votes(*["second"] * 30))
    assert alike.accord.kappa is None and alike.verdict.code == "judge_like_chance"


@pytest.mark.parametrize(("n", "least", "most"), [(10, 0.45, 0.70), (NEEDED, 0.80, 0.95)])
def test_twenty_rows_tell_a_judge_of_seven_in_ten_from_chance_and_ten_do_not(n: int, least: float, most: float) -> None:
    dice, told = random.Random(11), 0
    weights = (0.3, 0.45, 0.25)
    keeps = (0.7 - 0.355) / (1 - 0.355)  # so many of its opinions are the people's; the others agree with them in 35.5% by chance
    for _ in range(200):
        people = dice.choices(("first", "second", "neither"), weights, k=n)
        judge = [one if dice.random() < keeps else dice.choices(("first", "second", "neither"), weights)[0] for one in people]
        told += chance(tuple(zip(people, judge, strict=True))) < 0.05
    assert least <= told / 200 <= most


def test_how_far_people_agree_among_themselves_stands_beside_it() -> None:
    some = [*votes("second", "first", "second", "tie"), *votes("second", "second", "second", "tie", rater="Budi")]
    found = judged(asked(4), likes("second"), some)
    assert found.accord.among_people == 0.75
    assert judged(asked(4), likes("second"), votes("second")).accord.among_people is None
    assert preferred(some, [2, 3, 4, 5]) == {2: "second", 3: "tie", 4: "second", 5: "tie"}


def test_before_anything_was_said_there_is_nothing_to_tell() -> None:
    found = judging(asked(3), {}, votes("first"))
    assert found.verdict.code == "judge_nothing" and found.accord.n == 0 and found.replies == 0
    assert judging([], {}, ()).verdict.code == "judge_nothing"


@given(
    st.lists(st.sampled_from([*VERDICTS, "", "nonsense", '{"verdict": "A"}', None]), min_size=12, max_size=12),
    st.lists(st.sampled_from(CHOICES), max_size=3),
)
def test_whatever_the_judge_says_every_row_is_counted_once(said: list[str | None], choices: list[Choice]) -> None:
    made = asked(3, 2)
    replies = {(ask.row, ask.tag): Prediction(ask.row, "", ask.tag, one, "" if one else "No.") for ask, one in zip(made, said, strict=True)}
    found = judging(made, replies, votes(*choices))
    assert sum(found.counts.values()) == len(found.judged) <= len(found.rows) == 3
    assert found.replies == 12 and sum(found.unread.values()) == sum(one in ("", "nonsense", None) for one in said)
    assert 0 <= found.accord.low <= found.accord.share <= found.accord.high <= 1 and 0 < found.accord.p <= 1
    assert len(found.swayed) <= len(found.judged) and set(found.swayed) <= set(found.judged)
