"""Whatever JSON a client sends, it gets an answer in words: the readers of requests raise nothing but their own refusals."""

import asyncio
import errno
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from core.base.errors import WorkspaceError
from engine.app import create_app
from engine.batching import Batching
from engine.chat_params import chat_request
from engine.guard import Activity
from engine.job_params import new_job
from engine.learners.registry import Registry
from engine.lora.downloads import Downloads
from engine.lora.library import Library
from engine.lora.paces import Paces
from engine.lora.parcels import Parcels
from engine.processes import spawn_worker
from engine.queue import Queue
from engine.services import Services
from engine.serving import Shelf
from engine.store import Store, open_store
from engine.wire import ApiError
from tests.engine import fake_learner

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just("auto"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.lists(st.fixed_dictionaries({"type": st.just("text") | ANYTHING, "text": st.text(max_size=3) | ANYTHING}), max_size=2)
ROLES = st.sampled_from(["user", "assistant", "system"]) | ANYTHING
CONTENT = st.text(max_size=3) | PARTS | ANYTHING
MESSAGES = st.lists(st.fixed_dictionaries({"role": ROLES, "content": CONTENT}), min_size=1, max_size=3)
CHAT = ("temperature", "n", "stop", "stream", "stream_options", "max_tokens", "seed", "tools", "other")
JOB = ("suffix", "seed", "metadata", "integrations", "validation_file")
HYPERPARAMETERS = st.fixed_dictionaries({}, optional={"n_epochs": ANYTHING, "batch_size": ANYTHING, "learning_rate_multiplier": ANYTHING})
METHOD = st.fixed_dictionaries({"type": st.just("supervised"), "supervised": st.fixed_dictionaries({"hyperparameters": HYPERPARAMETERS})})
FUZZ = settings(max_examples=150, deadline=None, database=None)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("params"))
    (opened.temporary / "x").write_bytes(b"{}")
    opened.files.keep(opened.temporary / "x", filename="x.jsonl", purpose="fine-tune", now=1)
    yield opened
    opened.close()


@FUZZ
@given(
    body=st.fixed_dictionaries(
        {"model": st.just("m") | ANYTHING, "messages": MESSAGES | ANYTHING},
        optional=dict.fromkeys(CHAT, ANYTHING),
    )
)
def test_any_chat_body_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        wish = chat_request(body)
    except ApiError as error:
        assert error.status == 400
        assert error.message and len(error.message) < 500
    else:
        assert wish.messages and all(isinstance(message.content, str) for message in wish.messages)
        assert wish.max_tokens is None or wish.max_tokens > 0


@FUZZ
@given(
    body=st.fixed_dictionaries(
        {"model": st.just("fake") | ANYTHING},
        optional={
            "hyperparameters": HYPERPARAMETERS | ANYTHING,
            "method": METHOD | ANYTHING,
            **dict.fromkeys(JOB, ANYTHING),
        },
    )
)
def test_any_job_body_is_read_or_refused(body: dict[str, Any], store: Store) -> None:
    file_id = store.files.page(purpose=None, after=None, limit=1, newest_first=True).rows[0].id
    try:
        wish = new_job({"training_file": file_id, **body}, store, fake_learner.REGISTRY)
    except ApiError as error:
        assert error.status == 400
        assert error.message and len(error.message) < 500
    else:
        assert wish.asked["n_epochs"] == "auto" or 1 <= wish.asked["n_epochs"] <= 50
        assert 0 <= wish.seed < 2**31
        json.dumps([wish.asked, wish.metadata])


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 507, "The disk of this machine is full."),
        (WorkspaceError("The model {name} is damaged.", "Train again.", name="x"), 500, "The model x is damaged. Train again."),
        (ZeroDivisionError("secret"), 500, "The server had an error while processing your request."),
    ],
)
def test_a_fault_on_the_way_is_told_in_openais_shape(error: Exception, status: int, words: str, store: Store) -> None:
    registry = Registry({})
    background = ThreadPoolExecutor(1)
    downloads = Downloads(Library(store.home / "bases"))
    app = create_app(
        Services(
            store,
            registry,
            Shelf(store, registry),
            Queue(store, spawn_worker),
            Batching(store, Shelf(store, registry), touch=lambda: None),
            Activity(),
            background,
            downloads,
            Parcels(store.home / "takeaway"),
            Paces(downloads.library),
            "token",
        )
    )

    def broken(request: Request) -> None:
        raise error

    app.add_route("/v1/broken", broken)  # type: ignore[arg-type]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"authorization", b"Bearer token")]
    scope = {"type": "http", "method": "GET", "path": "/v1/broken", "query_string": b"", "headers": headers, "http_version": "1.1"}
    try:
        asyncio.run(app(scope, receive, send))
    except ZeroDivisionError:
        assert isinstance(error, ZeroDivisionError), "only a real fault goes on to the log"
    assert sent[0]["status"] == status
    told = json.loads(sent[1]["body"])["error"]
    assert told["message"].startswith(words)
    assert "secret" not in told["message"]
