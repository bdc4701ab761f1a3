"""Story mode: a project made from an example says on each page, in one sentence, what happens here; each hint can be closed."""

import streamlit as st

from core.io.connections import connections
from core.io.workspace import Project
from core.prepare.samples import Sample, sample
from pages.ui import state
from pages.ui.text import t, tn

ALL = "all"


def title(name: str) -> str:
    """The name of an example, as a project is called after it."""
    names = {
        "bank_support": t("Bank support"),
        "bank_support_messy": t("Bank support, messy"),
        "marv": t("Marv, the sarcastic chatbot"),
        "marv_messy": t("Marv, messy"),
        "sensor_advice": t("Sensor advice"),
        "sensor_advice_messy": t("Sensor advice, messy"),
    }
    return names[name]


def about(name: str) -> str:
    """What an example is, for somebody who sees it for the first time."""
    return {
        "bank_support": t("Customers write to a bank; each message is sorted into a department and a topic. At the end stands a score."),
        "marv": t("A chatbot that knows its facts and is rude about it. Made for showing to others, live and without a network."),
        "sensor_advice": t(
            "Daily electricity readings become a recommendation. You read the advice before and after the training, side by side."
        ),
    }[name]


def lasts(name: str) -> str:
    """How long the way through takes, with reading."""
    return {"bank_support": t("About 5 minutes"), "marv": t("About 2 minutes"), "sensor_advice": t("About 6 minutes")}[name]


def goes_wrong(name: str) -> str:
    """What is wrong with the messy twin of an example."""
    return {
        "bank_support": t(
            "The same with the faults of a real file: rows that are copies of others, one question under two topics, blanks."
        ),
        "marv": t("The same with the faults of a real file: twenty conversations, of which ten are copies of the other ten."),
        "sensor_advice": t("The same with the faults of a real file: almost every answer is the instruction, and columns have slipped."),
    }[name]


# how long one looks at each of the six pages, in minutes; together they are what lasts() says
MINUTES = {
    "bank_support": (1, 0.5, 0.5, 0, 1, 2),
    "marv": (0.5, 0, 0, 0, 1, 0.5),
    "sensor_advice": (1, 0.5, 0.5, 0, 1, 3),
}


def _outline(name: str) -> str:
    """What happens on each page, and about how long one looks at it."""
    what = (
        (t("Prepare"), t("look at the data and what is noticed in it")),
        (t("Estimate"), t("see what the training costs: here, nothing")),
        (t("Train"), t("read the plan and start")),
        (t("Monitor"), t("watch it learn")),
        (t("Playground"), t("ask the model before and after")),
        (t("Compare"), t("find out whether it got better")),
    )
    lines = zip(what, MINUTES[name], strict=True)
    return "\n".join(f"{n}. **{page}**: {does} ({_long(minutes)})" for n, ((page, does), minutes) in enumerate(lines, start=1))


def _long(minutes: float) -> str:
    if minutes < 1:
        return t("½ minute") if minutes else t("a few seconds")
    return tn("{n} minute", "{n} minutes", int(minutes))


def hint(example: Sample, step: str, *, practice: bool = True) -> str:
    """The sentence for one page of one example; `practice` is whether its newest training is one of the practice model."""
    learned = {
        "monitor": t("The model learns the examples step by step. The loss should fall: it is less and less surprised by the answers."),
        "playground": t("Click a question and compare: the model as it was, and the model that has learned these examples."),
    }
    if not practice and step in learned:
        return learned[step]
    if example.messy and step == "prepare":
        return {
            "bank_support": t(
                "Twenty of these rows are copies of others. In a test they would only show what the model remembers. "
                "See how the checks find them, and click the repairs."
            ),
            "marv": t(
                "Half of these conversations are copies. A score on a copy would only show what the model remembers: click the repair."
            ),
            "sensor_advice": t(
                "Here the answer is the instruction itself, so there is nothing to learn. A "
                "training would still run, and cost. See how the checks say so."
            ),
        }[example.story]
    general = {
        "estimate": t(
            "On this machine a training costs nothing. With another connection, chosen in the sidebar, this page shows what it costs there."
        ),
        "train": t("The plan is already filled in, and each choice says why. One click starts it."),
    }
    told = {
        "bank_support": {
            "prepare": t(
                "Each row is a customer's message with its department and its topic. The checks below "
                "look for what would spoil the training; save when they are green."
            ),
            "monitor": t("The model sorts messages it has not learned yet, again and again: the line shows how many it gets right."),
            "playground": t("Click a message. Before the training the model gives the same answer to everything; afterwards it sorts."),
            "compare": t("One message in five was kept out of the training. Only those can say whether it got better."),
        },
        "marv": {
            "prepare": t("Each conversation has an instruction, a question and Marv's answer. Nothing has to be chosen here: save it."),
            "monitor": t(
                "The practice model remembers conversations instead of learning a language, so there is no curve. It is ready at once."
            ),
            "playground": t("Click a question. It asks for a fact that Marv was taught, in other words than the training used."),
            "compare": t("Jokes have no right or wrong, so there is no score here. Read both answers yourself."),
        },
        "sensor_advice": {
            "prepare": t(
                "Seven columns become the question, the recommendation is the answer. "
                "Device and date are not asked; they draw the picture later."
            ),
            "monitor": t(
                "The practice model keeps the readings that it was taught, and will look for the one that is most like a new reading."
            ),
            "playground": t("Click a reading. The advice is that of the closest taught reading, with this reading's numbers put in."),
            "compare": t(
                "Read the advice before and after for readings that were kept out of the "
                "training, and vote without knowing which is which. The picture shows the device's own history."
            ),
        },
    }[example.story]
    return told.get(step) or general[step]


def show(project: Project | None, step: str) -> None:
    """Draw the page's hint, unless the project is no example or the reader has closed it.

    Prepare adds what the example is and the outline of the whole way: open until the data set is saved, folded away afterwards.
    """
    example = sample(project.example) if project else None
    if project is None or example is None or project.source is None:
        return
    closed = _closed(project)
    if ALL in closed or step in closed:
        return
    with st.container(border=True, key=f"story_{step}", gap="small"):
        told, close = st.columns([7, 1], vertical_alignment="center")
        told.markdown(f":material/auto_stories: **{title(example.id)}** · {hint(example, step, practice=_practises(project))}")
        close.button(
            t("Close"),
            type="tertiary",
            icon=":material/close:",
            help=t("Close this hint"),
            key=f"close_{step}",
            on_click=_close,
            args=(project, step),
        )
        if step == "prepare":
            with st.expander(t("What happens on the way"), icon=":material/route:", expanded=project.dataset_id is None):
                st.markdown(about(example.story))
                st.caption(lasts(example.story))
                st.markdown(_outline(example.story))
                st.button(
                    t("I know the way: close all hints"),
                    type="tertiary",
                    icon=":material/notifications_off:",
                    key="close_all",
                    on_click=_close,
                    args=(project, ALL),
                )


def _practises(project: Project) -> bool:
    """Whether the newest training, if there is any, is one of the practice model."""
    newest = max(state.workspace().jobs(project.id), key=lambda job: job.created_at, default=None)
    practice = {model.id for where in connections() for model in where.base_models if model.practice}
    return newest is None or newest.snapshot is None or newest.snapshot.base_model in practice


def _place(project: Project) -> str:
    return f"story/{project.id}/closed"


def _closed(project: Project) -> list[str]:
    kept: list[str] = state.workspace().get_setting(_place(project), [])
    return kept


def _close(project: Project, what: str) -> None:
    state.workspace().set_setting(_place(project), sorted({*_closed(project), what}))
