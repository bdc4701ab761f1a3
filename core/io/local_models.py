"""The small open models of this machine, as its engine tells of them: which are here, which could be, how fast they train."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import quote

from core.base.errors import ModelRefused, ServerProblem
from core.io.connections import BaseModel, Taken
from core.io.openai_calls import Client

T = TypeVar("T")
Json = Mapping[str, Any]

BASES: Final = "/tunesmith/bases"
FORMS: Final = ("adapter", "merged", "gguf")
AT_WORK: Final = ("downloading", "importing")


@dataclass(frozen=True, slots=True)
class Told:
    """One of the engine's sentences with what to do, as keys of the catalogues, and their parameters."""

    code: str
    sentence: str
    remedy: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def error(self) -> ModelRefused:
        """The same as an error, to be shown like one."""
        return ModelRefused(self.sentence, self.remedy, **{**self.params, "code": self.code})


@dataclass(frozen=True, slots=True)
class LocalBase:
    """One small open model.

    `state` is "ready", "missing" (then `done` bytes may have come already), "downloading", "importing", "unusable" or a word of a later
    engine. `memory` is what a training of short examples needs, in bytes; `fit` says why it does not fit into what is free now. By the
    `methods`, as the API calls them, it can be trained.
    """

    id: str
    name: str
    state: str
    done: int = 0
    of: int = 0
    bytes: int = 0
    parameters: int = 0
    languages: tuple[str, ...] = ()
    licence: str = ""
    licence_url: str = ""
    context: int = 0
    memory: int = 0
    measured: bool = False
    needs_gpu: bool = False
    imported: bool = False
    methods: tuple[str, ...] = ()
    fit: Told | None = None
    problem: Told | None = None

    @property
    def share(self) -> float:
        """How much of it has come, from 0 to 1."""
        return min(1.0, self.done / self.of) if self.of else 0.0

    def as_base(self) -> BaseModel:
        """As a connection offers it."""
        pairs: Taken = "yes" if "dpo" in self.methods else "no"
        return BaseModel(id=self.id, name=self.name, small=True, context=self.context, pairs=pairs)


@dataclass(frozen=True, slots=True)
class Pack:
    """Whether the programs for small open models are installed: "installed", "missing" or "outdated"."""

    code: str
    command: str = ""
    size_gb: float = 0.0
    packages: str = ""

    @property
    def installed(self) -> bool:
        return self.code == "installed"


@dataclass(frozen=True, slots=True)
class LocalModels:
    """Everything that the engine says about its models; `free` and `total` are this machine's memory in bytes."""

    bases: tuple[LocalBase, ...]
    pack: Pack
    free: int
    total: int
    folder: str = ""

    @property
    def ready(self) -> tuple[LocalBase, ...]:
        """Those that can be trained here and now."""
        return tuple(base for base in self.bases if base.state == "ready") if self.pack.installed else ()

    @property
    def others(self) -> tuple[LocalBase, ...]:
        """Those that are not ready."""
        return tuple(base for base in self.bases if base.state != "ready")

    @property
    def at_work(self) -> bool:
        """Whether any is being fetched or imported."""
        return any(base.state in AT_WORK for base in self.bases)

    def find(self, id: str) -> LocalBase | None:
        """One of them."""
        return next((base for base in self.bases if base.id == id), None)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a step of a training takes here: "ready" (then the figures hold), "measuring", "none", "failed" or "busy"."""

    state: str
    batch_size: int = 0
    tokens: int = 0
    start_s: float = 0.0
    step_s: float = 0.0
    problem: Told | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Lines that run a model, with the sentence above them."""

    says: str
    code: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One form of a tuned model for other programs: "none", "packing", "ready" (with its folder) or "failed" (with the reason)."""

    form: str
    state: str
    folder: str = ""
    bytes: int = 0
    reason: str = ""
    running: tuple[Line, ...] = ()


def local_models(client: Client) -> LocalModels:
    """What the engine has and could have."""
    told = client.get(BASES, need="data")
    pack, memory = _dict(told.get("pack")), _dict(told.get("memory"))
    given = _dict(pack.get("params"))
    return LocalModels(
        bases=tuple(_base(entry) for entry in _list(told["data"]) if isinstance(entry, Mapping)),
        pack=Pack(_text(pack.get("code")), _text(given.get("command")), _float(given.get("size_gb")), _text(given.get("packages"))),
        free=_int(memory.get("free")),
        total=_int(memory.get("total")),
        folder=_text(told.get("folder")),
    )


def start_download(client: Client, id: str) -> LocalBase:
    """Begin to fetch a model, or go on where it stopped. Raises ModelRefused."""
    return _asked(lambda: _base(client.tell("post", f"{BASES}/{_part(id)}/download", need="id")))


def import_folder(client: Client, folder: str, id: str | None = None) -> LocalBase:
    """Take in a model's folder of this machine. Raises ModelRefused with the reason where it is no model that can be used."""
    body = {"folder": folder, **({"id": id} if id else {})}
    return _asked(lambda: _base(client.tell("post", f"{BASES}/import", need="id", body=body)))


def remove(client: Client, id: str) -> None:
    """Cancel what is under way, which keeps what has come; or delete the model, or what has come of it. Raises ModelRefused."""
    _asked(lambda: client.tell("delete", f"{BASES}/{_part(id)}", need="id"))


def pace(
    client: Client,
    id: str,
    *,
    batch_size: int,
    tokens: int,
    answer_tokens: int,
    tuning: str = "lora",
    method: str = "supervised",
    measure: bool = False,
) -> Pace:
    """How long a step of this shape takes on this processor; with `measure` it is found out where it is not known. Raises ModelRefused.

    Of pairs (method "dpo") the tokens are those of a question with one of its answers.
    """
    place = f"{BASES}/{_part(id)}/pace"
    shape = {"batch_size": batch_size, "tokens": tokens, "answer_tokens": answer_tokens, "tuning": tuning, "method": method}
    told = _asked(lambda: client.tell("post", place, need="state", body=shape) if measure else client.get(place, need="state", query=shape))
    return Pace(
        _text(told["state"]),
        _int(told.get("batch_size")),
        _int(told.get("tokens")),
        _float(told.get("start_s")),
        _float(told.get("step_s")),
        _told(told.get("problem")),
    )


def takeaway(client: Client, model: str) -> tuple[Parcel, ...]:
    """Every form of a tuned model. Raises ModelRefused where it can be no model for other programs."""
    told = _asked(lambda: client.get(f"/tunesmith/models/{_part(model)}/takeaway", need="data"))
    return tuple(_parcel(entry) for entry in _list(told["data"]) if isinstance(entry, Mapping))


def pack_model(client: Client, model: str, form: str, scores: Sequence[Json] = ()) -> Parcel:
    """Begin to write one form of a model out, with its scores on its card. Raises ModelRefused."""
    body = {"form": form, "scores": [dict(score) for score in scores]}
    told = _asked(lambda: client.tell("post", f"/tunesmith/models/{_part(model)}/takeaway", need="data", body=body))
    return next((_parcel(entry) for entry in _list(told["data"]) if isinstance(entry, Mapping)), Parcel(form, "none"))


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except ServerProblem as problem:
        told = problem.params.get("told")
        if not told:
            raise
        refusal = ModelRefused(told["sentence"], told["remedy"], **{**told["params"], "code": problem.code})
    raise refusal


def _base(data: Json) -> LocalBase:
    memory = _dict(data.get("memory"))
    precision = _text(memory.get("precision")) or "bf16"
    return LocalBase(
        id=_text(data.get("id")),
        name=_text(data.get("name")) or _text(data.get("id")),
        state=_text(data.get("state")),
        done=_int(data.get("done")),
        of=_int(data.get("of")),
        bytes=_int(data.get("bytes")),
        parameters=_int(data.get("parameters")),
        languages=tuple(_text(code) for code in _list(data.get("languages"))),
        licence=_text(data.get("licence")),
        licence_url=_text(data.get("licence_url")),
        context=_int(data.get("context")),
        memory=_int(memory.get(f"train_{precision}")),
        measured=memory.get("measured") is True,
        needs_gpu=data.get("runs_on") == "gpu",
        imported=data.get("origin") == "imported",
        methods=tuple(_text(name) for name in _list(data.get("methods"))),
        fit=_told(data.get("fit")),
        problem=_told(data.get("problem")),
    )


def _told(value: Any) -> Told | None:
    if not isinstance(value, Mapping):
        return None
    sentence, remedy = _text(value.get("sentence")), _text(value.get("remedy"))
    return Told(_text(value.get("code")), sentence or _text(value.get("message")), remedy, _dict(value.get("params")))


def _parcel(data: Json) -> Parcel:
    lines = (_dict(line) for line in _list(data.get("running")))
    return Parcel(
        _text(data.get("form")),
        _text(data.get("state")),
        _text(data.get("folder")),
        _int(data.get("bytes")),
        _text(data.get("reason")),
        tuple(Line(_text(line.get("says")), _text(line.get("code"))) for line in lines),
    )


def _part(name: str) -> str:
    """A name as one part of a path, whatever it holds."""
    return quote(name, safe=":") or "-"


def _dict(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _int(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _float(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
