"""The fault matrix: every break of a start on both kinds of server; the table is printed at the end of the run."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.io.openai_calls import Client, create_job
from core.train.reconcile import REMOTE
from tests.servers import faults
from tests.train.matrix import BEING_STARTED, CANNOT_TELL, CREATE, NOT_STARTED, RUNNING, UPLOAD, WORLDS, World, world
from tests.train.workbench import DAY, make_workspace

SETTLED = timedelta(seconds=REMOTE.settle_s + 10)
Break = Callable[[World], None]


@pytest.fixture(params=WORLDS)
def here(request: pytest.FixtureRequest, tmp_path: Path, engine_server: Any) -> Iterator[World]:
    with world(request.param, tmp_path / "home", engine_server) as made:
        yield made


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def double_click(here: World) -> None:
    here.server.fail(CREATE, faults.slow(0.3))
    here.together(here.click, here.click)


def two_tabs(here: World) -> None:
    here.server.fail(CREATE, faults.slow(0.3))
    with make_workspace(here.ws.home) as other:
        here.together(here.click, lambda: here.click(ws=other))


def f5_during_the_call(here: World) -> None:
    """A refresh opens a new run of the page while the old one still waits for the answer."""
    here.server.fail(CREATE, faults.slow(1.5))
    seen: list[str] = []

    def refreshed() -> None:
        wait_for(lambda: here.server.seen(CREATE))
        seen.append(here.says())
        seen.append(here.click().state)

    here.together(here.click, refreshed)
    # the job is there before its answer is: a refreshed page may find it by then, and must not offer Start
    assert seen[0] in (BEING_STARTED, RUNNING) and seen[1] in ("creating", "created")


def stopped_in_the_call(here: World) -> None:
    """The run of the page is ended from within, as Streamlit does it, while the answer is under way."""

    class Stopped(BaseException):
        pass

    def stop(client: Client, **asked: Any) -> None:
        create_job(client, **asked)
        raise Stopped

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped):
        patch.setattr("core.train.start.create_job", stop)
        here.click()


def killed(route: str, fault: faults.Fault, jobs: int) -> Break:
    def do(here: World) -> None:
        here.server.fail(route, fault)
        app = here.app()
        try:
            wait_for(lambda: here.server.seen(route))
            wait_for(lambda: len(here.jobs()) == jobs)
        finally:
            app.kill()
            app.communicate()
        here.server.heal()

    return do


def killed_after(here: World) -> None:
    assert here.app().communicate(timeout=60)[0] == "created\n"


def broken(fault: faults.Fault, *, unseen: bool = False) -> Break:
    """The call fails in this way; with `unseen` the server cannot be asked what became of it either."""

    def do(here: World) -> None:
        here.server.fail(CREATE, fault)
        if unseen:
            here.server.fail("GET /fine_tuning/jobs", faults.refuse(503), always=True)
        here.click()
        if unseen:
            assert here.says(later=DAY) == CANNOT_TELL and not here.click(later=DAY).remote_id
            here.server.heal()

    return do


def timed_out(here: World) -> None:
    here.server.fail(CREATE, faults.slow(0.8))
    with here.hasty() as client:
        here.click(client=client)
    time.sleep(0.8)


def next_day(here: World) -> None:
    here.click()
    here.click(later=DAY)


# break -> (what happens, what may be said right after it)
BREAKS: dict[str, tuple[Break, tuple[str, ...]]] = {
    "double click": (double_click, (RUNNING,)),
    "two tabs": (two_tabs, (RUNNING,)),
    "F5 during the call": (f5_during_the_call, (RUNNING,)),
    "run of the page ended during the call": (stopped_in_the_call, (RUNNING,)),
    "kill -9 before the call": (killed(UPLOAD, faults.slow(20), 0), (NOT_STARTED,)),
    "kill -9 during the call, not carried out": (killed(CREATE, faults.slow(20, acts=False), 0), (CANNOT_TELL,)),
    "kill -9 during the call, carried out": (killed(CREATE, faults.slow(20), 1), (RUNNING,)),
    "kill -9 after the call": (killed_after, (RUNNING,)),
    "500 and nothing done": (broken(faults.refuse(500)), (CANNOT_TELL,)),
    "500 after the server did create": (broken(faults.refuse(500, acts=True)), (RUNNING,)),
    "502 in HTML after the server did create": (broken(faults.html(acts=True)), (RUNNING,)),
    "time-out after the server did create": (timed_out, (RUNNING,)),
    "lost answer": (broken(faults.drop(acts=True)), (RUNNING,)),
    "lost answer, and no list to look in": (broken(faults.drop(acts=True), unseen=True), (RUNNING,)),
    "answer cut in the middle": (broken(faults.cut()), (RUNNING,)),
    "retried click the next day": (next_day, (RUNNING,)),
}


@pytest.mark.parametrize("name", list(BREAKS))
def test_whatever_breaks_there_is_one_job_and_the_truth_is_told(
    here: World, name: str, record_property: Callable[[str, object], None]
) -> None:
    happens, may_say = BREAKS[name]
    happens(here)
    after = here.jobs()
    said = here.says()
    assert len(after) <= 1 and said in may_say
    # never "not started" where there is a job, never "running" where there is none
    assert (said == RUNNING) == bool(after) or said == CANNOT_TELL
    assert here.says(later=SETTLED) in (RUNNING, NOT_STARTED), "it does not stay in doubt where the server can be asked"
    # nothing is lost: the plan, its files and its one record are there, and a click ends in the one job
    record = here.click(later=SETTLED)
    assert (record.state, record.attempt, [record.remote_id]) == ("created", 1, here.jobs())
    assert here.click(later=DAY).id == record.id and len(here.jobs()) == 1
    dataset = here.ws.dataset(here.ws.plan(here.plan.id).dataset_id)
    assert here.ws.read_file(dataset.train_sha) and [job.id for job in here.ws.jobs(here.plan.project_id)] == [record.id]
    record_property("fault", (name, here.kind, len(after), said, len(here.jobs())))
