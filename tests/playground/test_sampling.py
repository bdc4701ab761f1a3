"""What a model does not take is left out and said; presets are kept, and read whatever version wrote them."""

import pytest

from core.base.errors import BadSetting
from core.playground.chat import Settings
from core.playground.sampling import MOST_PRESETS, NAMES, Preset, fitted, ignored, read_presets, rules, with_preset

ALL = Settings(0.5, 0.5, 100, 0.5, 0.5, ("END",), 3)


def test_the_practice_model_gets_only_what_it_acts_on() -> None:
    sent, why = fitted(ALL, "this-machine", "ftm-1", label="Practice model", practice=True)
    assert sent == Settings(max_tokens=100, stop=("END",))
    assert [one.code for one in why] == ["left_out_practice"] and "Seed" in why[0].params["names"]


def test_all_that_the_practice_model_ignores_is_said_at_once() -> None:
    _, (why,) = fitted(Settings(temperature=0.0), "this-machine", "recall", label="x", practice=True)
    everything = ignored("this-machine", "recall", practice=True)
    assert set(why.params["names"]) == {NAMES[name] for name in everything} and "temperature" in everything
    assert ignored("this-machine", "qwen") == frozenset() and ignored("openai", "o3") == {"stop"}


def test_a_reasoning_model_gets_no_stop_sequences() -> None:
    sent, why = fitted(ALL, "openai", "ft:o4-mini-2025-04-16:org:x:1", label="o4-mini")
    assert sent.stop == () and sent.temperature == 0.5
    assert why[0].code == "left_out_refused" and why[0].params["as_of"].year == 2026


@pytest.mark.parametrize(("connection", "model"), [("openai", "gpt-4.1-mini-2025-04-14"), ("custom", "o3"), ("this-machine", "qwen")])
def test_what_is_not_known_is_sent_as_chosen(connection: str, model: str) -> None:
    assert fitted(ALL, connection, model, label="x") == (ALL, ())


def test_what_was_not_chosen_is_not_said_to_be_left_out() -> None:
    assert fitted(Settings(max_tokens=5), "this-machine", "recall", label="x", practice=True)[1] == ()


def test_the_file_names_settings_that_exist() -> None:
    assert rules() and {name for rule in rules() for name in rule.settings} <= set(NAMES)


def test_a_preset_is_stored_and_read_again() -> None:
    one = Preset("Bold", "Be bold.", "last", ALL)
    assert read_presets([one.to_dict()]) == (one,)


def test_what_makes_no_sense_in_a_preset_falls_back() -> None:
    stored = [
        {"name": "Odd", "system": 5, "place": "nowhere", "settings": {"temperature": 99, "unheard_of": 1}},
        {"name": "Worse", "settings": {"temperature": "hot", "stop": 3}},
        {"system": "no name"},
        7,
    ]
    assert read_presets(stored) == (Preset("Odd"), Preset("Worse"))
    assert read_presets("nothing") == ()


def test_a_preset_of_the_same_name_takes_the_place_of_the_old_one() -> None:
    kept = with_preset(with_preset((), Preset("A", "old")), Preset(" A ", "new"))
    assert [one.system for one in kept] == ["new"]


def test_a_preset_needs_a_name_good_values_and_room() -> None:
    with pytest.raises(BadSetting):
        with_preset((), Preset("  "))
    with pytest.raises(BadSetting):
        with_preset((), Preset("Hot", settings=Settings(temperature=3)))
    full = tuple(Preset(str(at)) for at in range(MOST_PRESETS))
    with pytest.raises(BadSetting):
        with_preset(full, Preset("one more"))
    assert len(with_preset(full, Preset("0"))) == MOST_PRESETS
