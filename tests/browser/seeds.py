"""Projects in every condition, written into a home directly: what would take a visitor minutes is there at once."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from core.base.errors import TrainingNotAvailable
from core.base.model_table import encoding_for
from core.base.remote import Job, JobStatus, ServerError
from core.compare.rows import examples_of
from core.compare.run import Candidate
from core.compare.run import start as start_run
from core.io.connections import Connection, connection
from core.io.local_engine import ensure_engine
from core.io.openai_calls import Client, make_client
from core.io.workspace import Dataset, JobRecord, Plan, Project, Workspace
from core.monitor.ended import tell_once
from core.monitor.watch import look
from core.prepare.draft import Draft
from core.prepare.samples import samples
from core.prepare.work import SMALL, save
from core.train.plan import build, suggest_suffix
from core.train.start import start_training
from pages.ui import counting
from tests.servers import FakeOpenAI
from tests.servers.fake_api import BASE

BANK = "bank_support"
HERE = "this-machine"
NAME = "Bank support"
NO_KEY = "none"  # what is sent where no key was typed


def server_at(server: FakeOpenAI) -> Connection:
    """The connection to a fake server."""
    return connection("custom", base_url=server.base_url)


@dataclass
class Seeds:
    """A workspace to be filled; `stack` ends the processes that stand in for work under way."""

    ws: Workspace
    stack: ExitStack
    seeds: Iterator[int] = field(default_factory=lambda: count(43))  # the same plan in two projects would be one job; 42 is the page's own

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    def project(
        self,
        where: Connection | None = None,
        *,
        data: bytes | None = None,
        name: str = NAME,
        example: str = BANK,
        draft: Draft | None = None,
    ) -> Project:
        """A project with a file (an example's unless given) and the choices made so far, not saved as a data set yet."""
        now, one = self.now(), samples()[example]
        project = self.ws.create_project(name, now=now, connection_id=where.id if where else HERE)
        stored = self.ws.put_file(one.read() if data is None else data, one.file, now=now)
        if where and where.id == "custom":
            self.ws.update_project(project.id, now, base_url=where.base_url)
        if example != BANK:  # the bank example's own hints are left out, so that the pages are seen as with a file of one's own
            self.ws.update_project(project.id, now, draft=one.draft.to_dict(), example=example)
        if draft is not None:
            self.ws.update_project(project.id, now, draft=draft.to_dict())
        return self.ws.update_project(project.id, now, source=stored.sha256, source_name=one.file)

    def saved(self, where: Connection | None = None, **what: Any) -> tuple[Project, Dataset]:
        """A project with its data set; `what` is as for `project`."""
        project = self.project(where, **what)
        made = save(self.ws, {**self._prepare_args(project), "project": project.id}, lambda done, total: None, clock=self.now)
        return self.ws.update_project(project.id, self.now(), dataset_id=made["dataset_id"]), self.ws.dataset(made["dataset_id"])

    def planned(self, where: Connection, base_model: str, *, practice: bool = False, **what: Any) -> tuple[Project, Plan]:
        """A project with its plan, as the Train page makes it."""
        project, dataset = self.saved(where, **what)
        made = build(
            connection_id=where.id,
            origin=where.origin,
            host=where.host,
            base_model=base_model,
            train_sha=dataset.train_sha,
            validation_sha=dataset.validation_sha,
            n_train=dataset.counts["train"],
            n_validation=dataset.counts["validation"],
            practice=practice,
            seed=next(self.seeds),
            suffix=suggest_suffix(project.name, where.suffix_max),
        )
        facts = {name: getattr(made, name) for name in ("base_model", "preset", "hyperparameters", "seed", "suffix", "budget", "key")}
        plan = self.ws.save_plan(
            project.id, now=self.now(), dataset_id=dataset.id, connection_id=where.id, origin=where.origin, estimate={}, **facts
        )
        return self.ws.update_project(project.id, self.now(), plan_id=plan.id), plan

    def trained_here(self, **what: Any) -> Project:
        """A project whose practice model is ready on this machine's own engine."""
        where = connection(HERE)
        project, plan = self.planned(where, "recall", practice=True, **what)
        address = ensure_engine(self.ws.home)
        with make_client(connection(HERE, base_url=address.base_url), address.token) as client:
            self._finished(client, start_training(self.ws, client, plan, now=self.now()))
        return project

    def under_way(self, server: FakeOpenAI) -> Project:
        """A project whose training is at step 40 of 120, for as long as one cares to look."""
        project, record = self._started(server)
        job = str(record.remote_id)
        began = int((self.now() - timedelta(minutes=6)).timestamp())
        server.set_job(job, status="running", created_at=began)
        for step in range(1, 41):
            loss = 0.35 + 2.4 / step**0.6 + 0.08 * ((step * 7) % 5 - 2) / 2
            metrics = {"step": step, "total_steps": 120, "train_loss": round(loss, 4), "train_mean_token_accuracy": round(1 - loss / 4, 4)}
            if step % 10 == 0:
                metrics |= {"valid_loss": round(loss + 0.2, 4), "valid_mean_token_accuracy": round(0.95 - loss / 4, 4)}
            server.add_event(job, f"Step {step}/120: training loss={metrics['train_loss']}", data=metrics, created_at=began + 5 * step)
        return project

    def trained_there(self, server: FakeOpenAI, **what: Any) -> tuple[Project, str]:
        """A project whose model is ready on a fake server, and the model's name; `what` is as for `project`."""
        project, record = self._started(server, **what)
        model = server.succeed(str(record.remote_id))
        with make_client(server_at(server), NO_KEY) as client:
            self._finished(client, record)
        return project, model

    def being_started(self, server: FakeOpenAI) -> Project:
        """A project whose job is being created right now."""
        project, plan = self.planned(server_at(server), BASE)
        self.ws.claim_job(plan.id, 1, self.now())
        return project

    def refused(self) -> Project:
        """A project whose training OpenAI has refused, because it takes no more trainings of this organisation."""
        where = connection("openai")
        project, plan = self.planned(where, "gpt-4.1-mini-2025-04-14")
        record, _ = self.ws.claim_job(plan.id, 1, self.now())
        self.ws.update_job(record.id, state="refused", error=TrainingNotAvailable(host=where.host), looked_at=self.now())
        return project

    def broken_off(self, server: FakeOpenAI) -> Project:
        """A project whose training has failed on its server."""
        project, record = self._started(server)
        assert record.snapshot is not None
        why = ServerError("invalid_training_file", "The file has 4 examples that violate our usage policies.", "training_file")
        job = Job(record.snapshot.id, JobStatus.FAILED, "failed", BASE, created_at=record.snapshot.created_at, error=why)
        self.ws.update_job(record.id, job=job, looked_at=self.now())
        return project

    def compared_so_far(self, project: Project, *, base: str, tuned: str, done: tuple[int, int]) -> None:
        """Begin the comparison as the Compare page does, with some rows answered already."""
        dataset = self.ws.dataset(str(project.dataset_id))
        rows = examples_of(self.ws, dataset, "test")
        origin = connection("custom", base_url=project.base_url).origin
        sides = (Candidate("base", "Before", "custom", origin, base), Candidate("tuned", "After", "custom", origin, tuned))
        for side, answered in zip(sides, done, strict=True):
            run = start_run(self.ws, project.id, side, rows, now=self.now(), dataset_id=dataset.id)
            for row in self.ws.claim_rows(run.id, "before", answered, self.now(), 30):
                self.ws.finish_row(run.id, row.index, owner="before", now=self.now(), answer=row.expected, latency_s=0.8)

    def reading(self) -> Project:
        """A project whose large file is being read by the worker."""
        line = b"How do I change the PIN of card %d?,Cards\n"
        project = self.project(data=b"question,topic\n" + b"".join(line % number for number in range(SMALL + 1)), name="A large file")
        self._at_work("core.prepare.work:prepare", self._prepare_args(project), done=21, total=48)
        return project

    def counting(self) -> Project:
        """A project whose many tokens are being counted by the worker: a file that is too large to be counted while the page waits."""
        line = b"How do I change the PIN of card %d? " + b"I have looked everywhere on your pages. " * 20 + b",%s\n"
        topics = (b"Cards", b"Loans", b"Accounts")
        data = b"question,topic\n" + b"".join(line % (number, topics[number % 3]) for number in range(4_000))
        project, dataset = self.saved(data=data, name="A large file")
        assert self.ws.stored_file(dataset.train_sha).bytes > counting.SMALL
        encoding, exact = encoding_for("recall")
        args = {"sha": dataset.train_sha, "encoding": encoding, "exact": exact}
        self._at_work("core.estimate.work:count", args, done=1_200, total=dataset.counts["train"])
        return project

    def _prepare_args(self, project: Project) -> dict[str, Any]:
        least = connection(project.connection_id, base_url=project.base_url).min_examples
        draft = Draft.from_dict(project.draft).recipe()
        return {"source": project.source, "name": project.source_name, "draft": draft, "min_examples": least}

    def _started(self, server: FakeOpenAI, **what: Any) -> tuple[Project, JobRecord]:
        where = server_at(server)
        self.ws.set_setting(f"address {where.origin}", where.base_url)
        project, plan = self.planned(where, BASE, **what)
        with make_client(where, NO_KEY) as client:
            return project, start_training(self.ws, client, plan, now=self.now())

    def _finished(self, client: Client, record: JobRecord) -> None:
        end = time.monotonic() + 60
        while record.snapshot is None or not record.snapshot.status.is_terminal:
            assert time.monotonic() < end, "the training did not end"
            time.sleep(1.05)  # a look that is no older than a second is shared
            record = look(self.ws, client, record, self.now())
        tell_once(self.ws, record, self.now())  # somebody saw it end, so no note lies over the pictures

    def _at_work(self, kind: str, args: Mapping[str, Any], *, done: int, total: int) -> None:
        """A task that is known to be at work: a process that names the task and does nothing stands in for the worker."""
        task, _ = self.ws.add_task(kind, args, self.now())
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)", task.id])
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        self.ws.begin_task(task.id, process.pid, self.now())
        self.ws.beat_task(task.id, self.now(), done, total)
