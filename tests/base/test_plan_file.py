"""A plan goes through its file unchanged, and a file that is not what was written is refused with a typed error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import BadSetting, InputError, TooLarge, UnreadableFile
from core.base.plan_file import MOST_BYTES, PlanFile, from_dict, read, seal, to_dict, write

SHA = "0123456789abcdef" * 4
PLAN = PlanFile(
    "openai", "https://api.openai.com", "gpt-4.1-mini", "supervised", "balanced", SHA, None, 12, 0, {"n_epochs": 3}, 42, "bank", 5.0
)

_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
_shas = st.text("0123456789abcdef", min_size=64, max_size=64)
_figures = st.one_of(st.integers(-(2**53), 2**53), st.floats(-1e15, 1e15, allow_nan=False), st.just("auto"))
_plans = st.builds(
    PlanFile,
    connection_id=_words,
    origin=_words,
    base_model=_words,
    method=st.sampled_from(["supervised", "dpo"]),
    preset=_words,
    train_sha256=_shas,
    validation_sha256=st.none() | _shas,
    n_train=st.integers(0, 10**9),
    n_validation=st.integers(0, 10**9),
    hyperparameters=st.dictionaries(_words, _figures, max_size=8),
    metadata=st.dictionaries(_words, st.text(max_size=30), max_size=8),
    seed=st.none() | st.integers(0, 2**31 - 1),
    suffix=st.text("abcXYZ019_-", max_size=64),
    budget=st.none() | st.floats(0, 1e9, allow_nan=False),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=6,
)


@given(_plans)
def test_every_plan_comes_back_from_its_file_as_it_was(plan: PlanFile) -> None:
    assert read(write(plan)) == plan


@given(st.sampled_from(sorted(to_dict(PLAN))), _json)
def test_a_changed_field_is_never_taken_for_what_was_written(name: str, value: Any) -> None:
    changed = {**to_dict(PLAN), name: value}
    if json.dumps(changed) == json.dumps(to_dict(PLAN)):
        assert from_dict(changed) == PLAN
    else:
        with pytest.raises(BadSetting):
            from_dict(changed)


@given(st.sampled_from(sorted(set(to_dict(PLAN)) - {"seal"})), _json)
def test_a_field_of_a_wrong_kind_is_refused_even_under_a_fresh_seal(name: str, value: Any) -> None:
    body = {**{key: one for key, one in to_dict(PLAN).items() if key != "seal"}, name: value}
    try:
        plan = from_dict({**body, "seal": seal(body)})
    except BadSetting:
        return
    assert to_dict(plan)[name] == value and type(to_dict(plan)[name]) is type(value)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_plan_end_in_a_typed_error(data: bytes) -> None:
    with pytest.raises(InputError):
        read(data)


@pytest.mark.parametrize("name", sorted(to_dict(PLAN)))
def test_a_plan_that_lacks_a_field_is_refused(name: str) -> None:
    with pytest.raises(BadSetting):
        from_dict({key: value for key, value in to_dict(PLAN).items() if key != name})


def test_a_field_that_is_not_known_is_named() -> None:
    body = {**to_dict(PLAN), "cmd": "rm"}
    with pytest.raises(BadSetting) as refused:
        from_dict(body)
    assert refused.value.params == {"field": "cmd"}


def test_repeated_keys_and_odd_numbers_are_refused() -> None:
    whole = write(PLAN).decode()
    for bad in (whole.replace('"seed": 42', '"seed": 42, "seed": 43'), whole.replace('"seed": 42', '"seed": NaN')):
        assert bad != whole
        with pytest.raises(UnreadableFile):
            read(bad.encode())


def test_a_file_without_end_is_not_read() -> None:
    with pytest.raises(TooLarge):
        read(b" " * (MOST_BYTES + 1))
