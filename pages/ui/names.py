"""Names for a box to choose from, no two of them alike."""

from collections.abc import Iterable, Mapping

from pages.ui.text import t


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """The same names by the same ids; where several are alike, all but the first are numbered: "Bank support (2)".

    Streamlit's boxes send back the text of their entry with every click on the page, not its place: of two entries with one text the
    other one would be taken, and the reader would find himself in another project.
    """
    taken: set[str] = set()
    told = {}
    for key, name in names.items():
        unlike, number = name, 1
        while unlike in taken or (number > 1 and unlike in names.values()):
            number += 1
            unlike = f"{name} ({number})"
        taken.add(unlike)
        told[key] = unlike
    return told


def class_name(parts: Iterable[str] | str) -> str:
    """A label of several fields on one line, "Accounts / (blank)"; `parts` may be core's own line, whose blank part is nothing."""
    fields = parts.split(" / ") if isinstance(parts, str) else list(parts)
    return " / ".join(part if part.strip() else t("(blank)") for part in fields) if any(part.strip() for part in fields) else ""
