"""Prediction runs: the same questions put to one model, begun once and continued at the next missing row."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from core.base.types import Example, Message, Reason
from core.io.openai_shapes import chat_messages
from core.io.workspace import Progress, Run, Workspace

Role = Literal["base", "tuned"]

# The same question should get the same answer each time that it is asked, or a difference could be the dice.
DEFAULT_SETTINGS: Final[Mapping[str, Any]] = {"temperature": 0}

_SHORTEST, _LONGEST = 64, 512  # tokens of an answer


def settings_for(answers: Iterable[str], *, small: bool) -> dict[str, Any]:
    """The sampling parameters for questions whose own answers are these.

    A small open model that was taught nothing often finds no end, and would write until it can hold no more: it may write twice as much
    as the longest answer, taken at three letters a token.
    """
    if not small:
        return dict(DEFAULT_SETTINGS)
    longest = max(map(len, answers), default=0)
    return {**DEFAULT_SETTINGS, "max_tokens": min(_LONGEST, max(_SHORTEST, 2 * longest // 3))}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that takes part: `label` is what the table calls it, `settings` the sampling parameters that are sent."""

    role: Role
    label: str
    connection_id: str
    origin: str
    model: str
    settings: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULT_SETTINGS))


def start(
    ws: Workspace, project_id: str, candidate: Candidate, examples: Sequence[Example], *, now: datetime, dataset_id: str | None = None
) -> Run:
    """Make the run of a candidate over examples, or return the one that already is: same data, model and settings."""
    return ws.start_run(
        project_id,
        now=now,
        dataset_id=dataset_id,
        connection_id=candidate.connection_id,
        origin=candidate.origin,
        model=candidate.model,
        label=candidate.label,
        settings=dict(candidate.settings),
        rows=[(example.row, example.question, example.answer, _messages_json(example.prompt)) for example in examples],
    )


def find(runs: Sequence[Run], candidate: Candidate, dataset_id: str | None) -> Run | None:
    """The newest run of this candidate over this data set, or None."""
    wanted = (dataset_id, candidate.origin, candidate.model, dict(candidate.settings))
    fitting = [run for run in runs if (run.dataset_id, run.origin, run.model, run.settings) == wanted]
    return max(fitting, key=lambda run: run.created_at, default=None)


def needs_attention(run: Run, progress: Progress, *, alive: bool, needs_key: bool, has_key: bool, held: bool = False) -> Reason | None:
    """Say what a run is waiting for, if anything: a key, or a click to continue; None while it works and when it is over.

    One that was stopped by hand (`held`) is not continued, whether or not its last answers are still under way.

    Codes: run_waits_for_key, run_can_continue, run_has_failed_rows (over, and some rows can be asked again).
    """
    missing = progress.total - progress.done - progress.failed
    facts = {"done": progress.done, "failed": progress.failed, "total": progress.total, "missing": missing}
    if progress.is_over:
        return Reason("run_has_failed_rows", facts) if progress.failed else None
    if alive or held:
        return None
    if needs_key and not has_key:
        return Reason("run_waits_for_key", facts)
    return Reason("run_can_continue", facts)


def _messages_json(messages: Sequence[Message]) -> str:
    return json.dumps(chat_messages(messages), ensure_ascii=False)
