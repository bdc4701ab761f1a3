"""Conversations go out and come back; a bad file is refused with its line."""

import json

import pytest

from core.base.chat_format import check_file
from core.base.errors import EmptyFile, InputError, TooLarge, UnreadableFile
from core.playground.talk import Talk, new_answer
from core.playground.transfer import MOST_BYTES, MOST_CONVERSATIONS, MOST_MESSAGES, export, read


def line(*turns: tuple[str, object]) -> bytes:
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in turns]}).encode() + b"\n"


def spoken() -> Talk:
    talk = Talk().asked("Who?")
    for side in ("a", "b"):
        talk = talk.answered(talk.exchanges[-1]["id"], side, {**new_answer(), "text": f"I am {side}. 你好 \u2028", "done": True})
    return talk.with_turn("And?", "That is all.")


def test_what_goes_out_is_chat_format_a_line_for_each_model() -> None:
    data = export(spoken(), "Be brief.")
    lines = [json.loads(one)["messages"] for one in data.decode().splitlines()]
    assert [[turn["role"] for turn in one] for one in lines] == [["system", "user", "assistant", "user", "assistant"]] * 2
    assert [one[2]["content"][:7] for one in lines] == ["I am a.", "I am b."]


def test_what_comes_back_is_what_went_out() -> None:
    data = export(spoken(), "Be brief.")
    back = read(data)
    assert back.system == "Be brief."
    assert export(Talk().imported(back.branches), back.system) == data


def test_each_answer_goes_out_with_its_model_and_comes_back_with_it() -> None:
    data = export(spoken(), "")
    names = [[turn.get("name") for turn in json.loads(one)["messages"]] for one in data.decode().splitlines()]
    assert names == [[None, side, None, None] for side in ("a", "b")], "what a person wrote has no name"
    back = read(data)
    assert [[one["answers"]["*"]["imported"] for one in branch] for branch in back.branches] == [["a", ""], ["b", ""]]
    assert not [one for one in check_file(data, min_examples=1) if one.severity == "error"], "it is a training file all the same"


def test_every_branch_goes_out_and_the_same_line_only_once() -> None:
    talk = spoken().branched(0).with_turn("Otherwise?", "No.").branched(1)
    assert len(talk.branches) == 3 and len(export(talk, "").splitlines()) == 4
    assert export(Talk(), "Be brief.") == b"" == export(Talk().asked("Only asked?"), "Be brief.")


def test_a_question_without_an_answer_comes_in_too() -> None:
    back = read(line(("user", "Only asked?")))
    assert back.branches[0][0]["question"] == "Only asked?" and back.branches[0][0]["answers"] == {}


def test_different_system_prompts_are_none_that_holds_for_all() -> None:
    data = line(("system", "A"), ("user", "x"), ("assistant", "y")) + line(("system", "B"), ("user", "x"), ("assistant", "y"))
    assert read(data).system == "" and len(read(data).branches) == 2


@pytest.mark.parametrize(
    ("data", "kind", "row"),
    [
        (b"", EmptyFile, None),
        (b" \n", EmptyFile, None),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", UnreadableFile, 1),
        (b"not json\n", UnreadableFile, 1),
        (line(("user", "a"), ("assistant", "b")) + b'{"messages": [\n', UnreadableFile, 2),
        (line(("assistant", "b")), UnreadableFile, 1),
        (line(("user", "a"), ("user", "b")), UnreadableFile, 1),
        (line(("system", "a"), ("system", "b"), ("user", "c")), UnreadableFile, 1),
        (line(("system", "a")), UnreadableFile, 1),
        (line(("user", " "), ("assistant", "b")), UnreadableFile, 1),
        (line(("user", [{"type": "image_url", "image_url": {"url": "https://elsewhere.example/x.png"}}])), UnreadableFile, 1),
        (line(("user", "a"), ("tool", "b")), UnreadableFile, 1),
        (line(("user", "x" * 200_001)), TooLarge, 1),
        (line(*[("user", "x"), ("assistant", "y")] * (MOST_MESSAGES // 2 + 1)), TooLarge, 1),
        (line(("user", "x")) * (MOST_CONVERSATIONS + 1), TooLarge, None),
        (b" " * (MOST_BYTES + 1), TooLarge, None),
    ],
)
def test_a_bad_file_is_refused_with_its_line(data: bytes, kind: type[InputError], row: int | None) -> None:
    with pytest.raises(kind) as refused:
        read(data)
    assert refused.value.params.get("row") == row
    assert "{" not in str(refused.value)
