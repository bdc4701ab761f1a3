"""The command line of start.py: app, setup and test."""

import argparse
import io
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from launch import app, checks
from launch.environment import prepare
from launch.packs import asked_for
from launch.say import CannotStart, Progress

ROOT = Path(__file__).resolve().parents[1]
APP_FILES = ("requirements.txt",)
TEST_FILES = ("requirements.txt", "requirements-dev.txt")


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    """Do what the command line asks; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a path that the console cannot show must not end the start
    options = parse(argv)
    signal.signal(signal.SIGTERM, _end_well)
    say = Progress(sys.stdout)
    packs = asked_for(options.with_lora, options.with_cluster)
    try:
        if options.command == "setup":
            prepare(root, (*APP_FILES, *packs), say)
            return 0
        if options.command == "test":
            python = prepare(root, (*TEST_FILES, *packs), say)
            return checks.run(python, root, options.require_browser, options.fast, options.extra, say)
        port = app.wanted_port(options.port, os.environ)
        return app.serve(prepare(root, (*APP_FILES, *packs), say), root, port, not options.no_browser, say)
    except CannotStart as problem:
        say.step("Stopped")
        print(*filter(None, [str(problem), problem.details]), sep="\n", file=sys.stderr)
        return 1
    except subprocess.TimeoutExpired as problem:
        say.step("Stopped")
        print(f"A step took longer than {problem.timeout:.0f} seconds and was stopped: start again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say.step("Stopped; the same command goes on from here")
        return 130


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line; what stands after "--" is for pytest."""
    own, extra = list(argv), []
    if "--" in own:
        own, extra = own[: own.index("--")], own[own.index("--") + 1 :]
    parser = argparse.ArgumentParser(
        prog="start.py", description="Makes Tunesmith's environment in .venv where it is missing or broken, then opens the app."
    )
    parser.add_argument("command", nargs="?", choices=("app", "setup", "test"), default="app", help="default: app")
    parser.add_argument("--with-lora", action="store_true", help="also add the pack for small open models (about 1.5 GB), for good")
    parser.add_argument("--with-cluster", action="store_true", help="the same, and what trains them across machines")
    parser.add_argument("--port", type=_port, help="app: the port to listen on; default 8501, or the next free one")
    parser.add_argument("--no-browser", action="store_true", help="app: print the address and open no browser")
    parser.add_argument("--require-browser", action="store_true", help="test: fail where no browser can be had")
    parser.add_argument("--fast", action="store_true", help='test: leave out the tests marked "slow"')
    parser.epilog = "test: what follows -- is handed to pytest"
    options = parser.parse_args(own, argparse.Namespace(extra=extra))
    for name, command in (("port", "app"), ("no_browser", "app"), ("require_browser", "test"), ("fast", "test"), ("extra", "test")):
        if getattr(options, name) and options.command != command:
            parser.error(f"{'--' + name.replace('_', '-') if name != 'extra' else '--'} belongs to the command {command!r}")
    return options


def _end_well(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)  # an exception, so that the programs started from here are ended too


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to 65535")
    return int(text)
