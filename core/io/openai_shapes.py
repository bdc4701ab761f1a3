"""The server's JSON as the types of core.base: whatever is missing, new or of a wrong type is tolerated, never guessed at."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from core.base.remote import BatchStatus, Checkpoint, Job, JobEvent, JobStatus, RemoteBatch, RemoteFile, RemoteModel, ServerError
from core.base.replies import Reply
from core.base.secrets import find_secrets
from core.base.strict_json import whole_text
from core.base.types import Message
from core.io.rate_headers import allowance_from

T = TypeVar("T")
Json = Mapping[str, Any]

# what `job_from` reads, and the name of the shape; all else that a server says of a job is kept as text
JOB_KEYS = frozenset(
    "object id status model fine_tuned_model created_at finished_at estimated_finish training_file validation_file result_files "
    "trained_tokens seed hyperparameters metadata error method".split()
)
EXTRA_FIELDS = 40
EXTRA_CHARACTERS = 1_000  # of one field: the record is read at every click
MASK = "[…]"

# what a chat message may carry beside its role and content; `weight` is for training files and is refused here
CHAT_KEYS = ("name", "tool_calls", "tool_call_id", "function_call", "refusal")


class Page(tuple[T, ...]):
    """One page of a list, in the server's order; `after` is the cursor of the next page, None where this is the last."""

    after: str | None

    def __new__(cls, items: Iterable[T] = (), after: str | None = None) -> "Page[T]":
        page = super().__new__(cls, items)
        page.after = after
        return page

    @property
    def has_more(self) -> bool:
        """Whether the server says that there is another page."""
        return self.after is not None


def status_of(word: str) -> JobStatus:
    """The status by the server's word for it; a word that is not known is UNKNOWN, never failed."""
    try:
        return JobStatus(word)
    except ValueError:
        return JobStatus.UNKNOWN


def job_from(data: Json) -> Job:
    """A fine-tuning job."""
    raw_status = _text(data.get("status"))
    return Job(
        id=_text(data.get("id")),
        status=status_of(raw_status),
        raw_status=raw_status,
        base_model=_text(data.get("model")),
        fine_tuned_model=_text(data.get("fine_tuned_model")) or None,
        created_at=_when(data.get("created_at")),
        finished_at=_when(data.get("finished_at")),
        estimated_finish=_when(data.get("estimated_finish")),
        training_file=_text(data.get("training_file")) or None,
        validation_file=_text(data.get("validation_file")) or None,
        result_files=tuple(_text(file) for file in _list(data.get("result_files")) if _text(file)),
        trained_tokens=_int(data.get("trained_tokens")),
        seed=_int(data.get("seed")),
        hyperparameters=_hyperparameters(data),
        metadata={_text(key): _text(value) for key, value in _dict(data.get("metadata")).items()},
        error=_error(data.get("error")),
        method=_text(_dict(data.get("method")).get("type")),
        extra=_extra(data),
    )


def event_from(data: Json) -> JobEvent:
    """One event of a job; an event without a time gets the beginning of 1970 rather than being dropped."""
    # some servers give events no id; the same event must get the same one at every look
    own_id = "event-" + hashlib.sha256(json.dumps(dict(data), sort_keys=True, default=str).encode()).hexdigest()[:16]
    return JobEvent(
        id=_text(data.get("id")) or own_id,
        created_at=_when(data.get("created_at")) or datetime.fromtimestamp(0, UTC),
        level=_text(data.get("level")) or "info",
        type=_text(data.get("type")) or "message",
        message=_text(data.get("message")),
        data=dict(_dict(data.get("data"))),
    )


def checkpoint_from(data: Json) -> Checkpoint:
    """A checkpoint; only the metrics that are numbers."""
    numbers = ((key, _float(value)) for key, value in _dict(data.get("metrics")).items())
    return Checkpoint(
        id=_text(data.get("id")),
        model=_text(data.get("fine_tuned_model_checkpoint")),
        step=_int(data.get("step_number")) or 0,
        created_at=_when(data.get("created_at")),
        metrics={key: number for key, number in numbers if number is not None},
    )


def model_from(data: Json) -> RemoteModel:
    """A model and, where its owner has announced one, the day on which it is switched off.

    Azure has no `shutdown_date` but the second on which it stops answering, and its own word for the making (Microsoft Learn, Azure OpenAI
    REST API, Models - List, 2024-10-21, read from a copy).
    """
    ends = data.get("deprecation")
    last = _when(ends.get("inference")) if isinstance(ends, dict) else None
    return RemoteModel(
        id=_text(data.get("id")),
        owned_by=_text(data.get("owned_by")),
        created_at=_when(data.get("created")) or _when(data.get("created_at")),
        shutdown_date=_day(data.get("shutdown_date")) or (last.date() if last else None),
    )


def file_from(data: Json) -> RemoteFile:
    """A file on the server."""
    return RemoteFile(
        id=_text(data.get("id")),
        name=_text(data.get("filename")),
        bytes=_int(data.get("bytes")) or 0,
        purpose=_text(data.get("purpose")),
        created_at=_when(data.get("created_at")),
        status=_text(data.get("status")),
        status_details=_text(data.get("status_details")),
    )


def batch_from(data: Json) -> RemoteBatch:
    """A batch; a status that is not known is UNKNOWN, never failed."""
    word = _text(data.get("status"))
    counts = _dict(data.get("request_counts"))
    errors = (_error(error) for error in _list(_dict(data.get("errors")).get("data")))
    return RemoteBatch(
        id=_text(data.get("id")),
        status=BatchStatus(word) if word in set(BatchStatus) else BatchStatus.UNKNOWN,
        raw_status=word,
        input_file=_text(data.get("input_file_id")),
        output_file=_text(data.get("output_file_id")) or None,
        error_file=_text(data.get("error_file_id")) or None,
        done=_int(counts.get("completed")) or 0,
        failed=_int(counts.get("failed")) or 0,
        total=_int(counts.get("total")) or 0,
        created_at=_when(data.get("created_at")),
        expires_at=_when(data.get("expires_at")),
        errors=tuple(error for error in errors if error is not None),
        metadata={_text(key): _text(value) for key, value in _dict(data.get("metadata")).items()},
    )


def reply_from(data: Json, headers: Mapping[str, str], *, total_s: float | None) -> Reply:
    """A chat completion, whole or one chunk of a stream; where the model refused to answer, its words of refusal are the text."""
    choice = _dict(next(iter(_list(data.get("choices"))), None))
    message = _dict(choice.get("message") or choice.get("delta"))
    usage = _dict(data.get("usage"))
    return Reply(
        text=_text(message.get("content")) or _text(message.get("refusal")),
        model=_text(data.get("model")),
        finish_reason=_text(choice.get("finish_reason")),
        prompt_tokens=_int(usage.get("prompt_tokens")),
        completion_tokens=_int(usage.get("completion_tokens")),
        total_s=total_s,
        fingerprint=_text(data.get("system_fingerprint")),
        notes=notes_from(headers),
        ignored=ignored_from(headers),
        allowance=allowance_from(headers),
    )


def notes_from(headers: Mapping[str, str]) -> dict[str, Any]:
    """What the local engine says about a reply (such as the closest taught example), or nothing."""
    try:
        return dict(_dict(json.loads(headers.get("x-tunesmith-notes", "{}"))))
    except (ValueError, RecursionError):
        return {}


def ignored_from(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The sampling parameters that the local engine says it ignored."""
    return tuple(name.strip() for name in headers.get("x-tunesmith-ignored", "").split(",") if name.strip())


def chat_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as the chat endpoint takes them: what belongs to training files alone is left out."""
    return [{"role": m.role, "content": m.content, **{key: m.extra[key] for key in CHAT_KEYS if key in m.extra}} for m in messages]


def _hyperparameters(data: Json) -> dict[str, Any]:
    """The method's own where there are any (the top-level field is deprecated, and null for other methods than supervised)."""
    method = _dict(data.get("method"))
    own = _dict(_dict(method.get(_text(method.get("type")))).get("hyperparameters"))
    both = {**_dict(data.get("hyperparameters")), **{key: value for key, value in own.items() if value is not None}}
    return {key: value for key, value in both.items() if value is not None}


def _extra(data: Json) -> dict[str, str]:
    """The fields of a job that we do not know and that say something; of too many the first, of a long one its beginning."""
    told: dict[str, str] = {}
    for name, value in data.items():
        if name in JOB_KEYS or value is None or value == "" or value == [] or value == {} or len(told) >= EXTRA_FIELDS:
            continue
        try:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        except (ValueError, RecursionError):
            continue
        masked = _masked(f"{name}: {text[: 4 * EXTRA_CHARACTERS]}")  # by the name of a field a key is known that bears no mark of its own
        short = masked.removeprefix(f"{name}: ")
        told[name[:100]] = short if len(short) <= EXTRA_CHARACTERS else short[:EXTRA_CHARACTERS] + "…"
    return told


def _masked(text: str) -> str:
    for begin, end in sorted(find_secrets(text), reverse=True):
        text = text[:begin] + MASK + text[end:]
    return text


def _error(value: Any) -> ServerError | None:
    # a job without an error carries null, or an object whose fields are all null
    error = _dict(value)
    code, message = _text(error.get("code")), _text(error.get("message"))
    return ServerError(code, message, _text(error.get("param"))) if code or message else None


def _dict(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _text(value: Any) -> str:
    if isinstance(value, list):  # content in typed parts
        return "".join(_text(_dict(part).get("text")) for part in value)
    # JSON can carry half a surrogate pair, which neither the workspace nor a page can write
    return "" if value is None or isinstance(value, (bool, Mapping)) else whole_text(str(value))


def _float(value: Any) -> float | None:
    usable = isinstance(value, (int, float)) and not isinstance(value, bool)
    try:
        return float(value) if usable else None
    except OverflowError:
        return None


def _int(value: Any) -> int | None:
    number = _float(value)
    return int(number) if number is not None and math.isfinite(number) else None


def _when(value: Any) -> datetime | None:
    """Seconds since 1970 (0 stands for unknown), or an ISO date that some servers give instead."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = _float(value)
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
