"""A stretch of an open file as a file of its own, which says how far it was read: one part of an upload, never held in memory."""

import io
import os
from collections.abc import Callable
from typing import BinaryIO


class Stretch(io.RawIOBase):
    """`size` bytes from `start`; has no file number, by which the HTTP library would take the whole file's length for its own."""

    def __init__(self, file: BinaryIO, start: int, size: int, on_read: Callable[[int], None] = lambda n: None) -> None:
        super().__init__()
        self._file, self._start, self._size, self._on_read = file, start, size, on_read
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = min(max(0, base + offset), self._size)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, and tells `on_read` how many have been read in all."""
        left = self._size - self._at
        self._file.seek(self._start + self._at)
        data = self._file.read(left if size is None or size < 0 else min(size, left))
        self._at += len(data)
        if data:
            self._on_read(self._at)
        return data
