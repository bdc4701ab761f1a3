"""The app: a free port, Streamlit on it, a word when it answers, the browser, and a clean end."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping
from pathlib import Path

from launch.lock import start_lock
from launch.process import clean_environ
from launch.say import CannotStart, Progress

HOST = "127.0.0.1"  # a port that others can reach would let them train at the user's expense
USUAL_PORT = 8501
READY_LIMIT_S = 120.0
END_LIMIT_S = 10.0


def wanted_port(option: int | None, environ: Mapping[str, str]) -> int | None:
    """The port that was asked for, by option or by STREAMLIT_SERVER_PORT, or None; raises CannotStart where it can't be had."""
    asked = environ.get("STREAMLIT_SERVER_PORT", "")
    if option is None and asked:
        if not asked.isdecimal() or not 1 <= int(asked) <= 65535:
            raise CannotStart(f"STREAMLIT_SERVER_PORT is {asked!r}, which is no port: set it to a number from 1 to 65535 or unset it.")
        option = int(asked)
    if option is not None and not is_free(option):
        raise CannotStart(f"Port {option} is taken or not allowed: choose another one with --port, or none to get a free one.")
    return option


def next_free_port(say: Progress, usual: int = USUAL_PORT) -> int:
    """The usual port, or the next one that is free."""
    port = next((port for port in range(usual, usual + 100) if is_free(port)), None)
    if port is None:
        raise CannotStart(f"The ports {usual} to {usual + 99} are all taken: close some programs or choose a port with --port.")
    if port != usual:
        say.step(f"Port {usual} is taken; using {port}")
    return port


def is_free(port: int) -> bool:
    """Whether a server may listen on this port of the loopback address."""
    with socket.socket() as caller:
        caller.settimeout(1)
        if caller.connect_ex((HOST, port)) == 0:  # macOS lets two listen, one on all addresses and one on this
            return False
    with socket.socket() as listener:
        if os.name != "nt":  # there it would allow two listeners; here it only ignores connections that are ending
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def has_display(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether a browser window opened from here would be seen by whoever started this."""
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return True
    return platform in ("win32", "darwin") and not environ.get("SSH_CONNECTION")


def serve(python: Path, root: Path, wanted: int | None, open_browser: bool, say: Progress) -> int:
    """Run the app until it ends or is stopped; returns the exit code (0 after Ctrl+C); whatever ends this function ends the app."""
    process = None
    try:
        with start_lock(root, say):  # a second start in the same moment must see that this port is taken
            port = wanted or next_free_port(say)
            say.step("Starting the app")
            process = _spawn(python, root, port)
            _wait_until_ready(process, port, say)
        address = f"http://{HOST}:{port}"
        say.step(f"Tunesmith runs at {address} (Ctrl+C ends it)")
        if open_browser and has_display(sys.platform, os.environ):
            # some browsers keep the caller until their window is closed
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        code = process.wait()
        say.step(f"The app ended by itself with exit code {code}")
        return code if code >= 0 else 128 - code
    except KeyboardInterrupt:
        say.passing("Ending the app")
        _end(process)
        say.step("Ended; what you saved is kept")
        return 0
    finally:
        _end(process)


def _spawn(python: Path, root: Path, port: int) -> "subprocess.Popen[bytes]":
    flags = {
        "server.address": HOST,
        "server.port": port,
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
        "logger.hideWelcomeMessage": "true",
    }
    argv = [str(python), "-m", "streamlit", "run", "streamlit_app.py", *(f"--{name}={value}" for name, value in flags.items())]
    return subprocess.Popen(argv, cwd=root, env=clean_environ(), stdin=subprocess.DEVNULL)


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, say: Progress) -> None:
    began = time.monotonic()
    while time.monotonic() - began < READY_LIMIT_S:
        if process.poll() is not None:
            raise CannotStart("The app ended before it could answer; its own words are above.")
        if _is_healthy(port):
            return
        say.passing("Starting the app")
        time.sleep(0.1)
    raise CannotStart(f"The app did not answer within {READY_LIMIT_S:.0f} seconds; its own words, if any, are above.")


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(process: "subprocess.Popen[bytes] | None") -> None:
    if process is None or process.poll() is not None:
        return
    if os.name != "nt":  # there the console has told it already, and terminate() would cut it short
        process.terminate()
    try:
        process.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
