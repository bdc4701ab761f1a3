"""Messy and hostile files, made here: each opens as this table says, cell for cell, or is refused with its reason before it can swell."""

import codecs
import io
import json
import os
import random
import struct
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import process_time as time_of_work

import openpyxl
import pyarrow as pa
import pytest

from core.base.errors import EmptyFile, InputError, TooLarge, UnreadableFile
from core.base.export import safe_csv
from core.prepare import jsonlike
from core.prepare import zipped as zipped_module
from core.prepare.reading import Choices, Limits, read_table
from core.prepare.sizes import rows_and_bytes
from core.prepare.work import is_small
from tests.prepare.builders import csv_bytes
from tests.prepare.old_sheets import Wrong, ods, ods_row, record, xls, xlsb, xlsb_merged, xlsb_sheet
from tests.prepare.packed import encrypted, parquet, parts, raw_workbook, with_size, workbook, zipped

Rows = list[tuple[str, ...]]
LITTLE = 25_000_000  # bytes that may be unpacked of a hostile file before it is refused: 0.1 s


@dataclass(frozen=True)
class Opens:
    data: bytes
    columns: tuple[str, ...]
    rows: Rows
    first: int = 2  # number of the first row
    findings: dict[str, tuple[int, ...]] = field(default_factory=dict)
    says: tuple[str, ...] = ()  # codes of decisions that must be among those made
    name: str = "file.csv"


QA = ("question", "answer")
TWO: Rows = [("How?", "So."), ("Why?", "Thus.")]
TABLE = [QA, *TWO]
TEXT = "question,answer\nHow?,So.\nWhy?,Thus.\n"


def _typed() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["day", "moment", "time", "length", "whole", "part", "truth", "long"])
    sheet.append([date(2024, 2, 29), datetime(2024, 2, 29, 13, 30), time(7, 5), timedelta(hours=30, minutes=1), 3.0, 0.1, True, 12345678])
    sheet.append([date(1999, 12, 31), datetime(2024, 3, 1), time(0, 0, 1), timedelta(minutes=5), -2, 2.50, False, 10**14])
    for row in (2, 3):
        sheet.cell(row, 2).number_format = "yyyy-mm-dd hh:mm"
        sheet.cell(row, 4).number_format = "[hh]:mm:ss"
    return _saved(book)


def _offset() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["C2"], sheet["C3"] = "Complaints of May", "for internal use"
    for at, row in enumerate([*TABLE, ("Who?", "They.")], 5):
        sheet.cell(at, 3, row[0])
        sheet.cell(at, 4, row[1])
    return _saved(book)


def _errors() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["question", "answer", "share"], ["How?", "So.", "#DIV/0!"], ["Why?", "#N/A", 0.5], ["Who?", "They.", 1]):
        sheet.append(row)
    for cell in ("C2", "B3"):
        sheet[cell].data_type = "e"
    return _saved(book)


def _hidden() -> bytes:
    book = openpyxl.Workbook()
    shown, hidden = book.active, book.create_sheet("Secret")
    for row in TABLE:
        shown.append(row)
    for number in range(50):
        hidden.append([number, number])
    hidden.sheet_state = "hidden"
    return _saved(book)


def _saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(*rows: str) -> str:
    return "".join(f"<row>{row}</row>" for row in rows)


def _inline(*texts: str) -> str:
    return "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)


PLAIN = _cells(_inline(*QA), _inline("How?", "So."), _inline("Why?", "Thus."))
FORMULAS = _cells(_inline(*QA), _inline("How?") + "<c><f>1+1</f></c>", _inline("Why?") + '<c t="str"><f>A1</f><v>Thus.</v></c>')
INJECTION = ['=HYPERLINK("http://evil","x")', "+1+1", "-2", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0"]
ARABIC = [("سؤال", "جواب"), ("كيف؟ \u202eabc\u202c", "هكذا"), ("למה?", "ככה \u200f!")]
EMOJI = [("😀 question", "🇮🇩"), ("👩‍👩‍👧‍👦?", "👍🏽"), ("e\u0301 ≠ é?", "𝔘𝔫𝔦")]
ALPACA = [{"instruction": "Translate.", "input": "House", "output": "Rumah"}, {"instruction": "Greet.", "input": "", "output": "Halo"}]

TYPED = [("day", "whole", "part", "truth"), (date(2024, 2, 29), 3, 0.5, True), (date(1999, 12, 31), -2, 2.5, False)]
_END = ods_row(None, repeated=1_000_000)
_TWO_ROWS = '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>Cards</text:p></table:table-cell>'
_ERROR = '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'

OPENS: dict[str, Opens] = {
    # letters
    "UTF-8 with a byte order mark": Opens(TEXT.encode("utf-8-sig"), QA, TWO, says=("encoding_marked",)),
    "UTF-16, little end first": Opens(TEXT.encode("utf-16-le"), QA, TWO, says=("encoding_utf16",)),
    "UTF-16, big end first, marked": Opens(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), QA, TWO, says=("encoding_marked",)),
    "UTF-32": Opens(TEXT.encode("utf-32"), QA, TWO, says=("encoding_marked",)),
    "cp1252 with its quotes": Opens("q;a\n„Größe“ – 5 €?;Maß\n".encode("cp1252"), ("q", "a"), [("„Größe“ – 5 €?", "Maß")]),
    "a mark inside, where files were joined": Opens(
        "q,a\nx,y\n".encode("utf-8-sig") + "\ufeffz,w\n".encode(),
        ("q", "a"),
        [("x", "y"), ("z", "w")],
        2,
        {"marks_within": ()},
        ("encoding_marked",),
    ),
    "right to left with direction marks": Opens(csv_bytes(ARABIC), ARABIC[0], ARABIC[1:]),
    "emoji, joined and with skin": Opens(csv_bytes(EMOJI), EMOJI[0], EMOJI[1:]),
    "NUL bytes in cells": Opens(
        b"question,answer\nHow is it\x00 done at all?,So.\nWhy?,Th\x00us.\n",
        QA,
        [("How is it done at all?", "So."), ("Why?", "Thus.")],
        findings={"nul_characters": ()},
    ),
    "half a character in JSON": Opens(
        b'{"q": "a \\ud83d b", "a": "x"}\n{"q": "\\ud83d\\ude00", "a": "y"}\n',
        ("q", "a"),
        [("a \ufffd b", "x"), ("😀", "y")],
        1,
        {"lost_characters": (1,)},
    ),
    # lines, delimiters, quotes
    "mixed line ends": Opens(b"question,answer\r\nHow?,So.\nWhy?,Thus.\r", QA, TWO),
    "tabs from a spreadsheet, with a line break in a cell": Opens(
        b'question\tanswer\n"How?\nAnd, why?"\tSo.\nSay ""hi""\tThus.\n',
        QA,
        [("How?\nAnd, why?", "So."), ('Say ""hi""', "Thus.")],
        name="pasted rows",
    ),
    "semicolons and decimal commas": Opens(
        b"name;price;n\nTea, green;1.234,50;1,5\nCoffee;2,25;0,75\nMilk;0,99;2\n",
        ("name", "price", "n"),
        [("Tea, green", "1.234,50", "1,5"), ("Coffee", "2,25", "0,75"), ("Milk", "0,99", "2")],
        says=("decimal_commas",),
    ),
    "a quote that never closes": Opens(
        b'q,a\n"How?,So.\nWhy?,Thus.\n', ("q", "a"), [('"How?', "So."), ("Why?", "Thus.")], findings={"odd_quotes": (2,)}
    ),
    "ragged rows": Opens(
        b"q,a\nx\ny,z,w\nu,v\n",
        ("q", "a", "Column 3"),
        [("x", "", ""), ("y", "z", "w"), ("u", "v", "")],
        findings={"ragged_rows": (2, 3)},
    ),
    "headers that come twice, or not at all": Opens(
        b"q,q,,a\nw,x,y,z\n", ("q", "q (2)", "Column 3", "a"), [("w", "x", "y", "z")], findings={"double_columns": ()}
    ),
    "cells that a spreadsheet would run": Opens(
        csv_bytes([QA, *((cell, cell) for cell in INJECTION)]), QA, [(cell, cell) for cell in INJECTION]
    ),
    "markers for no value are text still": Opens(
        b"q,a\nNaN,x\nNaT,NULL\nNone,y\n#N/A,\n", ("q", "a"), [("NaN", "x"), ("NaT", "NULL"), ("None", "y"), ("#N/A", "")]
    ),
    "numbers of any size": Opens(
        b"id,n\na,1e999\nb,-0.0000000000000000000001\nc,123456789012345678901234567890\n",
        ("id", "n"),
        [("a", "1e999"), ("b", "-0.0000000000000000000001"), ("c", "123456789012345678901234567890")],
    ),
    "a Markdown table": Opens(
        b"| question | answer |\n|:---|---:|\n| How \\| why? | So. |\n| Who? |  |\n",
        QA,
        [("How | why?", "So."), ("Who?", "")],
        says=("markdown_table",),
        name="pasted rows",
    ),
    "a Markdown table without outer bars": Opens(b"q | a\n--- | ---\nx | y\nz | w\n", ("q", "a"), [("x", "y"), ("z", "w")]),
    # JSON
    "nested JSON stays as written": Opens(
        b'[{"q": {"text": "How?", "n": 1.50}, "a": [1, 2]}, {"q": null, "a": true}]',
        ("q", "a"),
        [('{"text": "How?", "n": 1.50}', "[1, 2]"), ("", "true")],
        1,
        says=("json_array",),
        name="a.json",
    ),
    "JSON numbers that no computer holds": Opens(
        b'{"n": 1e999, "m": 0.10000000000000000000001}\n{"n": -12345678901234567890123, "m": NaN}\n',
        ("n", "m"),
        [("1e999", "0.10000000000000000000001"), ("-12345678901234567890123", "NaN")],
        1,
        name="a.jsonl",
    ),
    "a broken line among JSON lines": Opens(
        b'{"q": "a", "b": "c"}\n{"q": "a", \n{"q": "d", "b": "e"}\n',
        ("q", "b"),
        [("a", "c"), ("d", "e")],
        1,
        {"bad_json_line": (2,)},
        name="a.jsonl",
    ),
    "prompts and completions": Opens(
        b'{"prompt": "How?", "completion": " So."}\n{"prompt": "Why?", "completion": " Thus."}\n',
        ("prompt", "completion"),
        [("How?", " So."), ("Why?", " Thus.")],
        1,
        name="a.jsonl",
    ),
    # Excel
    "Excel": Opens(workbook({"Sheet": TABLE}), QA, TWO, says=("sheet_only",), name="a.xlsx"),
    "Excel under a false name": Opens(workbook({"Sheet": TABLE}), QA, TWO, name="a.csv"),
    "Excel with values of every type": Opens(
        _typed(),
        ("day", "moment", "time", "length", "whole", "part", "truth", "long"),
        [
            ("2024-02-29", "2024-02-29 13:30:00", "07:05:00", "30:01:00", "3", "0.1", "TRUE", "12345678"),
            ("1999-12-31", "2024-03-01 00:00:00", "00:00:01", "0:05:00", "-2", "2.5", "FALSE", "100000000000000"),
        ],
    ),
    "Excel whose table stands below a title and to the right": Opens(
        _offset(), QA, [*TWO, ("Who?", "They.")], first=6, says=("title_rows",)
    ),
    "Excel with several sheets": Opens(
        workbook({"Read me": [("About this file",)], "Rows": TABLE, "Empty": []}), QA, TWO, says=("sheet_fullest",)
    ),
    "Excel with a fuller sheet that is hidden": Opens(_hidden(), QA, TWO, says=("sheet_with_data",)),
    "Excel with merged cells": Opens(
        workbook(
            {"S": [("group", "question"), ("Cards", "Q1"), (None, "Q2"), (None, "Q3"), ("Fees", "Q4")]}, merged={"S": ["A2:A4", "A5:A1000"]}
        ),
        ("group", "question"),
        [("Cards", "Q1"), ("Cards", "Q2"), ("Cards", "Q3"), ("Fees", "Q4")],
        says=("merged_filled",),
    ),
    "Excel with column names in two rows": Opens(
        workbook(
            {"S": [("id", "Usage", None, "note"), (None, "min", "max", None), (1, 5, 6, "x"), (2, 7, 8, "y")]},
            merged={"S": ["A1:A2", "B1:C1", "D1:D2"]},
        ),
        ("id", "Usage min", "Usage max", "note"),
        [("1", "5", "6", "x"), ("2", "7", "8", "y")],
        first=3,
        says=("header_of_two_rows",),
    ),
    "Excel with error cells": Opens(
        _errors(),
        ("question", "answer", "share"),
        [("How?", "So.", "#DIV/0!"), ("Why?", "#N/A", "0.5"), ("Who?", "They.", "1")],
        findings={"error_cells": (2, 3)},
    ),
    "Excel with a formula that was never worked out": Opens(
        raw_workbook(FORMULAS), QA, [("How?", ""), ("Why?", "Thus.")], findings={"formulas_without_value": (2,)}
    ),
    "Excel with a number that lost its digits": Opens(
        workbook({"S": [("card", "answer"), (4012888888881881234, "x"), (5, "y")]}),
        ("card", "answer"),
        [("4012888888881881000", "x"), ("5", "y")],
        findings={"long_numbers": (2,)},
    ),
    "Excel with formula injection as text": Opens(
        workbook({"S": [QA, ("'=1+1", "+x"), ("@y", "-z")]}), QA, [("'=1+1", "+x"), ("@y", "-z")]
    ),
    "Excel with a styled blank cell at the far end": Opens(
        raw_workbook(PLAIN + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'), QA, TWO
    ),
    "Excel with line breaks, accents and emoji": Opens(
        workbook({"é": [("q\nuestion", "a"), ("one\ntwo", "é 😀 عربي")]}), ("q uestion", "a"), [("one\ntwo", "é 😀 عربي")]
    ),
    "Excel without cell addresses": Opens(raw_workbook(PLAIN), QA, TWO),
    "Excel with rich text": Opens(
        raw_workbook(
            _cells('<c t="s"><v>0</v></c><c t="s"><v>1</v></c>', '<c t="s"><v>2</v></c><c><v>1</v></c>'),
            texts='<si><t>q</t></si><si><t>a</t></si><si><r><t xml:space="preserve">How </t></r><r><rPr><b/></rPr><t>now?</t></r></si>',
        ),
        ("q", "a"),
        [("How now?", "1")],
    ),
    "Excel with macros and pictures beside the sheet": Opens(
        zipped({**parts(PLAIN), "xl/vbaProject.bin": random.Random(1).randbytes(5_000), "xl/media/a.png": b"\x89PNG"}), QA, TWO
    ),
    # other spreadsheets
    "Excel of before 2007": Opens(xls({"Sheet": TABLE}), QA, TWO, says=("sheet_only",), name="a.xls"),
    "Excel of before 2007 with values of every type": Opens(
        xls(
            {
                "Few": [("x",)],
                "Many": [("day", "whole", "part", "truth"), (date(2024, 2, 29), 3, 0.5, True), (date(1999, 12, 31), -2, 2.5, False)],
            }
        ),
        ("day", "whole", "part", "truth"),
        [("2024-02-29", "3", "0.5", "TRUE"), ("1999-12-31", "-2", "2.5", "FALSE")],
        says=("sheet_fullest",),
    ),
    "Excel of before 2007 with merged cells": Opens(
        xls({"S": [("group", "question"), ("Cards", "Q1"), (None, "Q2"), ("Fees", "Q3")]}, merged=[(1, 2, 0, 0)]),
        ("group", "question"),
        [("Cards", "Q1"), ("Cards", "Q2"), ("Fees", "Q3")],
        says=("merged_filled",),
    ),
    "binary Excel": Opens(
        xlsb({"Few": [("x",)], "Many": [("q", "n", "t"), ("é 😀", 0.5, True), ("Why?", 3, False)]}),
        ("q", "n", "t"),
        [("é 😀", "0.5", "TRUE"), ("Why?", "3", "FALSE")],
        says=("sheet_fullest",),
    ),
    "Excel of before 2007 with errors in place of values": Opens(
        xls({"Other": [(Wrong(7),)], "S": [("q", "n"), ("x", Wrong(42)), ("y", 2), (Wrong(7), 3), (Wrong(29), "z")]}),
        ("q", "n"),
        [("x", "#N/A"), ("y", "2"), ("#DIV/0!", "3"), ("#NAME?", "z")],
        findings={"error_cells": (2, 4, 5)},
    ),
    "binary Excel with errors in place of values": Opens(
        xlsb({"Other": [(Wrong(7),)], "S": [("q", "n"), ("x", Wrong(42)), ("y", 2), (Wrong(43), 3)]}),
        ("q", "n"),
        [("x", "#N/A"), ("y", "2"), ("#GETTING_DATA", "3")],
        findings={"error_cells": (2, 4)},
    ),
    "binary Excel with merged cells": Opens(
        xlsb({"S": xlsb_sheet([("group", "question"), ("Cards", "Q1"), (None, "Q2"), ("Fees", "Q3")], more=xlsb_merged((1, 2, 0, 0)))}),
        ("group", "question"),
        [("Cards", "Q1"), ("Cards", "Q2"), ("Fees", "Q3")],
        says=("merged_filled",),
    ),
    "LibreOffice with values of every type": Opens(
        ods({"Few": ods_row("x"), "Many": "".join(ods_row(*row) for row in TYPED) + _END}),
        ("day", "whole", "part", "truth"),
        [("2024-02-29", "3", "0.5", "TRUE"), ("1999-12-31", "-2", "2.5", "FALSE")],
        says=("sheet_fullest",),
    ),
    "LibreOffice with merged cells and an error": Opens(
        ods({"S": ods_row("group", "n") + ods_row(_TWO_ROWS, 1) + ods_row(None, 2) + ods_row("Fees", _ERROR)}),
        ("group", "n"),
        [("Cards", "1"), ("Cards", "2"), ("Fees", "#DIV/0!")],
        findings={"error_cells": (4,)},
        says=("merged_filled",),
    ),
    "LibreOffice with rows that are written once": Opens(
        ods({"S": ods_row("q", "n") + ods_row("x", 1) + ods_row("same", 5, repeated=2)}),
        ("q", "n"),
        [("x", "1"), ("same", "5"), ("same", "5")],
    ),
    "a zip of an old workbook": Opens(zipped({"rows.xls": xls({"S": TABLE}), "read me.txt": "x"}), QA, TWO, says=("member_largest",)),
    # zip
    "a zip of one table": Opens(zipped({"data/rows.csv": TEXT}), QA, TWO, says=("member_only",), name="a.zip"),
    "a zip that was not compressed": Opens(zipped({"rows.csv": TEXT}, method=zipfile.ZIP_STORED), QA, TWO),
    "a zip with what macOS leaves in it": Opens(
        zipped({"__MACOSX/._rows.csv": b"\0\5\26\7", ".DS_Store": b"x", "README.txt": "words", "rows.csv": TEXT, "b.csv": "q\nx\n"}),
        QA,
        TWO,
        says=("member_largest",),
    ),
    "a zip whose names are paths": Opens(zipped({"../../etc/rows.csv": TEXT}), QA, TWO),
    "a zip of Excel": Opens(zipped({"a.xlsx": workbook({"S": TABLE})}), QA, TWO, says=("member_only", "sheet_only")),
    "a zip with a comment and a false start": Opens(b"", QA, TWO),  # filled in below
    # Parquet
    "Parquet": Opens(parquet({"question": ["How?", "Why?"], "answer": ["So.", "Thus."]}), QA, TWO, 1, says=("parquet",)),
    "Parquet with types and gaps": Opens(
        parquet(
            {
                "n": pa.array([1, None], pa.int64()),
                "x": [1.5, float("nan")],
                "t": [True, None],
                "d": [datetime(2024, 5, 1, 12), None],
                "s": pa.array(["é", None]).dictionary_encode(),
                "raw": [b"\xff\x00", b""],
            }
        ),
        ("n", "x", "t", "d", "s"),
        [("1", "1.5", "true", "2024-05-01 12:00:00", "é"), ("", "NaN", "", "", "")],
        1,
        says=("columns_of_bytes",),
    ),
    "Parquet with lists": Opens(
        parquet({"q": ["How?", "Why?"], "tags": [["a", "b"], None], "who": [{"n": 1, "m": None}, {"n": 2, "m": "x"}]}),
        ("q", "tags", "who"),
        [("How?", '["a", "b"]', '{"n": 1}'), ("Why?", "", '{"n": 2, "m": "x"}')],
        1,
    ),
}


def _commented() -> bytes:
    """A zip behind other bytes that begin like one, as self-extracting programs are, with a comment."""
    out = io.BytesIO()
    out.write(b"PK\x03\x04" + b"\0" * 40)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("rows.csv", TEXT)
        archive.comment = b"made on a Monday"
    return out.getvalue()


OPENS["a zip with a comment and a false start"] = Opens(_commented(), QA, TWO)


@pytest.mark.parametrize("kind", OPENS)
def test_it_opens_as_it_should_with_no_row_lost(kind: str) -> None:
    case = OPENS[kind]
    source = read_table(case.data, case.name)
    assert source.table is not None
    assert source.table.columns == case.columns
    assert list(source.table.rows) == case.rows
    assert source.table.numbers[0] == case.first
    assert {finding.code: finding.rows for finding in source.findings} == case.findings
    assert set(case.says) <= {reason.code for reason in source.decisions}
    assert is_small(case.data)


CHAT = {"messages": [{"role": "user", "content": "Où?"}, {"role": "assistant", "content": "Là."}]}
TALKS: dict[str, tuple[bytes, list[list[tuple[str, str]]], str]] = {
    "Alpaca": (
        json.dumps(ALPACA).encode(),
        [[("user", "Translate.\n\nHouse"), ("assistant", "Rumah")], [("user", "Greet."), ("assistant", "Halo")]],
        "alpaca",
    ),
    "a zip of chat lines": (zipped({"chat.jsonl": json.dumps(CHAT) + "\n"}), [[("user", "Où?"), ("assistant", "Là.")]], "chat_lines"),
    "Parquet of chat lines": (
        parquet({"messages": [CHAT["messages"]], "id": [7]}),
        [[("user", "Où?"), ("assistant", "Là.")]],
        "chat_lines",
    ),
}


@pytest.mark.parametrize("kind", TALKS)
def test_conversations_come_out_of_their_wrapping(kind: str) -> None:
    data, turns, code = TALKS[kind]
    source = read_table(data, "file.json" if data.startswith(b"[") else "file")
    assert source.kind == "chat" and code in {reason.code for reason in source.decisions}
    assert [[(one.role, one.content) for one in example.messages] for example in source.examples] == turns


def _bomb(letters: int = 1_500_000_000) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("rows.csv", "w", force_zip64=True) as file:
        block = b"0" * 10_000_000
        for _ in range(letters // len(block)):
            file.write(block)
    return out.getvalue()


def _forged(claimed: int) -> bytes:
    """200 MB that say they are fewer."""
    return with_size(zipped({"rows.csv": b"q,a\n" + b"x,y\n" * 50_000_000}), "rows.csv", claimed)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)) + "]>"
LONG_TEXT = f"<si><t>{'x' * 90_000}</t></si>"
TRUNCATED = parquet({"q": ["How?"] * 5_000, "a": [str(i) for i in range(5_000)]})
_MANY_CELLS = '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
_MANY_BLANKS = '<table:table-cell table:number-columns-repeated="16384"/>'
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def _stream(name: str) -> bytes:
    """The name of a stream as the list of an old file has it."""
    return name.encode("utf-16-le").ljust(64, b"\0")


def _circle() -> bytes:
    """An .xls whose table of sectors says of every sector that it is followed by itself."""
    data = bytearray(xls({"S": [QA, *TWO * 200]}))
    table = 512 * (1 + struct.unpack_from("<L", data, 76)[0])
    for at in range(128):
        struct.pack_into("<L", data, table + 4 * at, at)
    return bytes(data)


def _far_xlsb() -> bytes:
    size = record(148, struct.pack("<4L", 0, 1_048_575, 0, 16_383))
    cells = b""
    for row, column in ((0, 0), (1_048_575, 16_383)):
        cells += record(0, struct.pack("<LLHBBBL", row, 0, 300, 0, 0, 0, 0)) + record(5, struct.pack("<LLd", column, 0, 1))
    return record(129) + size + record(145) + cells + record(146) + record(130)


REFUSED: dict[str, tuple[bytes, type[InputError], str]] = {
    "a dense range by one cell at the far corner": (raw_workbook(PLAIN + FAR), TooLarge, "row 1048576 and column 16384"),
    "a dense range below the limit of cells": (
        raw_workbook(PLAIN + '<row r="1000000"><c r="AA1000000"><v>1</v></c></row>'),
        TooLarge,
        "row 1000000 and column 27",
    ),
    "a cell beyond any sheet": (raw_workbook('<row r="1"><c r="A99999999999"><v>1</v></c></row>'), UnreadableFile, "damaged"),
    "a column beyond any sheet": (raw_workbook('<row r="1"><c r="ZZZZZZZZ1"><v>1</v></c></row>'), UnreadableFile, "damaged"),
    "a row of row zero": (raw_workbook('<row r="0"><c r="A0"><v>1</v></c></row>'), UnreadableFile, "damaged"),
    "one long text shown in a million cells": (
        raw_workbook("<row>" + '<c t="s"><v>0</v></c>' * 1_000_000 + "</row>", texts=LONG_TEXT),
        TooLarge,
        "letters",
    ),
    "entities that name entities, in the sheet": (
        raw_workbook(_cells(_inline("&j;")), before=ENTITIES),
        UnreadableFile,
        "abbreviations",
    ),
    "entities in the shared texts": (
        zipped({**parts(PLAIN), "xl/sharedStrings.xml": ENTITIES + "<sst><si><t>&j;</t></si></sst>"}),
        UnreadableFile,
        "abbreviations",
    ),
    "Excel without sheets": (zipped({"xl/workbook.xml": "<workbook/>"}), UnreadableFile, "damaged"),
    "Excel whose XML breaks off": (
        zipped({**parts(PLAIN), "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row>"}),
        UnreadableFile,
        "damaged",
    ),
    "Excel cut in half": (workbook({"S": TABLE})[:2_000], UnreadableFile, "damaged"),
    "Excel with nothing in it": (workbook({"S": []}), EmptyFile, "empty"),
    "Excel with a header only": (workbook({"S": [QA]}), EmptyFile, "header"),
    "Excel with an index that is not there": (raw_workbook(_cells('<c t="s"><v>7</v></c>')), UnreadableFile, "damaged"),
    "Excel with 3,000 columns": (workbook({"S": [["x"] * 3_000, ["y"] * 3_000]}), TooLarge, "3000 columns"),
    "Excel with areas merged over one another": (
        raw_workbook(PLAIN, after="<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 1_000 + "</mergeCells>"),
        UnreadableFile,
        "damaged",
    ),
    "a bomb in the styles": (zipped({**parts(PLAIN), "xl/styles.xml": "<a/>" * 10_000_000}), TooLarge, "times its size"),
    "styles that are too large": (
        zipped({**parts(PLAIN), "xl/styles.xml": b"<a>" + random.Random(2).randbytes(21_000_000).hex().encode()}),
        UnreadableFile,
        "damaged",
    ),
    "Excel with a password": (OLD_OFFICE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, UnreadableFile, "password"),
    "Word of before 2007": (OLD_OFFICE + _stream("WordDocument") + b"\0" * 600, UnreadableFile, "old Word"),
    "Excel of before 2007 that is nothing but its mark": (OLD_OFFICE + _stream("Workbook") + b"\0" * 600, UnreadableFile, "damaged"),
    "Excel of before 2007 whose sectors lead in a circle": (_circle(), UnreadableFile, "damaged"),
    "Excel of before 2007 cut in half": (xls({"S": [QA, *TWO * 200]})[:9_000], UnreadableFile, "damaged"),
    "Excel of before 2007 with nothing in it": (xls({"S": []}), EmptyFile, "empty"),
    "binary Excel without a sheet": (zipped({"xl/workbook.bin": b"x"}), UnreadableFile, "damaged"),
    "binary Excel with one cell at the far corner": (xlsb({"S": _far_xlsb()}), UnreadableFile, "damaged"),
    "binary Excel with a record longer than the file": (xlsb({"S": record(129) + b"\x94\x01\xff\xff\xff\x7f"}), UnreadableFile, "damaged"),
    "binary Excel with areas merged over one another": (
        xlsb({"S": xlsb_sheet([QA, *TWO], more=xlsb_merged(*[(0, 1_048_575, 0, 0)] * 100))}),
        UnreadableFile,
        "damaged",
    ),
    "binary Excel with nothing in it": (xlsb({"S": [[None]]}), EmptyFile, "empty"),
    "LibreOffice whose one cell stands for ten thousand million": (
        ods({"S": ods_row(_MANY_CELLS, repeated=1_000_000)}),
        TooLarge,
        "50000000 cells",
    ),
    "LibreOffice with one cell at the far corner": (
        ods({"S": ods_row(*QA) + ods_row(None, repeated=1_000_000) + ods_row(_MANY_BLANKS, "x")}),
        TooLarge,
        "row 1000002 and column 16385",
    ),
    "LibreOffice whose rows repeat without end": (
        ods({"S": ods_row(*QA, repeated=10**30)}),
        UnreadableFile,
        "LibreOffice file is damaged",
    ),
    "LibreOffice with entities that name entities": (ods({"S": ods_row("&j;")}, before=ENTITIES), UnreadableFile, "abbreviations"),
    "LibreOffice whose XML breaks off": (ods({"S": "<table:table-row>"}), UnreadableFile, "LibreOffice file is damaged"),
    "LibreOffice with a password": (ods({"S": ods_row(*QA)}, manifest="<encryption-data/>"), UnreadableFile, "password"),
    "LibreOffice with nothing in it": (ods({"S": ods_row(None, repeated=1_000_000)}), EmptyFile, "empty"),
    "Word": (zipped({"word/document.xml": "<w/>"}), UnreadableFile, "Word"),
    "a text of LibreOffice": (zipped({"META-INF/manifest.xml": "<x/>", "content.xml": "<x/>"}), UnreadableFile, "LibreOffice"),
    "a zip bomb": (_bomb(), TooLarge, "1500"),
    "a zip bomb below the limit of bytes": (_bomb(150_000_000), TooLarge, "times its size"),
    "a zip bomb that says it is small": (_forged(1_000), UnreadableFile, "damaged"),
    "a zip that says it is larger than it is": (with_size(zipped({"rows.csv": TEXT}), "rows.csv", 5_000), UnreadableFile, "damaged"),
    "a zip in a zip": (zipped({"a.zip": zipped({"rows.csv": TEXT})}), UnreadableFile, "another compressed file"),
    "a zip in a zip that calls itself a table": (zipped({"a.csv": zipped({"rows.csv": TEXT})}), UnreadableFile, "another compressed file"),
    "a zip with a password": (encrypted(zipped({"rows.csv": TEXT})), UnreadableFile, "password"),
    "a zip without a table": (zipped({"a.png": b"\x89PNG", "b/": b""}), UnreadableFile, "no table"),
    "an empty zip": (zipped({}), UnreadableFile, "no table"),
    "a broken zip": (zipped({"rows.csv": TEXT * 50})[:-30], UnreadableFile, "damaged"),
    "a zip with damaged content": (
        zipped({"rows.csv": TEXT}, method=zipfile.ZIP_STORED).replace(b"Thus.", b"Thud.", 1),
        UnreadableFile,
        "damaged",
    ),
    "a zip of 20,000 files": (zipped({f"{i}.csv": b"x" for i in range(20_000)}), TooLarge, "20000"),
    "a zip of a picture that calls itself a table": (zipped({"a.csv": b"\x89PNG\r\n\x1a\n"}), UnreadableFile, "picture"),
    "Parquet cut off": (TRUNCATED[: len(TRUNCATED) // 2], UnreadableFile, "Parquet"),
    "Parquet with its middle overwritten": (
        TRUNCATED[:200] + b"\xff" * 3_000 + TRUNCATED[3_200:],
        UnreadableFile,
        "Parquet",
    ),
    "Parquet of nothing but its mark": (b"PAR1\x15\x04", UnreadableFile, "Parquet"),
    "Parquet with a footer longer than the file": (b"PAR1" + b"x" * 20 + struct.pack("<L", 2**31 - 1) + b"PAR1", UnreadableFile, "Parquet"),
    "Parquet without rows": (parquet({"q": pa.array([], pa.string())}), EmptyFile, "empty"),
    "Parquet of one long text a million times": (
        parquet({"q": pa.DictionaryArray.from_arrays(pa.array([0] * 500_000, pa.int32()), pa.array(["x" * 90_000]))}),
        TooLarge,
        "letters",
    ),
    "Parquet with a text over the limit": (parquet({"q": ["x" * 150_000]}), TooLarge, "150000 characters"),
    "Parquet of pictures alone": (parquet({"image": [b"\x89PNG"] * 20}), UnreadableFile, "no column"),
    "encrypted Parquet": (b"PARE" + b"x" * 50, UnreadableFile, "password"),
    "a million columns": (b",".join([b"a"] * 1_000_000) + b"\n1\n", TooLarge, "1000000 columns"),
    "JSON nested a million deep": (b'{"a":' * 1_000_000, UnreadableFile, "JSON"),
}


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all pieces that were unpacked."""
    seen: list[int] = []
    inflate = zipped_module._inflated

    def counted(raw: memoryview) -> Iterator[bytes]:
        for piece in inflate(raw):
            seen.append(len(piece))
            yield piece

    monkeypatch.setattr(zipped_module, "_inflated", counted)
    return seen


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_with_its_reason_before_it_can_do_harm(kind: str, unpacked: list[int]) -> None:
    data, error, words = REFUSED[kind]
    with pytest.raises(error, match=words) as refused:
        read_table(data, "file.json" if data.startswith(b"{") else "file")
    assert refused.value.hint.format(**refused.value.params)
    assert sum(unpacked) <= LITTLE


def _much(text: str) -> str:
    return text * (30_000_000 // len(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'{{"a": [{_much("1,")}1]}}', "10000000 values"),
        (f'[{_much("""{"a":1},""")}{{}}]', "1000000 records"),
        (f'[{_much("""{"a":1,"b":"x"},""")}', "1000000 records"),
        (f'{{"data": [{_much("""{"a":1},""")}{{}}]}}', "1000000 records"),
        (f'[{_much("""{"messages":[]},""")}{{}}]', "1000000 records"),
        ('{"a": "' + _much("x"), "2000000 characters"),
        ('{"a": "' + _much('\\\\\\"'), "2000000 characters"),
        (_much("{\n"), "lines"),
        (_much('{"a": ["x, y", "{"]}\n'), "1000000 records"),
    ],
    ids=lambda value: value[:12],
)
def test_json_that_is_too_large_is_refused_before_it_is_read(text: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlike, "_DECODER", None)
    data, begun = text.encode(), time_of_work()
    with pytest.raises(TooLarge, match=words):
        read_table(data, "a.json")
    assert time_of_work() - begun < 1


def test_what_stands_in_texts_is_no_value_and_no_record() -> None:
    few = Limits(values=10, rows=4)
    texts = json.dumps([{"a": 'x, {"y": 1}, [{' + "\\" * n + '"}, {', "b": {"c": [{}, {}, {}]}} for n in range(4)])
    assert read_table(texts.encode(), "a.json", limits=replace(few, values=20)).size == 4
    broken = '{"a": "x, \n' + '{"a": "1, 2, 3"}\n' * 3
    assert read_table(broken.encode(), "a.jsonl", limits=few).size == 3


def test_there_are_at_least_forty() -> None:
    assert len(OPENS) + len(REFUSED) >= 40


def test_what_was_read_is_exported_so_that_no_spreadsheet_runs_it() -> None:
    import pandas as pd

    source = read_table(csv_bytes([QA, *((cell, cell) for cell in INJECTION)]), "a.csv")
    assert source.table is not None
    text = safe_csv(pd.DataFrame(source.table.rows, columns=list(source.table.columns))).decode("utf-8-sig")
    assert "\"'=cmd" in text


@pytest.mark.parametrize("step", [97, 211])
def test_any_damage_to_a_workbook_is_met_with_a_sentence(step: int) -> None:
    """Bytes overwritten everywhere, in the packed file and in the XML: read, or refused, and never anything else."""
    whole = workbook({"S": [*TABLE, ("Who?", 5), (date(2024, 1, 1), True)], "T": TABLE}, merged={"S": ["A2:A3"]})
    sheet = str(parts(PLAIN, texts="<si><t>q</t></si>")["xl/worksheets/sheet1.xml"])
    noise = random.Random(step)
    damaged = [whole[:at] + noise.randbytes(3) + whole[at + 3 :] for at in range(0, len(whole), step)]
    for at in range(40, len(sheet), step // 40):
        broken = sheet[:at] + noise.choice("<>&\"'=/ 0Z") + sheet[at + 1 :]
        damaged.append(zipped({**parts(PLAIN), "xl/worksheets/sheet1.xml": broken}))
    for data in damaged:
        rows_and_bytes(data)
        try:
            assert read_table(data, "a.xlsx").size > 0
        except InputError as refused:
            assert str(refused)


def test_any_damage_to_a_parquet_file_is_met_with_a_sentence() -> None:
    noise = random.Random(5)
    whole = parquet({"q": ["How?", "Why?"] * 50, "m": [[{"role": "user", "content": str(i)}] for i in range(100)], "n": list(range(100))})
    for at in range(4, len(whole), len(whole) // 8):
        data = whole[:at] + noise.randbytes(2) + whole[at + 2 :]
        rows_and_bytes(data)
        try:
            assert read_table(data, "a.parquet").size > 0
        except InputError as refused:
            assert str(refused)


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for the reader")
def test_a_parquet_file_that_kills_its_reader_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyarrow ends its process on some damaged files, which no exception can say."""
    killed = tmp_path / "python"
    killed.write_text("#!/bin/sh\ncat > /dev/null\nkill -ABRT $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(killed))
    with pytest.raises(UnreadableFile, match="Parquet"):
        read_table(parquet({"q": ["x"]}), "a.parquet")


@pytest.mark.parametrize("kind", ["xls", "xlsb", "ods"])
def test_any_damage_to_another_spreadsheet_is_met_with_a_sentence(kind: str) -> None:
    """Bytes overwritten in what the library reads, behind whatever packs it."""
    noise = random.Random(7)
    table = [QA, *TWO, ("Who?", 5), ("When?", True)]
    if kind == "xls":
        whole = xls({"S": table})
        damaged = [whole[:at] + noise.randbytes(4) + whole[at + 4 :] for at in range(8, len(whole), len(whole) // 25)]
    elif kind == "xlsb":
        part = xlsb_sheet(table)
        damaged = [xlsb({"S": part[:at] + noise.randbytes(3) + part[at + 3 :]}) for at in range(0, len(part), len(part) // 12)]
    else:
        part = "".join(ods_row(*row) for row in table)
        damaged = [ods({"S": part[:at] + noise.choice("<>&\"'=/ 0Z") + part[at + 1 :]}) for at in range(0, len(part), len(part) // 25)]
    for data in damaged:
        rows_and_bytes(data)
        try:
            assert read_table(data, f"a.{kind}").size > 0
        except InputError as refused:
            assert str(refused)


def test_a_choice_of_the_user_overrules_each_decision() -> None:
    book = workbook({"Few": TABLE[:2], "Many": [*TABLE, ("Who?", "They.")]})
    few = read_table(book, "a.xlsx", choices=Choices(sheet="Few"))
    assert few.table is not None and list(few.table.rows) == TWO[:1] and few.sheets == ("Few", "Many")
    assert few.decisions[0].code == "sheet_chosen"
    packed = zipped({"a.csv": TEXT, "b.csv": "q;a\n1;2\n"})
    other = read_table(packed, "a.zip", choices=Choices(member="b.csv", delimiter=",", header=False))
    assert other.table is not None and list(other.table.rows) == [("q;a",), ("1;2",)] and other.members == ("a.csv", "b.csv")
    for wrong in (Choices(sheet="None"), Choices(member="none.csv")):
        with pytest.raises(InputError, match=r"(?i)none"):
            read_table(packed if wrong.member else book, "a", choices=wrong)
    flat = read_table(json.dumps(ALPACA).encode(), "a.json", choices=Choices(layout="table"))
    assert flat.table is not None and flat.table.columns == ("instruction", "input", "output")
    titled = read_table(_offset(), "a.xlsx", choices=Choices(header=False))
    assert titled.table is not None and titled.table.rows[0] == ("Complaints of May", "") and titled.table.numbers[0] == 2


def test_limits_hold_for_what_is_packed() -> None:
    few = Limits(rows=3, bytes=10_000, expanded=20_000)
    long = [QA, *TWO * 3]
    for data in (workbook({"S": long}), zipped({"a.csv": csv_bytes(long)}), parquet({"q": ["x"] * 6})):
        with pytest.raises(TooLarge):
            read_table(data, "a", limits=few)
    with pytest.raises(TooLarge, match="Unpacked"):
        read_table(zipped({"a.csv": TEXT * 500}), "a", limits=few)


def test_a_small_file_that_holds_much_is_no_small_one() -> None:
    many = [QA, *TWO * 4_000]
    for data in (workbook({"S": many}), zipped({"a.csv": csv_bytes(many)}), parquet({"q": ["x"] * 8_000})):
        assert len(data) < 1_000_000 and not is_small(data)
