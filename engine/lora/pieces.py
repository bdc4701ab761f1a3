"""From the bytes of single tokens to text that may be shown: only whole characters, and nothing that may yet become a stop text."""

import codecs
from collections.abc import Sequence


class Pieces:
    """The text of one answer as it grows."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        # bytes that belong to a character which is not whole yet wait inside; bytes that can be no text become U+FFFD
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False

    def add(self, data: bytes) -> str:
        """Take in one token; what of the text may be shown now. After a stop text nothing more comes."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(data)
        cuts = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if cuts:
            self.stopped = True
            shown, self._held = self._held[: min(cuts)], ""
            return shown
        safe = len(self._held) - max((_overlap(self._held, stop) for stop in self._stops), default=0)
        shown, self._held = self._held[:safe], self._held[safe:]
        return shown

    def rest(self) -> str:
        """What was held back, once the answer is over; half a character is dropped."""
        rest, self._held = self._held, ""
        return rest


def _overlap(text: str, stop: str) -> int:
    """How much of the end of the text could be the beginning of the stop text."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if stop.startswith(text[-size:])), 0)
