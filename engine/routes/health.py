"""GET /health: is it up? The only route that needs no token, so it says nothing else."""

from starlette.requests import Request
from starlette.routing import Route

from engine.wire import Json


async def health(request: Request) -> Json:
    """The engine is up."""
    return Json({"status": "ok"})


ROUTES = [Route("/health", health, methods=["GET"])]
