"""The downloads and imports of one engine: one at a time in the background, each with its progress, each to be cancelled."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.lora.catalogue import Catalogue, shipped_catalogue
from engine.lora.library import Library
from engine.lora.refusals import Refused

if TYPE_CHECKING:
    from engine.lora.hub import Hub

# what fetches and inspects is imported when it is first needed: the HTTP client and jinja2 would add 0.25 s to an engine's start of 0.35
_LAST_SECONDS = 2.0  # that what is under way gets when the engine closes
MakeHub = Callable[[threading.Event], "Hub"]


@dataclass
class Fetch:
    """One download ("downloading") or import ("importing") that waits or is under way: bytes done, of bytes in all."""

    state: str
    of: int
    done: int = 0
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


def _hub(cancelled: threading.Event) -> "Hub":
    from engine.lora.hub import Hub

    return Hub(cancelled=cancelled)


class Downloads:
    """What is being fetched into a library, in threads of its own: the engine's other background work must not wait for gigabytes.

    They are daemons: an engine that ends does not wait for a hub that says nothing, and half a file is always a `.part`.
    """

    def __init__(
        self,
        library: Library,
        *,
        catalogue: Catalogue | None = None,
        make_hub: MakeHub = _hub,
        touch: Callable[[], None] = lambda: None,
    ) -> None:
        self.library = library
        self.catalogue = shipped_catalogue() if catalogue is None else catalogue
        self._make_hub = make_hub
        self._touch = touch  # an engine that still fetches is not idle
        self._lock = threading.Lock()
        self._under_way: dict[str, Fetch] = {}
        self._problems: dict[str, Refused] = {}
        self._turn = threading.Lock()

    def under_way(self, id: str) -> Fetch | None:
        """The download or import of that name, if there is one."""
        with self._lock:
            return self._under_way.get(id)

    def names(self) -> tuple[str, ...]:
        """Everything that waits or is under way."""
        with self._lock:
            return tuple(self._under_way)

    def problem(self, id: str) -> Refused | None:
        """Why the last download or import of that name came to nothing."""
        with self._lock:
            return self._problems.get(id)

    def start(self, id: str) -> Fetch:
        """Begin to fetch a model of the list, or go on with it; asking twice changes nothing. Raises Refused."""
        model = self.catalogue.models.get(id)
        if model is None:
            raise Refused("unknown_base", id=id[:80])
        if id in self.library.ready():
            raise Refused("taken", id=id)

        def work(fetch: Fetch) -> None:
            from engine.lora.download import download

            if id in self.library.ids():  # damaged: what lies there makes room
                self.library.remove(id)
            with self._make_hub(fetch.cancelled) as hub:
                download(self.library, model, hub, heard=lambda done, of: self._heard(fetch, done, of), catalogue=self.catalogue)

        return self._begin(id, Fetch("downloading", model.bytes), work)

    def import_folder(self, folder: Path, id: str | None) -> tuple[str, Fetch]:
        """Look through a folder now, and take it in in the background; its name. Raises Refused."""
        from engine.lora.importing import import_folder, look_at

        about = look_at(self.library, folder, id, catalogue=self.catalogue).about
        if self.under_way(about.id) is not None:
            raise Refused("busy", id=about.id)

        def work(fetch: Fetch) -> None:
            def heard(number: int) -> None:
                if fetch.cancelled.is_set():
                    raise Refused("cancelled")
                self._heard(fetch, fetch.done + number, fetch.of)

            import_folder(self.library, folder, about.id, heard=heard, catalogue=self.catalogue)

        return about.id, self._begin(about.id, Fetch("importing", about.bytes), work)

    def cancel(self, id: str) -> bool:
        """Stop a download or import; False where there is none. What has come of a download stays."""
        fetch = self.under_way(id)
        if fetch is not None:
            fetch.cancelled.set()
        return fetch is not None

    def remove(self, id: str) -> None:
        """Cancel, and delete what lies here; raises KeyError where there is nothing of that name."""
        cancelled = self.cancel(id)
        with self._lock:
            known = self._problems.pop(id, None) is not None
        try:
            if not cancelled:
                self.library.remove(id)
        except KeyError:
            if not known:
                raise

    def close(self) -> None:
        """Stop everything; the engine ends."""
        with self._lock:
            under_way = list(self._under_way.values())
        for fetch in under_way:
            fetch.cancelled.set()
        for fetch in under_way:
            fetch.ended.wait(_LAST_SECONDS / len(under_way))

    def _begin(self, id: str, fetch: Fetch, work: Callable[[Fetch], None]) -> Fetch:
        with self._lock:
            found = self._under_way.get(id)
            if found is not None:
                if found.cancelled.is_set():
                    raise Refused("busy", id=id)
                return found
            self._under_way[id] = fetch
            self._problems.pop(id, None)
        threading.Thread(target=self._run, args=(id, fetch, work), name=f"fetch {id}", daemon=True).start()
        return fetch

    def _run(self, id: str, fetch: Fetch, work: Callable[[Fetch], None]) -> None:
        problem: Refused | None = Refused("fault")
        try:
            while not self._turn.acquire(timeout=0.1):
                if fetch.cancelled.is_set():
                    break
            else:
                try:
                    work(fetch)
                finally:
                    self._turn.release()
            problem = None
        except Refused as refused:
            problem = refused
        finally:
            with self._lock:
                self._under_way.pop(id, None)
                if problem is not None and problem.code != "cancelled":
                    self._problems[id] = problem
            fetch.ended.set()
            self._touch()

    def _heard(self, fetch: Fetch, done: int, of: int) -> None:
        fetch.done, fetch.of = done, of
        self._touch()
