"""Collect every sentence of the app: python -m pages.ui.catalogues writes locale/tunesmith.pot, --check only says whether it is current."""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from core.monitor import failures

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).parent / "locale" / "tunesmith.pot"
KEYWORDS = {"t": None, "tn": (1, 2), "N_": None}
FOLDERS = ("pages", "core")


def collect() -> Catalog:
    """Every sentence given to t(), tn() or N_(), with the places it stands in."""
    catalogue = Catalog(project="Tunesmith", charset="utf-8")
    for folder in FOLDERS:
        found = extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=KEYWORDS)
        for name, line, sentence, _comments, _context in found:
            catalogue.add(sentence, locations=[(f"{folder}/{name}", line)])
    for sentence in failures.sentences():  # written in a data file, not in code
        catalogue.add(sentence)
    return catalogue


def sentences(catalogue: Catalog) -> set[object]:
    """The keys of a catalogue without its header."""
    return {message.id for message in catalogue if message.id}


def main(arguments: list[str]) -> int:
    """Write the template, or compare it with the code."""
    found = collect()
    if "--check" in arguments:
        with TEMPLATE.open("rb") as file:
            return int(sentences(read_po(file)) != sentences(found))
    with TEMPLATE.open("wb") as file:
        write_po(file, found, width=140, sort_output=True, no_location=True, omit_header=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
