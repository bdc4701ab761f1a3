"""The repair that keeps the user's own test an honest one."""

from core.base.errors import N_
from core.prepare.checks.own_test import taught
from core.prepare.repairs.registry import Repair, always, leave_out

REPAIRS = (
    Repair(
        "drop_test_rows",
        N_("Leave out the training rows that the test asks"),
        N_("The rows of your test file stay as they are; their twins are not trained."),
        lambda examined, params: taught(examined),
        always(leave_out),
    ),
)
