"""Which servers there are, and which addresses may be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import BadSetting, TunesmithError
from core.base.prices import provider
from core.io.addresses import check_base_url, is_loopback, origin_of
from core.io.connections import NAMES, NEEDS, connection, connections


def test_this_machine_is_offered_first_and_needs_nothing():
    first, *others = connections()
    assert first.id == "this-machine" and first.default and first.local and not first.needs_key
    assert [c.id for c in others] == ["openai", "nebius", "azure", "crusoe", "custom"] and not any(c.default for c in others)
    assert first.base_url is None and first.host == "" and first.origin == "this-machine"


def test_the_practice_model_is_compared_with_its_own_untaught_state():
    model = connection("this-machine").default_model
    assert model is not None and model.practice
    assert model.before_of("ft:recall:local:x:1") == "ft:recall:local:x:1:ckpt-step-0"
    paid = connection("openai").default_model
    assert paid is not None and not paid.practice
    assert paid.before_of("ft:gpt-4.1-mini-2025-04-14:org::1") == "gpt-4.1-mini-2025-04-14"


def test_each_connection_has_one_default_model_or_none_at_all():
    for each in connections():
        assert sum(model.default for model in each.base_models) == (1 if each.base_models else 0)


def test_every_name_in_the_file_is_known_to_the_catalogues():
    own = [each.name for each in connections()]
    practice = [model.name for each in connections() for model in each.base_models if model.practice]
    assert set(own + practice) == set(NAMES)


def test_which_models_learn_from_pairs_is_data_with_its_source():
    openai = connection("openai")
    taken = {model.id: model.pairs for model in openai.base_models}
    assert taken == {
        "gpt-4.1-mini-2025-04-14": "yes",
        "gpt-4.1-2025-04-14": "yes",
        "gpt-4o-mini-2024-07-18": "no",
        "gpt-4o-2024-08-06": "no",
    }
    assert openai.named("gpt-4.1-2025-04-14") is openai.base_models[1] and openai.named("gpt-9").pairs == "no"
    assert connection("custom").named("llama").pairs == "unknown", "only its server knows"
    assert [model.pairs for model in connection("this-machine").base_models] == ["no"], "the practice model"
    assert all(rule.source and rule.as_of.year >= 2026 for each in connections() for rule in each.pairs)


def test_limits_are_those_of_the_servers():
    assert connection("openai").min_examples == 10
    assert connection("openai").whole_file_bytes == 512 * 2**20 and connection("openai").max_file_bytes == 8 * 2**30
    assert connection("openai").key_env == ("OPENAI_API_KEY",)


def test_the_engine_keeps_one_origin_whatever_its_port():
    at_one, at_other = (connection("this-machine", base_url=f"http://127.0.0.1:{port}/v1") for port in (4001, 4002))
    assert at_one.origin == at_other.origin == "this-machine"
    assert at_one.host == "127.0.0.1:4001"


def test_an_address_is_kept_in_one_spelling():
    given = connection("custom", base_url="  HTTPS://API.Example.COM:443/v1/ ")
    assert given.base_url == "https://api.example.com/v1"
    assert given.origin == "https://api.example.com" and given.host == "api.example.com"


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("https://api.example.com", "https://api.example.com/v1"),
        ("https://api.example.com/", "https://api.example.com/v1"),
        ("https://me.openai.azure.com/openai/v1/", "https://me.openai.azure.com/openai/v1"),
        ("http://localhost:1234/v1", "http://localhost:1234/v1"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("http://127.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("https://192.168.1.20:8443/v1", "https://192.168.1.20:8443/v1"),
        ("https://api.bücher.example/v1", "https://api.xn--bcher-kva.example/v1"),
        ("https://api.example.com.:443/v1", "https://api.example.com/v1"),
    ],
)
def test_usable_addresses(typed: str, used: str):
    assert check_base_url(typed) == used
    assert check_base_url(used) == used


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "api.example.com/v1",
        "ftp://api.example.com/v1",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "https://api.example.com:99999/v1",
        "https://api.example.com:0/v1",
        "https://api.example.com:port/v1",
        "https://api example.com/v1",
        "https://api.example.com/v1\r\nX-Header: 1",
        "https://api.example.com\\@evil.example/v1",
        "https://user@api.example.com/v1",
        "https://user:secret@api.example.com/v1",
        "https://api.example.com/v1?key=1",
        "https://api.example.com/v1#top",
        "https://exa%6dple.com/v1",
        "https://-x-.example.com/v1",
        "https://a..b/v1",
        "https://[fe80::1]/v1",
        "https://[::1/v1",
        "http://api.example.com/v1",
        "http://192.168.1.20:8000/v1",
        "http://localhost.evil.example/v1",
        "http://127.0.0.1.evil.example/v1",
        # the machine's own credentials, in every spelling that a resolver understands
        "https://169.254.169.254/latest",
        "http://169.254.169.254/latest",
        "https://2852039166/v1",
        "https://0xa9fea9fe/v1",
        "https://0251.0376.0251.0376/v1",
        "https://169.254.43518/v1",
        "https://[::ffff:169.254.169.254]/v1",
        "https://[::ffff:a9fe:a9fe]/v1",
        "https://[fd00:ec2::254]/v1",
        "https://100.100.100.200/v1",
        "https://metadata.google.internal/v1",
        "https://METADATA.google.internal./v1",
        "https://0.0.0.0/v1",
        "http://0.0.0.0:8000/v1",
        "https://[::]/v1",
        "https://224.0.0.1/v1",
    ],
)
def test_addresses_that_must_not_be_used(typed: str):
    with pytest.raises(BadSetting) as refused:
        check_base_url(typed)
    assert refused.value.hint and "secret" not in str(refused.value)


@given(st.text(max_size=60) | st.text(max_size=30).map("https://{}/v1".format) | st.ip_addresses().map("https://{}/v1".format))
def test_any_text_is_an_address_or_a_sentence(text: str):
    try:
        used = check_base_url(text)
    except TunesmithError as refused:
        assert str(refused)
    else:
        assert check_base_url(used) == used and origin_of(used) == origin_of(text.strip())
        assert used.startswith("https://") or is_loopback(used)


def test_a_connection_with_its_own_address_takes_no_other():
    assert connection("openai", base_url="https://api.openai.com/v1/").base_url == "https://api.openai.com/v1"
    with pytest.raises(BadSetting, match="OpenAI"):
        connection("openai", base_url="https://api.example.com/v1")


def test_this_machine_is_this_machine():
    with pytest.raises(BadSetting, match="not this machine"):
        connection("this-machine", base_url="https://api.example.com/v1")


def test_an_unknown_connection_is_named():
    with pytest.raises(BadSetting, match="azure-of-old"):
        connection("azure-of-old")


def test_what_the_other_providers_train_and_where_they_are_comes_from_the_price_list():
    for each in connections():
        listed = provider(each.id)
        if each.id in ("nebius", "azure", "crusoe"):
            assert listed is not None and tuple(model.id for model in each.base_models) == listed.models
            assert each.base_url is None or each.host in listed.hosts
            assert each.needs in NEEDS and each.dialect.deploy is not None and each.dialect.deploy.source


def test_an_azure_address_is_azures():
    found = connection("azure", base_url="https://mine.openai.azure.com/openai/v1/")
    assert found.base_url == "https://mine.openai.azure.com/openai/v1" and found.suffix_max == 18 and found.asks_address
    with pytest.raises(BadSetting):
        connection("azure", base_url="https://openai.azure.com.evil.example/openai/v1")


def test_this_machine_is_asked_little_at_once_and_a_provider_much() -> None:
    assert connection("this-machine").at_once == 4
    assert connection("openai").at_once >= 48


def test_which_connections_take_batches_is_data() -> None:
    openai = connection("openai").batch
    assert openai is not None and (openai.most_requests, openai.most_bytes, openai.hours) == (50_000, 200_000_000, 24)
    assert connection("crusoe").batch is None and connection("custom", base_url="http://127.0.0.1:9/v1").batch is None


def test_only_what_a_source_says_is_offered_of_pausing_and_of_checkpoints_after_a_cancel():
    pauses = {one.id: one.dialect.pause for one in connections()}
    assert {id for id, rule in pauses.items() if rule is not None and rule.known} == {"this-machine", "openai", "azure"}
    assert pauses["custom"] is not None and not pauses["custom"].known and pauses["nebius"] is pauses["crusoe"] is None
    kept = {one.id: one.dialect.after_cancel for one in connections()}
    assert [id for id, rule in kept.items() if rule is not None and rule.keeps_checkpoints] == ["this-machine"]
    assert all(rule.source and rule.as_of for rule in [*pauses.values(), *kept.values()] if rule is not None)
