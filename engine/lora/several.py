"""The training script in several processes of this machine: `python -m engine.lora.several --plan FILE`, under torchrun.

torchrun's own rendezvous listens on all addresses of the machine, to whoever calls; the one here on loopback only.
"""

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from torch.distributed import PrefixStore, Store, TCPStore
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.elastic.rendezvous import (
    RendezvousHandler,
    RendezvousInfo,
    RendezvousParameters,
    RendezvousStoreInfo,
    rendezvous_handler_registry,
)
from torch.distributed.run import main as torchrun

from engine.lora.launching import FAILED, SCRIPT
from engine.lora.parent import OPTION, die_with_parent, end_with_stdin
from engine.lora.plan import TrainPlan

HOST = "127.0.0.1"
BACKEND = "loopback"
_KILL = 9  # signal.SIGKILL, which Windows does not know
_LIMIT = timedelta(minutes=10)  # for the slowest of them to load the model


class Loopback(RendezvousHandler):
    """Where the processes meet: a free port of the loopback address, taken before anybody is told its number."""

    def __init__(self, parameters: RendezvousParameters) -> None:
        self._run_id = parameters.run_id
        self._world_size = parameters.max_nodes
        listener = socket.create_server((HOST, 0))
        self._port = listener.getsockname()[1]
        self._store: Store = TCPStore(
            HOST, self._port, is_master=True, timeout=_LIMIT, wait_for_workers=False, master_listen_fd=listener.detach()
        )

    def get_backend(self) -> str:
        """Its name."""
        return BACKEND

    @property
    def use_agent_store(self) -> bool:
        """The processes use this store too, rather than open one of their own."""
        return True

    def next_rendezvous(self) -> RendezvousInfo:
        """Everybody is here: there is one machine."""
        return RendezvousInfo(PrefixStore(self._run_id, self._store), 0, self._world_size, RendezvousStoreInfo(HOST, self._port))

    def is_closed(self) -> bool:
        """Never."""
        return False

    def set_closed(self) -> None:
        """It ends with this process."""

    def num_nodes_waiting(self) -> int:
        """No other machine ever waits."""
        return 0

    def get_run_id(self) -> str:
        """What torchrun called this run."""
        return self._run_id

    def shutdown(self) -> bool:
        """It ends with this process."""
        return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script in as many processes as the plan says; its exit code, or 1 where one of them died."""
    parser = argparse.ArgumentParser(prog="python -m engine.lora.several", description=__doc__)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--script", default=SCRIPT)
    parser.add_argument(OPTION, action="store_true")
    wish = parser.parse_args(arguments)
    die_with_parent()  # as the processes do in their turn
    if wish.watch_stdin:
        end_with_stdin()
    plan = TrainPlan.from_json(wish.plan.read_text(encoding="utf-8"))
    # the processes speak to each other on loopback too: gloo would otherwise ask the machine's name for an address
    for name in ("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"):
        os.environ.setdefault(name, "lo0" if sys.platform == "darwin" else "lo")
    rendezvous_handler_registry.register(BACKEND, Loopback)
    command = [f"--nproc_per_node={plan.processes}", "--nnodes=1", f"--rdzv-backend={BACKEND}", f"--rdzv-endpoint={HOST}"]
    command += [f"--local-addr={HOST}", "--max-restarts=0", "-m", wish.script, "--plan", str(wish.plan)]
    try:
        torchrun([*command, *([OPTION] if wish.watch_stdin else [])])
    except ChildFailedError as error:
        return _end_alike([failure.exitcode for failure in error.failures.values()])
    return 0


def _end_alike(codes: Sequence[int]) -> int:
    """The exit code that tells how the processes ended; where one was killed, as by a system short of memory, so is this one."""
    print(f"Of the processes that train, one ended with exit code {codes[0]}; its own words are above.", file=sys.stderr, flush=True)
    if FAILED in codes:
        return FAILED
    if -_KILL in codes:
        os.kill(os.getpid(), _KILL)
    return 1


if __name__ == "__main__":
    sys.exit(main())
