"""What a trained model must beat: what can be had for nothing on the same rows, each with its interval."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from core.base.classify import CrossValidation, Standing
from core.base.intervals import wilson
from core.base.types import Reason

Kind = Literal["majority", "nearest", "classifier"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A share (0 to 1) with its 95% interval; `spread` is its standard deviation over the repeats."""

    share: float
    low: float
    high: float
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """One free way to answer: how often the whole answer is right, and each field."""

    kind: Kind
    whole: Measured
    fields: Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Closeness:
    """Of free text: how close (chrF, 0 to 1) the answer to the nearest question is to the row's own, beside any other row's answer.

    It says how alike the words are, not whether an answer is good. `nearest` has an interval of the mean over `n` rows.
    """

    nearest: Measured
    other: float
    n: int


@dataclass(frozen=True, slots=True)
class Baselines:
    """What was found on `rows` rows, or in `nothing` why there is nothing to compare with: pairs, tools, too_few or one_answer.

    Intervals count different questions, since a row that stands there twice is no second piece of evidence. `family` won and `reason`
    says why; `families` holds each one's own share of whole answers; `agreed` is the share of folds that chose the same. `drawn_from` is
    how many rows there are, where `rows` of them were drawn by chance, and 0 where all were used. `learning` is about how many seconds of
    computing the practice model takes for all of them on the machine where this was measured, 0 where that is not known.
    """

    rows: int
    questions: int = 0
    folds: int = 0
    repeats: int = 0
    seconds: float = 0.0
    baselines: tuple[Baseline, ...] = ()
    family: str = ""
    reason: Reason | None = None
    families: Mapping[str, float] = field(default_factory=dict)
    agreed: float = 0.0
    seen: bool = False
    closeness: Closeness | None = None
    nothing: str = ""
    drawn_from: int = 0
    learning: float = 0.0

    @property
    def best(self) -> Baseline | None:
        """The one to beat: right most often on whole answers, the simplest of equals."""
        return max(self.baselines, key=lambda one: one.whole.share, default=None)

    @classmethod
    def of(cls, found: CrossValidation, seconds: float, *, drawn_from: int = 0) -> Self:
        """A cross-validation as baselines."""
        kinds: dict[Kind, Standing] = {"majority": found.majority, "nearest": found.nearest, "classifier": found.classifier}
        return cls(
            rows=found.rows,
            questions=found.questions,
            folds=found.folds,
            repeats=found.repeats,
            seconds=seconds,
            baselines=tuple(_baseline(kind, standing, found.questions) for kind, standing in kinds.items()),
            family=found.family,
            reason=found.reason,
            families={str(family): share for family, share in found.families.items()},
            agreed=found.agreed,
            seen=found.seen,
            drawn_from=drawn_from,
            learning=found.choosing + found.teaching * max(1.0, drawn_from / found.rows),
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        close, reason = saved["closeness"], saved["reason"]
        return cls(
            **dict(saved)
            | {
                "baselines": tuple(
                    Baseline(
                        one["kind"], Measured(**one["whole"]), {name: Measured(**measured) for name, measured in one["fields"].items()}
                    )
                    for one in saved["baselines"]
                ),
                "closeness": close and Closeness(Measured(**close["nearest"]), close["other"], close["n"]),
                "reason": reason and Reason(reason["code"], reason["params"]),
            }
        )


def _baseline(kind: Kind, standing: Standing, n: int) -> Baseline:
    spreads = standing.field_spreads or {}
    fields = {name: _measured(share, spreads.get(name, 0.0), n) for name, share in standing.fields.items()}
    return Baseline(kind, _measured(standing.whole, standing.spread, n), fields)


def _measured(share: float, spread: float, n: int) -> Measured:
    low, high = wilson(share, n)
    return Measured(share, low, high, spread)
