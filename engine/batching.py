"""Answering batches in the background: one after the other, line by line, from where the last engine stopped."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from core.base.errors import TunesmithError
from core.base.strict_json import StrictDecoder, WrongJSON
from engine.chat_params import chat_request
from engine.chat_shapes import choice, completion, usage
from engine.chat_wish import chat_wish, without_effect
from engine.learners import StreamingModel
from engine.learners.asking import AnswerFailed, Begun, Ended, Piece
from engine.serving import Shelf, complete
from engine.store import Store
from engine.store.rows import StoredBatch, new_id
from engine.wire import ApiError, error_body, no_such_model

logger = logging.getLogger("engine")

ENDPOINT = "/v1/chat/completions"
MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
MOST_ERRORS = 20  # that are told of a file that cannot be used
_AT_ONCE = 4  # requests to a model that computes several together
_LIVE = ("validating", "in_progress", "cancelling", "finalizing")


class Batching:
    """The thread that answers batches; `is_idle` while none is under way."""

    def __init__(self, store: Store, shelf: Shelf, *, touch: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        self._store, self._shelf, self._touch, self._clock = store, shelf, touch, clock
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._busy = False
        self._thread = threading.Thread(target=self._run, name="batches", daemon=True)

    @property
    def is_idle(self) -> bool:
        """Whether no batch waits or is being answered."""
        return not self._busy and not self._changed.is_set()

    def start(self) -> None:
        """Begin with what an earlier engine has left."""
        self._changed.set()
        self._thread.start()

    def wake(self) -> None:
        """There is a new batch."""
        self._changed.set()

    def close(self) -> None:
        """Stop after the line under way; the batch goes on when an engine starts again."""
        self._closing.set()
        self._changed.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._changed.wait()
            self._busy = True
            self._changed.clear()
            for batch in self._store.batches.open():
                if self._closing.is_set():
                    break
                try:
                    self._one(batch)
                except OSError as error:  # a full disk: what was answered is kept, and the next start or batch goes on
                    logger.error("Batch %s could not go on: %s", batch.id, error)
                    break
            self._busy = False

    def now(self) -> int:
        """The time in whole seconds, by the clock that batches expire by."""
        return int(self._clock())

    def _one(self, batch: StoredBatch) -> None:
        store, folder = self._store.batches, self._store.batches.folder(batch.id)
        try:
            requests = read_requests(folder / "input.jsonl")
        except BadInput as error:
            errors = json.dumps(error.errors)
            store.move(batch.id, "failed", only_from=_LIVE, now=self.now(), errors=errors)
            return
        store.move(batch.id, "in_progress", only_from=("validating",), now=self.now())
        done = {line["custom_id"]: line for line in _whole_lines(folder / "answers.jsonl")}
        left = [request for request in requests if request["custom_id"] not in done]
        with (folder / "answers.jsonl").open("ab") as answers, ThreadPoolExecutor(_AT_ONCE) as pool:
            _mend(folder / "answers.jsonl")
            for start in range(0, len(left), _AT_ONCE):
                if self._closing.is_set():
                    return
                self._touch()
                if store.need(batch.id).status == "cancelling" or self.now() >= batch.expires_at:
                    break
                for line in pool.map(self._answer, left[start : start + _AT_ONCE]):
                    answers.write(json.dumps(line).encode("ascii") + b"\n")
                    done[line["custom_id"]] = line
                answers.flush()
                failed = sum(not _is_answer(line) for line in done.values())
                store.count(batch.id, total=len(requests), completed=len(done) - failed, failed=failed)
        self._end(batch, requests, done)

    def _answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        status, body = 200, dict[str, Any]()
        try:
            body = whole_reply(request["body"], self._shelf)
        except ApiError as error:
            status, body = error.status, error_body(error)
        except AnswerFailed as error:
            status, body = error.status, error_body(ApiError(error.status, str(error), param=error.param, code=error.code))
        except TunesmithError as error:  # a damaged model, a missing vocabulary: as a request alone would be told
            logger.error("%s %s", error, error.details)
            status, body = 500, error_body(ApiError(500, str(error)))
        response = {"status_code": status, "request_id": new_id("req"), "body": body}
        return {"id": new_id("batch_req"), "custom_id": request["custom_id"], "response": response, "error": None}

    def _end(self, batch: StoredBatch, requests: Sequence[Mapping[str, Any]], done: Mapping[str, Mapping[str, Any]]) -> None:
        store, now = self._store.batches, self.now()
        cancelled = store.need(batch.id).status == "cancelling"
        status = "cancelled" if cancelled else "completed" if len(done) == len(requests) else "expired"
        if not cancelled:
            store.move(batch.id, "finalizing", only_from=("in_progress",), now=now)
        answers = [line for line in done.values() if _is_answer(line)]
        errors: list[Mapping[str, Any]] = [line for line in done.values() if not _is_answer(line)]
        if status != "completed":
            told = {"code": f"batch_{status}", "message": f"This request was not answered before the batch was {status}."}
            missing = [request["custom_id"] for request in requests if request["custom_id"] not in done]
            errors += [{"id": new_id("batch_req"), "custom_id": name, "response": None, "error": told} for name in missing]
        files = {}
        for column, name, lines in (("output_file", "output", answers), ("error_file", "error", errors)):
            if lines:
                # an id of the batch's own: an engine that was ended between the two writes the same file again
                content = b"".join(json.dumps(line).encode("ascii") + b"\n" for line in lines)
                file_id = f"file-{batch.id.removeprefix('batch-')}-{name}"
                self._store.files.write(file_id, content, filename=f"{batch.id}_{name}.jsonl", purpose="batch_output", now=now)
                files[column] = file_id
        store.count(batch.id, total=len(requests), completed=len(answers), failed=len(errors))
        store.move(batch.id, status, only_from=_LIVE, now=now, **files)


class BadInput(Exception):
    """The file of a batch cannot be used; `errors` as the API has them."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


def read_requests(path: Path) -> list[dict[str, Any]]:
    """The requests of a batch's file; raises BadInput with what is wrong with which lines."""
    errors: list[dict[str, Any]] = []
    requests: dict[str, dict[str, Any]] = {}
    lines = 0

    def wrong(code: str, message: str, param: str | None, line: int | None) -> None:
        errors.append({"code": code, "message": message, "param": param, "line": line})

    if path.stat().st_size > MOST_BYTES:
        raise BadInput([{"code": "file_too_large", "message": f"The file has more than {MOST_BYTES} bytes.", "param": None, "line": None}])
    for number, raw in enumerate(path.read_bytes().splitlines(), start=1):
        if not raw.strip():
            continue
        lines += 1
        if lines > MOST_REQUESTS:
            wrong("too_many_tasks", f"A batch has at most {MOST_REQUESTS} requests.", None, None)
        if len(errors) >= MOST_ERRORS:
            break
        try:
            told = StrictDecoder().decode(raw.decode("utf-8")).value
        except (WrongJSON, UnicodeDecodeError):
            told = None
        if not isinstance(told, dict):
            wrong("invalid_json_line", "This line is not parseable as valid JSON.", None, number)
            continue
        custom_id = told.get("custom_id")
        if not isinstance(custom_id, str) or not custom_id:
            wrong("missing_required_parameter", "Missing required parameter: 'custom_id'.", "custom_id", number)
        elif custom_id in requests:
            wrong("duplicate_custom_id", "The custom_id for this request is a duplicate of another request.", "custom_id", number)
        elif told.get("method") != "POST":
            wrong("invalid_method", "Invalid value: 'method' must be 'POST'.", "method", number)
        elif told.get("url") != ENDPOINT:
            wrong("mismatched_url", f"The URL of this request is not the batch's endpoint, {ENDPOINT}.", "url", number)
        elif not isinstance(told.get("body"), dict):
            wrong("missing_required_parameter", "Missing required parameter: 'body'.", "body", number)
        else:
            requests[custom_id] = told
    if errors:
        raise BadInput(errors)
    if not requests:
        raise BadInput([{"code": "empty_file", "message": "The input file is empty.", "param": "input_file_id", "line": None}])
    return list(requests.values())


def whole_reply(body: Mapping[str, Any], shelf: Shelf) -> dict[str, Any]:
    """What a chat request that is not streamed is answered with; raises ApiError and AnswerFailed."""
    asked = chat_request(body)
    if asked.stream:
        raise ApiError(400, "A request of a batch cannot be streamed.", param="stream", code="invalid_value")
    try:
        model = shelf.get(asked.model)
    except KeyError:
        raise no_such_model(asked.model) from None
    if not isinstance(model, StreamingModel):
        done = complete(asked, model)
        choices = [choice(index, done.text, done.finish_reason) for index in range(asked.n)]
        used = usage(done.prompt_tokens, done.completion_tokens)
        return completion(asked.model, choices, used, done.fingerprint, done.ignored, done.notes)
    wish = chat_wish(asked)
    texts = [""] * asked.n
    tokens: list[list[Any]] = [[] for _ in range(asked.n)]
    ends: dict[int, Ended] = {}
    begun = Begun(0)
    for event in model.stream(wish):
        if isinstance(event, Begun):
            begun = event
        elif isinstance(event, Piece):
            texts[event.choice] += event.text
            tokens[event.choice] += event.logprobs
        else:
            ends[event.choice] = event
    ignored = tuple(sorted({*begun.ignored, *without_effect(asked), *(asked.sampling & frozenset(model.ignored))}))
    with_logprobs = wish.top_logprobs is not None
    choices = [choice(n, texts[n], ends[n].finish_reason, tokens[n] if with_logprobs else None) for n in range(asked.n)]
    used = usage(begun.prompt_tokens, sum(end.tokens for end in ends.values()))
    return completion(asked.model, choices, used, model.fingerprint, ignored, {})


def _is_answer(line: Mapping[str, Any]) -> bool:
    return (line.get("response") or {}).get("status_code") == 200


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines that were written whole; an engine that was killed leaves half of one."""
    if not path.exists():
        return
    for raw in path.read_bytes().split(b"\n")[:-1]:
        try:
            yield json.loads(raw)
        except ValueError:  # the half line of an earlier crash, closed by `_mend`
            continue


def _mend(path: Path) -> None:
    """Close a half line, so that the next one begins anew."""
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")
