"""A model hub over HTTP: what a repository holds at one commit, and one file of it, with resume and a checksum.

Speaks the two calls of the Hugging Face hub that a download needs (api/models/…/revision and …/resolve/…), so any mirror that HF_ENDPOINT
names will do. huggingface_hub comes with the pack and knows more, but a model can be fetched while the
pack is not there yet, progress and cancelling are ours, and here no file outside our list can ever be written.
"""

import hashlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from core.base.strict_json import StrictDecoder, WrongJSON
from engine.lora.catalogue import is_revision
from engine.lora.refusals import Refused

DEFAULT_ENDPOINT = "https://huggingface.co"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MAX_LISTING = 8 * 2**20
_MAX_FILES = 5000
_HOPS = 6
_TRIES = 5  # without a single new byte
_LONGEST_WAIT = 60.0  # seconds that a server may ask us to wait
_BLOCK = 2**20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository: its size and its checksum, sha256 for large files, git's own for small ones."""

    name: str
    size: int
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds at one commit."""

    commit: str
    files: Mapping[str, RemoteFile]


class _Again(Exception):
    """The network failed in a way that may pass; `wait` seconds first, `problem` where it does not pass."""

    def __init__(self, problem: Refused, wait: float | None = None) -> None:
        super().__init__(str(problem))
        self.problem, self.wait = problem, wait


class Hub:
    """One hub, for one download: `cancelled` stops it between two blocks."""

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

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def listing(self, repo: str, revision: str) -> Listing:
        """The files of a repository at a commit (or at "main": the commit is then what the hub says); raises Refused."""
        url = f"{self.endpoint}/api/models/{quote(repo)}/revision/{quote(revision or 'main', safe='')}?blobs=true"
        found = self._patiently(lambda: self._read_listing(url), lambda: 0)
        if revision and found.commit != revision:
            raise Refused("other_revision", host=self.host)
        return found

    def _read_listing(self, url: str) -> Listing:
        with self._get(url, {}) as answer:
            raw = bytearray()
            for block in self._blocks(answer):
                raw += block
                if len(raw) > _MAX_LISTING:
                    raise Refused("not_a_hub", host=self.host)
        try:
            value = StrictDecoder().decode(raw.decode("utf-8")).value
            commit = value["sha"]
            files = [_remote(sibling) for sibling in value["siblings"]]
        except (WrongJSON, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError):
            raise Refused("not_a_hub", host=self.host) from None
        if not isinstance(commit, str) or not is_revision(commit) or len(files) > _MAX_FILES:
            raise Refused("not_a_hub", host=self.host)
        return Listing(commit, {file.name: file for file in files if file is not None})

    def fetch(self, repo: str, commit: str, file: RemoteFile, target: Path, heard: Callable[[int], None]) -> str:
        """Fetch one file to `target`, going on where a `.part` of it ends; its sha256. Raises Refused.

        `heard` is told of the bytes that came, and of a negative number where what had come had to be thrown away.
        """
        part = target.with_name(target.name + ".part")
        url = f"{self.endpoint}/{quote(repo)}/resolve/{commit}/{quote(file.name)}"
        for last in (False, True):
            self._patiently(lambda: self._append(url, commit, file, part, heard), lambda: _size(part))
            sha256, git = checksums(part, file.size)
            if (sha256 == file.sha256) if file.sha256 else (git == file.git_sha1):
                os.replace(part, target)
                return sha256
            heard(-_size(part))
            part.unlink()
            if last:
                break
        raise Refused("wrong_hash", file=file.name, host=self.host)

    def _append(self, url: str, commit: str, file: RemoteFile, part: Path, heard: Callable[[int], None]) -> None:
        have = _size(part)
        if have > file.size:
            heard(-have)
            part.unlink()
            have = 0
        if have == file.size:
            part.touch()
            return
        with self._get(url, {"Range": f"bytes={have}-"} if have else {}, commit=commit) as answer:
            if have and answer.status_code == 200:  # it starts over
                heard(-have)
                have = 0
            elif have and not answer.headers.get("content-range", "").startswith(f"bytes {have}-"):
                raise Refused("not_a_hub", host=self.host)
            announced = answer.headers.get("content-length")
            if announced is not None and announced.isdigit() and int(announced) != file.size - have:
                raise Refused("wrong_size", file=file.name, host=self.host)
            with part.open("ab" if have else "wb") as out:
                for block in self._blocks(answer):
                    have += len(block)
                    if have > file.size:
                        raise Refused("wrong_size", file=file.name, host=self.host)
                    out.write(block)
                    out.flush()  # what is told as here is here, should this process be killed
                    heard(len(block))
        if have < file.size:
            raise _Again(Refused("wrong_size", file=file.name, host=self.host))

    @contextmanager
    def _get(self, url: str, headers: Mapping[str, str], *, commit: str = "") -> Iterator[httpx2.Response]:
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

    def _blocks(self, answer: httpx2.Response) -> Iterator[bytes]:
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
            raise _Again(Refused(code, host=self.host, details=type(error).__name__)) from None
        except httpx2.TransportError as error:
            raise _Again(Refused("no_network", host=self.host, details=type(error).__name__)) from None

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
            raise _Again(Refused("rate_limited", host=self.host), wait)
        if status >= 500 or status == 408:
            raise _Again(Refused("hub_fault", host=self.host, status=status))
        raise Refused("not_a_hub", host=self.host, details=f"status {status}")

    def _patiently(self, do: Callable[[], Any], have: Callable[[], int]) -> Any:
        """Try again after failures that may pass, for as long as new bytes come; then raise what went wrong."""
        tries, before = 0, have()
        while True:
            try:
                return do()
            except _Again as failure:
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


def _remote(sibling: Any) -> RemoteFile | None:
    """One entry of the listing; None for one without a size or a checksum, which cannot be fetched safely."""
    large = sibling.get("lfs") or {}
    name, size, sha256, blob = sibling["rfilename"], sibling.get("size"), large.get("sha256") or "", sibling.get("blobId") or ""
    if not isinstance(name, str) or not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**44:
        return None
    if large:
        return RemoteFile(name, size, sha256=sha256) if isinstance(sha256, str) and _SHA256.fullmatch(sha256) else None
    return RemoteFile(name, size, git_sha1=blob) if isinstance(blob, str) and _SHA1.fullmatch(blob) else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def checksums(path: Path, size: int) -> tuple[str, str]:
    """sha256, and what git calls the file by."""
    sha256, git = hashlib.sha256(), hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
            git.update(block)
    return sha256.hexdigest(), git.hexdigest()
