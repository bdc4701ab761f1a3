"""Playground: the model before and after training, asked the same question side by side."""

from pages.ui.frame import require_frame

require_frame()

import streamlit as st

from core.playground.chat import suggestions, system_warnings
from pages.ui import consent, conversation, models, state
from pages.ui.data import examples
from pages.ui.parts import head, show_errors, way_on
from pages.ui.sentences import say
from pages.ui.text import t

head("playground")
project = state.project()
record = models.choose(project)
if project is None or record is None:
    st.stop()

where = models.connection_of(record)
base = models.base_of(record, where)
dataset = models.dataset_of(record)
tuned_id = models.tuned_name(record)
sides = (conversation.Side(t("Before"), base.before_of(tuned_id)), conversation.Side(t("After"), tuned_id))

with st.expander(t("System prompt and sampling"), icon=":material/tune:"):
    system, settings = conversation.settings(project, dataset.system_prompt if dataset else "")
for warning in system_warnings(system, [dataset.system_prompt] if dataset else []):
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
tries = suggestions(rows, seed=1)
answers = {row.question: row.answer for row in rows}
history = conversation.history(project, record)
conversation.show(history, sides)
live = st.container()
with show_errors():
    question = conversation.next_question(tries, project, unseen=bool(dataset and dataset.test_sha), agreed=agreed)
    if question:
        conversation.ask_all(state.client(where), sides, project, record, question, answers.get(question, ""), system, settings, live)
        state.mark_done("playground")

if history:
    st.button(
        t("Start a new conversation"), icon=":material/refresh:", key="anew", on_click=conversation.start_anew, args=(project, record)
    )
    way_on("compare", t("A few questions prove little. Compare asks all the test questions and counts."), primary=True)
