"""What the checks found, worst first: what it is, why it matters, the rows as they are and as the repair would leave them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.base.types import Finding
from core.io.workspace import Project
from core.prepare.draft import Draft, Step
from core.prepare.prepared import finding_from_json
from core.prepare.repairs import safe_steps, step_for
from pages.ui import changes, doubts, preparing
from pages.ui.sentences import repair_explained, repair_label, title, why
from pages.ui.text import Raw, t, tn

_LOOK = {
    "error": ":red-badge[:material/error: {}]",
    "warning": ":orange-badge[:material/warning: {}]",
    "info": ":gray-badge[:material/info: {}]",
}
LISTED = 30
QUOTED = 40  # characters of a text that is quoted a second time

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
    return t("Because: {finding}", finding=Raw(_shortly(found))) if found else ""


def why_not(shown: Json) -> None:
    """Beside the button that cannot be clicked: what has to be mended first."""
    wrong = [_shortly(one) for one in shown["findings"] if one["severity"] == "error"]
    if wrong:
        st.caption(t("Not yet: {finding}", finding=Raw(wrong[0])))


def _shortly(one: Json) -> str:
    """A finding's title with no more than the beginning of a text that it quotes: the whole stands with the finding itself."""
    cut = {name: value[:QUOTED] + "…" if isinstance(value, str) and len(value) > QUOTED else value for name, value in one["params"].items()}
    return title(finding_from_json({**one, "params": cut}))


def show(project: Project, shown: Json) -> None:
    """Every finding with its repair: what was just mended, what counts against the data, and folded away what is merely good to know."""
    found = [(finding_from_json(one), one) for one in shown["findings"]]
    _just_mended(project)
    _repair_safely(project, [finding for finding, _ in found])
    grave = {name: [pair for pair in found if pair[0].severity == name] for name in ("error", "warning")}
    for name, pairs in grave.items():
        if pairs and all(grave.values()):  # a heading tells two groups apart
            st.markdown(f"**{_heading(name, len(pairs))}**")
        for finding, one in pairs:
            _one(project, finding, one)
    minor = [pair for pair in found if pair[0].severity == "info"]
    if minor:
        with st.expander(tn("Good to know: {n} note", "Good to know: {n} notes", len(minor)), icon=":material/info:"):
            for finding, one in minor:
                _one(project, finding, one)


def _heading(severity: str, n: int) -> str:
    return t("To be mended first: {n}", n=n) if severity == "error" else t("Worth a look after that: {n}", n=n)


def _just_mended(project: Project) -> None:
    """What the last click has mended, until another change comes."""
    steps, findings = st.session_state.get(_mended(project), ((), ()))
    if not steps or [step.to_dict() for step in Draft.from_dict(project.draft).steps[-len(steps) :]] != [one.to_dict() for one in steps]:
        return
    done = f":green-badge[:material/check_circle: {t('done')}]"
    with st.container(border=True, gap="xsmall"):
        for finding in findings:
            st.markdown(f"{done} {title(finding)}")
        for step in () if findings else steps:  # single rows of a finding, the others of which are still there
            st.markdown(f"{done} {repair_label(step.repair)} – {tn('{n} row', '{n} rows', len(step.rows or ()))}")
        st.caption(t("It stands under “Changes so far” below and can be undone there."))


def _mended(project: Project) -> str:
    return f"mended_{project.id}"


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
            args=(project, steps, [finding for finding in found if finding.repair in {step.repair for step in steps}]),
        )
        labels = "; ".join(repair_label(step.repair) for step in steps)
        st.caption(
            t("Repairs that lose nothing: {repairs}. Each one then stands under “Changes so far” and can be undone.", repairs=Raw(labels))
        )


def _one(project: Project, finding: Finding, one: Json) -> None:
    badge = {"error": t("must be mended"), "warning": t("worth a look"), "info": t("good to know")}[finding.severity]
    step = step_for(finding)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{_LOOK[finding.severity].format(badge)} **{title(finding)}**")
        if reason := why(finding):
            st.markdown(reason)
        if finding.rows:
            st.caption(_listed(finding, one["n"]))
        if finding.server_words:
            with st.expander(t("What a server would say"), icon=":material/dns:"):
                st.text(finding.server_words)
        if "doubts" in finding.params:
            _doubts(project, finding)
        if preview := one.get("preview"):
            _rows(project, finding, preview, mends=step is not None)
        if step is not None and finding.repair:
            st.button(
                _button(finding, step),
                icon=":material/build:",
                key=f"repair_{project.id}_{finding.code}",
                on_click=_take_steps,
                args=(project, (step,), [finding]),
                help=repair_explained(finding.repair),
            )


def _button(finding: Finding, step: Step) -> str:
    """What the repair's button says; beside ticks for single rows, how many rows it changes."""
    if "doubts" not in finding.params or step.rows is None:
        return repair_label(step.repair)
    return tn("Use the suggested label in {n} row", "Use the suggested label in all {n} rows", len(step.rows))


def _listed(finding: Finding, n: int) -> str:
    """The first rows by their numbers, a copy with the row that it repeats."""
    copy_of = dict(finding.params.get("copies", ()))
    rows = [t("{row} (repeats {of})", row=Raw(row), of=Raw(copy_of[row])) if row in copy_of else str(row) for row in finding.rows[:LISTED]]
    listed = Raw(", ".join(rows))
    if n > len(rows):
        return t("Rows {rows} and {n} more", rows=listed, n=n - len(rows))
    return tn("Row {rows}", "Rows {rows}", n, rows=listed)


def _doubts(project: Project, finding: Finding) -> None:
    key = f"choose_{project.id}_{finding.code}"
    with st.expander(t("Choose row by row"), icon=":material/checklist:", on_change="rerun", key=key) as box:
        if box.open:
            doubts.show(project, finding, lambda step: _take_steps(project, (step,), ()))


def _rows(project: Project, finding: Finding, preview: Sequence[Json], *, mends: bool) -> None:
    label = t("Before and after") if mends else t("Look at the rows")
    key = f"rows_{project.id}_{finding.code}"
    with st.expander(label, icon=":material/difference:" if mends else ":material/visibility:", on_change="rerun", key=key) as box:
        if box.open:
            changes.show(preview, repairs=mends, copy_of=dict(finding.params.get("copies", ())))
            if finding.params.get("n", finding.count) > len(preview):
                st.caption(tn("The first row is shown.", "The first {n} rows are shown.", len(preview)))


def _take_steps(project: Project, steps: Sequence[Step], findings: Sequence[Finding]) -> None:
    preparing.change(project, lambda draft: draft.add(*steps))
    st.session_state[_mended(project)] = (tuple(steps), tuple(findings))
