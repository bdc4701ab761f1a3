"""Prediction runs: the same questions put to one model, begun once and continued at the next missing row."""

from collections.abc import Sequence
from datetime import datetime

from core.base.types import Example, Reason
from core.compare.candidate import Candidate, settings_for
from core.io.workspace import Progress, Run, Workspace, run_key

__all__ = ["Candidate", "find", "needs_attention", "settings_for", "start"]

Shots = Sequence[Sequence[Example]]  # by row, the training examples that stand before its question


def start(
    ws: Workspace,
    project_id: str,
    candidate: Candidate,
    examples: Sequence[Example],
    *,
    now: datetime,
    dataset_id: str | None = None,
    shots: Shots = (),
) -> Run:
    """Make the run of a candidate over examples, or return the one that already is: same data, model, settings and messages."""
    return ws.start_run(
        project_id,
        now=now,
        dataset_id=dataset_id,
        connection_id=candidate.connection_id,
        origin=candidate.origin,
        model=candidate.model,
        label=candidate.label,
        settings=dict(candidate.settings),
        rows=candidate.rows(examples, shots),
    )


def find(runs: Sequence[Run], candidate: Candidate, dataset_id: str | None, examples: Sequence[Example], shots: Shots = ()) -> Run | None:
    """The run in which this candidate was asked exactly this: same data set, settings and messages; None where there is none."""
    wanted = (dataset_id, candidate.origin, candidate.model, dict(candidate.settings), len(examples))
    fitting = [run for run in runs if (run.dataset_id, run.origin, run.model, run.settings, run.total) == wanted]
    if not fitting:  # the messages are worked out only where they decide
        return None
    key = run_key(
        dataset_id, candidate.connection_id, candidate.origin, candidate.model, candidate.settings, candidate.rows(examples, shots)
    )
    return next((run for run in fitting if run.key == key), None)


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
