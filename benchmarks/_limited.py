"""A chat server on loopback, in a process of its own, that takes 200 ms an answer and refuses more than so many a second.

`python -m benchmarks._limited ANSWER_MS A_SECOND HEADERS` (A_SECOND 0: no limit; HEADERS 1: told in x-ratelimit headers) prints its port.
`GET /seen` tells how often each question was answered and how many were refused. The limit is the strictest there is: never more than that
many within any one second, so nothing is saved up for a burst; a refusal asks for a second, as whole-numbered Retry-After headers do.
"""

import asyncio
import json
import socket
import sys
import time
from collections import Counter, deque

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Limited:
    """The server and its books."""

    def __init__(self, answer_s: float, a_second: int, headers: bool) -> None:
        self.answer_s, self.a_second, self.headers = answer_s, a_second, headers
        self.taken: deque[float] = deque()
        self.answered: Counter[str] = Counter()
        self.refused = 0

    async def chat(self, request: Request) -> Response:
        """One answer, or 429."""
        try:
            asked = json.loads(await request.body())
        except ClientDisconnect:  # the app was killed while it sent
            return Response(status_code=400)
        now = time.monotonic()
        while self.taken and self.taken[0] <= now - 1:
            self.taken.popleft()
        full = bool(self.a_second) and len(self.taken) >= self.a_second
        headers = self._told(now) if self.headers and self.a_second else {}
        if full:
            self.refused += 1
            error = {"message": "Rate limit reached.", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
            return JSONResponse({"error": error}, 429, {"retry-after": "1", **headers})
        self.taken.append(now)
        await asyncio.sleep(self.answer_s)
        question = asked["messages"][-1]["content"]
        self.answered[question] += 1
        choice = {"index": 0, "message": {"role": "assistant", "content": "refund"}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21}
        body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked["model"], "choices": [choice], "usage": usage}
        return JSONResponse(body, headers=headers)

    def _told(self, now: float) -> dict[str, str]:
        left = max(0, self.a_second - len(self.taken) - 1)
        reset = self.taken[-1] + 1 - now if self.taken else 0.0
        told = {"limit": str(self.a_second), "remaining": str(left), "reset": f"{max(1, round(1000 * reset))}ms"}
        return {f"x-ratelimit-{name}-requests": value for name, value in told.items()}

    async def seen(self, request: Request) -> Response:
        """The books."""
        return JSONResponse({"answered": dict(self.answered), "refused": self.refused})

    async def models(self, request: Request) -> Response:
        """Which model it has."""
        return JSONResponse({"object": "list", "data": [{"id": "made", "object": "model", "created": 1, "owned_by": "made"}]})


def main() -> None:
    """Serve until the process is ended."""
    answer_ms, a_second, headers = (int(word) for word in sys.argv[1:])
    server = Limited(answer_ms / 1000, a_second, bool(headers))
    routes = [
        Route("/v1/chat/completions", server.chat, methods=["POST"]),
        Route("/v1/models", server.models),
        Route("/seen", server.seen),
    ]
    # IPPROTO_TCP, or asyncio leaves Nagle's algorithm on and every answer takes 44 ms more
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off", timeout_keep_alive=75)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
