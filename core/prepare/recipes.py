"""Choices that are kept for next month's file: how it is read, what its columns are, which repairs, and how it is shared out."""

import json
from collections import abc
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.base.errors import N_, BadMapping, BadSetting, TooLarge, UnreadableFile
from core.prepare.draft import Draft, Step
from core.prepare.mapping import Mapping, asked_columns, system_columns, told_columns, used_columns, without
from core.prepare.recipe_fields import MOST_NAMED, check_fields
from core.prepare.repairs import REPAIRS
from core.prepare.repairs.registry import nothing
from core.prepare.worksheet import Worksheet

if TYPE_CHECKING:
    from core.io.workspace import Workspace

MOST_BYTES = 1_000_000  # of a recipe as a file; one with a long system prompt has a few thousand
_PLACE = "recipes"
_KIND = "tunesmith recipe"
_ENOUGH = 0.5  # of its columns that a file must have to be offered the recipe at all


@dataclass(frozen=True, slots=True)
class Recipe:
    """Choices under a name: a draft without what belongs to one file alone (rows by number, written answers, the own test file).

    `columns` are those of the file that it was made with, none for conversations. `left_out` are changes that only another version knows.
    """

    name: str
    draft: Draft = field(default_factory=Draft)
    columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that the choices name."""
        mapping = self.draft.mapping
        used = used_columns(mapping, self.columns) if mapping is not None else ()
        time = () if self.draft.time is None else (self.draft.time,)
        return tuple(dict.fromkeys((*used, *self.draft.groups, *time)))

    def to_dict(self) -> dict[str, Any]:
        """As JSON, in the shape that `from_dict` reads."""
        told = {name: value for name, value in self.draft.to_dict().items() if name in ("reading", "mapping", "system", "steps", "split")}
        left_out = {"left_out": list(self.left_out)} if self.left_out else {}
        return {"kind": _KIND, "name": self.name, "columns": list(self.columns), **left_out, **told}

    @classmethod
    def from_dict(cls, data: abc.Mapping[str, Any]) -> "Recipe":
        """Read a stored recipe, of this version or another: what is missing or makes no sense falls back to the default."""
        draft = Draft.from_dict(data)
        unknown = tuple(step.repair[:MOST_NAMED] or "?" for step in draft.steps if step.repair not in REPAIRS)
        return cls(str(data.get("name") or ""), _of_any_file(draft), _texts(data.get("columns")), (*_texts(data.get("left_out")), *unknown))


@dataclass(frozen=True, slots=True)
class Fit:
    """What a recipe meets in a file: the columns that it needs and the file has not, and those that it does not know."""

    missing: tuple[str, ...]
    new: tuple[str, ...]


def recipe(name: str, draft: Draft, mapping: Mapping | None, columns: Sequence[str]) -> Recipe:
    """The choices of a draft under a name; `mapping` is the one in use, which may have been guessed. Raises BadSetting for a blank name."""
    name = " ".join(name.split())[:MOST_NAMED]
    if not name:
        raise BadSetting(N_("These choices have no name yet."), N_("Give them one by which you will know them next month."))
    return Recipe(name, _of_any_file(replace(draft, mapping=mapping)), tuple(columns))


def fit(one: Recipe, columns: Sequence[str]) -> Fit | None:
    """How far a file with these columns (none: conversations) fits; None where it is another kind of file."""
    if bool(columns) != bool(one.columns):
        return None
    needs = one.needs
    missing = tuple(name for name in needs if name not in columns)
    if needs and len(missing) > (1 - _ENOUGH) * len(needs):
        return None
    return Fit(missing, tuple(name for name in columns if name not in one.columns))


def apply(one: Recipe, draft: Draft, columns: Sequence[str]) -> Draft:
    """The draft with the recipe's choices; written answers and the own test file stay, columns that the file lacks are left out."""
    missing = set(one.needs) - set(columns)
    mapping = one.draft.mapping
    there = draft.read_as(**asdict(one.draft.reading))  # what was done with another sheet is kept there
    if mapping is not None:
        mapping = _for_these(mapping, one.columns, missing)
    return replace(
        one.draft,
        reading=there.reading,
        mapping=mapping,
        groups=tuple(name for name in one.draft.groups if name not in missing),
        time=None if one.draft.time in missing else one.draft.time,
        own_test=there.own_test,
        worksheet=there.worksheet,
        others=there.others,
    )


def is_untouched(draft: Draft) -> bool:
    """Whether nothing has been chosen yet, so that a recipe can be offered without putting anything aside."""
    return replace(draft, undone=()).recipe() == Draft().recipe()


def recipes(ws: "Workspace") -> tuple[Recipe, ...]:
    """All kept recipes, by name."""
    stored = ws.get_setting(_PLACE)
    found = [Recipe.from_dict(one) for one in stored if isinstance(one, abc.Mapping)] if isinstance(stored, list) else []
    return tuple(sorted((one for one in found if one.name), key=lambda one: one.name.casefold()))


def keep(ws: "Workspace", one: Recipe) -> None:
    """Keep a recipe, in the place of one with the same name."""
    others = [other for other in recipes(ws) if other.name != one.name]
    ws.set_setting(_PLACE, [other.to_dict() for other in (*others, one)])


def forget(ws: "Workspace", name: str) -> None:
    """Keep a recipe no longer; the projects that used it stay as they are."""
    ws.set_setting(_PLACE, [other.to_dict() for other in recipes(ws) if other.name != name])


def to_file(one: Recipe) -> bytes:
    """The recipe as a file, to be taken to another machine."""
    return json.dumps(one.to_dict(), ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"


def from_file(data: bytes) -> Recipe:
    """The recipe that a file holds. Raises TooLarge, UnreadableFile, and BadSetting that names a field which is not as it should be."""
    if len(data) > MOST_BYTES:
        raise TooLarge(N_("This file is too large to hold choices."), N_("Choose a file that was saved here under “Save these choices”."))
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as wrong:
        raise _no_recipe(str(wrong)) from None
    if not isinstance(found, dict) or found.get("kind") != _KIND:
        raise _no_recipe("")
    check_fields(found)
    one = Recipe.from_dict(found)
    if not one.name:
        raise _no_recipe("no name")
    return one


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def _no_recipe(details: str) -> UnreadableFile:
    return UnreadableFile(
        N_("This file holds no choices that were saved here."),
        N_("Choose a file that was saved here under “Save these choices”."),
        details=details,
    )


def _of_any_file(draft: Draft) -> Draft:
    """The draft without what is about one file: steps that name rows, written answers, the own test file, how its numbers are written."""
    mapping = None if draft.mapping is None else replace(draft.mapping, notation=None)
    steps = tuple(step for step in draft.steps if _has_a_rule(step))
    return replace(draft, mapping=mapping, steps=steps, own_test=None, worksheet=Worksheet(), undone=(), others=())


def _has_a_rule(step: Step) -> bool:
    """Whether the step finds its rows by itself, in any file.

    "Leave these rows out" has been said of rows that somebody looked at, by number or, of many, by the finding that named them.
    """
    repair = REPAIRS.get(step.repair)
    if repair is None or step.rows is not None or "found" in step.params:
        return False
    return repair.finds is not nothing or bool(repair.settles)


def _for_these(mapping: Mapping, before: Sequence[str], missing: set[str]) -> Mapping:
    """The mapping without the columns that the file lacks; a text that holds such a column gives way to the columns that are left."""
    found = without(mapping, missing)
    if mapping.question_template is not None and (asked := _named(asked_columns, mapping, before)) & missing:
        kept = found.question or tuple(name for name in before if name in asked - missing)
        found = replace(found, question_template=None, question=kept)
    if mapping.answer_template is not None and (told := _named(told_columns, mapping, before)) & missing:
        kept = found.answer or tuple(name for name in before if name in told - missing)
        found = replace(found, answer_template=None, answer=kept)
    return replace(found, system_prompt=None) if _named(system_columns, mapping, before) & missing else found


def _named(of: abc.Callable[[Mapping, Sequence[str]], tuple[str, ...]], mapping: Mapping, columns: Sequence[str]) -> set[str]:
    try:
        return set(of(mapping, columns))
    except BadMapping:
        return set()  # wrong before, too: it says so where it is used
