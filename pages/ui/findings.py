"""What the checks found, worst first, each with its reason, its rows and its repair; undo drops the last repair."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.base.types import Finding
from core.io.workspace import Project
from core.prepare.prepared import finding_from_json
from core.prepare.repairs import step_for
from pages.ui import preparing
from pages.ui.sentences import repair_explained, repair_label, title, why
from pages.ui.text import t, tn

_LOOK = {
    "error": (":red-badge[:material/error: {}]", 0),
    "warning": (":orange-badge[:material/warning: {}]", 1),
    "info": (":gray-badge[:material/info: {}]", 2),
}
LISTED = 30


def verdict(shown: dict[str, Any]) -> None:
    """The word over all findings."""
    n = shown["n"]
    match shown["verdict"]["word"]:
        case "ready":
            st.success(
                tn("Ready: {n} example and nothing to mend.", "Ready: {n} examples and nothing to mend.", n), icon=":material/check_circle:"
            )
        case "ready_but":
            st.warning(
                tn("Ready, but look at this first: {n} example.", "Ready, but look at this first: {n} examples.", n),
                icon=":material/warning:",
            )
        case "teaches_nothing":
            st.error(
                t("This would teach nothing. A training would run and cost, and the model would not get better."), icon=":material/block:"
            )
        case _:
            st.error(t("Not ready yet: a server would refuse this data as it is."), icon=":material/error:")


def show(project: Project, shown: dict[str, Any]) -> None:
    """Every finding with its repair, then the repairs that were made."""
    for found in shown["findings"]:
        _one(project, finding_from_json(found), found["n"])
    if applied := shown["applied"]:
        st.caption(t("Repairs so far"))
        for step in applied:
            st.markdown(f":material/build: {repair_label(step['repair'])} – " + tn("{n} row", "{n} rows", step["n"]))
        st.button(t("Undo the last repair"), icon=":material/undo:", key=f"undo_{project.id}", on_click=preparing.undo, args=(project,))


def _one(project: Project, finding: Finding, n: int) -> None:
    badge = {"error": t("must be mended"), "warning": t("worth a look"), "info": t("good to know")}[finding.severity]
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{_LOOK[finding.severity][0].format(badge)} **{title(finding)}**")
        if reason := why(finding):
            st.markdown(reason)
        if finding.rows:
            listed = ", ".join(str(row) for row in finding.rows[:LISTED])
            more = n - min(len(finding.rows), LISTED)
            st.caption(t("Rows {rows} and {n} more", rows=listed, n=more) if more > 0 else t("Rows {rows}", rows=listed))
        if finding.server_words:
            with st.expander(t("In a server's own words"), icon=":material/dns:"):
                st.text(finding.server_words)
        if step_for(finding) is not None and finding.repair:
            st.button(
                repair_label(finding.repair),
                icon=":material/build:",
                key=f"repair_{project.id}_{finding.code}",
                on_click=_repair,
                args=(project, finding),
                help=repair_explained(finding.repair),
            )


def _repair(project: Project, finding: Finding) -> None:
    step = step_for(finding)
    if step is not None:
        preparing.change(project, lambda draft: replace(draft, steps=(*draft.steps, step)))
