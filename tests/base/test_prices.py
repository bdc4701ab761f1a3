"""Prices and dates: each with its day and source, each from the data file, and a slip in the file named to the key."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base import deadlines, model_table, prices
from core.base.deadlines import load_deadlines, service_ends, shutdown, training_ends
from core.base.errors import BadDataFile
from core.base.prices import hosting, is_stale, load_prices, price, tuned_price

TODAY = date(2026, 11, 22)
FOLDER = Path(prices.__file__).parent

# the vendor's table as read on 2026-11-22: training, then the fine-tune's input, cached, output, batch in, batch out, then the base's
TABLE = {
    "gpt-4.1-2025-04-14": (25.00, 3.00, 0.75, 12.00, 1.50, 6.00, 2.00, 0.50, 8.00),
    "gpt-4.1-mini-2025-04-14": (5.00, 0.80, 0.20, 3.20, 0.40, 1.60, 0.40, 0.10, 1.60),
    "gpt-4.1-nano-2025-04-14": (1.50, 0.20, 0.05, 0.80, 0.10, 0.40, 0.10, 0.025, 0.40),
    "gpt-4o-2024-08-06": (25.00, 3.75, 1.875, 15.00, 2.225, 12.50, 2.50, 1.25, 10.00),
    "gpt-4o-mini-2024-07-18": (3.00, 0.30, 0.15, 1.20, 0.15, 0.60, 0.15, 0.075, 0.60),
    "gpt-3.5-turbo": (8.00, 3.00, None, 6.00, 1.50, 3.00, 0.50, None, 1.50),
}

BLOCK = """
[[price]]
connection = "openai"
model = "m"
training = 2.0
base = { input = 1, output = 4 }
as_of = 2026-01-01
source = "a page"
"""


def book(tmp_path: Path, text: str) -> prices.PriceBook:
    file = tmp_path / "prices.toml"
    file.write_text(text, encoding="utf-8")
    return load_prices(file)


@pytest.mark.parametrize("model", TABLE)
def test_every_price_of_the_table_is_there_with_its_day_and_source(model: str) -> None:
    base, tuned = price("openai", model, TODAY), price("openai", f"ft:{model}:acme::abc", TODAY)
    assert base is not None and tuned is not None
    figures = (
        base.training,
        tuned.input,
        tuned.cached_input,
        tuned.output,
        tuned.batch_input,
        tuned.batch_output,
        base.input,
        base.cached_input,
        base.output,
    )
    assert figures == TABLE[model]
    for found in (base, tuned):
        assert found.as_of == date(2026, 11, 22) and found.source and found.connection == "openai"


def test_a_models_short_name_has_the_price_of_the_dated_one() -> None:
    short, dated = price("openai", "gpt-4o-mini", TODAY), price("openai", "gpt-4o-mini-2024-07-18", TODAY)
    assert short is not None and dated is not None
    assert (short.model, short.training, short.input) == ("gpt-4o-mini", dated.training, dated.input)


def test_the_price_after_the_training_is_the_fine_tunes() -> None:
    after, tuned = tuned_price("openai", "gpt-4o-mini", TODAY), price("openai", "ft:gpt-4o-mini-2024-07-18:a:b:c", TODAY)
    assert after is not None and tuned is not None
    assert (after.input, after.output) == (tuned.input, tuned.output) == (0.30, 1.20)


@pytest.mark.parametrize("model", ["recall", "ft:recall:local:bank:1", "anything"])
def test_this_machine_is_free_and_stays_free(model: str) -> None:
    found = price("this-machine", model, TODAY)
    assert found is not None
    assert (found.training, found.input, found.cached_input, found.output) == (0, 0, 0, 0)
    assert not is_stale(found, TODAY + timedelta(days=5_000))


@pytest.mark.parametrize(
    ("connection", "model"),
    [
        ("custom", "gpt-4o-mini"),
        ("custom", ""),
        ("openai", "gpt-99"),
        ("openai", ""),
        ("nowhere", "m"),
        ("nebius", "no-size"),
        ("nebius", "L-70B"),
    ],
)
def test_a_price_that_is_not_known_is_none_and_never_a_guess(connection: str, model: str) -> None:
    assert price(connection, model, TODAY) is None


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", True),
        ("Qwen3-0.6B", True),
        ("Qwen/Qwen3-32B", False),
        ("Qwen3-30B-A3B", False),
        ("Mixtral-8x7B", False),
        ("20b", False),
        ("model-8bit", False),
    ],
)
def test_nebius_prices_models_by_their_size(model: str, known: bool) -> None:
    found = price("nebius", model, TODAY)
    assert (found is not None) is known
    assert found is None or found.training == 0.40


def test_crusoe_and_azure_have_the_prices_that_are_known() -> None:
    large = price("crusoe", "openai/gpt-oss-120b", TODAY)
    assert large is not None and (large.training, large.input, large.output) == (6.00, 0.05, 0.20)
    azure = hosting("azure")
    assert azure is not None and azure.per_hour == 1.70 and azure.source
    nothing = hosting("openai")
    assert nothing is not None and nothing.billed == "never" and nothing.per_hour == 0
    assert hosting("custom") is None


def test_a_model_that_cannot_be_trained_has_no_training_price() -> None:
    luna = price("openai", "gpt-6-luna", TODAY)
    assert luna is not None and luna.training is None and luna.input == 0.10


@given(st.integers(-1_000, 1_000))
def test_a_price_is_stale_after_ninety_days(days: int) -> None:
    found = price("openai", "gpt-4o-mini", TODAY)
    assert found is not None
    assert is_stale(found, found.as_of + timedelta(days=days)) == (days > 90)


def test_the_youngest_price_that_is_not_in_the_future_counts(tmp_path: Path) -> None:
    text = BLOCK + BLOCK.replace("2.0", "3.0").replace("2026-01-01", "2026-06-01")
    both = book(tmp_path, text)

    def on(day: date) -> float | None:
        found = price("openai", "m", day, book=both)
        return found.training if found else None

    assert on(date(2026, 5, 31)) == 2.0
    assert on(date(2026, 6, 1)) == 3.0
    assert on(date(2020, 1, 1)) == 2.0  # a clock that runs behind hides nothing


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.replace("as_of = 2026-01-01\n", ""), "block 1 lacks as_of"),
        (lambda t: t.replace('source = "a page"\n', ""), "block 1 lacks source"),
        (lambda t: t.replace('"a page"', '" "'), "source of .* must be text"),
        (lambda t: t.replace('model = "m"\n', ""), "lacks model"),
        (lambda t: t.replace("2.0", '"2.0"'), "training of .* must be a number"),
        (lambda t: t.replace("2.0", "-2.0"), "training of .* not negative"),
        (lambda t: t.replace("2.0", "nan"), "training of"),
        (lambda t: t.replace("2.0", "true"), "training of"),
        (lambda t: t.replace("2026-01-01", "2026-01-01T10:00:00"), "as_of of .* must be a date"),
        (lambda t: t.replace("2026-01-01", '"2026-01-01"'), "as_of of .* must be a date"),
        (lambda t: t.replace("training", "trainning"), "not known: trainning"),
        (lambda t: t.replace("output = 4", "output = -4"), "output of base of .* block 1"),
        (lambda t: t.replace("output = 4", "outputs = 4"), "not known: outputs"),
        (lambda t: t.replace("base = { input = 1, output = 4 }", "base = 3"), "base of .* must be a table"),
        (lambda t: t.replace('model = "m"', 'model = "*"'), "below_billions"),
        (lambda t: t + t, "block 2 is the second one for m"),
        (lambda t: t.replace("[[price]]", "[[prices]]"), r"no \[\[prices\]\] blocks"),
        (lambda t: t.replace("[[price]]", "[price]"), r"should be \[\[price\]\]"),
        (lambda t: t + "x = ", "not TOML"),
        (lambda t: "price = [1]", "is not a table"),
        (lambda t: BLOCK.replace('model = "m"', 'model = "m"\naliases = []'), "aliases of .* must be a list of text"),
    ],
)
def test_a_slip_in_the_price_file_is_named(change: object, complaint: str, tmp_path: Path) -> None:
    assert callable(change)
    with pytest.raises(BadDataFile, match=complaint) as raised:
        book(tmp_path, change(BLOCK))
    assert "prices.toml" in str(raised.value) and raised.value.hint


def test_a_price_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadDataFile, match="cannot be read"):
        load_prices(tmp_path / "prices.toml")
    (tmp_path / "prices.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadDataFile, match="not TOML"):
        load_prices(tmp_path / "prices.toml")


# --- dates --------------------------------------------------------------------------------------------------------------------------------


def test_the_last_days_of_training_are_known_in_order() -> None:
    assert [(end.who, end.on, end.days) for end in training_ends("openai")] == [
        ("newcomers", date(2026, 5, 7), None),
        ("idle", date(2026, 7, 2), 60),
        ("everyone", date(2027, 1, 6), None),
    ]
    assert all(end.source and not end.earliest for end in training_ends("openai"))
    assert training_ends("azure")[0].earliest
    assert training_ends("this-machine") == training_ends("custom") == ()


@pytest.mark.parametrize(
    ("model", "day"),
    [
        ("gpt-4o-mini-2024-07-18", date(2027, 1, 14)),
        ("ft:gpt-4.1-2025-04-14:acme::abc", date(2027, 1, 14)),
        ("gpt-4.1-mini-2025-04-14", date(2027, 1, 14)),
        ("ft:gpt-4o-2024-08-06:acme::abc:ckpt-step-8", date(2027, 1, 14)),
        ("ft:gpt-3.5-turbo-0125:acme::abc", date(2026, 10, 23)),
        ("gpt-4.1-nano-2025-04-14", date(2026, 10, 23)),
        ("babbage-002", date(2026, 10, 23)),
    ],
)
def test_the_last_day_of_a_model_and_of_its_fine_tunes_is_known(model: str, day: date) -> None:
    found = shutdown("openai", model)
    assert found is not None and found.on == day and found.source
    assert shutdown("custom", model) is None


def test_a_model_without_a_last_day_has_none() -> None:
    assert shutdown("openai", "gpt-6-luna") is None
    assert [(end.name, end.on) for end in service_ends("openai")] == [("OpenAI Evals", date(2026, 11, 30))]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[training]]\nconnection = "a"\nwho = "all"\non = 2027-01-06\nas_of = 2026-01-01\nsource = "b"', "must be one of everyone"),
        ('[[training]]\nconnection = "a"\nwho = "idle"\non = 2027-01-06\nas_of = 2026-01-01\nsource = "b"', "days belong together"),
        ('[[shutdown]]\nconnection = "a"\nmodels = "m"\non = 2027-01-06\nas_of = 2026-01-01\nsource = "b"', "models of .* a list of text"),
        ('[[shutdown]]\nconnection = "a"\nmodels = ["m"]\nas_of = 2026-01-01\nsource = "b"', "lacks on"),
    ],
)
def test_a_slip_in_the_file_of_dates_is_named(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "dates.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadDataFile, match=complaint):
        load_deadlines(tmp_path / "dates.toml")


@pytest.mark.parametrize("file", ["prices.toml", "dates.toml", "models.toml"])
def test_every_block_that_ships_says_when_it_was_read_and_where(file: str) -> None:
    raw = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    blocks = [block for kind in raw.values() for block in kind]
    assert len(blocks) > 4
    assert all(isinstance(block["as_of"], date) and block["source"] for block in blocks)
    assert prices.shipped_prices().prices and deadlines.shipped_deadlines().shutdowns and model_table.shipped_models().encodings
