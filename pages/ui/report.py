"""The report of a comparison to take away: what was found, how sure it is, the rows that show it, and how it was done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import streamlit as st

from core.base.answers import AnswerShape
from core.base.replies import Prediction, Score
from core.base.report import Bar, Cell, Percent, Quote, Report, Section, Table, as_html, as_workbook
from core.compare.confusion import Confusion
from core.compare.outcome import Outcome
from core.compare.score import WHOLE
from core.compare.vote import Vote, standing
from core.io.workspace import Dataset, Project
from pages.ui import judge, judge_said, results, vote
from pages.ui.ballot import Pair
from pages.ui.names import class_name
from pages.ui.text import Raw, day, language, number, percent, t, tn, unescape

MOST_QUOTED = 5  # rows that got better, and as many that got worse
MOST_MISTAKES = 15


@dataclass(frozen=True, slots=True)
class Compared:
    """All that a report is made of: `answered` is what each candidate said, by id; `systems` and `notes` are by row.

    `mark` is the sentence on what can be had for nothing, empty where that was not measured.
    """

    project: Project
    dataset: Dataset
    shape: AnswerShape
    found: Outcome
    answered: Mapping[str, Sequence[Prediction]]
    systems: Mapping[int, str]
    made: datetime
    mistakes: Sequence[Confusion] = ()
    pair: Pair | None = None
    votes: Sequence[Vote] = ()
    judged: judge.Judged | None = None
    notes: Mapping[int, str] = field(default_factory=dict)
    mark: str = ""


def offer(one: Compared) -> None:
    """Offer the report as a page and as a workbook; it is written when it is asked for."""
    with st.container(horizontal=True):
        st.download_button(
            t("Report (web page)"),
            data=lambda: as_html(report(one)),
            file_name="comparison.html",
            mime="text/html",
            icon=":material/summarize:",
            on_click="ignore",
            key="report_html",
            help=t("One file that opens in any browser, loads nothing, and prints well."),
        )
        st.download_button(
            t("Report (Excel)"),
            data=lambda: as_workbook(report(one)),
            file_name="comparison.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            icon=":material/table_view:",
            on_click="ignore",
            key="report_xlsx",
        )


def report(one: Compared) -> Report:
    """The report in the language of the page; an empty section is left out."""
    sections = (
        _scores(one.found, unescape(one.mark)),
        _seen(one.found),
        _votes(one),
        _judge(one),
        _mistakes(one.mistakes),
        *_telling(one),
        _notes(one),
        _how(one),
        _every(one),
    )
    title = t("{project}: the models compared", project=Raw(one.project.name))
    verdict = unescape(results.verdict_of(one.found, one.found.headline))
    made = t("Answered on {day}", day=Raw(day(one.made)))
    return Report(title, verdict, made, language(), tuple(section for section in sections if section is not None))


def _scores(found: Outcome, mark: str) -> Section | None:
    if all(one.scores is None for one in found.headlines):
        return None
    columns = (t("Field"), t("Model"), t("Right"), t("Of"), t("Share"), t("From (95%)"), t("To (95%)"))
    parts = [(one.label, found.scores[one.id].clean) for one in found.candidates]
    lines: list[tuple[Cell, ...]] = [
        (_field(score.name), name, score.right, score.n, *(_share(share) for share in (score.share or 0.0, score.low, score.high)))
        for name, part in parts
        for score in (*part.fields, part.whole)
        if score.n
    ]
    told = [results.left_out(found, found.headline)] if found.headline.scores is not None else []
    told += [mark] if found.headline.scores is not None else []
    told += [f"{unescape(results.verdict_of(found, one))} {results.left_out(found, one)}" for one in found.headlines[1:]]
    told = [sentence.strip() for sentence in told if sentence.strip()]
    told.append(t("The ranges say where the true share lies with 95% certainty, given so many test rows (Wilson interval)."))
    told.append(t("Whether it could be chance is judged by McNemar's exact test on the rows that only one of two models has right."))
    bars = tuple(_bar(name, part.whole) for name, part in parts if part.whole.n)
    return Section(t("Scores on rows that the training did not contain"), tuple(told), bars, Table(columns, tuple(lines)))


def _bar(name: str, score: Score) -> Bar:
    told = t("{right} of {n}; between {low} and {high}", right=score.right, n=score.n, low=percent(score.low), high=percent(score.high))
    return Bar(name, score.share or 0.0, score.low, score.high, unescape(told))


def _seen(found: Outcome) -> Section | None:
    if not found.seen:
        return None
    told = t("Right answers here show what the model remembers, not whether it got better. They never count above.")
    how = {"exact": t("the same"), "near": t("nearly")}
    rows = tuple((row, how.get(kind, kind), train) for row, (kind, train) in sorted(found.seen.items()))
    return Section(t("Rows like a training row, scored apart"), (told,), table=Table((t("Row"), t("Like"), t("Training row")), rows))


def _votes(one: Compared) -> Section | None:
    if one.pair is None or not one.votes:
        return None
    counted = [each for each in one.votes if each.row in set(one.pair.rows)]
    found = standing(counted, one.pair.rows)
    if not found.voted:
        return None
    columns, lines = vote.by_rater(one.pair, counted)
    told = (t("The two answers were shown in random order and without names."), *map(unescape, vote.told(one.pair, found)))
    return Section(t("Blind vote"), told, table=Table(columns, tuple(lines)))


def _judge(one: Compared) -> Section | None:
    """What a model as judge said, and how far it is to be trusted; never in the report's first sentence."""
    if one.pair is None or one.judged is None:
        return None
    told = tuple(map(unescape, judge_said.told(one.judged.found, one.pair.names)))
    how = tn(
        "{n} time in each order of the two answers, without names",
        "{n} times in each order of the two answers, without names",
        one.judged.times,
    )
    texts = ((t("Judge"), f"{one.judged.model}\n{one.judged.origin}"), (t("Each row was asked"), how))
    return Section(t("A model as judge"), told, texts=texts)


def _mistakes(found: Sequence[Confusion]) -> Section | None:
    if not found or not found[-1].classes:
        return None
    none = t("(no valid answer)")
    lines: list[tuple[Cell, ...]] = [
        (_field(each.field), class_name(wanted), none if given is None else class_name(given), len(each.cells[wanted, given]))
        for each in found
        for wanted, given in each.mistakes[:MOST_MISTAKES]
    ]
    told = [f"{_field(each.field)}: {t('Macro F1')} {percent(each.macro_f1)}" for each in found if each.macro_f1 is not None]
    columns = (t("Field"), t("Expected"), t("Answered"), t("Rows"))
    return Section(t("Which category was taken for which"), tuple(told), table=Table(columns, tuple(lines)) if lines else None)


def _telling(one: Compared) -> list[Section | None]:
    """The rows that got better and those that got worse between the two models of the headline, in full."""
    first, second = ({each.row: each for each in one.answered[id]} for id in (one.found.headline.first, one.found.headline.second))
    labels = {candidate.id: candidate.label for candidate in one.found.candidates}
    names = (labels[one.found.headline.first], labels[one.found.headline.second])
    better, worse, why = _turned(one)
    sections: list[Section | None] = []
    for title, rows in ((t("Rows that got worse"), worse), (t("Rows that got better"), better)):
        quotes = []
        for row in [row for row in rows if row in first and row in second][:MOST_QUOTED]:
            texts = [(t("Expected"), first[row].expected)] if first[row].expected else []
            texts += [(name, _said(each, one.shape)) for name, each in zip(names, (first[row], second[row]), strict=True)]
            texts += [(t("Why"), reason) for reason in why.get(row, ())]
            quotes.append(Quote(t("Row {row}", row=row), first[row].question, tuple(texts)))
        told = (
            (tn("{n} row in all; the first are shown.", "{n} rows in all; the first are shown.", len(rows)),)
            if len(rows) > MOST_QUOTED
            else ()
        )
        sections.append(Section(title, told, quotes=tuple(quotes)) if quotes else None)
    return sections


def _notes(one: Compared) -> Section | None:
    """Every row with a note of the reader's: what both models of the headline said to it, and the note."""
    sides = [(id, {each.row: each for each in one.answered[id]}) for id in (one.found.headline.first, one.found.headline.second)]
    labels = {candidate.id: candidate.label for candidate in one.found.candidates}
    quotes = []
    for row, note in one.notes.items():
        here = [(labels[id], by_row[row]) for id, by_row in sides if row in by_row]
        if here:
            texts = [(label, _said(each, one.shape)) for label, each in here]
            quotes.append(Quote(t("Row {row}", row=row), here[0][1].question, (*texts, (t("Note"), note))))
    return Section(t("Notes of the reader"), quotes=tuple(quotes)) if quotes else None


def _turned(one: Compared) -> tuple[list[int], list[int], Mapping[int, Sequence[str]]]:
    """The rows that got better and that got worse: by right and wrong, or by the votes where there is no right and wrong."""
    if one.shape.kind != "text":
        table, (before, after) = one.found.table, (one.found.columns[id] for id in (one.found.headline.first, one.found.headline.second))
        table = table[table["seen"] == ""]  # that a row of the training is answered right now is no gain
        sides = list(zip(table["row"], table[f"{before}_right"], table[f"{after}_right"], strict=True))
        return (
            [row for row, was, now in sides if now is True and was is False],
            [row for row, was, now in sides if was is True and now is False],
            {},
        )
    by_row: dict[int, list[Vote]] = {}
    rows = set(one.pair.rows if one.pair else ())
    for each in (each for each in one.votes if each.row in rows):
        by_row.setdefault(each.row, []).append(each)
    of_row = {row: standing(some, [row]) for row, some in by_row.items()}
    why = {row: [each.reason for each in some if each.reason] for row, some in by_row.items()}
    return [row for row, found in of_row.items() if found.second], [row for row, found in of_row.items() if found.first], why


def _said(one: Prediction, shape: AnswerShape) -> str:
    return results.plain(one.answer, shape) or one.error


def _how(one: Compared) -> Section:
    dataset, found = one.dataset, one.found
    texts = [
        (t("Data set"), f"{dataset.source_name} · {t('version {version}', version=dataset.version)}"),
        (t("Training rows (sha256)"), f"{number(dataset.counts['train'])} · {dataset.train_sha}"),
        (t("Test rows (sha256)"), f"{number(dataset.counts['test'])} · {dataset.test_sha or t('none')}"),
        (t("Seed of the split"), str(dataset.split.get("seed", ""))),
    ]
    for candidate in found.candidates:
        settings = ", ".join(f"{name} = {value}" for name, value in sorted(candidate.settings.items()))
        texts.append((candidate.label, f"{candidate.model}\n{candidate.origin}\n{settings}"))
    for prompt in list(dict.fromkeys(one.systems.values() or [dataset.system_prompt]))[:MOST_QUOTED]:
        texts.append((t("System prompt"), prompt or t("none")))
    return Section(t("How it was done"), texts=tuple((name, text.strip()) for name, text in texts))


def _every(one: Compared) -> Section:
    found, table = one.found, one.found.table
    names = [found.columns[candidate.id] for candidate in found.candidates]
    columns = [t("Row"), t("Question"), t("Expected"), *(candidate.label for candidate in found.candidates)]
    cells: list[Iterable[Cell]] = [table["row"], table["question"], table["expected"]]
    cells += [table[f"{name}_answer"].map(lambda text: results.plain(text, one.shape)) for name in names]
    if one.shape.kind != "text":
        columns += [t("{name}: right", name=Raw(candidate.label)) for candidate in found.candidates]
        cells += [table[f"{name}_right"].map({True: t("yes"), False: t("no")}).fillna("") for name in names]
    lines = tuple(tuple(line) for line in zip(*cells, strict=True))
    return Section(t("Every row"), table=Table(tuple(columns), lines))


def _field(name: str) -> str:
    return t("Whole answer") if name == WHOLE else name


def _share(share: float) -> Percent:
    return Percent(round(share, 4), percent(share))
