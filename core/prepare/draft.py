"""What the user has chosen on the Prepare page so far, as plain JSON: with the file it determines everything that the page shows."""

from collections import abc
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from core.prepare.mapping import Mapping
from core.prepare.source import Choices
from core.prepare.worksheet import Worksheet

DEFAULT_SEED = 42
SystemMode = Literal["keep", "set", "replace"]


@dataclass(frozen=True, slots=True)
class Step:
    """One applied repair; without `rows` it takes the rows that its check finds at that point; `params` is what it needs to know."""

    repair: str
    rows: tuple[int, ...] | None = None
    params: abc.Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        rows = {} if self.rows is None else {"rows": list(self.rows)}
        return {"repair": self.repair, **rows, **({"params": dict(self.params)} if self.params else {})}

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any]) -> "Step":
        rows = data.get("rows")
        return cls(
            str(data.get("repair", "")),
            tuple(int(row) for row in rows if _is_int(row)) if isinstance(rows, list | tuple) else None,
            dict(_dict(data.get("params"))),
        )


@dataclass(frozen=True, slots=True)
class OwnTest:
    """The user's own test file: its sha256 in the workspace and the name that it came with."""

    sha: str
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The choices: how to read, which columns, the system prompt of a chat file, the applied repairs in order, and the split.

    `mapping` None takes the guess. `system_mode` is for chat files only: "keep" theirs, "set" one where there is none, "replace" all.
    `undone` are the steps that undo dropped, the last one dropped first: redo takes them back; they change nothing in the result.
    `groups` are columns whose equal values stay on one side of the split, `time` the column by which the latest rows become the test.
    """

    reading: Choices = field(default_factory=Choices)
    mapping: Mapping | None = None
    system_mode: SystemMode = "keep"
    system_prompt: str = ""
    steps: tuple[Step, ...] = ()
    seed: int = DEFAULT_SEED
    shares: tuple[float, float, float] | None = None
    groups: tuple[str, ...] = ()
    time: str | None = None
    own_test: OwnTest | None = None
    worksheet: Worksheet = field(default_factory=Worksheet)
    undone: tuple[Step, ...] = ()

    def with_steps(self, steps: abc.Iterable[Step]) -> "Draft":
        """With these steps; what had been undone is forgotten."""
        return replace(self, steps=tuple(steps), undone=())

    def add(self, *steps: Step) -> "Draft":
        """With further steps at the end."""
        return self.with_steps((*self.steps, *steps))

    def undo(self) -> "Draft":
        """Without the last step, which `redo` takes back."""
        return replace(self, steps=self.steps[:-1], undone=(*self.steps[-1:], *self.undone))

    def redo(self) -> "Draft":
        """With the step that was undone last."""
        return replace(self, steps=(*self.steps, *self.undone[:1]), undone=self.undone[1:])

    def read_as(self, **changed: Any) -> "Draft":
        """With other choices for the reading: other columns are mapped anew, and another table begins with a new draft."""
        reading = replace(self.reading, **changed)
        if reading == self.reading:
            return self
        if changed.keys() & {"sheet", "member", "layout"}:
            if "member" in changed and "sheet" not in changed:
                reading = replace(reading, sheet=None)
            return Draft(reading=reading, seed=self.seed, shares=self.shares, own_test=self.own_test)
        return replace(self, reading=reading, mapping=self.mapping if changed.keys() == {"encoding"} else None)

    def recipe(self) -> dict[str, Any]:
        """The part that determines the result, as JSON: two drafts with the same recipe show and save the same."""
        told = {name: value for name, value in self.to_dict().items() if name != "undone"}
        return told | {"worksheet": self.worksheet.to_dict(approved_only=True)}

    def to_dict(self) -> dict[str, Any]:
        """The draft as JSON, in the shape that `from_dict` reads."""
        return {
            "reading": {name: value for name, value in asdict(self.reading).items() if value is not None},
            "mapping": None if self.mapping is None else self.mapping.to_dict(),
            "system": {"mode": self.system_mode, "text": self.system_prompt},
            "steps": [step.to_dict() for step in self.steps],
            "split": {
                "seed": self.seed,
                "shares": None if self.shares is None else list(self.shares),
                "groups": list(self.groups),
                "time": self.time,
                "own_test": None if self.own_test is None else {"sha": self.own_test.sha, "name": self.own_test.name},
            },
            "worksheet": self.worksheet.to_dict(),
            "undone": [step.to_dict() for step in self.undone],
        }

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any] | None) -> "Draft":
        """Read a stored draft, of this version or another: what is missing or makes no sense falls back to the default."""
        data = _dict(data)
        reading, system, split = _dict(data.get("reading")), _dict(data.get("system")), _dict(data.get("split"))
        mapping, mode, seed = data.get("mapping"), system.get("mode"), split.get("seed")
        groups, own = split.get("groups"), _dict(split.get("own_test"))
        header = reading.get("header")
        return cls(
            reading=Choices(
                _text(reading.get("encoding")),
                _text(reading.get("delimiter")),
                header if isinstance(header, bool) else None,
                _text(reading.get("sheet")),
                _text(reading.get("member")),
                "table" if reading.get("layout") == "table" else None,
            ),
            mapping=Mapping.from_dict(mapping) if isinstance(mapping, abc.Mapping) else None,
            system_mode=mode if mode in ("set", "replace") else "keep",
            system_prompt=_text(system.get("text")) or "",
            steps=_steps(data.get("steps")),
            seed=seed if isinstance(seed, int) and _is_int(seed) else DEFAULT_SEED,
            shares=_shares(split.get("shares")),
            groups=tuple(name for name in groups if isinstance(name, str)) if isinstance(groups, list | tuple) else (),
            time=_text(split.get("time")),
            own_test=OwnTest(str(own["sha"]), str(own["name"])) if "sha" in own and "name" in own else None,
            worksheet=Worksheet.from_dict(_dict(data.get("worksheet"))),
            undone=_steps(data.get("undone")),
        )


def _steps(value: object) -> tuple[Step, ...]:
    return tuple(Step.from_dict(step) for step in value if isinstance(step, abc.Mapping)) if isinstance(value, list | tuple) else ()


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
