"""What goes over to another model or connection: all that it can take, and every other wish is named."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.base.lora_settings import SETTINGS
from core.io.connections import connection
from core.io.workspace import Workspace
from core.train.carry import Fitted, Place, Wishes, fit, from_json, moved, of_plan, to_json
from core.train.method import METHODS
from core.train.plan import PRESETS, build
from tests.train.test_plan import SHA
from tests.train.workbench import NOW, save_dataset, save_pairs, save_plan

NUMBERS = st.one_of(st.integers(-2, 300), st.floats(0.001, 20), st.sampled_from(["auto", "full", "lora"]))
HYPER = st.dictionaries(st.sampled_from(["n_epochs", "batch_size", "learning_rate_multiplier", "beta", *SETTINGS]), NUMBERS, max_size=6)
SUFFIX = st.none() | st.from_regex(r"[A-Za-z0-9_-]{0,64}", fullmatch=True)
NOTES = st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=5), max_size=3)
WISHES = st.builds(
    Wishes,
    base_model=st.sampled_from(["", "recall", "gpt-4.1-mini-2025-04-14"]),
    method=st.none() | st.sampled_from(METHODS),
    preset=st.none() | st.sampled_from(PRESETS),
    by_hand=HYPER,
    seed=st.none() | st.integers(0, 2**31 - 1),
    suffix=SUFFIX,
    metadata=NOTES,
)
PLACES = st.builds(
    Place,
    methods=st.sampled_from([("supervised",), METHODS]),
    small=st.booleans(),
    has_validation=st.booleans(),
    suffix_max=st.sampled_from([18, 40, 64]),
)


@given(WISHES, PLACES)
def test_nothing_is_changed_unseen(wishes: Wishes, place: Place) -> None:
    found = fit(wishes, place)
    kept = found.wishes
    named = dict(found.left_out)
    assert dict(kept.by_hand) | {name: value for name, value in named.items() if name != "method"} == dict(wishes.by_hand)
    assert not kept.by_hand.keys() & named.keys()
    assert kept.method == wishes.method or (kept.method is None and named["method"] == wishes.method)
    assert (kept.base_model, kept.preset, kept.seed, kept.metadata) == (wishes.base_model, wishes.preset, wishes.seed, wishes.metadata)
    if kept.suffix != wishes.suffix:
        assert found.cut == wishes.suffix and kept.suffix == found.cut[: place.suffix_max]


@given(WISHES, PLACES)
def test_what_is_taken_makes_a_plan_that_nothing_refuses(wishes: Wishes, place: Place) -> None:
    kept = fit(wishes, place).wishes
    method = kept.method or place.methods[0]
    build(
        connection_id="x",
        origin="https://x",
        host="x",
        base_model="m",
        train_sha=SHA,
        validation_sha=SHA if place.has_validation else None,
        n_train=50,
        preset_name=kept.preset or "balanced",
        overrides={name: value for name, value in kept.by_hand.items() if name != "beta" or method == "dpo"},
        small=place.small,
        seed=kept.seed,
        suffix=kept.suffix or "",
        suffix_max=place.suffix_max,
        method=method,
        metadata=kept.metadata,
    )


@given(WISHES, PLACES)
def test_what_was_taken_once_is_taken_again(wishes: Wishes, place: Place) -> None:
    kept = fit(wishes, place).wishes
    assert fit(kept, place) == Fitted(kept)


@given(WISHES)
def test_what_is_kept_is_read_again(wishes: Wishes) -> None:
    assert from_json(json.loads(json.dumps(to_json(wishes)))) == wishes


@given(st.dictionaries(st.sampled_from([*to_json(Wishes()), "colour"]), st.none() | st.integers() | st.text() | st.lists(st.integers())))
def test_what_cannot_be_read_was_not_chosen(data: dict[str, Any]) -> None:
    read = from_json(data)
    assert from_json(to_json(read)) == read
    assert read.preset in (None, *PRESETS) and read.method in (None, *METHODS)


def test_from_a_small_model_to_a_server_what_only_the_small_one_has_is_named() -> None:
    wishes = Wishes("smol", "dpo", "careful", {"lora_r": 32, "beta": 5.0, "n_epochs": 7}, 1, "a-name-that-is-far-too-long", {"team": "a"})
    found = fit(wishes, Place(METHODS, suffix_max=18))
    assert found.left_out == (("lora_r", 32), ("beta", 5.0)), "a beta over 2 is only taken here"
    assert found.cut == wishes.suffix and found.wishes.suffix == "a-name-that-is-far"
    assert fit(wishes, Place(("supervised",), small=True)).left_out == (("method", "dpo"), ("beta", 5.0))


def test_a_base_model_goes_over_only_where_it_is_offered() -> None:
    wishes = Wishes("gpt-4.1", preset="quick")
    assert moved(wishes, ["gpt-4.1", "other"]) == wishes
    assert moved(wishes, ["recall"]) == Wishes(preset="quick")


def test_the_choices_of_a_plan_are_what_was_set_by_hand_for_the_data_that_it_was_made_for(ws: Workspace) -> None:
    where = connection("openai")
    small = save_dataset(ws, ws.create_project("A", now=NOW).id)
    plan = save_plan(ws, small, where, preset_name="quick", overrides={"batch_size": 4}, metadata={"team": "a"})
    assert of_plan(plan, small, practice=False, small=False) == Wishes(
        plan.base_model, "supervised", "quick", {"batch_size": 4}, 42, "cases", {"team": "a"}
    ), "the epochs of the preset are the preset's"
    pairs = save_pairs(ws, ws.create_project("B", now=NOW).id)
    plan = save_plan(ws, pairs, where, method="dpo", overrides={"beta": 0.5})
    assert of_plan(plan, pairs, practice=False, small=False).by_hand == {"beta": 0.5}
