"""Rules for free-text answers on screen: how often each model keeps them, what a row breaks, and how the project's rules are changed."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.base.replies import Prediction
from core.compare.directions import contradictions
from core.compare.grounding import ungrounded
from core.compare.similarity import Similarity, similarities
from core.compare.text_rules import (
    MOST_RULES,
    Kept,
    Kind,
    RuleScore,
    Suggestion,
    TextRule,
    check_all,
    from_json,
    scores,
    suggest,
    to_json,
)
from core.io.workspace import Dataset, Project
from pages.ui import state
from pages.ui.data import examples
from pages.ui.text import language, number, percent, t, tn, unescape

_LINES, _RULE = 56, 300  # pixels: two lines of a rule beside what two models do with it
_MOST_TOLD, _MOST_LISTED = 5, 12  # at one answer: past that all of it is wrong
_ASKED = ("most_sentences", "fewest_words", "most_words", "must", "must_not")  # what may be added by hand; the others are on or off
Rows = tuple[tuple[str, tuple[Prediction, ...]], ...]


def place_of(project: Project, dataset: Dataset) -> str:
    """Where a project keeps its rules for the answers of one data set."""
    return f"text_rules/{project.id}/{dataset.id}"


def rules_of(project: Project, dataset: Dataset) -> tuple[TextRule, ...]:
    """The rules in use: those that were kept, or until somebody chooses, those that the taught answers suggest."""
    stored = state.workspace().get_setting(place_of(project, dataset))
    return from_json(stored) if stored is not None else tuple(one.rule for one in _suggested(dataset))


def _suggested(dataset: Dataset) -> tuple[Suggestion, ...]:
    return _suggestions(str(state.engine_home()), dataset.id, dataset)


@st.cache_resource(show_spinner=False, max_entries=8)
def _suggestions(home: str, dataset_id: str, _dataset: Dataset) -> tuple[Suggestion, ...]:
    # the first thousand of the training rows: what all but 2% of them keep, the others do
    return suggest(examples(_dataset, "train")[:1000])


@st.cache_data(show_spinner=False, max_entries=8)
def _scores(rows: Rows, rules: tuple[TextRule, ...], apart: frozenset[int]) -> tuple[RuleScore, ...]:
    return scores(dict(rows), rules, apart)


@st.cache_data(show_spinner=False, max_entries=8)
def _similarities(rows: Rows, apart: frozenset[int]) -> tuple[Similarity, ...]:
    return similarities(dict(rows), apart=apart)


def show(
    project: Project,
    dataset: Dataset,
    predictions: Mapping[str, Sequence[Prediction]],
    *,
    apart: frozenset[int],
    key: str,
    untaught: str | None = None,
) -> tuple[TextRule, ...]:
    """Draw how often each model keeps each rule and how similar its answers are to the written ones; return the rules.

    `predictions` holds each model's answers by its label; rows in `apart` were in the training and are left out. Of the one called
    `untaught`, which says the same sentence to everything, no rule is told: it keeps them all, and looks better than what was trained.
    """
    st.header(t("What rules can tell"), anchor=False)
    st.caption(t("Rules look at form and at numbers. Whether an advice is good, only a reader can tell."))
    rules = rules_of(project, dataset)
    rows: Rows = tuple((label, tuple(given)) for label, given in predictions.items())
    if rules:
        judged = tuple((label, given) for label, given in rows if label != untaught)
        found = _scores(judged, rules, apart)
        lines: dict[str, list[str]] = {t("Rule"): [unescape(sentence(rule)) for rule in rules]}
        for label, _ in judged:
            lines[label] = [_counted(one) for one in found if one.label == label]
        st.dataframe(
            pd.DataFrame(lines),
            hide_index=True,
            key=f"rules_{key}",
            row_height=_LINES,
            column_config={t("Rule"): st.column_config.TextColumn(width=_RULE)},
            alt=t("How often each model keeps each rule."),
        )
        st.caption(t("In brackets: where the true share lies with 95% certainty, given so many test rows (Wilson interval)."))
        if len({one.score.n for one in found}) > 1:
            st.caption(t("Answers to which a rule does not apply are not counted, as one without numbers by a rule about numbers."))
        if len(judged) < len(rows):
            left_out = t("“{name}” is not in this table: it says one sentence to everything, so rules mean nothing for it.", name=untaught)
            st.caption(left_out)
        if apart:
            st.caption(
                tn("{n} row that the training contained is left out.", "{n} rows that the training contained are left out.", len(apart))
            )
    else:
        st.caption(t("No rule is in use."))
    _change(project, dataset, rules, key=key)
    _similar(_similarities(rows, apart), key=key)
    return rules


def _counted(one: RuleScore) -> str:
    score = one.score
    if not score.n:
        return "–"
    counts = {"right": number(score.right), "n": number(score.n), "share": percent(score.share)}
    return unescape(t("{right} of {n} · {share} ({low} – {high})", **counts, low=percent(score.low), high=percent(score.high)))


def _similar(found: Sequence[Similarity], *, key: str) -> None:
    if not found:
        return
    st.markdown(f"**{t('Similarity to the written answers')}**")
    st.caption(t("Similarity, not quality: how many letters in a row both share (chrF). A good answer in other words has a low one."))
    intervals = [
        "–" if one.low is None else f"{number(one.low, all_of_them=True)} – {number(one.high or 0.0, all_of_them=True)}" for one in found
    ]
    lines = {
        t("Model"): [one.label for one in found],
        t("Similarity, not quality"): [number(one.mean, all_of_them=True) for one in found],
        t("95% interval"): intervals,
        t("Rows"): [number(one.n) for one in found],
    }
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, key=f"similar_{key}", alt=t("How similar each model's answers are to the written ones.")
    )


def sentence(rule: TextRule) -> str:
    """A rule as the reader sees it."""
    n = rule.value if isinstance(rule.value, int) else 0
    match rule.kind:
        case "most_sentences":
            return tn("At most {n} sentence", "At most {n} sentences", n)
        case "one_paragraph":
            return t("One paragraph")
        case "fewest_words":
            return tn("At least {n} word", "At least {n} words", n)
        case "most_words":
            return tn("At most {n} word", "At most {n} words", n)
        case "must":
            return t("Contains “{text}”", text=rule.value)
        case "must_not":
            return t("Does not contain “{text}”", text=rule.value)
        case "language":
            return t("Written in {language}", language=_named(str(rule.value)))
        case "numbers":
            return t("Every number comes from the question")
        case "directions":
            return t("No word of direction (“rose”, “below”) contradicts the numbers")


def broken(answer: str, question: str, rules: Sequence[TextRule], *, without: Sequence[Kind] = ()) -> None:
    """Mark at an answer which rules it breaks and by what; rules of a kind in `without` are passed over."""
    for one in check_all([rule for rule in rules if rule.kind not in without], answer, question):
        if one.kept is False and one.found and one.rule.kind in ("numbers", "directions"):
            for told in (_numbers if one.rule.kind == "numbers" else _directions)(answer, question)[:_MOST_TOLD]:
                st.warning(told, icon=":material/warning:")
        elif one.kept is False:
            st.caption(f":material/rule: {by_what(one)}")


def _numbers(answer: str, question: str) -> list[str]:
    """What the numbers of an answer are that do not come from where the sentence says."""
    found = ungrounded(answer, question)
    unknown = list(dict.fromkeys(one.text for one in found if one.why == "unknown"))
    told = [t("Not in the reading: {numbers}.", numbers=", ".join(unknown[:_MOST_LISTED]))] if unknown else []
    elsewhere = dict.fromkeys((one.text, one.field) for one in found if one.why == "elsewhere")
    return told + [
        t("{number} is {field}, but its sentence speaks of something else.", number=text, field=field) for text, field in elsewhere
    ]


def _directions(answer: str, question: str) -> list[str]:
    """The words of direction that the question contradicts, each with the field that does."""
    found = dict.fromkeys((one.word, one.field, one.value) for one in contradictions(answer, question))
    return [
        t("“{word}” does not fit the reading: {field} is {value}.", word=word, field=field, value=value) for word, field, value in found
    ]


def by_what(one: Kept) -> str:
    """Which rule an answer breaks, and by what."""
    found = ", ".join(one.found)
    match one.rule.kind:
        case "language" if found:
            return t("{rule}: this is {language}.", rule=_plain(one.rule), language=_named(found))
        case "most_sentences" | "fewest_words" | "most_words" if found:
            return t("{rule}: it has {n}.", rule=_plain(one.rule), n=int(found))
        case "numbers" | "directions" if found:
            return t("{rule}. Not so: {found}", rule=_plain(one.rule), found=found)
        case _:
            return t("Breaks the rule: {rule}.", rule=_plain(one.rule))


def _plain(rule: TextRule) -> str:
    return unescape(sentence(rule))


def _named(code: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale(code).get_display_name(language()) or code
    except (UnknownLocaleError, ValueError):
        return code


def _change(project: Project, dataset: Dataset, rules: tuple[TextRule, ...], *, key: str) -> None:
    offered = _suggested(dataset)
    with st.expander(t("Choose the rules"), icon=":material/rule:"):
        if offered:
            st.markdown(t("What the taught answers keep:"))
            for one in offered:
                st.caption(t("{rule}: {held} of {of}", rule=_plain(one.rule), held=one.held, of=one.of))
        known = tuple(
            dict.fromkeys((*rules, *(one.rule for one in offered), TextRule("one_paragraph"), TextRule("numbers"), TextRule("directions")))
        )
        kept = [at for at, rule in enumerate(known) if rule in rules]
        names = [_plain(rule) for rule in known]
        # what is chosen is a place in this list: where the list is another one, or in another order, it is another box
        box = f"rules_kept_{key}_{hash(tuple(names))}"
        st.multiselect(
            t("Rules in use"),
            range(len(known)),
            default=kept,
            format_func=names.__getitem__,
            key=box,
            max_selections=MOST_RULES,
            on_change=_keep,
            args=(project, dataset, known, box),
        )
        _add(project, dataset, rules, key=key)


def _add(project: Project, dataset: Dataset, rules: tuple[TextRule, ...], *, key: str) -> None:
    names = {
        "most_sentences": t("At most so many sentences"),
        "fewest_words": t("At least so many words"),
        "most_words": t("At most so many words"),
        "must": t("Must contain"),
        "must_not": t("Must not contain"),
    }
    with st.form(f"rule_{key}", clear_on_submit=True, border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(t("A rule of your own"), _ASKED, format_func=lambda one: names[one], key=f"rule_kind_{key}")
        value = st.text_input(t("Number or words"), key=f"rule_value_{key}", max_chars=200)
        if st.form_submit_button(t("Add the rule"), disabled=len(rules) >= MOST_RULES):
            wanted = {"kind": kind, "value": value if kind in ("must", "must_not") else int(value) if value.strip().isdecimal() else 0}
            if not (made := from_json([wanted])):
                st.error(t("Type a number above 0 for a count, or the words that must or must not stand in the answer."))
            else:
                _store(project, dataset, (*rules, *made))
                st.rerun()


def _keep(project: Project, dataset: Dataset, known: tuple[TextRule, ...], key: str) -> None:
    _store(project, dataset, tuple(known[at] for at in sorted(st.session_state[key])))


def _store(project: Project, dataset: Dataset, rules: tuple[TextRule, ...]) -> None:
    state.workspace().set_setting(place_of(project, dataset), to_json(tuple(dict.fromkeys(rules))))
