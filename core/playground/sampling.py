"""Which sampling settings a model takes, from the dated file sampling.toml, and presets: settings under a name."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.base.data_file import Field, read_blocks
from core.base.errors import N_, BadSetting
from core.base.model_table import base_model
from core.base.types import Reason
from core.playground.chat import Place, Settings

PRACTICE: Final = "practice"
MOST_PRESETS: Final = 50
LONGEST_NAME: Final = 60  # characters
NAMES: Final[Mapping[str, str]] = {
    "temperature": N_("Temperature"),
    "top_p": N_("Top p"),
    "max_tokens": N_("Most tokens in a reply"),
    "frequency_penalty": N_("Frequency penalty"),
    "presence_penalty": N_("Presence penalty"),
    "stop": N_("Stop sequences"),
    "seed": N_("Seed"),
}
_BLOCK = {
    "connection": Field(str),
    "models": Field(str, many=True),
    "settings": Field(str, many=True),
    "refused": Field(bool),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a model makes nothing of (or refuses, where `refused`), and the day on which that was read."""

    connection: str
    models: tuple[str, ...]
    settings: tuple[str, ...]
    refused: bool
    as_of: date

    def is_about(self, connection: str, model: str, *, practice: bool) -> bool:
        """Whether the rule is about this model."""
        name = PRACTICE if practice else base_model(model)
        return self.connection == connection and any(fnmatchcase(name, pattern) for pattern in self.models)


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of sampling.toml."""
    found = []
    for block in read_blocks(Path(__file__).with_name("sampling.toml"), {"unsupported": _BLOCK})["unsupported"]:
        names = tuple(block["models"]), tuple(block["settings"])
        found.append(Rule(block["connection"], *names, block["refused"], block["as_of"]))
    return tuple(found)


def fitted(settings: Settings, connection: str, model: str, *, label: str, practice: bool = False) -> tuple[Settings, tuple[Reason, ...]]:
    """The settings without those that this model does not take, and a reason for each kind that was left out; `label` is its name."""
    why: list[Reason] = []
    for rule in rules():
        given = [name for name in rule.settings if getattr(settings, name) not in (None, ())]
        if not given or not rule.is_about(connection, model, practice=practice):
            continue
        nothing: dict[str, Any] = {name: () if name == "stop" else None for name in given}
        settings = replace(settings, **nothing)
        # of the practice model all that change nothing are said at once: one sentence, whatever is chosen
        params = {"model": label, "names": [NAMES[name] for name in (given if rule.refused else rule.settings)]}
        why.append(Reason("left_out_refused", {**params, "as_of": rule.as_of}) if rule.refused else Reason("left_out_practice", params))
    return settings, tuple(why)


def ignored(connection: str, model: str, *, practice: bool = False) -> frozenset[str]:
    """The names of the settings that this model does not take, whatever is chosen."""
    about = (rule for rule in rules() if rule.is_about(connection, model, practice=practice))
    return frozenset(name for rule in about for name in rule.settings)


@dataclass(frozen=True, slots=True)
class Preset:
    """A system prompt, its place and sampling settings under a name."""

    name: str
    system: str = ""
    place: Place = "first"
    settings: Settings = field(default_factory=Settings)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, in the shape that `from_dict` reads."""
        return {"name": self.name, "system": self.system, "place": self.place, "settings": {**asdict(self.settings)}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Preset":
        """Read a stored preset, of this version or another: what makes no sense falls back to the default."""
        stored = data.get("settings")
        known = {one.name for one in fields(Settings)}
        given = {name: value for name, value in stored.items() if name in known} if isinstance(stored, Mapping) else {}
        stop = given.get("stop")
        given["stop"] = tuple(text for text in stop if isinstance(text, str)) if isinstance(stop, list | tuple) else ()
        settings = Settings(**given)
        try:
            settings.check()
        except (BadSetting, TypeError):
            settings = Settings()
        system = data.get("system")
        place: Place = "last" if data.get("place") == "last" else "first"
        return cls(str(data.get("name") or ""), system if isinstance(system, str) else "", place, settings)


def read_presets(stored: object) -> tuple[Preset, ...]:
    """The presets of a stored list; what is none is passed over."""
    found = [Preset.from_dict(one) for one in stored if isinstance(one, Mapping)] if isinstance(stored, list) else []
    return tuple(one for one in found if one.name)


def with_preset(presets: Sequence[Preset], one: Preset) -> tuple[Preset, ...]:
    """The presets with this one, in the place of one of the same name. Raises BadSetting for a blank name, or where there are too many."""
    name = " ".join(one.name.split())[:LONGEST_NAME]
    if not name:
        raise BadSetting(N_("This preset has no name yet."), N_("Give it one by which you will know it again."))
    one.settings.check()
    kept = (*(other for other in presets if other.name != name), replace(one, name=name))
    if len(kept) > MOST_PRESETS:
        raise BadSetting(N_("There are {most} presets already."), N_("Delete one that you no longer need."), most=MOST_PRESETS)
    return kept
