"""What things cost, as every page shows it: the price list, and over it what the user entered."""

from collections.abc import Sequence
from dataclasses import replace

from core.base import own_prices
from core.base.own_prices import OwnPrice
from core.base.prices import PriceBook, hosting, price, provider, provider_at, shipped_prices, tuned_price
from core.base.providers import Hosting
from core.base.types import Estimate, Price, TokenCount
from core.estimate.cost import Epochs, estimate
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset
from core.train.method import Method
from pages.ui import checked, state

KEPT = "own prices"  # the workspace's setting: a price holds for every project


def book() -> PriceBook:
    """The price list with the user's own prices."""
    return replace(shipped_prices(), own=own())


def place(where: Connection) -> str:
    """A connection as the price list names it: a typed address is known by its host, one that is not by its origin."""
    if where.id != state.CUSTOM:
        return where.id
    known = provider_at(where.host)
    return known.id if known is not None else where.origin


def of(where: Connection, model: str) -> Price | None:
    """What a model costs to train and to use; None where nothing is known."""
    return price(place(where), model, state.now().date(), book=book())


def tuned(where: Connection, model: str) -> Price | None:
    """What a fine-tune of a base model costs to use; None where nothing is known."""
    return tuned_price(place(where), model, state.now().date(), book=book())


def ready(where: Connection, model: str) -> Hosting | None:
    """What keeping a fine-tune of a base model ready costs; None where that is not known."""
    return hosting(place(where), model, book=book())


def training(
    tokens: TokenCount, dataset: Dataset, where: Connection, model: BaseModel, method: Method, n_epochs: Epochs = None
) -> Estimate | None:
    """What a training costs, its validation file included where that is billed; None while that file is being counted."""
    known = provider(place(where))
    billed = known.validation_billed if known is not None else None
    asked = of(where, model.id)
    checks = None
    # not counted where it changes nothing: the file may be large
    if not where.local and billed is not False and asked is not None and asked.training is not None:
        checks = checked.tokens(dataset, model.id, method)
        if checks is None:
            return None
    return estimate(
        tokens,
        asked,
        n_epochs,
        local=where.local,
        practice=model.practice,
        today=state.now().date(),
        validation=checks,
        validation_billed=billed,
    )


def own() -> tuple[OwnPrice, ...]:
    """The prices that the user entered."""
    return own_prices.from_json(state.workspace().get_setting(KEPT, []))


def enter(entered: OwnPrice) -> None:
    """Keep an entered price, in the place of one for the same thing."""
    _keep(own_prices.entered(own(), entered))


def take_back(entered: OwnPrice) -> None:
    """Let the price list count again."""
    _keep(own_prices.taken_back(own(), entered))


def _keep(prices: Sequence[OwnPrice]) -> None:
    state.workspace().set_setting(KEPT, own_prices.to_json(prices))
