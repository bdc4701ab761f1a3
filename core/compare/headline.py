"""The one line that people take away: is the second candidate better, on rows that neither was trained on, and could it be chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.base.answers import AnswerShape
from core.base.replies import Score
from core.base.types import Reason
from core.compare.certainty import LEVEL, Difference, Pairing, difference, more_rows_needed, pair
from core.compare.score import Judged, make_score

FEWEST_ROWS: Final = 6  # five rows that all turn from wrong to right still give p = 0.06: no verdict could ever be reached


@dataclass(frozen=True, slots=True)
class Headline:
    """Two candidates (`first` and `second`, by id) on the unseen rows that both answered, and the verdict on the second.

    Scores and difference are None where a headline is refused. `p` is that of the pairing, corrected where several comparisons are made.
    """

    first: str
    second: str
    pairing: Pairing
    scores: tuple[Score, Score] | None
    difference: Difference | None
    p: float
    verdict: Reason

    @property
    def clean_n(self) -> int:
        return self.pairing.n

    @property
    def refused(self) -> bool:
        return self.scores is None


@dataclass(frozen=True, slots=True)
class Side:
    """One candidate's judged rows; `total` is how many it was asked, where that is more than those here."""

    id: str
    judged: Sequence[Judged]
    total: int = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two candidates brought together, before the verdict: their pairing on unseen rows, and why there is no headline, if so."""

    first: Side
    second: Side
    pairing: Pairing
    refusal: Reason | None

    @property
    def may_count(self) -> bool:
        """Whether it is, or may become, one of the comparisons that are made at once: one under way may still be won."""
        return self.refusal is None or self.refusal.code in ("nothing_yet", "not_finished")


def meet(first: Side, second: Side, seen: frozenset[int], shape: AnswerShape, *, practice: bool = False) -> Meeting:
    """Pair two candidates on the rows that are not in `seen` (those found in the training of either), or say why there is no headline.

    As long as answers are missing there is no verdict, since one that may still turn invites stopping at the moment that one likes.
    Codes of a refusal: nothing_yet, not_finished, no_unseen_rows, too_few_unseen_rows, too_few_rows, text_has_no_score,
    practice_text_has_no_score.
    """
    clean_first = [one for one in first.judged if one.row not in seen]
    clean_second = [one for one in second.judged if one.row not in seen]
    pairing = pair(clean_first, clean_second)
    return Meeting(first, second, pairing, _refusal(first, second, seen, pairing, shape, practice))


def headline(meeting: Meeting, *, p: float | None = None, comparisons: int = 1) -> Headline:
    """The scores of both with the verdict, or the refusal; `p` is the corrected one of so many `comparisons` made at once.

    Verdict codes: better, worse, perhaps_better, perhaps_worse (a difference that could be chance), cannot_tell (no difference),
    both_none, both_all (both got none, or all, of the rows right).
    """
    pairing = meeting.pairing
    p = pairing.p if p is None else p
    if meeting.refusal is not None:
        return Headline(meeting.first.id, meeting.second.id, pairing, None, None, p, meeting.refusal)
    scores = (
        make_score(meeting.first.id, pairing.first_right, pairing.n),
        make_score(meeting.second.id, pairing.second_right, pairing.n),
    )
    return Headline(
        meeting.first.id, meeting.second.id, pairing, scores, difference(pairing), p, _verdict(pairing, p, comparisons=comparisons)
    )


def _refusal(first: Side, second: Side, seen: frozenset[int], pairing: Pairing, shape: AnswerShape, practice: bool) -> Reason | None:
    judged = (*first.judged, *second.judged)
    if not judged:
        return Reason("nothing_yet")
    every = {one.row for one in judged}
    rows, unseen = len(every), len(every - seen)
    counts = {"seen": rows - unseen, "unseen": unseen, "rows": rows, "needed": FEWEST_ROWS}
    settled = sum(one.right is not None or one.failed for one in judged)
    pending = 2 * max(rows, first.total, second.total) - settled
    if pending:
        return Reason("not_finished", counts | {"pending": pending})
    if unseen == 0:
        return Reason("no_unseen_rows", counts)
    if shape.kind == "text":
        return Reason("practice_text_has_no_score" if practice else "text_has_no_score", counts)
    if pairing.n < FEWEST_ROWS:
        return Reason("too_few_unseen_rows" if rows > unseen else "too_few_rows", counts | {"answered": pairing.n})
    return None


def _verdict(pairing: Pairing, p: float, *, comparisons: int) -> Reason:
    facts = {
        "n": pairing.n,
        "base_right": pairing.first_right,
        "tuned_right": pairing.second_right,
        "only_base": pairing.only_first,
        "only_tuned": pairing.only_second,
        "p": p,
        "comparisons": comparisons,
    }
    if pairing.first_right == pairing.second_right:
        code = {0: "both_none", pairing.n: "both_all"}.get(pairing.first_right, "cannot_tell")
        return Reason(code, facts | {"more_rows": None})
    better = pairing.second_right > pairing.first_right
    if p < LEVEL:
        return Reason("better" if better else "worse", facts)
    more = more_rows_needed(pairing, comparisons=comparisons)
    return Reason("perhaps_better" if better else "perhaps_worse", facts | {"more_rows": more})
