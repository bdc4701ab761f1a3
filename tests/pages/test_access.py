"""Estimate says whether the connection can train and until when, beside the page and without ever showing the key."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.base.errors import TrainingNotAvailable
from core.base.remote import Job, JobStatus
from core.estimate import probe as probing
from core.io.connections import connection
from core.io.openai_calls import make_client
from core.io.workspace import Project, Workspace
from pages.ui import access, probe, state
from tests.pages.conftest import NOW, ROOT
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE as MINI

Open = Callable[..., AppTest]
MODELS, JOBS = "GET /models", "GET /fine_tuning/jobs"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def server(running: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> FakeOpenAI:
    """The server behind a page whose clock stands and whose first look is patient, so that a busy machine changes nothing."""
    running.reset()
    monkeypatch.setattr(access, "_QUICK_S", 5.0)
    monkeypatch.setattr("pages.ui.state.now", lambda: NOW)
    probe._askings.clear()
    return running


@pytest.fixture
def theirs(bank: Project, ws: Workspace, server: FakeOpenAI) -> Project:
    return ws.update_project(bank.id, bank.updated_at, connection_id="custom", base_url=server.base_url)


@pytest.fixture
def openai(bank: Project, ws: Workspace, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The bank project on OpenAI, whose place the fake server takes."""
    monkeypatch.setenv("OPENAI_API_KEY", server.key)
    make = probing_client(server)
    monkeypatch.setattr(probe, "make_client", make)
    return ws.update_project(bank.id, bank.updated_at, connection_id="openai")


def probing_client(server: FakeOpenAI) -> Callable[..., object]:
    return lambda where, key, **how: make_client(replace(where, base_url=server.base_url), key, **how)


def texts(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.error, *app.success, *app.info, *app.warning, *app.header, *app.code)
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def asked(project: Project, server: FakeOpenAI, key: str | None = None) -> AppTest:
    """Estimate, where the key has been typed and the base model been named."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.session_state[state.TYPED_KEYS] = {connection("custom", base_url=project.base_url).origin: key or server.key}
    app.session_state[f"base_{project.id}_custom"] = MINI
    app.switch_page("pages/estimate.py")
    app.query_params["project"] = project.id
    app.run()
    assert not app.exception
    return app


def add_job(server: FakeOpenAI, *, created: datetime, model: str | None = None) -> None:
    server.jobs["ftjob-9"] = {
        "object": "fine_tuning.job",
        "id": "ftjob-9",
        "created_at": int(created.timestamp()),
        "status": "succeeded",
        "model": MINI,
        "fine_tuned_model": model,
        "metadata": None,
    }


def test_a_server_with_trainings_can_train(theirs: Project, server: FakeOpenAI) -> None:
    add_job(server, created=NOW)
    app = asked(theirs, server)
    assert any("can train this" in box.value for box in app.success)
    told = texts(app)
    assert "it accepts the key" in told and "1 model" in told and "1 training" in told and "it answered in" in told


def test_a_wrong_key_is_said_to_be_wrong_and_no_verdict_is_given(theirs: Project, server: FakeOpenAI) -> None:
    app = asked(theirs, server, "sk-proj-wrong0123456789abcdefgh")
    assert "does not accept this API key" in texts(app) and "it does not accept the key" in texts(app)
    assert "shows only when" not in texts(app) and app.metric, "the rest of the page is there"
    assert "sk-proj-wrong" not in texts(app)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_train_learns_what_to_allow(theirs: Project, server: FakeOpenAI, status: int) -> None:
    server.fail(JOBS, faults.missing_scopes("api.fine_tuning.jobs.read", status=status), always=True)
    app = asked(theirs, server)
    told = texts(app)
    assert any("cannot train this" in box.value for box in app.error)
    assert "to see and start trainings (“Fine-tuning”: Write)" in told and "does not accept" not in told
    assert "Missing scopes: api.fine_tuning.jobs.read" in told, "the server's own words"
    assert app.button(key="stay_here") and app.button(key="go_over_openai")


def test_a_key_that_may_not_list_models_is_judged_by_its_trainings(theirs: Project, server: FakeOpenAI) -> None:
    server.fail(MODELS, faults.missing_scopes("api.model.read"), always=True)
    add_job(server, created=NOW)
    app = asked(theirs, server)
    assert any("can train this" in box.value for box in app.success)
    assert "to see the list of models (“List models”: Read)" in texts(app)


def test_a_refused_organisation_is_one_click_from_this_machine(theirs: Project, server: FakeOpenAI) -> None:
    server.fail(JOBS, faults.training_not_available(), always=True)
    app = asked(theirs, server)
    assert any("cannot train this" in box.value for box in app.error) and "may not train any more" in texts(app)
    assert "winding down" in texts(app)
    app.button(key="stay_here").click().run()
    assert not app.exception and any("This machine can train this" in box.value for box in app.success)


def test_a_refused_organisation_is_one_click_from_another_connection(theirs: Project, server: FakeOpenAI) -> None:
    server.fail(JOBS, faults.training_not_available(), always=True)
    app = asked(theirs, server)
    app.button(key="go_over_openai").click().run()
    assert not app.exception
    assert next(box for box in app.sidebar.selectbox if box.label == "Train and answer with").value == "openai"
    assert "Type its API key in the sidebar to ask it." in texts(app)


def test_what_was_chosen_goes_along_to_another_connection(theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    origin = connection("custom", base_url=server.base_url).origin
    here = {"base_model": MINI, "preset": "careful", "by_hand": {"n_epochs": 7}}
    there = {"base_model": "gpt-4.1-2025-04-14", "preset": "quick"}
    ws.set_setting(f"choices/{theirs.id}/", {"last": origin, "at": {"https://api.openai.com": there, origin: here}})
    server.fail(JOBS, faults.training_not_available(), always=True)
    app = asked(theirs, server)
    app.button(key="go_over_openai").click().run()
    assert not app.exception
    kept = ws.get_setting(f"choices/{theirs.id}/")["at"]["https://api.openai.com"]
    assert (kept["preset"], kept["by_hand"], kept["base_model"]) == ("careful", {"n_epochs": 7}, MINI)


def test_a_server_that_only_chats_will_probably_refuse(theirs: Project, server: FakeOpenAI) -> None:
    server.fail(JOBS, faults.say(404, {"detail": "Not Found"}), always=True)
    app = asked(theirs, server)
    assert any("will probably refuse" in box.value for box in app.warning) and "has no list of trainings" in texts(app)


def test_an_address_with_nothing_behind_it_is_doubted(theirs: Project, server: FakeOpenAI) -> None:
    for route in (MODELS, JOBS):
        server.fail(route, faults.refuse(404), always=True)
    assert "most end in /v1" in texts(asked(theirs, server))


def test_an_empty_list_says_that_only_starting_tells(theirs: Project, server: FakeOpenAI) -> None:
    assert any("shows only when the training starts" in box.value for box in asked(theirs, server).info)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.too_fast(), "asks to go slower"),
        (faults.no_credit(), "has no credit left"),
        (faults.html(502), "had a fault of its own"),
        (faults.html(200), "gave an answer that cannot be read"),
    ],
)
def test_what_hinders_the_asking_is_said_and_asked_again(
    theirs: Project, server: FakeOpenAI, fault: faults.Fault, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for route in (MODELS, JOBS):
        server.fail(route, fault, always=True)
    app = asked(theirs, server)
    assert words in texts(app) and app.metric, "the rest of the page is there"
    server.heal()
    monkeypatch.setattr(probing, "JUST_NOW_S", 0.0)
    app.button(key="ask_anew_custom").click().run()
    assert not app.exception and words not in texts(app) and "it accepts the key" in texts(app)


def test_a_server_that_is_away_hinders_no_page(theirs: Project, ws: Workspace, server: FakeOpenAI) -> None:
    away = ws.update_project(theirs.id, theirs.updated_at, base_url="http://127.0.0.1:9/v1")
    app = asked(away, server)
    assert "cannot be reached" in texts(app) and "it was not reached" in texts(app) and app.metric


def test_a_slow_server_is_not_waited_for(theirs: Project, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_QUICK_S", 0.05)
    server.fail(MODELS, faults.slow(1.5), always=True)
    began = time.monotonic()
    app = asked(theirs, server)
    assert "Asking 127.0.0.1" in texts(app) and app.metric and all(not key.startswith("ask_") for key in _keys(app))
    monkeypatch.setattr(access, "SLOW_S", 0.0)
    app.run()
    if time.monotonic() - began < 1.4:
        assert "takes its time" in texts(app) and app.button(key="ask_slow_custom")
    monkeypatch.setattr(access, "_QUICK_S", 5.0)
    app.run()
    assert "takes its time" not in texts(app) and "it accepts the key" in texts(app)


def _keys(app: AppTest) -> list[str]:
    return [button.key or "" for button in app.button]


def test_it_is_asked_once_however_often_the_page_runs(theirs: Project, server: FakeOpenAI) -> None:
    app = asked(theirs, server)
    for _ in range(3):
        app.run()
    assert [request.route for request in server.requests] == [MODELS, JOBS]


def test_nothing_is_asked_of_openai_without_a_key(open_app: Open, bank: Project, ws: Workspace, server: FakeOpenAI) -> None:
    app = open_app("estimate", ws.update_project(bank.id, bank.updated_at, connection_id="openai"))
    assert "Type its API key in the sidebar to ask it." in texts(app) and server.requests == []
    assert "New trainings end there on January 6, 2027. Days left: 45." in texts(app)
    assert "Since July 2, 2026 only accounts whose fine-tuned models answered something in the last 60 days may train." in texts(app)


def test_openais_days_are_a_timeline_with_a_table(open_app: Open, openai: Project, server: FakeOpenAI) -> None:
    tuned = f"ft:{MINI}:acme::abc"
    server.models.append({"id": tuned, "object": "model", "created": 1_790_000_000, "owned_by": "acme", "shutdown_date": "2026-12-24"})
    add_job(server, created=NOW - timedelta(days=3), model=tuned)
    app = open_app("estimate", openai)
    assert not app.exception and any("will probably train this" in box.value for box in app.info)
    assert "Until when" in [header.value for header in app.main.header] and "The days as they were read on November 22, 2026" in texts(app)
    assert "Tunesmith does not need OpenAI Evals" in texts(app)
    app.session_state["ends_openai_table"] = True
    app.run()
    table = next(frame.value for frame in app.dataframe if "Last day" in frame.value.columns)
    assert table.values.tolist() == [
        ["OpenAI Evals", "November 30, 2026", 8, "https://developers.openai.com/api/docs/deprecations"],
        [tuned, "December 24, 2026", 32, "the server"],
        ["New trainings", "January 6, 2027", 45, "https://developers.openai.com/api/docs/deprecations"],
        ["GPT-4.1 mini", "January 14, 2027", 53, "the server"],
    ]


def test_an_account_without_trainings_will_probably_be_refused(open_app: Open, openai: Project) -> None:
    app = open_app("estimate", openai)
    assert any("will probably refuse" in box.value and "accounts like it are refused" in box.value for box in app.warning)
    assert app.button(key="stay_here") and app.button(key="go_over_custom")


def test_a_refusal_of_yesterday_is_remembered_until_a_training_is_let_in(
    open_app: Open, openai: Project, ws: Workspace, server: FakeOpenAI
) -> None:
    where = connection("openai")
    facts = {"base_model": MINI, "preset": "balanced", "hyperparameters": {}, "seed": 1, "suffix": "", "budget": None, "estimate": {}}
    plan = ws.save_plan(
        openai.id, now=NOW, dataset_id=str(openai.dataset_id), connection_id="openai", origin=where.origin, key="k" * 64, **facts
    )
    record, _ = ws.claim_job(plan.id, 1, NOW - timedelta(days=1))
    ws.update_job(record.id, state="refused", error=TrainingNotAvailable(host=where.host))
    app = open_app("estimate", openai)
    assert any("cannot train this" in box.value and "November 21, 2026" in box.value for box in app.error)
    add_job(server, created=NOW - timedelta(hours=1))
    probe._askings.clear()
    assert any("will probably train this" in box.value for box in open_app("estimate", openai).info)


@pytest.mark.parametrize("spoil", [faults.refuse(401, "invalid_api_key", "Bad: {key}"), faults.refuse(403, None, "No: {key}")])
def test_the_key_is_shown_nowhere(theirs: Project, server: FakeOpenAI, spoil: faults.Fault) -> None:
    body = {"error": {**spoil.body["error"], "message": f"Not this: {server.key}"}}
    server.fail(MODELS, faults.say(spoil.status or 401, body), always=True)
    app = asked(theirs, server)
    assert "[key]" in texts(app) and server.key not in texts(app)


def test_train_says_when_the_chosen_model_ends(open_app: Open, openai: Project) -> None:
    told = texts(open_app("train", openai))
    assert "New trainings end on January 6, 2027; GPT-4.1 mini and every model trained from it stop answering on January 14, 2027." in told


def test_train_on_this_machine_speaks_of_no_end(open_app: Open, bank: Project) -> None:
    assert "stop answering" not in texts(open_app("train", bank))


@pytest.mark.parametrize("screen", ["monitor", "playground"])
def test_a_trained_model_says_when_it_ends(open_app: Open, openai: Project, ws: Workspace, screen: str) -> None:
    where = connection("openai")
    facts = {"base_model": MINI, "preset": "balanced", "hyperparameters": {}, "seed": 1, "suffix": "", "budget": None, "estimate": {}}
    plan = ws.save_plan(
        openai.id, now=NOW, dataset_id=str(openai.dataset_id), connection_id="openai", origin=where.origin, key="k" * 64, **facts
    )
    record, _ = ws.claim_job(plan.id, 1, NOW)
    job = Job("ftjob-1", JobStatus.SUCCEEDED, "succeeded", MINI, f"ft:{MINI}:acme::abc", datetime(2026, 11, 1, tzinfo=UTC))
    ws.update_job(record.id, state="created", remote_id="ftjob-1", job=job, looked_at=NOW)
    app = open_app(screen, openai)
    assert not app.exception
    assert "GPT-4.1 mini and every model trained from it stop answering on January 14, 2027. Days left: 53." in texts(app)
    assert "New trainings end" not in texts(app)


@pytest.mark.parametrize(
    ("host", "told"), [("acme.openai.azure.com", "April 1, 2027"), ("api.openai.com", "January 6, 2027"), ("models.example", "")]
)
def test_an_address_that_was_typed_has_the_days_of_whoever_is_behind_it(host: str, told: str, ws: Workspace) -> None:
    def page(host):  # type: ignore[no-untyped-def]
        from core.io.connections import BaseModel, connection
        from pages.ui import ending

        ending.show(connection("custom", base_url=f"https://{host}/v1"), BaseModel("gpt-4.1-mini-2025-04-14", "GPT"), trains=True)

    app = AppTest.from_function(page, default_timeout=30, args=(host,)).run()
    assert not app.exception
    assert [told in caption.value for caption in app.caption] == ([True] if told else [])
