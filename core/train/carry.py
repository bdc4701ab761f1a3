"""What a user has chosen for a training, and what of it another model or connection can take: the rest is named, never dropped unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final

from core.base.errors import BadSetting
from core.io.dialects import Range
from core.io.workspace import Dataset, Plan
from core.train.method import METHODS, Method, material
from core.train.plan import PRESETS, set_by_hand
from core.train.ranges import check_hyperparameters, check_metadata, check_seed, check_suffix

ANY_SUFFIX: Final = 64  # the longest that any server takes


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was chosen by the user; None, "" and nothing leave it to what the page proposes. `by_hand` are hyperparameters by name."""

    base_model: str = ""
    method: Method | None = None
    preset: str | None = None
    by_hand: Mapping[str, int | float | str] = field(default_factory=dict)
    seed: int | None = None
    suffix: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """What a base model on a connection can take: its methods with the proposed one first, the longest suffix, and ranges of its own."""

    methods: tuple[Method, ...] = ("supervised",)
    small: bool = False
    has_validation: bool = False
    suffix_max: int = ANY_SUFFIX
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """What of the wishes can be had, and what cannot: `left_out` as name and value, `cut` the suffix that was too long ("" if none)."""

    wishes: Wishes
    left_out: tuple[tuple[str, Any], ...] = ()
    cut: str = ""


def fit(wishes: Wishes, place: Place) -> Fitted:
    """The wishes as far as they can be had in a place; each other one is in `left_out`, and a suffix too long is cut to its limit.

    The base model is not looked at: which ones there are, its own question shows.
    """
    left_out: list[tuple[str, Any]] = []
    method = wishes.method
    if method is not None and method not in place.methods:
        left_out.append(("method", method))
        method = None
    by_hand = {name: value for name, value in wishes.by_hand.items() if _takes(place, name, value)}
    left_out += [(name, value) for name, value in wishes.by_hand.items() if name not in by_hand]
    suffix, cut = wishes.suffix, ""
    if suffix is not None and len(suffix) > place.suffix_max:
        suffix, cut = suffix[: place.suffix_max], suffix
    return Fitted(replace(wishes, method=method, by_hand=by_hand, suffix=suffix), tuple(left_out), cut)


def moved(wishes: Wishes, offered: Sequence[str]) -> Wishes:
    """The wishes as they go over to another connection: a base model that is not offered there stays behind."""
    return wishes if wishes.base_model in offered else replace(wishes, base_model="")


def of_plan(plan: Plan, dataset: Dataset, *, practice: bool, small: bool, ranges: Sequence[Range] = ()) -> Wishes:
    """The choices that led to a kept plan; `dataset` is the one that it was made for."""
    files = material(dataset, plan.method)
    by_hand = set_by_hand(
        plan.hyperparameters,
        plan.preset,
        files.n_train,
        practice=practice,
        small=small,
        has_validation=bool(files.validation_sha),
        method=plan.method,
        ranges=ranges,
    )
    return Wishes(plan.base_model, plan.method, plan.preset, by_hand, plan.seed, plan.suffix, plan.metadata)


def to_json(wishes: Wishes) -> dict[str, Any]:
    """As plain JSON, to be kept."""
    return asdict(wishes)


def from_json(data: Mapping[str, Any]) -> Wishes:
    """What `to_json` gave; what another version wrote and this one cannot read is as if it had not been chosen."""
    known = {one.name: data[one.name] for one in fields(Wishes) if one.name in data}
    return Wishes(**{name: value for name, value in known.items() if _READS[name](value)})


def _takes(place: Place, name: str, value: Any) -> bool:
    if name == "early_stopping" and not place.has_validation:
        return False
    method: Method = "dpo" if "dpo" in place.methods else "supervised"
    return _passes(lambda: check_hyperparameters({name: value}, small=place.small, method=method, ranges=place.ranges))


def _passes(check: Any) -> bool:
    try:
        check()
    except BadSetting:
        return False
    return True


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(type(name) is type(text) is str for name, text in value.items())


_READS: Final[Mapping[str, Any]] = {
    "base_model": lambda value: type(value) is str,
    "method": lambda value: value is None or value in METHODS,
    "preset": lambda value: value is None or value in PRESETS,
    "by_hand": lambda value: isinstance(value, Mapping) and all(type(one) in (int, float, str) for one in value.values()),
    "seed": lambda value: value is None or _passes(lambda: check_seed(value)),
    "suffix": lambda value: value is None or (type(value) is str and _passes(lambda: check_suffix(value))),
    "metadata": lambda value: _is_texts(value) and _passes(lambda: check_metadata(value)),
}
