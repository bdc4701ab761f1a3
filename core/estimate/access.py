"""Whether a connection will let this account train: what its answers and the dated facts allow to say, and no more."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from core.base.deadlines import Deadlines, TrainingEnd, training_ends
from core.base.prices import THIS_MACHINE
from core.base.remote import Job, RemoteModel
from core.base.types import Reason
from core.estimate.timeline import model_end, model_note, own_models, training_end, training_note

Verdict = Literal["yes", "probably", "probably_not", "no", "unknown"]

_TRAINS = ".fine_tuning."  # in the name of a scope without which nothing can be trained: whoever may start a training may list them


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
    lists_jobs: bool = True,
    scopes: Sequence[str] = (),
    refused: date | None = None,
    used: date | None = None,
    deadlines: Deadlines | None = None,
) -> Access:
    """Judge from what list_models and list_jobs answered (None: not asked, or no answer) whether a job can be created on `today`.

    `model` is the base model that is wanted; `lists_jobs` is False where the server has no list of jobs at all; `scopes` are those that it
    says the key lacks; `refused` is when it answered training_not_available, `used` when a fine-tune of this account last answered. No
    call asks a server outright: OpenAI documents none, so a "yes" there rests on having met the rule that is in force.
    """
    if connection_id == THIS_MACHINE:
        return Access("yes", (Reason("local_free"),))
    notes = (
        *_model_notes(connection_id, model, models, today, deadlines),
        *_end_notes(connection_id, today, deadlines),
    )
    lacks = [Reason("permission_missing", {"permissions": tuple(scopes)})] if scopes else []
    if refused is not None:
        return Access("no", (Reason("refused_before", {"on": refused}), *notes))
    if (closed := next((note for note in notes if note.code in ("training_closed", "model_gone")), None)) is not None:
        return Access("no", (closed, *(note for note in notes if note is not closed)))
    if any(_TRAINS in scope for scope in scopes):
        return Access("no", (Reason("key_may_not_train", {"permissions": tuple(scopes)}), *notes))
    ends = [end for end in training_ends(connection_id, deadlines=deadlines) if end.who != "everyone"]
    verdict, why = _by_rules(ends, models, jobs, today, used) if ends else _by_answers(models, jobs, lists_jobs)
    missing = next((note for note in notes if note.code == "model_not_listed"), None)
    if missing is not None and ends:  # OpenAI lists to a key what its project may use; other servers list what answers, not what trains
        return Access("probably_not", (missing, why, *lacks, *(note for note in notes if note is not missing)))
    told = [] if lacks and why.code == "not_asked" else [why]
    if why.code == "not_asked" and (idle := _in_force(ends, "idle", today)) is not None:  # whoever has no key yet should know it, too
        told.append(_depends_on_use(idle))
    return Access(verdict, (*lacks, *told, *notes))


def _by_rules(
    ends: Sequence[TrainingEnd], models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None, today: date, used: date | None
) -> tuple[Verdict, Reason]:
    """The verdict where dated rules say who may still train."""
    newcomers = _in_force(ends, "newcomers", today)
    idle = _in_force(ends, "idle", today)
    tuned = own_models(models, None)
    if not jobs and not tuned:
        if models is None or jobs is None:
            return "unknown", Reason("not_asked")
        rule = newcomers or idle
        if rule is None:
            return "unknown", Reason("no_history")
        return "probably_not", Reason("never_trained", {"on": rule.on, "source": rule.source})
    if idle is None:
        return "yes", Reason("trained_before", {"jobs": len(jobs or ()), "models": len(tuned)})
    days = timedelta(days=idle.days or 0)
    if used is not None and today - used <= days:
        return "yes", Reason("used_lately", {"on": used, "days": days.days})
    newest = max((job.created_at.date() for job in jobs or () if job.created_at is not None), default=None)
    if newest is not None and newest >= idle.on and today - newest <= days:
        # it was let in on that day; the use that let it in may be older than `days` by now, and shows in no list
        return "probably", Reason("trained_lately", {"on": newest, "days": days.days})
    return "unknown", _depends_on_use(idle)


def _depends_on_use(idle: TrainingEnd) -> Reason:
    return Reason("depends_on_use", {"days": idle.days or 0, "on": idle.on, "source": idle.source})


def _by_answers(models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None, lists_jobs: bool) -> tuple[Verdict, Reason]:
    """The verdict for a server about which nothing is known but its answers."""
    if jobs:
        return "yes", Reason("has_jobs", {"jobs": len(jobs)})
    if jobs is not None:
        return "unknown", Reason("lists_jobs")
    if not lists_jobs:
        return ("probably_not", Reason("chat_only")) if models is not None else ("unknown", Reason("no_lists"))
    return "unknown", Reason("not_asked")


def _in_force(ends: Sequence[TrainingEnd], who: str, today: date) -> TrainingEnd | None:
    return next((end for end in ends if end.who == who and end.on <= today), None)


def _end_notes(connection_id: str, today: date, deadlines: Deadlines | None) -> Iterator[Reason]:
    end = training_end(connection_id, today, deadlines=deadlines)
    if end is not None:
        yield training_note(end)


def _model_notes(
    connection_id: str, model: str | None, models: Sequence[RemoteModel] | None, today: date, deadlines: Deadlines | None
) -> Iterator[Reason]:
    """What is known of the wanted model; a day of the file's that is past does not count against a server that still offers the model."""
    if model is None:
        return
    listed = any(entry.id == model for entry in models or ())
    end = model_end(connection_id, model, models, today, deadlines=deadlines)
    if end is not None and end.is_over and listed and not end.by_server:
        yield Reason("model_past_its_day", {"model": model, "on": end.on})
    elif end is not None:
        yield model_note(end)
    if models and not listed and not (end is not None and end.is_over):
        yield Reason("model_not_listed", {"model": model})
