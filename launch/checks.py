"""The test run: style, format, types, then all tests; pytest's own summary is the last thing printed."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from launch import browser
from launch.process import clean_environ
from launch.report import VARIABLE as FAILED
from launch.say import Progress

REQUIRE = "TUNESMITH_REQUIRE_BROWSER"
_CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("mypy", ("mypy",)),
)

# on all cores: what a developer runs between edits should take minutes (the walks in a browser are timed, and stay out of it)
_FAST = ("-m", "not slow", "-n", "auto", "--dist", "loadfile")


def run(python: Path, root: Path, require_browser: bool, fast: bool, extra: Sequence[str], say: Progress) -> int:
    """Run everything, also where something fails early; returns 0 only if all of it passed."""
    failed = []
    chromium = browser.obtain(python, root, say)
    if chromium is None:
        say.step("The tests that need a browser fail" if require_browser else "The tests that need a browser are skipped, by name")
        failed += ["a browser"] if require_browser else []
    for name, arguments in _CHECKS:
        say.step(f"Running {name}")
        if subprocess.run([python, "-m", *arguments], cwd=root, env=clean_environ(), stdin=subprocess.DEVNULL, check=False).returncode:
            say.step(f"{name} found something")
            failed.append(name)
    say.step("Running the tests")
    environ = clean_environ(**{FAILED: ", ".join(failed), REQUIRE: "1" if require_browser else "", browser.VARIABLE: str(chromium or "")})
    tests: list[str | Path] = [python, "-m", "pytest", "-p", "launch.report", *(_FAST if fast else ()), *extra]
    code = subprocess.run(tests, cwd=root, env=environ, check=False).returncode
    return code or (1 if failed else 0)
