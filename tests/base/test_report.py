"""The report: needs nothing from outside, runs nothing, and says what was said, letter by letter."""

import io
from html.parser import HTMLParser

import openpyxl
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from core.base.report import Bar, Percent, Quote, Report, Section, Table, as_html, as_workbook

HOSTILE = (
    "<script>alert(1)</script>",
    '<img src="https://example.com/x.png" onerror="fetch(1)">',
    "[link](https://example.com) ![i](https://example.com/i.png)",
    "$$\\href{https://example.com}{x}$$",
    '=HYPERLINK("https://example.com")',
    "@SUM(1+1)",
    "+1",
    "{{ 7 * 7 }}{% raw %}",
    "</table></svg><iframe src=//example.com>",
)


def made(*texts: str) -> Report:
    return Report(
        texts[0],
        texts[0],
        "26 November 2026",
        "en",
        (
            Section("Scores", texts, bars=(Bar(texts[0], 0.5, 0.25, 0.75, "5 of 10"),)),
            Section("Every row", table=Table(("Row", texts[0]), tuple((at, text) for at, text in enumerate(texts)))),
            Section("Worst rows", quotes=tuple(Quote("Row 2", text, (("Before", text), ("After", text))) for text in texts)),
            Section("How it was done", texts=tuple(("Prompt", text) for text in texts)),
        ),
    )


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _read(page: bytes) -> _Page:
    parser = _Page()
    parser.feed(page.decode("utf-8"))
    parser.close()
    return parser


def test_the_page_loads_nothing_and_runs_nothing_whatever_a_model_said() -> None:
    page = _read(as_html(made(*HOSTILE)))
    assert not page.tags & {"script", "img", "iframe", "link", "a", "object", "embed", "form", "base"}
    assert not page.attributes & {"src", "href", "srcset", "onerror", "onload", "onclick", "action"}
    assert "default-src 'none'" in as_html(made("x")).decode()
    for text in HOSTILE:
        assert text in page.texts, "shown as it was said"


def test_the_intervals_are_drawn_where_they_are() -> None:
    page = as_html(made("x")).decode()
    assert 'x="250.0" y="5" width="500.0"' in page and 'x="496.0"' in page


def test_no_cell_of_the_workbook_is_a_formula_or_a_link() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(made(*HOSTILE))))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"} and not any(cell.hyperlink for cell in cells)
    assert set(HOSTILE) <= {cell.value for cell in cells}


def test_a_share_is_a_percentage_on_the_page_and_in_the_workbook() -> None:
    report = Report("t", "v", "m", "en", (Section("s", table=Table(("Share",), ((Percent(0.1148, "11%"),),))),))
    assert "<td>11%</td>" in as_html(report).decode() and "0.1148" not in as_html(report).decode()
    cell = openpyxl.load_workbook(io.BytesIO(as_workbook(report))).worksheets[1]["A2"]
    assert (cell.value, cell.number_format) == (0.1148, "0%")


def test_the_name_of_a_sheet_ends_with_a_whole_word() -> None:
    titles = (
        "Scores on rows that the training did not contain",
        "Rows like a training row, scored apart",
        "Exactly so long as it may be yet",
    )
    report = Report("x" * 40, "v", "m", "en", tuple(Section(one, table=Table(("n",), ())) for one in (*titles, titles[0])))
    names = openpyxl.load_workbook(io.BytesIO(as_workbook(report))).sheetnames
    assert names == [
        "x" * 30 + "…",
        "Scores on rows that the…",
        "Rows like a training row…",
        "Exactly so long as it may be…",
        "Scores on rows that the… 2",
    ]


def test_numbers_stay_numbers_and_a_sheet_has_a_name_that_excel_takes() -> None:
    report = Report(
        "a/b: [x]?*" * 9, "v", "m", "en", tuple(Section("history", table=Table(("n",), ((0.5,), (3,), (None,)))) for _ in range(2))
    )
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(report)))
    assert len(book.sheetnames) == 3 == len({name.casefold() for name in book.sheetnames})
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert [cell.value for cell in book.worksheets[1]["A"]] == ["n", 0.5, 3]


def test_a_text_too_long_for_a_cell_is_cut_and_whole_on_the_page() -> None:
    long = "word " * 10_000
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(made(long))))
    assert book.worksheets[1]["B2"].value.endswith("…")
    assert long in as_html(made(long)).decode()


@given(st.text(max_size=60))
def test_any_text_comes_back_from_the_workbook(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(Report("t", "v", "m", "en", (Section("s", table=Table(("x",), ((text,),))),)))))
    found = unescape(book.worksheets[1]["A2"].value or "")  # Excel reads _x001F_ as the character that XML cannot hold, openpyxl does not
    assert _lines(found) == _lines(text.encode("utf-8", "replace").decode("utf-8"))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
