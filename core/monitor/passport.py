"""The passport of a model: where it comes from, in one sealed JSON file; enough to repeat its training, and nothing secret.

It holds no key and no path. The data is named by hashes; of its text it holds the system prompt alone, with keys and passwords masked.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from core.base.errors import N_, BadSetting
from core.base.plan_file import PlanFile, check_names, check_seal, dump, from_dict, load, seal, to_dict, wrong
from core.base.secrets import find_secrets
from core.base.strict_json import whole_text
from core.base.types import Price
from core.io.workspace import Dataset, plain
from core.monitor.curve import Curve
from core.monitor.shelf import Shelved, spent

KIND: Final = "tunesmith-passport"
VERSION: Final = 1
MASK: Final = "[…]"

Json = dict[str, Any]


def passport(
    one: Shelved,
    *,
    plan: PlanFile | None,
    curve: Curve,
    scores: Sequence[Mapping[str, Any]],
    software: Mapping[str, str],
    price: Price | None,
    shutdown: date | None,
    now: datetime,
) -> Json:
    """The passport as JSON content; `plan` and what follows from the data are null where the training was made elsewhere.

    `scores` are what Compare has found, `software` the versions that were noted when the training was started, `price` is the price list's
    of today: it prices the tokens that the server says it has trained, beside the estimate that was agreed to.
    """
    job = one.job
    body: Json = {
        "kind": KIND,
        "version": VERSION,
        "written_at": now.isoformat(),
        "model": {
            "name": one.model,
            "base_model": job.base_model,
            "job": job.id,
            "connection": one.record.connection_id,
            "origin": one.record.origin,
            "method": job.method or (one.plan.method if one.plan else ""),
            "created_at": _when(job.created_at),
            "finished_at": _when(job.finished_at),
            "trained_tokens": job.trained_tokens,
            "shutdown_date": _when(shutdown),
            "checkpoints": [{"step": point.step, "model": point.model, "metrics": dict(point.metrics)} for point in one.checkpoints],
        },
        "plan": None if plan is None else to_dict(plan),
        "data": None if one.dataset is None else _data(one.dataset),
        "hyperparameters": {"asked": None if plan is None else dict(plan.hyperparameters), "resolved": plain(job.hyperparameters)},
        "seed": {"asked": None if plan is None else plan.seed, "used": job.seed},
        "price": _price(one, price),
        "curve": {
            "total_steps": curve.total_steps,
            "counts_tokens": curve.by_token,
            "points": {name: [[step, value] for step, value in curve.points(name)] for name in curve.metrics},
        },
        "scores": [dict(score) for score in scores],
        "software": dict(software),
    }
    body = {name: _clean(value) for name, value in body.items()}
    return {**body, "seal": seal(body)}


def write(content: Mapping[str, Any]) -> bytes:
    """The bytes of the passport's JSON file."""
    return dump(content)


def read(data: bytes) -> Json:
    """The passport in these bytes; raises TooLarge, UnreadableFile, or BadSetting where a field is unknown, missing or was changed."""
    found = load(data)
    if found.get("kind") != KIND:
        raise BadSetting(N_("This file is no passport of a model."), N_("Choose the file as it was saved. Nothing was changed here."))
    if found.get("version") != VERSION:
        raise BadSetting(
            N_("This passport was written by another version of Tunesmith, which this one cannot read."),
            N_("Choose the file as it was saved. Nothing was changed here."),
        )
    check_names(found, _NAMES)
    for section, names in _SECTIONS.items():
        inner = found[section]
        if inner is None and section in _MAY_LACK:
            continue
        if not isinstance(inner, dict):
            raise wrong(section)
        check_names(inner, names)
    check_seal(found)
    if found["plan"] is not None:
        if not isinstance(found["plan"], dict):
            raise wrong("plan")
        from_dict(found["plan"])
    return found


def plan_in(data: bytes) -> PlanFile:
    """The plan in the bytes of a plan's file or of a passport, checked as either; raises as `read`."""
    found = load(data)
    if found.get("kind") != KIND:
        return from_dict(found)
    plan = read(data)["plan"]
    if plan is None:
        raise BadSetting(
            N_("This model was trained elsewhere, so its passport holds no plan that could be run again."),
            N_("Make a plan of your own on the page Train."),
        )
    return from_dict(plan)


def _data(dataset: Dataset) -> Json:
    return {
        "source_name": re.split(r"[\\/]", dataset.source_name)[-1],
        "version": dataset.version,
        "source_sha256": dataset.source_sha,
        "train_sha256": dataset.train_sha,
        "validation_sha256": dataset.validation_sha,
        "test_sha256": dataset.test_sha,
        "pairs_train_sha256": dataset.pairs_train_sha,
        "pairs_validation_sha256": dataset.pairs_validation_sha,
        "counts": plain(dataset.counts),
        "split_seed": dataset.split.get("seed"),
        "split_sha256": seal({"split": plain(dataset.split)}),
        "settings_sha256": seal({"settings": plain(dataset.settings)}),
        "system_prompt": masked(dataset.system_prompt),
    }


def masked(text: str) -> str:
    """The text without the keys, tokens and passwords in it."""
    found = sorted(find_secrets(text))
    for begin, end in reversed(_merged(found)):
        text = text[:begin] + MASK + text[end:]
    return text


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    whole: list[tuple[int, int]] = []
    for begin, end in spans:
        if whole and begin <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((begin, end))
    return whole


def _price(one: Shelved, price: Price | None) -> Json:
    agreed = one.estimate
    per_million = price.training if price else None
    return {
        "currency": "USD",
        "estimated_low": agreed.get("low"),
        "estimated_high": agreed.get("high"),
        "free": agreed.get("free"),
        "estimate_as_of": agreed.get("as_of"),
        "training_per_million_tokens": per_million,
        "price_as_of": _when(price.as_of) if price else None,
        "by_trained_tokens": spent(one.job.trained_tokens, per_million),
    }


def _clean(value: Any) -> Any:
    """What JSON can carry and UTF-8 can write: a figure that is none becomes null, half a surrogate pair U+FFFD."""
    if isinstance(value, Mapping):
        return {whole_text(str(name)): _clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    if isinstance(value, str):
        return whole_text(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _when(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


_SECTIONS: Final[Mapping[str, set[str]]] = {
    "model": {
        "name",
        "base_model",
        "job",
        "connection",
        "origin",
        "method",
        "created_at",
        "finished_at",
        "trained_tokens",
        "shutdown_date",
        "checkpoints",
    },
    "data": {
        "source_name",
        "version",
        "source_sha256",
        "train_sha256",
        "validation_sha256",
        "test_sha256",
        "pairs_train_sha256",
        "pairs_validation_sha256",
        "counts",
        "split_seed",
        "split_sha256",
        "settings_sha256",
        "system_prompt",
    },
    "hyperparameters": {"asked", "resolved"},
    "seed": {"asked", "used"},
    "price": {
        "currency",
        "estimated_low",
        "estimated_high",
        "free",
        "estimate_as_of",
        "training_per_million_tokens",
        "price_as_of",
        "by_trained_tokens",
    },
    "curve": {"total_steps", "counts_tokens", "points"},
}
_MAY_LACK: Final = ("data",)
_NAMES: Final = {"kind", "version", "written_at", "plan", "scores", "software", "seal", *_SECTIONS}
