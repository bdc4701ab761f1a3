"""The base model of a training: which ones a connection offers, or the name by which its server knows one."""

import streamlit as st

from core.base.model_table import is_tuned
from core.io.connections import BaseModel, Connection
from core.io.workspace import Project
from pages.ui import probe, small, ways_on, wishes
from pages.ui.text import t


def choose(where: Connection, project: Project) -> BaseModel | None:
    """Ask which base model learns; None (and a sentence) where none is named yet or the connection trains nothing."""
    if not where.trains:
        st.info(
            t("{name} answers questions but cannot train. Choose another connection in the sidebar.", name=where.name),
            icon=":material/info:",
        )
        ways_on.stay_here(project, wishes.recall(project, where).wishes)
        return None
    if where.asks_address and not where.base_url:
        st.info(t("Type the address of the server in the sidebar first."), icon=":material/info:")
        return None
    wishes.arrive(project, where)
    wished = wishes.recall(project, where).wishes.base_model
    if not where.base_models:
        name = _named(where, project, wished)
        if not name:
            st.info(t("Type the name of the base model that this server can train."), icon=":material/info:")
            return None
        return where.named(name)
    models = small.known(where) if where.local else None
    by_id = {model.id: model for model in where.base_models}
    by_id |= {base.id: base.as_base() for base in (models.ready if models else ())}
    first = where.default_model.id if where.default_model else where.base_models[0].id
    if wished in by_id:
        first = wished
    chosen = st.selectbox(
        t("Base model"),
        list(by_id),
        index=list(by_id).index(first),
        format_func=lambda i: t(by_id[i].name),
        help=t("The base model is the one that is fine-tuned: your examples are taught to it."),
        **wishes.kept_as("base", project, where),
    )
    if wished and wished not in by_id and models is not None:
        st.caption(t("You had chosen {model}, which is not here now.", model=small.name_of(wished)))
    if by_id[chosen].practice:
        st.caption(
            t(
                "The practice model learns in seconds, on this machine, for nothing. It gives answers that it was taught and "
                "composes none: good for trying everything out, and the mark that a paid model has to beat."
            )
        )
    if models is not None:
        if (base := models.find(chosen)) is not None:
            small.describe(base)
        if models.pack.installed:
            small.get_another(models, where, chosen, lambda id: wishes.choose("base", project, where, id))
        else:
            small.pack_hint(models.pack)
    return by_id[chosen]


def _named(where: Connection, project: Project, wished: str) -> str:
    """Ask for the name of a base model: out of those that the server has listed, if it has been asked, or typed."""
    asked = probe.known(where)
    listed = sorted(model.id for model in (asked.models if asked else None) or () if not is_tuned(model.id))
    help = t("The base model is the one that is fine-tuned: your examples are taught to it. Type the name by which the server knows it.")
    if not listed:
        return st.text_input(t("Base model"), value=wished, help=help, **wishes.kept_as("base", project, where)).strip()
    options = listed if wished in ("", *listed) else [wished, *listed]
    chosen = st.selectbox(
        t("Base model"),
        options,
        index=options.index(wished) if wished else None,
        accept_new_options=True,
        placeholder=t("Choose a model of this server, or type a name"),
        help=help,
        **wishes.kept_as("base", project, where),
    )
    return (chosen or "").strip()
