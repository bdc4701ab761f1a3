"""Examples that were kept in the Playground: the texts stand in the step, so that the change log shows them and undo takes them back."""

from core.base.errors import N_
from core.base.types import Example
from core.prepare.repairs.registry import Repair, always, nothing

ADDED = "add_kept"


def _as_it_is(example: Example) -> Example:
    """`core.prepare.kept` has put the example behind the file's own before the first step; this is its line in the change log."""
    return example


REPAIRS = (
    Repair(
        ADDED,
        N_("Kept from the Playground"),
        N_("The question and its corrected answer are trained as a row of their own, behind those of the file."),
        nothing,
        always(_as_it_is),
    ),
)
