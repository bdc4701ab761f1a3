"""Large files of conversations in plain UTF-8, one a line: read as they are, where the general way would hold the text four times over.

Measured on 512 MB of conversations in several scripts: the general way, which makes text of the whole, then lines, then bytes again, took
8.3 GB. What comes out is the same; whatever is odd about a file (its line ends, its encoding, its size) is left to the general way.
"""

import codecs

from core.base.chat_format import lies_in_lines
from core.base.types import Reason
from core.prepare import jsonlike
from core.prepare.source import Limits

LARGE = 50_000_000  # bytes; below that the general way is quick and small enough
_HEAD = 4_000_000
_PIECE = 1 << 20
_SAMPLE = 65_536
_NO_TEXT = bytes({*range(9), 11, *range(14, 32), 127})


def plain_chat(data: bytes, limits: Limits) -> Reason | None:
    """How the bytes are encoded, if they may go to the reader of conversations as they are; None where the general way has to look."""
    head = data[:_HEAD]
    if len(data) < LARGE or not lies_in_lines(head) or b"\r" in data or b"\x00" in data or codecs.BOM_UTF8 in data:
        return None
    sample = data[:_SAMPLE]
    if len(sample.translate(None, _NO_TEXT)) < len(sample) or not _within(data, limits):
        return None
    whole = head[: head.rfind(b"\n") + 1]
    if not _is_utf8(data) or not jsonlike.is_chat(jsonlike.first_values(whole.decode("utf-8").split("\n"))):
        return None
    return Reason("encoding_ascii" if data.isascii() else "encoding_utf8", {"encoding": "utf-8"})


def _within(data: bytes, limits: Limits) -> bool:
    """Whether the file is surely within the limits: bytes for characters, and each comma and bracket for a value."""
    if data.count(b"\n") >= limits.rows or data.count(b",") + data.count(b"[") + data.count(b"{") > limits.values:
        return False
    at = 0
    while len(data) - at > limits.line:
        at = data.rfind(b"\n", at, at + limits.line) + 1
        if not at:
            return False
    return True


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _PIECE):
            decoder.decode(data[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
