"""Is the pack for small open models installed? Found out without importing any of it: torch alone takes seconds."""

import importlib
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

COMMAND = "python3 start.py --with-lora"
SIZE_GB = 1.5  # measured 2026-11-22: the environment with the pack, torch for the processor
_REQUIREMENTS = Path(__file__).parents[2] / "requirements-lora.txt"
_LINE = re.compile(r"([A-Za-z][\w.-]*)\s*>=\s*([\d.]+)\s*,\s*<\s*([\d.]+)")
_SAYS = {
    "installed": "The pack for small open models is installed: they can be fetched, trained and asked on this machine.",
    "missing": "With the pack for small open models (about {size_gb} GB), this machine really fine-tunes them: {command}",
    "outdated": "The pack for small open models does not fit this version of Tunesmith ({packages}). Install it again: {command}",
}


@dataclass(frozen=True, slots=True)
class Pack:
    """The state of the pack: "installed", "missing" or "outdated"; `packages` are those at fault, `versions` those found."""

    code: str
    packages: tuple[str, ...]
    versions: Mapping[str, str]

    @property
    def installed(self) -> bool:
        return self.code == "installed"

    def record(self) -> dict[str, Any]:
        """As it travels: a code with its parameters, and our sentence."""
        params = {"size_gb": SIZE_GB, "command": COMMAND, "packages": ", ".join(self.packages)}
        return {
            "code": self.code,
            "message": _SAYS[self.code].format(**params),
            "params": params,
            "versions": dict(self.versions),
        }


@cache
def required() -> Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """The packages of requirements-lora.txt with the lowest version and the first that is too new."""
    lines = (_LINE.match(line) for line in _REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    return {match[1]: (_numbers(match[2]), _numbers(match[3])) for match in lines if match}


def pack_state() -> Pack:
    """Look now: the pack may have been installed a moment ago."""
    importlib.invalidate_caches()
    versions: dict[str, str] = {}
    missing: list[str] = []
    unfit: list[str] = []
    for name, (lowest, too_new) in required().items():
        try:
            found = version(name) if importlib.util.find_spec(name.replace("-", "_")) is not None else None
        except (PackageNotFoundError, ValueError):  # a folder of that name without its metadata; a module half loaded
            found = None
        if found is None:
            missing.append(name)
        else:
            versions[name] = found
            if not lowest <= _numbers(found) < too_new:
                unfit.append(f"{name} {found}")
    if missing and not versions.get("torch"):
        return Pack("missing", tuple(missing), versions)
    if missing or unfit:
        return Pack("outdated", (*missing, *unfit), versions)
    return Pack("installed", (), versions)


def _numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: 2.13.0+cpu is (2, 13, 0)."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
