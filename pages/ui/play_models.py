"""The models that the Playground asks: before and after the training unless others are chosen, up to four of any connection."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.base.model_table import is_tuned
from core.base.types import Price
from core.io.connections import BaseModel, Connection, connections
from core.io.workspace import JobRecord, Project
from pages.ui import consent, deployments, models, prices, probe, small, state
from pages.ui.names import told_apart
from pages.ui.parts import show_errors
from pages.ui.text import Raw, t

MOST: Final = 4
BEFORE, AFTER = "before", "after"
LONGEST_NAME: Final = 200  # characters of a model's name that was typed


@dataclass(frozen=True)
class Side:
    """One model as the page names it; `key` is the name under which its answers are kept, `base` what a fine-tuned one was made from."""

    label: str
    model: str
    where: Connection
    key: str
    practice: bool = False
    base: str = ""

    @property
    def price(self) -> Price | None:
        """What asking it costs, as far as that is known."""
        if self.base and not is_tuned(self.model):  # a deployment has a name of its own
            return prices.tuned(self.where, self.base)
        return prices.of(self.where, self.model)


def before_and_after(record: JobRecord, where: Connection, base: BaseModel, tuned: str) -> dict[str, Side]:
    """The two that are compared where nothing else is chosen."""
    before = base.before_of(tuned)
    return {
        BEFORE: Side(t("Before"), before, where, before, base.practice),
        AFTER: Side(t("After"), tuned, where, tuned, base.practice, base.id),
    }


def meanwhile(project: Project) -> bool:
    """Whether other models are to be talked to, although none is trained yet."""
    return st.toggle(
        t("Talk to another model meanwhile"),
        key=f"meanwhile_{project.id}",
        persist_state="session",
        help=t("Models of a provider or of this machine can be asked without any training."),
    )


def choose(project: Project, pair: Mapping[str, Side], home: str) -> tuple[Side, ...]:
    """Let the user choose which models are asked, folded away; `home` is the origin at which a model is kept by its name alone."""
    offered = dict(pair)
    taken = {side.key for side in pair.values()}
    for side in _others(project, home):
        if side.key not in taken:
            taken.add(side.key)
            offered[side.key] = side
    place = f"play/{project.id}/sides"
    kept = [key for key in state.workspace().get_setting(place, list(pair)) if key in offered] or list(pair)
    st.session_state[f"play_home_{project.id}"] = home
    names = told_apart({key: side.label for key, side in offered.items()})
    box = f"sides_{project.id}"

    # a model that is gone is not chosen any more
    st.session_state[box] = [key for key in st.session_state.get(box, kept[:MOST]) if key in offered]

    def keep() -> None:
        state.workspace().set_setting(place, st.session_state[box])

    with st.expander(t("Models to ask"), icon=":material/compare_arrows:", expanded=not pair):
        chosen = st.multiselect(
            t("Models"),
            list(offered),
            format_func=names.__getitem__,
            max_selections=MOST,
            key=box,
            on_change=keep,
            persist_state="session",
            help=t("Up to four answer the same question at the same time, side by side."),
        )
        if len(offered) > MOST:
            st.caption(t("At most {most} models answer at once: “Select all” takes the first {most} of the list.", most=MOST))
        _add(project)
    return tuple(offered[key] for key in chosen) or tuple(pair.values())


def agreed(sides: tuple[Side, ...]) -> bool:
    """Name every host that the question goes to; True once each has been agreed to."""
    hosts = {side.where.origin: side.where for side in sides}
    return all([consent.ask_questions(where, key=f"play_{origin}") for origin, where in hosts.items()])


def one_of(label: str, names: Mapping[str, str], sides: Sequence[Side], *, key: str) -> str:
    """Let one of these be chosen, by the key of its answers: the trained model unless another one was; who comes changes nothing."""
    if len(names) == 1:
        return next(iter(names))
    told, options = told_apart(names), list(names)
    held, trained = f"{key}_held", [side.key for side in sides if side.base and side.key in names]
    now = str(st.session_state.get(held, ""))
    # the box sends back the text of its entries: with other entries it is another box
    box = f"{key}_{hash(tuple(told.values()))}"

    def hold() -> None:
        st.session_state[held] = st.session_state[box]

    usual = now if now in names else trained[0] if trained else options[-1]
    return str(st.selectbox(label, options, index=options.index(usual), format_func=told.__getitem__, key=box, on_change=hold))


def _others(project: Project, home: str) -> Iterator[Side]:
    """Every other model that is known by name: trained ones with their checkpoints, small ones of this machine, those of other servers."""

    def side(label: str, model: str, where: Connection, *, practice: bool = False, base: str = "") -> Side:
        return Side(label, model, where, model if where.origin == home else f"{model}@{where.origin}", practice, base)

    for record in models.finished(project):
        where = models.connection_of(record)
        base, name, last = models.base_of(record, where), models.friendly_name(record, where), models.tuned_name(record)
        if not last or not deployments.is_ready(record, where):
            continue
        yield side(t("{model}, trained", model=Raw(name)), last, where, practice=base.practice, base=base.id)
        for one in state.workspace().checkpoints(record.id):
            if one.model and one.model != last and where.dialect.deploy is None:
                label = t("{model}, after step {step}", model=Raw(name), step=one.step)
                yield side(label, one.model, where, practice=base.practice, base=base.id)
        yield side(t("{model}, not trained", model=Raw(t(base.name))), base.before_of(last), where, practice=base.practice)
    for where in _known(project):
        if where.local:
            for name in sorted(state.workspace().get_setting(small.NAMES, {})):
                yield side(t("{model}, on this machine", model=Raw(small.name_of(name))), name, where)
            continue
        told = probe.known(where)
        listed = sorted(one.id for one in (told.models if told else None) or ())
        for model in dict.fromkeys([*(one.id for one in where.base_models), *listed, *_typed(project, where)]):
            yield side(t("{model} at {host}", model=Raw(model), host=Raw(where.host)), model, where)


def _known(project: Project) -> list[Connection]:
    """The connections whose address is known, the project's own first."""
    jobs = [models.connection_of(record) for record in state.workspace().jobs(project.id)]
    found = {where.origin: where for where in (state.chosen_connection(), *jobs, *connections()) if where.local or where.base_url}
    return list(found.values())


def _typed(project: Project, where: Connection) -> list[str]:
    kept = state.workspace().get_setting(f"play/{project.id}/typed", {})
    return list(kept.get(where.origin, []))


def _add(project: Project) -> None:
    """Add a model of a server by its name, or ask the server which it has."""
    servers = {where.origin: where for where in _known(project) if not where.local}
    if not servers:
        return
    st.markdown(t("Add another server's model"))
    left, right = st.columns(2, vertical_alignment="bottom")
    origin = left.selectbox(t("Server"), list(servers), format_func=lambda one: servers[one].host, key=f"play_server_{project.id}")
    where = servers[origin]
    name = f"play_name_{project.id}"
    right.text_input(t("Name of the model"), key=name, max_chars=LONGEST_NAME, help=t("The name by which the server knows it."))
    with st.container(horizontal=True):
        st.button(t("Add it"), icon=":material/add:", key=f"play_add_{project.id}", on_click=_keep_typed, args=(project, where, name))
        if st.button(t("Ask {host} for its list", host=Raw(where.host)), icon=":material/list:", key=f"play_list_{project.id}"):
            with show_errors():
                probe.answers(where)
                st.rerun()
    if state.lacks_key(where):
        st.caption(t("{host} needs an API key: choose it in the sidebar and type the key there.", host=where.host))


def _keep_typed(project: Project, where: Connection, field: str) -> None:
    name = st.session_state[field].strip()
    if not name:
        return
    place = f"play/{project.id}/typed"
    kept = state.workspace().get_setting(place, {})
    state.workspace().set_setting(place, {**kept, where.origin: list(dict.fromkeys([*kept.get(where.origin, []), name]))})
    chosen = st.session_state.get(f"sides_{project.id}", [])
    if len(chosen) < MOST:
        key = name if where.origin == st.session_state.get(f"play_home_{project.id}") else f"{name}@{where.origin}"
        st.session_state[f"sides_{project.id}"] = list(dict.fromkeys([*chosen, key]))
        state.workspace().set_setting(f"play/{project.id}/sides", st.session_state[f"sides_{project.id}"])
    st.session_state[field] = ""
