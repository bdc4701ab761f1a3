"""Right or wrong, row by row, and what share of the answers was right with the interval that the number of rows allows."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.base.answers import AnswerShape, parse_answer
from core.base.intervals import wilson
from core.base.replies import Prediction, Score

WHOLE: Final = "*"  # the name of the score of whole answers; a JSON field may well be called "answer"


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer judged: `right` is None where there is none yet or the row failed; `fields` holds each JSON field."""

    row: int
    right: bool | None
    fields: Mapping[str, bool] = field(default_factory=dict)
    valid: bool = True
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """The scores of one model over one set of rows. `invalid` answers count as wrong; `failed` and `pending` rows are not scored."""

    whole: Score
    fields: tuple[Score, ...]
    invalid: int
    failed: int
    pending: int

    @property
    def rows(self) -> int:
        """How many rows the set has, scored or not."""
        return self.whole.n + self.failed + self.pending


def judge(prediction: Prediction, shape: AnswerShape) -> Judged:
    """Judge one answer: outer spaces, JSON key order and spacing do not count, every letter of a label does."""
    if prediction.answer is None:
        return Judged(prediction.row, None, failed=bool(prediction.error))
    if shape.kind != "json":
        right = _plain(prediction.answer) == _plain(prediction.expected)
        return Judged(prediction.row, right, valid=bool(prediction.answer.strip()))
    given, wanted = parse_answer(prediction.answer, shape), parse_answer(prediction.expected, shape)
    if wanted is None:
        # the row's own answer has another shape than the rest: only the same text can be right
        return Judged(prediction.row, _plain(prediction.answer) == _plain(prediction.expected), valid=given is not None)
    if given is None:
        return Judged(prediction.row, False, dict.fromkeys(shape.fields, False), valid=False)
    fields = {name: _plain(given[name]) == _plain(wanted[name]) for name in shape.fields}
    return Judged(prediction.row, all(fields.values()), fields)


def judge_all(predictions: Sequence[Prediction], shape: AnswerShape) -> tuple[Judged, ...]:
    """Judge every answer, in order."""
    return tuple(judge(prediction, shape) for prediction in predictions)


def score(judged: Sequence[Judged], shape: AnswerShape) -> Part:
    """Add up judged rows: the whole answer first, then each JSON field, each with its Wilson interval."""
    answered = [one for one in judged if one.right is not None]
    names = shape.fields if shape.kind == "json" else ()
    per_field = []
    for name in names:
        with_field = [one for one in answered if name in one.fields]
        per_field.append(make_score(name, sum(one.fields[name] for one in with_field), len(with_field)))
    return Part(
        whole=make_score(WHOLE, sum(bool(one.right) for one in answered), len(answered)),
        fields=tuple(per_field),
        invalid=sum(not one.valid for one in answered),
        failed=sum(one.failed for one in judged),
        pending=sum(one.right is None and not one.failed for one in judged),
    )


def make_score(name: str, right: int, n: int) -> Score:
    """A share with its 95% Wilson interval; of no rows nothing is known, so it is 0 to 1."""
    return Score(name, right, n, *wilson(right / n if n else 0.0, n))


def _plain(text: str) -> str:
    # an accent written as one character or as two looks the same and means the same
    return unicodedata.normalize("NFC", text).strip()
