"""/v1/tunesmith/models/{model}/takeaway: a tuned model written out for other programs, into a folder of this machine."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from core.base.errors import WorkspaceError
from engine.body import read_json
from engine.lora.parcels import FORMS, Parcel
from engine.services import Services, services
from engine.store.rows import StoredModel
from engine.wire import ApiError, Json, invalid, no_such_model

_SCORE = ("name", "before", "after", "rows")
_MOST_SCORES = 50


def _model(request: Request) -> tuple[Services, StoredModel]:
    parts, name = services(request), request.path_params["model"]
    model = parts.store.models.get(name)
    if model is None:
        raise no_such_model(name)
    if not parts.registry.is_open(model.base_model):
        raise ApiError(400, "The practice model stays here: no other program could read it.", param="model", code="not_exportable")
    return parts, model


def look(request: Request) -> Json:
    """Every form of the model: none, packing, ready or failed."""
    parts, model = _model(request)
    return Json(_listed(parts.parcels.all(model.id)))


async def pack(request: Request) -> Json:
    """Begin to write one form out."""
    body = await read_json(request)
    parts, model = _model(request)
    form = body.get("form")
    if form not in FORMS:
        raise invalid(f"Invalid 'form': expected one of {', '.join(map(repr, FORMS))}.", "form")
    scores = body.get("scores", [])
    if not isinstance(scores, list) or len(scores) > _MOST_SCORES or not all(_is_score(score) for score in scores):
        raise invalid(f"Invalid 'scores': expected at most {_MOST_SCORES} objects with {', '.join(_SCORE)}.", "scores")
    order = await run_in_threadpool(lambda: _order(parts, model))
    return Json(_listed([parts.parcels.pack(model.id, form, {**order, "scores": scores})]))


def _order(parts: Services, model: StoredModel) -> dict[str, str]:
    library = parts.downloads.library
    try:
        parts.registry.learner(model.base_model).load(parts.store.models.path(model))  # is whole, and belongs to the base that is here
        base, about = library.path(model.base_model), library.about(model.base_model)
    except KeyError:
        message = f"The base model {model.base_model} is no longer on this machine: get it again first."
        raise ApiError(400, message, param="model", code="base_model_missing") from None
    except WorkspaceError as error:
        message = f"{error} {error.hint.format(**error.params)}"
        raise ApiError(400, message, param="model", code="base_model_missing") from None
    return {"base": str(base), "model": str(parts.store.models.path(model)), "name": model.id, "repo": about.repo}


def _is_score(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != set(_SCORE):
        return False
    return all(isinstance(part, str | int | float) and len(str(part)) <= 200 for part in value.values())


def _listed(parcels: list[Parcel]) -> dict[str, object]:
    return {"object": "list", "data": [parcel.to_plain() for parcel in parcels]}


_PLACE = "/v1/tunesmith/models/{model}/takeaway"
ROUTES = [Route(_PLACE, look, methods=["GET"]), Route(_PLACE, pack, methods=["POST"])]
