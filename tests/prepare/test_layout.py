"""Questions made of fields are taken apart and written anew without touching anything else; prose is left alone."""

from hypothesis import given
from hypothesis import strategies as st

from core.prepare.layout import Layout, learn

NAMES = ("usage_kwh", "Day over day", "pattern", "anomaly", "site (north)")
VALUE = st.one_of(
    st.floats(-1e9, 1e9).map(lambda number: f"{number:.3f}"),
    st.sampled_from(["nan", "", "True", "weekday rhythm", "12 kWh", "1.5e16", "update'", "naïve 🙂"]),
)
READING = st.dictionaries(st.sampled_from(NAMES), VALUE, min_size=2)


def written(reading: dict[str, str], between: str) -> str:
    return between.join(f"{name}: {value}".rstrip() for name, value in reading.items())


def layout_of(readings: list[dict[str, str]], between: str) -> Layout | None:
    return learn([written(reading, between) for reading in readings])


@given(st.lists(READING, min_size=3, max_size=30), st.sampled_from(["\n", ", ", "; ", ","]))
def test_fields_come_back_as_they_were_written(readings: list[dict[str, str]], between: str) -> None:
    full = [dict.fromkeys(NAMES, "1")] * 30
    layout = layout_of([*full, *readings], between)
    assert layout is not None and set(layout.names) == set(NAMES)
    for reading in readings:
        text = written(reading, between)
        assert layout.values(text) == reading
        assert layout.rewritten(text, lambda name, value: value) == text
        assert layout.without(text, ()) == text


@given(st.lists(READING, min_size=3, max_size=10), st.sampled_from(["\n", ", "]), st.sampled_from(NAMES))
def test_a_field_is_changed_or_taken_out_and_the_others_stay(readings: list[dict[str, str]], between: str, chosen: str) -> None:
    layout = layout_of([*[dict.fromkeys(NAMES, "1")] * 30, *readings], between)
    assert layout is not None
    for reading in readings:
        text = written(reading, between)
        changed = layout.rewritten(text, lambda name, value: "other" if name == chosen else value)
        assert layout.values(changed) == {name: "other" if name == chosen and value else value for name, value in reading.items()}
        without = layout.without(text, [chosen])
        assert layout.values(without) == {name: value for name, value in reading.items() if name != chosen}


def test_a_rare_field_is_known_from_the_form_of_the_lines() -> None:
    common = ["usage: 1\ndod: 2"] * 5_000
    layout = learn([*common[:2_503], "usage: 1\nrare: 9\ndod: 2", *common])
    assert layout is not None and layout.values("usage: 1\nrare: 9\ndod: 2") == {"usage": "1", "rare": "9", "dod": "2"}


def test_an_instruction_before_the_fields_stays_where_it_is() -> None:
    texts = [f"Give one advice for this reading:\nusage: {i}\ndod: {i}" for i in range(30)]
    layout = learn(texts)
    assert layout is not None
    assert layout.without(texts[3], ["usage"]).endswith("dod: 3") and "advice" in layout.without(texts[3], ["usage"])


def test_prose_has_no_fields() -> None:
    assert learn(["Where is my card?", "What is this: a fee?", "I asked twice: no reply."] * 20) is None
    assert learn([f"Translate to German: word {i}" for i in range(50)]) is None
    assert learn([]) is None and learn(["", " "]) is None


def test_a_name_that_stands_twice_is_not_taken_apart() -> None:
    layout = learn(["usage: 1\ndod: 2"] * 20)
    assert layout is not None and layout.values("usage: 1\nusage: 2") == {} and layout.parts("usage: 1\nusage: 2") == []
