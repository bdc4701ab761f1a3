"""Prices that the user entered: they win over the price list wherever a price is shown, until they are taken back."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.base.errors import N_, BadSetting
from core.base.model_table import base_model

_USE: Final = ("input", "cached_input", "output", "batch_input", "batch_output")
# of a model: what training it costs, what its fine-tune costs to use, what it costs to use itself
MODEL_FIELDS: Final = ("training", *(f"tuned.{name}" for name in _USE), *(f"base.{name}" for name in _USE))
# of a whole connection: USD for each hour that a model is kept ready, USD for deploying it once
PLACE_FIELDS: Final = ("hosting", "deploy")
FIELDS: Final = (*MODEL_FIELDS, *PLACE_FIELDS)


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """One figure in USD (for a million tokens, an hour or once: `field` says which), and the day on which it was entered.

    `place` is the connection as the price list names it, or a server's origin; `model` a base model, and empty for PLACE_FIELDS.
    """

    place: str
    model: str
    field: str
    usd: float
    on: date

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is the price of."""
        return self.place, self.model, self.field


def own_price(place: str, model: str, field: str, usd: float, on: date) -> OwnPrice:
    """One entered price; raises BadSetting for one that cannot be."""
    if field not in FIELDS:
        raise BadSetting(N_("{field} is not a price that can be entered."), field=field)
    if isinstance(usd, bool) or not isinstance(usd, int | float) or not math.isfinite(usd) or usd < 0:
        raise BadSetting(N_("A price is an amount of money that is not below zero."))
    return OwnPrice(place, "" if field in PLACE_FIELDS else base_model(model), field, float(usd), on)


def entered(own: Sequence[OwnPrice], price: OwnPrice) -> tuple[OwnPrice, ...]:
    """The prices with this one, in the place of one for the same thing."""
    return (*taken_back(own, price), price)


def taken_back(own: Iterable[OwnPrice], price: OwnPrice) -> tuple[OwnPrice, ...]:
    """The prices without the one for the same thing, so that the price list counts again."""
    return tuple(one for one in own if one.key != price.key)


def of_model(own: Iterable[OwnPrice], place: str, model: str) -> dict[str, OwnPrice]:
    """The entered prices of one base model, by field."""
    return {one.field: one for one in own if one.place == place and one.model == model and one.field in MODEL_FIELDS}


def of_place(own: Iterable[OwnPrice], place: str) -> dict[str, OwnPrice]:
    """The entered prices of a whole connection, by field."""
    return {one.field: one for one in own if one.place == place and one.field in PLACE_FIELDS}


def from_json(kept: Any) -> tuple[OwnPrice, ...]:
    """The prices as they were kept; what this version cannot read is left out, as it was entered in another one."""
    return tuple(one for one in map(_read, kept if isinstance(kept, list) else ()) if one is not None)


def to_json(own: Iterable[OwnPrice]) -> list[dict[str, Any]]:
    """The prices as they are kept."""
    return [{"place": one.place, "model": one.model, "field": one.field, "usd": one.usd, "on": one.on.isoformat()} for one in own]


def _read(entry: Any) -> OwnPrice | None:
    if not isinstance(entry, Mapping):
        return None
    place, model, field, on = (entry.get(name) for name in ("place", "model", "field", "on"))
    if not (isinstance(place, str) and isinstance(model, str) and isinstance(field, str) and isinstance(on, str)):
        return None
    try:
        return own_price(place, model, field, entry.get("usd", -1.0), date.fromisoformat(on))
    except (BadSetting, ValueError):
        return None
