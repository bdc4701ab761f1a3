"""Numbers of a table shortened for reading: at most so many decimals, in the notation of their column."""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import partial

from core.prepare.columns import SAMPLE_ROWS, profile
from core.prepare.source import Table

MOST_DECIMALS = 6
_LONGEST = 40  # digits of a number that is written out; 1e300 stays as it is
_EXACT = Context(prec=400)
_NUMBER = re.compile(
    r"(?P<before>[-+]?[€$£]?[^\S\n]?)(?P<digits>\d(?:[\d.,'\u00a0\u202f ]*\d)?)(?P<power>[eE][-+]?\d{1,3})?(?P<behind>[^\S\n]?%?)"
)
_SEPARATORS = str.maketrans("", "", "'\u00a0\u202f ")
_SIGNS = re.compile(r"[.,]")


Notation = tuple[tuple[str, str], ...]  # column and what it writes before its decimals


def rounded(columns: Sequence[str], notation: Notation, decimals: int) -> dict[int, Callable[[str], str]]:
    """By column: how a cell is written with at most so many decimals."""
    at = {name: index for index, name in enumerate(columns)}
    return {at[name]: partial(_shorter, mark=mark, decimals=decimals) for name, mark in notation if name in at}


def notation_of(table: Table) -> Notation:
    """The columns of numbers with decimals, and which sign stands before these.

    Identifiers, dates, labels and texts are not among them, nor is a column in which it cannot be told what the comma or the point means.
    """
    kinds = {column.name: column.kind for column in profile(table)}
    numbers = [at for at, name in enumerate(table.columns) if kinds[name] == "number"]
    stride = max(1, len(table.rows) // SAMPLE_ROWS)
    marks = {at: decimal_mark([row[at].strip() for row in table.rows[::stride]]) for at in numbers}
    # 1.234 alone may be a thousand; in a file that writes 0.5 in another column it is not
    certain = set(marks.values()) - {"", "?"}
    settled = {at: "." if mark == "?" and certain == {"."} else mark for at, mark in marks.items()}
    return tuple((table.columns[at], mark) for at, mark in settled.items() if mark in (",", "."))


def decimal_mark(cells: Iterable[str]) -> str:
    """What a column writes before its decimals: "," or "."; "?" where a point may as well separate thousands, "" where it has neither."""
    commas, points, doubtful = 0, 0, 0
    for cell in cells:
        found = _NUMBER.fullmatch(cell)
        if not found:
            continue
        if found["power"]:
            points += "," not in found["digits"]
            commas += "," in found["digits"]
            continue
        signs = _SIGNS.findall(found["digits"])
        if not signs:
            continue
        whole, _, rest = found["digits"].rpartition(signs[-1])
        if len(set(signs)) == 2:
            commas, points = commas + (signs[-1] == ","), points + (signs[-1] == ".")
        elif len(signs) > 1:  # 1.234.567: thousands, so decimals would stand behind the other sign
            commas, points = commas + (signs[0] == "."), points + (signs[0] == ",")
        elif len(rest) == 3 and 0 < len(whole.translate(_SEPARATORS)) <= 3 and whole != "0":
            doubtful += 1 if signs[0] == "." else 0
        else:
            commas, points = commas + (signs[0] == ","), points + (signs[0] == ".")
    if commas or points:
        return "," if commas > points else "."
    return "?" if doubtful else ""


def _shorter(cell: str, *, mark: str, decimals: int) -> str:
    """The cell with its number rounded as by hand, zeros at its end left out; as it is where it has no more decimals than that."""
    if (mark not in cell or len(cell) - cell.rfind(mark) - 1 <= decimals) and "e" not in cell and "E" not in cell:
        return cell
    sign = cell[:1] if cell[:1] in ("-", "+") else ""
    left, _, right = cell[len(sign) :].partition(mark)
    if left.isdecimal() and right.isdecimal() and cell.isascii():
        # nearly every number of a table: counted in whole units of the last decimal that is kept, five times as fast as Decimal
        units = str(int(left + right[:decimals]) + (right[decimals] >= "5")).zfill(decimals + 1)
        tail = units[len(units) - decimals :].rstrip("0") if decimals else ""
        head = units[: len(units) - decimals]
        return (sign if tail or head != "0" else sign.replace("-", "")) + head + (mark + tail if tail else "")
    found = _NUMBER.fullmatch(cell.strip())
    if not found:
        return cell
    digits = found["digits"].translate(_SEPARATORS)
    whole, _, rest = digits.partition(mark)
    thousands = "," if mark == "." else "."
    if mark in rest or thousands in rest:
        return cell  # 1.2.3 or 1,234.5 in a column that otherwise writes 1.234,5: not this column's notation
    power = found["power"] or ""
    if not power and len(rest) <= decimals:
        return cell
    value = Decimal(f"{whole.replace(thousands, '')}.{rest or 0}{power}")
    if value and not -_LONGEST < value.adjusted() < _LONGEST:
        return cell if value.adjusted() > 0 else "0" + found["behind"]
    shown = f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT):f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    # a thousands sign stays where the number had one
    if thousands in whole:
        head, _, tail = shown.partition(".")
        shown = f"{int(head):,}".replace(",", thousands) + (mark + tail if tail else "")
    else:
        shown = shown.replace(".", mark)
    before = found["before"]
    return (before.replace("-", "") if shown == "0" else before) + shown + found["behind"]
