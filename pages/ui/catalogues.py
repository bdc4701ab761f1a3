"""Collect every sentence of the app and keep the translations in step: python -m pages.ui.catalogues.

It writes locale/tunesmith.pot and every language's tunesmith.po: translations stay, new sentences come in empty, dropped ones go.
--check writes nothing and says what is wrong: a sentence that is in no catalogue, a translation that is missing or has lost a part.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from core.monitor import failures, happenings
from pages.ui.text import LANGUAGES, LOCALE_DIR, SOURCE, catalogue_file

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = LOCALE_DIR / "tunesmith.pot"
KEYWORDS = {"t": 1, "tn": 2, "N_": 1}  # how many forms of a sentence each is given
FOLDERS = ("pages", "core", "engine")
# what a translation must carry over: the places for values, bold and code, icons and other directives, links, line breaks
_PARTS = re.compile(r"\{\w*\}|\*\*|`|:[a-z][\w-]*(?:/\w+)?:|:[a-z][\w-]*\[|\]\([^)\s]+\)|\n")

# for a new language write these lines into its file by hand, and what the other languages have is added below them
_HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {code}\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def collect() -> Catalog:
    """Every sentence given to t(), tn() or N_(), and those of the data files."""
    catalogue = Catalog(project="Tunesmith", charset="utf-8")
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for sentence in called(file.read_text(encoding="utf-8")):
                catalogue.add(sentence)
    for sentence in (*failures.sentences(), *happenings.sentences()):  # written in a data file, not in code
        catalogue.add(sentence)
    return catalogue


def called(source: str) -> Iterator[str | tuple[str, ...]]:
    """The sentences that a piece of Python gives to t(), tn() or N_()."""
    # Babel's own extractor reads tokens, and before Python 3.12 an f-string is a single one: it misses f"**{t('The plan')}**"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            told = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            if len(told) == KEYWORDS[node.func.id]:
                yield told[0] if len(told) == 1 else tuple(told)


def sentences(catalogue: Iterable[Message]) -> set[object]:
    """The keys of a catalogue without its header."""
    return {message.id for message in catalogue if message.id}


def read(file: Path, locale: str | None = None) -> Catalog:
    """A catalogue from its file."""
    with file.open("rb") as opened:
        return read_po(opened, locale=locale)


def merged(found: Catalog, old: Catalog) -> Catalog:
    """The sentences that were found, with the translations that there are for exactly these; nothing is guessed."""
    new = Catalog(locale=old.locale, charset="utf-8")
    new.mime_headers = [("Plural-Forms", old.plural_forms)]
    for message in found:
        if not message.id:
            continue
        before = old.get(message.id)
        if before is not None and before.id == message.id and not before.fuzzy:
            new.add(message.id, before.string)
        else:
            new.add(message.id, "" if isinstance(message.id, str) else ("",) * old.num_plurals)
    return new


def wrong(catalogue: Iterable[Message]) -> Iterator[str]:
    """One line for each translation that is missing, marked as a guess, or has not the parts of its sentence."""
    for message in catalogue:
        if not message.id:
            continue
        originals, translated = _forms(message.id), _forms(message.string)
        if message.fuzzy:
            yield f"a guess: {originals[0]}"
        if not all(translated):
            yield f"not translated: {originals[0]}"
        elif len(originals) == 1 and _parts(originals[0]) != _parts(translated[0]):
            yield f"parts differ: {originals[0]} -> {translated[0]}"
        elif len(originals) == 2 and any(lost := _plural_parts_lost(originals, form) for form in translated):
            yield f"parts differ: {originals[1]} ({', '.join(sorted(lost))})"


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _parts(sentence: str) -> Counter[str]:
    return Counter(_PARTS.findall(sentence))


def _plural_parts_lost(originals: tuple[str, ...], form: str) -> set[str]:
    """What a form of a plural lacks or has too much: each must have all that the form for many has, and nothing that neither has."""
    has, many = set(_parts(form)), set(_parts(originals[1]))
    return (many - has) | (has - many - set(_parts(originals[0])))


def written(catalogue: Catalog) -> bytes:
    """A catalogue as its file holds it: the same bytes for the same sentences."""
    for message in catalogue:
        message.flags.clear()  # "95% interval" would be flagged as a pattern of Python's, and other tools would then mend it
    file = BytesIO()
    # without the places in the code: a line that moves would be a change in every language
    write_po(file, catalogue, width=140, sort_output=True, no_location=True, omit_header=True)
    if catalogue.locale is None:
        return file.getvalue()
    # and without the time of writing, for the same reason
    header = _HEADER.format(code=catalogue.locale, plural_forms=catalogue.plural_forms)
    return header.encode() + file.getvalue()


def translations() -> Mapping[str, Catalog]:
    """The catalogue of every language that the sentences are not written in, as it lies on the disk."""
    return {code: read(catalogue_file(code), code) for code in LANGUAGES if code != SOURCE}


def check() -> list[str]:
    """What is wrong with the catalogues, one line each; empty where nothing is."""
    found = collect()
    complaints = [] if sentences(read(TEMPLATE)) == sentences(found) else ["the template is not current"]
    for code, catalogue in translations().items():
        missing, left_over = sentences(found) - sentences(catalogue), sentences(catalogue) - sentences(found)
        complaints += [f"{code}: not in the catalogue: {key}" for key in missing] + [f"{code}: dropped: {key}" for key in left_over]
        complaints += [f"{code}: {line}" for line in wrong(catalogue)]
    return complaints


def update() -> None:
    """Write the template and bring every language's file in step with it."""
    found = collect()
    TEMPLATE.write_bytes(written(found))
    for code, old in translations().items():
        catalogue_file(code).write_bytes(written(merged(found, old)))


def main(arguments: list[str]) -> int:
    """Write the catalogues, or say what is wrong with them."""
    if "--check" not in arguments:
        update()
    complaints = check()
    print("\n".join(complaints))
    return int(bool(complaints)) if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
