"""A Parquet file becomes columns of text, or records where its columns hold lists and groups, as chat data sets do."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.base.errors import N_, EmptyFile, TooLarge, UnreadableFile
from core.prepare.source import Limits
from core.prepare.tables import bound_rows

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MAGIC = (b"PAR1", b"PARE")
_BATCH = 1_000  # rows: of the longest cells allowed these are 100 MB a column
_FOOTER = 20_000_000  # bytes of text in the description of a file
_DAMAGED = N_("This Parquet file is damaged or cut off.")
_AGAIN = N_("Download or copy it again, or export it as CSV (UTF-8) or JSONL with the program that made it.")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns by name, each with one value a row: texts, or for a nested file plain values (`nested`); `unreadable` were left out."""

    names: tuple[str, ...]
    values: tuple[list[Any], ...]
    nested: bool
    unreadable: tuple[str, ...]

    def rows(self) -> list[tuple[Any, ...]]:
        """The same, row by row."""
        return list(zip(*self.values, strict=True))


def is_parquet(data: bytes) -> bool:
    """Whether this begins as a Parquet file does."""
    return data.startswith(MAGIC)


def row_count(data: bytes) -> tuple[int, int]:
    """Rows and unpacked bytes as the file describes itself, without reading it. Raises UnreadableFile."""
    described = _open(data).metadata
    return described.num_rows, sum(described.row_group(at).total_byte_size for at in range(described.num_row_groups))


def read_parquet(data: bytes, limits: Limits) -> Columns:
    """All of it. Raises UnreadableFile, EmptyFile, and TooLarge before anything is unpacked that would not fit."""
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
        raise UnreadableFile(N_("There is no column of text or numbers in this Parquet file."), _AGAIN)
    values: tuple[list[Any], ...] = tuple([] for _ in names)
    letters = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH if nested else 10 * _BATCH, columns=names):
            for name, column in zip(names, values, strict=True):
                texts = _plain(batch.column(name), limits) if nested else _texts(batch.column(name), limits)
                column.extend(texts)
                letters += sum(map(_weight, texts)) if nested else sum(map(len, texts))
            if letters > 2 * limits.bytes:
                raise TooLarge(N_("Unpacked, this file holds more than {n} letters."), n=2 * limits.bytes)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise UnreadableFile(_DAMAGED, _AGAIN, details=str(error)) from None
    return Columns(tuple(names), values, nested, tuple(unreadable))


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
        return value if value == value and abs(value) != float("inf") else str(value)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else written(value)


def _open(data: bytes, as_index: Sequence[str] = ()) -> "pq.ParquetFile":
    import pyarrow as pa
    import pyarrow.parquet as pq

    if data.startswith(b"PARE"):
        raise UnreadableFile(N_("This file is protected by a password."), N_("Ask whoever made it for a copy without one."))
    try:
        return pq.ParquetFile(
            pa.BufferReader(data),
            read_dictionary=list(as_index),
            thrift_string_size_limit=_FOOTER,
            thrift_container_size_limit=1_000_000,
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFile(_DAMAGED, _AGAIN, details=str(error)) from None


def _bound(described: "pq.FileMetaData", limits: Limits) -> None:
    bound_rows(described.num_rows, limits)
    if not described.num_rows:
        raise EmptyFile()
    if described.num_columns > limits.columns:
        raise TooLarge(
            N_("The first row has {columns} columns; this page takes up to {limit}."), columns=described.num_columns, limit=limits.columns
        )
    for column in range(described.num_columns):
        chunks = [described.row_group(at).column(column) for at in range(described.num_row_groups)]
        if (n := sum(chunk.num_values for chunk in chunks)) > limits.values:
            raise TooLarge(N_("This file holds about {n} values; this page takes up to {limit}."), n=n, limit=limits.values)
    size = sum(described.row_group(at).total_byte_size for at in range(described.num_row_groups))
    if size > limits.expanded or described.num_rows * described.num_columns > limits.cells:
        raise TooLarge(
            N_("Unpacked, this file has {size} MB; this page takes up to {limit} MB."),
            size=round(size / 1e6, 1),
            limit=round(limits.expanded / 1e6),
        )


def _is_bytes(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_binary(inner) or pa.types.is_large_binary(inner) or pa.types.is_fixed_size_binary(inner))


def _texts(column: "pa.Array", limits: Limits) -> list[str]:
    """The cells of a flat column; equal texts are one object."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        known = [written(value) for value in column.dictionary.to_pylist()]
        _bound_cells(known, limits)
        return ["" if at is None else known[at] for at in column.indices.to_pylist()]
    return [written(value) for value in column.to_pylist()]


def _plain(column: "pa.Array", limits: Limits) -> list[Any]:
    """The values of a column of a nested file, its texts bounded before they are copied into every place that names them."""
    for known in _dictionaries(column):
        _bound_cells(known.to_pylist(), limits)
    return [plain(value) for value in column.to_pylist()]


def _dictionaries(column: "pa.Array") -> Iterator["pa.Array"]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        yield column.dictionary
    elif pa.types.is_struct(column.type):
        for at in range(column.type.num_fields):
            yield from _dictionaries(column.field(at))
    elif pa.types.is_nested(column.type):
        yield from _dictionaries(column.values)


def _bound_cells(texts: Sequence[Any], limits: Limits) -> None:
    longest = max((len(text) for text in texts if isinstance(text, str | bytes)), default=0)
    if longest > limits.cell:
        raise TooLarge(N_("A cell is {n} characters long; this page takes up to {limit}."), n=longest, limit=limits.cell)


def _weight(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_weight, value.values()))
    return sum(map(_weight, value)) if isinstance(value, list) else 1
