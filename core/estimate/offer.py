"""What one connection asks for one base model: its prices of every kind, gathered, with the day of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from core.base.prices import THIS_MACHINE, PriceBook, day_of, deploy_fee, hosting, is_old, price, provider, tuned_price
from core.base.providers import Hosting
from core.base.types import Price


@dataclass(frozen=True, slots=True)
class Figure:
    """One price in USD with its day, whether the user entered it, and where it was read otherwise; None where it is not known."""

    usd: float | None = None
    day: date | None = None
    own: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """The prices of a model on a connection; `place` is the connection as the price list names it, `name` as people do.

    `base` says what training and the untaught model cost, `tuned` what the fine-tune costs to use; None is not known. `deploy` is paid
    once; `validation_billed` is None where that is not known; `practice` is the practice model, `local` this machine.
    """

    place: str
    name: str
    model: str
    base: Price | None
    tuned: Price | None
    hosting: Hosting | None
    deploy: Figure
    validation_billed: bool | None
    exported: bool = False
    local: bool = False
    practice: bool = False

    @property
    def answers_included(self) -> bool:
        """Whether the answers cost nothing beside the rent."""
        return self.hosting is not None and self.hosting.includes_answers

    def counted(self, *, hosted: bool, batch: bool) -> Iterator[Figure]:
        """The figures that count and have a day: what is not hosted has no price of hosting."""
        if self.local:
            return
        fields = ["training", "deploy", *(["hosting"] if hosted else [])]
        if not self.answers_included:
            fields += ["tuned.batch_input", "tuned.batch_output"] if batch else ["tuned.input", "tuned.output"]
        yield from (figure for figure in map(self.figure, fields) if figure.day is not None)

    def figure(self, field: str) -> Figure:
        """One of the prices by the name that core/base/own_prices.py gives it."""
        if field == "deploy":
            return self.deploy
        if field == "hosting":
            found = self.hosting
            if found is None or found.per_hour is None:
                return Figure()
            return Figure(found.per_hour, found.own or found.as_of, found.own is not None, found.source)
        of, name = self.tuned if field.startswith("tuned.") else self.base, field.rpartition(".")[2]
        usd = getattr(of, name) if of is not None else None
        return Figure() if of is None or usd is None else Figure(usd, day_of(of, name), name in dict(of.own), of.source)


def offer(place: str, name: str, model: str, today: date, *, book: PriceBook | None = None, practice: bool = False) -> Offer:
    """Gather what is known of a base model on a connection on `today`."""
    known = provider(place, book=book)
    fee, day, own = deploy_fee(place, book=book)
    return Offer(
        place=place,
        name=name,
        model=model,
        base=price(place, model, today, book=book),
        tuned=tuned_price(place, model, today, book=book),
        hosting=hosting(place, model, book=book),
        deploy=Figure(fee, day, own, known.source if known is not None and not own else ""),
        validation_billed=known.validation_billed if known is not None else None,
        exported=known is not None and known.exported,
        local=place == THIS_MACHINE,
        practice=practice,
    )


def oldest_figure(figures: Iterable[Figure]) -> Figure | None:
    """The figure that was read, or entered, the longest time ago; None where none has a day."""
    return min((one for one in figures if one.day is not None), key=lambda one: one.day or date.max, default=None)


def stale_days(figure: Figure | None, today: date) -> int | None:
    """How many days ago a figure was read, if that is too long ago."""
    return (today - figure.day).days if figure is not None and figure.day is not None and is_old(figure.day, today) else None
