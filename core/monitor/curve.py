"""A job's events as a curve: one row per step, only the metrics that exist, and how far the training has come."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from core.base.remote import Checkpoint, Job, JobEvent, JobStatus
from core.base.types import Reason

# What the servers call it -> what it is called here: OpenAI's events say mean_token_accuracy, its result file says accuracy.
METRICS: Final[Mapping[str, str]] = {
    "train_loss": "train_loss",
    "valid_loss": "valid_loss",
    "full_valid_loss": "full_valid_loss",
    "train_accuracy": "train_accuracy",
    "train_mean_token_accuracy": "train_accuracy",
    "valid_accuracy": "valid_accuracy",
    "valid_mean_token_accuracy": "valid_accuracy",
    "validation_mean_token_accuracy": "valid_accuracy",  # so called in Azure's results.csv (its documentation, read from a copy 2026-11-26)
    "full_valid_accuracy": "full_valid_accuracy",
    "full_valid_mean_token_accuracy": "full_valid_accuracy",
    # of a training by preference, from our engine (TRL's rewards/accuracies): the share of pairs whose better answer it leans to
    "train_reward_accuracy": "train_preferred",
    "valid_reward_accuracy": "valid_preferred",
    "full_valid_reward_accuracy": "full_valid_preferred",
}
COLUMNS: Final = tuple(dict.fromkeys(METRICS.values()))


@dataclass(frozen=True, slots=True)
class Curve:
    """The metrics by step: `frame` has a column `step` and one for each metric that was ever reported, sorted by step.

    `by_token`: the accuracies count single tokens, each guessed from the right ones before it, and not whole answers. `from_file`: how
    many of the figures no event told, and the result file did.
    """

    frame: pd.DataFrame
    total_steps: int | None
    from_checkpoints: bool = False
    by_token: bool = False
    from_file: int = 0

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that exist, in a fixed order."""
        return tuple(name for name in COLUMNS if name in self.frame.columns)

    @property
    def last_step(self) -> int | None:
        """The highest step reported so far."""
        return int(self.frame["step"].iloc[-1]) if len(self.frame) else None

    def points(self, metric: str) -> list[tuple[int, float]]:
        """The steps at which a metric was reported, with its finite values."""
        if metric not in self.frame.columns:
            return []
        pairs = zip(self.frame["step"].tolist(), self.frame[metric].tolist(), strict=True)
        return [(int(step), value) for step, value in pairs if math.isfinite(value)]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come: `share` from 0 to 1, `finish` when it may end; None is not known."""

    share: float | None
    step: int | None
    total_steps: int | None
    finish: datetime | None


def curve(events: Sequence[JobEvent], checkpoints: Sequence[Checkpoint] = ()) -> Curve:
    """Turn events, in any order and with repeats, into one curve.

    A step reported twice is one row, in which the later event wins metric by metric. Servers that send no metrics events
    (Nebius) have their figures in the checkpoints: those are taken where no event carries any.
    """
    rows = Rows()
    for event in sorted(events, key=lambda e: e.created_at):
        rows.take(event)
    return rows.curve(checkpoints)


class Rows:
    """The figures of a job by step, gathered event by event as they come; of two for one step the later one stands, metric by metric."""

    def __init__(self) -> None:
        self._by_step: dict[int, dict[str, float]] = {}
        self._told_at: dict[int, datetime] = {}
        self._total: tuple[datetime, int] | None = None
        self._by_token = False

    def take(self, event: JobEvent) -> None:
        """Take in one event; one that comes after a later one fills in only what that left open."""
        total = _whole(event.data.get("total_steps"))
        if total is not None and (self._total is None or event.created_at >= self._total[0]):
            self._total = event.created_at, total
        self._by_token |= any("token_accuracy" in name for name in event.data)
        step, found = _whole(event.data.get("step")), dict(_metrics(event.data))
        if step is None or not found:
            return
        row = self._by_step.setdefault(step, {})
        if event.created_at >= self._told_at.get(step, event.created_at):
            self._told_at[step] = event.created_at
            row.update(found)
        else:
            self._by_step[step] = found | row

    def curve(
        self,
        checkpoints: Sequence[Checkpoint] = (),
        filed: Mapping[int, Mapping[str, float]] = MappingProxyType({}),
        *,
        tokens: bool = False,
    ) -> Curve:
        """All of it as one curve.

        `filed` are the rows of the job's result file, which fill in what no event told (`tokens`: its accuracies count tokens); the figures
        of the checkpoints stand only where neither had any.
        """
        rows, from_file = self._by_step, 0
        by_token = self._by_token
        if filed:
            by_token |= tokens and not any("accuracy" in name for row in rows.values() for name in row)
            told = sum(map(len, rows.values()))
            rows = {step: {**filed.get(step, {}), **rows.get(step, {})} for step in {*rows, *filed}}
            from_file = sum(map(len, rows.values())) - told
        from_checkpoints = not rows and bool(checkpoints)
        if from_checkpoints:
            rows = {}
            for checkpoint in checkpoints:
                _merge(rows, checkpoint.step, checkpoint.metrics)
        found = {name for row in rows.values() for name in row}
        names = [name for name in COLUMNS if name in found]
        steps = sorted(rows)
        data: dict[str, list[Any]] = {"step": steps}
        data |= {name: [rows[step].get(name, math.nan) for step in steps] for name in names}
        by_token |= any("token_accuracy" in name for checkpoint in checkpoints for name in checkpoint.metrics)
        total = self._total[1] if self._total else None
        return Curve(pd.DataFrame(data, columns=["step", *names]), total, from_checkpoints and bool(rows), by_token, from_file)


def repeated_steps(events: Sequence[JobEvent]) -> int:
    """How many steps were computed a second time after an interruption; the curve shows each once."""
    return len({event.data.get("step") for event in events if event.data.get("repeated") is True})


_PREFERRED: Final = ("full_valid_reward_accuracy", "valid_reward_accuracy")
_SAYS_NO_LOSS: Final = "no loss"
_ROUNDING: Final = 1e-6  # a mean of single precision says 1.0000000149 for all of them


def preferred(events: Sequence[JobEvent]) -> float | None:
    """Of a training by preference: the share of checked pairs whose better answer the model leans to, as it was last told; else None.

    Our engine tells it (TRL's rewards/accuracies); of all validation pairs where that is known, else of a sample of them.
    """
    for name in _PREFERRED:
        told = [(_whole(event.data.get("step")) or 0, event.data[name]) for event in events if _is_share(event.data.get(name))]
        if told:
            return min(1.0, max(0.0, float(max(told)[1])))
    return None


def preferred_last(drawn: Curve) -> float | None:
    """The same from the curve, where no event told it and the result file did."""
    points = drawn.points("full_valid_preferred") or drawn.points("valid_preferred")
    return points[-1][1] if points and _is_share(points[-1][1]) else None


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and -_ROUNDING <= value <= 1 + _ROUNDING


def progress(job: Job, events: Sequence[JobEvent], now: datetime) -> Progress:
    """Say how far a job has come and when it may end.

    The server's own estimate is taken where it gives one that is not past; else the pace between the first and the last step so far.
    """
    steps = sorted((_whole(event.data["step"]) or 0, event.created_at) for event in events if _has_metrics(event.data))
    latest = max((event for event in events if _whole(event.data.get("total_steps"))), key=lambda event: event.created_at, default=None)
    total = None if latest is None else _whole(latest.data["total_steps"])
    step = steps[-1][0] if steps else None
    share = min(1.0, step / total) if step is not None and total else None
    if job.status is JobStatus.SUCCEEDED:
        return Progress(1.0, step, total, job.finished_at)
    if job.status.is_terminal:
        return Progress(share, step, total, job.finished_at)
    if job.estimated_finish is not None and job.estimated_finish > now:
        return Progress(share, step, total, job.estimated_finish)
    finish = None
    if job.status is JobStatus.RUNNING and step is not None and total is not None and step > steps[0][0]:
        pace = (steps[-1][1] - steps[0][1]).total_seconds() / (step - steps[0][0])
        if pace > 0:
            finish = max(now, steps[-1][1] + timedelta(seconds=pace * (total - step)))
    return Progress(share, step, total, finish)


def landmark_keys(event: JobEvent) -> Iterable[tuple[str, tuple[float, ...]]]:
    """For what an event may be the one that counts, and its rank in it: of each kind the highest ranked tells as much as all together."""
    data, at = event.data, event.created_at.timestamp()
    step = _whole(data.get("step"))
    if step is not None and _has_metrics(data):
        yield "first step", (-step, -at)
        yield "last step", (step, at)
    if _whole(data.get("total_steps")):
        yield "total", (at,)
    for name in _PREFERRED:
        if _is_share(data.get(name)):
            yield name, (step or 0, float(data[name]))
    if data.get("repeated") is True:
        yield f"repeated {step}", (at,)
    if _SAYS_NO_LOSS in event.message.lower():
        yield "no loss", (-at,)


def unknown_figures(event: JobEvent) -> dict[str, float]:
    """The figures of a step that are none of ours, by the server's names."""
    if _whole(event.data.get("step")) is None:
        return {}
    theirs = {name: value for name, value in event.data.items() if name not in METRICS and name not in ("step", "total_steps")}
    return {name: float(value) for name, value in theirs.items() if type(value) in (int, float) and math.isfinite(value)}


def why_no_curve(events: Sequence[JobEvent], base_model: str, status: JobStatus = JobStatus.UNKNOWN) -> Reason | None:
    """Say why there is nothing to draw, in the server's own words where it has said it; None where there is a curve."""
    if any(_has_metrics(event.data) for event in events):
        return None
    said = next((event.message for event in events if _SAYS_NO_LOSS in event.message.lower()), "")
    if said:
        return Reason("no_curve_said", {"words": said, "model": base_model})
    if not status.is_terminal:
        return Reason("no_curve_yet", {"model": base_model})
    if status is JobStatus.SUCCEEDED:
        return Reason("no_curve_sent", {"model": base_model})
    return Reason("no_curve_ended_before", {"model": base_model})


def _merge(rows: dict[int, dict[str, float]], step: object, data: Mapping[str, Any]) -> None:
    whole = _whole(step)
    found = dict(_metrics(data))
    if whole is not None and found:
        rows.setdefault(whole, {}).update(found)


def _metrics(data: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    for theirs, value in data.items():
        ours = METRICS.get(theirs)
        if ours is not None and isinstance(value, (int, float)) and not isinstance(value, bool):
            yield ours, float(value)


def _has_metrics(data: Mapping[str, Any]) -> bool:
    return _whole(data.get("step")) is not None and any(True for _ in _metrics(data))


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value != int(value):
        return None
    return int(value)
