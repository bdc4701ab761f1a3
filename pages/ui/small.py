"""The small open models of this machine on screen: those that are here, those that could be had, and how one gets them."""

import re
from collections.abc import Callable

import streamlit as st

from core.base.errors import TunesmithError
from core.io import local_models
from core.io.connections import Connection
from core.io.local_models import LocalBase, LocalModels, Pack
from pages.ui import state
from pages.ui.parts import show_error, show_errors
from pages.ui.text import Raw, escape, language, number, percent, t

NAMES = "names of small models"  # the workspace's setting: a model that has been removed keeps its name on old trainings
IMPORTED = "imported model"  # of this session: the id of the folder that was imported last
_LINK = re.compile(r"https://[\w.-]+(/[\w./-]*)?")


def known(where: Connection) -> LocalModels | None:
    """What the engine says of its models; None, with the problem on the page, where it says nothing."""
    with show_errors():
        models = local_models.local_models(state.client(where))
        _remember(models)
        return models
    return None


def _remember(models: LocalModels) -> None:
    ws = state.workspace()
    kept = ws.get_setting(NAMES, {})
    names = kept | {base.id: base.name for base in models.bases if base.state == "ready"}
    if names != kept:
        ws.set_setting(NAMES, names)


def name_of(id: str) -> str:
    """What people call a small model, wherever it is now."""
    return str(state.workspace().get_setting(NAMES, {}).get(id, id))


def describe(base: LocalBase) -> None:
    """What a model that has been chosen is, in two sentences."""
    st.caption(
        t(
            "A small open model that really learns, on this machine, for nothing: afterwards it composes answers of its own, "
            "in the manner of your examples."
        )
        + " "
        + _facts(base, here=True)
    )
    _fits(base)


def pack_hint(pack: Pack) -> None:
    """One sentence on how to get the pack, where it is not here."""
    # no caption: the faded command in it would have a contrast under 4.5
    told = {"command": Raw(f"`{pack.command}`"), "size": Raw(number(pack.size_gb, 1))}
    if pack.code == "outdated":
        st.markdown(
            t(
                "The programs for small open models do not fit this version of Tunesmith ({packages}). Close Tunesmith and start it "
                "with {command} to put that right.",
                packages=pack.packages,
                **told,
            )
        )
    elif not pack.installed:
        st.markdown(
            t(
                "This machine can also really teach a small open model. For that, close Tunesmith and start it with {command}: "
                "it fetches the programs, about {size} GB, once.",
                **told,
            )
        )


def get_another(models: LocalModels, where: Connection, chosen: str, choose: Callable[[str], None]) -> None:
    """The models that could be had, folded away; those that are here can be chosen, by a callback with their id, or removed."""
    shown = models.at_work or IMPORTED in st.session_state
    with st.expander(t("Get another model"), icon=":material/download:", key="get_another", expanded=shown):
        st.markdown(
            t(
                "These models are free to download, from huggingface.co. Small ones learn in minutes on an ordinary processor; "
                "larger ones write better, and want a graphics card."
            )
        )
        _watched(models, where, chosen, choose)
        st.toggle(t("Show the larger models, too"), key="large_models", persist_state="session")
        _bring_in(models, where, chosen, choose)


def _watched(models: LocalModels, where: Connection, chosen: str, choose: Callable[[str], None]) -> None:
    @st.fragment(run_every="1s" if models.at_work else None)
    def rows() -> None:
        fresh = local_models.local_models(state.client(where)) if models.at_work else models
        if [base.state for base in fresh.bases] != [base.state for base in models.bases]:
            st.rerun()  # something has come or gone: the choice above, and the timer, follow
        large = st.session_state.get("large_models", False)
        for base in sorted(fresh.bases, key=lambda one: (one.state == "missing", one.bytes)):
            if large or not base.needs_gpu or base.state != "missing" or base.done or base.problem is not None:
                _row(base, fresh, where, None if base.id == chosen else choose)

    with show_errors():
        rows()


def _row(base: LocalBase, models: LocalModels, where: Connection, choose: Callable[[str], None] | None) -> None:
    with st.container(border=True, gap="xsmall", key=f"model_{base.id}"):
        st.markdown(f"**{escape(base.name)}**")
        if base.bytes:
            st.caption(_facts(base, here=base.state == "ready"))
        if base.problem is not None:
            show_error(base.problem.error())
        if base.state in local_models.AT_WORK:
            share = Raw(percent(base.share))
            st.progress(
                base.share,
                text=t("Downloading: {share}", share=share) if base.state == "downloading" else t("Taking it in: {share}", share=share),
            )
        never = models.total and base.memory > models.total
        if base.state == "ready":
            _fits(base)
        elif base.state == "missing":
            if never:
                st.caption(
                    t(
                        "It is too large for this machine, which has {total} GB of memory.",
                        total=Raw(number(models.total / 1e9, 1)),
                    )
                )
            else:
                _fits(base)
        _orders(base, where, choose, never=bool(never))


def _orders(base: LocalBase, where: Connection, choose: Callable[[str], None] | None, *, never: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if base.state in local_models.AT_WORK:
            _order(t("Cancel"), ":material/close:", "stop", base, where)
        elif base.state == "missing":
            begun = base.done > 0
            get = t("Go on: {share} is here", share=Raw(percent(base.share))) if begun else t("Get")
            # every row has such a button: what is heard must name its model
            help = t("Downloads {name} to this machine.", name=base.name)
            _order(get, ":material/download:", "get", base, where, disabled=never, help=help)
            if begun:
                _order(t("Throw away what has come"), ":material/delete:", "drop", base, where)
        else:
            if base.state == "ready":
                st.badge(t("On this machine"), icon=":material/check_circle:", color="green")
                if choose is not None:
                    help = t("Makes {name} the base model of this training.", name=base.name)
                    if st.button(t("Choose it"), key=f"choose_{base.id}", on_click=choose, args=(base.id,), help=help):
                        st.rerun()  # the whole page: a click in here runs this part alone
            with st.popover(t("Remove"), type="tertiary", icon=":material/delete:", key=f"remove_{base.id}"):
                st.markdown(t("Models that were trained from it stop answering until you get it again. What they learned is kept."))
                _order(t("Remove it from this machine"), ":material/delete:", "drop", base, where)


def _order(
    label: str, icon: str, what: str, base: LocalBase, where: Connection, *, disabled: bool = False, help: str | None = None
) -> None:
    def carry_out() -> None:
        try:
            client = state.client(where)
            if what == "get":
                local_models.start_download(client, base.id)
            else:
                local_models.remove(client, base.id)
        except TunesmithError as problem:  # a callback has no page to draw on
            st.session_state[place] = problem

    place = f"problem_{what}_{base.id}"
    if st.button(label, icon=icon, key=f"{what}_{base.id}", disabled=disabled, on_click=carry_out, help=help):
        st.rerun()  # the whole page: a click in here runs this part alone
    if (refused := st.session_state.pop(place, None)) is not None:
        show_error(refused)


def _bring_in(models: LocalModels, where: Connection, chosen: str, choose: Callable[[str], None]) -> None:
    st.markdown(f"**{t('Without a network')}**")
    st.caption(
        t(
            "Download a model's folder on another machine, from its page on huggingface.co, and carry it here. Tunesmith looks through "
            "it first: a model that could run a program of its own is refused."
        )
    )
    folder = st.text_input(t("The model's folder on this machine"), key="model_folder").strip()
    if st.button(t("Import this folder"), icon=":material/drive_folder_upload:", key="import_folder") and folder:
        with show_errors():
            with st.spinner(t("Looking through the folder…")):
                st.session_state[IMPORTED] = local_models.import_folder(state.client(where), folder).id
            st.rerun()
    _imported(models, chosen, choose)


def _imported(models: LocalModels, chosen: str, choose: Callable[[str], None]) -> None:
    """What has become of the folder that was imported last, beside the button: the row that tells more may be far up the list."""
    base = models.find(st.session_state.get(IMPORTED, ""))
    if base is None:
        return
    if base.state in local_models.AT_WORK:
        told = t("{name} is being checked and added. Its row above shows how far that is.", name=base.name)
        st.info(told, icon=":material/hourglass_top:")
    elif base.state == "ready" and base.id == chosen:
        st.success(t("{name} is the base model of this training now.", name=base.name), icon=":material/check_circle:")
    elif base.state == "ready":  # whoever has just brought it in wants it, and the box and the row are far up the page
        st.success(t("{name} is ready, and not chosen yet.", name=base.name), icon=":material/check_circle:")
        help = t("Makes {name} the base model of this training.", name=base.name)
        st.button(t("Choose it"), key="choose_imported", on_click=choose, args=(base.id,), help=help)


def _fits(base: LocalBase) -> None:
    """Whether the memory that is free now is enough for a training: a warning with both figures where it is not."""
    if base.fit is not None:
        st.warning(t(base.fit.sentence, **base.fit.params) + " " + t(base.fit.remedy), icon=":material/memory:")
    elif base.memory:
        st.caption(f":material/check: {t('Training it fits into the memory that is free here now.')}")


def _facts(base: LocalBase, *, here: bool) -> str:
    size = _gigabytes(base.bytes)
    facts = [t("{size} on this machine", size=size) if here else t("{size} to download", size=size)]
    if base.memory:
        facts.append(t("training needs about {size} of memory", size=_gigabytes(base.memory)))
    if base.languages:
        facts.append(t("languages: {languages}", languages=Raw(", ".join(map(_language, base.languages)))))
    if base.licence:
        facts.append(t("licence: {licence}", licence=_licence(base)))
    if base.needs_gpu:
        facts.append(t("takes hours without a graphics card"))
    return " · ".join(facts)


def _licence(base: LocalBase) -> Raw:
    """The licence's name, linked where its address is a plain one; what may be done under it only the licence itself says."""
    name = escape(base.licence)
    return Raw(f"[{name}]({base.licence_url})" if _LINK.fullmatch(base.licence_url) else name)


def _language(code: str) -> str:
    from babel import Locale

    if code == "multilingual":
        return t("and others")
    return escape(str(Locale.parse(language()).languages.get(code, code)))


def _gigabytes(size: int) -> Raw:
    if size < 1e8:
        return Raw(t("{n} MB", n=max(1, round(size / 1e6))))
    return Raw(t("{n} GB", n=Raw(number(size / 1e9, 1))))
