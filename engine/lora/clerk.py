"""One answering process: its start, the lines to it and from it, and its end."""

import json
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from engine.apart import OFFLINE, apart, environment
from engine.learners.asking import AnswerFailed, Answering, Begun, Ended, Event, Piece, Wish
from engine.lifecycle import death_in_words

logger = logging.getLogger("engine.lora")
_LAST_SECONDS = 2.0  # that a process gets to end by itself
# threads that wait give their core away: beside a training on the same two cores a token took 0.12 s so, and 1.5 s with threads that spin
_COMPUTING = {"OMP_WAIT_POLICY": "PASSIVE"}
_EVENTS: Mapping[str, Callable[..., Event]] = {"begun": Begun, "piece": Piece, "ended": Ended}


def command(folder: Path, tokenizer: Path) -> Sequence[str]:
    """The command line of an answering process."""
    return [sys.executable, "-m", "engine.lora.answer", "--base", str(folder), "--tokenizer", str(tokenizer)]


class Clerk:
    """A process that starts with the first request and ends after `idle_seconds` without one; then another is needed."""

    def __init__(self, line: Sequence[str], idle_seconds: float) -> None:
        self._line = line
        self._idle_seconds = idle_seconds
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._open: dict[int, Answering] = {}
        self._serial = 0
        self._lock = threading.Lock()
        self._leaving = False
        self._loading_failed: AnswerFailed | None = None
        self.last_used = time.monotonic()
        # the thread that starts the process must live as long as it: Linux kills a child that asked for it with its parent's thread
        self._keeper = threading.Thread(target=self._keep, name="answers", daemon=True)
        self._keeper.start()

    @property
    def alive(self) -> bool:
        """Whether it takes requests."""
        return not self._leaving

    @property
    def busy(self) -> bool:
        """Whether anybody waits for an answer."""
        return bool(self._open)

    def ask(self, adapter: Path | None, wish: Wish) -> Answering | None:
        """Hand a request over; None where this process is ending."""
        with self._lock:
            if self._leaving:
                return None
            self._serial += 1
            number = self._serial
            answering = self._open[number] = Answering(lambda: self._cancel(number))
            self.last_used = time.monotonic()
        self._send({"id": number, "adapter": None if adapter is None else str(adapter), "ask": wish.to_json()})
        return answering

    def retire(self) -> bool:
        """End it unless somebody waits for an answer; True once it has ended and its memory is free."""
        with self._lock:
            if self._open:
                return False
            self._leaving = True
        self._outbox.put(None)
        self._keeper.join()
        return True

    def close(self) -> None:
        """End it now."""
        with self._lock:
            self._leaving = True
        self._outbox.put(None)
        self._keeper.join()

    def _cancel(self, number: int) -> None:
        with self._lock:
            known = self._open.pop(number, None)
            self.last_used = time.monotonic()
        if known is not None:
            self._send({"cancel": number})

    def _send(self, line: Mapping[str, Any]) -> None:
        self._outbox.put(json.dumps(line).encode() + b"\n")

    def _keep(self) -> None:
        """Start the process, write to it, notice when nobody has needed it for long, and end it."""
        with tempfile.TemporaryFile() as log:
            try:
                process = self._start(log)
            except OSError as error:
                self._over(AnswerFailed(f"The process that answers could not be started: {error.strerror}."))
                return
            listener = threading.Thread(target=self._listen, args=(process, log), daemon=True)
            listener.start()
            assert process.stdin is not None and process.stdout is not None
            with suppress(OSError):  # a process that is gone; the listener tells
                while (line := self._next()) is not None:
                    process.stdin.write(line)
                    process.stdin.flush()
            with suppress(OSError):
                process.stdin.close()
            try:
                process.wait(_LAST_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            listener.join()
            process.stdout.close()

    def _start(self, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        surroundings = {**_COMPUTING, **environment(), **OFFLINE}
        pipe = subprocess.PIPE
        return subprocess.Popen(self._line, env=surroundings, stdin=pipe, stdout=pipe, stderr=log, **apart())

    def _next(self) -> bytes | None:
        """The next line to write; None once it is time to end."""
        while True:
            with self._lock:
                left = self._idle_seconds if self._open else self.last_used + self._idle_seconds - time.monotonic()
            try:
                return self._outbox.get(timeout=max(0.0, left))
            except queue.Empty:
                with self._lock:
                    if not self._open and time.monotonic() >= self.last_used + self._idle_seconds:
                        self._leaving = True
                        return None

    def _listen(self, process: "subprocess.Popen[bytes]", log: IO[bytes]) -> None:
        """Pass on what the process says, until it ends."""
        assert process.stdout is not None
        for line in process.stdout:
            if not line.endswith(b"\n"):
                break  # it was killed in the middle of a word
            told = json.loads(line)
            if "failed" in told:
                self._loading_failed = AnswerFailed(**told["failed"])
            elif "id" in told:
                self._pass_on(told)
        returncode = process.wait()
        self._over(self._loading_failed or _died(returncode, log))

    def _pass_on(self, told: Mapping[str, Any]) -> None:
        number = told["id"]
        ends = "end" in told or "error" in told
        with self._lock:
            answering = self._open.pop(number, None) if ends else self._open.get(number)
            self.last_used = time.monotonic()
        if answering is None:  # cancelled while it was on its way
            return
        if ends:
            answering.put(AnswerFailed(**told["error"]) if "error" in told else None)
        for name, kind in _EVENTS.items():
            if name in told:
                about = {key: tuple(value) if isinstance(value, list) else value for key, value in told[name].items()}
                answering.put(kind(**about))

    def _over(self, error: AnswerFailed) -> None:
        with self._lock:
            self._leaving = True
            waiting, self._open = list(self._open.values()), {}
        if waiting:
            logger.error("%s", error)
        for answering in waiting:
            answering.put(error)
        self._outbox.put(None)


def _died(returncode: int, log: IO[bytes]) -> AnswerFailed:
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - 4096))
    said = log.read().decode("utf-8", errors="replace")
    last = next((line.strip()[:300] for line in reversed(said.splitlines()) if line.strip()), "")
    memory = returncode == -9 or "MemoryError" in last or "out of memory" in last.lower()
    message = f"The process that answers ended unexpectedly. {death_in_words(returncode, last)} The next question starts it again."
    return AnswerFailed(message, status=507 if memory else 500, code="out_of_memory" if memory else "server_error")
