"""The versions of this program and of the libraries that a training rests on."""

import platform
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("openai", "numpy", "scikit-learn", "torch", "transformers", "peft")


@cache
def app_version() -> str:
    """The version of Tunesmith, from its pyproject.toml; empty where that file was not brought along."""
    try:
        text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    except OSError:
        return ""
    return str(tomllib.loads(text)["project"]["version"])


@cache
def versions() -> dict[str, str]:
    """Name to version of what is installed here now; a library that is not installed is left out."""
    found = {"tunesmith": app_version(), "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return {name: number for name, number in found.items() if number}
