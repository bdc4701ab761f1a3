"""Playground: the model before and after training, or up to four models of any connection, asked the same question side by side."""

from pages.ui.frame import require_frame

require_frame()

import streamlit as st

from core.compare.rows import shape_of
from core.playground.chat import Settings, place_warnings, system_warnings, trained_place
from core.playground.sampling import Preset
from pages.ui import coming, conversation, deployments, ending, models, play_models, play_settings, play_work, state
from pages.ui.answers import Look
from pages.ui.asks import suggested
from pages.ui.data import dataset_of, examples
from pages.ui.parts import head, show_errors, way_on
from pages.ui.sentences import say
from pages.ui.text import t

head("playground")
project = state.project()
record = models.choose(project, t("What you will see: the same question, answered before and after the training, side by side."))
if project is None or (record is None and not play_models.meanwhile(project)):
    st.stop()

where = models.connection_of(record) if record else state.chosen_connection()
if record and not deployments.answers(record, where):
    st.stop()
base = models.base_of(record, where) if record else None
dataset = models.dataset_of(record) if record else dataset_of(project)

trained_with = dataset.system_prompt if dataset else ""
look = Look(record is not None and conversation.presenting(project), shape_of(dataset) if dataset else None)
pair: dict[str, play_models.Side] = {}
if record and base:
    tuned_id = models.tuned_name(record) if look.large else models.choose_state(record, base)
    pair = play_models.before_and_after(record, where, base, tuned_id)
sides = tuple(pair.values())
if look.large:
    st.set_page_config(initial_sidebar_state="collapsed")
    how = Preset("", trained_with, settings=Settings(temperature=0.0))
else:
    if base:
        ending.show(where, base)
    sides = play_models.choose(project, pair, where.origin)
    stood = trained_place(play_settings.written_alike(dataset)) if dataset else None
    with st.expander(t("System prompt and sampling"), icon=":material/tune:"):
        how = play_settings.ask(project, trained_with, stood or "first", play_settings.ignored(sides))
        play_settings.left_out(sides, how.settings)
    for warning in (*system_warnings(how.system, [trained_with] if dataset else []), *place_warnings(how.system, how.place, stood)):
        st.warning(say(warning), icon=":material/warning:")
    if base and base.practice:
        st.caption(t("The practice model was taught on this machine in seconds: it picks among the answers of its training."))
if not sides:
    st.info(t("Choose a model first."), icon=":material/info:")
    st.stop()

agreed = play_models.agreed(sides)
rows = examples(dataset, "test" if dataset.test_sha else "train") if dataset else ()
tries, why = suggested(project, dataset, rows)
known = {row.question: row.answer for row in rows}
place = conversation.place_of(project, record)
talk = conversation.talks().read(place)
again = conversation.wanted_again(place, talk) and agreed  # a yes may have been taken back, or a model added, since the click
under_way = bool(again or conversation.under_way(place, talk))
shown = talk.exchanges[:-1] if under_way else talk.exchanges  # what is being asked is drawn as it comes
asked = sum(len(branch) for branch in talk.branches)
if look.large:
    question = conversation.next_question(tries, why, project, asked=asked, agreed=agreed, sides=len(sides))
    live = st.empty()
    conversation.show(place, shown, sides, look, agreed=agreed, last=not under_way)
else:
    conversation.branches(place, talk)
    conversation.show(place, shown, sides, look, agreed=agreed, last=not under_way)
    live = st.empty()
    question = conversation.next_question(tries, why, project, asked=asked, agreed=agreed, sides=len(sides))
if question or under_way:
    with show_errors():
        if question:
            conversation.begin(place, question, known.get(question, ""))
        if question or again:
            conversation.ask_all(project, place, sides, how)
        coming.follow(place, sides, look, live.container())
        state.mark_done("playground")
        st.rerun()

if talk.exchanges:
    with st.container(horizontal=True):
        conversation.offer_again(project, place, talk, sides, agreed=agreed)
        st.button(t("Start a new conversation"), icon=":material/refresh:", key="anew", on_click=conversation.start_anew, args=(place,))
if not look.large:
    play_work.show(project, place, talk, sides, how, dataset, look, agreed=agreed)
if talk.exchanges and record:
    answered = any(kept["done"] for exchange in talk.exchanges for kept in exchange["answers"].values())
    is_text = look.shape is not None and look.shape.kind == "text"
    further = (
        t("A few questions prove little. Compare asks all the test questions: you vote blindly on the texts, and rules check each of them.")
        if is_text
        else t("A few questions prove little. Compare asks all the test questions and counts.")
    )
    way_on("compare", further, primary=answered)
