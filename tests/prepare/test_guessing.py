"""Conversations, system prompts, weights and the rest are guessed, each with its reason, and nothing is guessed that is not there."""

import pytest

from core.prepare.columns import profile
from core.prepare.formatting import make_examples
from core.prepare.guessing import guess_mapping, the_rest
from core.prepare.mapping import Mapping
from core.prepare.source import Table
from tests.prepare.test_mapping import filled, texts


def codes(table: Table) -> list[str]:
    return [reason.code for reason in guess_mapping(table)[1]]


def columns(**cells: list[str]) -> Table:
    return Table(tuple(cells), list(zip(*cells.values(), strict=True)), range(2, len(next(iter(cells.values()))) + 2))


def test_messages_with_roles_are_a_conversation() -> None:
    table = columns(
        conversation_id=[str(at // 4) for at in range(40)],
        timestamp=[f"2026-03-01 10:{at:02d}" for at in range(40)],
        sender=["customer", "agent"] * 20,
        message=texts(40),
    )
    mapping, reasons = guess_mapping(table)
    assert mapping == Mapping(conversation="conversation_id", order="timestamp", role="sender", text="message")
    assert [reason.code for reason in reasons] == ["messages_by_role", "conversation_in_order"]
    made = make_examples(table, mapping)
    assert len(made) == 10 and [message.role for message in made[0].messages] == ["user", "assistant"] * 2


def test_replies_of_one_thread_are_a_conversation() -> None:
    table = columns(thread=[str(at // 3) for at in range(30)], turn=["1", "2", "3"] * 10, question=texts(30), answer=texts(30)[::-1])
    mapping, _ = guess_mapping(table)
    assert (mapping.question, mapping.answer, mapping.conversation, mapping.order) == (("question",), ("answer",), "thread", "turn")


@pytest.mark.parametrize(
    "table",
    [
        columns(session=["1", "2"] * 20, text=texts(40), label=["yes", "no"] * 20),
        columns(chat=[str(at) for at in range(40)], question=texts(40), answer=texts(40)),
        columns(device=["a", "b"] * 20, question=texts(40), answer=texts(40)),
        columns(session=["1"] * 40, question=texts(40), answer=texts(40)),
    ],
    ids=["labels", "one row each", "another name", "all the same"],
)
def test_no_conversation_is_made_up(table: Table) -> None:
    assert guess_mapping(table)[0].conversation is None


def test_an_instruction_that_comes_again_is_the_system_prompt() -> None:
    constant = columns(instruction=["Be brief."] * 40, input=texts(40), output=texts(40)[::-1])
    mapping, reasons = guess_mapping(constant)
    assert (mapping.question, mapping.answer, mapping.system_prompt) == (("input",), ("output",), "Be brief.")
    assert reasons[2].code == "system_is_constant"
    several = columns(prompt=["Be brief.", "Be kind."] * 20, input=texts(40), output=texts(40)[::-1])
    assert guess_mapping(several)[0].system_prompt == "{prompt}"
    assert make_examples(several, guess_mapping(several)[0])[1].system == "Be kind."
    each = columns(system=[f"You are number {at}." for at in range(40)], user=texts(40), assistant=texts(40)[::-1])
    assert guess_mapping(each)[0].system_prompt == "{system}" and guess_mapping(each)[0].question == ("user",)


def test_an_instruction_alone_is_the_question_or_the_answer() -> None:
    assert guess_mapping(filled("instruction:text,input:text,output:text"))[0].question == ("instruction", "input")
    sheet = columns(User_input=texts(40), Prompt=["Give a recommendation."] * 40)
    assert (guess_mapping(sheet)[0].question, guess_mapping(sheet)[0].answer) == (("User_input",), ("Prompt",))


def test_a_constant_instruction_with_braces_stays_as_it_is() -> None:
    table = columns(system=["Fill in {input}."] * 40, input=texts(40), output=texts(40)[::-1])
    assert make_examples(table, guess_mapping(table)[0])[0].system == "Fill in {input}."


def test_weights_are_known_by_name_and_content() -> None:
    table = columns(question=texts(40), answer=texts(40)[::-1], weight=["0", "1"] * 20)
    assert guess_mapping(table)[0].weight == "weight" and "weight_by_name" in codes(table)
    kilos = columns(weight=[f"{at}.5" for at in range(40)], state=["light", "heavy"] * 20)
    assert guess_mapping(kilos)[0] == Mapping(("weight",), ("state",))


def test_columns_of_numbers_that_are_nearly_empty_are_not_asked() -> None:
    full = [f"{at}.5" for at in range(40)]
    table = columns(usage=full, none=[""] * 40, rare=[*full[:3], *[""] * 37], some=[*full[:4], *[""] * 36], state=["on", "off"] * 20)
    mapping, reasons = guess_mapping(table)
    assert (mapping.question, mapping.answer) == (("usage", "some"), ("state",))
    assert [reason.params["columns"] for reason in reasons[2:]] == [["rare"], ["none"]]
    assert [reason.code for reason in reasons[2:]] == ["columns_hardly_filled", "columns_ignored"]


def test_where_nothing_else_fits_the_rest_is_the_question() -> None:
    table = columns(
        no=[str(at) for at in range(40)],
        colour=["red", "blue"] * 20,
        size=["s", "m", "l", "xl"] * 10,
        day=["2026-03-01"] * 40,
        kind=["a", "b"] * 20,
    )
    mapping, _ = guess_mapping(table)
    assert (mapping.question, mapping.answer) == (("colour", "size"), ("kind",))
    assert codes(table) == ["question_is_the_rest", "answer_by_content", "columns_ignored"]


def test_the_rest_is_everything_that_says_something() -> None:
    table = columns(
        id=[str(at) for at in range(40)], empty=[""] * 40, usage=[f"{at}.5" for at in range(40)], day=["2026-03-01"] * 40, advice=texts(40)
    )
    assert the_rest(profile(table), ("advice",)) == ("usage", "day")
    assert the_rest(profile(table), ("advice",), besides=("day", None)) == ("usage",)
