"""Models that were written out for other programs: a folder for each form, made by a process of its own, that one can carry away."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import sleep
from typing import Any

from engine.apart import OFFLINE, apart, environment
from engine.lifecycle import death_in_words
from engine.lora.card import RUNNING
from engine.lora.parent import OPTION

FORMS = ("adapter", "merged", "gguf")
SCRIPT = "engine.lora.export"
EXIT_REFUSED = 3  # engine/lora/export.py's, which is not imported here: it needs the pack
_LOOK_EVERY = 0.1  # seconds
_ORDER, _LOG = "order.json", "export.log"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One form of one model: "none", "packing", "ready" (then `folder` and `bytes` say where and how large) or "failed" with the reason.

    `running` are the lines that run it, as its card has them: pairs of a sentence and what is to be typed.
    """

    form: str
    state: str
    folder: str = ""
    bytes: int = 0
    reason: str = ""
    running: tuple[dict[str, str], ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class Parcels:
    """The folder of what was written out; one is packed at a time, since each needs the memory of its model."""

    def __init__(self, folder: Path, *, script: str = SCRIPT) -> None:
        self._folder, self._script = folder, script
        for half in folder.glob("*/.*"):  # what an engine was writing when it was killed
            if half.is_dir() and not half.is_symlink():
                shutil.rmtree(half, ignore_errors=True)
        self._dropped: set[Path] = set()
        self._working: dict[Path, threading.Thread] = {}
        self._failed: dict[Path, str] = {}
        self._turn = threading.Lock()
        self._lock = threading.Lock()

    def all(self, model: str) -> list[Parcel]:
        """Every form of a model."""
        return [self.one(model, form) for form in FORMS]

    def one(self, model: str, form: str) -> Parcel:
        """One form of a model as it stands."""
        place = self._place(model, form)
        with self._lock:
            if place in self._working:
                return Parcel(form, "packing")
            if place.is_dir():
                size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
                return Parcel(form, "ready", str(place), size, running=_running(place / "README.md"))
            if place in self._failed:
                return Parcel(form, "failed", reason=self._failed[place])
        return Parcel(form, "none")

    def pack(self, model: str, form: str, order: Mapping[str, Any]) -> Parcel:
        """Begin to write a form out, anew where it lies there; `order` is export.Order's but for where it goes. Asking twice is once."""
        place = self._place(model, form)
        with self._lock:
            if place not in self._working:
                self._failed.pop(place, None)
                thread = threading.Thread(target=self._work, args=(place, form, order), name="export", daemon=True)
                self._working[place] = thread
                thread.start()
        return self.one(model, form)

    def drop(self, models: Sequence[str]) -> None:
        """Forget what was written out of models that are deleted."""
        for model in models:
            folder = self._folder / _slug(model)
            with self._lock:
                self._dropped |= {place for place in self._working if place.parent == folder}
            shutil.rmtree(folder, ignore_errors=True)

    def _place(self, model: str, form: str) -> Path:
        return self._folder / _slug(model) / form

    def _work(self, place: Path, form: str, order: Mapping[str, Any]) -> None:
        half = place.with_name(f".{form}.half")
        reason = "It could not be written out."
        try:
            with self._turn:
                shutil.rmtree(half, ignore_errors=True)
                half.mkdir(parents=True)
                reason = self._export(place, half, {**order, "form": form, "to": str(half)})
                if not reason:
                    shutil.rmtree(place, ignore_errors=True)
                    half.replace(place)
        except OSError as error:
            reason = f"The folder could not be written: {error.strerror}."
        finally:
            with suppress(OSError):
                shutil.rmtree(half)
            with self._lock:
                del self._working[place]
                if place in self._dropped:  # its model was deleted meanwhile
                    self._dropped.remove(place)
                    shutil.rmtree(place.parent, ignore_errors=True)
                elif reason:
                    self._failed[place] = reason

    def _export(self, place: Path, half: Path, order: Mapping[str, Any]) -> str:
        """Run the export; the reason where it did not work."""
        sheet, log = half.with_name(f".{order['form']}.{_ORDER}"), half.with_name(f".{order['form']}.{_LOG}")
        sheet.write_text(json.dumps(order), encoding="utf-8")
        with log.open("wb") as output:
            line = [sys.executable, "-m", self._script, "--order", str(sheet), OPTION]
            pipe = subprocess.PIPE  # which closes when this process is gone, however it ends: then the export ends, too
            with subprocess.Popen(line, env=environment() | OFFLINE, stdin=pipe, stdout=output, stderr=output, **apart()) as process:
                while (code := process.poll()) is None:
                    if place in self._dropped:
                        process.kill()
                    sleep(_LOOK_EVERY)
        sheet.unlink(missing_ok=True)
        if code == 0:
            return ""
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = lines[-1][:300] if lines else ""
        if last and code == EXIT_REFUSED:
            return last
        return f"The program that writes the model out ended unexpectedly. {death_in_words(code, last)}"


def _running(card: Path) -> tuple[dict[str, str], ...]:
    """The end of a card: sentences, each with the indented lines below it."""
    try:
        told = card.read_text(encoding="utf-8").partition(f"## {RUNNING}\n")[2]
    except OSError:
        return ()
    lines: list[dict[str, str]] = []
    for block in filter(None, (block.strip("\n") for block in told.split("\n\n"))):
        if not block.startswith("    "):
            lines.append({"says": block.strip(), "code": ""})
        elif lines:
            lines[-1]["code"] = "\n".join(line.removeprefix("    ") for line in block.splitlines())
    return tuple(lines)


def _slug(model: str) -> str:
    """A model's name as a folder's: the colons of `ft:…` are not allowed everywhere, and no name may lead elsewhere."""
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in model)
    return kept.strip(".-") or "model"
