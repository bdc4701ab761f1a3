"""/v1/models: what can be trained and what has been."""

from starlette.requests import Request
from starlette.routing import Route

from engine.services import services
from engine.wire import ApiError, Json, base_model_object, model_object, no_such_model


def list_models(request: Request) -> Json:
    """The base models, then the fine-tuned ones and their checkpoints, newest first."""
    parts = services(request)
    base = [base_model_object(name) for name in parts.registry.base_models]
    return Json({"object": "list", "data": base + [model_object(model) for model in parts.store.models.offered()]})


def retrieve(request: Request) -> Json:
    """One model."""
    parts, name = services(request), request.path_params["model"]
    if name in parts.registry.base_models:
        return Json(base_model_object(name))
    model = parts.store.models.get(name)
    if model is None:
        raise no_such_model(name)
    return Json(model_object(model))


def delete(request: Request) -> Json:
    """Delete a fine-tuned model; with a job's final model go its checkpoints: everything that was learned from that data."""
    parts, name = services(request), request.path_params["model"]
    if name in parts.registry.base_models:
        raise ApiError(403, f"The base model {name} cannot be deleted.", param="model", code="model_not_deletable")
    gone = parts.store.models.delete(name)
    if not gone:
        raise no_such_model(name)
    parts.shelf.drop(gone)
    parts.parcels.drop(gone)
    return Json({"id": name, "object": "model", "deleted": True})


ROUTES = [
    Route("/v1/models", list_models, methods=["GET"]),
    Route("/v1/models/{model}", retrieve, methods=["GET"]),
    Route("/v1/models/{model}", delete, methods=["DELETE"]),
]
