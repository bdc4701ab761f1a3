"""JSON is measured in one pass before anything reads it: its values, its records, its longest text, and never more than is allowed.

Reading first and counting afterwards took 89 s and gigabytes for 120 MB of one array of numbers, and 44 s for an array of three million
records; this refuses either within a second. What it counts in a file that is no JSON is of no matter: reading refuses that.
"""

from core.base.errors import N_, TooLarge
from core.prepare.source import Limits

_PIECE = 1 << 20  # characters
_DEEPEST = 10_000  # brackets: Python's reader gives up at a tenth of that, so that there is nothing to measure
_QUOTE, _COMMA, _BRACE, _BRACKET = b'",{['
_OTHERS = bytes(set(range(256)) - set(b'",{}[]'))


class _Tally:
    """What was counted so far, and where in a text or in brackets the last piece ended."""

    def __init__(self, begins: str) -> None:
        self.values, self.depth, self.text = 0, 0, 0
        self.inside = self.escaped = False
        self.records = [0, 0, 0]  # objects by the number of brackets around them
        self._array = begins == "["

    @property
    def rows(self) -> int:
        """Objects of an array; objects one after another; or, where there is only one, what its lists hold."""
        return self.records[1] if self._array else self.records[0] if self.records[0] > 1 else self.records[2]

    def end_line(self, begins_anew: bool) -> None:
        """No text goes on over the end of a line, and no object over the beginning of the next: a broken one disturbs no other piece."""
        self.inside = self.escaped = False
        if begins_anew and not self._array:
            self.depth = 0

    def add(self, piece: str) -> None:
        import numpy as np

        raw = piece.encode("utf-8", "surrogatepass")
        if self.escaped:
            raw = b"_" + raw[1:]
        if b"\\" in raw:
            raw = raw.replace(rb"\\", b"__").replace(rb"\"", b"__")
        self.escaped = raw.endswith(b"\\")
        at = raw.rfind(b'"')
        self.text = self.text + len(raw) if at < 0 else len(raw) - at
        signs = np.frombuffer(raw.translate(None, _OTHERS), np.uint8)
        if not len(signs):
            return
        quotes = np.add.accumulate(signs == _QUOTE, dtype=np.uint8)  # modulo 256, which leaves odd and even as they are
        outside = (quotes + np.uint8(self.inside)) & 1 == 0
        self.inside = not outside[-1]
        signs = signs[outside]
        self.values += int(np.count_nonzero(signs == _COMMA))
        brackets = signs[(signs != _COMMA) & (signs != _QUOTE)]
        opened = (brackets == _BRACE) | (brackets == _BRACKET)
        depths = np.add.accumulate(np.where(opened, 1, -1), dtype=np.int32) + self.depth
        self.depth = int(depths[-1]) if len(depths) else self.depth
        around = depths[brackets == _BRACE] - 1
        for depth in range(3):
            self.records[depth] += int(np.count_nonzero(around == depth))


def bound_json(text: str, limits: Limits) -> None:
    """Raise TooLarge for more values or records than are taken, and for a text that is longer than any line may be."""
    tally = _Tally(text[:_PIECE].lstrip()[:1])
    at = 0
    while at < len(text) and tally.depth < _DEEPEST:
        end = at + _PIECE
        line_end = text.rfind("\n", at, end) + 1
        if line_end and end < len(text):
            end = line_end
        tally.add(text[at:end])
        at = end
        if line_end:
            tally.end_line(begins_anew=text[at : at + 1] == "{" and text[max(0, at - 3) : at].rstrip()[-1:] not in (",", "[", ":"))
        if tally.values > limits.values:
            raise TooLarge(N_("This file holds more than {limit} values."), limit=limits.values)
        if tally.rows > limits.rows:
            raise TooLarge(N_("This file holds more than {limit} records."), limit=limits.rows)
        if tally.inside and tally.text > limits.line:
            raise TooLarge(N_("A text in this file is more than {limit} characters long."), limit=limits.line)
