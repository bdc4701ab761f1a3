"""What the routes work with; one object, made at start, kept in the app's state."""

from concurrent.futures import Executor
from dataclasses import dataclass

from starlette.requests import Request

from engine.batching import Batching
from engine.guard import Activity
from engine.learners.registry import Registry
from engine.lora.downloads import Downloads
from engine.lora.library import Library
from engine.lora.paces import Paces
from engine.lora.parcels import Parcels
from engine.queue import Queue
from engine.serving import Shelf
from engine.store import Store

MAX_UPLOAD = 512 * 2**20  # bytes; as OpenAI's Files API
# as OpenAI's Uploads API (openai 3.54.0, resources/uploads: "at most 64 MB" a part, "at most 8 GB in total")
MAX_PART = 64 * 2**20
MAX_IN_PARTS = 8 * 2**30


@dataclass(frozen=True)
class Services:
    """The parts of one running engine."""

    store: Store
    registry: Registry
    shelf: Shelf
    queue: Queue
    batching: Batching
    activity: Activity
    background: Executor
    downloads: Downloads
    parcels: Parcels
    paces: Paces
    token: str
    max_upload: int = MAX_UPLOAD

    @property
    def library(self) -> Library:
        """The base models on this machine."""
        return self.downloads.library


def services(request: Request) -> Services:
    """The services of the app that serves this request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found
