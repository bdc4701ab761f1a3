"""The fields that a question could do without: all for which a finding offers to leave them out."""

from core.prepare.checks.asked import written_fields
from core.prepare.checks.fields import constant_fields, identical_fields
from core.prepare.checks.identifiers import identifier_fields
from core.prepare.checks.missing import mostly_missing
from core.prepare.checks.order import tell_tale_fields
from core.prepare.checks.registry import Examined


def superfluous(examined: Examined) -> list[str]:
    """The names of these fields, in the order of the questions."""
    chosen = {
        *constant_fields(examined),
        *(copy for _, copy in identical_fields(examined)),
        *identifier_fields(examined),
        *mostly_missing(examined),
        *tell_tale_fields(examined),
    }
    return [name for name in written_fields(examined) if name in chosen]
