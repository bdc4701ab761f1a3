"""How long the examples are: the histogram with the model's limit, the longest rows, and what would be cut off."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.base.chat_format import line_reader
from core.base.errors import N_
from core.base.preference import is_pair
from core.base.types import Example
from core.estimate.cut import Cut, cut, longest
from core.estimate.lengths import Lengths, Limit, lengths, limit_of, too_long
from core.io.connections import BaseModel
from core.io.workspace import Dataset
from core.train.method import Method
from pages.ui import charts, counting, data, state
from pages.ui.text import Raw, day, number_columns, percent, t, tn

MOST_LONGEST = 10
MOST_CUT = 20
_LETTERS = 400  # of a text in a table
_SENTENCES = {
    "confirmed": N_("This model reads up to {limit} tokens of one example. Nothing is cut off."),
    "guessed": N_("This model probably reads up to {limit} tokens of one example: its provider has not said so. Nothing would be cut off."),
    "setting": N_(
        "{limit} tokens of one example are read; “Longest example, in tokens”, under Advanced in Train, changes that. Nothing is cut off."
    ),
}


@dataclass(frozen=True, slots=True)
class _Figures:
    """What is shown: of the rows (row, tokens, tokens of answers, question) and (row, tokens, what is lost)."""

    lengths: Lengths
    longest: Sequence[tuple[int, int, int, str]]
    n_over: int
    over: Sequence[tuple[int, int, Cut]]


def show(dataset: Dataset, model: BaseModel, method: Method = "supervised") -> None:
    """Show how long the examples are, and which are too long for the model and lose what."""
    found = counting.with_places(dataset, model.id, method)
    if found is None:
        return
    tokens, limit = found[0], limit_of(model.id, small=model.small, context=model.context)
    figures = _figures(str(state.engine_home()), dataset.id, model.id, method, limit)
    st.header(t("How long the examples are"), anchor=False)
    sentence = tn(
        "{n} example of {total} tokens.",
        "{n} examples, {total} tokens together. Half of the examples have {median} tokens or fewer; the longest has {longest}.",
        figures.lengths.n,
        total=figures.lengths.total,
        median=figures.lengths.median,
        longest=figures.lengths.longest,
    )
    st.markdown(
        sentence, help=t("A token is a piece of a word, about four letters of English. Models read, and providers bill, by tokens.")
    )
    if tokens.questions:
        st.caption(
            t("Each example is a question with both its answers. How a server counts pairs is not known: the figures are an estimate.")
        )
    elif tokens.total:
        share = percent(tokens.assistant / tokens.total)
        st.markdown(
            t(
                "{share} of the tokens, {n} of them, stand in the answers: from these the model learns. The rest is what it is asked.",
                share=Raw(share),
                n=tokens.assistant,
            )
        )
    if not tokens.exact or model.small:  # of a small model's own vocabulary nothing is known here
        st.caption(t("Counted in the way of another model, because this one's is not known: the figures are an estimate."))
    _limit(limit, figures)
    charts.histogram(
        [(bar.low, bar.high, bar.n) for bar in figures.lengths.bins],
        None if limit is None else limit.tokens,
        key="lengths",
        alt=t("How many examples have how many tokens, and where the limit of the model lies."),
        label_title=t("Tokens"),
        value_title=t("Examples"),
        limit_title=t("Limit of the model"),
    )
    with st.expander(t("The longest rows"), icon=":material/format_list_numbered:", on_change="rerun", key="longest_rows") as box:
        if box.open:
            names = [t("Row"), t("Tokens"), t("Tokens of answers"), t("Question")]
            _table(pd.DataFrame(figures.longest, columns=names), alt=t("The longest rows, with their tokens."), key="longest_frame")


def _limit(limit: Limit | None, figures: _Figures) -> None:
    """Say whether anything would be cut off, and what."""
    if limit is None:
        return
    if not figures.n_over:
        read = " " + t("Read on {day}.", day=Raw(day(limit.as_of))) if limit.as_of else ""
        st.caption(t(_SENTENCES[limit.known], limit=limit.tokens) + read)
        return
    st.warning(
        tn(
            "{n} row is longer than the {limit} tokens that this model reads. Its end would be cut off, and no server says so.",
            "{n} rows are longer than the {limit} tokens that this model reads. Their ends would be cut off, and no server says so.",
            figures.n_over,
            limit=limit.tokens,
        )
        + (" " + t("The limit is a guess: the provider has not confirmed it for this model.") if limit.known == "guessed" else "")
        + (" " + t("“Longest example, in tokens”, under Advanced in Train, can raise the limit.") if limit.known == "setting" else ""),
        icon=":material/content_cut:",
    )
    if not figures.over:
        return
    names = [t("Row"), t("Tokens"), t("Tokens cut off"), t("Tokens of answers cut off"), t("Words of the answer that would be lost")]
    lines = [(row, n, lost.tokens, lost.answer_tokens, _ends(lost)) for row, n, lost in figures.over]
    _table(pd.DataFrame(lines, columns=names), alt=t("The rows that are too long, and what each would lose."), key="cut_frame")
    if figures.n_over > len(figures.over):
        st.caption(t("These are the {shown} longest of {n} rows.", shown=len(figures.over), n=figures.n_over))


def _ends(lost: Cut) -> str:
    """The words that are lost, the middle of many left out; an answer that is lost whole is called so."""
    words = lost.words.strip()
    shown = words if len(words) <= _LETTERS else f"{words[: _LETTERS // 2]} […] {words[-_LETTERS // 2 :]}"
    return t("The whole answer: {words}", words=Raw(shown)) if lost.whole and shown else shown


def _table(table: pd.DataFrame, *, alt: str, key: str) -> None:
    st.dataframe(table, hide_index=True, alt=alt, key=key, column_config=number_columns(table), placeholder="–")


@st.cache_resource(show_spinner=False, max_entries=16)
def _figures(home: str, dataset_id: str, model: str, method: Method, _limit: Limit | None) -> _Figures:
    dataset = data.by_id(dataset_id)
    found = counting.with_places(dataset, model, method)
    assert found is not None, "who asks has counted"
    tokens, starts = found
    first, over = longest(tokens.per_example, MOST_LONGEST), too_long(tokens, _limit)
    few = [] if method == "dpo" else over[:MOST_CUT]  # which of two answers a server would cut, nobody says
    at = _examples(dataset, starts, {*first, *few}, method)
    lost = [(at[place].row, tokens.per_example[place], cut(at[place], _limit.tokens, tokens.encoding)) for place in few] if _limit else []
    return _Figures(
        lengths(tokens),
        [(at[i].row, tokens.per_example[i], tokens.answers[i], at[i].question[:_LETTERS]) for i in first],
        len(over),
        [(row, n, what) for row, n, what in lost if what is not None],
    )


def _examples(dataset: Dataset, starts: Sequence[int], places: set[int], method: Method) -> dict[int, Example]:
    """The examples at these places, each with its row: read from where they lie in the file, so that a large one is never read whole."""
    if not starts:
        whole = [one for one in data.examples(dataset, "train") if method != "dpo" or is_pair(one)]
        return {place: whole[place] for place in places}
    rows, read, found = dataset.split.get("rows", {}).get("train", ()), line_reader(), {}
    with state.workspace().file_path(dataset.train_sha).open("rb") as file:
        for place in sorted(places):
            file.seek(starts[place])
            example = read(file.readline().removesuffix(b"\n"))
            assert example is not None, "it was counted"
            found[place] = Example(example.messages, rows[place] if place < len(rows) else place + 1, example.extra)
    return found
