"""start.py tells an old Python what it needs, works from anywhere, and refuses a command line that makes no sense."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launch.commands import parse

ROOT = Path(__file__).resolve().parents[1]
START = ROOT / "start.py"
SENTENCE = "Tunesmith needs Python 3.11 or newer, and this is Python {}: install a newer one"


def test_an_old_python_gets_one_clear_sentence() -> None:
    code = "import runpy, sys; sys.version_info = (3, 8, 18, 'final', 0); runpy.run_path(sys.argv[1], run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code, START], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(SENTENCE.format("3.8")) and done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_an_old_python_can_read_the_file_at_all() -> None:
    source = START.read_text(encoding="ascii")
    for minor in (7, 8, 10):
        ast.parse(source, feature_version=(3, minor))
    assert "f'" not in source and 'f"' not in source and "print " not in source, "Python 2 must be able to read it too"


def test_the_old_pythons_of_this_machine_say_so() -> None:
    asked = 0
    for name in ("python2", "python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "python3.10"):
        # a version manager's shim may stand under a name that runs nothing
        if shutil.which(name) and subprocess.run([name, "-c", ""], capture_output=True, check=False).returncode == 0:
            done = subprocess.run([name, START], cwd=os.sep, capture_output=True, encoding="utf-8", check=False)
            assert done.returncode == 1, name
            assert re.fullmatch(re.escape(SENTENCE).replace(r"\{\}", r"[23]\.\d+") + ".*\n", done.stderr), name
            asked += 1
    if not asked:
        pytest.skip("no old Python here")


def test_nothing_but_the_standard_library_is_used() -> None:
    allowed = sys.stdlib_module_names | {"launch", "pip"}  # pip's own reader of requirements, which is in every environment
    sources = [START, *(ROOT / "launch").glob("*.py")]
    assert len(sources) > 5
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed, path


def test_help_names_every_command_and_option() -> None:
    done = subprocess.run([sys.executable, "-I", START, "--help"], cwd=os.sep, capture_output=True, encoding="utf-8", check=True)
    for word in ("app", "setup", "test", "--port", "--no-browser", "--require-browser", "--fast", "--with-lora", "--with-cluster", "-- "):
        assert word in done.stdout


def test_command_line_is_read() -> None:
    assert parse([]).command == "app" and parse([]).port is None
    assert parse(["--port", "8600", "--no-browser"]).port == 8600
    options = parse(["test", "--fast", "--", "-k", "x", "--", "y"])
    assert options.fast and options.extra == ["-k", "x", "--", "y"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fly"], "invalid choice: 'fly'"),
        (["--port", "0"], "'0' is no port: give a number from 1 to 65535"),
        (["--port", "99999"], "'99999' is no port"),
        (["setup", "--port", "8600"], "--port belongs to the command 'app'"),
        (["--fast"], "--fast belongs to the command 'test'"),
        (["app", "--", "-k", "x"], "-- belongs to the command 'test'"),
    ],
)
def test_command_line_that_makes_no_sense_is_refused(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_ci_runs_the_same_command() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\nset -euo pipefail\n")
    assert text.splitlines()[-1].endswith('start.py" test --require-browser --with-cluster')
    assert os.name == "nt" or os.access(ROOT / ".ci" / "run", os.X_OK)
