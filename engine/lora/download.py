"""Fetching one base model: the small files first, which are looked through before gigabytes follow, then the weights."""

import errno
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.lora.catalogue import BaseModel, Catalogue, shipped_catalogue
from engine.lora.hub import Hub, Listing, RemoteFile, checksums
from engine.lora.inspection import INDEX, inspect
from engine.lora.library import Held, Library
from engine.lora.refusals import Refused, gigabytes

_COMMIT = ".commit"  # beside what has come: of which commit it is
_MOST_SMALL = 160 * 2**20  # bytes of all files that are not weights
_SPARE = 64 * 2**20

Heard = Callable[[int, int], None]  # bytes that are here, bytes in all


def download(library: Library, model: BaseModel, hub: Hub, *, heard: Heard, catalogue: Catalogue | None = None) -> BaseModel:
    """Fetch a model of the list into the library; raises Refused. What has come stays for the next time, whatever goes wrong."""
    catalogue = shipped_catalogue() if catalogue is None else catalogue
    try:
        with library.hold(model.id):
            if model.id in library.ready():  # another engine was quicker
                raise Refused("taken", id=model.id)
            return _download(library, model, hub, heard, catalogue)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Refused("disk_full", needed_gb=gigabytes(model.bytes), free_gb="0.0") from error
        raise Refused("no_permission", folder=str(library.folder), details=str(error)) from error


def _download(library: Library, model: BaseModel, hub: Hub, heard: Heard, catalogue: Catalogue) -> BaseModel:
    listing = hub.listing(model.repo, model.revision)
    files = _chosen(listing, model, hub, catalogue)
    place = _place(library, model.id, listing.commit)
    count = _Count(sum(file.size for file in files), heard)
    _check_room(place, files)
    held: dict[str, Held] = {}
    small = [file for file in files if not file.name.endswith(".safetensors")]
    for file in small:
        held[file.name] = _one(hub, model, listing.commit, file, place, count)
    inspect(place, id=model.id, weights=False, catalogue=catalogue)
    for file in files:
        if file not in small:
            held[file.name] = _one(hub, model, listing.commit, file, place, count)
    found = inspect(place, id=model.id, catalogue=catalogue)
    shape = found.about
    about = replace(
        model,
        revision=listing.commit,
        bytes=shape.bytes,
        dtype=shape.dtype,
        kind=shape.kind,
        parameters=shape.parameters,
        layers=shape.layers,
        hidden=shape.hidden,
        vocabulary=shape.vocabulary,
        context=min(model.context, shape.context),
    )
    library.admit(model.id, about, {name: held[name] for name in found.files})
    return library.about(model.id)


def _chosen(listing: Listing, model: BaseModel, hub: Hub, catalogue: Catalogue) -> list[RemoteFile]:
    """The files to take, small ones first; raises Refused where what is needed is not among them."""
    files = [file for name, file in sorted(listing.files.items()) if catalogue.takes(name)]
    if INDEX not in listing.files:  # one file; shards without an index belong to nothing
        files = [file for file in files if not file.name.endswith(".safetensors") or file.name == "model.safetensors"]
    elif any(file.name.endswith(".safetensors") and file.name != "model.safetensors" for file in files):
        files = [file for file in files if file.name != "model.safetensors"]
    names = {file.name for file in files}
    for wanted, code in (("config.json", "no_config"), ("tokenizer.json", "no_tokenizer")):
        if wanted not in names:
            raise Refused(code)
    weights = [file for file in files if file.name.endswith(".safetensors")]
    if not weights:
        raise Refused("no_weights")
    listed = model.weights_sha256
    if listed and [file.sha256 for file in weights] != [listed]:
        raise Refused("other_revision", host=hub.host)
    if sum(file.size for file in files) > 2 * model.bytes + _MOST_SMALL or sum(f.size for f in files if f not in weights) > _MOST_SMALL:
        raise Refused("other_revision", host=hub.host)
    return sorted(files, key=lambda file: (file in weights, file.name))


def _place(library: Library, id: str, commit: str) -> Path:
    """Where the model is put together; what came of another commit is thrown away."""
    place = library.incoming(id)
    note = place / _COMMIT
    if note.exists() and note.read_text(encoding="ascii", errors="replace") != commit:
        library.drop_incoming(id)
        place = library.incoming(id)
    (place / _COMMIT).write_text(commit, encoding="ascii")
    return place


def _check_room(place: Path, files: list[RemoteFile]) -> None:
    there = sum(path.stat().st_size for path in place.iterdir() if path.is_file())
    needed = sum(file.size for file in files) - there + _SPARE
    free = shutil.disk_usage(place).free
    if needed > free:
        raise Refused("disk_full", needed_gb=gigabytes(needed), free_gb=gigabytes(free))


def _one(hub: Hub, model: BaseModel, commit: str, file: RemoteFile, place: Path, count: "_Count") -> Held:
    target = place / file.name
    if target.is_file() and not target.is_symlink() and target.stat().st_size == file.size:
        sha256, git = checksums(target, file.size)
        if (sha256 == file.sha256) if file.sha256 else (git == file.git_sha1):
            count.add(file.size)
            return Held(file.size, sha256)
    target.unlink(missing_ok=True)
    part = target.with_name(target.name + ".part")
    count.add(part.stat().st_size if part.is_file() else 0)
    return Held(file.size, hub.fetch(model.repo, commit, file, target, count.add))


class _Count:
    """Bytes here, of bytes in all."""

    def __init__(self, total: int, heard: Heard) -> None:
        self._done, self._total, self._heard = 0, total, heard
        heard(0, total)

    def add(self, number: int) -> None:
        self._done = max(0, self._done + number)
        self._heard(self._done, self._total)
