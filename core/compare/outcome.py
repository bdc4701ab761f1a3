"""Everything that Compare shows, as one function of what the candidates answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from core.base.answers import AnswerShape
from core.base.replies import Prediction
from core.compare.candidate import Candidate
from core.compare.certainty import holm
from core.compare.headline import Headline, Side, headline, meet
from core.compare.score import Judged, Part, judge_all, score
from core.compare.table import columns_of, rows_table, with_marks


class Seen(Protocol):
    """A test row that was found among the training rows: by what likeness, and which training row."""

    @property
    def row(self) -> int: ...
    @property
    def how(self) -> str: ...
    @property
    def train_row(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What one candidate answered so far: `seen` are the test rows that its training or its prompt contained, exactly or nearly.

    `total` is how many rows it is asked; without it the rows that any candidate answered count as all (a workspace gives the settled rows
    alone, so that `total` is what tells a run that is under way).
    """

    candidate: Candidate
    predictions: Sequence[Prediction]
    seen: Sequence[Seen] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Scores:
    """One candidate's scores, on three kinds of rows: only those that no candidate was trained on are compared.

    `clean` are the rows that nobody has seen, `seen` those that this candidate was trained on, `aside` those that another one was.
    """

    clean: Part
    seen: Part
    aside: Part


@dataclass(frozen=True, slots=True)
class Outcome:
    """The candidates in their order, their scores by id, each against the one that is looked at, and the table.

    `headlines` holds one comparison for each candidate but the one that is looked at, in order; `columns` how a candidate's columns of the
    table begin; `seen` the rows that are scored apart, with how and as which training row they were found, `seen_by` whose those are.
    """

    candidates: tuple[Candidate, ...]
    looked_at: str
    headlines: tuple[Headline, ...]
    scores: Mapping[str, Scores]
    table: pd.DataFrame
    columns: Mapping[str, str]
    total: int
    seen: Mapping[int, tuple[str, int]]
    seen_by: Mapping[str, frozenset[int]]

    @property
    def headline(self) -> Headline:
        """The comparison of the first candidate with the one that is looked at: what a before and after is about."""
        return self.headlines[0]

    @property
    def clean_rows(self) -> int:
        """Test rows that no candidate's training contained, as far as they have been looked at."""
        return self.total - len(self.seen)

    def unanswered(self, one: Headline) -> int:
        """Test rows that are missing in a comparison because one of its two candidates has no answer to them."""
        return self.total - len(self.seen_by[one.first] | self.seen_by[one.second]) - one.pairing.n

    def against(self, id: str) -> Headline:
        """The comparison of this candidate with the one that is looked at."""
        return next(one for one in self.headlines if one.first == id)


def outcome(answered: Sequence[Answered], shape: AnswerShape, *, looked_at: str | None = None, practice: bool = False) -> Outcome:
    """Judge, score and compare two or more candidates' answers to the same test rows.

    Every other candidate is compared with the one that is `looked_at` (by id; the second unless named), and their p are corrected for
    being several. A row that either of two was trained on never enters the headline of the two. `practice` says that the one looked at is
    the practice model, whose free text gets no verdict.
    """
    by_id = {one.candidate.id: one for one in answered}
    looked_at = looked_at if looked_at in by_id else list(by_id)[1]
    asked = frozenset(one.row for some in answered for one in some.predictions)
    found = {id: {one.row: (one.how, one.train_row) for one in some.seen if one.row in asked} for id, some in by_id.items()}
    known = {row: how for one in reversed(list(found.values())) for row, how in one.items()}
    judged = {id: judge_all(some.predictions, shape) for id, some in by_id.items()}
    seen_by = {id: frozenset(rows) for id, rows in found.items()}
    columns = columns_of([one.candidate for one in by_id.values()])
    table = rows_table({id: some.predictions for id, some in by_id.items()}, judged, columns, known)
    return Outcome(
        candidates=tuple(one.candidate for one in by_id.values()),
        looked_at=looked_at,
        headlines=_headlines(by_id, judged, seen_by, looked_at, shape, practice),
        scores={id: _scores(judged[id], seen_by[id], frozenset(known), shape) for id in by_id},
        table=with_marks(table, by_id[looked_at].predictions),
        columns=columns,
        total=max(len(asked), *(one.total for one in answered)),
        seen=known,
        seen_by=seen_by,
    )


def _headlines(
    by_id: Mapping[str, Answered],
    judged: Mapping[str, Sequence[Judged]],
    seen_by: Mapping[str, frozenset[int]],
    looked_at: str,
    shape: AnswerShape,
    practice: bool,
) -> tuple[Headline, ...]:
    sides = {id: Side(id, judged[id], some.total) for id, some in by_id.items()}
    meetings = [
        meet(sides[id], sides[looked_at], seen_by[id] | seen_by[looked_at], shape, practice=practice) for id in by_id if id != looked_at
    ]
    counted = [one for one in meetings if one.may_count]
    # one under way counts as if it had found nothing: what is said of the others can only become surer when it ends
    corrected = dict(zip((one.first.id for one in counted), holm([1.0 if one.refusal else one.pairing.p for one in counted]), strict=True))
    return tuple(headline(one, p=corrected.get(one.first.id), comparisons=max(1, len(counted))) for one in meetings)


def _scores(judged: Sequence[Judged], seen: frozenset[int], known: frozenset[int], shape: AnswerShape) -> Scores:
    return Scores(
        clean=score([one for one in judged if one.row not in known], shape),
        seen=score([one for one in judged if one.row in seen], shape),
        aside=score([one for one in judged if one.row in known - seen], shape),
    )
