"""Trainings made elsewhere, on Monitor: what the connection lists beside ours, and one click to take one into the project."""

import streamlit as st

from core.base.remote import Job
from core.io.connections import Connection
from core.io.workspace import Project
from core.monitor.elsewhere import Listed, adopt, list_strangers
from pages.ui import state
from pages.ui.models import base_named
from pages.ui.parts import show_errors
from pages.ui.sentences.training import STATUS
from pages.ui.text import Raw, day, escape, t, tn

SEEN = "trainings elsewhere"  # of this session: what was listed, by connection


def offer(project: Project | None) -> None:
    """Offer to look through the connection's own list; nobody is asked before the click."""
    where = state.chosen_connection()
    if where.base_url is None and not where.local:
        return
    with st.expander(t("Trainings made elsewhere"), icon=":material/travel_explore:", key="elsewhere", on_change="rerun") as box:
        if not box.open:
            return
        if where.local:
            st.markdown(
                t("This machine also keeps trainings that other programs or projects have started. You can watch and use them here.")
            )
        else:
            told = t(
                "{host} also keeps trainings that other programs or projects have started. You can watch and use them here.",
                host=where.host,
            )
            st.markdown(told)
        host = t("this machine") if where.local else where.host
        if state.lacks_key(where):
            st.info(t("Type the API key for {host} in the sidebar first.", host=where.host), icon=":material/key:")
            return
        if st.button(t("Look for trainings on {host}", host=Raw(host)), icon=":material/search:", key="look_elsewhere"):
            st.session_state[SEEN] = {}
            _read(where, None)
        parts: list[Listed] = st.session_state.get(SEEN, {}).get(where.origin, [])
        if not parts:
            return
        ws = state.workspace()
        taken = {record.remote_id for record in ws.jobs_at(where.origin)}  # adopted since the list was read
        strangers = [job for part in parts for job in part.jobs if job.id not in taken]
        known = sum(part.known + sum(job.id in taken for job in part.jobs) for part in parts)
        if not strangers:
            st.caption(
                tn(
                    "None was made elsewhere: the {n} on the list is in your projects.",
                    "None was made elsewhere: all {n} on the list are in your projects.",
                    known,
                )
                if known
                else t("None was made elsewhere.")
            )
        for job in strangers:
            _row(project, where, job)
        if strangers and known:
            st.caption(tn("{n} more on the list is in your projects already.", "{n} more on the list are in your projects already.", known))
        if (after := parts[-1].after) is not None and st.button(t("Show older ones"), icon=":material/expand_more:", key="older_elsewhere"):
            _read(where, after)
            st.rerun()


def _read(where: Connection, after: str | None) -> None:
    with show_errors(), st.spinner(t("Asking for the list…")):
        part = list_strangers(state.workspace(), state.client(where), after=after)
        kept = st.session_state.setdefault(SEEN, {})
        kept[where.origin] = [*kept.get(where.origin, []), part]


def _row(project: Project | None, where: Connection, job: Job) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        word = t(STATUS[job.status]) if job.raw_status in STATUS else t("Unknown state: {word}", word=job.raw_status)
        begun = t("begun on {day}", day=Raw(day(job.created_at))) if job.created_at else ""
        facts = [f"**{t(base_named(where, job.base_model).name)}**", word, begun, escape(job.id)]
        st.markdown(" · ".join(part for part in facts if part), width="stretch")
        if st.button(t("Take into this project"), key=f"adopt_{job.id}", icon=":material/add:"):
            _adopt(project, where, job)


def _adopt(project: Project | None, where: Connection, job: Job) -> None:
    with show_errors():
        ws = state.workspace()
        client = state.client(where)
        if project is None:
            name = t("Training of {model}", model=Raw(base_named(where, job.base_model).name))
            project = ws.create_project(name, now=state.now(), connection_id=where.id)
            if where.asks_address:
                ws.update_project(project.id, state.now(), base_url=where.base_url)
            state.open_project(project.id)
        adopt(ws, client, project.id, job, state.now())
        st.rerun()
