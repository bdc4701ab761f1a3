"""The line to a model hub: one GET after another, with redirects, patience and a way to cancel; a failure is a reason of ours."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2

from engine.lora.refusals import Refused

DEFAULT_ENDPOINT = "https://huggingface.co"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HOPS = 6
_TRIES = 5  # without a single new byte
_LONGEST_WAIT = 60.0  # seconds that a server may ask us to wait


class Again(Exception):
    """The network failed in a way that may pass; `wait` seconds first, `problem` where it does not pass."""

    def __init__(self, problem: Refused, wait: float | None = None) -> None:
        super().__init__(str(problem))
        self.problem, self.wait = problem, wait


class HubLine:
    """A line for one download: `cancelled` stops it between two blocks.

    Waits `patience` seconds for a hub that says nothing; `pause` seconds, then twice as long, before trying again; `most` seconds in all.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        token: str | None = None,
        *,
        cancelled: threading.Event | None = None,
        pause: float = 1.0,
        patience: float = 30.0,
        most: float = 24 * 3600.0,
    ) -> None:
        chosen = endpoint or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT
        self.endpoint = chosen.strip().rstrip("/")
        self._token = token if token is not None else os.environ.get("HF_TOKEN", "").strip()
        self._cancelled = cancelled or threading.Event()
        self._pause = pause
        self._end = time.monotonic() + most
        parts = urlsplit(self.endpoint)
        self.host = parts.hostname or self.endpoint[:80]
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise Refused("unsafe_address", host=self.host)
        # the pieces come without compression, or their sizes would not be the announced ones
        headers = {"Accept-Encoding": "identity", "User-Agent": "tunesmith"}
        self._client = httpx2.Client(timeout=httpx2.Timeout(patience, pool=None), headers=headers, follow_redirects=False)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str], *, commit: str = "") -> Iterator[httpx2.Response]:
        """Open a GET, following redirects by hand: the token goes to the hub alone, and no hop leaves https."""
        answer = self._send(url, headers)
        try:
            for _ in range(_HOPS):
                told = answer.headers.get("x-repo-commit", "")
                if commit and told and told != commit:
                    raise Refused("other_revision", host=self.host)
                if answer.status_code not in (301, 302, 303, 307, 308):
                    self._judge(answer)
                    yield answer
                    return
                url = str(httpx2.URL(url).join(answer.headers.get("location", "")))
                answer.close()
                answer = self._send(url, headers)
            raise Refused("not_a_hub", host=self.host)
        except httpx2.InvalidURL:
            raise Refused("not_a_hub", host=self.host) from None
        finally:
            answer.close()

    def _send(self, url: str, headers: Mapping[str, str]) -> httpx2.Response:
        self._check()
        parts, home = urlsplit(url), urlsplit(self.endpoint)
        here = parts.scheme == "http" and parts.hostname in _LOOPBACK and home.scheme == "http"
        if parts.scheme != "https" and not here:
            raise Refused("unsafe_address", host=(parts.hostname or "?")[:80])
        sent = dict(headers)
        if self._token and (parts.scheme, parts.netloc) == (home.scheme, home.netloc):
            sent["Authorization"] = f"Bearer {self._token}"
        with self._mapped():
            return self._client.send(self._client.build_request("GET", url, headers=sent), stream=True)

    def blocks(self, answer: httpx2.Response) -> Iterator[bytes]:
        """What an answer holds, as it comes; raises Again where the network fails, Refused once it was cancelled."""
        with self._mapped():
            for block in answer.iter_raw():
                self._check()
                yield block

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """The network's failures as ours; their own words may hold addresses with keys in them, so only their kind is kept."""
        try:
            yield
        except httpx2.TimeoutException as error:
            code = "no_network" if isinstance(error, httpx2.ConnectTimeout) else "slow_network"
            raise Again(Refused(code, host=self.host, details=type(error).__name__)) from None
        except httpx2.TransportError as error:
            raise Again(Refused("no_network", host=self.host, details=type(error).__name__)) from None

    def _judge(self, answer: httpx2.Response) -> None:
        status, said = answer.status_code, answer.headers.get("x-error-code", "")
        if status in (200, 206):
            return
        if said in ("RepoNotFound", "RevisionNotFound", "EntryNotFound") or status in (404, 410):
            raise Refused("not_found", host=self.host)
        if status in (401, 403):
            raise Refused("gated", host=self.host)
        if status == 429:
            asked = answer.headers.get("retry-after", "")
            wait = float(asked) if asked.isdigit() and len(asked) < 6 else None
            if wait is not None and wait > _LONGEST_WAIT:
                raise Refused("rate_limited", host=self.host)
            raise Again(Refused("rate_limited", host=self.host), wait)
        if status >= 500 or status == 408:
            raise Again(Refused("hub_fault", host=self.host, status=status))
        raise Refused("not_a_hub", host=self.host, details=f"status {status}")

    def patiently(self, do: Callable[[], Any], have: Callable[[], int]) -> Any:
        """Try again after failures that may pass, for as long as new bytes come; then raise what went wrong."""
        tries, before = 0, have()
        while True:
            try:
                return do()
            except Again as failure:
                tries = 1 if have() > before else tries + 1
                before = max(before, have())
                if tries >= _TRIES:
                    raise failure.problem from None
                self._cancelled.wait(failure.wait if failure.wait is not None else self._pause * 2 ** (tries - 1))
                self._check()

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Refused("cancelled")
        if time.monotonic() > self._end:
            raise Refused("slow_network", host=self.host)
