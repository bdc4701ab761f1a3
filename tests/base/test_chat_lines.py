"""A file is read line after line without a copy of it, and into the very lines that cutting it whole would give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base import chat_format
from core.base.chat_format import parse_jsonl

LINE = b'{"messages": [{"role": "user", "content": "Why?"}]}'


@given(st.lists(st.sampled_from([LINE, b"x", b" ", b"\n", b"\r", b"\t", b"\x0b", b"\r\n"]), max_size=14).map(b"".join))
def test_the_lines_are_those_of_a_file_cut_at_once(tail: bytes) -> None:
    data, seen = LINE + b"\n" + tail, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chat_format, "_TAIL", 3)
        patch.setattr(chat_format._Reader, "line", lambda reader, row, line: seen.append((row, line)))
        found = {finding.code for finding in parse_jsonl(data).findings}
    lines = data.rstrip().split(b"\n")
    assert seen == list(enumerate(lines, start=1))
    assert ("windows_line_ends" in found) == any(line.endswith(b"\r") for line in lines)


def test_texts_that_come_back_are_held_once() -> None:
    one, other = parse_jsonl(LINE + b"\n" + LINE).examples
    assert one.messages[0].content is other.messages[0].content and one.messages[0].extra is other.messages[0].extra
