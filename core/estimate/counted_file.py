"""Counting a chat JSONL of any size on the disk: never in memory as a whole, by several processes where it is large.

Each process is given pieces of the file, one after the other, so that one which a busy machine slows down holds nobody up. Threads would
not do: tiktoken takes longer with two threads than with one (measured on 200 MB: 29.7 s against 8.4).
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.base.chat_format import lies_in_lines
from core.base.errors import N_, TunesmithError
from core.base.line_counter import LineCounter

ROOT = Path(__file__).resolve().parents[2]
MOST_PROCESSES = 4  # each holds a vocabulary, 100 to 150 MB
PER_PROCESS = 16_000_000  # bytes of the file that are worth the start of one more process
BATCH = 1_000_000  # bytes read and counted at once
_PIECES = 8  # for each process
_HEAD = 8_000_000  # bytes within which the first line has to end
_SPACE = b" \t\n\r\x0b\x0c"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CountedFile:
    """Of each example its tokens, those of its answers alone, and the byte at which its line begins.

    `guessed` says that something occurs whose billing nobody documents.
    """

    all: "array[int]"
    answers: "array[int]"
    starts: "array[int]"
    guessed: bool
    accelerated: bool


class NotInLines(ValueError):
    """This file is not read line by line (UTF-16, one array, records over several lines, ...): only a reader of the whole can count it."""


def count_file(
    path: Path, encoding: str, *, processes: int | None = None, accelerate: bool = True, progress: Progress | None = None
) -> CountedFile:
    """Count the file at `path`; `progress(done, total)` is told bytes, and an exception from it ends all processes.

    Raises NotInLines, and TunesmithError where a process died.
    """
    with path.open("rb") as file:
        end = _end_of(file)
        file.seek(0)
        if end and not lies_in_lines(file.read(_HEAD)):
            raise NotInLines(path.name)
        several = processes or min(MOST_PROCESSES, _cores(), end // PER_PROCESS)
        if several <= 1:
            counter = LineCounter(encoding, accelerate=accelerate and end > PER_PROCESS)
            count_lines(file, counter, 0, end, end, lambda done: progress(done, end) if progress else None)
            return CountedFile(counter.all, counter.answers, counter.starts, counter.guessed, counter.is_accelerated)
    return _together(path, encoding, several, end, accelerate, progress or (lambda done, total: None))


def count_lines(file: BinaryIO, counter: LineCounter, start: int, stop: int, end: int, progress: Callable[[int], None]) -> None:
    """Feed the lines that begin from byte `start` up to byte `stop`, the last cut off at byte `end` of the file.

    `progress` is told how many of the bytes are done.
    """
    at = start
    file.seek(max(0, start - 1))
    if start:
        at += len(file.readline()) - 1  # the line that began before is another's
    while at < stop and (lines := file.readlines(min(BATCH, stop - at))):
        read = sum(map(len, lines))
        while lines and at + read - len(lines[-1]) >= stop:  # one more line than was asked for
            read -= len(lines.pop())
        if at + read > end:
            lines[-1] = lines[-1][: end - at - read]
        counter.feed(lines, at)
        at += read
        progress(min(at, stop) - start)


def _end_of(file: BinaryIO) -> int:
    """The byte after the last one that is no white space: what comes after it is no line."""
    at = file.seek(0, os.SEEK_END)
    while at:
        start = max(0, at - BATCH)
        file.seek(start)
        left = file.read(at - start).rstrip(_SPACE)
        if left:
            return start + len(left)
        at = start
    return 0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _together(path: Path, encoding: str, several: int, end: int, accelerate: bool, progress: Progress) -> CountedFile:
    size = max(BATCH, -(-end // (several * _PIECES)))
    waiting = [(start, min(end, start + size)) for start in range(0, end, size)][::-1]
    parts: dict[int, tuple[dict[str, Any], bytes]] = {}
    done: dict[int, int] = {}
    told: queue.Queue[tuple[int, dict[str, Any], bytes]] = queue.Queue()
    pieces = len(waiting)
    with tempfile.TemporaryFile() as words, _children(path, encoding, several, end, accelerate, words, told) as children:
        for child in children:
            _give(child, waiting)
        while len(parts) < pieces:
            number, said, arrays = told.get()
            if "start" not in said:
                words.seek(0)
                raise TunesmithError(
                    N_("Counting the tokens stopped unexpectedly."),
                    N_("Try again. If it stops again, the file may be too large for this machine's memory."),
                    details=words.read()[-4000:].decode("utf-8", "replace"),
                )
            done[said["start"]] = said["done"]
            progress(min(end, sum(done.values())), end)
            if "n" in said:
                parts[said["start"]] = (said, arrays)
                _give(children[number], waiting)
    counted = CountedFile(
        array("I"), array("I"), array("Q"), any(said["guessed"] for said, _ in parts.values()), all(s["fast"] for s, _ in parts.values())
    )
    for start in sorted(parts):
        said, arrays = parts.pop(start)
        at = 0
        for into in (counted.all, counted.answers, counted.starts):
            length = said["n"] * into.itemsize
            into.frombytes(arrays[at : at + length])
            at += length
    return counted


def _give(child: "subprocess.Popen[bytes]", waiting: list[tuple[int, int]]) -> None:
    if waiting and child.stdin is not None:
        with suppress(BrokenPipeError):  # it has died, which its thread will hear
            child.stdin.write(json.dumps(waiting.pop()).encode() + b"\n")
            child.stdin.flush()


@contextmanager
def _children(
    path: Path, encoding: str, several: int, end: int, accelerate: bool, words: Any, told: "queue.Queue[tuple[int, dict[str, Any], bytes]]"
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Processes that count, each with a thread that hears what it says; none of them is left when this ends, however it ends."""
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    arguments = [str(path), encoding, str(end), "fast" if accelerate else "plain"]
    children: list[subprocess.Popen[bytes]] = []
    threads: list[threading.Thread] = []
    try:
        for number in range(several):
            child = subprocess.Popen(
                [sys.executable, "-m", "core.estimate.counting_process", *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": python_path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
            )
            children.append(child)
            threads.append(threading.Thread(target=_hear, args=(number, child, told), name=f"counting {number}", daemon=True))
            threads[-1].start()
        yield children
    finally:
        for child in children:
            child.kill()
        for thread in threads:
            thread.join()
        for child in children:
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    _close(pipe)


def _hear(number: int, child: "subprocess.Popen[bytes]", told: "queue.Queue[tuple[int, dict[str, Any], bytes]]") -> None:
    assert child.stdout is not None
    while line := child.stdout.readline():
        said = json.loads(line)
        told.put((number, said, child.stdout.read(said["bytes"]) if "bytes" in said else b""))
    told.put((number, {}, b""))


def _close(pipe: Any) -> None:
    with suppress(BrokenPipeError):  # what was not read any more
        pipe.close()
