"""Every connection beside the others, each with the base model that compares best."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.base.deadlines import Deadlines, shutdown
from core.base.model_table import base_model
from core.base.prices import THIS_MACHINE, PriceBook, shipped_prices
from core.base.types import TokenCount
from core.estimate.local_time import LocalTime, practice_time
from core.estimate.offer import Offer, offer
from core.estimate.whole_life import Use, WholeLife, whole_life


@dataclass(frozen=True, slots=True)
class Here:
    """The connection and the model that are chosen; `time` is how long a training takes on this machine, where that is known."""

    place: str
    name: str
    model: str
    practice: bool = False
    time: LocalTime | None = None


Counts = Callable[[str], tuple[TokenCount, TokenCount | None, TokenCount]]


def side_by_side(
    here: Here,
    counts: Counts,
    use: Use,
    today: date,
    *,
    usual: Mapping[str, str],
    practice: str,
    learning_s: float = 0.0,
    book: PriceBook | None = None,
    deadlines: Deadlines | None = None,
) -> tuple[WholeLife, ...]:
    """What is chosen first, then this machine, then the other connections in the order of the price list.

    `counts` gives, for a model, the tokens of the training file, of the validation file, and of what will be asked and answered. Another
    connection is compared with the same model where it has it, else with its usual one (`usual`, by connection), else with its cheapest;
    `practice` is the practice model's id, `learning_s` how long it was measured to learn here (0: not measured).
    """
    book = book or shipped_prices()
    lives = [_life(offer(here.place, here.name, here.model, today, book=book, practice=here.practice), counts, use, today, here.time)]
    if here.place != THIS_MACHINE:
        lives.append(_here_for_nothing(counts, use, today, practice, learning_s))
    for other in book.providers:
        if other.id == here.place:
            continue
        open_ones = [model for model in other.models if not _is_gone(other.id, model, today, deadlines)] or list(other.models)
        one = next((model for model in open_ones if base_model(model) == base_model(here.model)), None) or usual.get(other.id)
        wanted = [one] if one in open_ones else open_ones
        offers = [offer(other.id, other.name, model, today, book=book) for model in wanted]
        lives.append(min((_life(each, counts, use, today) for each in offers), key=_cheapest))
    return tuple(lives)


def _life(known: Offer, counts: Counts, use: Use, today: date, time: LocalTime | None = None) -> WholeLife:
    tokens, validation, asked = counts(known.model)
    return whole_life(known, tokens, validation, use, today, asked=asked, time=time)


def _here_for_nothing(counts: Counts, use: Use, today: date, practice: str, learning_s: float) -> WholeLife:
    tokens, _, _ = counts(practice)
    here = offer(THIS_MACHINE, THIS_MACHINE, practice, today, practice=True)
    return whole_life(here, tokens, None, use, today, time=practice_time(len(tokens.per_example), learning_s))


def _is_gone(place: str, model: str, today: date, deadlines: Deadlines | None) -> bool:
    last = shutdown(place, model, deadlines=deadlines)
    return last is not None and last.on <= today


def _cheapest(life: WholeLife) -> tuple[int, Decimal]:
    """The cheapest first year first, but before it whatever more is known of: what has no price only looks cheap."""
    unknown = sum(not span.known for span in (life.training, life.deploy, life.hosting, life.thousand))
    return unknown, life.first_year.high if life.first_year.high is not None else life.first_year.low
