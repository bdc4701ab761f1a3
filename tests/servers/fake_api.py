"""What the fake server knows and how it answers when nothing goes wrong: files, jobs, events, checkpoints, models, chat."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

Json = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]
BASE = "gpt-4.1-mini-2025-04-14"
TERMINAL = ("succeeded", "failed", "cancelled")
STALLED_AFTER = 5  # chunks: the role and a few words


class FakeApi:
    """Jobs move only when a test moves them; everything lies open to be read and changed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.jobs: dict[str, Json] = {}
        self.events: dict[str, list[Json]] = {}
        self.checkpoints: dict[str, list[Json]] = {}
        self.models: list[Json] = [self._model(BASE, "system")]
        self.answer: Callable[[Json], str] = lambda body: f"You said: {body['messages'][-1]['content']}"
        self.chat_headers: dict[str, str] = {}
        self.refuses: dict[str, str] = {}  # chat parameter -> the words it is refused with
        self.shuffles_events = False  # lists them in no order, the same at every look
        self.ignores_metadata_filter = False
        self.says_has_more = True
        self.streams = True
        self.stalls: set[str] = set()  # models whose streamed replies stop after a few words and stay open
        self.batches: dict[str, Json] = {}
        self.uploads: dict[str, Json] = {}
        self.parts: dict[str, dict[str, bytes]] = {}
        self.file_status: list[str] = []  # what the looks at the next files say, one after the other; the last one stays
        self._count = 0

    def set_job(self, job_id: str, **fields: Any) -> None:
        """Overwrite fields of a job, with whatever values."""
        self.jobs[job_id] |= fields

    def add_event(self, job_id: str, message: str, *, data: Json | None = None, **fields: Any) -> str:
        """Add an event, metrics where there is data; gives back its id."""
        number = self._next()
        event = {"object": "fine_tuning.job.event", "id": f"ftevent-{number}", "created_at": 1_790_000_000 + number, "level": "info"}
        self.events[job_id].append({**event, "message": message, "type": "metrics" if data else "message", "data": data or {}, **fields})
        return str(event["id"])

    def succeed(self, job_id: str, *, steps: int = 3) -> str:
        """Run a job to its end: metrics, three checkpoints, a result file, a model; gives back the model's id."""
        job = self.jobs[job_id]
        model = f"ft:{job['model']}:fake:{job['suffix'] or ''}:{job_id.removeprefix('ftjob-')}"
        for step in range(1, steps + 1):
            metrics = {
                "step": step,
                "total_steps": steps,
                "train_loss": round(2 / step, 4),
                "train_mean_token_accuracy": 1 - 1 / (step + 1),
            }
            self.add_event(job_id, f"Step {step}/{steps}: training loss={metrics['train_loss']}", data=metrics)
        for step in range(max(1, steps - 2), steps + 1):
            name = model if step == steps else f"{model}:ckpt-step-{step}"
            point = {
                "object": "fine_tuning.job.checkpoint",
                "id": f"ftckpt_{self._next()}",
                "created_at": 1_790_000_500,
                "step_number": step,
            }
            metrics = {"step": step, "train_loss": round(2 / step, 4)}
            self.checkpoints[job_id].append(
                {**point, "fine_tuned_model_checkpoint": name, "fine_tuning_job_id": job_id, "metrics": metrics}
            )
            self.models.append(self._model(name, "fake"))
        result = self._store("step_metrics.csv", b"step,train_loss\n1,2.0\n", "fine-tune-results")
        self.add_event(job_id, "The job has successfully completed")
        self.set_job(
            job_id, status="succeeded", fine_tuned_model=model, trained_tokens=1234, finished_at=1_790_001_000, result_files=[result["id"]]
        )
        return model

    def finish_batch(self, batch_id: str, status: str = "completed", *, rows: int | None = None, spoilt: Sequence[Json] = ()) -> None:
        """Answer the first `rows` requests of a batch (all of them) and end it so; `spoilt` are lines of its error file."""
        batch = self.batches[batch_id]
        asked = [json.loads(line) for line in self.contents[batch["input_file_id"]].splitlines()]
        lines = []
        named = {line["custom_id"] for line in spoilt}
        for one in [one for one in asked if one["custom_id"] not in named][:rows]:
            response = {"status_code": 200, "request_id": "req_1", "body": self._completion(one["body"])}
            lines.append({"id": f"batch_req_{self._next()}", "custom_id": one["custom_id"], "response": response, "error": None})
        left = [one["custom_id"] for one in asked if one["custom_id"] not in named | {line["custom_id"] for line in lines}]
        errors = [*spoilt]
        if status in ("expired", "cancelled"):
            error = {"code": f"batch_{status}", "message": f"This request could not be executed before the batch {status}."}
            errors += [{"id": f"batch_req_{self._next()}", "custom_id": name, "response": None, "error": error} for name in left]
        for key, name, found in (("output_file_id", "output", lines[::-1]), ("error_file_id", "error", errors)):
            if found:
                content = "".join(json.dumps(line) + "\n" for line in found).encode()
                batch[key] = self._store(f"{batch_id}_{name}.jsonl", content, "batch_output")["id"]
        batch["request_counts"] = {"total": len(asked), "completed": len(lines), "failed": len(errors)}
        batch["status"] = status

    def handlers(self) -> dict[str, Handler]:
        return {
            "GET /models": self._list_models,
            "GET /models/{id}": self._get_model,
            "DELETE /models/{id}": self._delete_model,
            "POST /files": self._upload,
            "POST /uploads": self._begin_upload,
            "POST /uploads/{id}/parts": self._add_part,
            "POST /uploads/{id}/complete": self._complete_upload,
            "POST /uploads/{id}/cancel": self._cancel_upload,
            "GET /files": self._list_files,
            "GET /files/{id}": self._get_file,
            "GET /files/{id}/content": self._content,
            "DELETE /files/{id}": self._delete_file,
            "POST /fine_tuning/jobs": self._create_job,
            "GET /fine_tuning/jobs": self._list_jobs,
            "GET /fine_tuning/jobs/{id}": self._get_job,
            "POST /fine_tuning/jobs/{id}/cancel": self._move("cancelled"),
            "POST /fine_tuning/jobs/{id}/pause": self._move("paused"),
            "POST /fine_tuning/jobs/{id}/resume": self._move("queued"),
            "GET /fine_tuning/jobs/{id}/events": self._list_events,
            "GET /fine_tuning/jobs/{id}/checkpoints": self._list_checkpoints,
            "POST /chat/completions": self._chat,
            "POST /batches": self._create_batch,
            "GET /batches": self._list_batches,
            "GET /batches/{id}": self._get_batch,
            "POST /batches/{id}/cancel": self._cancel_batch,
        }

    async def _list_models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": self.models})

    async def _get_model(self, request: Request) -> Response:
        found = next((model for model in self.models if model["id"] == request.path_params["id"]), None)
        return JSONResponse(found) if found else refusal(404, "model_not_found", f"The model '{request.path_params['id']}' does not exist")

    async def _delete_model(self, request: Request) -> Response:
        found = next((model for model in self.models if model["id"] == request.path_params["id"]), None)
        if found is None:
            return await self._get_model(request)
        if found["owned_by"] == "system":
            return refusal(403, None, "You have insufficient permissions for this operation.")
        self.models.remove(found)
        return JSONResponse({"object": "model", "id": found["id"], "deleted": True})

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            file, purpose = form["file"], form["purpose"]
            assert not isinstance(file, str) and isinstance(purpose, str)
            return JSONResponse(self._store(file.filename or "", await file.read(), purpose))

    async def _begin_upload(self, request: Request) -> Response:
        asked = await request.json()
        upload_id = f"upload_{self._next()}"
        self.parts[upload_id] = {}
        times = {"created_at": 1_790_000_000, "expires_at": 1_790_003_600}
        self.uploads[upload_id] = {"id": upload_id, "object": "upload", **asked, **times, "status": "pending", "file": None}
        return JSONResponse(self.uploads[upload_id])

    def _pending(self, request: Request) -> Json | Response:
        upload = self.uploads.get(request.path_params["id"])
        if upload is None:
            return refusal(404, None, f"No such Upload object: {request.path_params['id']}")
        return upload if upload["status"] == "pending" else refusal(400, None, f"Upload is {upload['status']}.")

    async def _add_part(self, request: Request) -> Response:
        upload = self._pending(request)
        if isinstance(upload, Response):
            return upload
        async with request.form() as form:
            data = form["data"]
            assert not isinstance(data, str)
            part = f"part_{self._next()}"
            self.parts[upload["id"]][part] = await data.read()
        return JSONResponse({"id": part, "object": "upload.part", "created_at": 1_790_000_000, "upload_id": upload["id"]})

    async def _complete_upload(self, request: Request) -> Response:
        upload, asked = self._pending(request), await request.json()
        if isinstance(upload, Response):
            return upload
        whole = b"".join(self.parts[upload["id"]][part] for part in asked["part_ids"])
        if len(whole) != upload["bytes"]:
            return refusal(400, None, "The number of bytes uploaded does not match.")
        if asked.get("md5") not in (None, hashlib.md5(whole, usedforsecurity=False).hexdigest()):
            return refusal(400, None, "The md5 does not match.")
        upload |= {"status": "completed", "file": dict(self._store(upload["filename"], whole, upload["purpose"]))}
        return JSONResponse(upload)

    async def _cancel_upload(self, request: Request) -> Response:
        upload = self._pending(request)
        if isinstance(upload, Response):
            return upload
        upload["status"] = "cancelled"
        return JSONResponse(upload)

    async def _list_files(self, request: Request) -> Response:
        purpose = request.query_params.get("purpose")
        return self._page(request, [file for file in self.files.values() if purpose in (None, file["purpose"])])

    async def _get_file(self, request: Request) -> Response:
        found = self.files.get(request.path_params["id"])
        if found and self.file_status:
            status = self.file_status.pop(0) if len(self.file_status) > 1 else self.file_status[0]
            found |= {"status": status, "status_details": "Example 3 cannot be parsed" if status == "error" else None}
        return JSONResponse(found) if found else refusal(404, None, f"No such File object: {request.path_params['id']}")

    async def _content(self, request: Request) -> Response:
        found = self.contents.get(request.path_params["id"])
        return Response(found, media_type="application/octet-stream") if found is not None else await self._get_file(request)

    async def _delete_file(self, request: Request) -> Response:
        if self.files.pop(request.path_params["id"], None) is None:
            return await self._get_file(request)
        return JSONResponse({"object": "file", "id": request.path_params["id"], "deleted": True})

    async def _create_job(self, request: Request) -> Response:
        asked = await request.json()
        if asked["training_file"] not in self.files:
            return refusal(400, "invalid_training_file", f"Invalid training file: {asked['training_file']}", param="training_file")
        number = self._next()
        method = asked.get("method", {"type": "supervised"})
        job = {
            "object": "fine_tuning.job",
            "id": f"ftjob-{number}",
            "created_at": 1_790_000_000 + number,
            "status": "validating_files",
            "model": asked["model"],
            "organization_id": "org-fake",
            "training_file": asked["training_file"],
            "validation_file": asked.get("validation_file"),
            "hyperparameters": method.get(method["type"], {}).get("hyperparameters", {"n_epochs": "auto"}),
            "method": method,
            "seed": asked.get("seed", 1),
            "suffix": asked.get("suffix"),
            "metadata": asked.get("metadata"),
            "result_files": [],
            "error": {"code": None, "message": None, "param": None},
            "fine_tuned_model": None,
            "finished_at": None,
            "trained_tokens": None,
        }
        self.jobs[f"ftjob-{number}"] = job
        self.events[f"ftjob-{number}"], self.checkpoints[f"ftjob-{number}"] = [], []
        self.add_event(f"ftjob-{number}", "Created fine-tuning job")
        return JSONResponse(job)

    async def _list_jobs(self, request: Request) -> Response:
        wanted = {key[9:-1]: value for key, value in request.query_params.items() if key.startswith("metadata[")}
        jobs = [job for job in self.jobs.values() if self.ignores_metadata_filter or wanted.items() <= (job["metadata"] or {}).items()]
        return self._page(request, jobs[::-1])

    async def _get_job(self, request: Request) -> Response:
        found = self.jobs.get(request.path_params["id"])
        words = f"Could not find fine tune: {request.path_params['id']}"
        return JSONResponse(found) if found else refusal(404, "fine_tune_not_found", words)

    def _move(self, status: str) -> Handler:
        async def move(request: Request) -> Response:
            job = self.jobs.get(request.path_params["id"])
            if job and job["status"] in TERMINAL:
                return refusal(400, None, f"Job has already {job['status']}: {job['id']}")
            if job:
                job["status"] = status
            return await self._get_job(request)

        return move

    async def _list_events(self, request: Request) -> Response:
        events = self.events.get(request.path_params["id"], [])[::-1]
        if self.shuffles_events:
            events = random.Random(0).sample(events, len(events))
        return self._page(request, events) if request.path_params["id"] in self.jobs else await self._get_job(request)

    async def _list_checkpoints(self, request: Request) -> Response:
        return self._page(request, self.checkpoints.get(request.path_params["id"], [])[::-1])

    async def _chat(self, request: Request) -> Response:
        asked = await request.json()
        for name, words in self.refuses.items():
            if name in asked:
                return refusal(400, "unsupported_parameter", words, param=name)
        if asked["model"] not in [model["id"] for model in self.models]:
            return refusal(404, "model_not_found", f"The model `{asked['model']}` does not exist or you do not have access to it.")
        whole = self._completion(asked)
        if not (asked.get("stream") and self.streams):
            return JSONResponse(whole, headers=self.chat_headers)
        text, usage = whole["choices"][0]["message"]["content"], whole["usage"]
        head = {name: whole[name] for name in ("id", "created", "model", "system_fingerprint")}
        pieces = [word + " " for word in text.split(" ")]
        deltas: list[Json] = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in [*pieces[:-1], pieces[-1][:-1]])]
        choices: list[Any] = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
        choices.append([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        chunks: list[Json] = [{**head, "object": "chat.completion.chunk", "choices": choice, "usage": None} for choice in choices]
        if asked.get("stream_options", {}).get("include_usage"):
            chunks.append({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
        stalled_after = STALLED_AFTER if asked["model"] in self.stalls else None
        return StreamingResponse(_events(chunks, stalled_after), media_type="text/event-stream", headers=self.chat_headers)

    def _completion(self, asked: Json) -> Json:
        text = self.answer(asked)
        usage = {"prompt_tokens": 11, "completion_tokens": len(text.split()), "total_tokens": 11 + len(text.split())}
        head = {"id": f"chatcmpl-{self._next()}", "created": 1_790_000_000, "model": asked["model"], "system_fingerprint": "fp_fake"}
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return {**head, "object": "chat.completion", "choices": [choice], "usage": usage}

    async def _create_batch(self, request: Request) -> Response:
        asked = await request.json()
        if asked["input_file_id"] not in self.files:
            return refusal(400, "invalid_request", f"No such File object: {asked['input_file_id']}", param="input_file_id")
        batch_id = f"batch_{self._next()}"
        times = {"created_at": 1_790_000_000, "expires_at": 1_790_086_400}
        nothing = dict.fromkeys(("output_file_id", "error_file_id", "errors"))
        counts = {"total": 0, "completed": 0, "failed": 0}
        self.batches[batch_id] = {"id": batch_id, "object": "batch", **asked, **times, **nothing}
        self.batches[batch_id] |= {"status": "validating", "request_counts": counts}
        return JSONResponse(self.batches[batch_id])

    async def _list_batches(self, request: Request) -> Response:
        return self._page(request, [*self.batches.values()][::-1])

    async def _get_batch(self, request: Request) -> Response:
        batch = self.batches.get(request.path_params["id"])
        return refusal(404, None, "No batch found with this id.") if batch is None else JSONResponse(batch)

    async def _cancel_batch(self, request: Request) -> Response:
        batch = self.batches.get(request.path_params["id"])
        if batch is None:
            return refusal(404, None, "No batch found with this id.")
        batch["status"] = "cancelling"
        return JSONResponse(batch)

    def _page(self, request: Request, newest_first: Sequence[Json]) -> Response:
        limit, after = int(request.query_params.get("limit", 20)), request.query_params.get("after")
        begin = next((at + 1 for at, item in enumerate(newest_first) if item["id"] == after), 0)
        more = begin + limit < len(newest_first)
        page = {"object": "list", "data": list(newest_first[begin : begin + limit])}
        return JSONResponse({**page, "has_more": more} if self.says_has_more else page)

    def _store(self, name: str, content: bytes, purpose: str) -> Json:
        file_id = f"file-{self._next()}"
        self.contents[file_id] = content
        self.files[file_id] = {
            "object": "file",
            "id": file_id,
            "bytes": len(content),
            "created_at": 1_790_000_000,
            "filename": name,
            "purpose": purpose,
            **({"status": "uploaded"} if self.file_status else {}),
        }
        return self.files[file_id]

    def _next(self) -> int:
        self._count += 1
        return self._count

    @staticmethod
    def _model(model_id: str, owner: str) -> Json:
        return {"id": model_id, "object": "model", "created": 1_744_000_000, "owned_by": owner, "shutdown_date": "2027-01-14"}


def refusal(status: int, code: str | None, message: str, *, param: str | None = None) -> Response:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}, status)


async def _events(chunks: Sequence[Json], stalled_after: int | None = None) -> AsyncIterator[bytes]:
    for place, chunk in enumerate(chunks):
        if place == stalled_after:
            await asyncio.Event().wait()  # until the client or the server goes away
        yield f"data: {json.dumps(chunk)}\n\n".encode()
    yield b"data: [DONE]\n\n"
