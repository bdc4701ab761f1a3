"""The door: only this machine, no browser pages, and only with the token."""

import hmac
import re
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.wire import ApiError, error_reply

_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_NO_TOKEN = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY)."
)
_WRONG_TOKEN = "Incorrect API key provided. An engine prints its key when it starts, and keeps it in engine.json in its home."


class Activity:
    """When somebody with the token last used the engine; a request under way counts as now."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._under_way = 0

    def begin(self) -> None:
        """A request has come."""
        self._under_way += 1
        self.touch()

    def end(self) -> None:
        """It has been answered."""
        self._under_way -= 1
        self.touch()

    def touch(self) -> None:
        """Something happened just now."""
        self._last = self._clock()

    def idle_seconds(self) -> float:
        """For how long nothing has happened."""
        return 0.0 if self._under_way else self._clock() - self._last


class Guard:
    """ASGI middleware in front of every route; /health alone needs no token."""

    def __init__(self, app: ASGIApp, token: str, activity: Activity) -> None:
        self._app = app
        self._token = token.encode()
        self._activity = activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers, needs_token=scope["path"] != "/health")
        if refusal is not None:
            await error_reply(refusal)(scope, receive, send)
        elif scope["path"] == "/health":
            await self._app(scope, receive, send)
        else:
            self._activity.begin()
            try:
                await self._app(scope, receive, send)
            finally:
                self._activity.end()

    def _refusal(self, headers: Headers, *, needs_token: bool) -> ApiError | None:
        # a page on the web can make a browser call 127.0.0.1 (its Origin tells), or rebind its own name to it (Host tells)
        if not _LOOPBACK.fullmatch(headers.get("host", "")):
            return ApiError(403, "This engine answers only to 127.0.0.1 and localhost.", code="host_not_allowed")
        if "origin" in headers:
            return ApiError(403, "This engine does not answer web pages.", code="origin_not_allowed")
        if not needs_token:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            return ApiError(401, _NO_TOKEN, code="invalid_api_key")
        if not hmac.compare_digest(given.strip().encode("latin-1"), self._token):
            return ApiError(401, _WRONG_TOKEN, code="invalid_api_key")
        return None
