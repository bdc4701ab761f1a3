"""Any table opens as it is, or is refused with a reason and a way on; no row is lost without a word."""

import codecs
import gzip
import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.errors import EmptyFile, InputError, TooLarge, UnreadableFile
from core.prepare.reading import Choices, Limits, Source, read_table
from tests.prepare.builders import csv_bytes

ROWS = [("the question", "the answer"), *((f"Question {i}, really?", f"Answer {i}") for i in range(12))]
CHAT = '{"messages": [{"role": "user", "content": "Où?"}, {"role": "assistant", "content": "Là."}]}'


def found(source: Source) -> dict[str, tuple[int, ...]]:
    return {finding.code: finding.rows for finding in source.findings}


def why(source: Source) -> list[str]:
    return [reason.code for reason in source.decisions]


def body(source: Source) -> list[tuple[str, ...]]:
    assert source.table is not None
    return list(source.table.rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_spreadsheets_file_opens_as_it_was(delimiter: str, encoding: str, end: str) -> None:
    source = read_table(csv_bytes(ROWS, delimiter=delimiter, encoding=encoding, end=end), "a.csv")
    assert source.table is not None
    assert source.table.columns == ROWS[0]
    assert body(source) == ROWS[1:]
    assert list(source.table.numbers) == list(range(2, 14))
    assert source.findings == ()


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Frage;Antwort\nKönnen Sie mir die Gebühren erklären?;„Gebühren“ – 5 €\nStraße?;Haß\n"),
        ("cp1252", "q,a\nJ’ai été débité deux fois,Réclamation\nOù est ma carte ?,Carte\n"),
        (
            "cp1250",
            "pytanie,kategoria\nDlaczego pobrano opłatę za przelew?,Opłaty\nChcę zamknąć konto,Zamknięcie\nJak złożyć skargę?,Skargi\n",
        ),
        ("cp1250", "otázka,odpověď\nPříliš žluťoučký kůň,ano\nKde je můj účet?,účet\n"),
        ("cp1251", "вопрос,категория\nПочему списали комиссию?,Комиссии\nКак закрыть счёт?,Счёт\n"),
        ("cp1253", "ερώτηση,κατηγορία\nΓιατί χρεώθηκα;,Χρεώσεις\nΘέλω να κλείσω τον λογαριασμό,Λογαριασμός\n"),
        ("cp1254", "soru,kategori\nNeden ücret alındı?,Ücret\nHesabımı kapatmak istiyorum şimdi,Hesap\n"),
        ("cp1256", "سؤال,فئة\nلماذا تم خصم الرسوم؟,رسوم\nأريد إغلاق الحساب,حساب\n"),
        ("cp874", "คำถาม,หมวด\nทำไมถึงเก็บค่าธรรมเนียม,ค่าธรรมเนียม\nอยากปิดบัญชี,บัญชี\n"),
        ("shift_jis", "質問,回答\n手数料はいくらですか,手数料\n口座を解約したい,口座\n"),
        ("gb18030", "问题,类别\n为什么收取手续费?,费用\n我想关闭账户,账户\n"),
        ("big5", "問題,類別\n為什麼收取手續費?,費用\n我想關閉帳戶,帳戶\n"),
        ("euc_kr", "질문,분류\n수수료가 얼마인가요?,수수료\n계좌를 해지하고 싶어요,계좌\n"),
        ("mac_roman", "q,a\nJ’ai été débité deux fois,Réclamation\nOù est ma carte ?,Carte\n"),
    ],
)
def test_files_of_older_programs_keep_their_letters(encoding: str, text: str) -> None:
    source = read_table(text.encode(encoding), "old.csv")
    assert source.table is not None
    delimiter = ";" if text.startswith("Frage") else ","
    assert [source.table.columns, *body(source)] == [tuple(line.split(delimiter)) for line in text.splitlines()]
    assert why(source)[0] == "encoding_guessed"
    assert source.decisions[0].params["encoding"] == encoding


def test_another_encoding_can_be_chosen() -> None:
    data = "q,a\nŁódź,tak\n".encode("iso8859_2")
    assert body(read_table(data, "a.csv", choices=Choices(encoding="iso8859_2"))) == [("Łódź", "tak")]
    with pytest.raises(UnreadableFile, match="klingon"):
        read_table(data, "a.csv", choices=Choices(encoding="klingon"))


def test_two_exports_joined_in_different_encodings() -> None:
    data = "q,a\nGröße?,Maß\nÄhnlich?,Öl\nWeiß?,Fuß\n".encode() + "Straße?,Haß\n".encode("cp1252")
    source = read_table(data, "a.csv")
    assert body(source)[-1] == ("Straße?", "Haß")
    assert body(source)[0] == ("Größe?", "Maß")
    assert why(source)[0] == "encoding_mixed" and source.decisions[0].params["lines"] == 1


def test_characters_that_are_lost_are_named() -> None:
    source = read_table("q,a\nfine,yes\nbr\ufffdken,no\n".encode(), "a.csv")
    assert found(source) == {"lost_characters": (3,)}


def test_decimal_commas_do_not_cut_a_semicolon_file() -> None:
    data = b"name;x;y\r\n" + b"".join(b"text, with %d commas, here;1,5;2,25\r\n" % i for i in range(9))
    source = read_table(data, "a.csv")
    assert source.table is not None and source.table.columns == ("name", "x", "y")
    assert body(source)[3] == ("text, with 3 commas, here", "1,5", "2,25")


def test_sentences_do_not_decide_the_delimiter() -> None:
    data = b"question\tanswer\n" + b"Hello, you; there | here\tfine, yes\n" * 12
    assert body(read_table(data, "a.txt"))[0] == ("Hello, you; there | here", "fine, yes")


def test_the_line_that_excel_writes_to_itself() -> None:
    source = read_table(b"sep=|\r\nq|a\r\nx|y\r\n", "a.csv")
    assert source.table is not None and source.table.columns == ("q", "a")
    assert list(source.table.numbers) == [2], "Excel shows the header in row 1"
    assert "delimiter_named" in why(source)


@pytest.mark.parametrize("header", ["A question,answer", "[sic] question,answer", "{name},answer", "[1],2 answers", '"{""q""}",a'])
def test_a_table_is_not_taken_for_json(header: str) -> None:
    source = read_table(f"{header}\nx,y\n".encode(), "a.csv")
    assert source.table is not None and len(source.table.columns) == 2 and body(source) == [("x", "y")]


def test_years_may_name_columns() -> None:
    source = read_table(b"region,2023,2024\nNorth,5,6\nSouth,7,8\nWest,5,7\n", "a.csv")
    assert source.table is not None and source.table.columns == ("region", "2023", "2024")


def test_a_delimiter_can_be_chosen() -> None:
    source = read_table(b"q,x;a\n1,2;3\n", "a.csv", choices=Choices(delimiter=";"))
    assert source.table is not None and source.table.columns == ("q,x", "a")


def test_a_newline_inside_quotes_shifts_no_row_number() -> None:
    source = read_table(b'q,a\n"one\n\ntwo",yes\nnext,no\n', "a.csv")
    assert body(source) == [("one\n\ntwo", "yes"), ("next", "no")]
    assert source.table is not None and list(source.table.numbers) == [2, 3]


def test_blank_rows_keep_their_numbers() -> None:
    source = read_table(b"\nq,a\n\nx,y\n,\n\nz,w\n\n\n", "a.csv")
    assert source.table is not None and list(source.table.numbers) == [4, 7]
    assert found(source) == {"blank_rows": (5, 6)}
    assert all(finding.severity == "info" for finding in source.findings)


def test_ragged_rows_are_kept_and_named() -> None:
    source = read_table(b"q,a\nHello, how are you,yes\nfine,no\nshort\nfour,,,\n", "a.csv")
    assert source.table is not None
    assert source.table.columns == ("q", "a", "Column 3")
    assert body(source) == [("Hello", " how are you", "yes"), ("fine", "no", ""), ("short", "", ""), ("four", "", "")]
    assert found(source) == {"ragged_rows": (2, 4)}
    assert source.findings[0].params == {"columns": 2, "short": 1, "long": 1}


def test_a_delimiter_at_the_end_of_every_line_is_no_column() -> None:
    source = read_table(b"q,a,\nx,y,\nz,w,\n", "a.csv")
    assert source.table is not None and source.table.columns == ("q", "a")
    assert source.findings == ()


@pytest.mark.parametrize(
    ("lines", "rows", "odd"),
    [
        (['"never closed,yes', "ok,no", '"good, quoted",yes'], [('"never closed', "yes"), ("ok", "no"), ("good, quoted", "yes")], (2,)),
        (["ok,no", '"never closed,yes'], [("ok", "no"), ('"never closed', "yes")], (3,)),
        (['5" pipe,yes', '"6"" pipe",no', '"7" pipe,no'], [('5" pipe', "yes"), ('6" pipe', "no"), ("7 pipe", "no")], (4,)),
    ],
)
def test_a_quote_that_does_not_close_swallows_no_row(lines: list[str], rows: list[tuple[str, str]], odd: tuple[int, ...]) -> None:
    source = read_table("\n".join(["q,a", *lines]).encode(), "a.csv")
    assert len(body(source)) == len(rows)
    assert [row[1] for row in body(source)] == [row[1] for row in rows]
    assert found(source) == {"odd_quotes": odd}


def test_a_file_where_quotes_are_just_signs() -> None:
    data = "size,answer\n" + "".join(f'"{i} inch,yes\n' for i in range(300))
    source = read_table(data.encode(), "a.csv")
    assert len(body(source)) == 300 and body(source)[7] == ('"7 inch', "yes")
    assert "quotes_are_text" in why(source)


def test_a_table_without_header_row() -> None:
    source = read_table(b"How do I pay?,Fees\nWhere is it?,Cards\nCan I?,Fees\nWhat now?,Fees\n", "a.csv")
    assert source.table is not None and source.table.columns == ("Column 1", "Column 2")
    assert list(source.table.numbers) == [1, 2, 3, 4]
    again = read_table(b"How do I pay?,Fees\nCan I?,Fees\nWhat?,Fees\n", "a.csv", choices=Choices(header=True))
    assert again.table is not None and again.table.columns == ("How do I pay?", "Fees")


def test_row_names_of_r_have_no_header() -> None:
    source = read_table(b'"q","a"\n"1","x","yes"\n"2","y","no"\n', "a.csv")
    assert source.table is not None and source.table.columns == ("Column 1", "q", "a")
    assert body(source) == [("1", "x", "yes"), ("2", "y", "no")] and source.findings == ()


def test_names_that_are_missing_or_doubled() -> None:
    source = read_table(b"text, text ,,label,text (2)\na,b,c,d,e\n", "a.csv")
    assert source.table is not None
    assert source.table.columns == ("text", "text (2)", "Column 3", "label", "text (2) (2)")
    assert source.findings[0].code == "double_columns" and source.findings[0].severity == "info"


def test_nul_characters_are_taken_out_and_counted() -> None:
    source = read_table(b"question,answer\n" + b"a fine question\x00 of many words,an answer\n" * 20, "a.csv")
    assert body(source)[0] == ("a fine question of many words", "an answer")
    assert source.findings[0].code == "nul_characters" and source.findings[0].params == {"n": 20}


def test_right_to_left_emoji_and_odd_separators_stay_in_their_cell() -> None:
    rows = [("q", "a"), ("👩‍👩‍👧 נכון?", "שלום\u2028עולם"), ("مرحبا\x85", "\x0bvertical\x1c")]
    assert body(read_table(csv_bytes(rows), "a.csv")) == rows[1:]


def test_flat_json_records_keep_their_spelling() -> None:
    lines = b'{"q": "a", "n": 1.50, "yes": true, "gone": null}\n\n{"q": "b", "n": 12345678901234567890, "list": [1, {"x": 2.0}]}\n'
    source = read_table(lines, "a.jsonl")
    assert source.table is not None and source.table.columns == ("q", "n", "yes", "gone", "list")
    assert body(source) == [("a", "1.50", "true", "", ""), ("b", "12345678901234567890", "", "", '[1, {"x": 2.0}]')]
    assert list(source.table.numbers) == [1, 3]


@pytest.mark.parametrize(
    "data",
    [
        json.dumps([{"q": "é", "a": "b"}, {"q": "c", "a": "d"}]),
        json.dumps([{"q": "é", "a": "b"}, {"q": "c", "a": "d"}], indent=2, ensure_ascii=False),
        json.dumps({"version": 1, "data": [{"q": "é", "a": "b"}, {"q": "c", "a": "d"}]}),
        json.dumps({"q": "é", "a": "b"}, indent=2) + "\n" + json.dumps({"q": "c", "a": "d"}, indent=2),
        '{"q": "é", "a": "b"}\r{"q": "c", "a": "d"}\r',
    ],
)
def test_json_in_its_layouts(data: str) -> None:
    source = read_table(data.encode(), "a.json")
    assert source.table is not None and source.table.columns == ("q", "a")
    assert body(source) == [("é", "b"), ("c", "d")]
    assert list(source.table.numbers) == [1, 2]


def test_one_broken_json_line_costs_only_itself() -> None:
    source = read_table(b'{"q": "a", "a": "b"}\n{"q": "cut of\n[1]\n{"q": "c", "a": "d"}\n', "a.jsonl")
    assert body(source) == [("a", "b"), ("c", "d")]
    assert found(source) == {"bad_json_line": (2,), "not_a_record": (3,)}
    assert {finding.severity for finding in source.findings} == {"warning"}


def test_an_array_that_was_cut_off_gives_what_it_has() -> None:
    source = read_table(b'[\n{"q": "a", "a": "b"},\n{"q": "c", "a": "d"},\n{"q": "e', "a.json")
    assert body(source) == [("a", "b"), ("c", "d")]
    assert found(source) == {"bad_json_line": (3,)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("layout", ["lines", "windows", "mac", "array", "pretty"])
def test_chat_files_in_any_encoding_and_layout(encoding: str, layout: str) -> None:
    record = json.loads(CHAT)
    text = {
        "lines": f"{CHAT}\n" * 3,
        "windows": f"{CHAT}\r\n" * 3,
        "mac": f"{CHAT}\r" * 3,
        "array": json.dumps([record] * 3, ensure_ascii=False),
        "pretty": "\n".join([json.dumps(record, indent=2, ensure_ascii=False)] * 3),
    }[layout]
    source = read_table(text.encode(encoding), "chat.jsonl")
    assert source.kind == "chat" and [f.code for f in source.findings] == (["windows_line_ends"] if layout == "windows" else [])
    assert [(example.row, example.question, example.answer) for example in source.examples] == [(row, "Où?", "Là.") for row in (1, 2, 3)]


def test_a_chat_file_with_a_broken_line_keeps_the_good_ones() -> None:
    source = read_table(f'{CHAT}\n{{"messages": [{{"role"\n\n{CHAT}\n'.encode(), "chat.jsonl")
    assert [example.row for example in source.examples] == [1, 4]
    assert found(source) == {"bad_json_line": (2,), "blank_line": (3,)}
    broken = source.findings[0]
    assert broken.severity == "warning" and broken.repair == "drop_bad_lines" and "line 2" in broken.server_words


def test_a_cut_off_array_of_chats_keeps_its_numbers() -> None:
    source = read_table(f"[\n{CHAT},\n{{broken,\n{CHAT},\n{CHAT[:40]}".encode(), "chat.json")
    assert [example.row for example in source.examples] == [1, 3]
    assert found(source) == {"bad_json_line": (2, 4)}


REFUSED: dict[str, tuple[bytes, type[InputError], str]] = {
    "nothing": (b"", EmptyFile, "empty"),
    "blanks": (b" \r\n\t\n ", EmptyFile, "empty"),
    "only a byte order mark": (codecs.BOM_UTF8, EmptyFile, "empty"),
    "only delimiters": (b",,,\n,,,\n", EmptyFile, "empty"),
    "only a header": (b"question,answer\n", EmptyFile, "header"),
    "an empty list": (b"[]", EmptyFile, "empty"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, UnreadableFile, "Excel"),
    "pdf": (b"%PDF-1.7\n%abc", UnreadableFile, "PDF"),
    "rtf": (b"{\\rtf1\\ansi hello}", UnreadableFile, "rich text"),
    "gzip": (gzip.compress(b"q,a\nx,y\n"), UnreadableFile, "gzip"),
    "parquet": (b"PAR1\x15\x04", UnreadableFile, "Parquet"),
    "picture": (b"\x89PNG\r\n\x1a\n", UnreadableFile, "picture"),
    "web page": (b"\n<!DOCTYPE html><html><body>Log in</body></html>", UnreadableFile, "web page"),
    "noise": (random.Random(1).randbytes(5_000), UnreadableFile, "not a text file"),
    "zeros": (b"\0" * 50_000_000, UnreadableFile, "not a text file"),
    "a JSON text": (b'"hello"', UnreadableFile, "records"),
    "a JSON list of numbers": (b"[" + b"1," * 20_000_000 + b"1]", UnreadableFile, "records"),
    "deep JSON list": (b"[" * 1_000_000, UnreadableFile, "records"),
    "deep JSON object": (b'{"a":' * 500_000, UnreadableFile, "JSON"),
    "JSON nested 900 deep": (b'{"q": ' + b"[" * 900 + b"]" * 900 + b"}", UnreadableFile, "nested|JSON"),
    "chat nested 900 deep": (b'[{"messages": ' + b"[" * 900 + b"]" * 900 + b"}]", UnreadableFile, "nested|JSON|conversation"),
    "not JSON at all": (b"hello\nthere\n", UnreadableFile, "JSON"),
    "JSON with a cell of 50 MB": (b'{"q": "' + b"x" * 50_000_000 + b'"}', TooLarge, "more than 2000000 characters"),
    "a chat line of 3 MB": (CHAT.replace("Là.", "x" * 3_000_000).encode(), TooLarge, "more than 2000000 characters"),
    "a million columns": (b",".join([b"a"] * 1_000_000) + b"\n1\n", TooLarge, "1000000 columns"),
    "a million quoted columns": (b",".join([b'"a"'] * 1_000_000) + b"\n1\n", TooLarge, "Line 1"),
    "3,000 quoted columns": (b",".join([b'"a"'] * 3_000) + b"\n1,2\n", TooLarge, "3000 columns"),
    "3,000 keys": (("[" + ",".join(f'{{"k{i}": 1}}' for i in range(3_000)) + "]").encode(), TooLarge, "names of fields"),
    "a line of 50 MB": (b"q,a\n" + b"x" * 50_000_000, TooLarge, "Line 2"),
    "50 MB of commas": (b"q,a\n" + b"," * 50_000_000, TooLarge, "Line 2"),
    "50 MB of quotes": (b"q,a\n" + b'"' * 50_000_000, TooLarge, "Line 2"),
    "50 MB of line ends": (b"q,a\n" + b"\n" * 50_000_000, TooLarge, "lines"),
    "a cell over the limit": (b"q,a\n" + b"x" * 120_000 + b",b\n", TooLarge, "row 2"),
    "a cell far over it": (b"q,a\nx,y\n" + b"x" * 150_000 + b",b\n", TooLarge, "row 3"),
}
AS_JSON = {"a JSON text", "a JSON list of numbers", "deep JSON list", "deep JSON object", "not JSON at all", "an empty list"}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_used_is_refused_quickly_with_a_way_on(kind: str) -> None:
    data, error, words = REFUSED[kind]
    start = time.process_time()
    with pytest.raises(error, match=words) as refused:
        read_table(data, "file.json" if kind in AS_JSON else "file.csv")
    assert time.process_time() - start < 2.5, "under 0.7 s on an idle machine; nothing here may grow with what the file pretends to be"
    assert refused.value.hint.format(**refused.value.params)


def test_limits_name_the_figure() -> None:
    few = Limits(bytes=1_000, rows=5, columns=3, cell=20, line=100)
    for rows, words in (
        ([("q", "a"), *[("x", "y")] * 6], "6 rows"),
        ([("q", "a", "b", "c"), ("x", "y", "z", "w")], "4 columns"),
        ([("q", "a"), ("x" * 21, "y")], "21 characters"),
        ([("q", "a"), ("x" * 101, "y")], "Line 2 is 10"),
    ):
        with pytest.raises(TooLarge, match=words):
            read_table(csv_bytes(rows), "a.csv", limits=few)
    with pytest.raises(TooLarge, match=r"0\.0 MB"):
        read_table(b"x" * 1_001, "a.csv", limits=few)
    with pytest.raises(TooLarge, match="more than 5 records"):
        read_table(f"{CHAT}\n".encode() * 6, "a.jsonl", limits=Limits(rows=5))


_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\ufffd", include_characters="\n\r\t\x85")
_CELL = st.text(_LETTERS, max_size=30)


@settings(deadline=None, max_examples=150)
@given(
    cells=st.lists(st.tuples(_CELL.filter(str.strip), _CELL), min_size=1, max_size=25),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_table_comes_back_cell_for_cell(cells: list[tuple[str, str]], delimiter: str, encoding: str, end: str) -> None:
    data = csv_bytes([("the question", "the answer"), *cells], delimiter=delimiter, encoding=encoding, end=end)
    source = read_table(data, "a.csv", choices=Choices(header=True, delimiter=delimiter))
    assert body(source) == cells
    assert source.table is not None and list(source.table.numbers) == list(range(2, len(cells) + 2))
    assert source.findings == ()


@settings(deadline=None, max_examples=400)
@given(
    data=st.one_of(
        st.binary(max_size=400),
        st.text('ab",;|\t\n\r {}[]:\\\x00é“', max_size=300).map(str.encode),
        st.text('ab",;\nÄé“’', max_size=300).map(lambda text: text.encode("cp1252")),
    ),
    name=st.sampled_from(["a.csv", "b.jsonl", "c"]),
    choices=st.just(Choices())
    | st.builds(
        Choices,
        st.sampled_from([None, "utf-8", "utf-7", "idna", "punycode", "hex", "undefined", "x\0y", "cp1252"]),
        st.sampled_from([None, ",", "tab", '"', "\n", "two", " ", "é", "a"]),
        st.none() | st.booleans(),
    ),
)
def test_no_bytes_and_no_choices_make_it_stumble(data: bytes, name: str, choices: Choices) -> None:
    try:
        source = read_table(data, name, choices=choices)
    except InputError as refused:
        assert str(refused) and refused.hint.format(**refused.params)
    else:
        assert source.size > 0


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(st.text('ab "', max_size=6), min_size=1, max_size=4), min_size=2, max_size=20))
def test_no_text_is_lost_however_the_quotes_stand(rows: list[list[str]]) -> None:
    """Written without any quoting, so that quotes stand anywhere: every letter of the file is still in the table."""
    data = "head,er\n" + "\n".join(",".join(cells) for cells in rows) + "\n"
    try:
        source = read_table(data.encode(), "a.csv", choices=Choices(delimiter=",", header=True))
    except EmptyFile:
        assert not "".join(cell for cells in rows for cell in cells).strip('"\n ') or len(rows) < 2
        return
    assert source.table is not None
    letters = sorted(sign for cells in rows for cell in cells for sign in cell if sign in "ab")
    assert sorted(sign for row in source.table.rows for cell in row for sign in cell if sign in "ab") == letters


@pytest.mark.slow
def test_fifty_thousand_rows_are_read_in_two_seconds() -> None:
    order = random.Random(3)
    rows = [("id", "question", "label"), *((str(i), f"What, about {order.random()} and so on and on?", f"l{i % 9}") for i in range(50_000))]
    data = csv_bytes(rows)
    start = time.process_time()
    assert read_table(data, "a.csv").size == 50_000
    assert time.process_time() - start < 2


def test_the_original_sensor_table(seed_data: Path) -> None:
    source = read_table((seed_data / "sensor_raw.csv").read_bytes(), "sensor_raw.csv")
    assert source.table is not None
    assert (len(source.table.columns), len(source.table.rows)) == (36, 1074)
    assert source.decisions[1].params["delimiter"] == ";"
    assert source.findings == ()
