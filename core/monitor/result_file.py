"""A job's result file: the metrics of every step as CSV, raw (Azure) or in base64 (OpenAI), read into figures by step."""

import base64
import binascii
import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.base.errors import N_, EmptyFile, TooLarge, UnreadableFile
from core.monitor.curve import METRICS

MAX_BYTES: Final = 16 * 2**20  # as sent: 50,000 steps of seven columns come to about 7 MB in base64
MAX_STEPS: Final = 200_000
MAX_COLUMNS: Final = 200
MAX_STEP: Final = 10**12  # whoever counts further counts no steps, and the table holds no larger number
_ENCODINGS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # by their marks
_SEPARATORS: Final = (",", ";", "\t")
_STEP: Final = "step"
# a figure as programs write it; float() alone would take "1_0", "٣" and the "1." or "2e" of a line that was cut off
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/\-_]+={0,2}")


@dataclass(frozen=True, slots=True)
class ResultFile:
    """What a result file says.

    `rows`: step -> our name of a metric -> its figure, finite, steps ascending; a gap has no entry. `others`: the last figure of each
    column that no curve shows. `columns` are the server's names. `table` is the CSV itself in UTF-8, for the user to keep. `cut`: the file
    breaks off in its last line, which is left out; `skipped`: lines without a step. `by_token`: a column says that it counts tokens.
    """

    rows: Mapping[int, Mapping[str, float]]
    others: Mapping[str, float]
    columns: tuple[str, ...]
    table: bytes
    encoded: bool = False
    cut: bool = False
    skipped: int = 0
    by_token: bool = False


def read(data: bytes) -> ResultFile:
    """Read a result file; whether it is base64 is told by what is in it, never by its name.

    Raises EmptyFile, TooLarge, and UnreadableFile where neither the bytes nor what they decode to begin with a line of columns that has
    one called "step". A last line may lack its line break (RFC 4180), but it is taken for cut off where it misses cells, ends within a
    number, or ends in one with fewer digits than any above it.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(
            N_("The result file of this training has {size} bytes, and at most {limit} are read."),
            N_("The curve shows what the server told during the training."),
            size=len(data),
            limit=MAX_BYTES,
        )
    if not data.strip():
        raise EmptyFile(N_("The result file of this training is empty."), N_("The curve shows what the server told during the training."))
    text, encoded, broken = _text(data), False, False
    found = _columns(text)
    if found is None:
        decoded, broken = _decoded(data)
        text, encoded = _text(decoded), True
        found = _columns(text)
    if found is None:
        raise UnreadableFile(
            N_("The result file of this training is no table of its steps."),
            N_("The curve shows what the server told during the training."),
            details=_text(data)[:200],
        )
    columns, separator = found
    return _table(text, columns, separator, encoded=encoded, broken=broken)


def _table(text: str, columns: Sequence[str], separator: str, *, encoded: bool, broken: bool) -> ResultFile:
    lines = _lines(text)[1:]
    whole = not lines or not lines[-1]  # what ends in a line break leaves an empty rest
    at = [name.casefold() for name in columns].index(_STEP)
    rows: dict[int, dict[str, float]] = {}
    others: dict[str, tuple[int, float]] = {}
    cut, skipped, by_token = False, 0, False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = _cells(line, separator)
        if number == len(lines) and (broken or (not whole and _breaks_off(cells, columns, lines[:-1], separator))):
            cut = True
            break
        step = _step(cells[at]) if at < len(cells) else None
        if step is None:
            skipped += 1
            continue
        row = rows.setdefault(step, {})
        if len(rows) > MAX_STEPS:
            raise TooLarge(
                N_("The result file of this training has more than {limit} steps."),
                N_("The curve shows what the server told during the training."),
                limit=MAX_STEPS,
            )
        for name, value in _figures(cells, columns):
            ours = METRICS.get(name)
            if ours is not None:
                row[ours] = value
                by_token |= "token_accuracy" in name
            elif name != _STEP and step >= others.get(name, (-1, 0.0))[0]:
                others[name] = step, value
    return ResultFile(
        rows={step: rows[step] for step in sorted(rows) if rows[step]},
        others={name: value for name, (_, value) in others.items()},
        columns=tuple(columns),
        table=text.encode("utf-8", "replace"),
        encoded=encoded,
        cut=cut,
        skipped=skipped,
        by_token=by_token,
    )


def _text(data: bytes) -> str:
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "utf-8")
    return data.decode(encoding, "replace")


def _columns(text: str) -> tuple[list[str], str] | None:
    """The names in the first line, and what stands between them; None where none of them is "step"."""
    first = _lines(text[:20_000])[0]
    for separator in _SEPARATORS:
        names = [name.strip() for name in _cells(first, separator)]
        if len(names) <= MAX_COLUMNS and _STEP in [name.casefold() for name in names]:
            return [name.casefold() if name.casefold() in (_STEP, *METRICS) else name[:100] for name in names], separator
    return None


def _decoded(data: bytes) -> tuple[bytes, bool]:
    """What base64 stands for, b"" where it is none, and whether its end is missing."""
    packed = b"".join(data.removeprefix(b"\xef\xbb\xbf").split())  # some writers break the lines of base64
    if not _BASE64.fullmatch(packed):
        return b"", False
    bare = packed.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    broken = len(bare) % 4 == 1 or (len(packed) % 4 != 0 and packed != bare)
    bare = bare[: len(bare) // 4 * 4] if len(bare) % 4 == 1 else bare
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True), broken
    except binascii.Error:
        return b"", False


def _lines(text: str) -> list[str]:
    # splitlines() would also break lines at marks that may stand within a cell, such as U+2028
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _cells(line: str, separator: str) -> list[str]:
    # line by line: of a quotation mark that is never closed the rest of the file would become one cell
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a cell of more than 128 KB
        return []


def _figures(cells: Sequence[str], columns: Sequence[str]) -> Iterator[tuple[str, float]]:
    """The finite figures of a line by the server's names; what lies beyond the columns has no name."""
    for name, cell in zip(columns, cells, strict=False):
        value = _number(cell)
        if value is not None:
            yield name, value


def _number(cell: str) -> float | None:
    cell = cell.strip()
    if len(cell) > 40 or not _NUMBER.fullmatch(cell):
        return None
    value = float(cell)
    return value if math.isfinite(value) else None


def _step(cell: str) -> int | None:
    value = _number(cell)
    return int(value) if value is not None and 0 <= value <= MAX_STEP and value == int(value) else None


def _breaks_off(cells: Sequence[str], columns: Sequence[str], above: Sequence[str], separator: str) -> bool:
    """Whether the last line, which has no line break, ends before its end."""
    last = cells[-1].strip() if cells else ""
    if len(cells) < len(columns) or (last and last[0] in "+-.0123456789" and not _NUMBER.fullmatch(last)):
        return True
    place = len(cells) - 1
    others = (row[place].strip() for row in (_cells(line, separator) for line in above) if len(row) > place)
    return bool(last) and len(last) < min((len(cell) for cell in others if _NUMBER.fullmatch(cell)), default=0)
