"""A zip that holds a table: which of its files is read, and why."""

from collections.abc import Sequence

from core.base.errors import N_, BadSetting, UnreadableFile
from core.base.types import Reason
from core.prepare.source import Choices, Limits
from core.prepare.zipped import Member, content

# by how surely a file of this kind is the table and not words about it
_TABLES = ("csv", "tsv", "jsonl", "ndjson", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet")
_KINDS = dict.fromkeys(_TABLES, 0) | {"json": 1, "txt": 2}
_UNPACK = N_("Unpack it first, then choose the one file that holds the table.")


def open_archive(data: bytes, found: Sequence[Member], limits: Limits, choices: Choices) -> tuple[bytes, str, Reason, tuple[str, ...]]:
    """The file to read: its bytes, its name, why it was taken, and the names of all that could be. Raises UnreadableFile, TooLarge.

    A name is a label and decides by its ending alone; nothing is ever written under it.
    """
    tables = [member for member in found if _kind(member) is not None]
    names = tuple(dict.fromkeys(member.name for member in tables))
    if choices.member is not None:
        chosen = next((member for member in reversed(tables) if member.name == choices.member), None)
        if chosen is None:
            raise BadSetting(
                N_("There is no file called {member} in this zip."), N_("Choose one of those that are in it."), member=choices.member
            )
        return content(data, chosen, limits), chosen.name, Reason("member_chosen", {"member": chosen.name}), names
    if not tables:
        if any(member.name.lower().endswith((".zip", ".7z", ".rar", ".gz")) for member in found):
            raise UnreadableFile(N_("There is another compressed file inside this one."), _UNPACK)
        raise UnreadableFile(
            N_("There is no table in this compressed file (zip)."), N_("Choose a zip that holds a CSV, Excel or JSON file.")
        )
    best = min(tables, key=lambda member: (_kind(member), -member.size))
    why = Reason("member_only" if len(names) == 1 else "member_largest", {"member": best.name, "of": len(names)})
    return content(data, best, limits), best.name, why, names


def _kind(member: Member) -> int | None:
    """How likely this is the table; None for what cannot be one, and for what macOS and editors leave behind."""
    path, _, last = member.name.rpartition("/")
    if last.startswith((".", "~$")) or "__MACOSX" in path or not member.size:
        return None
    return _KINDS.get(last.rpartition(".")[2].lower())
