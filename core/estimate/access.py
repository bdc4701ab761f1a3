"""Whether a connection will let this account train: what its answers and the dated facts allow to say, and no more."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from core.base.deadlines import Deadlines, TrainingEnd, shutdown, training_ends
from core.base.model_table import is_tuned
from core.base.prices import THIS_MACHINE
from core.base.remote import Job, RemoteModel
from core.base.types import Reason

Verdict = Literal["yes", "no", "probably_not", "unknown"]


class Access(NamedTuple):
    """A verdict and what it rests on, the weightiest reason first."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


def can_train(
    connection_id: str,
    models: Sequence[RemoteModel] | None,
    jobs: Sequence[Job] | None,
    today: date,
    *,
    model: str | None = None,
    refused: bool = False,
    deadlines: Deadlines | None = None,
) -> Access:
    """Judge from what list_models and list_jobs answered (None: not asked, or no answer) whether a job can be created on `today`.

    `model` is the base model that is wanted; `refused` says that the server has answered training_not_available before. No call asks
    a server outright: OpenAI documents none, so a "yes" there rests on a job that was created after the rules were tightened.
    """
    if connection_id == THIS_MACHINE:
        return Access("yes", (Reason("local_free"),))
    ends = training_ends(connection_id, deadlines=deadlines)
    notes = [*_model_notes(connection_id, model, models, today, deadlines), *_notices(ends, today)]
    if refused:
        return Access("no", (Reason("refused_before"), *notes))
    closed = next((end for end in ends if end.who == "everyone" and not end.earliest and end.on <= today), None)
    if closed is not None:
        return Access("no", (Reason("training_closed", {"on": closed.on, "source": closed.source}), *notes))
    if any(note.code == "model_gone" for note in notes):
        return Access("no", tuple(notes))
    verdict, why = _by_rules(ends, models, jobs, today) if ends else _by_answers(models, jobs)
    return Access(verdict, (why, *notes))


def _by_rules(
    ends: Sequence[TrainingEnd], models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None, today: date
) -> tuple[Verdict, Reason]:
    """The verdict where dated rules say who may still train."""
    newcomers = _in_force(ends, "newcomers", today)
    idle = _in_force(ends, "idle", today)
    tuned = [model for model in models or () if is_tuned(model.id)]
    if not jobs and not tuned:
        if models is None or jobs is None:
            return "unknown", Reason("not_asked")
        rule = newcomers or idle
        if rule is None:
            return "unknown", Reason("no_history")
        return "probably_not", Reason("never_trained", {"on": rule.on, "source": rule.source})
    newest = max((job.created_at.date() for job in jobs or () if job.created_at is not None), default=None)
    if idle is None:
        return "yes", Reason("trained_before", {"jobs": len(jobs or ()), "models": len(tuned)})
    days = idle.days or 0
    if newest is not None and newest >= idle.on and today - newest <= timedelta(days=days):
        return "yes", Reason("trained_lately", {"on": newest, "days": days})
    # how often a fine-tune was asked something shows in no list
    return "unknown", Reason("depends_on_use", {"days": days, "on": idle.on, "source": idle.source})


def _by_answers(models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None) -> tuple[Verdict, Reason]:
    """The verdict for a server about which nothing is known but its answers."""
    if jobs:
        return "yes", Reason("has_jobs", {"jobs": len(jobs)})
    if jobs is not None:
        return "unknown", Reason("lists_jobs")
    if models is not None:
        return "probably_not", Reason("chat_only")
    return "unknown", Reason("not_asked")


def _in_force(ends: Sequence[TrainingEnd], who: str, today: date) -> TrainingEnd | None:
    return next((end for end in ends if end.who == who and end.on <= today), None)


def _notices(ends: Sequence[TrainingEnd], today: date) -> Iterator[Reason]:
    for end in ends:
        if end.who == "everyone" and end.on > today:
            code = "training_may_close" if end.earliest else "training_closes"
            yield Reason(code, {"on": end.on, "days": (end.on - today).days, "source": end.source})


def _model_notes(
    connection_id: str, model: str | None, models: Sequence[RemoteModel] | None, today: date, deadlines: Deadlines | None
) -> Iterator[Reason]:
    """What is known of the wanted model; the server's own word about its last day counts before the file's."""
    if model is None:
        return
    offered = next((entry for entry in models or () if entry.id == model), None)
    known = shutdown(connection_id, model, deadlines=deadlines)
    last = (offered.shutdown_date if offered is not None else None) or (known.on if known is not None else None)
    if last is not None:
        yield Reason("model_gone" if last <= today else "model_ends", {"model": model, "on": last, "days": (last - today).days})
    elif models and offered is None:
        yield Reason("model_not_listed", {"model": model})
