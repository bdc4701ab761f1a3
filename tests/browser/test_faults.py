"""A whole walk with a proxy between the app and its engine that fails in every way that servers fail: plain words, and the right end."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from core.base.remote import JobStatus
from core.io.connections import connection
from core.io.openai_calls import all_events, list_jobs, make_client
from core.io.workspace import open_workspace
from tests.app_process import App, running_app
from tests.browser.walk import WAIT, Walk, easy_labels
from tests.engine_process import EngineProcess, start_engine
from tests.servers import faults
from tests.servers.proxy import Bend, Proxy, out_of_order, repeated, saying

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]  # a minute and a half, and several on a busy machine
JOB = "GET /fine_tuning/jobs/{id}"
EVENTS = "GET /fine_tuning/jobs/{id}/events"
CREATE = "POST /fine_tuning/jobs"
CHAT = "POST /chat/completions"
RUNS = "Pause"  # the button that only a training under way has
STEP = re.compile(r"Step [\d,]+ of [\d,]+")
# what only a programmer says; the server's own words stand in "Technical details", which are folded away
NOT_PLAIN = re.compile(r"<html|Bad Gateway|Traceback|JSON|Error code|HTTP \d|Exception|\bNone\b|\bnull\b|_not_found")


@contextmanager
def behind_a_proxy(home: Path) -> Iterator[tuple[App, EngineProcess, Proxy]]:
    """An app whose own engine is reached through a proxy: the note in which the app finds the engine names the proxy's port."""
    with start_engine(home / "engine") as engine, Proxy(engine.base_url, engine.token) as proxy:
        note = home / "engine" / "engine.json"
        told = json.loads(note.read_text("utf-8")) | {"base_url": proxy.base_url, "port": proxy.port}
        with os.fdopen(os.open(note, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as file:  # its mode stays 0600
            json.dump(told, file)
        with running_app(home) as app:
            yield app, engine, proxy


def held(engine: EngineProcess) -> list[psutil.Process]:
    """Let the training stand still, to be resumed: it need then be no longer than the walk has patience for, however slow the machine."""
    workers = [one for one in psutil.Process(engine.process.pid).children(recursive=True) if "engine.worker" in " ".join(one.cmdline())]
    assert workers
    for one in workers:
        one.suspend()
    return workers


def told(page: Page, sentence: str) -> None:
    """The page says so, in plain words alone."""
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main.get_by_text(sentence, exact=False).filter(visible=True).first).to_be_visible(timeout=WAIT)
    assert not NOT_PLAIN.search(words := main.inner_text()), words


def test_a_whole_walk_while_everything_between_app_and_engine_fails(tmp_path: Path, open_page: Callable[..., Page]) -> None:
    with behind_a_proxy(tmp_path) as (app, engine, proxy):
        walk = Walk(open_page(app.url))
        page = walk.page
        walk.upload(easy_labels(tmp_path, 250))
        walk.save()
        walk.estimate()
        walk.plan()
        walk.take_long(12)

        # Train: asked to go slower, then a fault, then a gateway's page although the job was made
        proxy.fail("POST /files", faults.too_fast("20"))
        walk.click("Start training")
        told(page, "This machine asks to go slower.")
        walk.settled()
        proxy.fail("POST /files", faults.refuse(500))
        walk.click("Start training")
        told(page, "had a fault")
        walk.settled()
        proxy.fail(CREATE, faults.html(502, acts=True))
        walk.click("Start training")
        walk.at("Monitor")
        expect(page.get_by_text(STEP)).to_be_visible(timeout=WAIT)
        assert proxy.creates == 1
        learning = held(engine)

        # Monitor: each fault stays until its sentence is read; the last known state stays, too
        for fault, sentence in (
            (faults.too_fast("20"), "This machine asks to go slower."),
            (faults.refuse(500), "This machine had a fault of its own."),
            (faults.html(502), "This machine had a fault of its own."),
            (faults.cut(), "broke off before the answer was complete"),
            (faults.half(), "gave an answer that cannot be read"),
            (faults.refuse(404, "fine_tune_not_found"), "no longer knows this training"),
        ):
            proxy.fail(JOB, fault, always=True)
            told(page, sentence)
            proxy.heal()
            expect(page.get_by_test_id("stAlertContentError")).to_have_count(0, timeout=WAIT)
            expect(page.get_by_text(STEP)).to_be_visible(timeout=WAIT)
        bent: tuple[tuple[str, Bend, str], ...] = (
            (JOB, saying(status="polishing"), "Unknown state: polishing"),
            (JOB, saying(error=None), RUNS),
            (JOB, saying(error={"code": None, "message": None, "param": None}), RUNS),
            (EVENTS, out_of_order, RUNS),
            (EVENTS, repeated, RUNS),
        )
        for route, bend, sentence in bent:
            proxy.bend(route, bend)
            seen = len(proxy.seen(route))
            told(page, sentence)
            while len(proxy.seen(route)) < seen + 2:
                page.wait_for_timeout(100)
            proxy.heal()
        proxy.fail(JOB, faults.slow(3))
        page.wait_for_timeout(3_500)
        told(page, RUNS)

        for process in learning:
            process.resume()
        # it ends right, and what is on this machine is what the engine says: nothing lost, nothing twice, in its order
        expect(page.get_by_role("button", name="Try the model")).to_be_visible(timeout=5 * WAIT)
        told(page, "Finished")
        where = connection("this-machine", base_url=engine.base_url)
        with make_client(where, engine.token) as straight, open_workspace(app.home) as ws:
            (job,) = list_jobs(straight)
            (record,) = ws.jobs(ws.projects()[0].id)
            assert job.status is JobStatus.SUCCEEDED and record.remote_id == job.id and record.error is None
            assert record.snapshot == job
            theirs = sorted(all_events(straight, job.id, set()), key=lambda event: event.id)
            assert sorted(ws.events(record.id), key=lambda event: event.id) == theirs

        # Playground: a reply that breaks off, and the question asked again
        walk.click("Try the model")
        walk.at("Playground")
        proxy.fail(CHAT, faults.cut_stream(0), faults.html(502))
        walk.suggestion().click()
        expect(page.locator(".st-key-anew button")).to_be_visible(timeout=WAIT)
        walk.settled()
        told(page, "broke off")
        told(page, "had a fault")
        proxy.heal()
        walk.click("Start a new conversation")
        walk.settled()
        walk.suggestion().click()
        expect(page.get_by_role("button", name="Next: Compare")).to_be_visible(timeout=WAIT)
        assert page.get_by_test_id("stAlertContentError").count() == 0
