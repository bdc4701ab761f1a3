"""Test rows that the training contained are found: word for word, but for a comma, or cut off at the end."""

from core.base.leakage import SeenRow, asked, question_key, seen_in_training
from core.base.types import Example, Message
from tests.prepare.builders import examples, labelled

TRAIN = examples(
    [*labelled(40), ("I was charged a fee for an ATM withdrawal, why?", "Fees"), ("Where can I see last month's bookings?", "Cards")]
)


def test_what_was_seen_is_named_with_its_training_row() -> None:
    test = examples(
        [
            ("Something else entirely, about boats", "Cards"),
            (" I was charged a fee for an ATM withdrawal, why? ", "Fees"),
            ("where can I see LAST month’s bookings", "Cards"),
            ("I was charged a fee for an ATM withdrawal", "Fees"),
            ("", "Fees"),
        ],
        100,
    )
    assert seen_in_training(test, TRAIN) == [SeenRow(1, 101, "exact", 42), SeenRow(2, 102, "near", 43), SeenRow(3, 103, "near", 42)]


def test_unseen_rows_are_not_accused() -> None:
    asked_now = [
        ("I was charged a fee for a card replacement, why?", "Fees"),
        ("Where can I see next month's standing orders?", "Cards"),
        ("Can I be charged for an empty account?", "Fees"),
    ]
    assert seen_in_training(examples(asked_now), TRAIN) == []
    assert seen_in_training((), TRAIN) == [] and seen_in_training(TRAIN, ()) == []


def test_all_turns_before_the_answer_are_the_question() -> None:
    first, reply, then = Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "And now?")
    talk = Example((Message("system", "Be kind."), first, reply, then, Message("assistant", "Bye")), 1)
    other = Example((Message("system", "Be rude."), first, Message("assistant", "What?"), then, Message("assistant", "Bye")), 2)
    assert asked(talk) == "user: Hi\nassistant: Hello\nuser: And now?"
    assert question_key(talk) != question_key(other)
    assert question_key(talk) == question_key(Example(talk.messages[1:], 3)), "the system prompt is no part of the question"
    assert seen_in_training([talk], [other]) == []
