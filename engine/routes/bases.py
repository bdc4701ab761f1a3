"""/v1/tunesmith/bases: the small open models that lie on this machine or could, fetched, imported and removed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from core.base.lora_settings import TUNINGS
from engine.body import read_json
from engine.job_params import OPEN_METHODS
from engine.lora.catalogue import BaseModel
from engine.lora.device import Device, numbers, present
from engine.lora.downloads import Downloads
from engine.lora.fit import fit, free_memory, memory_needed, room
from engine.lora.paces import Pace, Shape
from engine.lora.pack import pack_state
from engine.lora.refusals import Refused
from engine.services import services
from engine.wire import ApiError, Json, invalid

_FIELDS = {"folder", "id"}
# the refusals that are no fault of what was asked for, by status; all others are 400
_STATUS = {"unknown_base": 404, "taken": 409, "busy": 409, "trains": 409, "answers": 409, "disk_full": 507, "no_permission": 500}


def list_bases(request: Request) -> Json:
    """The models of the list and those that were imported, each with its state, and the state of the pack."""
    downloads, device = services(request).downloads, present()
    free = room(device)
    unusable = downloads.library.unusable()
    here = set(downloads.library.ids())
    listed = downloads.catalogue.models
    names = [*listed, *sorted(here - set(listed)), *sorted(set(downloads.names()) - set(listed) - here)]
    return Json(
        {
            "object": "list",
            "data": [_base(downloads, id, id in here, unusable.get(id), device, free) for id in names],
            "pack": pack_state().record(),
            "memory": {"free": free_memory(), "total": int(psutil.virtual_memory().total)},
            "folder": str(downloads.library.folder),
        }
    )


def _base(downloads: Downloads, id: str, here: bool, problem: Refused | None, device: Device, free: int) -> dict[str, Any]:
    fetch = downloads.under_way(id)
    about = downloads.catalogue.models.get(id)
    state = "missing"
    if fetch is not None:
        state = fetch.state
    elif problem is not None:
        state = "unusable"
    elif here:
        try:
            about, state = downloads.library.about(id), "ready"
        except KeyError:  # removed a moment ago
            here = False
    if state == "missing":
        problem = downloads.problem(id)
    return {
        "object": "tunesmith.base",
        "id": id,
        "state": state,
        "done": fetch.done if fetch else downloads.library.kept(id),
        "of": fetch.of if fetch else (about.bytes if about else 0),
        "problem": problem.record() if problem is not None and state in ("missing", "unusable") else None,
        **(_figures(about, device, free) if about is not None else {"name": id, "fits": None, "fit": None}),
    }


def _figures(about: BaseModel, device: Device, free: int) -> dict[str, Any]:
    """What is known of a model, and whether a training of short examples fits into the memory that is free."""
    precision = numbers(device, "lora").weights
    trains = fit(about, device, use="lora", free=free)
    return {
        "name": about.name,
        "repo": about.repo or None,
        "revision": about.revision or None,
        "origin": about.origin,
        "parameters": about.parameters,
        "bytes": about.bytes,
        "languages": list(about.languages),
        "context": about.context,
        "licence": about.licence or None,
        "licence_url": about.licence_url or None,
        "runs_on": about.runs_on,
        "methods": list(OPEN_METHODS),
        "memory": {
            "train_bf16": memory_needed(about, precision="bf16"),
            "train_fp32": memory_needed(about, precision="fp32"),
            "answer": memory_needed(about, use="answer", precision=precision),
            "precision": precision,
            "measured": bool(about.train_bf16),
        },
        "fits": trains.fits,
        "fit": trains.refusal.record() if trains.refusal is not None else None,
    }


def start(request: Request) -> Json:
    """Begin to fetch a model, or go on; asking twice changes nothing."""
    id = request.path_params["id"]
    downloads = services(request).downloads
    try:
        if id in downloads.library.ready():
            return _one(downloads, id)
        downloads.start(id)
    except Refused as refused:
        raise _refusal(refused, "id") from refused
    return _one(downloads, id)


def remove(request: Request) -> Json:
    """Delete a model, or what has come of it; a download under way is cancelled, and keeps what it has until it is deleted again.

    Not while a job or an answer needs it; a process that answers and is idle is ended.
    """
    id, parts = request.path_params["id"], services(request)
    if any(job.model == id for job in parts.store.jobs.open()):
        raise _refusal(Refused("trains", id=id[:80]), "id")
    parts.shelf.drop_base(id)
    if not parts.registry.let_go(id):  # before: Windows deletes no file that is open
        raise _refusal(Refused("answers", id=id[:80]), "id")
    try:
        parts.downloads.remove(id)
    except KeyError:
        raise _refusal(Refused("unknown_base", id=id[:80]), "id") from None
    except Refused as refused:  # another engine fetches it into the same folder
        raise _refusal(refused, "id") from refused
    parts.shelf.drop_base(id)  # once more, and the process: somebody may have asked meanwhile
    parts.registry.let_go(id)
    return Json({"id": id, "object": "tunesmith.base", "deleted": True})


async def bring_in(request: Request) -> Json:
    """Import a folder of this machine: it is looked through at once, and taken in in the background."""
    body, downloads = await read_json(request), services(request).downloads
    unknown = sorted(set(body) - _FIELDS)
    if unknown:
        raise invalid(f"Unrecognized request argument supplied: {unknown[0][:80]}", None, "unknown_parameter")
    folder, id = body.get("folder"), body.get("id")
    if not isinstance(folder, str) or not folder.strip() or "\0" in folder or len(folder) > 4096:
        raise invalid("Invalid 'folder': expected the path of a folder on this machine.", "folder")
    if id is not None and not isinstance(id, str):
        raise invalid("Invalid 'id': expected a string.", "id")
    try:
        name, _ = await run_in_threadpool(downloads.import_folder, Path(folder).expanduser(), id)
    except Refused as refused:
        raise _refusal(refused, "id" if refused.code in ("bad_id", "taken", "busy") else "folder") from refused
    except RuntimeError:  # ~somebody who is not known here
        raise _refusal(Refused("no_folder", folder=folder[:200]), "folder") from None
    return await run_in_threadpool(_one, downloads, name)


_SHAPE = {"batch_size": (1, 256), "tokens": (2, 8192), "answer_tokens": (1, 8192)}


def look_at_pace(request: Request) -> Json:
    """How long a step of this shape takes here, where it has been measured; the shape stands in the query."""
    asked = {name: int(value) if value.isdecimal() else value for name, value in request.query_params.items()}
    return _pace(request, asked, services(request).paces.look)


async def measure_pace(request: Request) -> Json:
    """The same, and measured where it has not been; not while a training runs, which would be slowed and would slow it."""
    parts, body = services(request), await read_json(request)
    return await run_in_threadpool(_pace, request, body, parts.paces.measure if parts.queue.is_idle else parts.paces.look)


def _pace(request: Request, asked: Mapping[str, Any], how: Callable[[str, Shape], Pace]) -> Json:
    tuning = asked.get("tuning", TUNINGS[0])
    if tuning not in TUNINGS:
        raise invalid(f"Invalid 'tuning': expected one of {', '.join(TUNINGS)}.", "tuning")
    method = asked.get("method", OPEN_METHODS[0])
    if method not in OPEN_METHODS:
        raise invalid(f"Invalid 'method': expected one of {', '.join(OPEN_METHODS)}.", "method")
    for name, (low, high) in _SHAPE.items():
        value = asked.get(name)
        if type(value) is not int or not low <= value <= high:
            raise invalid(f"Invalid '{name}': expected an integer between {low} and {high}.", name)
    id = request.path_params["id"]
    try:
        pace = how(id, Shape(**{name: asked[name] for name in _SHAPE}, tuning=tuning, method=method))
    except KeyError:
        raise _refusal(Refused("unknown_base", id=id[:80]), "id") from None
    if pace.state == "none" and not services(request).queue.is_idle:
        pace = Pace("busy")
    return Json({"object": "tunesmith.pace", "id": id, **pace.to_plain()})


def _one(downloads: Downloads, id: str) -> Json:
    here, device = id in downloads.library.ids(), present()
    return Json(_base(downloads, id, here, downloads.library.unusable().get(id), device, room(device)))


def _refusal(refused: Refused, param: str) -> ApiError:
    told = refused.record()
    parts = {name: told[name] for name in ("sentence", "remedy", "params")}
    return ApiError(_STATUS.get(refused.code, 400), f"{told['message']} {told['hint']}", param=param, code=refused.code, told=parts)


_BASES = "/v1/tunesmith/bases"
ROUTES = [
    Route(_BASES, list_bases, methods=["GET"]),
    Route(f"{_BASES}/import", bring_in, methods=["POST"]),
    Route(f"{_BASES}/{{id}}/download", start, methods=["POST"]),
    Route(f"{_BASES}/{{id}}/pace", look_at_pace, methods=["GET"]),
    Route(f"{_BASES}/{{id}}/pace", measure_pace, methods=["POST"]),
    Route(f"{_BASES}/{{id}}", remove, methods=["DELETE"]),
]
