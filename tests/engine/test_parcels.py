"""Models written out for other programs: whole or not at all, whatever happens to whom on the way."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from engine.lora.parcels import Parcel, Parcels
from tests.engine.helpers import until

STUB = "tests.engine.export_stub"


def settled(parcels: Parcels, name: str) -> Parcel:
    parcels.pack("ft:m:1", "merged", {"name": name})
    until(lambda: parcels.one("ft:m:1", "merged").state != "packing", what="the end of the export")
    return parcels.one("ft:m:1", "merged")


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_dir() or path.name == "weights")


def test_a_form_is_ready_whole_and_may_be_written_again(tmp_path: Path) -> None:
    parcels = Parcels(tmp_path, script=STUB)
    for _ in range(2):
        found = settled(parcels, "quick")
        assert (found.state, found.bytes, Path(found.folder).parent.parent) == ("ready", 5, tmp_path)
    assert left(tmp_path) == ["ft-m-1", "merged", "weights"]


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
@pytest.mark.parametrize(("name", "reason"), [
    ("refused", "There is no such form."),
    ("killed", "The program that writes the model out ended unexpectedly. It was killed by signal 9, which is often the system's answer"),
])  # fmt: skip
def test_what_does_not_work_says_why_and_leaves_nothing(tmp_path: Path, name: str, reason: str) -> None:
    found = settled(Parcels(tmp_path, script=STUB), name)
    assert found.state == "failed" and found.reason.startswith(reason)
    assert left(tmp_path) == ["ft-m-1"]


def test_a_model_that_is_deleted_while_it_is_written_out_does_not_come_back(tmp_path: Path) -> None:
    parcels = Parcels(tmp_path, script=STUB)
    parcels.pack("ft:m:1", "merged", {"name": "slow"})
    until(lambda: "weights" in left(tmp_path), what="the beginning of the export")
    parcels.drop(["ft:m:1"])
    until(lambda: parcels.one("ft:m:1", "merged").state == "none", what="the end of the export")
    assert left(tmp_path) == []
    assert not [child for child in psutil.Process().children() if str(tmp_path) in " ".join(child.cmdline())]


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_an_export_ends_with_its_engine_and_what_it_left_goes_at_the_next_start(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom engine.lora.parcels import Parcels\n"
        f"Parcels(Path(sys.argv[1]), script={STUB!r}).pack('ft:m:1', 'merged', {{'name': 'slow'}})\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) as engine:
        try:
            until(lambda: "weights" in left(tmp_path), what="the beginning of the export")
            (export,) = psutil.Process(engine.pid).children()
        finally:
            engine.kill()
    export.wait(30)
    assert "weights" in left(tmp_path)
    assert Parcels(tmp_path).one("ft:m:1", "merged").state == "none" and left(tmp_path) == ["ft-m-1"]
