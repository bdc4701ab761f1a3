"""An OpenAI-shaped server on loopback, in a thread: it remembers every request and fails where it is told to.

    with FakeOpenAI() as server:
        server.fail("POST /fine_tuning/jobs", faults.drop(acts=True))
        client = make_client(connection("custom", base_url=server.base_url), server.key)

It is a fake, not a model: jobs move only when a test moves them (`set_job`, `succeed`), and chat answers with `answer(body)`.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.servers.fake_api import FakeApi, Handler, refusal
from tests.servers.faults import Fault


@dataclass(frozen=True)
class Seen:
    """One request as it arrived; header names in lower case."""

    route: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class FakeOpenAI(FakeApi):
    """The server; use it as a context manager."""

    def __init__(self, *, key: str = "sk-proj-fake0123456789abcdefghij") -> None:
        super().__init__()
        self.key = key
        self._routes: dict[str, Route] = {}
        self._open: dict[Any, asyncio.Transport] = {}
        for route, handler in self.handlers().items():
            method, path = route.split(" ")
            self._routes[route] = Route(path if path.startswith("/v0/") else "/v1" + path, self._endpoint(route, handler), methods=[method])

    def reset(self) -> None:
        """Forget all that happened and all that was to go wrong; a server for many tests starts faster than many servers."""
        super().reset()
        self.requests: list[Seen] = []
        self._faults: dict[str, list[Fault]] = {}
        self._standing: dict[str, Fault] = {}

    def __enter__(self) -> "FakeOpenAI":
        opened = self._open

        class Tracked(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                opened[transport.get_extra_info("peername")] = transport

        # IPPROTO_TCP, or asyncio leaves Nagle's algorithm on and every answer takes 44 ms
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        app = Starlette(routes=list(self._routes.values()))
        self._server = uvicorn.Server(uvicorn.Config(app, http=Tracked, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.002)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        self._socket.close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return self.origin + "/v1"

    @property
    def creates(self) -> int:
        """How many requests to create a job have arrived."""
        return len(self.seen("POST /fine_tuning/jobs"))

    def seen(self, route: str) -> list[Seen]:
        """The requests of one route, oldest first."""
        self._routes[route]  # a misspelt route must not count as never called
        return [request for request in self.requests if request.route == route]

    def fail(self, route: str, fault: Fault, *more: Fault, always: bool = False) -> None:
        """Spoil the next answers of a route, one fault each; with `always`, all of them."""
        self._routes[route]
        if always:
            self._standing[route] = fault
        else:
            self._faults.setdefault(route, []).extend((fault, *more))

    def heal(self) -> None:
        """Forget every fault that has not happened yet."""
        self._faults.clear()
        self._standing.clear()

    def _endpoint(self, route: str, handler: Handler) -> Handler:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            self.requests.append(Seen(route, request.url.path, dict(request.query_params), dict(request.headers), body))
            waiting = self._faults.get(route)
            fault = waiting.pop(0) if waiting else self._standing.get(route)
            if fault and not fault.acts:
                return await self._spoilt(request, fault, JSONResponse({}))
            given = request.headers.get("authorization", "")
            if given != f"Bearer {self.key}":
                # in full, which the real server does not do: nothing of it may reach a user
                return refusal(401, "invalid_api_key", f"Incorrect API key provided: {given.removeprefix('Bearer ')}.")
            response = await handler(request)
            return await self._spoilt(request, fault, response) if fault else response

        return endpoint

    async def _spoilt(self, request: Request, fault: Fault, response: Response) -> Response:
        end = time.monotonic() + fault.delay_s
        while time.monotonic() < end and not self._server.should_exit:
            await asyncio.sleep(0.01)
        if fault.spoil == "drop":
            self._open[tuple(request.scope["client"])].close()
            return response
        if fault.pieces is not None and isinstance(response, StreamingResponse):
            return StreamingResponse(self._broken(request, fault, response), media_type="text/event-stream")
        if fault.status is not None:
            if isinstance(fault.body, str):
                return Response(fault.body, fault.status, {"content-type": "text/html", **fault.headers})
            return JSONResponse(fault.body, fault.status, dict(fault.headers))
        if fault.spoil == "half":
            return Response(response.body[: len(response.body) // 2], media_type="application/json")
        if fault.spoil == "cut":
            return StreamingResponse(self._cut(request, bytes(response.body)), media_type="application/json")
        return response

    async def _cut(self, request: Request, body: bytes) -> AsyncIterator[bytes]:
        yield body[: len(body) // 2]
        self._open[tuple(request.scope["client"])].close()
        await asyncio.sleep(0.01)  # the transport closes before the last chunk is written

    async def _broken(self, request: Request, fault: Fault, whole: StreamingResponse) -> AsyncIterator[bytes]:
        sent = 0
        async for chunk in whole.body_iterator:
            yield chunk.encode() if isinstance(chunk, str) else bytes(chunk)
            sent += 1
            if sent > (fault.pieces or 0):  # the first chunk holds the role alone
                break
        if fault.body is not None:
            yield f"data: {json.dumps(fault.body)}\n\n".encode()
            return
        self._open[tuple(request.scope["client"])].close()
        await asyncio.sleep(0.01)
