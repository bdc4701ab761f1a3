"""Reading the head of a safetensors file ourselves: 8 bytes of length, then JSON; the numbers behind it are never read here.

The safetensors library checks the same when it loads; this look comes before, is bounded, and says in words what is wrong.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from engine.lora.refusals import Refused

MAX_HEADER = 32 * 2**20  # the library's own limit is 100 MB; 300 tensors take 36 KB
_MAX_TENSORS = 100_000
_MAX_NAME = 512
# bytes of one number; the small ones are for weights that were quantized, which cannot be trained
_WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1}
_FLOATS = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16"}
_SMALL = frozenset({"F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F4", "F6_E2M3", "F6_E3M2"})
_POINTER = b"version https://git-lfs"


@dataclass(frozen=True, slots=True)
class Weights:
    """What a safetensors file holds: its tensors' names, how many numbers, and how many of each kind."""

    names: frozenset[str]
    numbers: int
    kinds: Mapping[str, int]

    @property
    def dtype(self) -> str:
        """The kind that most of the numbers have."""
        floats = {_FLOATS[kind]: count for kind, count in self.kinds.items() if kind in _FLOATS}
        return max(floats, key=lambda kind: floats[kind]) if floats else ""


def read_weights(path: Path) -> Weights:
    """Read and check the head of one safetensors file; raises Refused."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        if (start + file.read(len(_POINTER) - 8)).startswith(_POINTER):
            raise Refused("pointer_file", file=path.name)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length < 2:
            raise _bad(path, "it is too short")
        if length > MAX_HEADER:
            raise _bad(path, "its table of contents is too large")
        if 8 + length > size:
            raise _bad(path, "it ends before its table of contents does")
        file.seek(8)
        raw = file.read(length)
    return _checked(path, _decoded(path, raw), size - 8 - length)


def _decoded(path: Path, raw: bytes) -> dict[str, Any]:
    if not raw.startswith(b"{"):
        raise _bad(path, "its table of contents is not JSON")
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    except _Twice as twice:
        raise _bad(path, "it names a tensor twice", str(twice)[:200]) from None
    except (ValueError, RecursionError) as error:
        raise _bad(path, "its table of contents is not JSON", str(error)[:200]) from None
    assert isinstance(found, dict)
    return found


class _Twice(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Twice(next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1))
    return made


def _checked(path: Path, header: dict[str, Any], room: int) -> Weights:
    notes = header.pop("__metadata__", {})
    if not isinstance(notes, dict) or not all(isinstance(value, str) for value in notes.values()):
        raise _bad(path, "its notes are not text")
    if not header or len(header) > _MAX_TENSORS:
        raise _bad(path, "it holds no tensors" if not header else "it holds too many tensors")
    kinds: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    for name, tensor in header.items():
        kind, numbers, span = _tensor(path, name, tensor)
        kinds[kind] = kinds.get(kind, 0) + numbers
        spans.append(span)
    end = 0
    for begin, stop in sorted(spans):
        if begin < end:
            raise _bad(path, "two of its tensors share bytes")
        if begin > end:
            raise _bad(path, "it holds bytes that belong to no tensor")
        end = stop
    if end != room:
        raise _bad(path, "it is shorter than its tensors" if end > room else "it holds bytes that belong to no tensor")
    return Weights(frozenset(header), sum(kinds.values()), kinds)


def _tensor(path: Path, name: str, tensor: Any) -> tuple[str, int, tuple[int, int]]:
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise _bad(path, "one of its tensors has no proper name")
    if not isinstance(tensor, dict) or set(tensor) != {"dtype", "shape", "data_offsets"}:
        raise _bad(path, "a tensor is not described as it must be", name)
    kind, shape, offsets = tensor["dtype"], tensor["shape"], tensor["data_offsets"]
    if kind in _SMALL:
        raise Refused("quantized", kind=str(kind))
    if kind not in _WIDTHS:
        raise _bad(path, "a tensor is of a kind that is not known", name)
    if not _counts(shape) or len(shape) > 8 or not _counts(offsets) or len(offsets) != 2:
        raise _bad(path, "a tensor is not described as it must be", name)
    numbers = prod(shape)
    if offsets[1] - offsets[0] != numbers * _WIDTHS[kind]:
        raise _bad(path, "a tensor's shape does not match its bytes", name)
    return kind, numbers, (offsets[0], offsets[1])


def _counts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, int) and not isinstance(item, bool) and 0 <= item < 2**48 for item in value)


def _bad(path: Path, problem: str, details: str = "") -> Refused:
    return Refused("bad_weights", file=path.name, problem=problem, details=details)
