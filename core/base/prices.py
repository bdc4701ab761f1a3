"""What models cost, from the dated file prices.toml: never a figure in code, never one without its day and its source.

A price belongs to a connection and a model: that of a base model says what using it and what training it costs, that of a fine-tune
("ft:...") what using the fine-tune costs. Money is in USD per million tokens.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from core.base.data_file import Block, Field, check_table, read_blocks
from core.base.errors import BadDataFile
from core.base.model_table import base_model, is_tuned
from core.base.types import Price

THIS_MACHINE = "this-machine"
STALE_AFTER = timedelta(days=90)

_FILE = Path(__file__).with_name("prices.toml")
_USE = {key: Field(float, optional=True) for key in ("input", "cached_input", "output", "batch_input", "batch_output")}
_PRICE = {
    "connection": Field(str),
    "model": Field(str),
    "aliases": Field(str, optional=True, many=True),
    "below_billions": Field(float, optional=True),
    "training": Field(float, optional=True),
    "base": Field(dict, optional=True),
    "tuned": Field(dict, optional=True),
}
_HOSTING = {"connection": Field(str), "per_hour": Field(float)}
_BILLIONS = re.compile(r"(?<![\d.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hosting:
    """What keeping one fine-tuned model ready costs, in USD by the hour, whether it is asked or not."""

    connection: str
    per_hour: float
    as_of: date
    source: str


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The blocks of one price file."""

    prices: tuple[Block, ...]
    hosting: tuple[Hosting, ...]


def price(connection_id: str, model: str, today: date, *, book: PriceBook | None = None) -> Price | None:
    """What `model` costs on a connection as far as is known on `today`; None where no price is known, as on "custom" servers."""
    if connection_id == THIS_MACHINE:
        return Price(THIS_MACHINE, model, 0.0, 0.0, 0.0, 0.0, today, "", 0.0, 0.0)
    name = base_model(model)
    blocks = [block for block in (book or shipped_prices()).prices if block["connection"] == connection_id and _is_for(block, name)]
    if not blocks:
        return None
    exact = [block for block in blocks if block["model"] != "*"] or blocks
    # a clock that runs behind must not hide the only price there is
    known = [block for block in exact if block["as_of"] <= today] or [min(exact, key=lambda block: block["as_of"])]
    block = max(known, key=lambda block: block["as_of"])
    use = block.get("tuned" if is_tuned(model) else "base", {})
    return Price(
        connection=connection_id,
        model=model,
        training=_float(block, "training"),
        input=_float(use, "input"),
        cached_input=_float(use, "cached_input"),
        output=_float(use, "output"),
        as_of=block["as_of"],
        source=block["source"],
        batch_input=_float(use, "batch_input"),
        batch_output=_float(use, "batch_output"),
    )


def tuned_price(connection_id: str, model: str, today: date, *, book: PriceBook | None = None) -> Price | None:
    """What a fine-tune of the base model `model` will cost to use."""
    return price(connection_id, f"ft:{base_model(model)}", today, book=book)


def hosting(connection_id: str, *, book: PriceBook | None = None) -> Hosting | None:
    """What keeping a fine-tuned model ready costs there by the hour; None where nothing is charged or known."""
    return next((entry for entry in (book or shipped_prices()).hosting if entry.connection == connection_id), None)


def is_stale(price: Price, today: date) -> bool:
    """Whether the price was read more than 90 days ago and should be looked up again; what is free here stays free."""
    return price.connection != THIS_MACHINE and today - price.as_of > STALE_AFTER


def load_prices(path: Path) -> PriceBook:
    """Read and check a price file; raises BadDataFile with the block and the key that are wrong."""
    blocks = read_blocks(path, {"price": _PRICE, "hosting": _HOSTING})
    seen: set[tuple[str, str, date]] = set()
    for number, block in enumerate(blocks["price"], start=1):
        where = f"[[price]] block {number}"
        for use in ("base", "tuned"):
            check_table(path.name, f"{use} of {where}", block.get(use, {}), _USE)
        if (block["model"] == "*") != ("below_billions" in block):
            raise BadDataFile(file=path.name, problem=f'{where}: model = "*" and below_billions belong together')
        for name in (block["model"], *block.get("aliases", ())):
            key = (block["connection"], name, block["as_of"])
            if key in seen:
                raise BadDataFile(file=path.name, problem=f"{where} is the second one for {name} of that day")
            seen.add(key)
    hosts = tuple(Hosting(block["connection"], block["per_hour"], block["as_of"], block["source"]) for block in blocks["hosting"])
    return PriceBook(tuple(blocks["price"]), hosts)


@cache
def shipped_prices() -> PriceBook:
    """The prices of prices.toml."""
    return load_prices(_FILE)


def _is_for(block: Block, name: str) -> bool:
    if block["model"] == "*":
        size = _billions(name)
        return size is not None and size < block["below_billions"]
    return name == block["model"] or name in (base_model(alias) for alias in block.get("aliases", ()))


def _billions(name: str) -> float | None:
    """The billions of parameters that a model's name gives ("Llama-3.1-8B": 8, "Mixtral-8x7B": 56), the largest if there are several."""
    sizes = [int(times or 1) * float(size) for times, size in _BILLIONS.findall(name)]
    return max(sizes, default=None)


def _float(table: Block, key: str) -> float | None:
    return float(table[key]) if key in table else None
