"""Which classes starve."""

import numpy as np

from core.base.answers import AnswerShape
from core.estimate.starving import LISTED, MINIMUM, Starving, starving

LABEL = AnswerShape("label")


def hungry(rows: dict[str, int], recall: dict[str, float]) -> list[Starving]:
    keys = [(name,) for name, n in rows.items() for _ in range(n)]
    right = np.array([at < recall[name] * n for name, n in rows.items() for at in range(n)])[None, :, None]
    return list(starving(keys, {(0, name): n for name, n in rows.items()}, right, LABEL)[0])


def test_a_class_with_fewer_rows_than_the_minimum_starves_however_well_it_is_recognised() -> None:
    found = hungry({"Loans": MINIMUM - 1, "Cards": MINIMUM, "Fees": 40}, {"Loans": 1.0, "Cards": 1.0, "Fees": 0.9})
    assert found == [Starving("answer", "Loans", MINIMUM - 1, 1.0)]


def test_a_class_that_is_never_recognised_while_others_are_starves() -> None:
    assert [one.name for one in hungry({"Loans": 12, "Cards": 60}, {"Loans": 0.0, "Cards": 0.9})] == ["Loans"]


def test_where_all_do_badly_none_starves() -> None:
    assert hungry({"Loans": 12, "Cards": 60}, {"Loans": 0.0, "Cards": 0.3}) == []


def test_a_few_wrong_answers_may_be_bad_luck() -> None:
    assert hungry({"Loans": 5, "Cards": 60}, {"Loans": 0.0, "Cards": 0.52}) == []
    assert hungry({"Loans": 5, "Cards": 60}, {"Loans": 0.0, "Cards": 0.7}) == [Starving("answer", "Loans", 5, 0.0)]


def test_the_list_is_bounded_and_begins_with_the_fewest() -> None:
    rows = {f"class {n}": 1 + n % 4 for n in range(40)} | {"Fees": 50}
    keys = [(name,) for name in rows]
    found, n = starving(keys, {(0, name): count for name, count in rows.items()}, np.ones((1, len(keys), 1)), LABEL)
    assert (len(found), n) == (LISTED, 40) and [one.rows for one in found] == sorted(one.rows for one in found)


def test_each_field_has_its_own_classes() -> None:
    shape = AnswerShape("json", ("top", "sub"))
    keys = [("Cards", "Lost")] * 6 + [("Cards", "Fees")] * 2
    counts = {(0, "Cards"): 8, (1, "Lost"): 6, (1, "Fees"): 2}
    found, n = starving(keys, counts, np.ones((1, 8, 2)), shape)
    assert n == 1 and (found[0].field, found[0].name) == ("sub", "Fees")


def test_a_class_that_was_not_tested_has_no_recall() -> None:
    found, _ = starving((), {(0, "Cards"): 2}, np.zeros((0, 0, 1)), LABEL)
    assert found == (Starving("answer", "Cards", 2, None),)
