"""Bytes become text: byte order marks, UTF-8, UTF-16, the Windows code pages and the doubtful rest, or a refusal that says what it is."""

import codecs
import re
from collections.abc import Collection
from dataclasses import dataclass

from core.base.errors import N_, UnreadableFile
from core.base.types import Reason

# What a Western text in cp1252 may hold beside ASCII. Left out on purpose: bytes that stand for letters of the other code pages
# (š ž þ ð ý ¹ ³ and the undefined ones), so that Polish, Czech, Turkish or Cyrillic text is never taken for Western.
_WESTERN = frozenset("àâäáãåæçèéêëìíîïñòóôöõøœùúûüÿßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØŒÙÚÛÜŸ‘’‚“”„–—…•€£¥©®™°«»‹›·¿¡§ºª±×½¼²µ\xa0")
# Turkish differs from Western in six letters only, which every other code page has as well: named here, before statistics can go wrong.
_TURKISH = frozenset("çğıöşüâîûÇĞİÖŞÜ‘’“”–—…")
_QUOTE_IN_WORD = re.compile(r"[^\W\d_][‚„”“…–•][^\W\d_]")
# Tried by charset-normalizer where neither UTF-8 nor cp1252 fits; its other 80 code pages only add wrong guesses on short texts.
_CODE_PAGES = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1256",
    "cp874",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
    "mac_roman",
    "cp850",
]
_SAMPLE = 65_536
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le")  # an .xlsx with a password hides in a file of the old kind

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAVE_AS_XLSX = N_("Open it in Excel, choose File > Save as > Excel workbook (.xlsx), without a password, then choose that file here.")
_UNPACK = N_("Unpack it first, then choose the one file that holds the table.")
_TABLE_INSIDE = N_("Copy the table into a spreadsheet and save that as CSV (UTF-8).")
_EXPORT = N_("Export the table as CSV (UTF-8) with the program that made it.")
_WEB = N_("A download that needs a login often gives a page instead of the file. Download it again, or copy the table into a spreadsheet.")
_SIGNATURES = (
    (_OLD_OFFICE, N_("This is an old Word or PowerPoint file (.doc, .ppt)."), _TABLE_INSIDE),
    (b"%PDF", N_("This is a PDF."), _TABLE_INSIDE),
    (b"{\\rtf", N_("This is a rich text document."), _TABLE_INSIDE),
    (b"\x1f\x8b", N_("This is a compressed file (gzip)."), _UNPACK),
    (b"7z\xbc\xaf", N_("This is a compressed file (7z)."), _UNPACK),
    (b"Rar!", N_("This is a compressed file (RAR)."), _UNPACK),
    (b"BZh", N_("This is a compressed file (bzip2)."), _UNPACK),
    (b"\x28\xb5\x2f\xfd", N_("This is a compressed file (zstd)."), _UNPACK),
    (b"SQLite format 3", N_("This is a database file."), _EXPORT),
    (b"\x89PNG", N_("This is a picture."), _TABLE_INSIDE),
    (b"\xff\xd8\xff", N_("This is a picture."), _TABLE_INSIDE),
    (b"GIF8", N_("This is a picture."), _TABLE_INSIDE),
)
_DOCUMENTS = (
    ("word/document.xml", N_("This is a Word document."), _TABLE_INSIDE),
    ("ppt/presentation.xml", N_("This is a presentation."), _TABLE_INSIDE),
    (
        "META-INF/manifest.xml",
        N_("This is a LibreOffice document."),
        N_("Open it and choose File > Save as > Excel 2007–365 (.xlsx) or Text CSV, then choose that file here."),
    ),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, and which encoding was taken and why."""

    text: str
    reason: Reason


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The file as text; `encoding` overrules the guess. Raises UnreadableFile for what is no text, with a way on."""
    _refuse_binary(data)
    if encoding is not None:
        return Decoded(_by_choice(data, encoding), Reason("encoding_chosen", {"encoding": encoding}))
    for mark, name in _MARKS:
        if data.startswith(mark):
            text = data.decode(name, errors="replace").removeprefix("\ufeff")
            return Decoded(text, Reason("encoding_marked", {"encoding": name}))
    wide = _utf16_without_mark(data)
    if wide is not None:
        return Decoded(data.decode(wide, errors="replace"), Reason("encoding_utf16", {"encoding": wide}))
    _refuse_control_bytes(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(data)
    return Decoded(text, Reason("encoding_ascii" if text.isascii() else "encoding_utf8", {"encoding": "utf-8"}))


def _by_choice(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, errors="replace").removeprefix("\ufeff")
    except (LookupError, ValueError):  # unknown, no encoding of text, or one that takes no damage
        raise UnreadableFile(N_("There is no encoding called {encoding}."), N_("Choose one of the list."), encoding=encoding) from None


def _refuse_binary(data: bytes) -> None:
    """Recognise what is often chosen by mistake, so that the way on fits it."""
    if data[:1_000].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise UnreadableFile(N_("This is a web page, not a table."), _WEB)
    if data.startswith(_OLD_OFFICE) and _LOCKED in data[:_SAMPLE] + data[-_SAMPLE:]:
        raise UnreadableFile(N_("This file is protected by a password."), _SAVE_AS_XLSX)
    for signature, message, hint in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableFile(message, hint)


def refuse_document(names: Collection[str]) -> None:
    """Recognise by its files a zip that is a document of an office program and no table. Raises UnreadableFile."""
    for part, message, hint in _DOCUMENTS:
        if part in names:
            raise UnreadableFile(message, hint)


def _utf16_without_mark(data: bytes) -> str | None:
    """Mostly Latin text in UTF-16 has a NUL in every second byte; no other text has any."""
    sample = data[:_SAMPLE]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0) / len(sample[0::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else None


def _refuse_control_bytes(data: bytes) -> None:
    """Noise has a control byte in nine, programs and pictures more; a table whose every short cell ends in a NUL stays below 1 in 12."""
    sample = data[:_SAMPLE]
    control = len(sample) - len(sample.translate(None, bytes(range(9)) + b"\x0b" + bytes(range(14, 27)) + bytes(range(28, 32)) + b"\x7f"))
    if control * 12 > len(sample):
        raise UnreadableFile(N_("This is not a text file."), N_("Choose an Excel, CSV or JSON file."))


def _not_utf8(data: bytes) -> Decoded:
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    broken = [line for line in lines if not _is_utf8(line)]
    if len(broken) * 2 <= len(lines):
        # UTF-8 with some lines of another origin, as when two exports were joined: each such line is read as Windows text
        text = "\n".join(line.decode("utf-8") if _is_utf8(line) else line.decode("cp1252", errors="replace") for line in data.split(b"\n"))
        return Decoded(text, Reason("encoding_mixed", {"encoding": "utf-8", "lines": len(broken)}))
    sample = b"\n".join(broken)[:_SAMPLE]
    encoding = "cp1252" if _fits(sample, "cp1252", _WESTERN) else "cp1254" if _fits(sample, "cp1254", _TURKISH) else _by_statistics(sample)
    return Decoded(data.decode(encoding, errors="replace"), Reason("encoding_guessed", {"encoding": encoding}))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _fits(sample: bytes, encoding: str, signs: frozenset[str]) -> bool:
    """Whether the sample, read so, holds no sign beside ASCII but these, and no quotation mark in the middle of a word."""
    text = sample.decode(encoding, errors="replace")
    return {char for char in text if not char.isascii()} <= signs and not _QUOTE_IN_WORD.search(text)


def _by_statistics(sample: bytes) -> str:
    """charset-normalizer's best guess; where it has none or cannot tell from Western European, cp1252, which Windows writes most."""
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=_CODE_PAGES)
    best = matches.best()
    return "cp1252" if best is None else best.encoding
