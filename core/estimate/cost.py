"""What a training costs: tokens times epochs times price, as a range with what it rests on."""

import math
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal

from core.base.bayes import PASSES
from core.base.epochs import USUAL, usual_epochs
from core.base.errors import N_, BadSetting, TooFewExamples
from core.base.prices import is_stale
from core.base.types import Estimate, Price, Reason, TokenCount

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
) -> Estimate:
    """What training on these tokens costs, in USD, lowest to highest; `tokens` of the result are those of the file, once over.

    Nothing where `local`. Where the training price is not known the range is 0 to infinity (`Estimate.known` is False), never a figure.
    Of pairs (see TokenCount) the least takes each question once, the most takes it with each of its two answers; where the server chooses
    the epochs the least is one, as no rule for pairs is known.
    Bounds are rounded outwards to the cent, below a dollar to a hundredth of a cent; a range of one value to the nearest.
    """
    n = len(tokens.per_example)
    low_epochs, high_epochs, why = epochs_range(n, n_epochs, local=local, practice=practice)
    pairs = tokens.questions > 0
    if pairs and not local and not isinstance(n_epochs, int):
        low_epochs, why = 1, Reason("epochs_of_pairs", {"epochs": high_epochs, "n": n})
    assumptions = [why]
    if local:
        return Estimate(0.0, 0.0, low_epochs, high_epochs, tokens.total, True, None, "", (*assumptions, Reason("free_here")))
    if not tokens.exact:
        assumptions.append(Reason("tokens_estimated", {"encoding": tokens.encoding}))
    if price is None or price.training is None:
        assumptions.append(Reason("price_unknown"))
        return Estimate(0.0, math.inf, low_epochs, high_epochs, tokens.total, False, None, "", tuple(assumptions))
    assumptions.append(Reason("price_as_of", {"as_of": price.as_of, "source": price.source, "usd_per_million": price.training}))
    if today is not None and is_stale(price, today):
        assumptions.append(Reason("price_stale", {"as_of": price.as_of, "days": (today - price.as_of).days}))
    assumptions.append(Reason("server_counts_last", {"tokens": tokens.total}))
    if pairs:
        assumptions.append(Reason("pairs_counted", {"questions": tokens.questions}))
    per_token = Decimal(str(price.training)) / _MILLION
    low, high = _range(tokens.total * per_token * low_epochs, (tokens.total + tokens.questions) * per_token * high_epochs)
    return Estimate(low, high, low_epochs, high_epochs, tokens.total, price.training == 0, price.as_of, price.source, tuple(assumptions))


def use_cost(tokens: TokenCount, price: Price | None, *, questions: int = 1000) -> UseCost:
    """What asking `questions` like the examples costs, with the base model's price before the training or the fine-tune's after it."""
    n = max(1, len(tokens.per_example))
    answer = round(tokens.assistant / n)
    prompt = round((tokens.total - tokens.assistant) / n)
    usd = None
    if price is not None and price.input is not None and price.output is not None:
        exact = (prompt * Decimal(str(price.input)) + answer * Decimal(str(price.output))) * questions / _MILLION
        usd = _range(exact, exact)[0]
    return UseCost(questions, prompt, answer, usd)


def _range(low: Decimal, high: Decimal) -> tuple[float, float]:
    if low == high:
        rounded = _rounded(low, ROUND_HALF_UP)
        return rounded, rounded
    return _rounded(low, ROUND_FLOOR), _rounded(high, ROUND_CEILING)


def _rounded(usd: Decimal, how: str) -> float:
    return float(usd.quantize(Decimal("0.0001") if usd < 1 else Decimal("0.01"), rounding=how))
