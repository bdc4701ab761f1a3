"""The days on which something ends for this account: new trainings, the base model, the fine-tunes, other services. Counted from today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from core.base.deadlines import Deadlines, service_ends, shutdown, training_ends
from core.base.model_table import base_model, is_tuned
from core.base.remote import Job, RemoteModel
from core.base.types import Reason

_CHECKPOINT = ":ckpt-step-"  # in the name of a checkpoint, after its model's

Kind = Literal["training", "base", "tuned", "service"]


@dataclass(frozen=True, slots=True)
class End:
    """On `on`, `days` from today (0 today, negative when it is past), what `kind` names ends.

    `model` is empty for new trainings, and for a service its name.

    `source` and `as_of` say where and when the day was read; a day that the server itself gave has neither. `sure` is False for the first
    day on which it can happen, where none was announced.
    """

    kind: Kind
    model: str
    on: date
    days: int
    source: str = ""
    as_of: date | None = None
    sure: bool = True

    @property
    def by_server(self) -> bool:
        """Whether the server itself named the day."""
        return not self.source

    @property
    def is_over(self) -> bool:
        return self.days <= 0


def timeline(
    connection_id: str,
    models: Sequence[RemoteModel] | None,
    jobs: Sequence[Job] | None,
    today: date,
    *,
    model: str | None = None,
    deadlines: Deadlines | None = None,
) -> tuple[End, ...]:
    """When new trainings, the wanted base `model`, each of the account's fine-tunes and other services end, the earliest first.

    What has no day is left out, and so is a service that has ended: nothing here rests on one.
    """
    ends = [end for end in (training_end(connection_id, today, deadlines=deadlines),) if end is not None]
    own = own_models(models, jobs)
    for name in dict.fromkeys([*([model] if model else []), *own]):
        if (end := model_end(connection_id, name, models, today, deadlines=deadlines)) is not None:
            ends.append(replace(end, kind="tuned") if name in own else end)
    for service in service_ends(connection_id, deadlines=deadlines):
        if service.on > today:
            ends.append(End("service", service.name, service.on, (service.on - today).days, service.source, service.as_of))
    return tuple(sorted(ends, key=lambda end: (end.on, end.kind != "training", end.kind, end.model)))


def own_models(models: Sequence[RemoteModel] | None, jobs: Sequence[Job] | None) -> tuple[str, ...]:
    """The fine-tunes of the account, from both lists; a checkpoint goes with its model, and stands alone where that is gone."""
    listed = (one.id for one in models or () if is_tuned(one.id))
    made = (job.fine_tuned_model for job in jobs or () if job.fine_tuned_model)
    names = dict.fromkeys([*listed, *made])
    return tuple(name for name in names if (whole := name.partition(_CHECKPOINT)[0]) == name or whole not in names)


def training_end(connection_id: str, today: date, *, deadlines: Deadlines | None = None) -> End | None:
    """When nobody can start a training there any more; None where no day is known."""
    found = next((end for end in training_ends(connection_id, deadlines=deadlines) if end.who == "everyone"), None)
    if found is None:
        return None
    return End("training", "", found.on, (found.on - today).days, found.source, found.as_of, sure=not found.earliest)


def model_end(
    connection_id: str, model: str, models: Iterable[RemoteModel] | None, today: date, *, deadlines: Deadlines | None = None
) -> End | None:
    """When a base model or a fine-tune stops answering: the server's own word before the file's, and a fine-tune ends with its base."""
    kind: Kind = "tuned" if is_tuned(model) else "base"
    offered = {entry.id: entry.shutdown_date for entry in models or ()}
    told = offered.get(model) or offered.get(base_model(model))
    if told is not None:
        return End(kind, model, told, (told - today).days)
    known = shutdown(connection_id, model, deadlines=deadlines)
    return None if known is None else End(kind, model, known.on, (known.on - today).days, known.source, known.as_of)


def last_days(
    connection_id: str,
    model: str,
    today: date,
    *,
    models: Iterable[RemoteModel] | None = None,
    trains: bool = True,
    deadlines: Deadlines | None = None,
) -> tuple[Reason, ...]:
    """What a page that offers this model says of its last days, in one sentence where both are still to come; nothing where none is known.

    `trains` is whether a training is still to be started there.
    """
    training = training_end(connection_id, today, deadlines=deadlines) if trains else None
    last = model_end(connection_id, model, models, today, deadlines=deadlines)
    if training is not None and last is not None and training.sure and not training.is_over and not last.is_over:
        return (Reason("both_end", {"on": training.on, "days": training.days, "model": model, "model_on": last.on}),)
    notes = [training_note(training)] if training is not None else []
    return (*notes, *([model_note(last)] if last is not None else []))


def training_note(end: End) -> Reason:
    """What is said of the end of new trainings."""
    if end.sure and end.is_over:
        return Reason("training_closed", {"on": end.on, "source": end.source})
    if not end.sure and end.is_over:
        return Reason("training_uncertain", {"on": end.on, "source": end.source})
    return Reason("training_closes" if end.sure else "training_may_close", {"on": end.on, "days": end.days, "source": end.source})


def model_note(end: End) -> Reason:
    """What is said of a model's last day."""
    return Reason("model_gone" if end.is_over else "model_ends", {"model": end.model, "on": end.on, "days": end.days})
