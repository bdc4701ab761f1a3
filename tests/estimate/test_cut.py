"""What an example loses where it is too long for the model."""

from hypothesis import given
from hypothesis import strategies as st

from core.base.tokens import count_examples, count_text
from core.base.types import Example, Message
from core.estimate.cut import Cut, cut, longest

O200K = "o200k_base"


def chat(*turns: tuple[str, str]) -> Example:
    return Example(tuple(Message(role, text) for role, text in turns), 7)


def total(example: Example) -> int:
    return count_examples([example]).total


def test_an_example_that_fits_loses_nothing() -> None:
    one = chat(("user", "Why?"), ("assistant", "Because it is so."))
    assert cut(one, total(one), O200K) is None


def test_the_last_words_of_the_answer_are_what_the_model_would_not_see() -> None:
    one = chat(("user", "Why?"), ("assistant", "Because it is so, said the old man."))
    assert cut(one, total(one) - 4, O200K) == Cut(4, 4, " the old man.", False)


def test_an_answer_may_be_lost_whole() -> None:
    one = chat(("user", "Why? " * 50), ("assistant", "So."))
    assert cut(one, 40, O200K) == Cut(total(one) - 40, count_text("So."), "So.", True)


def test_a_later_turn_is_lost_before_an_earlier_one() -> None:
    one = chat(("user", "A?"), ("assistant", "First answer."), ("user", "B?"), ("assistant", "Second answer."))
    lost = cut(one, total(one) - 1, O200K)
    assert lost == Cut(1, 1, ".", False)


def test_an_answer_of_weight_0_is_cut_and_costs_nothing_that_is_learned() -> None:
    one = Example((Message("user", "?"), Message("assistant", "One two three.", {"weight": 0})), 1)
    lost = cut(one, total(one) - 2, O200K)
    assert lost is not None and lost.answer_tokens == 0 and lost.words == " three."


def test_a_letter_that_is_cut_through_is_lost() -> None:
    one = chat(("user", "?"), ("assistant", "👩\u200d👧" * 3))
    for limit in range(total(one)):
        lost = cut(one, limit, O200K)
        assert lost is not None and "\ufffd" not in lost.words and one.answer.endswith(lost.words)


@given(
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=20)), min_size=1, max_size=5), st.integers(0, 80)
)
def test_what_is_lost_is_what_is_over_and_an_end_of_an_answer(turns: list[tuple[str, str]], limit: int) -> None:
    one = chat(*turns)
    lost = cut(one, limit, O200K)
    assert (lost is None) == (total(one) <= limit)
    if lost is not None:
        assert lost.tokens == total(one) - limit
        assert 0 <= lost.answer_tokens <= min(lost.tokens, count_examples([one]).assistant)
        assert any(text.endswith(lost.words) for role, text in turns if role == "assistant") or not lost.words


def test_the_longest_come_first() -> None:
    assert longest([3, 9, 1, 9], 3) == [1, 3, 0] and longest([], 3) == []
