"""Everything that Compare shows, as one function of the predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from core.base.answers import AnswerShape
from core.base.replies import Prediction
from core.compare.headline import Headline, Pairing, headline, pair
from core.compare.score import Judged, Part, judge_all, score
from core.compare.table import rows_table


class Seen(Protocol):
    """A test row that was found among the training rows: by what likeness, and which training row."""

    @property
    def row(self) -> int: ...
    @property
    def how(self) -> str: ...
    @property
    def train_row(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Scores:
    """One model's scores: on rows that it was not trained on, and apart from them on rows that it was."""

    clean: Part
    seen: Part


@dataclass(frozen=True, slots=True)
class Outcome:
    """The headline or its refusal, both models' scores, their meeting row by row, and the table."""

    headline: Headline
    base: Scores
    tuned: Scores
    pairing: Pairing
    table: pd.DataFrame
    total: int
    seen: Mapping[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def clean_rows(self) -> int:
        """Test rows that the training did not contain, as far as they have been looked at."""
        return self.total - len(self.seen)


def outcome(
    base: Sequence[Prediction],
    tuned: Sequence[Prediction],
    shape: AnswerShape,
    seen: Sequence[Seen],
    *,
    total: int | None = None,
    practice: bool = False,
) -> Outcome:
    """Judge, score and compare two models' answers to the same test rows.

    Rows named in `seen` are scored apart and never enter the headline; `practice` says that the tuned model is the practice model,
    whose free text gets no verdict. Either list may be empty or incomplete while its run is under way: `total`, the rows that each run
    has in all, is what tells that (a workspace gives the settled rows alone), and without it the rows named here count as all.
    """
    rows = dict.fromkeys([*(p.row for p in base), *(p.row for p in tuned)])
    found = {one.row: (one.how, one.train_row) for one in seen if one.row in rows}
    base_judged, tuned_judged = judge_all(base, shape), judge_all(tuned, shape)
    known = frozenset(found)
    return Outcome(
        headline=headline(base_judged, tuned_judged, known, shape, total=total, practice=practice),
        base=_scores(base_judged, known, shape),
        tuned=_scores(tuned_judged, known, shape),
        pairing=pair([one for one in base_judged if one.row not in known], [one for one in tuned_judged if one.row not in known]),
        table=rows_table(base, tuned, base_judged, tuned_judged, found),
        total=max(len(rows), total or 0),
        seen=found,
    )


def _scores(judged: Sequence[Judged], seen: frozenset[int], shape: AnswerShape) -> Scores:
    return Scores(
        clean=score([one for one in judged if one.row not in seen], shape), seen=score([one for one in judged if one.row in seen], shape)
    )
