"""Clean data is not slandered: no finding above "info" on any kind of clean data, whatever its size."""

import pytest

from core.prepare.samples import samples
from core.prepare.work import prepare_draft
from tests.planted.makers import KINDS, DataSet, make
from tests.planted.scoring import prepared


@pytest.mark.parametrize("name", [name for name, one in samples().items() if not one.messy])
def test_a_sample_has_nothing_above_info(name: str) -> None:
    sample = samples()[name]
    found = prepare_draft(sample.read(), sample.file, sample.draft).findings
    assert [(one.code, one.rows[:5]) for one in found if one.severity != "info"] == []


@pytest.mark.parametrize(("n", "seed"), [(60, 101), (75, 102), (250, 103), (900, 104)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_set_has_nothing_above_info(kind: str, n: int, seed: int) -> None:
    stays_clean(make(kind, min(n, KINDS[kind].most), seed))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tickets", "sensor_chat", "sensor_csv", "meters"])
def test_a_large_clean_set_has_nothing_above_info(kind: str) -> None:
    stays_clean(make(kind, 3000, 105))


def stays_clean(data: DataSet) -> None:
    """Whether the columns are given or guessed."""
    for guessed in (False, True):
        data.guessed = guessed
        result = prepared(data)
        assert result.problem is None and len(result.examples) == len(data.records)
        assert [(one.code, one.count, dict(one.params), one.rows[:5]) for one in result.findings if one.severity != "info"] == []
        assert result.verdict.word == "ready"
