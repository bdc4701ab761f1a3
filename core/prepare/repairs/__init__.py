"""One-click repairs: pure functions with a preview. A repair touches only the rows that it names, and no other example at all."""

from core.prepare.repairs.better_labels import keep_given, kept_labels, use_better
from core.prepare.repairs.catalogue import REPAIRS
from core.prepare.repairs.edits import EDIT
from core.prepare.repairs.registry import Repair
from core.prepare.repairs.rows import LEAVE_OUT
from core.prepare.repairs.steps import (
    Applied,
    Change,
    Outcome,
    Preview,
    apply,
    apply_logged,
    preview,
    preview_of,
    safe_steps,
    settled,
    step_for,
)

__all__ = [
    "EDIT",
    "LEAVE_OUT",
    "REPAIRS",
    "Applied",
    "Change",
    "Outcome",
    "Preview",
    "Repair",
    "apply",
    "apply_logged",
    "keep_given",
    "kept_labels",
    "preview",
    "preview_of",
    "safe_steps",
    "settled",
    "step_for",
    "use_better",
]
