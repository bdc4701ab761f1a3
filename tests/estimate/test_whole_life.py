"""What a model costs over its whole life: worked by hand for each connection, growing with everything, and never a figure from nothing."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.deadlines import Deadlines, Shutdown
from core.base.own_prices import OwnPrice, own_price
from core.base.prices import THIS_MACHINE, PriceBook, shipped_prices
from core.base.types import TokenCount
from core.estimate.break_even import about, break_even
from core.estimate.local_time import practice_time
from core.estimate.offer import offer
from core.estimate.side_by_side import Here, side_by_side
from core.estimate.span import NOTHING, UNKNOWN, Span
from core.estimate.whole_life import HOURS_A_MONTH, Use, WholeLife, whole_life

TODAY = date(2026, 11, 25)
MINI = "gpt-4.1-mini-2025-04-14"
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
REFERENCE = "meta-llama/Meta-Llama-3.1-8B-Instruct-Reference"

# 100 examples of 500 tokens, of which the answer has 100; a server left to choose reads them 2 or 3 times
TRAIN = TokenCount("o200k_base", (500,) * 100, 10_000, True)
VALIDATION = TokenCount("o200k_base", (500,) * 20, 2_000, True)
USE = Use(answers=10_000)


def book(*own: OwnPrice) -> PriceBook:
    return replace(shipped_prices(), own=own)


def life(place: str, model: str, use: Use = USE, *own: OwnPrice, validation: TokenCount | None = VALIDATION) -> WholeLife:
    return whole_life(offer(place, place, model, TODAY, book=book(*own)), TRAIN, validation, use, TODAY)


def usd(span: Span) -> tuple[str, str | None]:
    return (f"{span.low:.4f}".rstrip("0").rstrip("."), None if span.high is None else f"{span.high:.4f}".rstrip("0").rstrip("."))


def codes(found: WholeLife) -> set[str]:
    return {reason.code for reason in found.assumptions}


# --- by hand ------------------------------------------------------------------------------------------------------------------------------


def test_openai_by_hand() -> None:
    """50,000 tokens at 5 dollars a million are 0.25 an epoch; 1,000 answers are 400,000 x 0.80 + 100,000 x 3.20 a million."""
    found = life("openai", MINI)
    assert usd(found.training) == ("0.5", "0.75")
    assert (usd(found.deploy), usd(found.hosting)) == (("0", "0"), ("0", "0"))
    assert usd(found.thousand) == ("0.64", "0.64")
    assert usd(found.month) == ("6.4", "6.4")
    assert usd(found.first_year) == ("77.3", "77.55")  # 12 x 6.40 + 0.50 to 0.75
    assert found.oldest == date(2026, 11, 22) and found.stale is None and found.known
    assert {"validation_not_billed", "hosting_never", "answers_as_examples", "answers_cost", "both_end"} <= codes(found)


def test_openai_in_bulk_by_hand() -> None:
    """400,000 x 0.40 + 100,000 x 1.60 a million are 0.32."""
    found = life("openai", MINI, replace(USE, batch=True))
    assert usd(found.thousand) == ("0.32", "0.32") and usd(found.month) == ("3.2", "3.2") and found.batch
    assert "answers_in_bulk" in codes(found)


def test_azure_by_hand_with_hosting() -> None:
    """1.70 an hour for 730 hours are 1,241 a month, whatever is asked; 1,000 answers are 400,000 x 0.40 + 100,000 x 1.60 a million."""
    found = life("azure", MINI)
    assert usd(found.training) == ("0.5", "0.75") and usd(found.hosting) == ("1241", "1241") and usd(found.thousand) == ("0.32", "0.32")
    assert usd(found.month) == ("1244.2", "1244.2")
    assert usd(found.first_year) == ("14930.9", "14931.15")
    assert "hosting_while_deployed" in codes(found)
    assert usd(life("azure", MINI, replace(USE, hours=100)).hosting) == ("170", "170")
    bulk = life("azure", MINI, replace(USE, batch=True))
    assert usd(bulk.thousand) == ("0.32", "0.32") and not bulk.batch and "no_bulk_price" in codes(bulk)


def test_nebius_by_hand_where_much_is_not_known() -> None:
    """50,000 x 0.40 a million are 0.02 an epoch; whether the 10,000 of validation count is not known: 2 x 0.02 to 3 x 0.024."""
    found = life("nebius", LLAMA)
    assert usd(found.training) == ("0.04", "0.072")
    assert usd(found.hosting) == ("0", "0")
    assert found.deploy == found.thousand == UNKNOWN
    assert usd(found.first_year) == ("0.04", None) and not found.known
    assert {"validation_perhaps_billed", "deploy_unknown", "answers_unknown"} <= codes(found) and "tokens_estimated" not in codes(found)


def test_crusoe_by_hand_where_the_gpu_is_rented() -> None:
    """5.50 an hour for 730 hours are 4,015; the answers cost nothing more."""
    found = life("crusoe", LLAMA)
    assert usd(found.training) == ("0.04", "0.072")
    assert usd(found.hosting) == usd(found.month) == ("4015", "4015") and found.thousand.free
    assert usd(found.first_year) == ("48180.04", None)
    deployed = life("crusoe", LLAMA, USE, own_price("crusoe", "", "deploy", 2, TODAY))
    assert usd(deployed.first_year) == ("48182.04", "48182.072") and "deploy_yours" in codes(deployed)
    assert {"answers_included", "hosting_unit"} <= codes(found)


def test_answers_that_are_included_in_a_rent_are_not_free_where_no_hour_is_rented() -> None:
    """Nothing answers that is not ready: an hour at 5.50 is the least."""
    asked = life("crusoe", LLAMA, replace(USE, hours=0))
    assert usd(asked.hosting) == usd(asked.month) == ("5.5", "5.5")
    assert life("crusoe", LLAMA, replace(USE, answers=0, hours=0)).month.free
    assert life("openai", MINI, replace(USE, hours=0)).hosting.free


def test_together_by_hand_with_validation_billed() -> None:
    """60,000 tokens at 0.48 are 0.0288 an epoch; an H100 at 3.99 for 730 hours is 2,912.70."""
    found = life("together", REFERENCE)
    assert usd(found.training) == ("0.0576", "0.0864")
    assert usd(found.hosting) == ("2912.7", "2912.7") and found.thousand.free
    assert usd(found.first_year) == ("34952.4576", "34952.4864")
    assert {"validation_billed", "hosting_by_the_minute", "exported_only"} <= codes(found)
    assert usd(life("together", REFERENCE, validation=None).training) == ("0.048", "0.072")
    assert found.oldest == date(2026, 5, 8) and found.stale == 201, "prices of May are old in November"
    assert "together.ai" in found.source, "and it is known whose list that was"


def test_pairs_are_counted_once_or_twice_and_the_answers_as_they_will_be() -> None:
    """60,000 tokens of pairs, 40,000 of them questions that may count twice, at 5 dollars, 1 to 3 epochs; answers as in the plain file."""
    pairs = TokenCount("o200k_base", (600,) * 100, 20_000, False, questions=40_000)
    found = whole_life(offer("openai", "", MINI, TODAY), pairs, None, USE, TODAY, asked=TRAIN)
    assert usd(found.training) == ("0.3", "1.5")
    assert usd(found.thousand) == ("0.64", "0.64")
    assert {"pairs_counted", "epochs_of_pairs"} <= codes(found)


def test_this_machine_costs_nothing_but_time() -> None:
    seconds = practice_time(100)
    here = whole_life(offer(THIS_MACHINE, "", "recall", TODAY, practice=True), TRAIN, VALIDATION, USE, TODAY, time=seconds)
    assert here.first_year.free and here.month.free and here.time == seconds
    assert {"free_here", "under_a_minute"} <= codes(here) and here.oldest is None and here.stale is None


def test_a_server_without_prices_has_none() -> None:
    found = life("https://models.example.com", "m")
    assert found.training == found.deploy == found.hosting == found.thousand == UNKNOWN
    assert {"price_unknown", "hosting_unknown", "deploy_unknown", "answers_unknown"} <= codes(found)
    assert not found.known and found.oldest is None


def test_prices_of_ones_own_make_a_server_known() -> None:
    place = "https://models.example.com"
    figures = {"training": 5, "tuned.input": 0.8, "tuned.output": 3.2, "hosting": 0, "deploy": 0}
    own = [own_price(place, "m", field, figure, TODAY) for field, figure in figures.items()]
    found = life(place, "m", USE, *own, validation=None)
    assert usd(found.first_year) == ("77.3", "77.55")
    assert {"price_yours", "hosting_yours", "deploy_yours", "answers_yours"} <= codes(found) and found.oldest == TODAY
    assert found.source == "", "one's own price is on nobody's list"


def test_a_figure_that_does_not_count_makes_nothing_old() -> None:
    """Azure's prices were read on 27 August: on the 90th day they are as new, on the next they are marked."""
    known = offer("azure", "Azure", MINI, TODAY)
    assert whole_life(known, TRAIN, None, USE, TODAY).stale is None
    assert whole_life(known, TRAIN, None, USE, TODAY + timedelta(days=1)).stale == 91
    old = own_price("together", "", "hosting", 1, date(2025, 1, 1))
    unhosted = whole_life(offer("together", "", REFERENCE, TODAY, book=book(old)), TRAIN, None, replace(USE, answers=0, hours=0), TODAY)
    assert unhosted.oldest == date(2026, 5, 8) and unhosted.hosting == NOTHING


# --- side by side -------------------------------------------------------------------------------------------------------------------------


def beside(here: Here, today: date = TODAY, **more: object) -> list[tuple[str, str]]:
    counts = lambda model: (TRAIN, VALIDATION, TRAIN)  # noqa: E731
    usual = {"openai": MINI}
    found = side_by_side(here, counts, USE, today, usual=usual, practice="recall", **more)  # type: ignore[arg-type]
    return [(one.offer.place, one.offer.model) for one in found]


def test_every_connection_stands_beside_the_chosen_one() -> None:
    assert beside(Here(THIS_MACHINE, "This machine", "recall", practice=True)) == [
        (THIS_MACHINE, "recall"),
        ("openai", MINI),
        ("azure", "gpt-4.1-nano-2025-04-14"),
        ("nebius", LLAMA),
        ("crusoe", LLAMA),
        ("together", REFERENCE),
    ]


def test_the_same_model_is_compared_where_there_is_one() -> None:
    assert beside(Here("openai", "OpenAI", "gpt-4.1-2025-04-14"))[:3] == [
        ("openai", "gpt-4.1-2025-04-14"),
        (THIS_MACHINE, "recall"),
        ("azure", "gpt-4.1-2025-04-14"),
    ]
    assert beside(Here("https://x.example", "x.example", MINI))[2:4] == [("openai", MINI), ("azure", MINI)]


def test_models_that_have_stopped_are_compared_only_where_nothing_else_is_left() -> None:
    stopped = Shutdown("openai", (MINI, "gpt-4o-mini-2024-07-18"), TODAY, TODAY, "a page")
    here = Here(THIS_MACHINE, "", "recall", practice=True)
    assert beside(here, deadlines=Deadlines((), (stopped,), ()))[1] == ("openai", "gpt-4.1-2025-04-14"), "the cheapest that is left"
    assert beside(here, date(2027, 2, 1))[1] == ("openai", MINI), "all of them have stopped, which its assumptions say"
    assert "model_gone" in codes(whole_life(offer("openai", "", MINI, date(2027, 2, 1)), TRAIN, None, USE, date(2027, 2, 1)))


def test_this_machine_takes_as_long_as_was_measured_here() -> None:
    counts = lambda model: (TRAIN, VALIDATION, TRAIN)  # noqa: E731
    found = side_by_side(Here("openai", "OpenAI", MINI), counts, USE, TODAY, usual={}, practice="recall", learning_s=5.2)
    assert found[1].time == practice_time(100, 5.2)


@pytest.mark.parametrize(
    ("today", "stops"), [(TODAY, date(2027, 1, 14)), (date(2026, 1, 14), None), (date(2026, 1, 15), date(2027, 1, 14))]
)
def test_a_model_that_stops_within_the_year_says_so(today: date, stops: date | None) -> None:
    assert whole_life(offer("openai", "", MINI, today), TRAIN, None, USE, today).stops == stops
    assert whole_life(offer("together", "", REFERENCE, today), TRAIN, None, USE, today).stops is None


def test_a_day_that_nobody_announced_is_not_told_as_the_end() -> None:
    last = date(2027, 4, 1)
    assert "training_may_close" in codes(whole_life(offer("azure", "", MINI, TODAY), TRAIN, None, USE, TODAY))
    assert "training_uncertain" in codes(whole_life(offer("azure", "", MINI, last), TRAIN, None, USE, last))


# --- break-even ---------------------------------------------------------------------------------------------------------------------------


def even(found: WholeLife, use: Use = USE, examples: int = 5) -> tuple[str, int | None, int | None, int | None]:
    told = break_even(found, TRAIN, use, examples)
    return told.kind, told.low, told.high, told.month


def test_the_break_even_with_five_examples_by_hand() -> None:
    """A tuned answer is 0.00064. With 5 x 500 tokens before it the base's is 0.00032 + 2,500 x 0.40 a million = 0.00132, and 0.00057 where
    those tokens are cached at 0.10: 0.50 / 0.00068 = 735.3 answers at the earliest, never at the latest."""
    told = break_even(life("openai", MINI), TRAIN, USE, 5)
    assert (usd(told.tuned)[0], usd(told.prompted)) == ("0.0006", ("0.0006", "0.0013"))
    assert (told.kind, told.low, told.high, told.month) == ("perhaps", 736, None, 0)
    assert told.reason.code == "break_even_perhaps" and told.reason.params["low"] == 740
    idle = Use(answers=0)
    assert even(life("openai", MINI, idle), idle) == ("perhaps", 736, None, 0), "without hosting it does not matter how often it is asked"
    assert even(life("azure", MINI, idle), idle, 50)[0] == "never"


def test_with_more_examples_it_pays_either_way() -> None:
    """50 x 500 tokens at 0.40 to 0.10 a million: 0.50 / (0.00032 + 0.01 - 0.00064) to 0.75 / (0.00032 + 0.0025 - 0.00064)."""
    assert even(life("openai", MINI), examples=50) == ("from", 52, 345, 0)


def test_without_examples_a_dearer_model_never_pays() -> None:
    assert even(life("openai", MINI), examples=0) == ("never", None, None, None)


def test_hosting_takes_a_number_of_answers_a_month() -> None:
    """Azure's answers cost the same either way, so that 50 examples save 0.01 at the most: 1,241 a month take 124,100 answers a month."""
    found = life("azure", MINI)
    assert even(found, examples=50) == ("never", None, None, 124_100)
    assert break_even(found, TRAIN, USE, 50).reason.code == "break_even_too_few"
    many = Use(answers=1_000_000)
    busy = life("azure", MINI, many)
    assert even(busy, many, 50) == ("from", 58, 596, 124_100)


def test_what_is_not_known_has_no_break_even() -> None:
    for found in (
        life("nebius", LLAMA),
        life("https://x.example", "m"),
        whole_life(offer(THIS_MACHINE, "", "r", TODAY), TRAIN, None, USE, TODAY),
    ):
        assert even(found)[0] == "unknown"


def test_in_bulk_both_ways_are_or_neither_is() -> None:
    """Where the price of the base model in bulk is not known, both are compared as they are asked at once."""
    bulk = replace(USE, batch=True)
    known = life("openai", MINI, bulk)
    # half of everything but the training: 0.50 and 0.75 / (0.00016 + 0.005 - 0.00032)
    assert even(known, bulk, 50) == ("from", 104, 155, 0)
    assert known.offer.base is not None
    unknown = replace(known, offer=replace(known.offer, base=replace(known.offer.base, batch_input=None, batch_output=None)))
    assert even(unknown, bulk, 50) == ("from", 52, 345, 0)


@pytest.mark.parametrize(("n", "told"), [(1, 1), (99, 99), (100, 100), (736, 740), (1_001, 1_100), (123_456, 130_000)])
def test_about_is_two_digits_and_never_too_early(n: int, told: int) -> None:
    assert about(n) == told


# --- properties ---------------------------------------------------------------------------------------------------------------------------

LINES = st.lists(st.integers(1, 20_000), min_size=1, max_size=20)
PLACES = st.sampled_from([("openai", MINI), ("azure", MINI), ("nebius", LLAMA), ("crusoe", LLAMA), ("together", REFERENCE), ("x", "m")])
USES = st.builds(Use, st.integers(0, 10**7), st.integers(0, 744), st.booleans())


def counted(lines: list[int]) -> TokenCount:
    return TokenCount("o200k_base", tuple(lines), sum(lines) // 3, True)


def spans(found: WholeLife) -> tuple[Span, ...]:
    return (found.training, found.deploy, found.hosting, found.thousand, found.use, found.month, found.first_year)


def no_less(more: Span, less: Span) -> bool:
    return more.low >= less.low and (more.high is None) == (less.high is None) and (more.high is None or more.high >= (less.high or 0))


@given(PLACES, LINES, LINES, USES, st.none() | st.integers(1, 50))
def test_bounds_are_in_order_and_nothing_is_negative(
    where: tuple[str, str], lines: list[int], checked: list[int], use: Use, epochs: int | None
) -> None:
    found = whole_life(offer(where[0], "", where[1], TODAY), counted(lines), counted(checked), use, TODAY, n_epochs=epochs)
    for span in spans(found):
        assert span.low >= 0 and (span.high is None or span.low <= span.high)
    assert found.first_year.low >= found.training.low and found.known == (found.first_year.high is not None)


@given(PLACES, LINES, USES, st.integers(1, 49))
def test_the_cost_grows_with_the_epochs(where: tuple[str, str], lines: list[int], use: Use, epochs: int) -> None:
    known = offer(where[0], "", where[1], TODAY)
    fewer, more = (whole_life(known, counted(lines), VALIDATION, use, TODAY, n_epochs=n) for n in (epochs, epochs + 1))
    assert all(no_less(*pair) for pair in zip(spans(more), spans(fewer), strict=True))


@given(PLACES, LINES, st.integers(1, 10_000), USES)
def test_the_cost_grows_with_the_tokens(where: tuple[str, str], lines: list[int], extra: int, use: Use) -> None:
    known = offer(where[0], "", where[1], TODAY)
    few, many = counted(lines), TokenCount("o200k_base", (lines[0] + extra, *lines[1:]), sum(lines) // 3, True)
    for fewer, more in (
        (whole_life(known, few, VALIDATION, use, TODAY), whole_life(known, many, VALIDATION, use, TODAY)),
        (whole_life(known, few, few, use, TODAY), whole_life(known, few, many, use, TODAY)),
    ):
        assert all(no_less(*pair) for pair in zip(spans(more), spans(fewer), strict=True))


@given(PLACES, LINES, USES, st.integers(0, 10**6), st.integers(0, 100))
def test_the_cost_grows_with_the_use(where: tuple[str, str], lines: list[int], use: Use, answers: int, hours: int) -> None:
    known = offer(where[0], "", where[1], TODAY)
    fewer = whole_life(known, counted(lines), None, use, TODAY)
    busy = replace(use, answers=use.answers + answers, hours=use.hours + hours)
    more = whole_life(known, counted(lines), None, busy, TODAY)
    for large, small in zip(spans(more), spans(fewer), strict=True):
        assert large.low >= small.low and (large.high is None or (small.high is not None and large.high >= small.high))


@given(PLACES, LINES, USES, st.integers(0, 100))
def test_a_break_even_is_in_order_and_holds(where: tuple[str, str], lines: list[int], use: Use, examples: int) -> None:
    tokens = counted(lines)
    found = whole_life(offer(where[0], "", where[1], TODAY), tokens, None, use, TODAY)
    told = break_even(found, tokens, use, examples)
    assert told.prompted.high is None or told.prompted.low <= told.prompted.high
    if told.low is not None and told.high is not None:
        assert 1 <= told.low <= told.high
        saved = told.prompted.low - (told.tuned.high or Decimal(0)) - (found.hosting.high or Decimal(0)) / max(1, use.answers)
        assert told.high * saved >= (found.training + found.deploy).low - Decimal("1e-12")


@given(st.decimals(0, 10**6, places=6), st.decimals(0, 10**6, places=6), st.integers(0, 1000))
def test_unknown_amounts_stay_unknown(low: Decimal, more: Decimal, n: int) -> None:
    known = Span(low, low + more)
    assert (known + UNKNOWN).high is None and (known + UNKNOWN).low == low
    assert UNKNOWN.times(n) == (UNKNOWN if n else NOTHING)
    assert known.times(n).low <= (known.times(n).high or 0) or n == 0


def test_a_month_has_so_many_hours() -> None:
    assert HOURS_A_MONTH * 12 == 365 * 24
