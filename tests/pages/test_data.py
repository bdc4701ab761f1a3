"""What the pages share of a saved data set is read once, however often they are drawn."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Dataset, Project, Workspace


@pytest.mark.parametrize("screen", ["prepare", "estimate", "train", "monitor"])
def test_a_rerun_reads_neither_files_nor_the_record_of_the_data_set(
    open_app: Callable[..., AppTest], bank: Project, monkeypatch: pytest.MonkeyPatch, screen: str
) -> None:
    app = open_app(screen, bank)
    assert not app.exception
    read: list[str] = []

    def file(ws: Workspace, sha: str) -> bytes:
        read.append(f"file {sha}")
        raise AssertionError("a rerun reads a whole file")

    def record(ws: Workspace, dataset_id: str) -> Dataset:
        read.append(f"data set {dataset_id}")
        raise AssertionError("the record of half a million rows is 6 MB of JSON")

    monkeypatch.setattr(Workspace, "read_file", file)
    monkeypatch.setattr(Workspace, "dataset", record)
    app.run()
    assert not app.exception and read == []
