"""The six steps in the order of the work, and how far the open project has come."""

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page as StreamlitPage

from core.base.remote import JobStatus
from core.io.workspace import Project, Workspace
from pages.ui import state
from pages.ui.text import t


@dataclass(frozen=True)
class StepInfo:
    """One screen: its file, its title and the sentence that says what it is for."""

    key: str
    title: str
    purpose: str

    @property
    def file(self) -> str:
        return f"pages/{self.key}.py"


def steps() -> tuple[StepInfo, ...]:
    """The six screens, titled in the language in use."""
    return (
        StepInfo("prepare", t("Prepare"), t("Turn your rows into training examples, and check them before anyone trains on them.")),
        StepInfo("estimate", t("Estimate"), t("See what the training will cost and whether it can run, before anything is spent.")),
        StepInfo("train", t("Train"), t("Choose how to train, read the plan in one sentence, and start.")),
        StepInfo("monitor", t("Monitor"), t("Watch the training as it happens, and see what came out of it.")),
        StepInfo("playground", t("Playground"), t("Ask the model before and after training the same question, side by side.")),
        StepInfo("compare", t("Compare"), t("Score both models on questions they have never seen, and see how sure the result is.")),
    )


def step(key: str) -> StepInfo:
    """One screen by its key."""
    return next(s for s in steps() if s.key == key)


def done_steps(project: Project | None, ws: Workspace) -> frozenset[str]:
    """The keys of the steps that this project has behind it."""
    if project is None:
        return frozenset()
    done = set()
    if project.dataset_id:
        done.add("prepare")
    if project.plan_id:
        done |= {"prepare", "estimate"}
    jobs = ws.jobs(project.id)
    if jobs:
        done |= {"train"}
    if any(j.snapshot and j.snapshot.status is JobStatus.SUCCEEDED for j in jobs):
        done |= {"monitor"}
    done |= set(state.marked_done(project.id))
    if any(run.finished_at for run in ws.runs(project.id)):
        done |= {"compare"}
    return frozenset(done)


def next_step(done: frozenset[str]) -> str:
    """The first step that is not done yet, or the last one."""
    return next((s.key for s in steps() if s.key not in done), "compare")


def navigation(project: Project | None) -> StreamlitPage:
    """Draw the six steps with their state in the sidebar and return the page that was asked for."""
    done = done_steps(project, state.workspace())
    current = next_step(done)

    def page(info: StepInfo) -> StreamlitPage:
        icon = "check_circle" if info.key in done else "radio_button_partial" if info.key == current else "radio_button_unchecked"
        return st.Page(info.file, title=info.title, icon=f":material/{icon}:", url_path=info.key, help=info.purpose)

    prepare, estimate, train, monitor, playground, compare = (page(s) for s in steps())
    # the default page has no address but "/": were it Prepare itself, /prepare would be "page not found"
    door = st.Page(lambda: go("prepare"), title="Tunesmith", url_path="start", default=True, visibility="hidden")
    return st.navigation({"": [door], t("Data"): [prepare, estimate], t("Model"): [train, monitor], t("Use"): [playground, compare]})


def go(key: str) -> None:
    """Open another step, the project staying in the URL."""
    open_one = st.session_state.get(state.PROJECT)
    st.switch_page(step(key).file, query_params={state.PROJECT: open_one} if open_one else None)
