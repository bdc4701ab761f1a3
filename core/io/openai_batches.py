"""The Batch API: many questions as one file, answered within a day and for less; through a client of openai_calls.py."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.base.errors import ServerProblem
from core.base.remote import RemoteBatch
from core.base.replies import Reply
from core.base.types import Message
from core.io.openai_chat import chat_body
from core.io.openai_jobs import file_content, one_page, path_id
from core.io.openai_problems import problem_from_answer
from core.io.openai_shapes import Page, batch_from, reply_from

if TYPE_CHECKING:
    from core.io.openai_calls import Client

ENDPOINT = "/v1/chat/completions"
ANSWERS_MAX_BYTES = 512 * 2**20


@dataclass(frozen=True, slots=True)
class BatchLine:
    """What came of one request of a batch: a reply, or the server's reason; `code` is its word for that."""

    custom_id: str
    reply: Reply | None
    problem: ServerProblem | None = None
    code: str = ""


def request_line(custom_id: str, model: str, messages: Sequence[Message], settings: Mapping[str, Any]) -> bytes:
    """One request as a line of a batch's file; ASCII, so that no text can break a line."""
    body = chat_body(model, messages, settings)
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body}).encode("ascii") + b"\n"


def create_batch(client: "Client", input_file: str, *, hours: int, metadata: Mapping[str, str]) -> RemoteBatch:
    """Order a batch, which costs money: the request is sent exactly once, whatever happens.

    Raises Unreachable where nothing was sent, RequestRefused and its like where the server said no, and AnswerLost where the batch may
    exist: look for it with `list_batches` before anything else.
    """
    create: Any = client.once.batches.with_raw_response.create
    order = {"input_file_id": input_file, "endpoint": ENDPOINT, "completion_window": f"{hours}h", "metadata": dict(metadata)}
    return batch_from(client.answer(lambda: create(**order), need="id", changes=True))


def get_batch(client: "Client", batch_id: str) -> RemoteBatch:
    """A batch as it stands now."""
    batch_id = path_id(client, batch_id)
    return batch_from(client.answer(lambda: client.reads.batches.with_raw_response.retrieve(batch_id), need="id"))


def cancel_batch(client: "Client", batch_id: str) -> RemoteBatch:
    """Ask for no more of it; what has been answered is billed and can be fetched. Asking twice does no harm."""
    batch_id = path_id(client, batch_id)
    return batch_from(client.answer(lambda: client.once.batches.with_raw_response.cancel(batch_id), need="id"))


def list_batches(client: "Client", *, limit: int = 20, after: str | None = None) -> Page[RemoteBatch]:
    """One page of the batches on the server, newest first."""
    asked: dict[str, Any] = {"limit": limit} | ({} if after is None else {"after": after})
    return one_page(client, lambda: client.reads.batches.with_raw_response.list(**asked), batch_from, limit)


def batch_lines(client: "Client", batch: RemoteBatch) -> Iterator[BatchLine]:
    """What came of its requests, in no order; of a batch that ended early those that were answered until then."""
    for file in (batch.output_file, batch.error_file):
        if file is not None:
            yield from _lines(client, file_content(client, file, max_bytes=ANSWERS_MAX_BYTES).splitlines())


def _lines(client: "Client", lines: Iterable[bytes]) -> Iterator[BatchLine]:
    for line in lines:
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):  # a damaged line says nothing of any request: that one stays without an answer
            continue
        if not isinstance(told, dict) or not isinstance(told.get("custom_id"), str):
            continue
        response, error = told.get("response"), told.get("error")
        if isinstance(response, dict) and isinstance(response.get("body"), dict):
            status, body = response.get("status_code"), response["body"]
            if status == 200 and body.get("choices"):
                yield BatchLine(told["custom_id"], reply_from(body, {}, total_s=None))
                continue
        else:
            status, body = None, {"error": error}
        problem = problem_from_answer(client.host, status if isinstance(status, int) else None, body, {}, client.scrub)
        yield BatchLine(told["custom_id"], None, problem, problem.code)
