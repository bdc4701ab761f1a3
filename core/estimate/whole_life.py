"""What a fine-tuned model costs over its whole life: training, deploying, being kept ready, answering."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.base.types import Reason, TokenCount
from core.estimate.cost import Epochs, answer_cost, training_cost, training_epochs, training_reasons, validation_reason
from core.estimate.local_time import LocalTime
from core.estimate.offer import Offer, oldest_figure, stale_days
from core.estimate.span import NOTHING, UNKNOWN, Span, decimal, exactly, total
from core.estimate.timeline import last_days, model_end

MONTHS = 12
HOURS_A_MONTH = 730  # 365 x 24 / 12
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Use:
    """How a model will be used: questions a month, hours a month that it is kept ready, and whether answers may take a day (`batch`)."""

    answers: int
    hours: int = HOURS_A_MONTH
    batch: bool = False

    @property
    def ready(self) -> int:
        """The hours that are billed where keeping it ready is: who asks has it ready for one at least, or nothing would answer."""
        return max(self.hours, 1) if self.answers else self.hours


@dataclass(frozen=True, slots=True)
class WholeLife:
    """What a model of one's own costs on one connection, in USD: `hosting`, `use` and `month` for a month, `thousand` for 1,000 answers.

    `oldest` is the day of the oldest figure, `source` where it was read (empty: the user entered it), `stale` how many days ago that was
    where it is too long ago; `time` is how long the training takes where this machine does it for nothing, None where that is not known.
    `batch` says that the price of answers in bulk counts; `stops` is the day on which the model stops, where that is within the year.
    """

    offer: Offer
    training: Span
    deploy: Span
    hosting: Span
    thousand: Span
    use: Span
    month: Span
    first_year: Span
    assumptions: tuple[Reason, ...]
    oldest: date | None = None
    source: str = ""
    stale: int | None = None
    time: LocalTime | None = None
    batch: bool = False
    stops: date | None = None

    @property
    def known(self) -> bool:
        """Whether the first year has an upper bound."""
        return self.first_year.known


def whole_life(
    offer: Offer,
    tokens: TokenCount,
    validation: TokenCount | None,
    use: Use,
    today: date,
    *,
    asked: TokenCount | None = None,
    n_epochs: Epochs = None,
    time: LocalTime | None = None,
) -> WholeLife:
    """Work out what the training of `tokens`, and a year of `use`, cost; raises TooFewExamples, BadSetting for epochs out of range.

    Questions and answers are as long as those of `asked`, where the training file holds something else: both answers of pairs.
    The first year is the training, deploying once, and twelve months. What is not known has a lower bound only, never a figure.
    """
    asked = asked or tokens
    low, high, why = training_epochs(tokens, n_epochs, local=offer.local, practice=offer.practice)
    if offer.local:
        told = (why, Reason("free_here"), *([time.reason] if time else ()))
        return WholeLife(offer, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, told, time=time)
    training = training_cost(tokens, offer.base, (low, high), validation, offer.validation_billed)
    deploy = UNKNOWN if offer.deploy.usd is None else exactly(decimal(offer.deploy.usd))
    hosted, batch = _hosting(offer, use.ready), use.batch and _has_batch(offer)
    thousand = NOTHING if offer.answers_included else answer_cost(asked, offer.tuned, batch=batch).times(1000)
    used = thousand.times(Decimal(use.answers) / 1000)
    month = hosted + used
    last = model_end(offer.place, offer.model, None, today)
    oldest = oldest_figure(offer.counted(hosted=use.ready > 0, batch=batch))
    assumptions = (
        why,
        *([] if tokens.exact else [Reason("tokens_estimated", {"encoding": tokens.encoding})]),
        *_told_of_training(offer, tokens, validation, today),
        *_told_of_hosting(offer, use.ready),
        *_told_of_answers(offer, asked, use, batch),
        *last_days(offer.place, offer.model, today),
    )
    return WholeLife(
        offer,
        training,
        deploy,
        hosted,
        thousand,
        used,
        month,
        total((training, deploy, month.times(MONTHS))),
        assumptions,
        oldest=oldest.day if oldest is not None else None,
        source=oldest.source if oldest is not None and not oldest.own else "",
        stale=stale_days(oldest, today),
        batch=batch,
        stops=last.on if last is not None and last.on < today + _YEAR else None,
    )


def _hosting(offer: Offer, hours: int) -> Span:
    if offer.hosting is None or offer.hosting.per_hour is None:
        return UNKNOWN.times(hours)
    return exactly(decimal(offer.hosting.per_hour)).times(hours)


def _has_batch(offer: Offer) -> bool:
    return offer.tuned is not None and offer.tuned.batch_input is not None and offer.tuned.batch_output is not None


def _told_of_training(offer: Offer, tokens: TokenCount, validation: TokenCount | None, today: date) -> Iterator[Reason]:
    if offer.exported:
        yield Reason("exported_only")
    if offer.base is None or offer.base.training is None:
        yield Reason("price_unknown")
    else:
        yield from training_reasons(offer.base, today)
    if tokens.questions:
        yield Reason("pairs_counted", {"questions": tokens.questions})
    if validation is not None and validation.total:
        yield validation_reason(validation, offer.validation_billed)
    if offer.deploy.usd is None:
        yield Reason("deploy_unknown")
    elif offer.deploy.own:
        yield Reason("deploy_yours", {"usd": offer.deploy.usd, "on": offer.deploy.day})
    elif offer.deploy.usd > 0:
        yield Reason("deploy_costs", {"usd": offer.deploy.usd, "as_of": offer.deploy.day})


def _told_of_hosting(offer: Offer, hours: int) -> Iterator[Reason]:
    hosting = offer.hosting
    if hosting is None or hosting.per_hour is None:
        yield Reason("hosting_unknown")
        return
    facts = {"per_hour": hosting.per_hour, "hours": hours, "as_of": hosting.as_of, "source": hosting.source}
    if hosting.own is not None:
        yield Reason("hosting_yours", {"per_hour": hosting.per_hour, "hours": hours, "on": hosting.own})
    elif hosting.billed == "never":
        yield Reason("hosting_never", {"as_of": hosting.as_of, "source": hosting.source})
    else:
        yield Reason("hosting_by_the_minute" if hosting.billed == "by_the_minute" else "hosting_while_deployed", facts)
    if hosting.unit:
        yield Reason("hosting_unit", {"unit": hosting.unit})


def _told_of_answers(offer: Offer, tokens: TokenCount, use: Use, batch: bool) -> Iterator[Reason]:
    if offer.answers_included:
        yield Reason("answers_included")
        return
    n = max(1, len(tokens.per_example))
    yield Reason("answers_as_examples", {"question": round((tokens.total - tokens.assistant) / n), "answer": round(tokens.assistant / n)})
    tuned = offer.tuned
    into, out = (None, None) if tuned is None else (tuned.batch_input, tuned.batch_output) if batch else (tuned.input, tuned.output)
    if tuned is None or into is None or out is None:
        yield Reason("answers_unknown")
        return
    prefix = "batch_" if batch else ""
    entered = [day for name, day in tuned.own if name in (f"{prefix}input", f"{prefix}output")]
    if entered:
        yield Reason("answers_yours", {"input": into, "output": out, "on": min(entered)})
    else:
        yield Reason("answers_cost", {"input": into, "output": out, "as_of": tuned.as_of, "source": tuned.source})
    if use.batch:
        yield Reason("answers_in_bulk" if batch else "no_bulk_price")
