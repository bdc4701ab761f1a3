"""Small files in a training's folder, from outside: the folder is a path on this machine or, for a cluster, an fsspec address."""

import shutil
from pathlib import Path
from typing import Any


def is_address(folder: str) -> bool:
    """Whether the folder is an fsspec address."""
    return "://" in folder


def write(folder: str, name: str, data: bytes) -> None:
    """Write a file."""
    if is_address(folder):
        files, path = _find(folder, name)
        files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        files.pipe_file(path, data)
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / name).write_bytes(data)


def append(folder: str, name: str, data: bytes) -> None:
    """Write at the end of a file."""
    if is_address(folder):
        files, path = _find(folder, name)
        # object stores cannot append
        write(folder, name, (files.cat_file(path) if files.exists(path) else b"") + data)
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with (Path(folder) / name).open("ab") as file:
            file.write(data)


def remove(folder: str, name: str) -> None:
    """Remove a file, if it is there."""
    if is_address(folder):
        files, path = _find(folder, name)
        if files.exists(path):
            files.rm_file(path)
    else:
        (Path(folder) / name).unlink(missing_ok=True)


def remove_folder(folder: str, name: str) -> None:
    """Remove a folder within the training's folder, if it is there."""
    if is_address(folder):
        files, path = _find(folder, name)
        if files.exists(path):
            files.rm(path, recursive=True)
    else:
        shutil.rmtree(Path(folder) / name, ignore_errors=True)


def remove_whole(folder: str) -> None:
    """Remove a training's folder with all that is in it, if it is there."""
    if is_address(folder):
        import fsspec

        files, path = fsspec.url_to_fs(folder)
        if files.exists(path):
            files.rm(path, recursive=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def fetched(folder: str, name: str, scratch: Path) -> Path:
    """A folder within the training's folder as one on this machine; one at an address is copied into `scratch` first."""
    if not is_address(folder):
        return Path(folder) / name
    files, path = _find(folder, name)
    here = scratch / "fetched" / name
    if files.isdir(path):
        here.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(here, ignore_errors=True)
        files.get(path, str(here), recursive=True)
    return here


def _find(folder: str, name: str) -> tuple[Any, str]:
    import fsspec  # comes with the pack; only a training on a cluster keeps anything elsewhere

    files, path = fsspec.url_to_fs(f"{folder.rstrip('/')}/{name}")
    return files, path
