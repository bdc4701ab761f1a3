"""What the checks and the split made of a file, kept with the task that worked it out, so that saving need not do it all again.

A judgment holds for one file, one draft and one state of this program: its key is the hash of all three. Saving reads the file itself anew
and looks that its rows are those that were judged; whatever does not fit is worked out again, as if nothing had been kept.
"""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import NotInWorkspace
from core.base.types import Example, Reason, Split
from core.io.tasks import task_result
from core.io.workspace.store import digest
from core.prepare.prepared import Prepared, finding_to_json, reasons_to_json, shape_to_json

if TYPE_CHECKING:
    from core.io.workspace import Workspace

KIND = "core.prepare.work:prepare"
FINDING_ROWS = 10_000  # of one finding that are kept with the data set
_ROOT = Path(__file__).resolve().parents[2]
_LETTERS = b"tvT"  # of train, validation and test


@dataclass(frozen=True, slots=True)
class Judgment:
    """All that a data set says of its examples, as plain JSON, for a file that may be saved.

    `sides` has one letter for each example, in order: t, v or T (train, validation, test); `waiting` are the rows that do not train yet.
    """

    sides: str
    seed: int
    split_reasons: list[dict[str, Any]]
    waiting: list[int]
    shape: dict[str, Any]
    findings: list[dict[str, Any]]
    system_prompt: str

    def split(self) -> Split:
        """The split, as it was drawn."""
        train, validation, test = (tuple(at for at, letter in enumerate(self.sides.encode()) if letter == wanted) for wanted in _LETTERS)
        return Split(train, validation, test, self.seed, tuple(Reason(one["code"], one["params"]) for one in self.split_reasons))


def judgment_of(prepared: Prepared) -> Judgment | None:
    """What was judged; None where it may not be saved as it is, whose reason is for saving to tell."""
    split = prepared.split
    if prepared.problem is not None or split is None or prepared.shape is None or prepared.verdict.word == "not_ready":
        return None
    letters = bytearray(b"-" * len(prepared.examples))
    for letter, members in zip(_LETTERS, (split.train, split.validation, split.test), strict=True):
        for at in members:
            letters[at] = letter
    return Judgment(
        sides=letters.decode("ascii"),
        seed=split.seed,
        split_reasons=reasons_to_json(split.reasons),
        waiting=list(prepared.waiting),
        shape=shape_to_json(prepared.shape),
        findings=[finding_to_json(finding, FINDING_ROWS) for finding in prepared.findings],
        system_prompt=prepared.system_prompt,
    )


def keep(args: Mapping[str, Any], prepared: Prepared) -> dict[str, Any] | None:
    """The judgment of the file that the task's `args` name as plain JSON, with what it holds for; None where there is none to keep."""
    made = judgment_of(prepared)
    return None if made is None else {"key": _key(args), "rows": _rows(prepared.worked), **asdict(made)}


def find(ws: "Workspace", args: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a finished task with these very `args` has kept, if this program in its present state made it."""
    wanted = digest(args)
    for task in ws.tasks():
        if task.kind == KIND and task.state == "done" and digest(task.args) == wanted:
            with suppress(NotInWorkspace):  # its file was removed meanwhile: then the work is done again
                told = task_result(ws, task)
                found = told.get("kept") if isinstance(told, dict) else None
                return found if found is not None and found.get("key") == _key(args) else None
    return None


def judgment_for(told: Mapping[str, Any], worked: Sequence[Example]) -> Judgment | None:
    """What `keep` wrote, if these are the examples that were judged."""
    if told["rows"] != _rows(worked):
        return None
    made = Judgment(**{one.name: told[one.name] for one in fields(Judgment)})
    return made if len(made.sides) + len(made.waiting) == len(worked) else None


def _key(args: Mapping[str, Any]) -> str:
    return digest(args, _program())


@cache
def _program() -> str:
    """The state of whatever a judgment may depend on: the code and tables that judge, the libraries, Python."""
    state = hashlib.sha256(sys.version.encode())
    paths = (path for part in ("base", "prepare") for path in (_ROOT / "core" / part).rglob("*") if path.suffix in (".py", ".toml"))
    for path in sorted(paths):
        state.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    state.update("\n".join(sorted(f"{one.name} {one.version}" for one in distributions())).encode())
    return state.hexdigest()


def _rows(examples: Sequence[Example]) -> str:
    """The hash of the examples, in order: their rows and all that they say."""
    state = hashlib.sha256()
    for example in examples:
        parts = [str(example.row), str(len(example.messages)), str(example.extra) if example.extra else ""]
        for message in example.said:
            parts += (message.role, message.content, str(message.extra) if message.extra else "")
        state.update("\0".join(parts).encode("utf-8", "surrogatepass") + b"\n")
    return state.hexdigest()
