"""The Starlette app: routes, the guard before them, and every error in OpenAI's shape."""

import errno
import logging

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Lifespan

from core.base.errors import TunesmithError
from engine.guard import Guard
from engine.routes import bases, batches, chat, files, health, jobs, models, takeaway, uploads
from engine.services import Services
from engine.wire import ApiError, error_reply

logger = logging.getLogger("engine")


def create_app(parts: Services, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
    """The whole API over these services."""
    app = Starlette(
        routes=[
            *health.ROUTES,
            *models.ROUTES,
            *files.ROUTES,
            *uploads.ROUTES,
            *jobs.ROUTES,
            *chat.ROUTES,
            *batches.ROUTES,
            *bases.ROUTES,
            *takeaway.ROUTES,
        ],
        middleware=[Middleware(Guard, token=parts.token, activity=parts.activity)],
        exception_handlers={
            ApiError: _refused,
            TunesmithError: _told,
            OSError: _system_error,
            HTTPException: _http_error,
            ClientDisconnect: _gone,
            Exception: _fault,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.services = parts
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_reply(error)


async def _told(request: Request, error: Exception) -> Response:
    """A fault that has its own sentence: a damaged model, a missing vocabulary."""
    assert isinstance(error, TunesmithError)
    logger.error("%s %s", error, error.details)
    return error_reply(ApiError(500, f"{error} {error.hint.format(**error.params)}"))


async def _system_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    if error.errno != errno.ENOSPC:
        raise error
    return error_reply(ApiError(507, "The disk of this machine is full. Nothing was kept.", code="disk_full"))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    url = f"{request.method} {request.url.path[:200]}"
    if error.status_code == 404:
        return error_reply(ApiError(404, f"Invalid URL ({url})", code="unknown_url"))
    if error.status_code == 405:
        message = f"Not allowed: {url}. (HINT: Perhaps you meant to use a different HTTP method?)"
        reply = error_reply(ApiError(405, message, code="method_not_allowed"))
        reply.headers.update(error.headers or {})
        return reply
    return error_reply(ApiError(error.status_code, error.detail))


async def _gone(request: Request, error: Exception) -> Response:
    """The client left while it was still sending: nobody will read this."""
    return error_reply(ApiError(400, "The client closed the connection."))


async def _fault(request: Request, error: Exception) -> Response:
    # Starlette hands the exception on after this reply, and uvicorn logs it with its traceback
    return error_reply(ApiError(500, "The server had an error while processing your request. Its log says more."))
