"""A model hub on loopback: the two calls that a download makes, with the faults that real ones have."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """What the hub holds, what went wrong so far, and what it was asked.

    `faults` name a file (or "listing") and what happens at the next request for it: "cut" (half of it comes), "stall" (nothing more comes),
    "slow" (it comes in drops), "no range" (it starts over), "short" (a wrong length is announced), a status, or a status with headers.
    """

    def __init__(self, files: Mapping[str, bytes], *, repo: str = "Some/Model", commit: str = COMMIT, redirect: bool = True) -> None:
        self.files = dict(files)
        self.repo, self.commit, self.redirect = repo, commit, redirect
        self.faults: list[tuple[str, Any]] = []
        self.asked: list[tuple[str, str, str]] = []  # path, Range, Authorization
        self.listed: dict[str, Any] = {}
        self.served: dict[str, bytes] = {}  # in place of what the listing says
        self.location: str = ""
        self.answered_commit = commit
        self.released = threading.Event()
        self.endpoint = ""

    def fault(self, name: str) -> Any:
        """The next fault of this name, once."""
        for at, (wanted, what) in enumerate(self.faults):
            if wanted == name:
                del self.faults[at]
                return what
        return None

    def listing(self) -> dict[str, Any]:
        """As the hub lists with blobs=true."""
        siblings = []
        for name, data in self.files.items():
            git = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
            entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": git}
            if name.endswith((".safetensors", ".bin")):
                entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            siblings.append(entry)
        return {"id": self.repo, "sha": self.commit, "siblings": siblings, **self.listed}


@contextmanager
def serve_hub(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve until the block ends."""

    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: FakeHub

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""

    def do_GET(self) -> None:
        hub, parts = self.served, urlsplit(self.path)
        hub.asked.append((self.path, self.headers.get("Range", ""), self.headers.get("Authorization", "")))
        api = f"/api/models/{hub.repo}/revision/"
        if parts.path.startswith(api):
            assert parse_qs(parts.query) == {"blobs": ["true"]}
            self._listing(parts.path.removeprefix(api))
        elif parts.path.startswith(f"/{hub.repo}/resolve/{hub.commit}/"):
            self._resolve(parts.path.rsplit("/", 1)[1])
        elif parts.path.startswith("/store/"):
            self._content(parts.path.removeprefix("/store/"))
        else:
            self._refuse(404, {"X-Error-Code": "EntryNotFound"})

    def _listing(self, revision: str) -> None:
        hub = self.served
        fault = hub.fault("listing")
        if isinstance(fault, bytes):
            self._send(200, fault, {})
        elif fault is not None:
            self._refuse(*(fault if isinstance(fault, tuple) else (fault, {})))
        elif revision not in ("main", hub.commit) and revision != hub.listed.get("asked", revision):
            self._refuse(404, {"X-Error-Code": "RevisionNotFound"})
        else:
            self._send(200, json.dumps(hub.listing()).encode(), {})

    def _resolve(self, name: str) -> None:
        hub = self.served
        if name not in hub.files:
            self._refuse(404, {"X-Error-Code": "EntryNotFound"})
        elif name.endswith(".safetensors") and hub.redirect:
            self._send(302, b"", {"Location": hub.location or f"/store/{name}", "X-Repo-Commit": hub.answered_commit})
        else:
            self._content(name)

    def _content(self, name: str) -> None:
        hub = self.served
        data = hub.served.get(name, hub.files[name])
        fault = hub.fault(name)
        if isinstance(fault, int | tuple):
            self._refuse(*(fault if isinstance(fault, tuple) else (fault, {})))
            return
        start = (
            int(self.headers["Range"].removeprefix("bytes=").removesuffix("-")) if self.headers.get("Range") and fault != "no range" else 0
        )
        if start >= len(data) > 0:
            self._refuse(416, {})
            return
        body = data[start:]
        length = len(body) + (7 if fault == "short" else 0)
        headers = {"Content-Length": str(length), "X-Repo-Commit": hub.answered_commit}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if fault in ("cut", "stall"):
            self._head(206 if start else 200, headers)
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if fault == "stall":
                hub.released.wait(20)
            self.close_connection = True
        elif fault == "slow":
            self._head(206 if start else 200, headers)
            self._drip(body, hub.released)
        else:
            self._send(206 if start else 200, body, headers)

    def _drip(self, body: bytes, released: threading.Event) -> None:
        for at in range(len(body)):
            if released.is_set():
                return
            try:
                self.wfile.write(body[at : at + 1])
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.02)

    def _refuse(self, status: int, headers: Mapping[str, str]) -> None:
        self._send(status, b'{"error": "no"}', headers)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self._head(status, {"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()


def folder_content(folder: Path) -> dict[str, bytes]:
    """A folder's files, for a hub to hold."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def eventually(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so; fails where it never is."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)
