"""A small project of its own, with wheels made on the spot: environments are really made and filled, and nothing is downloaded."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# stands in for Streamlit: answers the health check, ends when told to
SERVER = """
import http.server, json, os, sys, threading, time
options = dict(part[2:].split("=", 1) for part in sys.argv if part.startswith("--"))
if os.environ.get("FAKE_APP") == "dies":
    sys.exit("no good")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps([sys.argv[1:3], options]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer((options["server.address"], int(options["server.port"])), Handler)
if os.environ.get("FAKE_APP") == "ends":
    threading.Timer(2, os._exit, [7]).start()
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
"""

# stands in for ruff, mypy and pytest: writes down how it was called, says and returns what it was told to
TOOL = """
import json, os, sys
name = {name!r}
with open(os.environ["FAKE_LOG"], "a", encoding="utf-8") as log:
    known = {{key: value for key, value in os.environ.items() if key.startswith("TUNESMITH_")}}
    log.write(json.dumps([name, sys.argv[1:], known]) + "\\n")
print("the last words of", name)
sys.exit(int(os.environ.get("FAKE_CODE_" + name, "0")))
"""


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str], needs: Sequence[str] = (), extra: str = "") -> Path:
    """Write a wheel that pip takes; with `extra`, what it needs is needed for that extra only."""
    info = f"{name}-{version}.dist-info"
    only = f'; extra == "{extra}"' if extra else ""
    about = [f"Name: {name}", f"Version: {version}", *([f"Provides-Extra: {extra}"] if extra else [])]
    about += [f"Requires-Dist: {need}{only}" for need in needs]
    files = files | {
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *about, ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text.encode())}")
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return wheel


@dataclass(frozen=True)
class Project:
    """A copy of start.py and launch/ with an environment of its own."""

    folder: Path
    wheels: Path

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def site(self) -> Path:
        return next(path.parent for path in self.venv.rglob("pip") if (path / "__main__.py").is_file())

    def environ(self, **more: str) -> dict[str, str]:
        """No network, no settings of the machine's; the given variables on top."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "STREAMLIT_", "PYTHON", "TUNESMITH_"))}
        hermetic = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri(), "PYTHONIOENCODING": "utf-8"}
        return kept | hermetic | more

    def start(self, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run start.py to its end, from another folder."""
        return subprocess.run(
            [sys.executable, self.folder / "start.py", *arguments],
            cwd=self.folder.parent,
            env=self.environ(**environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=200,
            check=False,
        )

    def setup(self, **environ: str) -> str:
        """Run `start.py setup`, which must succeed; returns what it printed."""
        done = self.start("setup", **environ)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _new_project(folder: Path) -> Project:
    """A project without an environment, in a folder with a space and letters outside of ASCII."""
    project = Project(folder / "Projekt für Töne", folder / "wheels")
    project.folder.mkdir(parents=True)
    shutil.copy(ROOT / "start.py", project.folder)
    shutil.copytree(ROOT / "launch", project.folder / "launch", ignore=shutil.ignore_patterns("__pycache__"))
    (project.folder / "streamlit_app.py").write_text("", encoding="utf-8")
    (project.folder / "requirements.txt").write_text("# what it needs\nstreamlit>=1,<2   # the app\n", encoding="utf-8")
    (project.folder / "requirements-dev.txt").write_text("pytest==1.0\nruff==1.0\nmypy==1.0\n", encoding="utf-8")
    make_wheel(project.wheels, "streamlit", "1.0", {"streamlit/__init__.py": "ready = True\n", "streamlit/__main__.py": SERVER})
    for name in ("pytest", "ruff", "mypy"):
        make_wheel(project.wheels, name, "1.0", {f"{name}/__init__.py": "", f"{name}/__main__.py": TOOL.format(name=name)})
    return project


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """A project that was never started."""
    return _new_project(tmp_path)


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose environment is ready, for tests that leave it as it is."""
    project = _new_project(tmp_path_factory.mktemp("made"))
    project.setup()
    return project


@pytest.fixture
def project(ready: Project, tmp_path: Path) -> Project:
    """A copy of the ready project, so that a test may break it."""
    shutil.copytree(ready.folder.parent, tmp_path / "copy", symlinks=True)
    return Project(tmp_path / "copy" / ready.folder.name, tmp_path / "copy" / ready.wheels.name)


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Path]:
    """Write a small program for /bin/sh: script(name, body) gives its path."""
    if os.name == "nt":
        pytest.skip("needs /bin/sh")

    def write(name: str, body: str, folder: Path = tmp_path / "programs") -> Path:
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return write
