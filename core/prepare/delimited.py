"""Delimited text becomes records: the delimiter by measured consistency, quotes that are not closed, and what a spreadsheet numbers."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from core.base.errors import N_, BadSetting, TooLarge
from core.base.types import Reason
from core.prepare.source import Limits

DELIMITERS = (",", ";", "\t", "|")
_NEVER = '" \r\n\0'
_SAMPLE_LINES = 400
_SAMPLE_CHARS = 256_000
LOST_QUOTE = N_("A quotation mark that is opened and never closed makes one cell of many rows. Look at that row.")
_SEP_LINE = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)


@dataclass(slots=True)
class Records:
    """All records in order, blank ones included (a spreadsheet shows an empty row for them), and those whose quotes had to be mended."""

    records: list[list[str]] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)
    quotes_are_text: bool = False


def bound_ends(text: str, limits: Limits) -> None:
    """Raise TooLarge for more line ends than any table's cells can hold, before the lines are cut."""
    ends = text.count("\n") + text.count("\r")
    if ends > 5 * limits.rows:
        raise TooLarge(N_("This file has {n} lines; this page takes up to {limit} rows."), n=ends, limit=limits.rows)


def split_lines(text: str) -> list[str]:
    """Physical lines with their ends (\\n, \\r or \\r\\n, and no other: U+2028 belongs to a cell)."""
    if "\r" not in text:  # in half the time
        *whole, last = text.split("\n")
        return [f"{line}\n" for line in whole] + ([last] if last else [])
    return list(io.StringIO(text, newline=""))


def bound_lines(lines: Sequence[str], limits: Limits) -> None:
    """Raise TooLarge for a line that no row can fill, before anything tries to cut it."""
    longest = max(map(len, lines), default=0)
    if longest > limits.line:
        row = next(number for number, line in enumerate(lines, 1) if len(line) == longest)
        raise TooLarge(
            N_("Line {row} is {n} characters long; this page takes up to {limit}."),
            N_("Perhaps the line ends got lost. Open the file in a text editor and look at that line."),
            row=row,
            n=longest,
            limit=limits.line,
        )


def find_delimiter(lines: Sequence[str]) -> tuple[str, Reason]:
    """The character that gives the most records as many cells as the header has; "," with its reason where there is one column only.

    csv.Sniffer was measured and is not used. Of 320 made files (8 kinds of content, 4 delimiters) it knew 232, this 320: it takes a
    letter as delimiter on all files of one column, goes wrong on half of those with line breaks or JSON in their cells, and is slower.
    """
    sample = _sample(lines)
    found: list[tuple[float, int, str]] = []
    for delimiter in DELIMITERS:
        try:
            records = [record for record in read_records(sample, delimiter).records if any(cell.strip() for cell in record)]
        except TooLarge:
            continue
        columns = len(records[0]) if records else 0
        if columns > 1:
            share = sum(len(record) == columns for record in records) / len(records)
            found.append((share, columns, delimiter))
    if not found:
        return ",", Reason("one_column")
    steady = [candidate for candidate in found if candidate[0] >= 0.9]
    # among steady ones the finer cut is the real one (decimal commas cut a semicolon file steadily too, but more coarsely)
    share, columns, delimiter = max(steady, key=lambda c: (c[1], c[0])) if steady else max(found)
    return delimiter, Reason("delimiter_found", {"delimiter": sign(delimiter), "columns": columns, "share": round(share, 3)})


def chosen_delimiter(text: str) -> str:
    """The delimiter that a user asks for: one character, or the word "tab". Raises BadSetting."""
    delimiter = "\t" if text.lower() == "tab" else text
    if len(delimiter) != 1 or delimiter in _NEVER:
        raise BadSetting(N_("Columns cannot be separated by {delimiter}."), N_("Choose one character, such as , or ;"), delimiter=text)
    return delimiter


def named_delimiter(lines: Sequence[str]) -> str | None:
    """The delimiter that a first line "sep=;" names: Excel obeys it and shows no such row."""
    match = _SEP_LINE.fullmatch(lines[0]) if lines else None
    return match.group(1) if match and match.group(1) not in _NEVER else None


def sign(delimiter: str) -> str:
    """How to show a delimiter that cannot be seen."""
    return "tab" if delimiter == "\t" else delimiter


def read_records(lines: Sequence[str], delimiter: str, quoted: bool = True) -> Records:
    """Cut lines into records; a quote that does not close, or closes in mid-word, costs no row: its line is read alone, as it stands."""
    if not quoted:
        return Records([_plain(line, delimiter, row) for row, line in enumerate(lines, 1)], quotes_are_text=True)
    try:
        return Records(list(csv.reader(lines, delimiter=delimiter, strict=True)))
    except csv.Error:
        pass
    return _read_carefully(lines, delimiter)


class _Feed:
    """Lines that can be read again from an earlier one."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines, self.at = lines, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1]


def _read_carefully(lines: Sequence[str], delimiter: str) -> Records:
    feed, result = _Feed(lines), Records()
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        start = feed.at
        try:
            record = next(reader)
        except StopIteration:
            return result
        except csv.Error:
            # strict mode found text after a closing quote, or the end of the file inside one: what was swallowed is given back
            feed.at = start + 1
            record = _alone(lines[start], delimiter, len(result.records) + 1)
            result.mended.append(len(result.records) + 1)
            if len(result.mended) > 100 and len(result.mended) * 5 > len(result.records):
                return read_records(lines, delimiter, quoted=False)  # so many: in this file quotes are just characters
        result.records.append(record)


def _alone(line: str, delimiter: str, row: int) -> list[str]:
    """One physical line that did not close its quotes (an odd number of them) or closed them in mid-word."""
    if line.count('"') % 2:
        return _plain(line, delimiter, row)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise _too_long(row) from error


def _plain(line: str, delimiter: str, row: int) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
    except csv.Error as error:
        raise _too_long(row) from error


def _too_long(row: int) -> TooLarge:
    """The csv module's own limit of 131,072 characters, met before ours could be counted."""
    return TooLarge(N_("A cell in row {row} is longer than {limit} characters."), LOST_QUOTE, row=row, limit=csv.field_size_limit())


def _sample(lines: Sequence[str]) -> list[str]:
    sample, size = [], 0
    for line in islice(lines, _SAMPLE_LINES):
        sample.append(line)
        size += len(line)
        if size > _SAMPLE_CHARS:
            break
    return sample
