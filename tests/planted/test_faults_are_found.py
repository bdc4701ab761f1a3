"""Faults planted at random rows of clean data are found, and the other rows are left in peace."""

import pytest

from tests.planted.faults import FAULTS
from tests.planted.plans import PLANS
from tests.planted.scoring import ACCEPTED, Tally, prepared, score, spoiled, table, unknown_codes

LEAST_RECALL, MOST_FALSE = 0.95, 0.02


def test_there_are_twenty_data_sets_and_each_fault_is_in_two() -> None:
    assert len(PLANS) >= 20 and all(3 <= len(faults.split()) <= 6 and 300 <= n <= 2000 for _, n, _, faults in PLANS)
    often = [fault for *_, faults in PLANS for fault in faults.split()]
    assert set(often) == set(FAULTS) == set(ACCEPTED)
    assert all(often.count(fault) >= 2 for fault in FAULTS)


@pytest.mark.slow
def test_the_faults_are_found_and_nothing_else() -> None:
    tallies: dict[str, Tally] = {}
    strange: set[str] = set()
    for kind, n, seed, faults in PLANS:
        data = spoiled(kind, n, seed, faults.split())
        found = prepared(data).findings
        score(data, found, tallies)
        strange |= unknown_codes(found)
    print("\n" + table(tallies))
    missed = [line for one in tallies.values() if one.recall < LEAST_RECALL for line in one.missed[:3]]
    slandered = [line for one in tallies.values() if one.false_rate > MOST_FALSE for line in one.slandered[:3]]
    assert missed == [] and slandered == []
    assert all(one.planted for one in tallies.values())
    assert strange == set(), "findings above info that no fault accepts"
