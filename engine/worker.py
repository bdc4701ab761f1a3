"""One job in a process of its own: `python -m engine.worker --home DIR --job ID`. The engine starts it; nobody else needs to."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from engine.learners import TrainingDied
from engine.learners.registry import Registry, standard
from engine.store import open_store
from engine.training import Workshop, work

EXIT_TAKEN = 4  # another worker holds the job
EXIT_DIED = 5  # what computed for it is gone; why, the last line of its log says


def worker_lock(folder: Path) -> FileLock:
    """The lock that a worker holds for as long as it lives, however it ends."""
    return FileLock(folder / "worker.lock", timeout=0)


def main(arguments: Sequence[str] | None = None, registry: Registry | None = None, *, patience: float = 5) -> int:
    """Work on one job until it is done, stopped or refused; wait so many seconds for a predecessor that may just be dying."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--job", required=True)
    parser.add_argument("--only-validate", action="store_true")
    wish = parser.parse_args(arguments)
    store = open_store(wish.home)
    try:
        job = store.jobs.need(wish.job)
        with worker_lock(store.jobs.folder(job.id)).acquire(timeout=patience):
            me = psutil.Process()
            store.jobs.note_worker(job.id, me.pid, me.create_time())
            work(Workshop(store, store.jobs.need(job.id), registry or standard(store.home)), only_validate=wish.only_validate)
    except Timeout:
        print(f"Another worker holds {wish.job}.", file=sys.stderr)
        return EXIT_TAKEN
    except TrainingDied as error:
        print(error, file=sys.stderr)
        return EXIT_DIED
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
