"""All repairs by name, those that change texts before those that leave rows out; a new one is an entry in the file of its family."""

from collections.abc import Mapping
from dataclasses import replace

from core.prepare.repairs import added, better_labels, edits, instruction, labels, leakage, numbers, private, rows, text
from core.prepare.repairs.registry import Repair

_FAMILIES = (added, edits, text, labels, better_labels, instruction, numbers, private, rows, leakage)
_OF_TEXTS = (text, labels, numbers, private)  # what they change, they change wherever it stands
REPAIRS: Mapping[str, Repair] = {
    repair.name: replace(repair, everywhere=family in _OF_TEXTS) for family in _FAMILIES for repair in family.REPAIRS
}
