"""A pytest plugin: names the checks that failed before the tests just above pytest's own last line, where they are seen."""

import os
from typing import Any

VARIABLE = "TUNESMITH_FAILED_CHECKS"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add a section to the summary where a check failed."""
    failed = os.environ.get(VARIABLE)
    if failed:
        terminalreporter.section("failed before the tests", red=True)
        terminalreporter.line(f"FAILED {failed} (see above); the exit code tells so too")
