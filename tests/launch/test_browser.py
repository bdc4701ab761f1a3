"""A browser for the tests is found where each system keeps it, or got from Debian or Playwright, or its lack is told."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from launch import browser
from launch.say import CannotStart, Progress

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser: an empty PATH, to which a test adds programs."""
    if os.name == "nt" or any(path.exists() for path in browser.candidates("darwin", {}, Path.home(), lambda name: None)):
        pytest.skip("this system's browsers are not found by PATH")
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    return folder


@pytest.fixture
def release(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "os-release"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_linux_looks_for_commands_and_takes_a_snap_last() -> None:
    have = {"chromium": "/snap/bin/chromium", "google-chrome": "/usr/bin/google-chrome"}
    assert browser.candidates("linux", {}, Path("/home/me"), have.get) == [Path("/usr/bin/google-chrome"), Path("/snap/bin/chromium")]
    assert browser.candidates("linux", {}, Path("/home/me"), lambda name: None) == []


def test_macos_looks_in_both_folders_of_applications() -> None:
    found = browser.candidates("darwin", {}, Path("/Users/me"), lambda name: None)
    assert Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome") in found
    assert Path("/Users/me/Applications/Chromium.app/Contents/MacOS/Chromium") in found


def test_windows_looks_where_programs_are_installed() -> None:
    environ = {"ProgramFiles": "C:/Program Files", "LocalAppData": "C:/Users/me/AppData/Local"}
    found = browser.candidates("win32", environ, Path("C:/Users/me"), lambda name: None)
    assert Path("C:/Program Files/Google/Chrome/Application/chrome.exe") in found
    assert Path("C:/Users/me/AppData/Local/Chromium/Application/chrome.exe") in found
    assert Path("C:/Program Files/Microsoft/Edge/Application/msedge.exe") in found


def test_first_browser_that_runs_is_taken(script: Callable[..., Path], tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    note = script("chromium-browser", "echo 'Command requires the chromium snap to be installed.'; exit 1")
    other = script("lynx", "echo Lynx 2.9")
    good = script("chromium", "echo Chromium 156.0")
    assert browser.find([gone, tmp_path, note, other, good], browser.works) == good
    assert browser.find([gone, note, other], browser.works) is None


def test_browser_that_was_named_is_taken_or_refused(script: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = script("my chromium", "echo Chromium 1")
    say = Progress(io.StringIO())
    monkeypatch.setenv(browser.VARIABLE, str(good))
    assert browser.obtain(tmp_path / "no python", tmp_path, say) == good
    monkeypatch.setenv(browser.VARIABLE, str(tmp_path / "typo"))
    with pytest.raises(CannotStart, match=r"TUNESMITH_CHROMIUM names .*typo, which is no browser that runs"):
        browser.obtain(tmp_path / "no python", tmp_path, say)


def test_playwrights_own_browser_is_found_where_it_was_downloaded_before(alone: Path, script: Callable[..., Path], tmp_path: Path) -> None:
    good = script("chrome", "echo Chromium 1")
    python = script("python", f'[ "$1" = -c ] && echo "{good}"')
    assert browser.obtain(python, tmp_path, Progress(io.StringIO())) == good


def test_debian_package_is_installed_where_it_may_be(
    alone: Path, script: Callable[..., Path], release: Callable[[str], Path], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    script("sudo", '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"', alone)
    script(
        "apt-get",
        f'echo "$DEBIAN_FRONTEND $*" >> "{log}"\n'
        f'case "$*" in *install*) printf "#!/bin/sh\\necho Chromium 1\\n" > "{alone}/chromium"; /bin/chmod +x "{alone}/chromium";; esac',
        alone,
    )
    python = script("python", "exit 1")
    said = io.StringIO()
    assert browser.obtain(python, tmp_path, Progress(said), release(DEBIAN)) == alone / "chromium"
    assert log.read_text(encoding="utf-8").splitlines() == [
        "noninteractive -q -y update",
        "noninteractive -q -y install --no-install-recommends chromium",
    ]
    assert "installing Debian's chromium" in said.getvalue()


@pytest.mark.parametrize("text", [UBUNTU, 'ID="fedora"\n', ""])
def test_apt_is_not_asked_where_its_chromium_is_not_debians(
    alone: Path, script: Callable[..., Path], release: Callable[[str], Path], tmp_path: Path, text: str
) -> None:
    script("apt-get", f'echo called > "{tmp_path}/called"', alone)
    assert browser.obtain(script("python", "exit 1"), tmp_path, Progress(io.StringIO()), release(text)) is None
    assert not (tmp_path / "called").exists()


def test_playwright_downloads_where_apt_fails(
    alone: Path, script: Callable[..., Path], release: Callable[[str], Path], tmp_path: Path
) -> None:
    script("sudo", '[ "$1" = -n ] && shift; [ "$1" = true ] || exec "$@"', alone)
    script("apt-get", "echo E: Unable to fetch some archives; exit 100", alone)
    own = tmp_path / "programs" / "chrome"
    python = script(
        "python",
        f'case "$*" in "-m playwright install chromium") printf "#!/bin/sh\\necho Chromium 1\\n" > "{own}"; /bin/chmod +x "{own}";;\n'
        f'-c*) echo "{own}";; *) exit 1;; esac',
    )
    said = io.StringIO()
    assert browser.obtain(python, tmp_path, Progress(said), release(DEBIAN)) == own
    assert "apt-get update failed: E: Unable to fetch some archives" in said.getvalue()


def test_where_no_browser_can_be_had_it_is_said(alone: Path, script: Callable[..., Path], tmp_path: Path) -> None:
    said = io.StringIO()
    python = script("python", "echo Error: getaddrinfo ENOTFOUND; exit 1")
    assert browser.obtain(python, tmp_path, Progress(said), tmp_path / "no release") is None
    assert "playwright install chromium failed: Error: getaddrinfo ENOTFOUND" in said.getvalue()
    assert said.getvalue().rstrip().endswith("No browser could be found or installed")


@pytest.mark.parametrize(
    ("text", "debian"), [(DEBIAN, True), (UBUNTU, False), ('ID=raspbian\nID_LIKE="debian"\n', True), ("ID=arch\n", False)]
)
def test_debian_is_told_from_its_children(release: Callable[[str], Path], text: str, debian: bool) -> None:
    assert browser.is_debian(release(text)) is debian
