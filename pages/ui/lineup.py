"""Who can take part in a comparison beside before and after: other prompts, trained models, models of elsewhere, recorded answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.base.types import Example
from core.compare.candidate import Candidate, Prompt, settings_for
from core.compare.few_shot import USUAL
from core.compare.rows import Side
from core.compare.run import Shots
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset, JobRecord, Project
from core.monitor.deployments import deployment_of
from pages.ui import models, state
from pages.ui.names import told_apart
from pages.ui.text import t, tn

PLAIN, SHOTS = "plain", "shots"


@dataclass(frozen=True, slots=True)
class Taking:
    """A candidate that takes part, and where it is asked (None where its answers came in a file).

    `base` is the model that it costs as, `trained` whether it is a fine-tune of that; `trained_on` is the data set whose training rows it
    has seen or, of a model that nobody knows more of, may have seen. `run_id` is the run of recorded answers.
    """

    candidate: Candidate
    where: Connection | None
    base: BaseModel
    trained: bool = False
    trained_on: Dataset | None = None
    shots: Shots = ()
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What all candidates of a page are asked: the rows of one side of a data set, for the model of one training."""

    project: Project
    record: JobRecord
    dataset: Dataset
    side: Side
    rows: Sequence[Example]

    @property
    def place(self) -> str:
        """Where the choice of candidates is kept; it goes with the project."""
        return f"compare/{self.project.id}/{self.record.id}"


def kept_of(table: Table) -> dict[str, Any]:
    """What was chosen: the keys `more`, the models and files that were `added`, and `k`, how many examples are shown."""
    found = state.workspace().get_setting(table.place) or {}
    return {"more": list(found.get("more", ())), "added": list(found.get("added", ())), "k": int(found.get("k", USUAL))}


def keep(table: Table, **changes: Any) -> None:
    """Keep a changed choice: any of what `kept_of` gives."""
    state.workspace().set_setting(table.place, kept_of(table) | changes)


def offered(table: Table, before: Taking, after: Taking, kept: Mapping[str, Any]) -> dict[str, Taking]:
    """Everybody by a key that is kept, no two under one name, and none who is asked the same as another or as one of the main two."""
    found: dict[str, Taking] = {}
    if not before.base.practice:  # it answers the same whatever stands before the question
        if any(row.system for row in table.rows):
            bare = replace(before.candidate, label=t("Before, no system prompt"), prompt=Prompt(system=False))
            found[PLAIN] = replace(before, candidate=bare)
        k = kept["k"]
        label = tn("Before, {n} similar example shown", "Before, {n} similar examples shown", k)
        found[SHOTS] = replace(before, candidate=replace(before.candidate, label=label, prompt=Prompt(shots=k)))
    for key, one in _trained(table, after):
        found[key] = one
    for spec in kept["added"]:
        made = added(table, spec)
        if made is not None and not any(one.candidate.asks_the_same(made.candidate) for one in (before, after, *found.values())):
            found[spec["key"]] = made
    # a model may be called what a column of the tables is called, and would take its place there
    columns = (t("Row"), t("Question"), t("Said before"), t("Expected"), t("Like a training row"), t("Note"), t("Rule"))
    taken = {name: name for name in (after.candidate.label, before.candidate.label, *columns)}
    labels = told_apart(taken | {key: one.candidate.label for key, one in found.items()})
    return {key: replace(one, candidate=one.candidate.named(labels[key])) for key, one in found.items()}


def _trained(table: Table, after: Taking) -> list[tuple[str, Taking]]:
    """The project's other trained models, and the checkpoints of all of them."""
    ws, found = state.workspace(), []
    for record in models.finished(table.project):
        where = models.connection_of(record)
        base = models.base_of(record, where)
        last = models.tuned_name(record)
        if not last or not _answers(record, where):
            continue
        trained_on = models.dataset_of(record) or table.dataset  # of one made elsewhere nobody knows: it may have seen them
        name = t("After") if record.id == table.record.id else models.friendly_name(record, where)
        states = {last: name}
        own = record.snapshot.fine_tuned_model if record.snapshot else ""
        if not base.practice and last == own:  # a deployment is of one checkpoint alone
            for point in ws.checkpoints(record.id):
                if point.model and point.model != last:
                    states[point.model] = t("{name}, step {step}", name=name, step=point.step)
        for model, label in states.items():
            kind = "practice" if base.practice else "tuned" if model == last else "checkpoint"
            candidate = Candidate(kind, label, where.id, record.origin, model, _settings(table, base))  # type: ignore[arg-type]
            if (where.origin, model) != (after.candidate.origin, after.candidate.model):
                found.append((f"{record.id} {model}", Taking(candidate, where, base, trained=True, trained_on=trained_on)))
    return found


def _answers(record: JobRecord, where: Connection) -> bool:
    if where.dialect.deploy is None:
        return True
    known = deployment_of(state.workspace(), record.id)
    return known is not None and known.state == "ready"


def added(table: Table, spec: Mapping[str, Any]) -> Taking | None:
    """A model of another connection, or recorded answers, as they were kept; None for what is not there any more."""
    if spec["what"] == "recorded":
        run = next((run for run in state.workspace().runs(table.project.id) if run.id == spec["run"]), None)
        if run is None:
            return None
        candidate = Candidate("recorded", run.label, run.connection_id, run.origin, run.model, run.settings)
        return Taking(candidate, None, BaseModel("", ""), trained_on=table.dataset, run_id=run.id)
    where = state.connection_at(spec["connection"], spec["origin"])
    base = models.base_named(where, spec["model"])
    label = f"{spec['model']} ({t('this machine') if where.local else where.host})"
    candidate = Candidate("elsewhere", label, where.id, where.origin, spec["model"], _settings(table, base))
    return Taking(candidate, where, base, trained_on=table.dataset)


def _settings(table: Table, base: BaseModel) -> dict[str, Any]:
    return settings_for((row.answer for row in table.rows), small=base.small)
