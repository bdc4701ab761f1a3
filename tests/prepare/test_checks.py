"""Every planted fault is found at its rows and in words; clean data is not slandered; the verdict follows."""

import ast
import json
import random
import string
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.base import chat_format, chat_rules
from core.base.types import Example, Finding, Message
from core.prepare import checks, jsonlike, reading, record_files, table_notes
from core.prepare.checks import about, check_all, family_of
from core.prepare.checks.instructed import reads_like_instruction
from core.prepare.draft import Step
from core.prepare.repairs import REPAIRS, apply, step_for
from core.prepare.verdict import verdict
from tests.prepare.builders import examples, labelled

INSTRUCTION = "Offer a direct and professional recommendation based on the provided data, in at most three sentences."


def found(data: tuple[Example, ...]) -> dict[str, tuple[int, ...]]:
    return {finding.code: finding.rows for finding in check_all(data)}


def one(data: tuple[Example, ...], code: str) -> Finding:
    return next(finding for finding in check_all(data) if finding.code == code)


def as_json(**fields: str) -> str:
    return json.dumps(fields)


def chatty(n: int, seed: int = 5) -> list[tuple[str, str]]:
    """Different questions with different written replies: a clean set of free text."""
    order = random.Random(seed)
    things = ("the moon", "a bridge", "bread", "the tax form", "a violin", "my garden", "a glacier", "the tram")
    return [
        (
            f"Tell me something about {order.choice(things)} number {i}.",
            f"Well, {order.choice(things)} once cost {order.randrange(900)} crowns in the year {1500 + i}, they say; I was not there.",
        )
        for i in range(n)
    ]


@pytest.mark.parametrize(
    "clean",
    [
        examples(labelled(60)),
        examples(((question, as_json(Top=label, Urgent="no")) for question, label in labelled(90, 2)), system="Sort it."),
        examples(chatty(50)),
        examples([(f"What is {a} times {b}?", str(a * b)) for a in range(2, 9) for b in range(2, 9)]),
        examples([(question, ("no", "no", "no", "yes", "None")[i % 5]) for i, (question, _) in enumerate(labelled(80, 3))]),
        examples([(f"Translate to German: {word}{i}", f"{word}{i} auf Deutsch") for i, word in enumerate(string.ascii_letters)]),
    ],
)
def test_clean_data_is_not_slandered(clean: tuple[Example, ...]) -> None:
    assert [finding for finding in check_all(clean) if finding.severity != "info"] == []
    assert verdict(check_all(clean), len(clean)).word == "ready"


def test_exact_copies_are_named_and_the_first_is_not() -> None:
    pairs = labelled(12)
    data = examples([*pairs, pairs[3], pairs[0], pairs[3]])
    finding = one(data, "duplicates")
    assert finding.rows == (14, 15, 16) and finding.params["distinct"] == 12
    assert finding.severity == "warning" and finding.repair == "drop_duplicates"
    assert finding.params["copies"] == [[14, 5], [15, 2], [16, 5]], "each with the row that it repeats"


def test_copies_that_differ_in_commas_are_near_copies() -> None:
    data = examples([*labelled(12), ("I was charged, why?", "Fees"), ("i was charged — WHY", "Fees"), ("I was charged, why?", "Fees")])
    assert found(data)["near_duplicates"] == (15,)
    assert found(data)["duplicates"] == (16,)
    assert one(data, "near_duplicates").params["copies"] == [[15, 14]] and one(data, "duplicates").params["copies"] == [[16, 14]]


def test_a_near_copy_is_named_with_a_row_that_stays() -> None:
    ask = ["My card was stolen yesterday evening in the city", "My card was stolen yesterday evening in the city please"]
    data = examples([(ask[0], "Block"), *labelled(12), (ask[1], "Block"), (ask[1].upper(), "Block"), (ask[0].upper(), "Block")])
    copies = one(data, "near_duplicates").params["copies"]
    assert copies == [[15, 2], [16, 2], [17, 2]]
    left = {example.row for example in apply(data, [Step("drop_near_duplicates")])}
    assert {row for row, _ in copies}.isdisjoint(left) and {of for _, of in copies} <= left


def test_the_same_words_of_another_persona_are_no_copy() -> None:
    pairs = labelled(30)
    data = (*examples(pairs, 2, "Be polite."), *examples([(q, f"{a}!") for q, a in pairs], 32, "Be rude."))
    assert found(data) == {}


def test_contradictions_name_all_their_rows() -> None:
    data = examples([*labelled(12), ("Is the app down?", "Cards"), ("is the app down", "Fees"), ("Is the app down?!", "Cards")])
    finding = one(data, "contradictions")
    assert finding.rows == (14, 15, 16) and finding.params == {"questions": 1, "example": "Is the app down?"}


def test_two_ways_to_say_hello_are_no_contradiction() -> None:
    data = examples(
        [*chatty(20), ("Hello", "Hello to you, what a lovely day it is."), ("hello!", "Hi there, what can I do for you this evening?")]
    )
    assert found(data) == {"several_answers": (22, 23)}
    assert one(data, "several_answers").severity == "info"


def test_json_answers_with_another_order_of_keys_do_not_contradict() -> None:
    rows = [(question, as_json(a=label, b="x")) for question, label in labelled(30)]
    data = examples([*rows, ("Again?", '{"a": "Fees", "b": "x"}'), ("Again?", '{"b": "x",   "a": "Fees"}')])
    assert "contradictions" not in found(data) and found(data)["near_duplicates"] == (33,)


def test_answers_that_are_the_instruction_teach_nothing() -> None:
    data = examples([(f"usage: {i}, change: {i * 7 % 13}", INSTRUCTION) for i in range(45)])
    finding = one(data, "answer_is_instruction")
    assert finding.severity == "error" and finding.count == 45 and finding.params["share"] == 100
    judged = verdict(check_all(data), len(data))
    assert judged.word == "teaches_nothing"
    assert judged.reasons[0].params == {"code": "answer_is_instruction"}
    assert "system prompt" in about("answer_is_instruction").why


def test_an_instruction_in_most_answers_is_said_as_well() -> None:
    data = examples([*((f"usage: {i}", INSTRUCTION) for i in range(20)), *chatty(15)])
    assert one(data, "answer_is_instruction").severity == "warning"


def test_an_answer_that_repeats_the_system_prompt_is_the_instruction() -> None:
    prompt = "Marv is a factual chatbot that is also sarcastic, mostly"
    data = examples(((f"question {i}?", prompt) for i in range(12)), system=prompt)
    assert "answer_is_instruction" in found(data)


def test_one_answer_to_everything_teaches_nothing() -> None:
    assert verdict(check_all(examples([(q, "yes") for q, _ in labelled(20)])), 20).word == "teaches_nothing"
    assert "constant_answers" in found(examples([(q, "Yes." if i % 2 else "yes") for i, (q, _) in enumerate(labelled(20))]))
    sorry = "Thank you for your message, we will come back to you within three days."
    assert "repeated_answer" in found(examples([(q, sorry if i else "Call us.") for i, (q, _) in enumerate(labelled(20))]))


def test_a_frequent_class_is_no_constant_answer() -> None:
    assert found(examples([(q, "yes" if i % 30 == 0 else "no") for i, (q, _) in enumerate(labelled(150))])) == {"imbalance": ()}


def test_answers_that_echo_the_question() -> None:
    assert verdict(check_all(examples([(q, q.upper()) for q, _ in labelled(20)])), 20).word == "teaches_nothing"
    spelling = [(f"He go{'e' * (i % 2)}s home {i} times", f"He goes home {i} times") for i in range(20)]
    assert "answer_copies_question" not in found(examples(spelling)), "half of them needed no correction"


@pytest.mark.parametrize(
    ("text", "is_order"),
    [
        (INSTRUCTION, True),
        ("You are a helpful assistant that answers questions about the user's data.", True),
        ("Berikan rekomendasi singkat berdasarkan data dalam tiga kalimat", True),
        ("Offer ended yesterday, sorry, but you may still order the blue one.", False),
        ("Paris, of course. Everyone knows that.", False),
        ("Write to us.", False),
        ("The usage rose by three percent based on the provided data.", False),
    ],
)
def test_what_reads_like_an_instruction(text: str, is_order: bool) -> None:
    assert reads_like_instruction(text) is is_order


def test_blank_questions_and_answers() -> None:
    data = examples([*labelled(20), ("", "Fees"), ("What?", " \n"), ("", ""), ("", "")])
    assert found(data) == {"empty_answer": (23, 24, 25), "empty_question": (22, 24, 25)}
    # one click for both would take every row once all answers have to be written anew
    assert {finding.code: finding.repair for finding in check_all(data)} == {"empty_answer": "drop_empty", "empty_question": "leave_out"}
    assert verdict(check_all(data), len(data)).word == "not_ready"


def test_placeholders_are_no_answers() -> None:
    data = examples([*chatty(20), ("One?", "NaN"), ("Two?", "n/a"), ("Three?", " TBD ")])
    assert found(data)["placeholder_answers"] == (22, 23, 24)
    labels = examples([*labelled(20), *((f"q {i}?", "None") for i in range(6)), ("x?", "#REF!")])
    assert found(labels)["placeholder_answers"] == (28,), "None may be a class, #REF! never is"


def test_json_answers_that_are_incomplete_or_odd() -> None:
    rows = [(question, as_json(top=label, sub="x")) for question, label in labelled(60)]
    rows[7] = (rows[7][0], '{"top": "Fees", "sub": ""}')
    rows[9] = (rows[9][0], '{"top": "nan", "sub": "NaN"}')
    rows[11] = (rows[11][0], '{"top": "Fees"}')
    data = examples(rows)
    assert found(data)["incomplete_answers"] == (9,)
    assert found(data)["placeholder_answers"] == (11,)
    assert found(data)["odd_answers"] == (13,)
    assert one(data, "incomplete_answers").params == {"fields": ["sub"]}


def test_rare_classes_are_information() -> None:
    data = examples([*labelled(30), ("a?", "Rare one"), ("b?", "Few"), ("c?", "Few")])
    assert found(data) == {"rare_classes": (33, 34), "single_row_classes": (32,)}
    assert one(data, "single_row_classes").params == {"classes": ["Rare one"], "n_classes": 1, "of": 5, "few": 5}
    assert verdict(check_all(data), 33).word == "ready"


def test_server_rules_are_gathered_by_fault() -> None:
    tagged = tuple(replace(one, extra={"id": one.row}) for one in examples(labelled(12)))
    finding = one_of(check_all(tagged), "extra_key")
    assert finding.count == 12 and finding.severity == "error" and finding.repair == "remove_extra_keys"
    assert finding.server_words == 'Example 2 contains an extra "id".'
    token = examples([*labelled(12), ("What is <|endoftext|>?", "Cards")])
    assert found(token)["special_token"] == (14,)


def one_of(findings: tuple[Finding, ...], code: str) -> Finding:
    return next(finding for finding in findings if finding.code == code)


def test_too_few_rows_are_not_ready() -> None:
    data = examples(labelled(9))
    finding = one(data, "too_few_examples")
    assert finding.params["n"] == 9 and finding.params["minimum"] == 10
    assert verdict(check_all(data), 9).word == "not_ready"
    assert verdict((), 9).word == "not_ready", "whoever forgot to check is not told that all is well"
    assert verdict(check_all(data, min_examples=5), 9, 5).word == "ready"


def test_warnings_make_ready_but() -> None:
    pairs = labelled(15)
    data = examples([*pairs, pairs[0]])
    judged = verdict(check_all(data), 16)
    assert judged.word == "ready_but" and [reason.params["code"] for reason in judged.reasons] == ["duplicates"]


def test_findings_come_in_one_order_worst_first() -> None:
    pairs = labelled(20)
    data = examples([*pairs, pairs[1], ("", ""), ("x?", "Lonely")])
    source = (Finding("blank_rows", "info", (9,)), Finding("ragged_rows", "warning", (4,)))
    once = check_all(data, source)
    assert once == check_all(data, source[::-1])
    assert [finding.severity for finding in once] == sorted((f.severity for f in once), key=("error", "warning", "info").index)


Pair = tuple[str, str]
PLANTS: dict[str, Callable[[Pair, Pair], Pair]] = {
    # the row that a fault replaces, made of the row that stood there and the one below it
    "duplicates": lambda here, below: below,
    "empty_answer": lambda here, below: (here[0], " "),
    "empty_question": lambda here, below: ("", here[1]),
    "placeholder_answers": lambda here, below: (here[0], "nan"),
    "special_token": lambda here, below: (f"{here[0]} <|im_end|>", here[1]),
    "contradictions": lambda here, below: (below[0].upper(), "Loans" if below[1] != "Loans" else "Fees"),
}


@pytest.mark.parametrize("seed", range(20))
def test_faults_planted_at_random_rows_are_all_found_and_nothing_else(seed: int) -> None:
    order = random.Random(seed)
    for code, plant in PLANTS.items():
        pairs = labelled(order.randrange(60, 300), seed)
        at = sorted(order.sample(range(0, len(pairs) - 2, 3), 5))  # never side by side: each plant looks at the next row
        for i in at:
            pairs[i] = plant(pairs[i], pairs[i + 1])
        marked = found(examples(pairs))
        assert code in marked
        rows = {i + 2 for i in at}
        if code == "duplicates":
            rows = {i + 3 for i in at}  # of two twins the later one is the copy
        if code == "contradictions":
            rows |= {i + 3 for i in at}
        assert set(marked[code]) == rows
        assert not {other for other in marked if other != code} - {
            "rare_classes",
            "single_row_classes",
            "leftover_tokens",
            "questions_in_capitals",
        }


NEVER_HERE = {
    # Prepare writes a file of its own, so what concerns only the bytes of the file that was read never comes up
    *("empty_file", "byte_order_mark", "json_array", "pretty_printed", "old_mac_lines")
}


def codes_of(path: Path) -> set[str]:
    """The codes that a module gives to findings, read from its source."""
    makers = {"Finding", "_error", "_find", "_bad_line"}
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call) and node.args]
    named = [call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) in makers]
    return {call.args[0].value for call in named if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)}


def test_every_finding_has_its_words_family_and_repair() -> None:
    teaching = [checks.instructed, checks.echoes, checks.swapped, checks.prompts]
    modules = [chat_format, chat_rules, reading, record_files, table_notes, jsonlike, checks.twins, *teaching, checks.answers]
    codes = set().union(*(codes_of(Path(str(module.__file__))) for module in modules)) - NEVER_HERE
    assert len(codes) > 35, "the scan found the codes"
    for code in codes:
        assert about(code).what != "{code}" and about(code).why, code
        assert family_of(code), code
    assert about("of_another_version").what == "{code}"
    assert set(checks.server.REPAIRS.values()) <= REPAIRS.keys()


UNREPAIRED = {"rare_classes", "single_row_classes", "developer_role", "questions_in_capitals"}


def test_words_can_be_filled_from_the_findings() -> None:
    pairs = labelled(40)
    bad: list[Example] = [
        *examples([*pairs, pairs[0], ("", ""), ("x?", "NaN"), ("x?", "Fees"), ("odd <|x|>", "Lonely"), (pairs[5][0].upper(), pairs[5][1])]),
        Example((Message("user", "a"),), 90),
        Example((Message("assistant", "a"), Message("user", "a")), 91),
        Example(
            (Message("robot", "a"), Message("", "b"), Message("assistant", "a", {"weight": 0}), Message("assistant", "b", {"weight": 0})),
            92,
        ),
        Example((Message("developer", "a"), Message("user", "", {"content": 5}), Message("assistant", "a", {"weight": 7})), 93, {"id": 3}),
    ]
    findings = check_all(bad)
    assert len(findings) > 15
    for finding in findings:
        words = about(finding.code)
        assert words.what.format(**{"n": finding.count, **finding.params})
        assert words.why.format(**{"n": finding.count, **finding.params})
        step = step_for(finding)
        assert step is None or step.repair in REPAIRS
        assert (step is None) == (finding.code in UNREPAIRED), finding.code


@pytest.mark.slow
def test_fifty_thousand_rows_are_checked_in_five_seconds() -> None:
    data = examples(((f"{q} {i}", as_json(top=a, sub=str(i % 4))) for i, (q, a) in enumerate(labelled(50_000))), system="Sort it.")
    start = time.process_time()
    assert check_all(data) == ()
    assert time.process_time() - start < 5
