"""All repairs by name, those that change texts before those that leave rows out; a new one is an entry in the file of its family."""

from collections.abc import Mapping

from core.prepare.repairs import edits, instruction, numbers, rows
from core.prepare.repairs.registry import Repair

REPAIRS: Mapping[str, Repair] = {repair.name: repair for repair in (*edits.REPAIRS, *instruction.REPAIRS, *numbers.REPAIRS, *rows.REPAIRS)}
