"""What this machine computes small models on, and with which kind of numbers: one rule for whoever trains, answers or asks whether it fits.

The rule needs facts, and only torch knows those of a graphics card: a process of its own, `python -m engine.lora.machine`, tells them to
whoever must not load torch. Without a sign of a card nobody is asked: Linux says itself what its processor can do.
"""

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from engine.apart import OFFLINE, apart, environment

Kind = Literal["cpu", "cuda", "mps"]
Use = Literal["lora", "full", "answer"]
Precision = Literal["bf16", "fp32"]

_PROGRAM = "engine.lora.machine"
_PATIENCE = 60.0  # seconds for loading torch and waking a card
_FRESH = 60.0  # seconds for which a card's free memory is good enough for a list
_SILENT = 600.0  # seconds for which a torch that said nothing is not asked again: it may have taken all of _PATIENCE
_SIGNS = ("nvidia[0-9]*", "nvidiactl", "kfd", "dxg")  # in /dev: NVIDIA's driver, AMD's, and either of them under WSL


@dataclass(frozen=True, slots=True)
class Device:
    """What is computed on; `bf16` is whether it computes in bf16 itself rather than emulating it.

    `free` are the bytes that are free on each graphics card. The other kinds share the machine's memory (on a Mac, MPS does, too).
    """

    kind: Kind = "cpu"
    bf16: bool = False
    free: tuple[int, ...] = ()

    def to_json(self) -> str:
        """As one process tells another."""
        return json.dumps(asdict(self))

    @classmethod
    def from_plain(cls, told: Mapping[str, Any]) -> "Device":
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        kind, free = told["kind"], tuple(int(each) for each in told["free"])
        if kind not in ("cpu", "cuda", "mps") or (kind == "cuda" and not free):
            raise ValueError(f"no device: {told}"[:200])
        return cls(kind, told["bf16"] is True, free)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The kind of numbers that is computed with, the kind that the weights are kept in, and why."""

    computed: Precision
    weights: Precision
    reason: str


def numbers(device: Device, use: Use, asked: str = "auto") -> Numbers:
    """The rule: bf16 where the device is good at it, which takes half the memory, and else fp32; what was asked for comes first.

    Weights that all learn stay in fp32, since a step of learning is smaller than bf16 can tell apart.
    """
    computed, reason = _chosen(device, use) if asked == "auto" else (asked, "as asked for")
    return Numbers("bf16" if computed == "bf16" else "fp32", "bf16" if computed == "bf16" and use != "full" else "fp32", reason)


def _chosen(device: Device, use: Use) -> tuple[Precision, str]:
    if device.kind == "mps":
        return "fp32", "bf16 is not settled on this graphics processor"
    if device.kind == "cpu" and use == "full":
        return "fp32", "all weights are kept in fp32 while they learn"
    name = "graphics card" if device.kind == "cuda" else "processor"
    # SmolLM2-135M's shape, batch 4 x 64: 0.68 s a step in bf16, 1.77 s in fp32 where the processor has it; where it has not, the reverse
    return ("bf16", f"this {name} has bf16") if device.bf16 else ("fp32", f"this {name} has no bf16")


@cache
def linux_processor_has_bf16() -> bool | None:
    """Whether the processor computes in bf16 itself; None where the system does not say (it is not Linux)."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return None
    return "avx512_bf16" in flags or "amx_bf16" in flags


def may_have_more() -> bool:
    """Whether torch may know of something better than the processor that Linux describes; where there is no torch, it does not matter."""
    if find_spec("torch") is None:
        return False
    return linux_processor_has_bf16() is None or any(any(Path("/dev").glob(sign)) for sign in _SIGNS)


def ask_torch() -> Device | None:
    """What the process that has torch says; None where it says nothing that can be used."""
    line = [sys.executable, "-m", _PROGRAM]
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with suppress(OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        done = subprocess.run(line, env=environment() | OFFLINE, timeout=_PATIENCE, check=False, **pipes, **apart())
        return Device.from_plain(json.loads(done.stdout)) if done.returncode == 0 else None
    return None


class Looking:
    """Looks at this machine, and remembers for a while what torch said; safe to use from any thread."""

    def __init__(
        self,
        *,
        may_have_more: Callable[[], bool] = may_have_more,
        ask: Callable[[], Device | None] = ask_torch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._may_have_more, self._ask, self._clock = may_have_more, ask, clock
        self._lock = threading.Lock()
        self._seen: Device | None = None
        self._at: float | None = None

    def look(self, *, afresh: bool = False) -> Device:
        """The device; `afresh` where it matters what is free on a card at this very moment.

        Where torch said nothing, perhaps since loading it took too long, the processor is taken for a while, and then it is asked again.
        """
        if not self._may_have_more():
            return Device(bf16=linux_processor_has_bf16() or False)
        with self._lock:
            age = math.inf if self._at is None else self._clock() - self._at
            silent = self._seen is None and age >= _SILENT
            if silent or (self._seen is not None and self._seen.kind == "cuda" and (afresh or age >= _FRESH)):
                self._seen = self._ask() or self._seen
                self._at = self._clock()
            return self._seen or Device(bf16=linux_processor_has_bf16() or False)


HERE = Looking()


def present(*, afresh: bool = False) -> Device:
    """What small models are computed on here."""
    return HERE.look(afresh=afresh)
