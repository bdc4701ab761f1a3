"""A run as one batch: ordered once and on record before, looked at until it is over, its answers stored row by row.

The money rule of a training holds here too: of any number of clicks, tabs and processes one orders, a lost answer is looked for on the
server and never ordered again, and while a batch may still answer a row nobody else asks it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from core.base.errors import (
    N_,
    AnswerLost,
    BadSetting,
    NotOnServer,
    RateLimited,
    RequestRefused,
    ServerFault,
    TooLarge,
    TunesmithError,
)
from core.base.remote import BatchStatus, RemoteBatch
from core.base.token_cost import answer_usd
from core.base.types import Message, Price
from core.io.connections import BatchRule
from core.io.openai_batches import BatchLine, batch_lines, cancel_batch, create_batch, get_batch, list_batches, request_line
from core.io.openai_calls import Client, upload_file
from core.io.owner import has_ended, sign
from core.io.workspace import ClaimedRow, Run, RunBatch, Workspace
from core.io.workspace.batches import BatchAnswer

METADATA_RUN: Final = "tunesmith_run"
PAGE, MOST_PAGES = 20, 50
SETTLE_S: Final = 120.0  # until a server that was asked may be taken not to have it: it may list it late
SETTLE_HERE_S: Final = 5.0
# what says nothing of the row itself: it may be asked again, one by one
_LEFT_OPEN: Final = frozenset({"batch_expired", "batch_cancelled"})
ERROR_LENGTH: Final = 500


def order(ws: Workspace, client: Client, run: Run, *, now: Callable[[], datetime]) -> RunBatch:
    """Order the run's open rows as a batch, or return the record of the one that already was.

    Raises BadSetting and TooLarge before anything leaves, and what the server refused; a lost answer is a record that says "uncertain".
    """
    rule = client.connection.batch
    if rule is None or client.origin != run.origin:
        raise BadSetting(N_("{host} takes no batch of these questions."), N_("Ask them one by one."), host=client.host)
    record, mine = ws.claim_batch(run.id, origin=client.origin, owner=sign(), now=now())
    if not mine:
        return record
    try:
        data = _file(run, ws.open_rows(run.id), rule, client.host)
        file = upload_file(client, f"tunesmith-{run.id}.jsonl", data, purpose="batch")
        ws.update_batch(run.id, file_id=file.id, called_at=now())
    except TunesmithError as error:
        ws.update_batch(run.id, expect="creating", state="absent", error=error)
        raise
    try:
        batch = create_batch(client, file.id, hours=rule.hours, metadata={METADATA_RUN: run.id})
    except AnswerLost as error:
        return ws.update_batch(run.id, expect="creating", state="uncertain", error=error, looked_at=now())
    except TunesmithError as error:
        ws.update_batch(run.id, expect="creating", state="refused", error=error, looked_at=now())
        raise
    return _take(ws, run.id, batch, now())


def reconcile(ws: Workspace, client: Client, record: RunBatch, now: datetime) -> RunBatch:
    """Find out what became of an order whose answer is not known; any other record comes back as it is.

    Found by the run's id in its metadata, or by the file that only this run has sent: "created". Certainly not there (never called, or
    the whole list was read and the server had the time to settle): "absent". Anything else stays blocked.
    """
    if record.state not in ("creating", "uncertain") or (record.state == "creating" and not has_ended(record.owner)):
        return record
    if record.called_at is None:
        return ws.update_batch(record.run_id, expect=record.state, state="absent", looked_at=now)
    found, complete = _find(client, record)
    if found is not None:
        return _take(ws, record.run_id, found, now)
    settled = (now - record.called_at).total_seconds() >= (SETTLE_HERE_S if client.connection.local else SETTLE_S)
    state, error = ("absent", None) if complete and settled else ("uncertain", record.error)
    return ws.update_batch(
        record.run_id, expect=record.state, state="absent" if state == "absent" else "uncertain", error=error, looked_at=now
    )


def look(ws: Workspace, client: Client, record: RunBatch, now: datetime, *, price: Price | None = None) -> RunBatch:
    """Ask the server how far the batch is; where it is over, store what it brought, whole or in part. Raises ServerProblem.

    One that the server does not know, and not because it is new, is "lost", as is one whose answers it has deleted:
    no more is waited for, and `look_again` undoes that. Nobody orders it a second time.
    """
    if record.state != "created" or record.remote_id is None:
        return record
    try:
        return _look(ws, client, record, now, price)
    except NotOnServer as error:
        ordered = record.called_at or record.created_at
        settled = (now - ordered).total_seconds() >= (SETTLE_HERE_S if client.connection.local else SETTLE_S)
        if not settled:
            return record
        return _lose(ws, client, record, now, error)


def look_again(ws: Workspace, record: RunBatch) -> RunBatch:
    """Follow a lost batch once more: with another key, or after a fault of the server, it may be there."""
    return ws.update_batch(record.run_id, expect="lost", state="created", error=None)


def _look(ws: Workspace, client: Client, record: RunBatch, now: datetime, price: Price | None) -> RunBatch:
    batch = get_batch(client, str(record.remote_id))
    if not batch.status.is_terminal:
        return _take(ws, record.run_id, batch, now)
    rows = {_custom_id(row): row.index for row in ws.open_rows(record.run_id)}
    answers = list(_answers(batch_lines(client, batch), rows, price))
    refused = None
    if batch.status is BatchStatus.FAILED:
        words = "\n".join(f"{error.code} {error.message}".strip() for error in batch.errors)
        refused = RequestRefused(N_("{host} could not carry out the batch."), details=words, host=client.host)
    ws.settle_batch(record.run_id, answers, now=now, status=batch.raw_status, done=batch.done, failed=batch.failed, error=refused)
    settled = ws.batch_of(record.run_id)
    return settled if settled is not None else record


def _lose(ws: Workspace, client: Client, record: RunBatch, now: datetime, error: NotOnServer) -> RunBatch:
    lost = NotOnServer(
        N_("{host} does not know the batch any more, or has deleted its answers."),
        N_("It may belong to another key or project. Look for it again with the key that ordered it before you ask anything twice."),
        details=error.details,
        host=client.host,
    )
    return ws.update_batch(record.run_id, expect="created", state="lost", error=lost, looked_at=now)


def cancel(ws: Workspace, client: Client, record: RunBatch, now: datetime) -> RunBatch:
    """Ask for no more of the batch; it is over once the server says so, and what was answered until then is fetched."""
    if record.state != "created" or record.remote_id is None:
        return record
    try:
        return _take(ws, record.run_id, cancel_batch(client, record.remote_id), now)
    except NotOnServer:  # the next look finds out what that means
        return record


def _file(run: Run, rows: list[ClaimedRow], rule: BatchRule, host: str) -> bytes:
    if len(rows) > rule.most_requests:
        raise TooLarge(
            N_("{host} takes at most {limit} questions in one batch, and these are {n}."), host=host, limit=rule.most_requests, n=len(rows)
        )
    data = b"".join(request_line(_custom_id(row), run.model, _messages(row), run.settings) for row in rows)
    if len(data) > rule.most_bytes:
        raise TooLarge(
            N_("{host} takes at most {limit} bytes in one batch, and these are {n}."), host=host, limit=rule.most_bytes, n=len(data)
        )
    return data


def _messages(row: ClaimedRow) -> list[Message]:
    return [Message(m["role"], m["content"], {k: v for k, v in m.items() if k not in ("role", "content")}) for m in row.messages]


def _custom_id(row: ClaimedRow) -> str:
    return f"row-{row.index}"


def _answers(lines: Iterable[BatchLine], rows: dict[str, int], price: Price | None) -> Iterable[BatchAnswer]:
    for line in lines:
        place = rows.pop(line.custom_id, None)  # of two lines for one request the first counts
        if place is None or line.code in _LEFT_OPEN:
            continue
        if line.reply is not None:
            reply = line.reply
            usd = answer_usd(price, reply.prompt_tokens, reply.completion_tokens, batch=True)
            yield BatchAnswer(place, reply.text, "", reply.prompt_tokens, reply.completion_tokens, reply.finish_reason, usd)
        elif line.problem is not None and not isinstance(line.problem, RateLimited | ServerFault):
            words = " ".join(part for part in (str(line.problem), line.problem.details.replace("\n", " ")) if part)
            yield BatchAnswer(place, None, words[:ERROR_LENGTH])


def _take(ws: Workspace, run_id: str, batch: RemoteBatch, now: datetime) -> RunBatch:
    return ws.update_batch(
        run_id,
        state="created",
        remote_id=batch.id,
        status=batch.raw_status,
        done=batch.done,
        failed=batch.failed,
        error=None,
        looked_at=now,
    )


def _find(client: Client, record: RunBatch) -> tuple[RemoteBatch | None, bool]:
    """The record's batch in the server's list, and whether the whole list was read. Raises ServerProblem."""
    after: str | None = None
    for _ in range(MOST_PAGES):
        page = list_batches(client, limit=PAGE, after=after)
        for batch in page:
            if batch.metadata.get(METADATA_RUN) == record.run_id or (record.file_id and batch.input_file == record.file_id):
                return batch, True
        if not page.has_more:
            return None, True
        after = page.after
    return None, False
