"""Training examples to JSONL and back, the way the server reads it: one strict JSON object on each physical line.

`to_line` and `write_jsonl` write; `parse_jsonl` reads into examples and findings; `check_examples` and `check_file` add the server's rules.
A file too large for the memory is read line by line: `lies_in_lines`, `line_reader`.

What a line cannot say plainly
 - A message's content that is not a string (typed parts, null, a number) and a role that is not one stay, as they were, in
   `Message.extra["content"]` and `extra["role"]`; `content` then holds the readable text of it. Writing puts the original back.
 - Half a surrogate pair (left by tools that cut text at 16 bits) has no UTF-8: it is read and written as U+FFFD, and found.
 - U+0085, U+2028 and U+2029 are written as escapes: the value is the same, and no tool takes them for the end of a line.

Rows are physical lines, the first is 1. Where records do not lie one on a line (json_array, pretty_printed) they are the records' numbers.

Codes of `parse_jsonl`
 error    the record is left out: bad_json_line, smart_quotes, nan_value, not_chat, not_utf8
          it is read all the same: byte_order_mark, json_array, pretty_printed, old_mac_lines, not_utf8 with params["encoding"]; empty_file
 warning  duplicate_key (the last one counts), lone_surrogate, blank_line
 info     windows_line_ends
Codes of `check_examples` are listed in `chat_rules`. At most `max_findings` of each code are listed; `more_findings` then counts the rest.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.base import chat_rules
from core.base.chat_records import NOTHING, Shared, kind_of, read_message
from core.base.finding_list import FindingList
from core.base.strict_json import Decoded, StrictDecoder, WrongJSON, whole_text
from core.base.types import Example, Finding, Message, Severity

MIN_EXAMPLES = 10
MAX_FINDINGS = 1000
_TAIL = 65_536
_AWKWARD = re.compile("[\u0085\u2028\u2029\ud800-\udfff]")
_LINE_SEPARATORS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NOT_CHAT_WORDS = "Unexpected file format, expected either prompt/completion pairs or chat messages."


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a JSONL file held: the examples that could be read, and what was wrong with it."""

    examples: tuple[Example, ...]
    findings: tuple[Finding, ...]


def to_line(example: Example) -> str:
    """The exact training line of an example, without its line end; ValueError for a NaN that code put into `extra`."""
    return json_line({"messages": [to_record(message) for message in example.messages], **example.extra})


def to_record(message: Message) -> dict[str, Any]:
    """A message as its line has it."""
    return {"role": message.role, "content": message.content, **message.extra}


def json_line(record: Mapping[str, Any]) -> str:
    """One object as one physical line, without its line end; ValueError for a NaN in it."""
    line = json.dumps(record, ensure_ascii=False, allow_nan=False)
    if _AWKWARD.search(line):
        line = whole_text(line).translate(_LINE_SEPARATORS)
    return line


def write_jsonl(examples: Iterable[Example]) -> bytes:
    """The file to upload: UTF-8 without a byte order mark, one line an example, each ended by a line feed."""
    return "".join(to_line(example) + "\n" for example in examples).encode("utf-8")


def parse_jsonl(data: bytes, *, max_findings: int = MAX_FINDINGS) -> Parsed:
    """Read every line that can be read and find what is wrong with the rest; never raises for what the bytes hold."""
    reader = _Reader(max_findings)
    reader.read(data)
    return Parsed(tuple(reader.examples), tuple(reader.findings.result()))


def check_examples(
    data: Parsed | Sequence[Example], *, min_examples: int = MIN_EXAMPLES, max_findings: int = MAX_FINDINGS
) -> list[Finding]:
    """Everything for which the server would refuse these examples; what was found while parsing comes first."""
    found = FindingList(max_findings)
    if isinstance(data, Parsed):
        found.extend(data.findings)
        data = data.examples
    found.extend(chat_rules.check(data, min_examples=min_examples))
    return found.result()


def check_file(data: bytes, *, min_examples: int = MIN_EXAMPLES, max_findings: int = MAX_FINDINGS) -> list[Finding]:
    """The findings of a file as it was uploaded: parsing and rules together."""
    return check_examples(parse_jsonl(data, max_findings=max_findings), min_examples=min_examples, max_findings=max_findings)


def lies_in_lines(head: bytes) -> bool:
    """Whether `parse_jsonl` takes a file that begins with `head` line by line; False too where the head does not tell.

    Of such a file every line may be read by itself (`line_reader`), after the white space at the end of the file has been cut off.
    """
    return _Reader(0).lies_in_lines(head)


def line_reader() -> Callable[[bytes], Example | None]:
    """A function that gives the example of one physical line, as `parse_jsonl` reads it (row 1), or None where it leaves the line out."""
    reader = _Reader(0)

    def read(line: bytes) -> Example | None:
        reader.line(1, line)
        return reader.examples.pop() if reader.examples else None

    return read


class _Reader:
    """One pass over one file."""

    def __init__(self, max_findings: int) -> None:
        self.examples: list[Example] = []
        self.findings = FindingList(max_findings)
        self._json = StrictDecoder()
        self._shared = Shared()

    def read(self, data: bytes) -> None:
        data = self._without_mark(data)
        if not data or data.isspace():
            self._find("empty_file", "error", code=chat_rules.INVALID_FILE)
        elif not (self._array(data) or self._pretty_printed(data)):
            self._lines(data)

    def _without_mark(self, data: bytes) -> bytes:
        if data.startswith(codecs.BOM_UTF8):
            self._bad_line("byte_order_mark", 1, "unexpected byte order mark: line 1 column 1 (char 0)")
            return data.removeprefix(codecs.BOM_UTF8)
        for mark, encoding in _UTF16.items():
            if data.startswith(mark):
                self._bad_line("not_utf8", 1, "the file is not UTF-8", encoding=encoding)
                return data.removeprefix(mark).decode(encoding, errors="replace").encode("utf-8")
        return data

    def _array(self, data: bytes) -> bool:
        """Read a file that is one JSON array of records; False where it is none, or one on each line."""
        start = data.lstrip()
        text = _text(data) if start.startswith(b"[") else None
        if text is None or (b"\n" in start.rstrip() and self._stands_alone(start)):
            return False
        self._bad_line("json_array", 1, "expected an object, found an array: line 1 column 1 (char 0)")
        self._numbered(self._json.decode_many(text, text.index("[") + 1, until="]"))
        return True

    def _pretty_printed(self, data: bytes) -> bool:
        """Read a file whose objects run over several lines; False where its first line stands by itself."""
        start = data.lstrip()
        if not start.startswith(b"{") or b"\n" not in start or self._stands_alone(start):
            return False
        text = _text(data)
        if text is None:
            return False
        try:
            next(self._json.decode_many(text))
        except WrongJSON:
            return False
        self._bad_line("pretty_printed", 1, "unexpected end of line")
        self._numbered(self._json.decode_many(text))
        return True

    def lies_in_lines(self, head: bytes) -> bool:
        """Whether a file with this beginning, which reaches beyond its first line that is not blank, is read line by line."""
        start = head.lstrip()
        marked = head.startswith((codecs.BOM_UTF8, *_UTF16))
        return not marked and start.startswith(b"{") and b"\n" in start and self._stands_alone(start)

    def _stands_alone(self, data: bytes) -> bool:
        """Whether the first line of the data is a whole value, or broken in another way than by ending too soon."""
        try:
            self._json.decode(_text(data[: data.find(b"\n")] if b"\n" in data else data) or "")
        except WrongJSON as error:
            return error.kind != "cut_off"
        return True

    def _numbered(self, records: Iterator[Decoded]) -> None:
        number = 0
        try:
            for number, record in enumerate(records, start=1):
                self._record(number, record)
        except WrongJSON as error:
            self._wrong(number + 1, error)

    def _lines(self, data: bytes) -> None:
        end = b"\n"
        if b"\n" not in data and b"\r" in data.strip():
            self._bad_line("old_mac_lines", 1, "extra data")
            end = b"\r"
        stop = _end(data)
        if data.find(b"\r\n", 0, stop) >= 0:
            self._find("windows_line_ends", "info", 1)
        # one line after the other: all at once they would take the size of the file a second time
        row = start = 0
        while start <= stop:
            at = data.find(end, start, stop)
            row, after = row + 1, stop if at < 0 else at
            self.line(row, data[start:after])
            start = after + 1

    def line(self, row: int, line: bytes) -> None:
        """One physical line, without its line feed."""
        text = _text(line)
        if text is None:
            self._bad_line("not_utf8", row, "the line is not UTF-8")
        elif not text.strip(" \t\r"):
            self._find("blank_line", "warning", row)
        else:
            try:
                record = self._json.decode(text)
            except WrongJSON as error:
                self._wrong(row, error)
            else:
                self._record(row, record)

    def _record(self, row: int, record: Decoded) -> None:
        for key in record.repeated_keys:
            self._find("duplicate_key", "warning", row, key=key)
        if record.lone_surrogates:
            self._find("lone_surrogate", "warning", row)
        if record.bad_numbers:
            for where, literal in record.bad_numbers:
                self._bad_line("nan_value", row, f"{literal} is not a JSON value", literal=literal, where=where)
            return
        value = record.value
        messages = value.get("messages") if isinstance(value, dict) else None
        if not isinstance(messages, list) or not messages:
            self._find("not_chat", "error", row, words=_NOT_CHAT_WORDS, code=chat_rules.INVALID_FILE, found=kind_of(value))
            return
        for number, message in enumerate(messages, start=1):
            if not isinstance(message, dict):
                words = chat_rules.NOT_AN_OBJECT
                self._find("not_chat", "error", row, words=words, code=chat_rules.INVALID_FORMAT, found="message", message=number)
                return
        extra = NOTHING if len(value) == 1 else {key: item for key, item in value.items() if key != "messages"}
        self.examples.append(Example(tuple([read_message(message, self._shared.of) for message in messages]), row, extra))

    def _wrong(self, row: int, error: WrongJSON) -> None:
        code = "smart_quotes" if error.kind == "smart_quotes" else "bad_json_line"
        self._bad_line(code, row, error.words, kind=error.kind, problem=error.words)

    def _bad_line(self, name: str, row: int, problem: str, /, **params: Any) -> None:
        words = f"Invalid file format. Example {row} cannot be parsed. Error: line contains invalid json: {problem} (line {row})"
        self._find(name, "error", row, words=words, code=chat_rules.INVALID_FORMAT, **params)

    def _find(self, name: str, severity: Severity, row: int | None = None, /, *, words: str = "", **params: Any) -> None:
        if not self.findings.crowded(name, severity):
            self.findings.add(Finding(name, severity, () if row is None else (row,), params, server_words=words))


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _end(data: bytes) -> int:
    """Where the data ends once the white space behind it is left off, without a copy of the rest."""
    end = len(data)
    while end and (kept := len(data[max(0, end - _TAIL) : end].rstrip())) < min(_TAIL, end):
        end += kept - min(_TAIL, end)
        if kept:
            break
    return end
