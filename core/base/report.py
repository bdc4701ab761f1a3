"""A report to take away: sections of words, tables and quoted rows, written as one page that needs nothing else, or as a workbook."""

import io
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

SHEET_NAME = 31  # letters, Excel's own limit
CELL = 32_767  # letters, Excel's own limit
_NO_SHEET = re.compile(r"[\[\]:*?/\\]")
_TEMPLATE = Path(__file__).with_name("report.html")


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of 0 to 1: the page shows it as `told`, in a workbook it stays a number that is shown as a percentage."""

    share: float
    told: str

    def __str__(self) -> str:
        return self.told


Cell = str | int | float | Percent | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its interval, all 0 to 1, to be drawn."""

    name: str
    share: float
    low: float
    high: float
    told: str


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns and rows of cells; a text is a text whatever it looks like."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """One row shown in full: what was asked, and who said what."""

    title: str
    question: str
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report, in its reader's language already."""

    title: str
    paragraphs: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    table: Table | None = None
    quotes: tuple[Quote, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report; `verdict` is its first sentence, `language` the code of the language that it is in."""

    title: str
    verdict: str
    made: str
    language: str
    sections: tuple[Section, ...] = field(default=())


def as_html(report: Report) -> bytes:
    """One page in UTF-8 with its style inside: it loads nothing, runs nothing, and what a model said is text in it."""
    # half of a surrogate pair, which JSON can carry, cannot be written as UTF-8
    return _template().render(report=report).encode("utf-8", "replace")


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    return environment.from_string(_TEMPLATE.read_text("utf-8"))


def as_workbook(report: Report) -> bytes:
    """An XLSX workbook: the words on the first sheet, each table on one of its own; no cell is a formula or a link."""
    import xlsxwriter

    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    bold, wrapped = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True, "valign": "top"})
    percent = book.add_format({"num_format": "0%"})
    names: list[str] = []
    first = book.add_worksheet(_sheet_name(report.title, names))
    first.set_column(0, 0, 34)
    first.set_column(1, 1, 100)
    lines: list[tuple[str, str, bool]] = [(report.title, "", True), (report.verdict, "", False), (report.made, "", False)]
    for section in report.sections:
        lines += [("", "", False), (section.title, "", True)]
        lines += [(text, "", False) for text in section.paragraphs]
        lines += [(name, text, False) for name, text in section.texts]
        for quote in section.quotes:
            lines += [(quote.title, quote.question, False), *((who, text, False) for who, text in quote.texts)]
    for at, (left, right, is_title) in enumerate(lines):
        first.write_string(at, 0, _text(left), bold if is_title else wrapped)
        if right:
            first.write_string(at, 1, _text(right), wrapped)
    for section in report.sections:
        if section.table is not None:
            sheet = book.add_worksheet(_sheet_name(section.title, names))
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(0, len(section.table.columns) - 1), 24)
            for at, name in enumerate(section.table.columns):
                sheet.write_string(0, at, _text(name), bold)
            for line, cells in enumerate(section.table.rows, 1):
                for at, cell in enumerate(cells):
                    if isinstance(cell, str):
                        sheet.write_string(line, at, _text(cell), wrapped)
                    elif isinstance(cell, Percent):
                        sheet.write_number(line, at, cell.share, percent)
                    elif cell is not None:
                        sheet.write_number(line, at, cell)
    book.close()
    return held.getvalue()


def _sheet_name(title: str, taken: list[str]) -> str:
    """A name that Excel takes: short, without its own signs, and no name twice whatever the case."""
    plain = _cut(_NO_SHEET.sub(" ", _text(title)).strip().strip("'"), SHEET_NAME) or "-"
    name, nth = plain, 1
    while name.casefold() in taken or name.casefold() == "history":  # Excel keeps "History" for itself
        nth += 1
        name = f"{_cut(plain, SHEET_NAME - 4)} {nth}"
    taken.append(name.casefold())
    return name


def _cut(text: str, most: int) -> str:
    """The text up to the last whole word that fits, and a sign that it goes on; a first word that is too long by itself is cut."""
    if len(text) <= most:
        return text
    whole = text[:most].rpartition(" ")[0].rstrip(" ,;:.-–…")
    return f"{whole or text[: most - 1].strip(' …')}…"


def _text(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= CELL else clean[: CELL - 1] + "…"
