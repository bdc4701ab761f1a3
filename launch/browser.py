"""A Chromium for the tests: the one that is here, Debian's package, or Playwright's own download."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from launch.process import clean_environ, watch
from launch.say import CannotStart, Progress

VARIABLE = "TUNESMITH_CHROMIUM"
OS_RELEASE = Path("/etc/os-release")
LOOK_LIMIT_S = 60.0
GET_LIMIT_S = 600.0
_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable")
_MAC_APPS = (
    "Chromium.app/Contents/MacOS/Chromium",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS_PROGRAMS = ("Chromium/Application/chrome.exe", "Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
_ASK_PLAYWRIGHT = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"


def candidates(platform: str, environ: Mapping[str, str], home: Path, which: Callable[[str], str | None]) -> list[Path]:
    """Where a Chromium, Chrome or Edge may lie on this system, the likeliest first; snaps last, for they cannot read other folders."""
    if platform == "win32":
        places = [environ[name] for name in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData") if environ.get(name)]
        return [Path(place, program) for program in _WINDOWS_PROGRAMS for place in places]
    if platform == "darwin":
        return [folder / app for app in _MAC_APPS for folder in (Path("/Applications"), home / "Applications")]
    found = [Path(path) for path in map(which, _COMMANDS) if path]
    return sorted(found, key=lambda path: "snap" in path.parts)


def find(paths: Iterable[Path], works: Callable[[Path], bool]) -> Path | None:
    """The first of these browsers that runs."""
    return next((path for path in paths if works(path)), None)


def works(path: Path) -> bool:
    """Whether this browser starts at all; Ubuntu's chromium-browser, for one, may be a note that says to install a snap."""
    if not path.is_file():
        return False
    if sys.platform == "win32":
        return True  # there, asking for the version opens a window
    try:
        done = subprocess.run([path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=LOOK_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and any(name in done.stdout for name in (b"Chrom", b"Edge"))


def obtain(python: Path, root: Path, say: Progress, release: Path = OS_RELEASE) -> Path | None:
    """A Chromium that works, installed where that is possible, or None; a wrong TUNESMITH_CHROMIUM raises CannotStart.

    `python` is that of the environment, which has Playwright; `release` is the file in which a Linux says which one it is.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not works(Path(named)):
            raise CannotStart(f"{VARIABLE} names {named}, which is no browser that runs: correct it or unset it.")
        return Path(named)
    ways: tuple[Callable[[], Path | None], ...] = (
        _on_this_system,
        lambda: _playwrights_own(python, root),
        lambda: _from_debian(root, say, release),
        lambda: _from_playwright(python, root, say),
    )
    path = next((path for path in (way() for way in ways) if path), None)
    say.step(f"The browser for the tests is {path}" if path else "No browser could be found or installed")
    return path


def _on_this_system() -> Path | None:
    return find(candidates(sys.platform, os.environ, Path.home(), shutil.which), works)


def _playwrights_own(python: Path, root: Path) -> Path | None:
    code, lines = watch([python, "-c", _ASK_PLAYWRIGHT], cwd=root)
    return find([Path(lines[-1])] if code == 0 and lines else [], works)


def _from_debian(root: Path, say: Progress, release: Path) -> Path | None:
    apt = shutil.which("apt-get")
    if apt is None or not is_debian(release):
        return None
    before: list[str | Path] = [] if os.geteuid() == 0 else ["sudo", "-n"]  # -n: never ask for a password in the middle of a test run
    if before and (shutil.which("sudo") is None or watch([*before, "true"], cwd=root)[0]):
        return None
    say.step("No browser found; installing Debian's chromium")
    command = [*before, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-q", "-y"]
    for arguments in (["update"], ["install", "--no-install-recommends", "chromium"]):
        if not _got([*command, *arguments], root, say, f"apt-get {arguments[0]}"):
            return None
    return _on_this_system()


def _from_playwright(python: Path, root: Path, say: Progress) -> Path | None:
    say.step("No browser found; downloading Playwright's Chromium")
    got = _got([python, "-m", "playwright", "install", "chromium"], root, say, "playwright install chromium")
    return _playwrights_own(python, root) if got else None


def _got(argv: list[str | Path], root: Path, say: Progress, name: str) -> bool:
    """Run an installer within its time; where it fails, its last words are shown."""
    try:
        code, lines = watch(argv, cwd=root, environ=clean_environ(), tick=lambda: say.passing(name), limit=GET_LIMIT_S)
    except subprocess.TimeoutExpired:
        code, lines = 1, [f"stopped after {GET_LIMIT_S:.0f} seconds"]
    if code:
        say.step(f"{name} failed: {lines[-1] if lines else code}")
    return code == 0


def is_debian(release: Path) -> bool:
    """Whether apt's chromium is a real one: Ubuntu's installs a snap instead."""
    try:
        lines = release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    names = " ".join(values.get(key, "").strip('"') for key in ("ID", "ID_LIKE")).split()
    return "debian" in names and "ubuntu" not in names
