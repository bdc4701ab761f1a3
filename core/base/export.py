"""Tables that leave the app: CSV that a spreadsheet opens as text and never runs."""

import csv
import io
import math
import re
import unicodedata
from typing import Any

import pandas as pd

# A cell whose first visible character is one of these is run as a formula by Excel, LibreOffice or Google Sheets (CWE-1236).
# NFKC folds the full-width and small forms onto them; the minus sign U+2212 is the one look-alike that NFKC leaves alone.
_STARTERS = frozenset("=+-@")
_LOOK_ALIKES = frozenset("\u2212")
_CONTROLS = ("\t", "\r", "\n")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")
# A spreadsheet whose list separator is ";" (German, Indonesian) cuts a comma file at these, inside quotes too, and a new cell begins there.
_CELL_STARTS = re.compile(r"(?<=[;\t\r\n])")


def safe_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV that no spreadsheet will run: UTF-8 with a byte order mark, comma, CRLF, every text quoted.

    The mark is there because Excel reads a CSV without one in the system's old code page. An apostrophe goes before every text or header
    that begins as a formula, behind spaces, invisible characters and full-width forms as well, and before such a beginning after a `;`,
    a tab or a line break inside a text; plain numbers such as -3.2 stay as they are. `restore` undoes exactly that, cell by cell.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([neutralise(str(name)) for name in frame.columns])
    columns = [frame[name].tolist() if frame.columns.is_unique else frame.iloc[:, i].tolist() for i, name in enumerate(frame.columns)]
    for cells in zip(*columns, strict=True):
        writer.writerow([_cell(value) for value in cells])
    # a lone surrogate cannot be written as UTF-8; a question mark is better than no file
    return out.getvalue().encode("utf-8-sig", errors="replace")


def neutralise(text: str) -> str:
    """Put an apostrophe wherever a spreadsheet would begin a formula; other text comes back unchanged."""
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    head, *rest = _pieces(text)
    first = "'" + head if _is_guarded(head) else head
    return first + "".join("'" + piece if _begins_formula(piece) else piece for piece in rest)


def restore(text: str) -> str:
    """Take out the apostrophes that `neutralise` put in: restore(neutralise(x)) == x for every text."""
    head, *rest = _pieces(text)
    first = head[1:] if head.startswith("'") and _is_guarded(head[1:]) else head
    return first + "".join(piece[1:] if piece.startswith("'") and _begins_formula(piece[1:]) else piece for piece in rest)


def _pieces(text: str) -> list[str]:
    return _CELL_STARTS.split(text)


def _is_guarded(head: str) -> bool:
    return _begins_formula(head) or head.lstrip("'").startswith(_CONTROLS)


def _begins_formula(piece: str) -> bool:
    # apostrophes are skipped too: a text that already begins with '= gets a second one, else `restore` could not tell whose the first was
    for character in piece:
        if character == "'" or character.isspace() or unicodedata.category(character) in ("Cf", "Cc", "Mn"):
            continue
        return character in _LOOK_ALIKES or unicodedata.normalize("NFKC", character)[:1] in _STARTERS
    return False


def _cell(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return neutralise(str(value))
