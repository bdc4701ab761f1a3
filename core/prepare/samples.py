"""The worked examples that ship with the app, each with a messy twin; sample_data/examples.toml lists them."""

import json
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.prepare.draft import Draft
from core.prepare.mapping import Mapping

FOLDER = Path(__file__).resolve().parents[2] / "sample_data"
MESSY = "_messy"  # what the twin's name ends with


@dataclass(frozen=True, slots=True)
class Sample:
    """One example: its file in the sample folder, the choices that it opens with, and questions to show its model with."""

    id: str
    file: str
    messy: bool
    draft: Draft
    questions: tuple[tuple[str, str], ...] = ()

    @property
    def story(self) -> str:
        """The name that the example shares with its twin."""
        return self.id.removesuffix(MESSY)

    def read(self) -> bytes:
        """The bytes of the file."""
        return (FOLDER / self.file).read_bytes()

    def asks(self, taught: Collection[str]) -> tuple[str, ...]:
        """The questions whose fact is among the taught ones: asked in other words, so that no answer is a mere repetition."""
        return tuple(ask for ask, about in self.questions if about in taught)


@cache
def samples() -> dict[str, Sample]:
    """All examples and their twins by id, in the order of the file."""
    table: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))
    found = {}
    for name, entry in table.items():
        mapping = Mapping(tuple(entry["question"]), tuple(entry["answer"]), entry["system_prompt"]) if "question" in entry else None
        asks = json.loads((FOLDER / entry["questions"]).read_text(encoding="utf-8")) if "questions" in entry else []
        pairs = tuple((str(one["ask"]), str(one["about"])) for one in asks)
        found[name] = Sample(name, entry["file"], False, Draft(mapping=mapping), pairs)
        found[name + MESSY] = Sample(name + MESSY, entry["messy"], True, Draft(), pairs)
    return found


def sample(project_example: str | None) -> Sample | None:
    """The example that a project was made from; None for a file of the user's own, and for an example that no longer ships."""
    return samples().get(project_example) if project_example else None
