"""`python -m engine`: the local fine-tuning server. Prints one JSON line with base_url and token when it is ready."""

import argparse
import json
import logging
import os
import secrets
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil
from filelock import FileLock, Timeout

from engine.apart import TOKEN_VARIABLE
from engine.batching import Batching
from engine.discovery import FILE, Running, announce, withdraw
from engine.guard import Activity
from engine.learners.registry import Registry, standard
from engine.lora.downloads import Downloads
from engine.lora.library import Library, library_folder
from engine.lora.paces import Paces
from engine.lora.parcels import Parcels
from engine.processes import spawn_worker
from engine.queue import Queue, Spawn, Worker
from engine.server import listen, serve
from engine.services import MAX_UPLOAD, Services
from engine.serving import Shelf
from engine.store import Store, open_store
from engine.store.database import NewerStore
from engine.store.rows import StoredJob

EXIT_LOCKED = 3
EXIT_PORT_TAKEN = 4
EXIT_BAD_HOME = 5
_MEGABYTE = 2**20
_PAUSE_GRACE = 70.0  # seconds; longer than a training takes to write down what it has learned (learners/lora_training.py)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m engine",
        description="Serves the OpenAI fine-tuning and chat API on 127.0.0.1, and trains on this machine.",
        epilog=f"The token comes from {TOKEN_VARIABLE} or is made at random. One JSON line with base_url and token is printed when ready.",
    )
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: a free one)")
    where = "where files, jobs and models are kept (default: engine/ in TUNESMITH_HOME, or in ~/.tunesmith)"
    parser.add_argument("--home", type=Path, default=None, help=where)
    idle = "end this long after the last job and the last request (default: 600)"
    parser.add_argument("--idle-seconds", type=float, default=600, help=idle)
    parser.add_argument("--max-upload-mb", type=int, default=MAX_UPLOAD // _MEGABYTE, help="the largest file taken (default: 512)")
    return parser.parse_args(arguments)


def _default_home() -> Path:
    return Path(os.environ.get("TUNESMITH_HOME") or Path.home() / ".tunesmith") / "engine"


def main(arguments: Sequence[str] | None = None, *, registry: Registry | None = None, spawn: Spawn = spawn_worker) -> int:
    """Run one engine on one home, with these learners in workers made by `spawn`; the exit status."""
    wish = _arguments(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    os.umask(0o077)  # training data and the token are nobody else's business; the workers inherit this
    home = (wish.home or _default_home()).expanduser().resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / "engine.lock", timeout=0).acquire()
    except Timeout:
        print(f"An engine is already running on {home}; its address is in {FILE} there.", file=sys.stderr)
        return EXIT_LOCKED
    except OSError as error:
        print(f"{home} cannot be used: {error.strerror}", file=sys.stderr)
        return EXIT_BAD_HOME
    with lock:
        return _run(wish, home, registry or standard(home), spawn)


def _run(wish: argparse.Namespace, home: Path, registry: Registry, spawn: Spawn) -> int:
    try:
        store = open_store(home)
    except (NewerStore, OSError, sqlite3.DatabaseError) as error:
        print(f"{home} cannot be used: {error}", file=sys.stderr)
        return EXIT_BAD_HOME
    try:
        return _serve(wish, store, registry, spawn)
    finally:
        withdraw(home)
        store.close()


def _serve(wish: argparse.Namespace, store: Store, registry: Registry, spawn: Spawn) -> int:
    try:
        listener = listen(wish.port)
    except OSError as error:
        print(f"Port {wish.port} on 127.0.0.1 cannot be used: {error.strerror}.", file=sys.stderr)
        return EXIT_PORT_TAKEN
    tempfile.tempdir = str(store.temporary)  # uploads wait here; /tmp is memory on many systems, and a file may have 512 MB
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(32)
    activity, shelf = Activity(), Shelf(store, registry)
    # for what is only done ahead of time: where it goes wrong it is done again, and told, when it is needed
    background = ThreadPoolExecutor(1)

    def job_ended(job: StoredJob) -> None:
        activity.touch()
        if job.status == "succeeded":
            background.submit(shelf.warm, job.model_name())

    downloads = Downloads(Library(library_folder(store.home)), touch=activity.touch)
    background.submit(downloads.library.tidy)
    paces = Paces(downloads.library, touch=activity.touch)
    parts = Services(
        store=store,
        registry=registry,
        shelf=shelf,
        queue=Queue(store, making_room(spawn, paces, registry), on_end=job_ended, pause_grace=_PAUSE_GRACE),
        batching=Batching(store, shelf, touch=activity.touch),
        activity=activity,
        background=background,
        downloads=downloads,
        parcels=Parcels(store.home / "takeaway"),
        paces=paces,
        token=token,
        max_upload=wish.max_upload_mb * _MEGABYTE,
    )
    port = listener.getsockname()[1]
    running = Running(os.getpid(), port, f"http://127.0.0.1:{port}/v1", token, psutil.Process().create_time())

    def ready() -> None:
        announce(store.home, running)
        with suppress(OSError):  # started detached, its reader may be gone: engine.json says the same
            print(json.dumps({"base_url": running.base_url, "token": running.token}), flush=True)

    # uvicorn raises the signal again once it has closed everything: then this, not sudden death, so that `finally` still runs
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    with background, closing(downloads), closing(registry), listener:
        try:
            return serve(parts, listener, idle_seconds=wish.idle_seconds, on_ready=ready)
        finally:
            paces.stop()


def making_room(spawn: Spawn, paces: Paces, registry: Registry) -> Spawn:
    """Start a worker; before it trains, end what would be in its way."""

    def begin(store: Store, job: StoredJob, only_validate: bool) -> Worker:
        if not only_validate:
            paces.stop()  # a measurement beside a training would spoil both
            registry.let_go(job.model)  # it answers for nobody now and has the memory that the training needs
        return spawn(store, job, only_validate)

    return begin


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
