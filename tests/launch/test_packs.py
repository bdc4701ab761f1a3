"""A pack that was asked for once stays and is kept up to date; PyTorch comes in the build that fits this machine."""

import json
import os
import shutil
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from launch import packs
from launch.builds import versions
from launch.environment import inspect, with_packs
from launch.packs import CLUSTER, LORA, asked_for, refuse_full_disk
from launch.probe import required
from launch.say import CannotStart, Progress
from tests.launch.conftest import Project, make_wheel

Usage = namedtuple("Usage", "total used free")
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the default build is the small one")


def torch_wheel(project: Project, version: str) -> None:
    make_wheel(project.wheels, "torch", version, {"torch/__init__.py": f"build = {version!r}\n"})


@pytest.fixture
def packed(project: Project) -> Project:
    """A ready project that has a small pack to add: PyTorch in two builds, and a package that uses it."""
    (project.folder / LORA).write_text("torch>=2.13,<3   # the big one\npeft>=1\n", encoding="utf-8")
    (project.folder / CLUSTER).write_text("ray[train]>=2\n", encoding="utf-8")
    for version in ("2.13.0+cpu", "2.13.0", "2.14.1", "4.0+cpu"):
        torch_wheel(project, version)
    make_wheel(project.wheels, "peft", "1.0", {"peft/__init__.py": ""}, needs=["torch>=2"])
    make_wheel(project.wheels, "ray", "2.0", {"ray/__init__.py": ""}, needs=["boards>=1"], extra="train")
    make_wheel(project.wheels, "boards", "1.0", {"boards/__init__.py": ""})
    return project


def installed(project: Project) -> set[str]:
    found = {path.name.removesuffix(".dist-info") for path in project.site.glob("*.dist-info")}
    return {name for name in found if name.startswith(("torch-", "peft-", "ray-", "boards-"))}


def run(project: Project, *options: str, **environ: str) -> str:
    done = project.start("setup", *options, **environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@linux
@pytest.mark.slow
def test_a_pack_is_added_stays_and_is_kept_up_to_date(packed: Project) -> None:
    said = run(packed, "--with-lora")
    assert "Adding what requirements-lora.txt names" in said and "PyTorch for the processor alone; the pack becomes about 1.5 GB" in said
    assert installed(packed) == {"torch-2.13.0+cpu", "peft-1.0"}
    assert run(packed).count("\n") == run(packed, "--with-lora").count("\n") == 1, "both find it ready"
    assert run(packed, PIP_FIND_LINKS="/nothing").count("\n") == 1

    make_wheel(packed.wheels, "peft", "1.5", {"peft/__init__.py": ""}, needs=["torch>=2"])
    (packed.folder / LORA).write_text("torch>=2.13,<3\npeft>=1.5\n", encoding="utf-8")
    assert "The requirements have changed" in run(packed), "a plain start follows the pack"
    assert installed(packed) == {"torch-2.13.0+cpu", "peft-1.5"}, "and no newer default build slips in"

    shutil.rmtree(packed.site / "torch")
    assert "is damaged (torch==2.13.0+cpu); mending it" in run(packed)
    assert (packed.site / "torch" / "__init__.py").is_file() and installed(packed) == {"torch-2.13.0+cpu", "peft-1.5"}

    run(packed, "--with-cluster")
    assert installed(packed) == {"torch-2.13.0+cpu", "peft-1.5", "ray-2.0", "boards-1.0"}
    assert set(json.loads((packed.venv / "tunesmith.json").read_text())["files"]) == {"requirements.txt", LORA, CLUSTER}


@pytest.mark.slow
def test_an_interrupted_pack_goes_on_and_a_plain_start_does_not_wait_for_it(packed: Project) -> None:
    wheel = next(packed.wheels.glob("peft-*"))
    wheel.rename(wheel.with_suffix(".away"))
    done = packed.start("setup", "--with-lora")
    assert done.returncode == 1 and not (packed.venv / "tunesmith.json").exists()
    assert "was not finished; completing it" in run(packed) and not installed(packed), "the app alone can be had all the same"
    wheel.with_suffix(".away").rename(wheel)
    run(packed, "--with-lora")
    assert "peft-1.0" in installed(packed)

    # killed while pip was at work on the pack, after it had been there before: a plain start brings the pack back
    (packed.venv / "tunesmith.json").rename(packed.venv / "tunesmith.before.json")
    shutil.rmtree(next(packed.site.glob("torch-*.dist-info")))
    shutil.rmtree(packed.site / "torch")
    assert "was not finished; completing it" in run(packed)
    assert any(name.startswith("torch-") for name in installed(packed))
    assert run(packed).count("\n") == 1


@pytest.mark.slow
def test_an_environment_made_anew_gets_its_packs_back(packed: Project) -> None:
    run(packed, "--with-lora")
    packed.python.unlink()
    assert "does not run; making it anew" in run(packed)
    assert {name.split("-")[0] for name in installed(packed)} == {"torch", "peft"}
    assert with_packs(packed.folder, ["requirements.txt"]) == ("requirements.txt", LORA)


@linux
@pytest.mark.slow
def test_without_a_build_for_the_processor_the_default_is_taken_with_a_word_on_its_size(packed: Project) -> None:
    next(packed.wheels.glob("torch-2.13.0+cpu*")).unlink()
    said = run(packed, "--with-lora")
    assert "libraries for NVIDIA cards: the pack becomes about 6 GB large instead of 1.5" in said
    assert "torch-2.14.1" in installed(packed)
    torch_wheel(packed, "2.15.0+cpu")
    with (packed.folder / LORA).open("a", encoding="utf-8") as file:
        file.write("# a thought\n")
    run(packed)
    assert "torch-2.14.1" in installed(packed), "what is there and will do is not exchanged"


@linux
@pytest.mark.slow
def test_an_nvidia_card_gets_the_build_that_uses_it(packed: Project, script: Callable[..., Path]) -> None:
    torch_wheel(packed, "2.15.0+cpu")
    path = f"{script('nvidia-smi', 'echo GPU 0: a card').parent}{os.pathsep}{os.environ['PATH']}"
    said = run(packed, "--with-lora", PATH=path)
    assert "An NVIDIA card was found" in said and "about 6 GB" in said
    assert "torch-2.14.1" in installed(packed)


@pytest.mark.parametrize(("body", "found"), [("echo GPU 0: a card", True), ("echo No devices; exit 6", False), ("echo none", False)])
def test_a_card_counts_only_where_the_tool_finds_it(
    body: str, found: bool, script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert packs.has_gpu(tmp_path) is False
    monkeypatch.setenv("PATH", f"{script('nvidia-smi', body).parent}{os.pathsep}/bin")
    assert packs.has_gpu(tmp_path) is found


@linux
@pytest.mark.slow
def test_a_build_that_the_other_packages_object_to_gives_way_to_an_older_one(packed: Project) -> None:
    torch_wheel(packed, "2.15.0+cpu")
    make_wheel(packed.wheels, "peft", "1.5", {"peft/__init__.py": ""}, needs=["torch<2.15"])
    (packed.folder / LORA).write_text("torch>=2.13,<3\npeft==1.5\n", encoding="utf-8")
    said = run(packed, "--with-lora")
    assert "do not go together with torch==2.15.0+cpu; trying torch==2.13.0+cpu" in said
    assert installed(packed) == {"torch-2.13.0+cpu", "peft-1.5"}


@linux
@pytest.mark.slow
def test_a_build_that_is_no_longer_offered_is_told_in_one_sentence(packed: Project) -> None:
    run(packed, "--with-lora")
    shutil.rmtree(packed.site / "torch")
    next(packed.wheels.glob("torch-2.13.0+cpu*")).unlink()
    done = packed.start("setup")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "The build of PyTorch for the processor alone is no longer offered where pip looks: set PIP_EXTRA_INDEX_URL"
    )


@pytest.mark.slow
def test_a_full_disk_stops_the_pack_and_not_the_app(packed: Project) -> None:
    # the environment's files would be the same with a real disk: only the number of free bytes is made up
    (packed.folder / "launch" / "packs.py").write_text(
        (packed.folder / "launch" / "packs.py").read_text(encoding="utf-8").replace("shutil.disk_usage(root).free", "400e6"),
        encoding="utf-8",
    )
    done = packed.start("setup", "--with-lora")
    assert done.returncode == 1
    assert "The pack for small open models needs about 2.0 GB of room" in done.stderr and "has 0.4 GB: free some" in done.stderr
    assert run(packed).count("\n") == 1, "nothing was touched"


def test_room_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs.shutil, "disk_usage", lambda root: Usage(9e9, 7e9, 2e9))
    refuse_full_disk(tmp_path, 1.9)
    with pytest.raises(CannotStart, match=r"needs about 2\.1 GB .* has 2\.0 GB: free some and start again"):
        refuse_full_disk(tmp_path, 2.1)


def test_requirements_with_extras_and_builds_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version, needs in (("torch", "2.13.0+cpu", []), ("ray", "2.60.0", ["boards>=1"]), ("boards", "1.0", [])):
        wheel = make_wheel(tmp_path / "wheels", name, version, {f"{name}/__init__.py": ""}, needs=needs, extra="train")
        shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    asked = tmp_path / "asked.txt"
    asked.write_text("torch>=2.13,<3\ntorch==2.13.0\nray[train]>=2.60,<3   # tune\nray[serve]>=2\ntorch>=2.14\n", encoding="utf-8")
    assert required([str(asked)])[0] == ["torch>=2.14"]
    shutil.rmtree(tmp_path / "site" / "boards-1.0.dist-info")
    assert required([str(asked)])[0] == ["ray[train]>=2.60,<3", "torch>=2.14"]


@pytest.mark.parametrize("lookup", ["importlib.metadata", "importlib_metadata"])  # the second takes over from the first once imported
def test_a_folder_that_an_interrupted_pip_left_counts_as_missing(lookup: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(lookup)
    (tmp_path / "site" / "torch-2.13.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (tmp_path / "asked.txt").write_text("torch>=2\n", encoding="utf-8")
    assert required([str(tmp_path / "asked.txt")])[0] == ["torch>=2"]


def test_an_index_that_says_nothing_is_told_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "ASK_LIMIT_S", 0.0)
    (tmp_path / LORA).write_text("torch>=2\n", encoding="utf-8")
    with pytest.raises(CannotStart, match="did not say in time"):
        next(packs.fitting_builds(Path(sys.executable), tmp_path, [LORA], Progress(sys.stderr)))


def test_what_pip_says_about_versions_is_read() -> None:
    assert versions(["torch (2.15.0)", "Available versions: 2.15.0, 2.13.0+cpu, 2.0\n", "  INSTALLED: 2.0"]) == [
        "2.15.0",
        "2.13.0+cpu",
        "2.0",
    ]
    assert versions(["ERROR: No matching distribution found for torch"]) == []


def test_the_pack_for_a_cluster_brings_the_one_for_small_models() -> None:
    assert asked_for(False, False) == ()
    assert asked_for(True, False) == (LORA,)
    assert asked_for(False, True) == asked_for(True, True) == (LORA, CLUSTER)
    assert inspect(Path("/nowhere"), [LORA])[0] is None
