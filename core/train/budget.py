"""Whether a training stays within the budget: one that may cost more is not started, nor one that may cost anything."""

from core.base.errors import N_, BadSetting
from core.base.types import Reason
from core.io.workspace import Plan

AGREED = "unknown_price_agreed"  # in a plan's estimate: the user starts without knowing the price, and said so


def against_budget(budget: float | None, high: float | None, *, agreed: bool = False) -> Reason | None:
    """Why the budget stands against a start, or None where it does not.

    `high` is the most that the training may cost in USD, None where that is not known; `agreed` that it may then be started all the same.
    """
    if budget is None:
        return None
    if high is None:
        return None if agreed else Reason("budget_price_unknown", {"budget": budget})
    return Reason("over_budget", {"high": high, "budget": budget}) if high > budget else None


def check_budget(plan: Plan) -> None:
    """Refuse to start a plan that the budget stands against, whatever the page has let through; raises BadSetting."""
    high = plan.estimate.get("high")
    known = float(high) if isinstance(high, int | float) else None
    against = against_budget(plan.budget, known, agreed=plan.estimate.get(AGREED) is True)
    if against is None:
        return
    if against.code == "budget_price_unknown":
        raise BadSetting(
            N_("The price of this training is not known, and the budget is {budget} US dollars."),
            N_("Enter the price on the page Estimate, say that you start without knowing it, or leave the budget empty."),
            budget=f"{plan.budget:.2f}",
        )
    raise BadSetting(
        N_("This training may cost up to {high} US dollars, and the budget is {budget}."),
        N_("Choose fewer epochs or a cheaper model, or raise the budget."),
        high=f"{known:.2f}",
        budget=f"{plan.budget:.2f}",
    )
