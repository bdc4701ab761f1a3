"""Compare: both models on questions that they have never seen, and how sure the result is."""

from pages.ui.frame import require_frame

require_frame()

import streamlit as st

from core.compare.outcome import Answered, outcome
from core.compare.rows import Side, earlier_turns, shape_of
from core.compare.run import Candidate, find, settings_for
from pages.ui import confusion, consent, costs, deployments, models, new_rows, report, results, review, runs, state, text_checks, vote
from pages.ui.data import examples
from pages.ui.parts import head, show_errors, way_on
from pages.ui.seen import seen_rows
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
            if shape_of(dataset).kind == "text"
            else t("The practice model knows nothing before its training, so its “before” always gives the most frequent answer.")
        )
    with st.popover(t("Their exact names"), type="tertiary", icon=":material/badge:"):
        st.code(f"{before.label}: {before.model}\n{after.label}: {after.model}", language=None, wrap_lines=True)

ws = state.workspace()
known = [find(ws.runs(project.id), candidate, dataset.id, rows) for candidate in (before, after)]
begun = [run for run in known if run is not None]
working = False
with show_errors():
    working = runs.show_progress(begun, where, {run.id: one.label for run, one in zip(known, (before, after), strict=True) if run})
    if len(begun) < 2:
        usd = costs.asking(dataset, where, base, len(rows))
        batch, usd = runs.way(where, (before.model, after.model), usd, key=record.id)
        agreed = consent.ask_questions(where, key=f"compare_{record.id}", n=2 * len(rows), usd=usd)
        if st.button(t("Run the comparison"), type="primary", icon=":material/play_arrow:", disabled=not agreed, key="run_comparison"):
            runs.start(project, dataset, rows, (before, after), where, batch=batch)
            st.rerun()
        st.caption(t("Both models answer every row once. It goes on if you leave this page."))

if len(begun) == 2:
    seen = seen_rows(dataset, side)
    if seen is None:
        st.stop()
    first, second = (ws.predictions(run.id) for run in begun)
    answered = (Answered(before, first, total=begun[0].total), Answered(after, second, seen, begun[1].total))
    found = outcome(answered, shape_of(dataset), practice=base.practice)
    labels = (before.label, after.label)
    results.show(found, shape_of(dataset), working=working)
    earlier = {row.row: turns for row in rows if (turns := earlier_turns(row))}
    place = review.place_of(project, dataset, after.model)
    is_text, voting, pair = shape_of(dataset).kind == "text", False, None
    if is_text and not working:
        by_row = [{one.row: one for one in side} for side in (first, second)]
        pair = vote.Pair(f"{dataset.id}/{before.id}/{after.id}", by_row[0], by_row[1], labels)
        voting = vote.show(project, dataset, pair, review.before_it, earlier)
        if not voting:
            answers = dict(zip(labels, (first, second), strict=True))
            rules = text_checks.show(project, dataset, answers, apart=frozenset(found.seen), key=record.id)
            review.show(answers, dataset, rules, place=place, key=record.id, practice=base.practice, earlier=earlier)
    if not voting:
        results.rows(found, shape_of(dataset), earlier)
    if not working and not voting:
        mistakes = confusion.show(project, dataset, second, after.label, key=record.id)
        made = max(run.finished_at or run.created_at for run in begun)
        systems = {row.row: row.system for row in rows}
        results.export(found, dataset, systems=systems, said=review.judgements(place), made=made)
        report.offer(
            report.Compared(
                project,
                dataset,
                shape_of(dataset),
                found,
                {before.id: first, after.id: second},
                systems,
                made,
                mistakes,
                pair,
                vote.votes_on(project, pair) if pair else (),
            )
        )

new_rows.show(project, dataset, after, where, base, rows, frozenset(run.id for run in begun))

if len(begun) == 2 and not working:
    way_on(
        "prepare",
        t("More and more varied rows are what helps most. Add them in Prepare and train again."),
        label=t("Improve the data"),
        primary=False,
    )
