"""Where a server trains no more for this account: what happened, and the same plan somewhere else in one click."""

from core.base.errors import N_, TrainingNotAvailable, TunesmithError
from core.base.remote import ServerError
from core.io.connections import Connection
from core.io.workspace import Plan, Project
from pages.ui import ways_on, wishes
from pages.ui.parts import show_error

KEPT = N_("Nothing was started and nothing was charged. Your data and your plan are kept: the same training can be done elsewhere.")
ENDED = N_("This training has ended without a model. Your data and your plan are kept: the same training can be done elsewhere.")
CODE = "training_not_available"  # OpenAI's


def refused(project: Project, plan: Plan, error: TrainingNotAvailable, *, lead_on: bool = False) -> None:
    """For a training that was never begun: say so, and offer every other place; `lead_on` where the page is not Train."""
    show_error(TunesmithError(error.message, KEPT, details=error.details, **error.params))
    ways_on.offer(project, plan.connection_id, wishes.of_plan(plan), primary=True, lead_on=lead_on)


def ended(project: Project, plan: Plan, where: Connection, error: ServerError) -> None:
    """The same for one that the server had taken and then ended for this reason; on Monitor."""
    details = "\n".join(part for part in (error.code, error.message) if part)
    show_error(TunesmithError(TrainingNotAvailable.message, ENDED, details=details, host=where.host))
    ways_on.offer(project, plan.connection_id, wishes.of_plan(plan), primary=True, lead_on=True)
