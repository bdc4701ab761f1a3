"""Prices that the user entered: they win over the list, come back from the workspace, and can be taken back."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.base import own_prices, prices
from core.base.errors import BadDataFile, BadSetting
from core.base.own_prices import FIELDS, OwnPrice, own_price
from core.base.prices import deploy_fee, hosting, is_stale, load_prices, price, provider, provider_at, shipped_prices, tuned_price

READ = date(2026, 11, 22)
TODAY = date(2026, 11, 25)
MODEL = "gpt-4.1-mini-2025-04-14"


def with_own(*own: OwnPrice) -> prices.PriceBook:
    return replace(shipped_prices(), own=own)


def test_an_entered_figure_wins_and_the_others_stay() -> None:
    book = with_own(own_price("openai", MODEL, "tuned.output", 2.5, TODAY))
    tuned, base = tuned_price("openai", MODEL, TODAY, book=book), price("openai", MODEL, TODAY, book=book)
    assert tuned is not None and base is not None
    assert (tuned.input, tuned.output, tuned.own) == (0.80, 2.5, (("output", TODAY),))
    assert (base.output, base.own) == (1.60, ()) and tuned.source == base.source


def test_where_no_price_is_known_the_entered_one_is_all_there_is() -> None:
    place = "https://models.example.com"
    book = with_own(own_price(place, "m", "training", 3, TODAY))
    found = price(place, "m", TODAY, book=book)
    assert found is not None and (found.training, found.input, found.as_of, found.source) == (3.0, None, TODAY, "")
    assert price(place, "other", TODAY, book=book) is None and price("openai", "m", TODAY, book=book) is None


def test_hosting_and_deploying_can_be_entered_for_a_whole_connection() -> None:
    book = with_own(own_price("azure", "ignored", "hosting", 2.04, TODAY), own_price("crusoe", "", "deploy", 1, TODAY))
    told = hosting("azure", MODEL, book=book)
    assert told is not None and (told.per_hour, told.billed, told.own) == (2.04, "while_deployed", TODAY)
    assert deploy_fee("crusoe", book=book) == (1.0, TODAY, True)
    assert deploy_fee("crusoe") == (None, None, False)
    assert deploy_fee("openai") == (0, READ, False)
    mine = hosting("https://x.example", "m", book=with_own(own_price("https://x.example", "", "hosting", 1, TODAY)))
    assert mine is not None and (mine.per_hour, mine.billed) == (1.0, "while_deployed")


def test_an_entered_price_grows_old_as_well() -> None:
    found = price("openai", MODEL, TODAY, book=with_own(own_price("openai", MODEL, "training", 4, TODAY - timedelta(days=91))))
    assert found is not None and is_stale(found, TODAY, "training") and not is_stale(found, TODAY, "input") and not is_stale(found, TODAY)


def test_a_new_figure_takes_the_place_of_the_old_and_taking_back_removes_it() -> None:
    first, second = own_price("openai", MODEL, "training", 4, READ), own_price("openai", MODEL, "training", 6, TODAY)
    other = own_price("openai", MODEL, "base.input", 1, TODAY)
    own = own_prices.entered(own_prices.entered((first,), other), second)
    assert own == (other, second)
    assert own_prices.taken_back(own, first) == (other,)


def test_what_is_kept_comes_back_and_what_cannot_be_read_is_left_out() -> None:
    own = tuple(own_price("openai", MODEL, field, 1.5, TODAY) for field in FIELDS)
    kept = own_prices.to_json(own)
    assert own_prices.from_json(kept) == own
    odd = [
        *kept,
        {"place": "x"},
        3,
        {**kept[0], "field": "later"},
        {**kept[0], "usd": -1},
        {**kept[0], "usd": True},
        {**kept[0], "on": "soon"},
    ]
    assert own_prices.from_json(odd) == own
    assert own_prices.from_json(None) == own_prices.from_json({"a": 1}) == ()


@pytest.mark.parametrize("usd", [-0.01, float("nan"), float("inf"), True])
def test_what_is_no_price_is_refused(usd: float) -> None:
    with pytest.raises(BadSetting):
        own_price("openai", MODEL, "training", usd, TODAY)


def test_a_price_for_what_has_none_is_refused() -> None:
    with pytest.raises(BadSetting):
        own_price("openai", MODEL, "lunch", 1, TODAY)


# --- providers ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "id"),
    [
        ("api.openai.com", "openai"),
        ("acme.openai.azure.com", "azure"),
        ("ACME.openai.azure.com:443", "azure"),
        ("api.tokenfactory.nebius.com", "nebius"),
        ("api.intelligence.crusoecloud.com", "crusoe"),
        ("api.together.xyz", "together"),
        ("openai.azure.com.example.com", None),
        ("127.0.0.1:8000", None),
    ],
)
def test_a_typed_address_is_known_by_its_host(host: str, id: str | None) -> None:
    found = provider_at(host)
    assert (found.id if found else None) == id


def test_every_provider_says_what_it_bills_or_nothing() -> None:
    told = {one.id: (one.validation_billed, one.deploy_fee) for one in shipped_prices().providers}
    assert told == {"openai": (False, 0), "azure": (False, 0), "nebius": (None, None), "crusoe": (None, None), "together": (True, 0)}
    assert provider("custom") is None


@pytest.mark.parametrize(
    ("id", "model", "training"),
    [
        ("together", "meta-llama/Meta-Llama-3.1-8B-Instruct-Reference", 0.48),
        ("together", "Qwen/Qwen3-16B", 0.48),
        ("together", "Qwen/Qwen3-32B", 1.50),
        ("together", "meta-llama/Llama-3.3-70B-Instruct", 2.90),
        ("crusoe", "meta-llama/Llama-3.1-8B-Instruct", 0.40),
        ("azure", "gpt-4.1-mini", 5.00),
        ("azure", "gpt-4.1-nano-2025-04-14", 1.50),
    ],
)
def test_the_training_prices_of_the_other_providers(id: str, model: str, training: float) -> None:
    found = price(id, model, TODAY)
    assert found is not None and found.training == training and found.source


@pytest.mark.parametrize(("id", "model"), [("together", "unsized"), ("together", "big-405b"), ("azure", "gpt-4o-2024-08-06")])
def test_what_was_not_found_is_not_known(id: str, model: str) -> None:
    assert price(id, model, TODAY) is None


def test_one_gpu_is_priced_for_models_that_fit_it_only() -> None:
    small, large = hosting("crusoe", "meta-llama/Llama-3.1-8B-Instruct"), hosting("crusoe", "openai/gpt-oss-120b")
    assert small is not None and (small.per_hour, small.includes_answers, small.unit) == (5.50, True, "NVIDIA H100")
    assert large is None
    together = hosting("together", "Llama-3.1-8B")
    assert together is not None and together.billed == "by_the_minute" and together.per_hour == 3.99


HOST = '[[hosting]]\nconnection = "a"\nbilled = "never"\nas_of = 2026-01-01\nsource = "p"\n'
PROVIDER = '[[provider]]\nid = "a"\nname = "A"\nmodels = ["m"]\nas_of = 2026-01-01\nsource = "p"\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HOST.replace("never", "sometimes"), "billed of .* must be one of never, while_deployed, by_the_minute"),
        (HOST + "per_hour = 1", 'billed "never" has no per_hour'),
        (PROVIDER + PROVIDER, "two .* blocks for a"),
        (PROVIDER.replace('["m"]', '"m"'), "models of .* a list of text"),
        (PROVIDER + "validation_billed = 1", "validation_billed of .* true or false"),
        (PROVIDER + "deploy_fee = -1", "not negative"),
    ],
)
def test_a_slip_in_these_blocks_is_named(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadDataFile, match=complaint):
        load_prices(tmp_path / "prices.toml")
