"""What the checks found, worst first: what it is, why it matters, the rows as they are and as the repair would leave them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.base.types import Finding
from core.io.workspace import Project
from core.prepare.prepared import finding_from_json
from core.prepare.repairs import safe_steps, step_for
from pages.ui import changes, preparing
from pages.ui.sentences import repair_explained, repair_label, title, why
from pages.ui.text import Raw, t, tn

_LOOK = {
    "error": ":red-badge[:material/error: {}]",
    "warning": ":orange-badge[:material/warning: {}]",
    "info": ":gray-badge[:material/info: {}]",
}
LISTED = 30

Json = dict[str, Any]


def verdict(shown: Json) -> None:
    """The word over all findings, with what led to it."""
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
            told = t("This would teach nothing. A training would run and cost, and the model would not get better.")
            st.error(f"{told}  \n{_because(shown)}", icon=":material/block:")
        case _:
            st.error(t("Not ready yet: a server would refuse this data as it is."), icon=":material/error:")


def _because(shown: Json) -> str:
    """The finding that the verdict rests on, in its own words."""
    codes = [reason["params"]["code"] for reason in shown["verdict"]["reasons"] if reason["code"] == "finding"]
    found = next((finding for code in codes for finding in shown["findings"] if finding["code"] == code), None)
    return t("Because: {finding}", finding=Raw(title(finding_from_json(found)))) if found else ""


def why_not(shown: Json) -> None:
    """Beside the button that cannot be clicked: what has to be mended first."""
    wrong = [title(finding_from_json(one)) for one in shown["findings"] if one["severity"] == "error"]
    if wrong:
        st.caption(t("Not yet: {finding}", finding=Raw(wrong[0])))


def show(project: Project, shown: Json) -> None:
    """Every finding with its repair: what counts against the data first, what is merely good to know folded away below it."""
    found = [(finding_from_json(one), one) for one in shown["findings"]]
    grave = [pair for pair in found if pair[0].severity != "info"]
    minor = [pair for pair in found if pair[0].severity == "info"]
    _repair_safely(project, [finding for finding, _ in found])
    for finding, one in grave:
        _one(project, finding, one)
    if minor:
        with st.expander(tn("Good to know: {n} note", "Good to know: {n} notes", len(minor)), icon=":material/info:"):
            for finding, one in minor:
                _one(project, finding, one)


def _repair_safely(project: Project, found: Sequence[Finding]) -> None:
    """One click for all repairs that lose nothing, where there are several of them."""
    steps = safe_steps(found)
    if len(steps) < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            t("Repair all that is safe ({n})", n=len(steps)),
            icon=":material/auto_fix_high:",
            key=f"repair_safe_{project.id}",
            on_click=_take_steps,
            args=(project, steps),
        )
        labels = "; ".join(repair_label(step.repair) for step in steps)
        st.caption(t("Repairs that lose nothing: {repairs}. Each one stands in the list below and can be undone.", repairs=Raw(labels)))


def _one(project: Project, finding: Finding, one: Json) -> None:
    badge = {"error": t("must be mended"), "warning": t("worth a look"), "info": t("good to know")}[finding.severity]
    step = step_for(finding)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{_LOOK[finding.severity].format(badge)} **{title(finding)}**")
        if reason := why(finding):
            st.markdown(reason)
        if finding.rows:
            listed = ", ".join(str(row) for row in finding.rows[:LISTED])
            more = one["n"] - min(len(finding.rows), LISTED)
            st.caption(t("Rows {rows} and {n} more", rows=listed, n=more) if more > 0 else t("Rows {rows}", rows=listed))
        if finding.server_words:
            with st.expander(t("In a server's own words"), icon=":material/dns:"):
                st.text(finding.server_words)
        if preview := one.get("preview"):
            _rows(project, finding, preview, mends=step is not None)
        if step is not None and finding.repair:
            st.button(
                repair_label(finding.repair),
                icon=":material/build:",
                key=f"repair_{project.id}_{finding.code}",
                on_click=_take_steps,
                args=(project, (step,)),
                help=repair_explained(finding.repair),
            )


def _rows(project: Project, finding: Finding, preview: Sequence[Json], *, mends: bool) -> None:
    label = t("Before and after") if mends else t("Look at the rows")
    key = f"rows_{project.id}_{finding.code}"
    with st.expander(label, icon=":material/difference:" if mends else ":material/visibility:", on_change="rerun", key=key) as box:
        if box.open:
            changes.show(preview, repairs=mends)
            if finding.params.get("n", finding.count) > len(preview):
                st.caption(tn("The first row is shown.", "The first {n} rows are shown.", len(preview)))


def _take_steps(project: Project, steps: Sequence[Any]) -> None:
    preparing.change(project, lambda draft: draft.add(*steps))
