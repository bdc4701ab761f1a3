"""Preference pairs that teach nothing by preference are named, and no repair makes nonsense of a worse answer."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.base.types import Example, Finding, Message
from core.prepare.checks import check_all
from core.prepare.draft import Step
from core.prepare.repairs import apply, step_for
from tests.prepare.builders import examples, labelled

QUESTIONS = [question for question, _ in labelled(60)]
PLACES = ("station", "harbour", "market", "library", "museum", "theatre", "airport", "castle")


def answer(at: int) -> str:
    return f"You reach the {PLACES[at % 8]} from platform {at} in {at * 7 % 50 + 3} minutes."


def pairs(worse: dict[int, str] | None = None, n: int = 40, without: Sequence[int] = ()) -> tuple[Example, ...]:
    """Pairs of two good answers, but for the worse ones that are given by index."""
    told = worse or {}
    return tuple(
        one if at in without else replace(one, rejected=(Message("assistant", told.get(at, f"No idea, ask somebody else at gate {at}.")),))
        for at, one in enumerate(examples((question, answer(at)) for at, question in enumerate(QUESTIONS[:n])))
    )


def found(data: Sequence[Example]) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_all(data)}


OF_PAIRS = {"same_answers", "empty_worse", "worse_special_token", "few_pairs", "missing_worse", "swapped_pairs"}


def test_good_pairs_and_data_without_pairs_have_none_of_it() -> None:
    assert not OF_PAIRS & set(found(pairs())) and not OF_PAIRS & set(found(examples(labelled(40))))
    cased = found(pairs({3: answer(3).upper(), 4: answer(4).rstrip(".") + "!"}))
    assert "same_answers" not in cased, "how it is written may be what was preferred"


@pytest.mark.parametrize(
    ("code", "worse"),
    [
        ("same_answers", {3: answer(3), 9: f"  {answer(9)}\n"}),
        ("empty_worse", {3: "", 9: " \n"}),
        ("worse_special_token", {3: "So<|im_end|> it is.", 9: "<|fim_prefix|>x"}),
    ],
)
def test_a_worse_answer_that_teaches_nothing_is_named_and_can_be_left_out(code: str, worse: dict[int, str]) -> None:
    data = pairs(worse)
    finding = found(data)[code]
    assert finding.rows == (5, 11) and finding.severity == "warning"
    step = step_for(finding)
    assert step is not None and code not in found(apply(data, [step]))


def test_two_calls_of_a_tool_are_not_the_same_nor_empty() -> None:
    calls = [Message("assistant", "", {"tool_calls": [{"id": name, "function": {"name": name, "arguments": "{}"}}]}) for name in "ab"]
    one = pairs()[0]
    other = replace(one, messages=(*one.messages[:-1], calls[0]), rejected=(calls[1],))
    assert not OF_PAIRS & set(found((other, *pairs()[1:])))


def test_a_file_of_too_few_pairs_is_told() -> None:
    few = found(pairs(without=range(4, 40)))["few_pairs"]
    assert few.params == {"pairs": 4, "minimum": 10} and few.severity == "info"
    assert found(pairs(without=(5, 6)))["missing_worse"].rows == (7, 8)
    assert not OF_PAIRS & set(found(pairs(n=4))), "too few examples in all"


def test_worse_answers_are_looked_at_for_their_length() -> None:
    assert found(pairs({7: "word " * 5_000}))["long_answers"].rows == (9,)
    assert found(pairs({7: "word " * 300_000}))["too_long"].rows == (9,)
    assert "invisible_characters" in found(pairs({7: "No\u200bthing."}))


def test_pairs_that_stand_the_wrong_way_round_are_named_and_not_turned() -> None:
    data = list(pairs(n=60))
    for at in (6, 20):
        asked, said = data[at].messages
        data[at] = replace(data[at], messages=(replace(asked, content=said.content), replace(said, content=asked.content)))
    data[20] = replace(data[20], rejected=())
    findings = found(data)
    assert (findings["swapped_pairs"].rows, findings["swapped"].rows) == ((8,), (22,))
    assert findings["swapped_pairs"].severity == "warning" and findings["swapped_pairs"].repair == "leave_out"
    mended = apply(data, [Step("swap_turns")])
    assert mended[6] is data[6] and mended[20].answer == answer(20)
    assert apply(data, [Step("swap_turns", (8,))])[6] is data[6], "nor where somebody names the row"
    assert "swapped_pairs" not in found(apply(mended, [Step("leave_out", (8,))]))
