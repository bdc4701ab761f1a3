"""A plan that comes as a file is run again: its frozen data is found, and what the connection cannot do is said before anything starts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.base.errors import N_, NotInWorkspace
from core.base.lora_settings import SETTINGS
from core.base.plan_file import PlanFile
from core.base.types import Reason
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset, Plan, Workspace
from core.train.method import material
from core.train.plan import PRESETS, TrainingPlan, build, set_by_hand


@dataclass(frozen=True, slots=True)
class Again:
    """The plan to be agreed to anew, the data set that it trains on, and what differs from the plan that was asked for.

    Codes of the notes: another_connection, another_base_model, setting_left_out, suffix_cut.
    """

    dataset: Dataset
    plan: TrainingPlan
    notes: tuple[Reason, ...] = ()


def plan_file(plan: Plan | TrainingPlan, dataset: Dataset) -> PlanFile:
    """A plan, kept or only just made, as what can be written to a file."""
    files = material(dataset, plan.method)
    return PlanFile(
        connection_id=plan.connection_id,
        origin=plan.origin,
        base_model=plan.base_model,
        method=plan.method,
        preset=plan.preset,
        train_sha256=files.train_sha,
        validation_sha256=files.validation_sha,
        n_train=files.n_train,
        n_validation=files.n_validation,
        hyperparameters=plan.hyperparameters,
        seed=plan.seed,
        suffix=plan.suffix,
        budget=plan.budget,
        metadata=plan.metadata,
    )


def find_data(ws: Workspace, wanted: PlanFile, project_id: str | None = None) -> Dataset:
    """The data set with exactly the files that the plan names, that of the project before others'; raises NotInWorkspace."""
    ids = sorted((project.id for project in ws.projects()), key=lambda one: one != project_id)
    for dataset in (dataset for one in ids for dataset in ws.datasets(one)):
        if wanted.method == "dpo" and not dataset.is_pairs:
            continue
        files = material(dataset, wanted.method)
        if (files.train_sha, files.validation_sha) == (wanted.train_sha256, wanted.validation_sha256):
            return dataset
    raise NotInWorkspace(
        N_("The data of this plan is not on this machine."),
        N_(
            "A plan names its data by a fingerprint and holds none of it. Prepare and save the same data first, then choose the plan again."
        ),
        details=f"sha256 {wanted.train_sha256}",
    )


def again(
    ws: Workspace, wanted: PlanFile, where: Connection, host: str, offered: Collection[BaseModel], *, project_id: str | None = None
) -> Again:
    """Make the same plan on a connection, which may be another one than the plan's.

    `offered` are the base models that can be trained there; empty where the user names one. A base model that is not among them gives way
    to the connection's first, and settings that only small open models have are left out elsewhere: both are told in the notes.
    Raises NotInWorkspace without the data, BadSetting for values that no training takes.
    """
    dataset = find_data(ws, wanted, project_id)
    files = material(dataset, wanted.method)
    model, notes = _model(wanted, where, offered)
    values, left_out = dict(wanted.hyperparameters), []
    if not model.small:
        left_out = [name for name in values if name in SETTINGS and where.dialect.range_of(name) is None]
        values = {name: value for name, value in values.items() if name not in left_out}
    notes += [Reason("setting_left_out", {"setting": name, "host": host}) for name in left_out]
    suffix = wanted.suffix[: where.suffix_max]
    if suffix != wanted.suffix:
        notes.append(Reason("suffix_cut", {"name": wanted.suffix, "short": suffix, "n": where.suffix_max}))
    preset = wanted.preset if wanted.preset in PRESETS else "balanced"
    kind: dict[str, Any] = {"practice": model.practice, "small": model.small, "method": wanted.method, "ranges": where.dialect.ranges}
    # whatever is not the preset's own value was set by hand; a name that no training knows is kept, so that `build` refuses it
    by_hand = set_by_hand(values, preset, files.n_train, has_validation=bool(files.validation_sha), **kind)
    usual = set_by_hand(dict.fromkeys(values, object()), preset, files.n_train, has_validation=bool(files.validation_sha), **kind)
    plan = build(
        connection_id=where.id,
        origin=where.origin,
        host=host,
        base_model=model.id,
        train_sha=files.train_sha,
        validation_sha=files.validation_sha,
        n_train=files.n_train,
        n_validation=files.n_validation,
        preset_name=preset,
        overrides={**{name: value for name, value in values.items() if name not in usual}, **by_hand},
        seed=wanted.seed,
        suffix=suffix,
        suffix_max=where.suffix_max,
        budget=wanted.budget,
        metadata=wanted.metadata,
        **kind,
    )
    return Again(dataset, plan, tuple(notes))


def _model(wanted: PlanFile, where: Connection, offered: Collection[BaseModel]) -> tuple[BaseModel, list[Reason]]:
    notes = [] if where.origin == wanted.origin else [Reason("another_connection", {"host": where.host or where.name})]
    by_id = {model.id: model for model in offered}
    if wanted.base_model in by_id:
        return by_id[wanted.base_model], notes
    if not by_id:
        return where.named(wanted.base_model), notes
    first = where.default_model if where.default_model and where.default_model.id in by_id else next(iter(by_id.values()))
    return first, [*notes, Reason("another_base_model", {"model": wanted.base_model, "instead": first.name})]
