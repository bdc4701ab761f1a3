"""`start.py test` runs every check and all tests, ends on pytest's own last line, and its exit code tells the truth."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.launch.conftest import ROOT, Project

pytestmark = pytest.mark.skipif(os.name == "nt", reason="stands a shell script in for the browser")


class Checked:
    """A finished `start.py test` and the calls that the stand-ins wrote down."""

    def __init__(self, project: Project, log: Path, arguments: tuple[str, ...], environ: dict[str, str]) -> None:
        log.unlink(missing_ok=True)
        self.done = project.start("test", *arguments, FAKE_LOG=str(log), **environ)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        self.calls = [(name, arguments) for name, arguments, _ in map(json.loads, lines)]
        self.environ = json.loads(lines[-1])[2] if lines else {}


@pytest.fixture(scope="module")
def tooled(ready: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the ready project, which gets the tools of the tests with the first run."""
    copy = tmp_path_factory.mktemp("tooled") / "copy"
    shutil.copytree(ready.folder.parent, copy, symlinks=True)
    return Project(copy / ready.folder.name, copy / ready.wheels.name)


@pytest.fixture
def check(tooled: Project, script: Callable[..., Path], tmp_path: Path) -> Callable[..., Checked]:
    chromium = script("chromium", "echo Chromium 1")

    def run(*arguments: str, **environ: str) -> Checked:
        return Checked(tooled, tmp_path / "log", arguments, {"TUNESMITH_CHROMIUM": str(chromium)} | environ)

    return run


@pytest.mark.slow
def test_style_types_and_tests_run_in_turn(check: Callable[..., Checked], tmp_path: Path) -> None:
    run = check()
    assert run.done.returncode == 0, run.done.stdout + run.done.stderr
    assert run.calls == [("ruff", ["check", "."]), ("ruff", ["format", "--check", "."]), ("mypy", []), ("pytest", ["-p", "launch.report"])]
    assert run.environ["TUNESMITH_CHROMIUM"] == str(tmp_path / "programs" / "chromium")
    assert not run.environ["TUNESMITH_REQUIRE_BROWSER"] and not run.environ["TUNESMITH_FAILED_CHECKS"]
    assert run.done.stdout.splitlines()[-1] == "the last words of pytest"
    fast = check("--fast", "--require-browser", "--", "-k", "one and not two", "--port")
    assert fast.calls[-1] == (
        "pytest",
        ["-p", "launch.report", "-m", "not slow", "-n", "auto", "--dist", "loadfile", "-k", "one and not two", "--port"],
    )
    assert fast.environ["TUNESMITH_REQUIRE_BROWSER"] == "1"
    assert "Install" not in fast.done.stdout


@pytest.mark.slow
def test_exit_code_is_not_zero_whatever_fails(check: Callable[..., Checked]) -> None:
    assert check(FAKE_CODE_pytest="1").done.returncode == 1
    assert check(FAKE_CODE_pytest="5").done.returncode == 5, "no test at all is a failure"
    for tool in ("ruff", "mypy"):
        run = check(**{f"FAKE_CODE_{tool}": "1"})
        assert run.done.returncode == 1
        assert run.calls[-1][0] == "pytest", "the tests run all the same"
        assert tool in run.environ["TUNESMITH_FAILED_CHECKS"]


@pytest.mark.slow
def test_no_browser_is_a_failure_only_where_one_is_required(check: Callable[..., Checked], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    nothing = {"TUNESMITH_CHROMIUM": "", "PATH": str(tmp_path / "empty")}
    run = check(**nothing)
    assert run.done.returncode == 0
    assert "No browser could be found or installed" in run.done.stdout
    assert "The tests that need a browser are skipped, by name" in run.done.stdout
    required = check("--require-browser", **nothing)
    assert required.done.returncode == 1
    assert required.environ["TUNESMITH_REQUIRE_BROWSER"] == "1" and required.calls[-1][0] == "pytest"


def test_failed_check_is_named_just_above_pytests_last_line(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")
    environ = dict(os.environ) | {"PYTHONPATH": str(ROOT), "TUNESMITH_FAILED_CHECKS": "mypy"}
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "launch.report",
        "-p",
        "no:cacheprovider",
        "-q",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    said = subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, encoding="utf-8", check=False).stdout.splitlines()
    assert re.search("1 passed", said[-1])
    assert said[-2].startswith("FAILED mypy")
