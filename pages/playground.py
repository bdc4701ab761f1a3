"""Playground: the model before and after training, asked the same question side by side."""

from pages.ui.frame import require_frame

require_frame()

import streamlit as st

from core.compare.rows import shape_of
from core.playground.chat import Settings, system_warnings
from pages.ui import consent, conversation, deployments, ending, models, state
from pages.ui.answers import Look
from pages.ui.asks import suggested
from pages.ui.data import examples
from pages.ui.parts import head, show_errors, way_on
from pages.ui.sentences import say
from pages.ui.text import t

head("playground")
project = state.project()
record = models.choose(project, t("What you will see: the same question, answered before and after the training, side by side."))
if project is None or record is None:
    st.stop()

where = models.connection_of(record)
if not deployments.answers(record, where):
    st.stop()
base = models.base_of(record, where)
dataset = models.dataset_of(record)

trained_with = dataset.system_prompt if dataset else ""
look = Look(conversation.presenting(project), shape_of(dataset) if dataset else None)
tuned_id = models.tuned_name(record) if look.large else models.choose_state(record, base)
sides = (conversation.Side(t("Before"), base.before_of(tuned_id)), conversation.Side(t("After"), tuned_id))
if look.large:
    st.set_page_config(initial_sidebar_state="collapsed")
    system, settings = trained_with, Settings(temperature=0.0)
else:
    ending.show(where, base)
    with st.expander(t("System prompt and sampling"), icon=":material/tune:"):
        system, settings = conversation.settings(project, trained_with)
    for warning in system_warnings(system, [trained_with] if dataset else []):
        st.warning(say(warning), icon=":material/warning:")
    if base.practice:
        st.caption(
            t(
                "The practice model was taught on this machine in seconds: it picks among the answers of its training, "
                "and temperature and top p change nothing."
            )
        )

agreed = consent.ask_questions(where, key=f"play_{where.origin}")
rows = examples(dataset, "test" if dataset.test_sha else "train") if dataset else ()
tries, why = suggested(project, dataset, rows)
known = {row.question: row.answer for row in rows}
history = conversation.history(project, record)
again = conversation.wanted_again(project, history)
shown = history[:-1] if again else history  # what is being asked again is drawn as it comes
if look.large:
    question = conversation.next_question(tries, why, project, asked=len(history), agreed=agreed)
    live = st.empty()
    conversation.show(shown, sides, look)
else:
    conversation.show(shown, sides, look)
    live = st.empty()
    question = conversation.next_question(tries, why, project, asked=len(history), agreed=agreed)
if question or again:
    asked = question or ""
    with show_errors():
        client = state.client(where)
        conversation.ask_all(
            client,
            sides,
            project,
            record,
            asked,
            known.get(asked, ""),
            system,
            settings,
            look,
            live.container(),
            again=again and not question,
        )
        state.mark_done("playground")
        st.rerun()

if history:
    with st.container(horizontal=True):
        conversation.offer_again(project, history, sides, agreed=agreed)
        st.button(
            t("Start a new conversation"), icon=":material/refresh:", key="anew", on_click=conversation.start_anew, args=(project, record)
        )
    answered = any(kept["done"] for exchange in history for kept in exchange["answers"].values())
    way_on("compare", t("A few questions prove little. Compare asks all the test questions and counts."), primary=answered)
