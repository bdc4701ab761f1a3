"""What a training costs: tokens times epochs times price, as a range with what it rests on."""

import math
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal

from core.base.bayes import PASSES
from core.base.epochs import USUAL, usual_epochs
from core.base.errors import N_, BadSetting, TooFewExamples
from core.base.prices import day_of, is_stale
from core.base.types import Estimate, Price, Reason, TokenCount
from core.estimate.span import UNKNOWN, Span, decimal, exactly

Epochs = int | Literal["auto"] | None

MAX_EPOCHS = 50
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class UseCost:
    """What a number of questions costs, in USD, at the mean length of the training examples; None where a price is not known."""

    questions: int
    prompt_tokens: int
    answer_tokens: int
    usd: float | None


def epochs_range(n_examples: int, asked: Epochs = None, *, local: bool = False, practice: bool = True) -> tuple[int, int, Reason]:
    """The epochs, fewest and most, that a job of `n_examples` will run; `asked` is a number, or "auto" or None for the server's choice.

    The practice model takes as many as served it best, whatever the size of the file; another model of this machine (`local`, and not
    `practice`) takes the usual number exactly. A server's own rule is not published: the
    cookbook's gives what real jobs of 10 and of 80 examples ran (10 and 3 epochs), but 3 where Azure's example of 500 ran 2, so the range
    ends at the cookbook's and begins one below. Raises BadSetting outside 1 to 50, TooFewExamples for none.
    """
    if n_examples < 1:
        raise TooFewExamples(n=n_examples, minimum=10)
    if isinstance(asked, int):
        if isinstance(asked, bool) or not 1 <= asked <= MAX_EPOCHS:
            raise BadSetting(
                N_("A training reads the examples 1 to {most} times, and {asked} is outside of that."),
                N_("Leave it to the server, or choose 3."),
                most=MAX_EPOCHS,
                asked=asked,
            )
        return asked, asked, Reason("epochs_asked", {"epochs": asked})
    if local and practice:
        return PASSES, PASSES, Reason("epochs_here", {"epochs": PASSES})
    usual = usual_epochs(n_examples)
    if local:
        return usual, usual, Reason("epochs_exactly", {"epochs": usual, "n": n_examples})
    if usual > USUAL:
        code = "epochs_more_for_few"
    elif usual < USUAL:
        code = "epochs_fewer_for_many"
    else:
        code = "epochs_usual"
    return max(1, usual - 1), usual, Reason(code, {"epochs": usual, "n": n_examples})


def estimate(
    tokens: TokenCount,
    price: Price | None,
    n_epochs: Epochs = None,
    *,
    local: bool = False,
    practice: bool = True,
    today: date | None = None,
    validation: TokenCount | None = None,
    validation_billed: bool | None = False,
) -> Estimate:
    """What training on these tokens costs, in USD, lowest to highest; `tokens` of the result are those of the file, once over.

    `validation` is the validation file, which some servers bill like the others, once an epoch; where it is not known
    whether this one does (None), the upper bound has them and the lower has not.

    Nothing where `local`. Where the training price is not known the range is 0 to infinity (`Estimate.known` is False), never a figure.
    Of pairs (see TokenCount) the least takes each question once, the most takes it with each of its two answers; where the server chooses
    the epochs the least is one, as no rule for pairs is known.
    Bounds are rounded outwards to the cent, below a dollar to a hundredth of a cent; a range of one value to the nearest.
    """
    low_epochs, high_epochs, why = training_epochs(tokens, n_epochs, local=local, practice=practice)
    assumptions = [why]
    if local:
        return Estimate(0.0, 0.0, low_epochs, high_epochs, tokens.total, True, None, "", (*assumptions, Reason("free_here")))
    if not tokens.exact:
        assumptions.append(Reason("tokens_estimated", {"encoding": tokens.encoding}))
    if price is None or price.training is None:
        assumptions.append(Reason("price_unknown"))
        return Estimate(0.0, math.inf, low_epochs, high_epochs, tokens.total, False, None, "", tuple(assumptions))
    assumptions += training_reasons(price, today)
    if validation is not None and validation.total:
        assumptions.append(validation_reason(validation, validation_billed))
    assumptions.append(Reason("server_counts_last", {"tokens": tokens.total}))
    if tokens.questions:
        assumptions.append(Reason("pairs_counted", {"questions": tokens.questions}))
    span = training_cost(tokens, price, (low_epochs, high_epochs), validation, validation_billed)
    low, high = outwards(span.low, span.high if span.high is not None else span.low)
    as_of = day_of(price, "training")
    return Estimate(low, high, low_epochs, high_epochs, tokens.total, price.training == 0, as_of, price.source, tuple(assumptions))


def training_epochs(tokens: TokenCount, asked: Epochs, *, local: bool, practice: bool) -> tuple[int, int, Reason]:
    """The epochs of a training of this file; of pairs the least is one where a server chooses, as no rule for them is known."""
    low, high, why = epochs_range(len(tokens.per_example), asked, local=local, practice=practice)
    if tokens.questions and not local and not isinstance(asked, int):
        return 1, high, Reason("epochs_of_pairs", {"epochs": high, "n": len(tokens.per_example)})
    return low, high, why


def training_cost(
    tokens: TokenCount,
    price: Price | None,
    epochs: tuple[int, int],
    validation: TokenCount | None = None,
    validation_billed: bool | None = False,
) -> Span:
    """What a file costs to train on for the fewest and the most epochs, the validation file's tokens where they are billed.

    Of pairs the least takes each question once, the most takes it with each of its two answers.
    """
    if price is None or price.training is None:
        return UNKNOWN
    each = decimal(price.training) / _MILLION
    least, most = tokens.total, tokens.total + tokens.questions
    if validation is not None:
        least += validation.total if validation_billed is True else 0
        most += 0 if validation_billed is False else validation.total + validation.questions
    return Span(each * least * epochs[0], each * most * epochs[1])


def training_reasons(price: Price, today: date | None) -> list[Reason]:
    """Whose price of training it is and of which day, and whether it should be looked up again."""
    day = day_of(price, "training")
    if "training" in dict(price.own):
        told = [Reason("price_yours", {"on": day, "usd_per_million": price.training})]
    else:
        told = [Reason("price_as_of", {"as_of": day, "source": price.source, "usd_per_million": price.training})]
    if today is not None and is_stale(price, today, "training"):
        told.append(Reason("price_stale", {"as_of": day, "days": (today - day).days}))
    return told


def validation_reason(validation: TokenCount, billed: bool | None) -> Reason:
    """Whether the validation file is billed."""
    if billed is None:
        return Reason("validation_perhaps_billed", {"tokens": validation.total})
    return Reason("validation_billed" if billed else "validation_not_billed", {"tokens": validation.total})


def answer_cost(tokens: TokenCount, price: Price | None, *, batch: bool = False, more: Decimal | int = 0) -> Span:
    """What one question like the examples and its answer cost, in bulk with `batch`; `more` tokens stand before each question."""
    if price is None:
        return UNKNOWN
    into, out = (price.batch_input, price.batch_output) if batch else (price.input, price.output)
    if into is None or out is None:
        return UNKNOWN
    n = max(1, len(tokens.per_example))
    prompt, answer = Decimal(tokens.total - tokens.assistant) / n, Decimal(tokens.assistant) / n
    return exactly(((prompt + more) * decimal(into) + answer * decimal(out)) / _MILLION)


def use_cost(tokens: TokenCount, price: Price | None, *, questions: int = 1000) -> UseCost:
    """What asking `questions` like the examples costs, with the base model's price before the training or the fine-tune's after it."""
    n = max(1, len(tokens.per_example))
    answer = round(tokens.assistant / n)
    prompt = round((tokens.total - tokens.assistant) / n)
    exact = answer_cost(tokens, price).times(questions)
    usd = None if exact.high is None else outwards(exact.high, exact.high)[0]
    return UseCost(questions, prompt, answer, usd)


def outwards(low: Decimal, high: Decimal) -> tuple[float, float]:
    """Bounds as they are shown: to the cent, below a dollar to a hundredth of one, the range never narrower; one value to the nearest."""
    if low == high:
        rounded = _rounded(low, ROUND_HALF_UP)
        return rounded, rounded
    return _rounded(low, ROUND_FLOOR), _rounded(high, ROUND_CEILING)


def _rounded(usd: Decimal, how: str) -> float:
    return float(usd.quantize(Decimal("0.0001") if usd < 1 else Decimal("0.01"), rounding=how))
