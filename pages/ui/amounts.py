"""What a model costs over its whole life, in words: amounts, days, and the names of connections and models."""

from dataclasses import replace
from datetime import date

from core.base.types import Reason
from core.estimate.cost import outwards
from core.estimate.local_time import LocalTime
from core.estimate.span import Span
from core.estimate.whole_life import WholeLife
from core.io.connections import connections
from pages.ui import small
from pages.ui.sentences import say
from pages.ui.text import Raw, day, money, t, tn


def usd(span: Span) -> str:
    """A span as it is shown: an amount, a range, the least it may be, or that nothing is known."""
    if span.high is None:
        least = money(outwards(span.low, span.low)[0], whole=True)
        return t("at least {usd}", usd=Raw(least)) if span.low else t("not known")
    low, high = (money(bound, whole=True) for bound in outwards(span.low, span.high))
    return high if low == high else f"{low} – {high}"


def most(span: Span) -> float:
    """The upper end of a span, for a bar; nothing where it has none."""
    return outwards(span.high, span.high)[0] if span.high is not None else 0.0


def paid(life: WholeLife, span: Span) -> str:
    """What is paid for a part of a life; this machine is free."""
    return t("free") if life.offer.local else usd(span)


def answers(life: WholeLife) -> str:
    """What 1,000 answers cost; a rent that holds them is not called nothing."""
    return t("included") if life.offer.answers_included else paid(life, life.thousand)


def duration(time: LocalTime | None) -> str:
    """How long this machine takes, in the place of a price."""
    if time is None:
        return t("free; time not measured yet")
    if time.high_s < 90:
        if time.low_s == time.high_s:
            return tn("free, about {n} second", "free, about {n} seconds", time.high_s)
        if time.high_s < 60:
            return t("free, less than a minute")
        return t("free, {low} to {high} seconds", low=time.low_s, high=time.high_s)
    low, high = -(-time.low_s // 60), -(-time.high_s // 60)
    if low == high:
        return tn("free, about {n} minute", "free, about {n} minutes", high)
    return t("free, {low} to {high} minutes", low=low, high=high)


def age(life: WholeLife) -> str:
    """The day of the oldest price that counts, marked where it is old and where a price is the user's own."""
    if life.oldest is None:
        return "–"
    text = day(life.oldest)
    if any(reason.code.endswith("_yours") for reason in life.assumptions):
        text = t("{day}, some of them yours", day=Raw(text))
    return f"⚠ {text}" if life.stale is not None else text


def name(life: WholeLife) -> str:
    """The connection as the page names it."""
    return t("This machine") if life.offer.local else life.offer.name


def model(life: WholeLife) -> str:
    """The base model as people call it, where it has a name."""
    names = {base.id: base.name for one in connections() for base in one.base_models}
    known = names.get(life.offer.model)
    return t(known) if known else small.name_of(life.offer.model).rpartition("/")[2]  # without who made it: the table is wide enough


def said(life: WholeLife, reason: Reason) -> str:
    """A reason as a sentence, the model by the name that people call it."""
    return say(replace(reason, params={**reason.params, "model": model(life)}) if "model" in reason.params else reason)


def read(life: WholeLife) -> str:
    """Whose list an old price is from, and of which day."""
    facts = {"name": name(life), "day": Raw(day(life.oldest)) if life.oldest else ""}
    if not life.source:
        return t("{name}: entered by you on {day}", **facts)
    return t("{name}: read on {day} from {source}", source=life.source, **facts)


def stops(life: WholeLife, on: date) -> str:
    """That no whole year can be had for the price of one."""
    facts = {"name": name(life), "model": model(life), "day": Raw(day(on))}
    return t("{name}: {model} and every model trained from it stop answering on {day}, before the first year is over.", **facts)
