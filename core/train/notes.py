"""The user's own notes for a training as one types them, a line each: "team = support". The API calls them metadata."""

from collections.abc import Mapping

from core.base.errors import N_, BadSetting


def read_notes(text: str) -> dict[str, str]:
    """The notes by name; empty lines mean nothing, and a value may hold further equals signs.

    Raises BadSetting for a line without an equals sign and for a name that stands there twice.
    """
    notes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign:
            raise BadSetting(
                N_("Line {line} of the notes, “{text}”, has no equals sign."),
                N_("For example: team = support"),
                line=number,
                text=line[:40],
            )
        if name in notes:
            raise BadSetting(N_("The notes name “{name}” twice."), N_("Give each note a name of its own."), name=name[:40])
        notes[name] = value
    return notes


def write_notes(notes: Mapping[str, str]) -> str:
    """The same as text, for the field in which they are typed."""
    return "\n".join(f"{name} = {value}" for name, value in notes.items())
