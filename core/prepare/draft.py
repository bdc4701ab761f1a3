"""What the user has chosen on the Prepare page so far, as plain JSON: with the file it determines everything that the page shows."""

from collections import abc
from dataclasses import dataclass, field
from typing import Any, Literal

from core.prepare.mapping import Mapping
from core.prepare.source import Choices

DEFAULT_SEED = 42
SystemMode = Literal["keep", "set", "replace"]


@dataclass(frozen=True, slots=True)
class Step:
    """One applied repair; without `rows` it takes the rows that its check finds at that point."""

    repair: str
    rows: tuple[int, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        return {"repair": self.repair} if self.rows is None else {"repair": self.repair, "rows": list(self.rows)}

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any]) -> "Step":
        rows = data.get("rows")
        return cls(str(data.get("repair", "")), tuple(int(row) for row in rows if _is_int(row)) if isinstance(rows, list | tuple) else None)


@dataclass(frozen=True, slots=True)
class Draft:
    """The choices: how to read, which columns, the system prompt of a chat file, the applied repairs in order, and the split.

    `mapping` None takes the guess. `system_mode` is for chat files only: "keep" theirs, "set" one where there is none, "replace" all.
    """

    reading: Choices = field(default_factory=Choices)
    mapping: Mapping | None = None
    system_mode: SystemMode = "keep"
    system_prompt: str = ""
    steps: tuple[Step, ...] = ()
    seed: int = DEFAULT_SEED
    shares: tuple[float, float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The draft as JSON, in the shape that `from_dict` reads."""
        reading = {"encoding": self.reading.encoding, "delimiter": self.reading.delimiter, "header": self.reading.header}
        return {
            "reading": {name: value for name, value in reading.items() if value is not None},
            "mapping": None if self.mapping is None else self.mapping.to_dict(),
            "system": {"mode": self.system_mode, "text": self.system_prompt},
            "steps": [step.to_dict() for step in self.steps],
            "split": {"seed": self.seed, "shares": None if self.shares is None else list(self.shares)},
        }

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any] | None) -> "Draft":
        """Read a stored draft, of this version or another: what is missing or makes no sense falls back to the default."""
        data = _dict(data)
        reading, system, split = _dict(data.get("reading")), _dict(data.get("system")), _dict(data.get("split"))
        mapping, steps, mode, seed = data.get("mapping"), data.get("steps"), system.get("mode"), split.get("seed")
        header = reading.get("header")
        return cls(
            reading=Choices(_text(reading.get("encoding")), _text(reading.get("delimiter")), header if isinstance(header, bool) else None),
            mapping=Mapping.from_dict(mapping) if isinstance(mapping, abc.Mapping) else None,
            system_mode=mode if mode in ("set", "replace") else "keep",
            system_prompt=_text(system.get("text")) or "",
            steps=tuple(Step.from_dict(step) for step in steps if isinstance(step, abc.Mapping)) if isinstance(steps, list | tuple) else (),
            seed=seed if isinstance(seed, int) and _is_int(seed) else DEFAULT_SEED,
            shares=_shares(split.get("shares")),
        )


def _dict(value: object) -> abc.Mapping[str, Any]:
    return value if isinstance(value, abc.Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shares(value: object) -> tuple[float, float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 3:
        return None
    if not all(isinstance(share, int | float) and not isinstance(share, bool) for share in value):
        return None
    return (float(value[0]), float(value[1]), float(value[2]))
