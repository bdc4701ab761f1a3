"""What a plan proposes, what it refuses before anything is sent, and when two plans are one."""

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.bayes import PASSES
from core.base.epochs import usual_epochs
from core.base.errors import BadSetting
from core.base.lora_settings import usual_batch
from core.io.connections import connection, connections
from core.train.plan import (
    PRESETS,
    TrainingPlan,
    build,
    describe,
    plan_key,
    preset,
    set_by_hand,
    suggest_suffix,
)
from core.train.ranges import check_hyperparameters, check_suffix

SHA = "a" * 64


def plan(**changes: Any) -> TrainingPlan:
    facts: dict[str, Any] = {
        "connection_id": "openai",
        "origin": "https://api.openai.com",
        "host": "api.openai.com",
        "base_model": "gpt-4.1-mini-2025-04-14",
        "train_sha": SHA,
        "validation_sha": None,
        "n_train": 100,
    }
    return build(**facts | changes)


@given(st.sampled_from(PRESETS), st.integers(1, 10**6), st.booleans(), st.booleans())
def test_every_preset_is_inside_every_range_and_says_why(name: str, n: int, practice: bool, validation: bool) -> None:
    choices = preset(name, n, practice=practice, has_validation=validation)
    assert [choice.name for choice in choices] == ["n_epochs", "batch_size", "learning_rate_multiplier"]
    assert all(choice.reason.code for choice in choices)
    epochs = choices[0].value
    assert epochs == "auto" or 1 <= int(epochs) <= 50


def test_careful_trains_longer_than_quick() -> None:
    def epochs(name: str) -> Any:
        return preset(name, 100)[0].value

    assert epochs("quick") == 1
    assert epochs("balanced") == "auto"
    assert epochs("careful") == 4


def test_what_is_set_by_hand_wins_and_says_what_it_replaced() -> None:
    made = plan(overrides={"n_epochs": 7})
    choice = made.choices[0]
    assert choice.value == 7
    assert (choice.reason.code, choice.reason.params) == ("set_by_hand", {"instead_of": "auto"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_epochs", 0),
        ("n_epochs", 51),
        ("n_epochs", 2.5),
        ("n_epochs", True),
        ("n_epochs", "many"),
        ("batch_size", 257),
        ("learning_rate_multiplier", 0),
        ("learning_rate_multiplier", -1),
        ("learning_rate_multiplier", math.nan),
        ("learning_rate_multiplier", math.inf),
        ("learning_rate_multiplier", "fast"),
        ("temperature", 1),
    ],
)
def test_values_that_a_server_refuses_are_refused_here(name: str, value: Any) -> None:
    with pytest.raises(BadSetting) as refusal:
        plan(overrides={name: value})
    assert name in str(refusal.value)


@pytest.mark.parametrize("seed", [-1, 2**31, True, 1.5])
def test_a_seed_outside_its_range_is_refused(seed: Any) -> None:
    with pytest.raises(BadSetting):
        plan(seed=seed)


@pytest.mark.parametrize("suffix", ["a" * 19, "naïve", "a:b", "a.b", "a b"])
def test_a_suffix_that_some_server_refuses_is_refused(suffix: str) -> None:
    with pytest.raises(BadSetting):
        check_suffix(suffix, 18)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("Bank support!", "bank-support"), ("  ", ""), ("Ärger & Café 2", "rger-caf-2"), ("x" * 80, "x" * 18), ("a" * 17 + " b", "a" * 17)],
)
def test_a_suffix_made_of_a_name_is_always_accepted(name: str, suffix: str) -> None:
    made = suggest_suffix(name, 18)
    assert made == suffix
    check_suffix(made, 18)


def test_an_unknown_preset_and_a_negative_budget_are_refused() -> None:
    with pytest.raises(BadSetting):
        plan(preset_name="reckless")
    with pytest.raises(BadSetting):
        plan(budget=-1.0)


def test_two_ways_to_say_the_same_are_one_plan() -> None:
    assert plan(overrides={"n_epochs": "auto"}).key == plan().key == plan(suffix="").key
    facts = ("https://x", SHA, None, "m", "supervised")
    one = plan_key(*facts, {"learning_rate_multiplier": 1, "n_epochs": 3}, None, None)
    assert one == plan_key(*facts, {"n_epochs": 3, "learning_rate_multiplier": 1.0, "batch_size": "auto"}, None, "")
    assert len(one) == 64 and int(one, 16) >= 0


def test_whatever_makes_another_job_makes_another_key() -> None:
    keys = {
        plan().key,
        plan(origin="https://other.example").key,
        plan(train_sha="b" * 64).key,
        plan(validation_sha="b" * 64, n_validation=10).key,
        plan(base_model="gpt-4.1-2025-04-14").key,
        plan(overrides={"n_epochs": 3}).key,
        plan(seed=0).key,
        plan(seed=1).key,
        plan(suffix="a").key,
        plan_key("https://api.openai.com", SHA, None, "gpt-4.1-mini-2025-04-14", "dpo", {}, None, ""),
    }
    assert len(keys) == 10


@pytest.mark.parametrize("small", [False, True])
def test_only_a_training_by_preference_has_a_beta_and_it_says_what_it_will_be(small: bool) -> None:
    made = plan(method="dpo", small=small, preset_name="careful", validation_sha=SHA, n_validation=4)
    beta = next(choice for choice in made.choices if choice.name == "beta")
    assert beta.value == "auto" and beta.reason.code == ("beta_usual_here" if small else "beta_left_to_server")
    assert "beta" not in plan(small=small).hyperparameters
    by_hand = plan(method="dpo", small=small, overrides={"beta": 0.3})
    assert set_by_hand(by_hand.hyperparameters, "balanced", 100, small=small, method="dpo") == {"beta": 0.3}
    assert set_by_hand(by_hand.hyperparameters, "balanced", 100, small=small) == {}
    assert len({by_hand.key, plan(method="dpo", small=small).key, plan(small=small).key}) == 3


@pytest.mark.parametrize(
    ("value", "small"), [(0, False), (2.01, False), (math.nan, False), (True, False), ("x", False), (0, True), (11, True)]
)
def test_a_beta_outside_its_range_never_leaves(value: Any, small: bool) -> None:
    with pytest.raises(BadSetting, match="beta"):
        plan(method="dpo", small=small, overrides={"beta": value})


def test_beta_and_unknown_methods_are_refused_where_they_mean_nothing() -> None:
    check_hyperparameters({"beta": 2}, method="dpo")
    check_hyperparameters({"beta": 10}, method="dpo", small=True)
    for wrong in ({"overrides": {"beta": 0.1}}, {"method": "reinforcement"}, {"method": "dpo", "practice": True}):
        with pytest.raises(BadSetting):
            plan(**wrong)


def test_the_sentence_speaks_of_pairs_where_pairs_are_read() -> None:
    said = describe(plan(method="dpo", overrides={"n_epochs": 2}, validation_sha=SHA, n_validation=12))
    assert said.code == "plan_pairs_epochs_validated" and said.params["n"] == 100
    assert describe(plan(method="dpo")).code == "plan_pairs_auto"


def test_the_sentence_says_what_will_happen_and_where() -> None:
    said = describe(plan(overrides={"n_epochs": 3}, validation_sha=SHA, n_validation=12))
    assert said.code == "plan_epochs_validated"
    assert said.params == {"model": "gpt-4.1-mini-2025-04-14", "n": 100, "validation": 12, "epochs": 3, "host": "api.openai.com"}
    assert describe(plan()).code == "plan_auto"


@given(st.sampled_from(PRESETS), st.integers(1, 10**6), st.booleans())
def test_a_small_model_gets_what_its_engine_would_choose_and_says_so(name: str, n: int, validation: bool) -> None:
    choices = preset(name, n, small=True, has_validation=validation)
    by_name = {choice.name: choice for choice in choices}
    assert by_name["batch_size"].reason.params["batch"] == usual_batch(n)
    assert by_name["n_epochs"].reason.params["usual"] == usual_epochs(n)
    assert ("early_stopping" in by_name) == (name == "careful" and validation), "nobody can stop early who never checks"
    build_it = plan(n_train=n, small=True, preset_name=name, validation_sha=SHA if validation else None, n_validation=int(validation))
    check_hyperparameters(build_it.hyperparameters, small=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lora_r", 0),
        ("lora_r", 257),
        ("lora_r", 8.0),
        ("lora_alpha", 2000),
        ("lora_dropout", 1.0),
        ("lora_dropout", math.nan),
        ("context_length", 15),
        ("early_stopping", -1),
        ("tuning", "most"),
        ("weight_decay", True),
    ],
)
def test_a_further_setting_outside_its_range_never_leaves(name: str, value: Any) -> None:
    with pytest.raises(BadSetting) as refused:
        plan(small=True, overrides={name: value})
    assert name in str(refused.value) and str(value) in str(refused.value)


def test_only_small_models_know_further_settings() -> None:
    made = plan(small=True, overrides={"lora_r": 8, "tuning": "lora"})
    assert made.hyperparameters["lora_r"] == 8
    assert [choice.reason.code for choice in made.choices if choice.name == "lora_r"] == ["set_by_you"]
    assert set_by_hand(made.hyperparameters, "balanced", 100, small=True) == {"lora_r": 8, "tuning": "lora"}
    assert set_by_hand(made.hyperparameters, "balanced", 100) == {}
    assert made.key != plan(small=True).key
    with pytest.raises(BadSetting, match="is not a setting"):
        plan(overrides={"lora_r": 8})


@given(st.sampled_from(PRESETS), st.integers(1, 10**6), st.booleans(), st.booleans(), st.sampled_from(["remote", "small", "practice"]))
def test_every_reason_is_true_of_its_value(name: str, n: int, validation: bool, pairs: bool, kind: str) -> None:
    practice, small = kind == "practice", kind == "small"
    method = "dpo" if pairs and not practice else "supervised"
    choices = {
        one.name: one
        for one in preset(name, n, practice=practice, small=small, has_validation=validation, method=method)  # type: ignore[arg-type]
    }
    epochs, said = choices["n_epochs"].value, choices["n_epochs"].reason
    usual = said.params["usual"]
    assert usual == (PASSES if practice else usual_epochs(n))
    if said.code.startswith("epochs_fewer"):
        assert epochs < usual
    elif said.code == "epochs_fewest":
        assert epochs == usual == 1
    elif said.code.startswith("epochs_more"):
        assert epochs > usual and said.code.endswith("with_validation" if validation else "without_validation")
    else:
        assert epochs == "auto"
    spoken = [one.reason.code for one in choices.values() if one.value == "auto" and "n" in one.reason.params]
    assert all(code.endswith("_pairs") == (method == "dpo") for code in spoken if code != "epochs_of_practice"), "pairs are no examples"


def test_of_free_text_the_practice_model_says_that_epochs_have_no_effect() -> None:
    made = plan(practice=True, remembers=True)
    assert [choice.reason.code for choice in made.choices[:2]] == ["remembered_at_once"] * 2
    assert describe(made).code == "plan_remembered"
    assert made.key == plan(practice=True).key


@pytest.mark.parametrize(("method", "code"), [("supervised", "plan_stopping"), ("dpo", "plan_pairs_stopping")])
def test_a_training_that_may_end_early_reads_up_to_so_often(method: str, code: str) -> None:
    made = plan(small=True, preset_name="careful", method=method, validation_sha=SHA, n_validation=4)
    assert describe(made).code == code and describe(made).params["epochs"] == 4
    never = plan(small=True, preset_name="careful", method=method, validation_sha=SHA, n_validation=4, overrides={"early_stopping": 0})
    assert "stopping" not in describe(never).code


def test_a_connections_own_ranges_are_checked_before_anything_is_sent() -> None:
    ranges = connection("nebius").dialect.ranges
    check_hyperparameters({"lora_r": 8, "lora_alpha": 4096, "lora_dropout": 0, "n_epochs": 20, "batch_size": "auto"}, ranges=ranges)
    for name, value, words in (
        ("lora_r", 4, "lora_r is 4, and must be a whole number from 8 to 128."),
        ("lora_r", 16.5, "from 8 to 128"),
        ("lora_alpha", 7, "lora_alpha is 7, and must be a number that is not below 8."),
        ("lora_dropout", 1.5, "from 0 to 1"),
        ("n_epochs", 21, "from 1 to 20"),
        ("batch_size", True, "from 1 to 64"),
    ):
        with pytest.raises(BadSetting, match=re.escape(words)):
            check_hyperparameters({name: value}, ranges=ranges)
    with pytest.raises(BadSetting, match="lora_r is not a setting"):
        check_hyperparameters({"lora_r": 16}, ranges=connection("openai").dialect.ranges)


def test_every_range_of_a_connection_says_where_and_when_it_was_read() -> None:
    ranges = [one for each in connections() for one in each.dialect.ranges]
    assert {one.name for one in ranges} >= {"lora_r", "lora_alpha", "lora_dropout"} and all(one.source and one.as_of for one in ranges)
