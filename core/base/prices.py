"""What models cost, from the dated file prices.toml: never a figure in code, never one without its day and its source.

A price belongs to a connection and a model: that of a base model says what using it and what training it costs, that of a fine-tune
("ft:...") what using the fine-tune costs. Money is in USD per million tokens. What the user entered wins over the file.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from core.base import own_prices, providers
from core.base.data_file import Block, Field, check_table, read_blocks
from core.base.errors import BadDataFile
from core.base.model_table import base_model, is_tuned
from core.base.own_prices import OwnPrice
from core.base.providers import Hosting, Provider
from core.base.types import Price

THIS_MACHINE = "this-machine"
STALE_AFTER = timedelta(days=90)

_FILE = Path(__file__).with_name("prices.toml")
_USED = ("input", "cached_input", "output", "batch_input", "batch_output")
_USE = {key: Field(float, optional=True) for key in _USED}
_PRICE = {
    "connection": Field(str),
    "model": Field(str),
    "aliases": Field(str, optional=True, many=True),
    "below_billions": Field(float, optional=True),
    "training": Field(float, optional=True),
    "base": Field(dict, optional=True),
    "tuned": Field(dict, optional=True),
}
_BILLIONS = re.compile(r"(?<![\d.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The blocks of one price file, and the prices that the user entered."""

    prices: tuple[Block, ...]
    hosting: tuple[Hosting, ...]
    providers: tuple[Provider, ...] = ()
    own: tuple[OwnPrice, ...] = ()


def price(connection_id: str, model: str, today: date, *, book: PriceBook | None = None) -> Price | None:
    """What `model` costs on a connection as far as is known on `today`; None where no price is known, as on "custom" servers."""
    if connection_id == THIS_MACHINE:
        return Price(THIS_MACHINE, model, 0.0, 0.0, 0.0, 0.0, today, "", 0.0, 0.0)
    book = book or shipped_prices()
    name, use = base_model(model), "tuned" if is_tuned(model) else "base"
    block = _block(book, connection_id, name, today)
    mine = own_prices.of_model(book.own, connection_id, name)
    if block is None and not mine:
        return None
    listed = block or {}
    used = listed.get(use, {})
    figures = {"training": _float(listed, "training"), **{key: _float(used, key) for key in _USED}}
    own = {}
    for key in figures:
        entered = mine.get(key if key == "training" else f"{use}.{key}")
        if entered is not None:
            figures[key], own[key] = entered.usd, entered.on
    as_of = listed.get("as_of") or min(one.on for one in mine.values())
    return Price(connection_id, model, **figures, as_of=as_of, source=listed.get("source", ""), own=tuple(own.items()))


def tuned_price(connection_id: str, model: str, today: date, *, book: PriceBook | None = None) -> Price | None:
    """What a fine-tune of the base model `model` will cost to use."""
    return price(connection_id, f"ft:{base_model(model)}", today, book=book)


def hosting(connection_id: str, model: str = "", *, book: PriceBook | None = None) -> Hosting | None:
    """What keeping a fine-tune of `model` ready costs there by the hour; None where that is not known."""
    book = book or shipped_prices()
    size = _billions(base_model(model))
    found = next((one for one in book.hosting if one.connection == connection_id and _fits(size, one.below_billions)), None)
    entered = own_prices.of_place(book.own, connection_id).get("hosting")
    if entered is None:
        return found
    if found is None or found.billed == "never":
        return Hosting(connection_id, "while_deployed", entered.usd, entered.on, "", own=entered.on)
    return replace(found, per_hour=entered.usd, own=entered.on)


def deploy_fee(connection_id: str, *, book: PriceBook | None = None) -> tuple[float | None, date | None, bool]:
    """What deploying a fine-tune costs once in USD (None: not known), the day of that figure, and whether the user entered it."""
    book = book or shipped_prices()
    entered = own_prices.of_place(book.own, connection_id).get("deploy")
    if entered is not None:
        return entered.usd, entered.on, True
    known = provider(connection_id, book=book)
    return (None, None, False) if known is None or known.deploy_fee is None else (known.deploy_fee, known.as_of, False)


def provider(connection_id: str, *, book: PriceBook | None = None) -> Provider | None:
    """What is known of a connection that is compared; None for this machine and servers that are not known."""
    return next((one for one in (book or shipped_prices()).providers if one.id == connection_id), None)


def provider_at(host: str, *, book: PriceBook | None = None) -> Provider | None:
    """The provider whose server has this host, so that an address that was typed has its prices; None where none is known."""
    return providers.by_host((book or shipped_prices()).providers, host)


def day_of(price: Price, figure: str) -> date:
    """The day on which a figure of the price ("training", "input" ...) was read, or was entered by the user."""
    return dict(price.own).get(figure, price.as_of)


def is_stale(price: Price, today: date, figure: str | None = None) -> bool:
    """Whether a figure (left out: the price list) was read more than 90 days ago and should be looked up again; what is free stays free."""
    day = price.as_of if figure is None else day_of(price, figure)
    return price.connection != THIS_MACHINE and is_old(day, today)


def is_old(day: date, today: date) -> bool:
    """Whether what was read on `day` should be looked up again."""
    return today - day > STALE_AFTER


def load_prices(path: Path) -> PriceBook:
    """Read and check a price file; raises BadDataFile with the block and the key that are wrong."""
    blocks = read_blocks(path, {"price": _PRICE, "hosting": providers.HOSTING, "provider": providers.PROVIDER})
    seen: set[tuple[str, str, float, date]] = set()
    for number, block in enumerate(blocks["price"], start=1):
        where = f"[[price]] block {number}"
        for use in ("base", "tuned"):
            check_table(path.name, f"{use} of {where}", block.get(use, {}), _USE)
        if (block["model"] == "*") != ("below_billions" in block):
            raise BadDataFile(file=path.name, problem=f'{where}: model = "*" and below_billions belong together')
        for name in (block["model"], *block.get("aliases", ())):
            key = (block["connection"], name, block.get("below_billions", 0.0), block["as_of"])
            if key in seen:
                raise BadDataFile(file=path.name, problem=f"{where} is the second one for {name} of that day")
            seen.add(key)
    return PriceBook(tuple(blocks["price"]), providers.hostings(path, blocks["hosting"]), providers.providers(path, blocks["provider"]))


@cache
def shipped_prices() -> PriceBook:
    """The prices of prices.toml."""
    return load_prices(_FILE)


def _block(book: PriceBook, connection_id: str, name: str, today: date) -> Block | None:
    """The block that counts: one for the very model before one for its size, the smallest size that fits, the youngest that is known."""
    blocks = [block for block in book.prices if block["connection"] == connection_id and _is_for(block, name)]
    if not blocks:
        return None
    exact = [block for block in blocks if block["model"] != "*"]
    if not exact:
        least = min(block["below_billions"] for block in blocks)
        exact = [block for block in blocks if block["below_billions"] == least]
    # a clock that runs behind must not hide the only price there is
    known = [block for block in exact if block["as_of"] <= today] or [min(exact, key=lambda block: block["as_of"])]
    return max(known, key=lambda block: block["as_of"])


def _is_for(block: Block, name: str) -> bool:
    if block["model"] == "*":
        size = _billions(name)
        return size is not None and _fits(size, block["below_billions"])
    return name == base_model(block["model"]) or name in (base_model(alias) for alias in block.get("aliases", ()))


def _fits(size: float | None, below: float | None) -> bool:
    return below is None or (size is not None and size < below)


def _billions(name: str) -> float | None:
    """The billions of parameters that a model's name gives ("Llama-3.1-8B": 8, "Mixtral-8x7B": 56), the largest if there are several."""
    sizes = [int(times or 1) * float(size) for times, size in _BILLIONS.findall(name)]
    return max(sizes, default=None)


def _float(table: Block, key: str) -> float | None:
    return float(table[key]) if key in table else None
