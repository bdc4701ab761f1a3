"""What the user has chosen for a training, kept by project and connection: it survives a refresh, a new session and another connection."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.base.errors import BadSetting
from core.base.lora_settings import USUAL
from core.io.connections import BaseModel, Connection, connections
from core.io.workspace import Dataset, Plan, Project
from core.train import carry
from core.train.carry import Fitted, Place, Wishes, fit, from_json, moved, to_json
from core.train.method import material, offer
from core.train.notes import read_notes
from pages.ui import probe, state

_FIELDS = {"base": "base_model", "method": "method", "preset": "preset", "seed": "seed", "suffix": "suffix"}  # by the name of the box


@dataclass(frozen=True)
class Recalled:
    """The wishes of a project on a connection; `behind` is the base model chosen on another one, which is not offered here ("" if none)."""

    wishes: Wishes
    behind: str = ""


def recall(project: Project, where: Connection) -> Recalled:
    """What was last chosen here; where nothing was, what was chosen on the connection before."""
    kept = state.workspace().get_setting(_setting(project), {})
    at = kept.get("at", {})
    if where.origin in at:
        return Recalled(from_json(at[where.origin]))
    plans = state.workspace().plans(project.id)
    if (plan := next((one for one in plans if one.origin == where.origin), None)) is not None:
        return Recalled(of_plan(plan))
    before = from_json(at[kept["last"]]) if kept.get("last") in at else of_plan(plans[0]) if plans else Wishes()
    asked = probe.known(where)
    listed = [model.id for model in asked.models] if asked is not None and asked.models else []
    over = moved(before, [*(model.id for model in where.base_models), *listed])
    proposed = {one.default_model.id for one in connections() if one.default_model}  # what a page proposed, nobody misses
    return Recalled(over, "" if over.base_model or before.base_model in proposed else before.base_model)


def fitted(project: Project, dataset: Dataset, where: Connection, model: BaseModel) -> Fitted:
    """What of it this model takes on this connection, and what it does not."""
    methods = offer(dataset, where, model).methods
    wishes = recall(project, where).wishes
    method = wishes.method if wishes.method in methods else methods[0]
    has_validation = bool(material(dataset, method or methods[0]).validation_sha)
    return fit(wishes, Place(methods, model.small, has_validation, where.suffix_max, where.dialect.ranges))


def arrive(project: Project, where: Connection) -> None:
    """Begin on a connection: after another one the boxes show again what is kept, and from here it goes on to the next."""
    here, mark = f"{where.id} {where.origin}", f"wishes_at_{project.id}"
    if st.session_state.get(mark, here) != here:
        _forget_typed(project, where)
    st.session_state[mark] = here
    kept = state.workspace().get_setting(_setting(project), {})
    if where.origin in kept.get("at", {}) and kept.get("last") != where.origin:
        state.workspace().set_setting(_setting(project), kept | {"last": where.origin})


def kept_as(name: str, project: Project, where: Connection) -> dict[str, Any]:
    """How a box remembers what is chosen in it: within the session by its key, and beyond by writing it down."""
    key = name + _ending(project, where)
    return {"key": key, "persist_state": "session", "on_change": lambda: _keep(name, project, where, st.session_state[key])}


def choose(name: str, project: Project, where: Connection, value: Any) -> None:
    """Choose in a box by another way than the box itself; for a callback."""
    st.session_state[name + _ending(project, where)] = value
    _keep(name, project, where, value)


def take_over(project: Project, where: Connection, plan: Plan) -> None:
    """Choose here what this plan has, in place of what was chosen before; the boxes show it from the next run of the page on."""
    _write(project, where, of_plan(plan))
    _new_boxes(project, where)
    st.session_state[_taken(project)] = recall(project, where).wishes


def is_as_taken(project: Project, where: Connection) -> bool:
    """Whether what is chosen here is still what a plan that was taken over has."""
    return st.session_state.get(_taken(project)) == recall(project, where).wishes


def take_along(project: Project, where: Connection, chosen: Wishes) -> None:
    """Choose on another connection what was chosen on one's own, the base model only where it is offered there, too.

    Where it is not, the one that was chosen there before stays; on this machine the practice model takes its place, which needs nothing.
    """
    if chosen == Wishes():  # nothing was chosen that could take the place of what is there
        return
    over = moved(chosen, [model.id for model in where.base_models])
    if not over.base_model and not where.local:
        over = replace(over, base_model=recall(project, where).wishes.base_model)
    _write(project, where, over)
    _new_boxes(project, where)


def _keep(name: str, project: Project, where: Connection, value: Any) -> None:
    wishes = recall(project, where).wishes
    if name == "notes":
        try:
            wishes = replace(wishes, metadata=read_notes(value))
        except BadSetting:  # the plan says what is wrong with them
            return
    elif name in _FIELDS:
        clean = value.strip() if isinstance(value, str) else value
        chosen: dict[str, Any] = {_FIELDS[name]: clean or "" if name == "base" else clean}
        wishes = replace(wishes, **chosen)
    else:
        others = {one: was for one, was in wishes.by_hand.items() if one != name}
        wishes = replace(wishes, by_hand=others if value is None or (name == "tuning" and value == USUAL[name]) else others | {name: value})
    _write(project, where, wishes)


def _write(project: Project, where: Connection, wishes: Wishes) -> None:
    ws = state.workspace()
    kept = ws.get_setting(_setting(project), {})
    ws.set_setting(_setting(project), {"last": where.origin, "at": kept.get("at", {}) | {where.origin: to_json(wishes)}})


def of_plan(plan: Plan) -> Wishes:
    """What was chosen for a kept plan."""
    where = next((one for one in connections() if one.id == plan.connection_id), None)
    practice = where is not None and any(model.id == plan.base_model and model.practice for model in where.base_models)
    small = where is not None and where.local and not practice
    ranges = where.dialect.ranges if where is not None else ()
    return carry.of_plan(plan, state.workspace().dataset(plan.dataset_id), practice=practice, small=small, ranges=ranges)


def _setting(project: Project) -> str:
    return f"choices/{project.id}/"


def _ending(project: Project, where: Connection) -> str:
    times = st.session_state.get(_renewed(project), 0)
    return f"_{project.id}_{where.id}" + (f"_{times}" if times else "")


def _renewed(project: Project) -> str:
    return f"wishes_renewed_{project.id}"


def _taken(project: Project) -> str:
    return f"wishes_taken_{project.id}"


def _new_boxes(project: Project, where: Connection) -> None:
    """Let other boxes take the place of those on the page: one that stays keeps in the browser what was chosen there, whatever is kept."""
    _forget_typed(project, where)
    st.session_state[_renewed(project)] = st.session_state.get(_renewed(project), 0) + 1


def _forget_typed(project: Project, where: Connection) -> None:
    """Let the boxes show what is kept instead of what was typed in this session."""
    for key in [key for key in st.session_state if str(key).endswith(_ending(project, where))]:
        del st.session_state[key]
