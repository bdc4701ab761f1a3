"""How much a file holds, told from its outside: enough to decide whether the page waits for it or a task works on it."""

from core.base.errors import InputError
from core.prepare import other_sheets, parquet, zipped
from core.prepare.source import DEFAULT

_LOOKED_AT = 20_000_000  # bytes unpacked to count rows: more than that is not small, whatever it holds


def rows_and_bytes(data: bytes) -> tuple[int, int]:
    """About how many rows this file has and how many bytes unpacked; of what cannot be read (0, its size): reading says why."""
    try:
        if zipped.is_zip(data):
            return _in_zip(data)
        if other_sheets.is_old_workbook(data):
            return len(data) // 100, len(data)
        if parquet.is_parquet(data):
            return parquet.row_count(data)
    except InputError:
        return 0, len(data)
    return max(data.count(b"\n"), data.count(b"\r")), len(data)


def _in_zip(data: bytes) -> tuple[int, int]:
    """The rows of the fullest file; the sheets of a workbook count a tenth of their bytes, for XML says everything at such length."""
    found = zipped.members(data, DEFAULT)
    size = sum(member.size for member in found)
    if size > _LOOKED_AT:
        return size // 100, size
    rows = 0
    for member in found:
        lower = member.name.lower()
        if lower.endswith((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet")):
            rows = max(rows, *rows_and_bytes(zipped.content(data, member, DEFAULT))[:1])
        elif lower.startswith("xl/worksheets/") and lower.endswith(".bin"):
            rows = max(rows, member.size // 100)
        elif lower == "content.xml":
            rows = max(rows, sum(piece.count(b"<table:table-row") for piece in zipped.chunks(data, member)))
        elif lower.startswith("xl/worksheets/"):
            rows = max(rows, sum(piece.count(b"<row") + piece.count(b":row") for piece in zipped.chunks(data, member)))
        elif lower.endswith((".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")):
            rows = max(rows, sum(max(piece.count(b"\n"), piece.count(b"\r")) for piece in zipped.chunks(data, member)))
    return rows, max(len(data), size // 10 if "xl/workbook.xml" in {member.name for member in found} else size)
