"""Answering: which models are in memory, and one chat completion from request to counted reply."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.base.vocabulary import encoder
from engine.chat_params import ChatRequest
from engine.counting import ENCODING, cut, prompt_tokens
from engine.learners import Model
from engine.learners.registry import Registry
from engine.store import Store


@dataclass(frozen=True)
class Completion:
    """One reply, cut as asked; `ignored` are the parameters given that changed nothing."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    fingerprint: str
    ignored: tuple[str, ...]
    notes: Mapping[str, Any]


class Shelf:
    """The models in memory, the least recently used one making room; safe to use from several threads."""

    def __init__(self, store: Store, registry: Registry, size: int = 8) -> None:
        self._store = store
        self._registry = registry
        self._size = size
        self._models: OrderedDict[str, Model] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def get(self, name: str) -> Model:
        """The model of that name, loaded if need be; raises KeyError where there is none."""
        stored = self._store.models.get(name)
        if stored is None and name not in self._registry.base_models:
            raise KeyError(name)
        found = self._cached(name)
        if found is not None:
            return found
        with self._loading:  # two first requests load it once
            found = self._cached(name)
            if found is None:
                if stored is None:
                    found = self._registry.learner(name).base(name)
                else:
                    folder = self._store.models.path(stored)
                    if not folder.exists():  # deleted in between
                        raise KeyError(name)
                    found = self._registry.learner(stored.base_model).load(folder)
                with self._lock:
                    self._models[name] = found
                    while len(self._models) > self._size:
                        self._models.popitem(last=False)
        return found

    def warm(self, name: str) -> None:
        """Load what the first question to a model needs, so that whoever asks it does not wait for that."""
        encoder(ENCODING)
        self.get(name)

    def _cached(self, name: str) -> Model | None:
        with self._lock:
            if name in self._models:
                self._models.move_to_end(name)
            return self._models.get(name)

    def drop(self, names: Iterable[str]) -> None:
        """Forget models that were deleted."""
        with self._lock:
            for name in names:
                self._models.pop(name, None)

    def drop_base(self, base_model: str) -> None:
        """Forget a base model that was removed, and all that need it."""
        with self._lock:
            for name in list(self._models):
                stored = self._store.models.get(name)
                if name == base_model or (stored is not None and stored.base_model == base_model):
                    del self._models[name]


def complete(request: ChatRequest, model: Model) -> Completion:
    """Ask the model, then cut its answer at the first stop text and at the most tokens allowed."""
    answer = model.answer(request.messages)
    text = answer.text
    cuts = [at for stop in request.stop if (at := text.find(stop)) >= 0]
    if cuts:
        text = text[: min(cuts)]
    shown, tokens = cut(text, request.max_tokens)
    # the learners' protocol hands no sampling parameter on, so each one that was given changed nothing
    ignored = request.sampling | (request.asked & frozenset(model.ignored))
    return Completion(
        text=shown,
        finish_reason="stop" if shown == text else "length",
        prompt_tokens=prompt_tokens(request.messages),
        completion_tokens=tokens * request.n,
        fingerprint=answer.fingerprint,
        ignored=tuple(sorted(ignored)),
        notes=answer.notes,
    )
