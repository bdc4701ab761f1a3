"""What the user has chosen on the Prepare page so far, as plain JSON: with the file it determines everything that the page shows."""

from collections import abc
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from core.prepare.mapping import Mapping
from core.prepare.source import AS_FOUND, Choices
from core.prepare.worksheet import Worksheet

DEFAULT_SEED = 42
_TABLE = frozenset({"sheet", "member", "layout"})  # the choices that lead to another table
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
class Kept:
    """The work under another reading of the file, and the sheet and the file in the zip that it was done on, by name as far as known."""

    draft: "Draft"
    sheet: str | None = None
    member: str | None = None

    def is_on(self, wanted: Choices) -> bool:
        """Whether these choices lead to the table of this work."""
        had = self.draft.reading
        return had.layout == wanted.layout and wanted.sheet in (had.sheet, self.sheet) and wanted.member in (had.member, self.member)

    def to_dict(self) -> dict[str, Any]:
        return {"draft": self.draft.to_dict(), "sheet": self.sheet, "member": self.member}

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any]) -> "Kept":
        alone = {name: value for name, value in _dict(data.get("draft")).items() if name != "others"}
        return cls(Draft.from_dict(alone), _text(data.get("sheet")), _text(data.get("member")))


@dataclass(frozen=True, slots=True)
class Draft:
    """The choices: how to read, which columns, the system prompt of a chat file, the applied repairs in order, and the split.

    `mapping` None takes the guess. `system_mode` is for chat files only: "keep" theirs, "set" one where there is none, "replace" all.
    `undone` are the steps that undo dropped, the last one dropped first: redo takes them back; they change nothing in the result.
    `groups` are columns whose equal values stay on one side of the split, `time` the column by which the latest rows become the test.
    `others` is the work under other readings of the same file, the latest last: it waits there and changes nothing in the result.
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
    others: tuple[Kept, ...] = ()

    @property
    def has_work(self) -> bool:
        """Whether anything was chosen or changed beside how the file is read."""
        return replace(self, reading=AS_FOUND, own_test=None, others=()) != Draft(seed=self.seed, shares=self.shares)

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

    def read_as(self, opened: Choices = AS_FOUND, **changed: Any) -> "Draft":
        """With other choices for the reading. The work under the present one is kept, and comes back when it is chosen again.

        Another sheet, zip file or layout is another table, with a draft of its own; it brings back the rest of its reading too. Within one
        table the work goes along, and only its columns are mapped anew. `opened` names the sheet and the zip file in use: one that the
        reader had found by itself is then known by its name, too.
        """
        if replace(self.reading, **changed) == self.reading:
            return self
        if changed.keys() & _TABLE:
            other = self._on_table({name: value for name, value in changed.items() if name in _TABLE}, opened)
            return other.read_as(**{name: value for name, value in changed.items() if name not in _TABLE})
        reading = replace(self.reading, **changed)
        others, mapped = self._put_aside(Kept(Draft(self.reading, self.mapping), opened.sheet, opened.member)), None
        if before := next((one for one in others if one.draft.reading == reading), None):
            mapped = before.draft.mapping
        elif changed.keys() == {"encoding"}:
            mapped = self.mapping
        return replace(self, reading=reading, mapping=mapped, others=tuple(one for one in others if one is not before))

    def read_back(self) -> "Draft":
        """As the file was read before the present reading, or as the reader finds it where nothing is known of before."""
        before = self.others[-1].draft.reading if self.others else AS_FOUND
        return self.read_as(**asdict(before))

    def _on_table(self, changed: abc.Mapping[str, Any], opened: Choices) -> "Draft":
        """The draft of another table: as it was left, or a new one."""
        wanted = replace(self.reading, **changed)
        if wanted == self.reading:
            return self
        others = self._put_aside(Kept(replace(self, others=()), opened.sheet or self.reading.sheet, opened.member or self.reading.member))
        # of a zip file that was opened before, the sheet that was in use there
        any_sheet = "sheet" not in changed and "member" in changed
        if any_sheet:
            wanted = replace(wanted, sheet=None)
        on = [one for one in others if one.is_on(replace(wanted, sheet=one.draft.reading.sheet) if any_sheet else wanted)]
        if not on:
            return Draft(reading=wanted, seed=self.seed, shares=self.shares, own_test=self.own_test, others=others)
        return replace(on[-1].draft, others=tuple(one for one in others if one is not on[-1]))

    def _put_aside(self, kept: Kept) -> tuple[Kept, ...]:
        """The work that waits, with this one in the place of what was kept of its reading before."""
        return (*(one for one in self.others if one.draft.reading != kept.draft.reading), kept)

    def recipe(self) -> dict[str, Any]:
        """The part that determines the result, as JSON: two drafts with the same recipe show and save the same."""
        told = {name: value for name, value in self.to_dict().items() if name not in ("undone", "others")}
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
            "others": [one.to_dict() for one in self.others],
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
            others=_others(data.get("others")),
        )


def _steps(value: object) -> tuple[Step, ...]:
    return tuple(Step.from_dict(step) for step in value if isinstance(step, abc.Mapping)) if isinstance(value, list | tuple) else ()


def _others(value: object) -> tuple[Kept, ...]:
    return tuple(Kept.from_dict(one) for one in value if isinstance(one, abc.Mapping)) if isinstance(value, list | tuple) else ()


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
