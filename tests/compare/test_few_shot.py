"""Examples before a question: similar, from the training, and never one that gives the answer away."""

import pytest

from core.base.leakage import seen_in_training
from core.base.types import Example, Message
from core.compare.candidate import Candidate, Prompt
from core.compare.few_shot import seen_in_prompts, shots, similar
from core.compare.rows import examples_of
from core.io.workspace import Dataset, Workspace


def row(question: str, answer: str = "yes", number: int = 2, system: str = "Classify.") -> Example:
    return Example((Message("system", system), Message("user", question), Message("assistant", answer)), number)


TRAIN = [
    row("How do I close my savings account today?", "close", 10),
    row("How do I close my savings account at the branch?", "close", 11),
    row("My card was stolen at the airport last night", "stolen", 12),
    row("What is the fee for a transfer abroad?", "fee", 13),
    row("WHAT is the fee for a transfer abroad", "fee", 14),
    row("Which fees does a foreign transfer have?", "fee", 15),
]


def test_the_closest_stand_last_and_what_asks_the_same_twice_stands_once() -> None:
    (places,) = similar([row("Is there a fee for a transfer to another country?")], TRAIN, 2)
    assert len(places) == 2 and places[-1] == 3 and 4 not in places


@pytest.mark.parametrize(
    "question",
    [
        "What is the fee for a transfer abroad?",
        "what is the fee, for a transfer abroad",
        "What is the fee for a transfer abroad please?",
    ],
)
def test_neither_the_row_itself_nor_a_near_twin_stands_before_it(question: str) -> None:
    (places,) = similar([row(question)], TRAIN, 5)
    assert places and not {3, 4} & set(places)
    assert seen_in_training([row(question)], [TRAIN[at] for at in places]) == []


def test_a_row_of_which_the_training_is_full_still_gets_others() -> None:
    full = [row(f"What is the fee for a transfer abroad{' please' * (n % 2)}{'!' * n}", number=n) for n in range(60)]
    (places,) = similar([row("What is the fee for a transfer abroad?")], [*full, TRAIN[0], TRAIN[2]], 2)
    assert sorted(places) == [60, 61]


def test_without_training_rows_there_are_none() -> None:
    assert similar([row("a"), row("b")], [], 3) == [[], []]
    assert similar([row("a question of its own")], TRAIN, 0) == [[]]


def test_they_are_sent_as_turns_between_the_system_prompt_and_the_question() -> None:
    one = Candidate("base", "Before", "custom", "https://models.example", "small", prompt=Prompt(shots=1))
    sent = one.messages(row("Mine?"), [TRAIN[2]])
    assert [(m.role, m.content) for m in sent] == [
        ("system", "Classify."),
        ("user", "My card was stolen at the airport last night"),
        ("assistant", "stolen"),
        ("user", "Mine?"),
    ]


def test_without_the_system_prompt_only_the_question_is_sent() -> None:
    one = Candidate("base", "Before", "custom", "https://models.example", "small", prompt=Prompt(system=False))
    assert [m.role for m in one.messages(row("Mine?"))] == ["user"]


def test_an_id_is_of_what_is_asked_and_not_of_what_it_is_called() -> None:
    one = Candidate("base", "Before", "custom", "https://models.example", "small")
    assert one.id == one.named("Sebelum").id and len(one.id) == 16
    others = {
        Candidate("base", "Before", "custom", "https://models.example", "small", prompt=prompt).id
        for prompt in (Prompt(), Prompt(system=False), Prompt(shots=2), Prompt(shots=3))
    }
    assert len(others) == 4 and one.id in others


def test_a_prompt_that_gives_the_answer_away_is_found() -> None:
    asked = [row("What is the fee for a transfer abroad?", number=40), row("My card was stolen", number=41)]
    found = seen_in_prompts(asked, [[TRAIN[0], TRAIN[4]], [TRAIN[5]]])
    assert [(one.row, one.how, one.train_row) for one in found] == [(40, "near", 14)]


def test_the_examples_of_a_data_set_come_from_its_training_rows(ws: Workspace, dataset: Dataset) -> None:
    places = shots(ws, {"dataset": dataset.id, "side": "test", "n": 5, "k": 3}, lambda done, total: None)
    train = examples_of(ws, dataset, "train")
    assert len(places) == 5 and all(len(some) == 3 for some in places)
    assert all(0 <= at < len(train) for some in places for at in some)
    chosen = [[train[at] for at in some] for some in places]
    assert seen_in_prompts(examples_of(ws, dataset, "test")[:5], chosen) == []
