"""A stream out of the container that Office files of before 2007 are: sectors in chains, as a disk of that time had them."""

import struct
from collections.abc import Iterator

_NO_SECTOR = 0xFFFF_FFFA  # from here on a number marks the end of a chain, or no sector at all
_HEADER = 512
_ENTRY = 128  # bytes of an entry of the directory
_ROOT, _STREAM = 5, 2


def stream(data: bytes, *names: str) -> bytes:
    """The first stream of one of these names; empty where there is none, and cut short where the container is damaged."""
    if len(data) < _HEADER:
        return b""
    big, small = (1 << min(shift, 16) for shift in struct.unpack_from("<HH", data, 30))
    (first_directory,), (cutoff, first_small, _, first_more) = struct.unpack_from("<L", data, 48), struct.unpack_from("<4L", data, 56)
    table = _numbers(b"".join(_sector(data, at, big) for at in _table_sectors(data, big, first_more)))
    entries = list(_entries(_chained(data, table, first_directory, big)))
    root = next((entry for entry in entries if entry[1] == _ROOT), None)
    for name, kind, start, size in entries:
        if kind != _STREAM or name not in names:
            continue
        if size >= cutoff or root is None:
            return _chained(data, table, start, big)[:size]
        # what is small lies in a stream of its own, in smaller sectors
        inner, inner_table = _chained(data, table, root[2], big), _numbers(_chained(data, table, first_small, big))
        return b"".join(inner[at * small : (at + 1) * small] for at in _chain(inner_table, start))[:size]
    return b""


def _table_sectors(data: bytes, big: int, more: int) -> list[int]:
    """The sectors of the table of sectors: the first 109 stand in the header, the others in a chain that their last number leads on."""
    found = list(struct.unpack_from("<109L", data, 76))
    for _ in range(len(data) // big + 1):
        if more >= _NO_SECTOR:
            break
        numbers = _numbers(_sector(data, more, big))
        if not numbers:
            break
        found += numbers[:-1]
        more = numbers[-1]
    return [at for at in dict.fromkeys(found) if at < _NO_SECTOR]


def _entries(directory: bytes) -> Iterator[tuple[str, int, int, int]]:
    """Name, kind, first sector and size of each entry."""
    for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        length, kind = struct.unpack_from("<HB", directory, at + 64)
        start, size = struct.unpack_from("<LL", directory, at + 116)
        yield directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"), kind, start, size


def _chained(data: bytes, table: tuple[int, ...], start: int, size: int) -> bytes:
    return b"".join(_sector(data, at, size) for at in _chain(table, start))


def _chain(table: tuple[int, ...], at: int) -> Iterator[int]:
    """The sectors from this one on; a chain that leads back into itself ends there."""
    seen = set[int]()
    while at < len(table) and at not in seen:
        seen.add(at)
        yield at
        at = table[at]


def _sector(data: bytes, at: int, size: int) -> bytes:
    start = max(_HEADER, size) + at * size
    return data[start : start + size]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}L", data[: len(data) // 4 * 4])
