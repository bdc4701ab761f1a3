"""A model hub over HTTP: what a repository holds at one commit, and one file of it, with resume and a checksum.

Speaks the two calls of the Hugging Face hub that a download needs (api/models/…/revision and …/resolve/…), so any mirror that HF_ENDPOINT
names will do. huggingface_hub comes with the pack and knows more, but a model can be fetched while the
pack is not there yet, progress and cancelling are ours, and here no file outside our list can ever be written.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.base.strict_json import StrictDecoder, WrongJSON
from engine.lora.catalogue import is_revision
from engine.lora.hub_line import Again, HubLine
from engine.lora.refusals import Refused

_MAX_LISTING = 8 * 2**20
_MAX_FILES = 5000
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


class Hub:
    """One hub, for one download; `settings` are those of its line (HubLine)."""

    def __init__(self, endpoint: str | None = None, token: str | None = None, **settings: Any) -> None:
        self._line = HubLine(endpoint, token, **settings)
        self.endpoint, self.host = self._line.endpoint, self._line.host

    def close(self) -> None:
        """Give the connections back."""
        self._line.close()

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def listing(self, repo: str, revision: str) -> Listing:
        """The files of a repository at a commit (or at "main": the commit is then what the hub says); raises Refused."""
        url = f"{self.endpoint}/api/models/{quote(repo)}/revision/{quote(revision or 'main', safe='')}?blobs=true"
        found = self._line.patiently(lambda: self._read_listing(url), lambda: 0)
        if revision and found.commit != revision:
            raise Refused("other_revision", host=self.host)
        return found

    def _read_listing(self, url: str) -> Listing:
        with self._line.get(url, {}) as answer:
            raw = bytearray()
            for block in self._line.blocks(answer):
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
            self._line.patiently(lambda: self._append(url, commit, file, part, heard), lambda: _size(part))
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
        with self._line.get(url, {"Range": f"bytes={have}-"} if have else {}, commit=commit) as answer:
            if have and answer.status_code == 200:  # it starts over
                heard(-have)
                have = 0
            elif have and not answer.headers.get("content-range", "").startswith(f"bytes {have}-"):
                raise Refused("not_a_hub", host=self.host)
            announced = answer.headers.get("content-length")
            if announced is not None and announced.isdigit() and int(announced) != file.size - have:
                raise Refused("wrong_size", file=file.name, host=self.host)
            with part.open("ab" if have else "wb") as out:
                for block in self._line.blocks(answer):
                    have += len(block)
                    if have > file.size:
                        raise Refused("wrong_size", file=file.name, host=self.host)
                    out.write(block)
                    out.flush()  # what is told as here is here, should this process be killed
                    heard(len(block))
        if have < file.size:
            raise Again(Refused("wrong_size", file=file.name, host=self.host))


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
