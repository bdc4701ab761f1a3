"""Rules for free text: what keeps them, what the taught answers suggest, and how often each model keeps them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.replies import Prediction
from core.base.types import Example, Message
from core.compare.clauses import sentences
from core.compare.text_rules import KINDS, Kept, Suggestion, TextRule, check, check_all, from_json, scores, suggest, to_json

READING = "usage_kwh: 118.4\nday_over_day_pct: -12.3"
ENGLISH = "The reading lies below that of the day before, so nobody has to do anything about it today."
INDONESIAN = "Pemakaian listrik hari ini lebih rendah daripada kemarin, jadi tidak ada yang perlu dilakukan sekarang."


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("...", 0),
        ("Wait", 1),
        ("Wait. Then look!", 2),
        ("Usage is 12.5 kWh. Wait.", 2),
        ("Naik 12,5% dari pukul 10.30. Tunggu.", 2),
        ("Look at e.g. the pump, i.e. no. 3. Then wait.", 2),
        ("“Is it on?” Ask her.", 2),
        ("Wait… Look.", 2),
        ("1. Look at it\n2. Wait", 2),
        ("Usage fell\nLook at it", 2),
        ("Is it on?! Yes.", 2),
        ("See A. Smith today.", 1),
        ("看一下。", 1),
    ],
)
def test_sentences_are_counted_as_a_reader_does(text: str, n: int) -> None:
    assert len(sentences(text)) == n


@given(
    st.lists(
        st.sampled_from(["Usage fell by 12.5% today", "Ask Dr. Lee", "Is it on", "Wait 3 days, then look", "Naik 1,5 kWh"]), max_size=6
    ),
    st.sampled_from([". ", "! ", "? ", ".\n"]),
)
def test_as_many_sentences_as_were_joined(parts: list[str], end: str) -> None:
    assert len(sentences(end.join([*parts, ""]))) == len(parts)


@given(st.text(max_size=300))
def test_no_letter_is_lost_between_sentences(text: str) -> None:
    assert [letter for letter in "".join(sentences(text)) if letter.isalnum()] == [letter for letter in text if letter.isalnum()]


@pytest.mark.parametrize(
    ("rule", "answer", "kept", "found"),
    [
        (TextRule("most_sentences", 2), "Wait. Look.", True, ()),
        (TextRule("most_sentences", 2), "Wait. Look. Ask.", False, ("3",)),
        (TextRule("one_paragraph"), "Wait. Look.\n", True, ()),
        (TextRule("one_paragraph"), "Wait.\n\nLook.", False, ()),
        (TextRule("fewest_words", 3), "Look at it", True, ()),
        (TextRule("fewest_words", 3), "Look there", False, ("2",)),
        (TextRule("most_words", 3), "Look at it now", False, ("4",)),
        (TextRule("must", "the  Pump"), "Check THE pump.", True, ()),
        (TextRule("must", "the pump"), "Check it.", False, ()),
        (TextRule("must_not", "as an AI"), "As an ai, I cannot.", False, ()),
        (TextRule("language", "en"), ENGLISH, True, ()),
        (TextRule("language", "en"), INDONESIAN, False, ("id",)),
        (TextRule("language", "en"), "OK.", None, ()),
        (TextRule("numbers"), "Down 12% at 118 kWh.", True, ()),
        (TextRule("numbers"), "Down 13% at 181 kWh, 13%.", False, ("13%", "181")),
        (TextRule("numbers"), "Do nothing.", None, ()),
        (TextRule("directions"), "It fell on yesterday.", True, ()),
        (TextRule("directions"), "It rose on yesterday.", False, ("rose",)),
    ],
)
def test_what_keeps_a_rule(rule: TextRule, answer: str, kept: bool | None, found: tuple[str, ...]) -> None:
    assert check(rule, answer, READING) == Kept(rule, kept, found)


def test_a_blank_answer_keeps_no_rule_and_numbers_need_something_to_be_held_against() -> None:
    assert not any(check(TextRule(kind, 1), " \n", READING).kept for kind in KINDS)
    assert check(TextRule("numbers"), "12 kWh", "Why is the sky blue?").kept is None
    assert check(TextRule("directions"), "It rose.", "Why is the sky blue?").kept is None


def taught(answers: list[str]) -> list[Example]:
    return [Example((Message("user", READING), Message("assistant", answer)), row) for row, answer in enumerate(answers, 2)]


def test_taught_answers_suggest_the_rules_that_they_keep() -> None:
    found = suggest(taught([f"{ENGLISH} It is 12.3% lower." for _ in range(60)] + ["The day is quiet, and the whole building with it."]))
    rules = {one.rule: (one.held, one.of) for one in found}
    assert rules[TextRule("most_sentences", 2)] == (61, 61)
    assert rules[TextRule("one_paragraph")] == (61, 61)
    assert rules[TextRule("most_words", 30)] == (61, 61)
    assert rules[TextRule("numbers")] == (60, 60)
    assert TextRule("language", "en") in rules and TextRule("directions") in rules


def test_what_taught_answers_do_not_keep_is_not_suggested() -> None:
    found = suggest(taught(["Up 99% today. " * 3 + "\n\nLook."] * 20))
    assert {one.rule.kind for one in found} == {"most_sentences", "most_words"}
    assert suggest(taught([ENGLISH] * 9)) == (), "too few to tell"
    one_in_a_hundred = suggest(taught([ENGLISH] * 99 + ["Wait. " * 30]))
    assert Suggestion(TextRule("most_sentences", 1), 99, 100) in one_in_a_hundred


def prediction(row: int, answer: str | None) -> Prediction:
    return Prediction(row, READING, "", answer, "" if answer is not None else "refused")


def test_each_model_is_counted_with_its_interval_and_rows_of_the_training_apart() -> None:
    given = {
        "After": [prediction(2, "Wait."), prediction(3, "Wait. Look. Ask."), prediction(4, None), prediction(5, "Down 40%.")],
        "Before": [prediction(2, "")],
    }
    found = scores(given, [TextRule("most_sentences", 1), TextRule("numbers")], apart=frozenset({5}))
    assert [(one.rule.kind, one.label, one.score.right, one.score.n) for one in found] == [
        ("most_sentences", "After", 1, 2),
        ("most_sentences", "Before", 0, 1),
        ("numbers", "After", 0, 0),
        ("numbers", "Before", 0, 1),
    ]
    assert (found[0].score.low, found[0].score.high) == pytest.approx((0.0945, 0.9055), abs=1e-3)
    assert (found[2].score.low, found[2].score.high) == (0.0, 1.0), "of no answers nothing is known"


RULES = st.lists(
    st.one_of(
        st.builds(TextRule, st.sampled_from(["most_sentences", "fewest_words", "most_words"]), st.integers(1, 1000)),
        st.builds(TextRule, st.sampled_from(["must", "must_not", "language"]), st.text(min_size=1, max_size=20).filter(str.strip)),
        st.builds(TextRule, st.sampled_from(["one_paragraph", "numbers", "directions"])),
    ),
    max_size=8,
)


@given(RULES)
def test_rules_are_kept_and_read_again(rules: list[TextRule]) -> None:
    assert from_json(to_json(rules)) == tuple(dict.fromkeys(rules))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["kind", "value", "x"]), inner),
    )
)
def test_whatever_was_stored_is_read(stored: object) -> None:
    assert all(rule.kind in KINDS for rule in from_json(stored))
    assert from_json([{"kind": "most_sentences", "value": True}, {"kind": "must", "value": " "}, {"kind": "later"}, stored]) == from_json(
        [stored]
    )


@pytest.mark.parametrize("piece", ["1.2 ", "rose 12% ", "a", ".", "was a", "twenty ", "not ", "1,1", "(", "rise and fall "])
def test_a_megabyte_of_anything_is_checked_in_seconds(piece: str) -> None:
    begun = time.process_time()
    check_all([TextRule(kind, "en" if kind == "language" else 3) for kind in KINDS], piece * (1_000_000 // len(piece)), READING)
    assert time.process_time() - begun < 10
