"""Bringing in a folder that somebody carried here: for machines without a network, and for models that are not in the list."""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.lora.catalogue import BaseModel, Catalogue, is_id, is_revision, shipped_catalogue
from engine.lora.inspection import Inspected, inspect
from engine.lora.library import Held, Library, checksum
from engine.lora.refusals import Refused, gigabytes

_FIRST = 8  # characters of a revision that stand where a folder of the hub's cache has no better name


def look_at(library: Library, folder: Path, id: str | None = None, *, catalogue: Catalogue | None = None) -> Inspected:
    """Inspect a folder and settle the name under which it would be imported; raises Refused. Nothing is copied."""
    name = id if id is not None else _suggested(folder)
    if not is_id(name):
        raise Refused("bad_id", id=name[:80])
    if name in library.ids():
        raise Refused("taken", id=name)
    found = inspect(folder, id=name, catalogue=catalogue)
    return replace(found, about=_known(found.about, folder, catalogue))


def import_folder(
    library: Library,
    folder: Path,
    id: str | None = None,
    *,
    heard: Callable[[int], None] | None = None,
    catalogue: Catalogue | None = None,
) -> BaseModel:
    """Take a model's folder into the library; raises Refused. `heard` is told of the bytes read, and may raise to stop.

    Weights of the hub's own cache are linked where both are on one disk, so that they take no room twice: its files are called by what
    they hold, and are never written again. Everything else is copied: a program that saves into its own folder once more would write
    into a linked file, and the model here would become another.
    """
    catalogue = shipped_catalogue() if catalogue is None else catalogue
    found = look_at(library, folder, id, catalogue=catalogue)
    name, root = found.about.id, folder.resolve()
    kept_by_content = root.parent.parent / "blobs" if root.parent.name == "snapshots" else None
    try:
        with library.hold(name):
            if name in library.ids():  # another engine was quicker
                raise Refused("taken", id=name)
            try:
                _take_in(library, found, root, kept_by_content, heard, catalogue)
            finally:
                library.drop_incoming(name)
    except OSError as error:
        raise Refused("no_permission", folder=str(library.folder), details=str(error)) from error
    return library.about(name)


def _take_in(
    library: Library, found: Inspected, root: Path, kept_by_content: Path | None, heard: Callable[[int], None] | None, catalogue: Catalogue
) -> None:
    name = found.about.id
    library.drop_incoming(name)
    place = library.incoming(name)
    _check_room(place, found)
    files: dict[str, Held] = {}
    for file in found.files:
        source, target = (root / file).resolve(), place / file
        if not (file.endswith(".safetensors") and source.parent == kept_by_content and _linked(source, target)):
            shutil.copyfile(source, target)
        files[file] = Held(target.stat().st_size, checksum(target, heard=heard))
    again = inspect(place, id=name, catalogue=catalogue)  # what was copied, not what lay there a moment before
    about = _recognised(replace(found.about, bytes=again.about.bytes), files, catalogue)
    library.admit(name, about, files)


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that knows no links
        return False
    return True


def _check_room(place: Path, found: Inspected) -> None:
    free = shutil.disk_usage(place).free
    if found.about.bytes > free:
        raise Refused("disk_full", needed_gb=gigabytes(found.about.bytes), free_gb=gigabytes(free))


def _suggested(folder: Path) -> str:
    """A name made of the folder's; a snapshot in the hub's own cache is called by its commit, so its repository is taken."""
    path = folder.resolve()
    if path.parent.name == "snapshots":
        repository = path.parent.parent.name.removeprefix("models--")
        return _slug(repository.split("--")[-1]) or _slug(path.name[:_FIRST])
    return _slug(path.name)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.").replace("..", ".")[:48].strip("-.")


def _known(about: BaseModel, folder: Path, catalogue: Catalogue | None) -> BaseModel:
    """With what its place in the hub's cache tells: repository and commit."""
    path = folder.resolve()
    if path.parent.name != "snapshots" or not is_revision(path.name):
        return about
    repo = path.parent.parent.name.removeprefix("models--").replace("--", "/", 1)
    listed = next((model for model in (catalogue or shipped_catalogue()).models.values() if model.repo == repo), None)
    name = listed.name if listed else about.name
    return replace(about, name=name, repo=repo, revision=path.name)


def _recognised(about: BaseModel, files: dict[str, Held], catalogue: Catalogue) -> BaseModel:
    """A model of the list is known by its weights, wherever it comes from: then its name, licence and measurements are too.

    Where the list has no checksum, its name and its shape must do; a listed name on other weights is refused.
    """
    sums = {held.sha256 for name, held in files.items() if name.endswith(".safetensors")}
    named = catalogue.models.get(about.id)
    known = next((model for model in catalogue.models.values() if model.weights_sha256 and sums == {model.weights_sha256}), None)
    if known is None and named is not None and not named.weights_sha256 and _shape(named) == _shape(about):
        known = named
    if known is None:
        if named is not None:
            raise Refused("other_weights", name=named.name)
        return about
    revision = about.revision or known.revision
    return replace(known, id=about.id, revision=revision, dtype=about.dtype, bytes=about.bytes, origin="imported")


def _shape(model: BaseModel) -> tuple[str, int, int, int]:
    return model.kind, model.layers, model.hidden, model.vocabulary
