"""Texts with columns in them: "Usage: {usage_kwh} kWh" is taken apart once and then filled in row by row."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.base.errors import N_, BadMapping
from core.prepare.columns import has_no_value, is_blank
from core.prepare.fragments import Line, Part, cut, without

Missing = Literal["leave_out", "say_unknown", "as_written"]
Row = Sequence[str]
Filters = Mapping[int, Callable[[str], str]]  # by column: how a cell is rewritten before it is put in

UNKNOWN = "unknown"
_LONGEST_SHOWN = 60
_BRACED = re.compile(r"\{([^{}\n\"':]+)\}")
_NO_NAME = re.compile(r"[\n\"':{]")  # what a brace of JSON or of code has behind it, and the name of a column hardly ever


@dataclass(frozen=True, slots=True)
class Template:
    """A text taken apart; `lines` is the same cut into lines, sentences and fragments, for rows in which something is missing."""

    parts: tuple[Part, ...]
    lines: tuple[Line, ...]

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns in it, each one once, in the order in which they come."""
        return tuple(dict.fromkeys(part for part in self.parts if isinstance(part, int)))

    def could_have_made(self, text: str) -> bool:
        """Whether filling in some row may give this text: its own pieces stand there in their order."""
        at = 0
        for part in self.parts:
            if isinstance(part, str):
                found = text.find(part, at)
                if found < 0:
                    return False
                at = found + len(part)
        return True


def placeholder(column: str) -> str:
    """How a column is written in a template."""
    return "{" + _doubled(column) + "}"


def parse(text: str, columns: Sequence[str]) -> Template:
    """Take a template apart; {{ and }} are braces. Raises BadMapping for a column that does not exist, or a single brace."""
    return _made(_parts(text, columns, lenient=False))


def parse_prompt(text: str, columns: Sequence[str]) -> Template:
    """Like `parse` for a system prompt, which may hold braces of its own.

    Where no column is named between braces, single or doubled, the text is taken as it stands; where one is, only braces around the name of
    a column count. Raises BadMapping for a name that is nearly that of a column.
    """
    plain = [name if "{" not in name and "}" not in name else "" for name in columns]
    return _made(_parts(text, plain, lenient=True) if _names_a_column(text, plain) else [text])


def literal(text: str, columns: Sequence[str]) -> str:
    """What `parse_prompt` takes for exactly this text, whatever stands in it."""
    plain = [name if "{" not in name and "}" not in name else "" for name in columns]
    return _doubled(text) if _names_a_column(text, plain) else text


def writer(template: Template, missing: Missing, filters: Filters) -> Callable[[Row], str]:
    """The function that fills in a row. A text whose columns are all without a value in a row is blank there, so that it is found."""
    parts, of = template.parts, template.columns
    if not of:
        text = "".join(part for part in parts if isinstance(part, str))
        return lambda row: text
    is_missing = is_blank if missing == "as_written" else has_no_value

    def write(row: Row) -> str:
        gone = {at for at in of if is_missing(row[at])}
        if len(gone) == len(of):
            return ""
        if not gone or missing == "as_written":
            return "".join(part if isinstance(part, str) else _cell(row, part, filters) for part in parts)
        cells = {at: UNKNOWN if at in gone else _cell(row, at, filters) for at in of}
        if missing == "say_unknown":
            return "".join(part if isinstance(part, str) else cells[part] for part in parts)
        return without(template.lines, gone, cells)

    return write


def prompt_writer(template: Template, missing: Missing, filters: Filters) -> Callable[[Row], str]:
    """Like `writer` for a system prompt: what it says whatever the row holds stays where every column of it is missing."""
    write, of = writer(template, missing, filters), template.columns
    if not of:
        return write

    def with_the_rest(row: Row) -> str:
        if not all(has_no_value(row[at]) for at in of):
            return write(row)
        if missing == "leave_out":
            return without(template.lines, set(of), {})
        cells = {at: UNKNOWN if missing == "say_unknown" else row[at] for at in of}
        return "".join(part if isinstance(part, str) else cells[part] for part in template.parts)

    return with_the_rest


def unknown_column(name: str, columns: Sequence[str]) -> BadMapping:
    """The error for a column that the file has not, with the one that was probably meant."""
    nearest = _nearest(name, columns)
    shown = name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "…"
    if nearest is None:
        return BadMapping(N_("This file has no column named {columns}."), N_("Choose among the columns that it has."), columns=shown)
    return BadMapping(N_("This file has no column named {columns}."), N_("Did you mean {nearest}?"), columns=shown, nearest=nearest)


def _nearest(name: str, columns: Sequence[str]) -> str | None:
    """The column whose name is closest, or holds the words of this one ("query" for "Support Query")."""
    from rapidfuzz import fuzz, process, utils

    found = process.extractOne(name, columns, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=60)
    found = found or process.extractOne(name, columns, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=85)
    return None if found is None else str(found[0])


def _nearly(name: str, columns: Sequence[str]) -> bool:
    """Whether a column's name was meant and mistyped: one letter in five may be another."""
    from rapidfuzz import fuzz, process, utils

    return process.extractOne(name, columns, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=80) is not None


def _names_a_column(text: str, columns: Sequence[str]) -> bool:
    if "{" not in text:
        return False  # nearly every prompt
    names = {found[1].strip() for found in _BRACED.finditer(text)} - {""}
    return any(f"{{{name}}}" in text for name in columns if name) or any(_nearly(name, columns) for name in names)


def _cell(row: Row, at: int, filters: Filters) -> str:
    return filters[at](row[at]) if at in filters else row[at]


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _parts(text: str, columns: Sequence[str], *, lenient: bool) -> list[Part]:
    known = {_doubled(name): at for at, name in enumerate(columns) if name}
    longest = max(map(len, known), default=0)
    parts: list[Part] = []
    plain: list[str] = []
    at = 0
    while at < len(text):
        brace = min((found for sign in "{}" if (found := text.find(sign, at)) >= 0), default=len(text))
        plain.append(text[at:brace])
        if brace == len(text):
            break
        column, end = _column(text, brace, known, longest) if text[brace] == "{" else (None, 0)
        if column is not None:
            parts += ["".join(plain), column]
            plain = []
            at = end
            continue
        if text[brace : brace + 2] in ("{{", "}}"):
            plain.append(text[brace])
            at = brace + 2
            continue
        if wrong := _complaint(text, brace, columns, lenient=lenient):
            raise wrong
        plain.append(text[brace])
        at = brace + 1
    parts.append("".join(plain))
    return parts


def _column(text: str, brace: int, known: Mapping[str, int], longest: int) -> tuple[int | None, int]:
    """The column that is named behind this brace, and where its closing brace ends; the longest name that fits."""
    best: tuple[int | None, int] = (None, 0)
    close = text.find("}", brace)
    while close >= 0 and close - brace <= longest + 9:  # a few spaces around the name do no harm
        raw = text[brace + 1 : close]
        if (found := known.get(raw, known.get(raw.strip()))) is not None:
            best = (found, close + 1)
        close = text.find("}", close + 1)
    return best


def _complaint(text: str, brace: int, columns: Sequence[str], *, lenient: bool) -> BadMapping | None:
    close = text.find("}", brace)
    name = text[brace + 1 : close].strip() if text[brace] == "{" and close > 0 else ""
    if name and not _NO_NAME.search(name):
        return unknown_column(name, columns) if not lenient or _nearly(name, columns) else None
    if lenient:
        return None
    return BadMapping(
        N_("There is a single brace in this text: {piece}"),
        N_("A column stands between braces, like {example}. A brace that is text is written twice."),
        piece=text[brace : brace + 20],
        example=placeholder(columns[0]) if columns else "",
    )


def _made(parts: Sequence[Part]) -> Template:
    filled = [part for part in parts if part != ""]
    return Template(tuple(filled), tuple(cut(filled)))
