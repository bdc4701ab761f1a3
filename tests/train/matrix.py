"""Two worlds to break a start in: OpenAI's dialect on a fake server, and the real engine behind a proxy that can fail.

Both are asked the same four things: to spoil an answer, what really exists, what the app says, and to be an app of its own process.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.io.connections import Connection, connection
from core.io.openai_calls import Client, list_jobs, make_client
from core.io.workspace import JobRecord, Plan, Workspace
from core.train.reconcile import reconcile
from core.train.start import may_start, start_training
from tests.servers import FakeOpenAI
from tests.servers.fake_api import BASE
from tests.servers.proxy import Proxy
from tests.train.workbench import make_workspace, save_bank, save_plan

ROOT = Path(__file__).resolve().parents[2]
CREATE = "POST /fine_tuning/jobs"
UPLOAD = "POST /files"
WORLDS = ("OpenAI", "engine")
RUNNING, BEING_STARTED, NOT_STARTED, CANNOT_TELL = "running", "being started", "not started", "cannot tell yet, Start is blocked"
SAID = {
    "already_started": RUNNING,
    "try_finished": RUNNING,  # also a run that was over before it was looked at
    "being_started": BEING_STARTED,
    "not_started": NOT_STARTED,
    "nothing_was_started": NOT_STARTED,
    "was_refused": NOT_STARTED,
    "cannot_tell_yet": CANNOT_TELL,
}
APP = """
import sys
from datetime import datetime
from pathlib import Path
from tests.train.matrix import at
from tests.train.workbench import make_workspace
from core.io.openai_calls import make_client
from core.train.start import start_training

home, kind, base_url, key, plan_id, now = sys.argv[1:]
with make_workspace(Path(home)) as ws, make_client(at(kind, base_url), key) as client:
    print(start_training(ws, client, ws.plan(plan_id), now=datetime.fromisoformat(now)).state, flush=True)
"""


def at(kind: str, base_url: str) -> Connection:
    """The connection of a world: all that connections.toml says of it, at this address."""
    return replace(connection("openai" if kind == "OpenAI" else "this-machine"), base_url=base_url)


@dataclass
class World:
    """A plan that waits to be started, and the server that it is for."""

    kind: str
    ws: Workspace
    server: FakeOpenAI
    client: Client
    plan: Plan
    now: datetime

    def click(self, *, later: timedelta = timedelta(0), ws: Workspace | None = None, client: Client | None = None) -> JobRecord:
        """Click Start."""
        return start_training(ws or self.ws, client or self.client, self.plan, now=self.now + later)

    def together(self, *clicks: Callable[[], Any]) -> None:
        """Do all of these at the same moment."""
        ready = threading.Barrier(len(clicks))

        def one(click: Callable[[], Any]) -> None:
            ready.wait(10)
            click()

        threads = [threading.Thread(target=one, args=(click,)) for click in clicks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    def says(self, *, later: timedelta = timedelta(0)) -> str:
        """Open the page: what became of the start is found out as far as it can be, and told."""
        record = self.ws.latest_attempt(self.plan.key)
        if record is not None:
            record = reconcile(self.ws, self.client, record, self.now + later)
        return SAID[may_start(record)[1].code]

    def jobs(self) -> list[str]:
        """What really exists: the jobs of this plan on the server, past everything that can fail."""
        if not isinstance(self.server, Proxy):
            return [job_id for job_id, job in self.server.jobs.items() if job["metadata"]["tunesmith_key"] == self.plan.key]
        with make_client(at(self.kind, self.server._target), self.server.key) as straight:
            return [job.id for job in list_jobs(straight, limit=100) if job.metadata.get("tunesmith_key") == self.plan.key]

    def app(self) -> "subprocess.Popen[str]":
        """The app in a process of its own, which has just been told to start the training."""
        told = [str(self.ws.home), self.kind, self.server.base_url, self.server.key, self.plan.id, self.now.isoformat()]
        return subprocess.Popen([sys.executable, "-c", APP, *told], cwd=ROOT, stdout=subprocess.PIPE, text=True)

    @contextmanager
    def hasty(self) -> Iterator[Client]:
        """A client that gives up after 0.3 s."""
        with make_client(at(self.kind, self.server.base_url), self.server.key, timeout_s=0.3) as client:
            yield client


@contextmanager
def world(kind: str, home: Path, engine: Any) -> Iterator[World]:
    """A world with nothing in it but a plan."""
    with ExitStack() as stack:
        ws = stack.enter_context(make_workspace(home))
        server = stack.enter_context(FakeOpenAI() if kind == "OpenAI" else Proxy(engine.base_url, engine.token))
        where = at(kind, server.base_url)
        client = stack.enter_context(make_client(where, server.key, timeout_s=10))
        now = datetime.now(UTC)
        project = ws.create_project("Cases", now=now)
        learner = {"base_model": BASE} if kind == "OpenAI" else {"base_model": "recall", "practice": True}
        # the engine is one for the whole run, and the same plan in two workspaces would be two jobs there
        plan = save_plan(ws, save_bank(ws, project.id), where, seed=int(now.timestamp() * 1e6) % 2**31, **learner)
        yield World(kind, ws, server, client, plan, now)
