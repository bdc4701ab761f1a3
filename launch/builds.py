"""Run by the environment's own Python: which builds of PyTorch for the processor alone does pip find, and is there one already?

usage: python -I builds.py "torch>=2.13,<3" ...     answers with one line of JSON
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Iterable

NAME = "torch"


def survey(requirements: list[str]) -> dict[str, object]:
    """The installed version where it will do, else an empty string; and the versions offered, the newest first."""
    from pip._vendor.packaging.requirements import Requirement

    asked = [Requirement(requirement).specifier for requirement in requirements]
    installed = _installed()
    if installed and all(specifier.contains(installed) for specifier in asked):
        return {"installed": installed, "offered": []}
    found = [version for version in _offered() if version.endswith("+cpu")]
    return {"installed": "", "offered": [version for version in found if all(specifier.contains(version) for specifier in asked)]}


def versions(said: Iterable[str]) -> list[str]:
    """The versions in what `pip index versions` says, the newest first."""
    return [version for line in said if line.startswith("Available versions:") for version in re.split(r"[:,]\s*", line.strip())[1:]]


def _installed() -> str:
    try:
        return importlib.metadata.version(NAME) or ""  # a folder that an interrupted pip left has none
    except importlib.metadata.PackageNotFoundError:
        return ""


def _offered() -> list[str]:
    # pip itself looks, so that its settings count: PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS, its configuration files
    argv = [sys.executable, "-I", "-X", "utf8", "-m", "pip", "index", "versions", NAME]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", check=False)
    return versions(done.stdout.splitlines()) if done.returncode == 0 else []


if __name__ == "__main__":
    print(json.dumps(survey(sys.argv[1:])))
