"""How far labels can be told from questions: the majority, the nearest example and a classifier, judged on rows they have not seen."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.base.answers import AnswerShape, answer_kind
from core.base.choice import decide, learning_seconds
from core.base.errors import TooFewExamples
from core.base.families import FAMILIES, Family
from core.base.folds import FOLDS
from core.base.held_out import FOREVER, Clock, Judged, Labelled, Way, judge
from core.base.label_space import labels_of
from core.base.types import Reason

if TYPE_CHECKING:
    import numpy as np

WAYS: Final[tuple[Way, ...]] = ("bayes", "nearest", "linear")  # the slowest comes last, and may be left out


@dataclass(frozen=True, slots=True)
class Standing:
    """Shares (0 to 1) of rows answered right: whole answers, and each field; spreads are standard deviations over the repeats."""

    whole: float
    fields: Mapping[str, float]
    spread: float = 0.0
    field_spreads: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """What can be had for nothing on `rows` rows with `questions` different questions.

    `classifier` is the whole procedure: for every fold the family is chosen by the other folds' rows alone. Choosing anew within every
    training part costs six times as much and says the same: 65.4 against 65.0 on the sample, 18.8 / 27.3 / 25.6 against 19.3 / 26.8 / 25.7
    on made sets of 100, 150 and 200 questions in 77 classes. `families` holds each family's own share of whole answers; the best of
    them was picked by looking at it, and flatters by what it is above `classifier.whole`.
    `family` is what the data as a whole chooses, `agreed` in which share of the folds it was chosen, too; `seen` says that there was time
    for one fold only, so that the choice saw the rows that it is judged by. `choosing` and `teaching` are about how many seconds of
    computing it takes here to choose a family and then to teach it all these rows, as the practice model does.
    """

    rows: int
    questions: int
    folds: int
    repeats: int
    majority: Standing
    nearest: Standing
    classifier: Standing
    families: Mapping[Family, float]
    family: Family
    reason: Reason
    agreed: float
    seen: bool
    choosing: float = field(compare=False)
    teaching: float = field(compare=False)


def majority(answers: Sequence[str]) -> str:
    """The commonest answer as it is written most often, the first of equals; JSON that differs in spacing alone is one answer."""
    shape = answer_kind(answers)
    keys = [labels_of(answer, shape) or (answer.strip(),) for answer in answers]
    if not keys:
        raise TooFewExamples(n=0, minimum=1)
    common = Counter(keys).most_common(1)[0][0]
    return Counter(answer.strip() for answer, key in zip(answers, keys, strict=True) if key == common).most_common(1)[0][0]


def cross_validate(
    questions: Sequence[str],
    answers: Sequence[str],
    shape: AnswerShape,
    *,
    seed: int,
    folds: int = FOLDS,
    repeats: int = 1,
    seconds: float = FOREVER,
    clock: Clock = time.thread_time,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CrossValidation:
    """Judge every row by models that have learned from the other folds; classes are spread over the folds and identical questions are not.

    Rows whose answer has not the shape are left out. A label that stands in one row only cannot be got right, and counts as wrong. When
    `seconds` are over, what was judged by then counts: fewer repeats, then fewer folds, and at the least one fold of one repeat.
    Raises TooFewExamples where fewer than two different questions are left.
    """
    import numpy as np

    rows = Labelled.of(questions, answers, shape)
    folds, until = min(folds, rows.different), clock() + seconds
    total, done = folds * repeats * len(WAYS), 0

    def tell() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    judged: list[Judged] = []
    slowest = 0.0
    for repeat in range(repeats):
        began = clock()
        if judged and began + slowest > until:
            break
        judged.append(judge(rows, WAYS, folds=folds, seed=seed + repeat, clock=clock, until=until, tell=tell))
        slowest = max(slowest, clock() - began)
    if len(judged) > 1:  # the last one may have been cut short
        judged = [one for one in judged if len(one.rows) == len(judged[0].rows) and one.right.keys() == judged[0].right.keys()]
    progress(total, total)

    family, reason = decide(judged, [one.rows for one in judged])
    by_fold = [_by_the_other_folds(one) for one in judged]
    chosen = [found for _, families in by_fold for found in families]
    seen = len({int(held) for one in judged for held in one.fold[one.rows]}) == 1
    tried = [way for way in FAMILIES if all(way in one.right for one in judged)]
    keys = [rows.keys[i] for i in judged[0].rows]
    choosing, teaching = learning_seconds(judged[0], family)
    return CrossValidation(
        rows=len(judged[0].rows),
        questions=len(np.unique(rows.groups[judged[0].rows])),
        folds=folds,
        repeats=len(judged),
        majority=Standing(_top_share(keys), {field: _top_share([key[f] for key in keys]) for f, field in enumerate(shape.fields)}),
        nearest=_standing([one.right["nearest"][one.rows] for one in judged], shape),
        classifier=_standing([right[one.rows] for one, (right, _) in zip(judged, by_fold, strict=True)], shape),
        families={way: _standing([one.right[way][one.rows] for one in judged], shape).whole for way in tried},
        family=family,
        reason=reason,
        agreed=sum(one == family for one in chosen) / len(chosen),
        seen=seen,
        choosing=choosing,
        teaching=teaching,
    )


def _by_the_other_folds(judged: Judged) -> tuple["np.ndarray", list[Family]]:
    """Which fields the procedure got right: each fold by the family that the other folds choose; and which family that was."""
    right = judged.right["bayes"].copy()
    families = []
    held_out = sorted(set(judged.fold[judged.rows].tolist()))
    for held in held_out:
        mine = judged.fold == held
        others = judged.rows[judged.fold[judged.rows] != held] if len(held_out) > 1 else judged.rows
        family, _ = decide([judged], [others])
        right[mine] = judged.right[family][mine]
        families.append(family)
    return right, families


def _standing(right: Sequence["np.ndarray"], shape: AnswerShape) -> Standing:
    """Of each repeat the fields that were right (rows x fields)."""
    import numpy as np

    whole = np.array([one.all(axis=1).mean() for one in right])
    by_field = np.array([one.mean(axis=0) for one in right])
    return Standing(
        whole=float(whole.mean()),
        fields={field: float(by_field[:, f].mean()) for f, field in enumerate(shape.fields)},
        spread=float(whole.std()),
        field_spreads={field: float(by_field[:, f].std()) for f, field in enumerate(shape.fields)},
    )


def _top_share(values: Sequence[object]) -> float:
    return max(Counter(values).values()) / len(values)
