"""A proxy on loopback between the app and a real engine: what passes is carried out truly, and spoilt where a test says so.

    with Proxy(engine.base_url, engine.token) as proxy:
        proxy.fail("GET /fine_tuning/jobs/{id}", faults.html(502), always=True)
        proxy.bend("GET /fine_tuning/jobs/{id}/events", repeated)

It takes the faults of FakeOpenAI; `bend` changes what an answer says and leaves it well-formed.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.servers.fake_api import Handler, Json
from tests.servers.fake_openai import FakeOpenAI

Bend = Callable[[Json], Json]
_ITS_OWN = {"content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive", "date", "server"}
_FOR_ANOTHER = {"host", "content-length", "connection", "accept-encoding"}


class Proxy(FakeOpenAI):
    """Every path of the engine, at another port; use it as a context manager."""

    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(key=token)
        self._target = base_url
        self._bends: dict[str, Bend] = {}

    def handlers(self) -> dict[str, Handler]:
        known = dict.fromkeys(super().handlers(), self._forward)
        others = dict.fromkeys((f"{method} /{{rest:path}}" for method in ("GET", "POST", "DELETE")), self._forward)
        return {**known, **others}

    def bend(self, route: str, how: Bend) -> None:
        """Change what the answers of a route say, until `heal`."""
        self._routes[route]
        self._bends[route] = how

    def heal(self) -> None:
        """Forget every fault that has not happened yet, and every bend."""
        super().heal()
        self._bends.clear()

    async def _forward(self, request: Request) -> Response:
        path = request.url.path.removeprefix("/v1")
        route = next(known for known, one in self._routes.items() if one is request.scope["route"])
        headers = {name: value for name, value in request.headers.items() if name not in _FOR_ANOTHER}
        # a client for each request: the engine may be killed and come back between two of them
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            answer = await client.request(
                request.method,
                self._target + path,
                params=list(request.query_params.multi_items()),
                headers=headers,
                content=await request.body(),
            )
        told = {name: value for name, value in answer.headers.items() if name not in _ITS_OWN}
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return StreamingResponse(_again(answer.content), answer.status_code, told)
        if route in self._bends and answer.status_code == 200:
            return JSONResponse(self._bends[route](answer.json()))
        return Response(answer.content, answer.status_code, told)


async def _again(stream: bytes) -> AsyncIterator[bytes]:
    """A stream that was read to its end, event by event: passed on while it comes, it would stay open where a fault breaks it off."""
    for event in stream.split(b"\n\n")[:-1]:
        yield event + b"\n\n"


def out_of_order(page: Json) -> Json:
    """A list whose second half comes first, each half the wrong way round."""
    items: list[Any] = page["data"]
    middle = len(items) // 2
    return {**page, "data": [*items[middle:][::-1], *items[:middle][::-1]]}


def repeated(page: Json) -> Json:
    """A list that holds everything twice."""
    return {**page, "data": [item for item in page["data"] for _ in range(2)]}


def saying(**fields: Any) -> Bend:
    """An object with other values in some of its fields."""
    return lambda found: {**found, **fields}
