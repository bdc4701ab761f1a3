"""The money rule: the record is written before the call, the call is made once, and a lost answer is never answered by a second call."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal

from core.base.errors import (
    AnswerLost,
    NotOnServer,
    RequestRefused,
    ServerFault,
    ServerProblem,
    TunesmithError,
    Unreachable,
)
from core.base.remote import JobStatus
from core.base.types import Reason
from core.io.openai_calls import Client, create_job
from core.io.workspace import JobRecord, Plan, Workspace
from core.io.workspace.records import JobState, error_from_json
from core.train.budget import check_budget
from core.train.method import material
from core.train.owner import sign
from core.train.reconcile import METADATA_RECORD, Patience, blocked_error, check_server, look_for, reconcile, take
from core.train.upload import Sent, ensure_uploaded

Stage = Literal["uploading_training", "uploading_validation", "creating"]
_ENDED: Final = {JobStatus.CANCELLED: "try_cancelled", JobStatus.FAILED: "try_failed", JobStatus.SUCCEEDED: "try_finished"}
METADATA_KEY: Final = "tunesmith_key"
METADATA_ATTEMPT: Final = "tunesmith_attempt"


def start_training(
    ws: Workspace,
    client: Client,
    plan: Plan,
    *,
    now: datetime,
    attempt: int | None = None,
    clock: Callable[[], float] = time.monotonic,
    on_stage: Callable[[Stage], None] | None = None,
    on_sent: Sent = lambda sent, total: None,
    patience: Patience | None = None,
) -> JobRecord:
    """Start the plan's job, or give back the record of the one that was started: never two for one attempt, whoever calls how often.

    The record's state tells what happened: "created"; "refused" (the server said no: `stored_error`); "absent" (nothing was sent);
    "uncertain" (it may exist: `reconcile` later). `attempt` is for "Train again" alone: the last attempt plus one.
    Raises BadSetting for a plan over its budget or meant for another server; NotInWorkspace where its files are gone.
    """
    check_server(client, plan.origin)
    check_budget(plan)
    latest = ws.latest_attempt(plan.key)
    if latest is not None:
        latest = reconcile(ws, client, latest, now, patience=patience)
        again = attempt is not None and attempt == latest.attempt + 1 and latest.state == "created"
        if not again:
            if not may_start(latest)[0]:
                return latest
            late = _carried_out_late(ws, client, latest, now)
            if late is not None:
                return late
    wanted = 1 if latest is None else latest.attempt + (1 if again else 0)
    record, is_new = ws.claim_job(plan.id, wanted, now)
    if not is_new:
        return record
    sign(ws, record.id)
    began = clock()
    moment = lambda: now + timedelta(seconds=clock() - began)  # noqa: E731
    return _carry_out(ws, client, plan, record, moment, on_stage or (lambda stage: None), on_sent, patience)


def may_start(record: JobRecord | None, project_id: str | None = None) -> tuple[bool, Reason]:
    """Say whether Start may be offered for a plan whose last attempt is this record, and why.

    Codes: not_started, nothing_was_started, was_refused (yes); being_started, already_started, already_started_elsewhere (in another
    project), try_cancelled, try_failed, try_finished (of all these "Train again" makes a new attempt), cannot_tell_yet (no).
    """
    if record is None:
        return True, Reason("not_started")
    facts = {"attempt": record.attempt, "project": record.project_id, "looked_at": record.looked_at}
    if record.state == "absent":
        return True, Reason("nothing_was_started", facts)
    if record.state == "refused":
        return True, Reason("was_refused", facts)
    if record.state == "creating":
        return False, Reason("being_started", facts)
    if record.state == "uncertain":
        return False, Reason("cannot_tell_yet", facts)
    ended = _ENDED.get(record.snapshot.status) if record.snapshot else None
    if project_id is not None and project_id != record.project_id and ended in (None, "try_finished"):
        return False, Reason("already_started_elsewhere", facts)
    return False, Reason(ended or "already_started", facts)


def training_name(sha: str) -> str:
    """The name under which a file of training rows is sent."""
    return f"train-{sha[:8]}.jsonl"


def validation_name(sha: str) -> str:
    """The name under which a file of validation rows is sent."""
    return f"validation-{sha[:8]}.jsonl"


def next_attempt(record: JobRecord) -> int | None:
    """The attempt that "Train again" asks for, or None where the last one is not a job yet."""
    return record.attempt + 1 if record.state == "created" else None


def stored_error(record: JobRecord) -> TunesmithError | None:
    """The typed error that the record's last try or look ended with, ready to be shown."""
    return None if record.error is None else error_from_json(record.error)


def _carried_out_late(ws: Workspace, client: Client, record: JobRecord, now: datetime) -> JobRecord | None:
    """What was certainly absent when last looked for is looked for once more before anything is paid again."""
    if record.state != "absent":
        return None
    try:
        job = look_for(ws, client, record)
    except NotOnServer:  # a server without a list can only be asked to create
        return None
    except ServerProblem as error:
        return ws.update_job(record.id, expect="absent", error=error, looked_at=now)
    return None if job is None else take(ws, record, job, now)


def _carry_out(
    ws: Workspace,
    client: Client,
    plan: Plan,
    record: JobRecord,
    moment: Callable[[], datetime],
    on_stage: Callable[[Stage], None],
    on_sent: Sent,
    patience: Patience | None,
) -> JobRecord:
    try:
        training, validation = _upload(ws, client, plan, moment, on_stage, on_sent)
        on_stage("creating")
    except ServerProblem as error:
        state: JobState = "absent" if isinstance(error, (Unreachable, ServerFault)) else "refused"
        return ws.update_job(record.id, expect="creating", state=state, error=error, looked_at=moment())
    except BaseException:
        # the page was left, or a file is gone: nothing that costs money was sent, so the record must not block
        ws.update_job(record.id, expect="creating", state="absent", looked_at=moment())
        raise
    # with its state, so that the stamp is on the disk before the request leaves
    mine = ws.update_job(record.id, expect="creating", state="creating", looked_at=moment())
    if mine.state != "creating" or mine.created_at != record.created_at:
        return mine  # the upload took so long that the attempt was given up and claimed anew: it is no longer ours to carry out
    try:
        job = create_job(
            client,
            model=plan.base_model,
            training_file=training,
            validation_file=validation,
            hyperparameters=plan.hyperparameters,
            seed=plan.seed,
            suffix=plan.suffix or None,
            method=plan.method,
            metadata={**plan.metadata, METADATA_KEY: plan.key, METADATA_ATTEMPT: str(record.attempt), METADATA_RECORD: record.id},
        )
    except ServerProblem as error:
        return _after_failure(ws, client, plan, record, error, moment(), patience)
    except BaseException:
        ended = moment()
        ws.update_job(record.id, expect="creating", state="uncertain", error=blocked_error(ended, client.host), looked_at=ended)
        raise
    return take(ws, record, job, moment())


def _upload(
    ws: Workspace, client: Client, plan: Plan, moment: Callable[[], datetime], on_stage: Callable[[Stage], None], on_sent: Sent
) -> tuple[str, str | None]:
    files = material(ws.dataset(plan.dataset_id), plan.method)
    on_stage("uploading_training")
    training = ensure_uploaded(ws, client, files.train_sha, training_name(files.train_sha), now=moment, on_sent=on_sent)
    if files.validation_sha is None:
        return training, None
    on_stage("uploading_validation")
    name = validation_name(files.validation_sha)
    return training, ensure_uploaded(ws, client, files.validation_sha, name, now=moment, on_sent=on_sent)


def _after_failure(
    ws: Workspace,
    client: Client,
    plan: Plan,
    record: JobRecord,
    error: ServerProblem,
    now: datetime,
    patience: Patience | None,
) -> JobRecord:
    state = _state_after(error)
    if state != "uncertain":
        if isinstance(error, (RequestRefused, NotOnServer)):
            # perhaps a file that was there a moment ago is not any more: the next try uploads it anew
            files = material(ws.dataset(plan.dataset_id), plan.method)
            for sha in filter(None, (files.train_sha, files.validation_sha)):
                ws.forget_upload(plan.origin, sha)
        return ws.update_job(record.id, expect="creating", state=state, error=error, looked_at=now)
    blocked = ws.update_job(record.id, expect="creating", state="uncertain", error=blocked_error(now, client.host, error), looked_at=now)
    return reconcile(ws, client, blocked, now, patience=patience)


def _state_after(error: ServerProblem) -> JobState:
    """What an error of the call that creates says about the job: only a plain no, or no connection at all, is certain."""
    if isinstance(error, (AnswerLost, ServerFault)) or type(error) is ServerProblem:
        return "uncertain"
    return "absent" if isinstance(error, Unreachable) else "refused"
