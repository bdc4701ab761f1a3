"""Reads one Parquet file from its standard input and writes it as JSON lines; run as a process of its own by `core.prepare.parquet`.

pyarrow 26 ends the whole process on some damaged files: of 1,500 with a few bytes changed 2 did, by an exception in C++ that Python never
sees ("Definition level histogram size mismatch"). Here that costs one child, and memory and time of a child can be bounded besides.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.base.errors import N_, EmptyFile, TooLarge, UnreadableFile
from core.prepare.child import answer, bound_self
from core.prepare.source import Limits
from core.prepare.tables import bound_rows

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

DAMAGED = N_("This Parquet file is damaged or cut off.")
AGAIN = N_("Download or copy it again, or export it as CSV (UTF-8) with the program that made it.")
_BATCH = 1_000  # rows: of the longest cells allowed these are 100 MB a column
_FOOTER = 20_000_000  # bytes of text in the description of a file
_MEMORY = 4_000_000_000  # bytes of address space: it works in batches, and 1,000,000 rows take it a quarter of that


def main() -> None:
    """Arguments: "count" or "read", and the limits as JSON."""
    task, limits = sys.argv[1], Limits(**json.loads(sys.argv[2]))
    bound_self(_MEMORY)
    data = sys.stdin.buffer.read()
    answer(map(_count, [data]) if task == "count" else _read(data, limits))


def _count(data: bytes) -> dict[str, int]:
    described = _open(data).metadata
    return {"rows": described.num_rows, "bytes": _unpacked(described)}


def _read(data: bytes, limits: Limits) -> Iterator[Any]:
    """First the columns, then batches of them, one list of values for each."""
    import pyarrow as pa

    file = _open(data)
    _bound(file.metadata, limits)
    leaves = [file.schema.column(at) for at in range(len(file.schema))]
    # texts are kept as an index into their different values: 100,000 times one text of 1 MB is a file of 50 kB, and 100 GB without that
    file = _open(data, [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"])
    schema = file.schema_arrow
    nested = any(pa.types.is_nested(field.type) for field in schema)
    unreadable = [field.name for field in schema if _is_bytes(field.type)]
    names = [name for name in schema.names if name not in unreadable]
    if len(set(names)) < len(names) or not names:
        raise UnreadableFile(N_("There is no column of text or numbers in this Parquet file."), AGAIN)
    yield {"names": names, "nested": nested, "unreadable": unreadable}
    letters = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH if nested else 10 * _BATCH, columns=names):
            batch.validate(full=True)
            columns = [batch.column(name) for name in names]
            for column in columns:
                for texts in _dictionaries(column):
                    _bound_cells(texts.to_pylist(), limits)
            made: list[list[Any]] = [_plain(column) if nested else _texts(column) for column in columns]
            letters += sum(sum(map(_weight, values)) for values in made)
            if letters > 2 * limits.bytes:
                raise TooLarge(N_("Unpacked, this file holds more than {n} letters."), n=2 * limits.bytes)
            yield made
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise UnreadableFile(DAMAGED, AGAIN, details=str(error)) from None


def _open(data: bytes, as_index: Sequence[str] = ()) -> "pq.ParquetFile":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(
            pa.BufferReader(data),
            read_dictionary=list(as_index),
            thrift_string_size_limit=_FOOTER,
            thrift_container_size_limit=1_000_000,
        )
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise UnreadableFile(DAMAGED, AGAIN, details=str(error)) from None


def _unpacked(described: "pq.FileMetaData") -> int:
    return sum(described.row_group(at).total_byte_size for at in range(described.num_row_groups))


def _bound(described: "pq.FileMetaData", limits: Limits) -> None:
    bound_rows(described.num_rows, limits)
    if not described.num_rows:
        raise EmptyFile()
    if described.num_columns > limits.columns:
        raise TooLarge(
            N_("The first row has {columns} columns; this page takes up to {limit}."), columns=described.num_columns, limit=limits.columns
        )
    if (size := _unpacked(described)) > limits.expanded or described.num_rows * described.num_columns > limits.cells:
        raise TooLarge(
            N_("Unpacked, this file has {size} MB; this page takes up to {limit} MB."),
            size=round(size / 1e6, 1),
            limit=round(limits.expanded / 1e6),
        )


def _is_bytes(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_binary(inner) or pa.types.is_large_binary(inner) or pa.types.is_fixed_size_binary(inner))


def _texts(column: "pa.Array") -> list[str]:
    """The cells of a flat column."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return [written(value) for value in column.to_pylist()]
    known = [written(value) for value in column.dictionary.to_pylist()]
    return ["" if at is None else known[at] for at in column.indices.to_pylist()]


def _plain(column: "pa.Array") -> list[Any]:
    return [plain(value) for value in column.to_pylist()]


def written(value: Any) -> str:
    """A value as JSON writes it; a text as it is, nothing as blank, a moment as ISO."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return "NaN" if value != value else repr(value)
    if isinstance(value, int | Decimal | timedelta):
        return str(value)
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value of JSON's own kinds."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items() if item is not None}  # every struct lists every field of its column
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else written(value)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else written(value)


def _dictionaries(column: "pa.Array") -> Iterator["pa.Array"]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        yield column.dictionary
    elif pa.types.is_struct(column.type):
        for at in range(column.type.num_fields):
            yield from _dictionaries(column.field(at))
    elif pa.types.is_map(column.type):
        yield from _dictionaries(column.keys)
        yield from _dictionaries(column.items)
    elif pa.types.is_nested(column.type):
        yield from _dictionaries(column.values)


def _bound_cells(texts: Sequence[Any], limits: Limits) -> None:
    longest = max((len(text) for text in texts if isinstance(text, str | bytes)), default=0)
    if longest > limits.cell:
        raise TooLarge(N_("A cell is {n} characters long; this page takes up to {limit}."), n=longest, limit=limits.cell)


def _weight(value: Any) -> int:
    """Letters of a value, and one for whatever else it holds."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return 1 + sum(map(_weight, value.values()))
    return 1 + sum(map(_weight, value)) if isinstance(value, list) else 1


if __name__ == "__main__":
    main()
