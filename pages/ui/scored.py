"""What Compare has found of a model: read from its runs, where both models have been asked."""

from core.compare.headline import Headline
from core.compare.outcome import Answered, outcome
from core.compare.rows import shape_of
from core.compare.run import Candidate, find, settings_for
from core.io.connections import Connection
from core.io.workspace import JobRecord, Project
from pages.ui import models, state
from pages.ui.data import examples
from pages.ui.runs import MOST_ROWS
from pages.ui.seen import seen_rows


def headline(project: Project, record: JobRecord, where: Connection, model: str) -> Headline | None:
    """The headline of a comparison on test rows that the training did not contain; None where there is none (yet)."""
    dataset = models.dataset_of(record)
    if dataset is None or not dataset.test_sha:
        return None
    base = models.base_of(record, where)
    rows = examples(dataset, "test")[:MOST_ROWS]
    asked_with = settings_for((row.answer for row in rows), small=base.small)
    candidates = (
        Candidate("base", "", where.id, record.origin, base.before_of(model), asked_with),
        Candidate("tuned", "", where.id, record.origin, model, asked_with),
    )
    ws = state.workspace()
    runs = [run for one in candidates if (run := find(ws.runs(project.id), one, dataset.id, rows)) is not None]
    seen = seen_rows(dataset, "test") if len(runs) == 2 else None
    if seen is None:
        return None
    # the model before the training has seen none of its rows
    known = ((), seen)
    answered = [Answered(one, ws.predictions(run.id), some, run.total) for one, run, some in zip(candidates, runs, known, strict=True)]
    return outcome(answered, shape_of(dataset)).headline
