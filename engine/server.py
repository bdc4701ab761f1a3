"""Running the app: a socket of our own on 127.0.0.1, the queue beside it, and an end when nobody needs it any more."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from engine.app import create_app
from engine.services import Services

logger = logging.getLogger("engine")
_LAST_REQUESTS = 5  # seconds that requests under way get when the engine closes


def listen(port: int) -> socket.socket:
    """A socket on 127.0.0.1; port 0 takes a free one. Raises OSError where the port is taken."""
    # the protocol is named because asyncio sets TCP_NODELAY only then; without it every kept-alive request takes 44 ms instead of 0.5
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # Windows: nobody else may share the port
        else:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just given up is free
        found.bind(("127.0.0.1", port))
        found.set_inheritable(False)
    except OSError:
        found.close()
        raise
    return found


class Server(uvicorn.Server):
    """A uvicorn server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then tell."""
        await super().startup(sockets=sockets)
        self._on_ready()


def serve(parts: Services, listener: socket.socket, *, idle_seconds: float, on_ready: Callable[[], None]) -> int:
    """Serve until a signal, the idle limit or a fault in the queue ends it; the exit status."""
    faults: list[BaseException] = []

    def queue_ended(task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("The queue failed; the engine stops.", exc_info=error)
            faults.append(error)
            server.should_exit = True

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        parts.queue.recover()
        queue = asyncio.create_task(parts.queue.run())
        queue.add_done_callback(queue_ended)
        parts.batching.start()
        idle = asyncio.create_task(_end_when_idle(parts, server, idle_seconds))
        yield
        idle.cancel()
        parts.queue.close()
        await asyncio.to_thread(parts.batching.close)
        await asyncio.wait([queue])

    # stdout is for the ready line alone, so nothing logs there; requests are not logged at all
    config = uvicorn.Config(
        create_app(parts, lifespan),
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # longer than clients keep an idle connection (httpx: 5 s), so that none is closed under a request that is just being sent
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_LAST_REQUESTS,
    )
    server = Server(config, on_ready)
    try:
        server.run(sockets=[listener])
    except SystemExit as error:
        if error.code:  # uvicorn's own 3 for a failed start, which here means something else
            return 1
        raise
    return 1 if faults else 0


async def _end_when_idle(parts: Services, server: Server, idle_seconds: float) -> None:
    """End the server once nothing has trained and nobody with the token has called for so long."""
    while not (parts.queue.is_idle and parts.batching.is_idle and parts.activity.idle_seconds() >= idle_seconds):
        await asyncio.sleep(min(5.0, max(0.05, idle_seconds / 10)))
    logger.info("Nothing to do for %d seconds: the engine ends.", idle_seconds)
    server.should_exit = True
