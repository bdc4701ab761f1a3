"""The environment in .venv: made, filled, and mended where it is broken; a second start finds it ready."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch.lock import start_lock
from launch.packages import LOG, Conflict, install
from launch.packs import PACKS, fitting_builds
from launch.process import clean_environ, watch
from launch.say import CannotStart, Progress

FOLDER = ".venv"
STAMP = "tunesmith.json"  # written last: where it stands, the installation was finished
BEFORE = "tunesmith.before.json"  # the stamp set aside while an installation is under way
HOLD = "constraints.txt"
OLDEST = (3, 11)
PROBE_LIMIT_S = 120.0  # a cold disk and a virus scanner; 0.7 s as a rule
_VENV_NAMES = {"bin", "scripts", "include", "lib", "lib64", "share", "pyvenv.cfg", ".gitignore", LOG, STAMP, BEFORE, HOLD}


@dataclass(frozen=True, slots=True)
class Survey:
    """What the environment's own Python says about it (launch/probe.py)."""

    version: tuple[int, ...]
    platform: str
    site: Path
    pip: bool
    missing: tuple[str, ...]
    modules: tuple[str, ...]
    damaged: tuple[str, ...]


def python_in(folder: Path, windows: bool = os.name == "nt") -> Path:
    """Where the Python of a virtual environment lies."""
    return folder / "Scripts" / "python.exe" if windows else folder / "bin" / "python"


def prepare(root: Path, files: Sequence[str], say: Progress) -> Path:
    """Make the project's environment hold what these requirement files name; returns its Python.

    A pack that was added once is kept up to date with them. Where all is ready already, nothing is installed. Raises CannotStart
    with a sentence for what the user must do.
    """
    folder = root / FOLDER
    with start_lock(root, say):
        files = with_packs(root, files)
        survey, reason = inspect(root, files)
        if not reason:
            say.step("The environment is ready")
            return python_in(folder)
        say.step(reason)
        trouble = _fill(root, files, survey, say) if survey else ""
        if trouble:
            say.step(f"It is still not whole ({trouble}); making it anew")
        if trouble or survey is None:
            trouble = _fill(root, files, _make(root, files, say), say)
        if trouble:
            raise CannotStart("The packages were installed but do not work on this machine.", trouble)
        say.step("The environment is ready")
    return python_in(folder)


def with_packs(root: Path, files: Sequence[str]) -> tuple[str, ...]:
    """These requirement files and those of the packs that the environment has."""
    known = (_read(root / FOLDER / STAMP) or _read(root / FOLDER / BEFORE)).get("files", {})
    return (*files, *(name for name in PACKS if name in known and name not in files and (root / name).is_file()))


def inspect(root: Path, files: Sequence[str]) -> tuple[Survey | None, str]:
    """What the environment says of itself, None where it must be made anew, and why it isn't ready, or an empty string."""
    folder = root / FOLDER
    if not folder.exists():
        return None, f"Making the environment in {folder} (once; it takes a minute or two)"
    survey = _probe(root, files)
    if survey is None:
        return None, f"The environment in {folder} does not run; making it anew"
    if survey.version[:2] < OLDEST:
        return None, f"The environment in {folder} has Python {_dotted(survey.version)}, which is too old; making it anew"
    stamp = _read(folder / STAMP)
    damaged = sorted(set(survey.damaged) - set(stamp.get("accepted", ())))
    if any(name.startswith("pip==") for name in damaged):
        return None, "The environment's pip is damaged; making it anew"
    if not stamp:
        return survey, "The environment was not finished; completing it"
    if (stamp.get("python"), stamp.get("platform")) != (_dotted(survey.version[:2]), survey.platform):
        return None, "The environment was made for another Python or another system; making it anew"
    known = stamp.get("files", {})
    added = [name for name in files if name not in known]
    if added:
        return survey, f"Adding what {' and '.join(added)} names"
    if any(known[name] != _digest(root / name) for name in files):
        return survey, "The requirements have changed; installing what is new"
    lost = damaged + list(survey.missing if survey.pip else ["pip"])
    if lost:
        return survey, f"The environment is damaged ({', '.join(lost)}); mending it"
    return survey, ""


def missing_parts(find: Callable[[str], Any] = importlib.util.find_spec) -> list[str]:
    """Which of the standard library's parts for making an environment this Python was installed without."""
    return [name for name in ("venv", "ensurepip") if find(name) is None]


def _make(root: Path, files: Sequence[str], say: Progress) -> Survey:
    folder = root / FOLDER
    _refuse_to_clear(folder)
    before = _read(folder / STAMP) or _read(folder / BEFORE)
    if missing_parts():
        package = "python{}.{}-venv".format(*sys.version_info)
        raise CannotStart(
            "This Python was installed without its venv module: install it "
            f"(on Debian and Ubuntu: sudo apt install {package}) and start again."
        )
    # started from the environment that is to be cleared, only the Python beneath it will outlive that
    base = getattr(sys, "_base_executable", None) or sys.executable
    code, lines = watch(
        [base, "-m", "venv", "--clear", folder], cwd=root, tick=lambda: say.passing("Making the environment"), limit=10 * PROBE_LIMIT_S
    )
    if before and folder.is_dir():
        _write(folder / BEFORE, before)  # so that the packs come back, also where the rest of the way is interrupted
    survey = _probe(root, files) if code == 0 else None
    if survey is None:
        raise CannotStart(
            f"Python could not make an environment in {folder}: close whatever uses that folder and start again.", "\n".join(lines[-5:])
        )
    return survey


def _refuse_to_clear(folder: Path) -> None:
    if not folder.exists():
        return
    strangers = not folder.is_dir() or {path.name.lower() for path in folder.iterdir()} - _VENV_NAMES
    if strangers and not (folder / "pyvenv.cfg").is_file():
        raise CannotStart(f"{folder} is not a Python environment, and Tunesmith will not delete it: move it away and start again.")


def _fill(root: Path, files: Sequence[str], survey: Survey, say: Progress) -> str:
    """Install what is missing and try it; returns what is wrong all the same, or an empty string after writing the stamp."""
    folder, python = root / FOLDER, python_in(root / FOLDER)
    if not survey.pip:
        code, lines = watch([python, "-I", "-m", "ensurepip", "--upgrade"], cwd=root, tick=lambda: say.passing("Installing pip"))
        if code:
            return lines[-1] if lines else "pip is missing"
    stamp = _read(folder / STAMP) or _read(folder / BEFORE)
    builds = list(fitting_builds(python, root, files, say))  # where the disk is too full, it ends here, with nothing changed
    if (folder / STAMP).is_file():
        (folder / STAMP).replace(folder / BEFORE)
    if survey.damaged:
        # not --force-reinstall: that first removes by the record, which may be what is lost
        install(python, root, ["--ignore-installed", "--no-deps", *survey.damaged], survey.site, folder / LOG, say)
    _install(root, files, builds, survey.site, say)
    after = _probe(root, files)
    if after is None or after.missing or not after.pip:
        return "missing: " + ", ".join(after.missing if after else ["Python"])
    trial = f"import {', '.join(after.modules) or 'sys'}"
    code, lines = watch([python, "-I", "-W", "ignore", "-c", trial], cwd=root, tick=lambda: say.passing("Trying the packages"))
    if code:
        return lines[-1] if lines else f"Python ended with {code}"
    same_python = stamp.get("python") == _dotted(after.version[:2])
    kept = stamp.get("files", {}) if same_python else {}
    text = {
        "python": _dotted(after.version[:2]),
        "platform": after.platform,
        "files": kept | {name: _digest(root / name) for name in files},
        "accepted": list(after.damaged),  # two packages that write the same file: a reinstallation would not change it
    }
    _write(folder / STAMP, text)
    (folder / BEFORE).unlink(missing_ok=True)
    return ""


def _install(root: Path, files: Sequence[str], builds: Sequence[str], site: Path, say: Progress) -> None:
    """Install what these files name, with the first of these builds of PyTorch that goes together with the other packages."""
    folder = root / FOLDER
    arguments = [part for name in files for part in ("-r", name)]
    for number, build in enumerate(builds, start=1):
        (folder / HOLD).write_text(f"{build}\n", encoding="utf-8")
        try:
            return install(python_in(folder), root, [*arguments, "-c", str(folder / HOLD)], site, folder / LOG, say)
        except Conflict:
            if number == len(builds):
                raise
            say.step(f"The other packages do not go together with {build}; trying {builds[number]}")


def _probe(root: Path, files: Sequence[str]) -> Survey | None:
    argv = [python_in(root / FOLDER), "-I", Path(__file__).with_name("probe.py"), *(root / name for name in files)]
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            cwd=root,
            env=clean_environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_LIMIT_S,
            check=False,
        )
        told = json.loads(done.stdout)
        return Survey(
            version=tuple(told["version"]),
            platform=told["platform"],
            site=Path(told["site"]),
            pip=told["pip"],
            missing=tuple(told["missing"]),
            modules=tuple(told["modules"]),
            damaged=tuple(told["damaged"]),
        )
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None


def _read(stamp: Path) -> dict[str, Any]:
    try:
        told = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _write(stamp: Path, text: dict[str, Any]) -> None:
    part = stamp.with_name(f"{stamp.name}.part")
    part.write_text(json.dumps(text, indent=1), encoding="utf-8")
    part.replace(stamp)


def _digest(path: Path) -> str:
    # line ends do not count: git may turn them
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
