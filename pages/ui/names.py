"""Names for a box to choose from, no two of them alike."""

from collections.abc import Mapping


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
