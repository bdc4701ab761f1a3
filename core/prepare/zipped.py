"""A zip is looked through before anything unpacks it: what its list says, what really comes out, and never more than is allowed."""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from core.base.errors import N_, TooLarge, UnreadableFile
from core.prepare.source import Limits

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_STEP = 1 << 20
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_ENCRYPTED = 0x41  # bit 0: with a password; bit 6: strongly
_TINY_BOMB = 10_000_000  # below this no ratio is suspicious: a short text of one letter shrinks a thousandfold, too
_BROKEN = N_("This compressed file is damaged.")
_AGAIN = N_("Download or copy it again, or save it anew with the program that made it.")
_PASSWORD = N_("This file is protected by a password.")
_WITHOUT = N_("Open it with its password, save a copy without one, then choose that copy here.")


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a zip: its name (never used as a path), its size when unpacked as the list gives it, and where it lies."""

    name: str
    size: int
    packed: int
    crc: int
    method: int
    at: int
    locked: bool


def is_zip(data: bytes) -> bool:
    """Whether this begins as a zip does."""
    return data.startswith(MAGIC)


def members(data: bytes, limits: Limits) -> tuple[Member, ...]:
    """The files in a zip, folders left out, before a byte is unpacked. Raises UnreadableFile, and TooLarge for an open bomb."""
    try:
        with ZipFile(BytesIO(data)) as found:
            infos = found.infolist()
    except (BadZipFile, ValueError, NotImplementedError, struct.error, UnicodeDecodeError) as error:
        raise UnreadableFile(_BROKEN, _AGAIN, details=str(error)) from None
    if len(infos) > limits.members:
        raise TooLarge(N_("There are {n} files in this one; this page takes up to {limit}."), n=len(infos), limit=limits.members)
    listed = tuple(_member(data, info) for info in infos if not info.is_dir())
    total = sum(member.size for member in listed)
    if total > limits.expanded:
        raise _too_large(total, limits)
    for member in listed:
        if member.size > _TINY_BOMB and member.size > limits.ratio * max(1, member.packed):
            raise TooLarge(
                N_("This file would swell to {times} times its size when unpacked; this page takes up to {limit} times."),
                N_("A file like this is made to fill a computer's memory. If it is yours, save it anew with the program that made it."),
                times=member.size // max(1, member.packed),
                limit=limits.ratio,
            )
    return listed


def chunks(data: bytes, member: Member) -> Iterator[bytes]:
    """The content of one file, piece by piece; stops with UnreadableFile where more or less comes out than the list promised.

    zipfile is not used for this: it stops at the promised size in silence, and what reads the file next may not.
    """
    if member.locked:
        raise UnreadableFile(_PASSWORD, _WITHOUT)
    raw = memoryview(data)[member.at : member.at + member.packed]
    if member.method == ZIP_STORED:
        pieces: Iterator[bytes] = (bytes(raw[at : at + _STEP]) for at in range(0, len(raw), _STEP))
    elif member.method == ZIP_DEFLATED:
        pieces = _inflated(raw)
    else:
        raise UnreadableFile(N_("This file is packed in a way that cannot be read here."), _AGAIN, details=f"method {member.method}")
    n, crc = 0, 0
    for piece in pieces:
        n += len(piece)
        if n > member.size:
            break
        crc = zlib.crc32(piece, crc)
        yield piece
    if n != member.size or crc != member.crc:
        raise UnreadableFile(_BROKEN, _AGAIN, details=f"{member.name}: {n} bytes, {member.size} promised")


def content(data: bytes, member: Member, limits: Limits) -> bytes:
    """One file unpacked whole. Raises TooLarge where that is more than a file of its own may have."""
    if member.size > limits.bytes:
        raise _too_large(member.size, limits, limits.bytes)
    return b"".join(chunks(data, member))


def packed_again(data: bytes, kept: Iterable[Member]) -> bytes:
    """A zip of only these members, their packed bytes unchanged, so that whoever reads it sees exactly what was looked at here.

    Two readers of one zip can see different files in it (names twice, a second list, lengths that do not agree).
    """
    out, listed = BytesIO(), BytesIO()
    count = 0
    for member in kept:
        name = member.name.encode("utf-8")
        facts = (0x800, member.method, 0, 0x21, member.crc, member.packed, member.size, len(name))  # 0x800: names are UTF-8; 0x21: 1980
        listed.write(_CENTRAL.pack(b"PK\x01\x02", 20, 20, *facts, 0, 0, 0, 0, 0, out.tell()) + name)
        out.write(_LOCAL.pack(b"PK\x03\x04", 20, *facts, 0) + name)
        out.write(memoryview(data)[member.at : member.at + member.packed])
        count += 1
    start = out.tell()
    out.write(listed.getvalue())
    out.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, len(listed.getvalue()), start, 0))
    return out.getvalue()


def by_name(found: Sequence[Member]) -> dict[str, Member]:
    """The members by name, of a name given twice the last one, as most programs take it."""
    return {member.name: member for member in found}


def _member(data: bytes, info: ZipInfo) -> Member:
    """Where the content lies: behind the local header, whose own lengths count."""
    head = data[info.header_offset : info.header_offset + _LOCAL.size]
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise UnreadableFile(_BROKEN, _AGAIN, details=f"no header at {info.header_offset}")
    *_, name_length, extra_length = _LOCAL.unpack(head)
    at = info.header_offset + _LOCAL.size + name_length + extra_length
    if at + info.compress_size > len(data):
        raise UnreadableFile(_BROKEN, _AGAIN, details=f"{info.filename} is cut off")
    return Member(info.filename, info.file_size, info.compress_size, info.CRC, info.compress_type, at, bool(info.flag_bits & _ENCRYPTED))


def _inflated(raw: memoryview) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(raw), _STEP):
            rest: bytes | memoryview = raw[at : at + _STEP]
            while rest:
                yield unpacker.decompress(rest, _STEP)
                rest = unpacker.unconsumed_tail
            if unpacker.eof:
                return
        while piece := unpacker.decompress(unpacker.unconsumed_tail, _STEP):
            yield piece
    except zlib.error as error:
        raise UnreadableFile(_BROKEN, _AGAIN, details=str(error)) from None


def _too_large(size: int, limits: Limits, most: int | None = None) -> TooLarge:
    return TooLarge(
        N_("Unpacked, this file has {size} MB; this page takes up to {limit} MB."),
        size=round(size / 1e6, 1),
        limit=round((most or limits.expanded) / 1e6),
    )
