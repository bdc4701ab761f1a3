"""Compare: both models on questions that they have never seen, and how sure the result is."""

from pages.ui.frame import require_frame

require_frame()

import streamlit as st

from core.compare.outcome import Answered, outcome
from core.compare.rows import Side, earlier_turns, shape_of
from core.compare.run import Candidate, settings_for
from pages.ui import (
    ballot,
    candidates,
    confusion,
    deployments,
    every_row,
    forgetting,
    judge,
    models,
    must_beat,
    new_rows,
    report,
    results,
    review,
    runs,
    state,
    text_checks,
    vote,
    vote_two,
)
from pages.ui.data import examples
from pages.ui.lineup import Table, Taking
from pages.ui.parts import head, show_errors, way_on
from pages.ui.text import Raw, escape, t, tn

head("compare")
project = state.project()
record = models.choose(
    project, t("What you will see: “Better: 37 of 61 right after training against 3 before.” Of free text, both answers to judge yourself.")
)
if project is None or record is None:
    st.stop()
dataset = models.dataset_of(record)
if dataset is None:
    st.info(t("This model was trained elsewhere, so there are no test rows of this project to compare it on."))
    st.stop()

where = models.connection_of(record)
if not deployments.answers(record, where):
    st.stop()
base = models.base_of(record, where)
tuned_id = models.choose_state(record, base)
side: Side = "test" if dataset.test_sha else "train"
rows = examples(dataset, side)[: runs.MOST_ROWS]
asked_with = settings_for((row.answer for row in rows), small=base.small)
before = Candidate("base", t("Before"), where.id, record.origin, base.before_of(tuned_id), asked_with)
after = Candidate("tuned", t("After"), where.id, record.origin, tuned_id, asked_with)
shape = shape_of(dataset)

with st.container(border=True):
    if dataset.test_sha:
        st.markdown(tn("{n} test row was kept out of the training.", "{n} test rows were kept out of the training.", len(rows)))
    else:
        st.markdown(
            t("This data set has no test rows: every row was needed for the training. The models are shown on rows they were trained on.")
        )
    named = models.friendly_name(record, where)
    st.caption(t("After: {name}. Before: the same model without the training.", name=Raw(escape(named))))
    if base.practice:
        st.caption(
            t("The practice model has been taught nothing before its training, and its “before” says so.")
            if shape.kind == "text"
            else t("The practice model knows nothing before its training, so its “before” always gives the most frequent answer.")
        )
    with st.popover(t("Their exact names"), type="tertiary", icon=":material/badge:"):
        st.code(f"{before.label}: {before.model}\n{after.label}: {after.model}", language=None, wrap_lines=True)

ws = state.workspace()
table = Table(project, record, dataset, side, rows)
two = (Taking(before, where, base), Taking(after, where, base, trained=True, trained_on=dataset))
taking, working, voting = list(two), False, False
with show_errors():
    taking += candidates.more(table, *two)
known = [(one, candidates.run_of(table, one)) for one in taking]
begun = [(one, run) for one, run in known if run is not None]
with show_errors():
    working = candidates.progress(begun)
    missing = [one for one, run in known if run is None]
    if missing:
        agreed, batched = candidates.may_ask(table, missing)
        label = t("Ask them, too") if all(run for _, run in known[:2]) else t("Run the comparison")
        if st.button(label, type="primary", icon=":material/play_arrow:", disabled=not agreed, key="run_comparison"):
            candidates.begin(table, missing, batched)
            st.rerun()
        st.caption(
            t("Both models answer every row once. It goes on if you leave this page.")
            if len(taking) == 2
            else t("Each model answers every row once. It goes on if you leave this page.")
        )

ready = sum(one in two for one, _ in begun) == 2
if ready:
    seen = [candidates.seen_by(table, one) for one, _ in begun]
    if any(found is None for found in seen):
        st.stop()
    answered = [
        Answered(one.candidate, ws.predictions(run.id), some or (), run.total) for (one, run), some in zip(begun, seen, strict=True)
    ]
    about = candidates.looked_at(table, [one for one, _ in begun])
    found = outcome(answered, shape, looked_at=about, practice=base.practice and about == after.id)
    mark = must_beat.kept(dataset)
    results.show(found, shape, working=working, mark=mark)
    earlier = {row.row: turns for row in rows if (turns := earlier_turns(row))}
    place = review.place_of(project, dataset, after.model)
    is_text, pair, judged = shape.kind == "text", None, None
    if is_text and not working:
        pair, voted_on = vote_two.choose(answered, dataset, untaught=before.id if base.practice else None)
        voting = vote.show(project, dataset, pair, review.before_it, earlier)
        if not voting:
            judged = judge.show(project, dataset, pair, rows, ballot.votes_on(project, pair), (*(one.model for one in voted_on), base.id))
            answers = {one.candidate.label: one.predictions for one in answered}
            untaught = before.label if base.practice else None
            rules = text_checks.show(project, dataset, answers, apart=frozenset(found.seen), key=record.id, untaught=untaught)
            review.show(answers, dataset, rules, place=place, key=record.id, practice=base.practice, earlier=earlier)
    if not voting:
        every_row.show(found, shape, earlier)
    if not working and not voting:
        told = next(one for one in answered if one.candidate.id == about)
        unseen = [one for one in told.predictions if one.row not in found.seen]  # no figure counts rows that a training contained
        mistakes = confusion.show(project, dataset, unseen, told.candidate.label, key=record.id)
        made = max(run.finished_at or run.created_at for _, run in begun)
        systems = {row.row: row.system for row in rows}
        notes = review.notes_of(place)
        every_row.export(found, dataset, systems=systems, notes=notes, made=made)
        votes = ballot.votes_on(project, pair) if pair else ()
        said = {one.candidate.id: one.predictions for one in answered}
        report.offer(report.Compared(project, dataset, shape, found, said, systems, made, mistakes, pair, votes, judged, notes, mark))

if ready and not voting:
    with show_errors():
        forgetting.show(project, before, after, where, base)
if not voting:  # whose answers these are would be told on the page of a blind vote
    new_rows.show(project, dataset, after, where, base, rows, frozenset(run.id for _, run in begun))

if ready and not working and not voting:
    way_on(
        "prepare",
        t("More and more varied rows are what helps most. Add them in Prepare and train again."),
        label=t("Improve the data"),
        primary=False,
    )
