"""A key goes to its own server and to no other."""

from dataclasses import replace

import pytest

from core.base.errors import BadKey
from core.io.connections import connection
from core.io.keys import clean_key, find_key, keep_key, key_source, mask

KEY = "sk-proj-abcdefghijklmnop1234"
OPENAI = connection("openai")
MINE = connection("custom", base_url="https://api.example.com/v1")


def test_a_typed_key_goes_to_its_origin_alone():
    typed = keep_key({}, MINE, KEY)
    assert find_key(MINE, typed, {}, {}) == KEY and key_source(MINE, typed, {}, {}) == "typed"
    for other in (
        "https://api.example.com:8443/v1",
        "https://example.com/v1",
        "https://api.example.com.evil.example/v1",
        "http://localhost:8000/v1",
    ):
        assert find_key(connection("custom", base_url=other), typed, {}, {}) is None
    assert find_key(OPENAI, typed, {}, {}) is None
    # the same server by another path is the same server
    assert find_key(connection("custom", base_url="https://API.example.com:443/openai/v1"), typed, {}, {}) == KEY


def test_http_and_https_are_not_the_same_origin():
    typed = keep_key({}, connection("custom", base_url="https://localhost:8000/v1"), KEY)
    assert find_key(connection("custom", base_url="http://localhost:8000/v1"), typed, {}, {}) is None


def test_the_environments_key_never_goes_to_a_typed_address():
    environ, secrets = {"OPENAI_API_KEY": KEY}, {"OPENAI_API_KEY": KEY}
    assert find_key(OPENAI, {}, environ, {}) == KEY and key_source(OPENAI, {}, environ, {}) == "environment"
    assert find_key(OPENAI, {}, {}, secrets) == KEY and key_source(OPENAI, {}, {}, secrets) == "secrets"
    for base_url in ("https://api.example.com/v1", "https://api.openai.com/v1", "https://api.openai.com.evil.example/v1"):
        elsewhere = connection("custom", base_url=base_url)
        assert find_key(elsewhere, {}, environ, secrets) is None and key_source(elsewhere, {}, environ, secrets) is None
    diverted = replace(OPENAI, base_url="https://api.example.com/v1")
    assert find_key(diverted, {}, environ, secrets) is None


def test_the_engine_gets_no_key_of_the_users():
    engine = connection("this-machine", base_url="http://127.0.0.1:4000/v1")
    assert find_key(engine, {"this-machine": KEY, "http://127.0.0.1:4000": KEY}, {"OPENAI_API_KEY": KEY}, {"OPENAI_API_KEY": KEY}) is None


def test_a_typed_key_comes_before_the_environments():
    assert find_key(OPENAI, keep_key({}, OPENAI, "sk-typed-0123456789"), {"OPENAI_API_KEY": KEY}, {}) == "sk-typed-0123456789"


def test_empty_places_hold_no_key():
    assert find_key(OPENAI, {}, {"OPENAI_API_KEY": "  "}, {"OPENAI_API_KEY": ""}) is None
    assert find_key(OPENAI, {}, {}, {"OPENAI_API_KEY": {"nested": KEY}}) is None
    assert find_key(connection("custom"), {"": KEY}, {}, {}) is None


def test_keeping_an_empty_key_forgets_it():
    typed = keep_key(keep_key({}, OPENAI, KEY), MINE, KEY)
    assert keep_key(typed, OPENAI, " ") == {MINE.origin: KEY}
    assert keep_key({}, connection("custom"), KEY) == {}


@pytest.mark.parametrize("pasted", [KEY, f"  {KEY}\n", f'"{KEY}"', f"Bearer {KEY}", f"“{KEY}”"])
def test_what_a_paste_brings_along_is_taken_off(pasted: str):
    assert clean_key(pasted) == KEY


@pytest.mark.parametrize(
    "broken", ["sk-abc def123456789", "sk-abc\r\nX-Evil: 1", "sk-äöü-0123456789", "sk-abc\u200b0123456789", "sk-a\x00b"]
)
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(broken: str):
    with pytest.raises(BadKey) as refused:
        clean_key(broken, "api.example.com")
    assert broken[:6] not in f"{refused.value!r}{refused.value.hint}{refused.value.details}{refused.value.params}"


def test_a_mask_shows_the_end_of_a_long_key_alone():
    assert mask(KEY) == "…1234"
    assert mask("short-key") == "…"
    assert mask("") == "…"
