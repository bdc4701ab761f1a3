"""All repairs by name, those that change texts before those that leave rows out; a new one is an entry in the file of its family."""

from collections.abc import Mapping

from core.prepare.repairs import edits, private, rows, text
from core.prepare.repairs.registry import Repair

REPAIRS: Mapping[str, Repair] = {repair.name: repair for repair in (*edits.REPAIRS, *text.REPAIRS, *private.REPAIRS, *rows.REPAIRS)}
