"""What kind of answers a data set has, and taking them apart and together again."""

import csv
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.answers import AnswerShape, answer_kind, parse_answer, render_answer

CITIES = ["Paris", "Rome", "Oslo", "Lima"]
CHATTY = [
    "Blue, last time anybody looked up.",
    "Seven. Go on, count them again, we have all day.",
    "Water, which is wet. Shall we go on to fire?",
    "The Nile or the Amazon, depending on whom you want to annoy today.",
    "A dog. It barks, it wags, it has not changed in a while.",
]


def bank(pairs: list[tuple[str, str]]) -> list[str]:
    return [json.dumps({"Top": top, "Sub": sub}) for top, sub in pairs]


def twenty_pairs(rows_each: int) -> list[str]:
    return bank([(f"Top {i // 4}", f"Sub category {i}") for i in range(20)] * rows_each)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["yes", "no", "yes"] * 5, "label"),
        (["Yes.", "No."] * 6, "label"),
        (["Fees and Charges", "Card Services", "Loans and Mortgages"] * 5, "label"),
        (["手数料", "カード", "ローン"] * 4, "label"),
        ([str(i % 5 + 1) for i in range(40)], "label"),  # ratings
        ([str(100 + i % 30) for i in range(60)], "text"),  # measurements that repeat by chance
        ([f"{i}.5" for i in range(50)], "text"),
        (["spam"] * 20, "label"),  # one class is still a class
        (CITIES, "text"),  # one example per label is not a label
        (CITIES * 2, "text"),  # a list pasted twice
        (CITIES * 3, "label"),
        (CHATTY * 2, "text"),
        (CHATTY * 5, "text"),  # sentences, however often they are repeated
        (["Please turn the device off and on again, wait a minute and then try once more."] * 30, "text"),
        (twenty_pairs(3), "json"),
        (twenty_pairs(1), "text"),
        ([json.dumps({"label": "a" if i % 2 else "b", "reason": f"because of {i}"}) for i in range(30)], "text"),
        ([json.dumps({"x": {"y": "a"}})] * 10, "label"),  # no flat object: then it is a short text that repeats
        ([json.dumps(["a", "b"])] * 10, "label"),
        ([], "text"),
        (["", "  "], "text"),
        (["yes"], "text"),
    ],
)
def test_kind(answers: list[str], kind: str) -> None:
    assert answer_kind(answers).kind == kind


def test_a_few_broken_rows_do_not_change_the_kind() -> None:
    good = twenty_pairs(5)
    assert answer_kind([*good, "I do not know", "", '{"Top": "Top 1"}']).kind == "json"
    assert answer_kind([*good, *["I do not know"] * 20]).kind == "label"  # then all of them are texts that repeat


def test_the_fields_come_in_the_order_of_the_data() -> None:
    answers = ['{"b": "x", "a": "y"}'] * 3 + ['{"a": "y", "b": "x"}']
    assert answer_kind(answers).fields == ("b", "a")


def test_the_published_data(seed_data: Path) -> None:
    with (seed_data / "bank_support_train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    pairs = [(top, sub) for _, top, sub in rows]
    assert answer_kind(bank(pairs)) == AnswerShape("json", ("Top", "Sub"))
    assert {answer_kind([pair[i] for pair in pairs]).kind for i in (0, 1)} == {"label"}
    for seed in range(20):  # and so must what a split leaves of it
        assert answer_kind(bank(random.Random(seed).sample(pairs, 60))).kind == "json"
    marv = [
        json.loads(line)["messages"][-1]["content"] for line in (seed_data / "marv_chat.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert (len(marv), len(set(marv))) == (20, 10)
    assert answer_kind(marv).kind == "text"


SHAPE = AnswerShape("json", ("a", "b"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": "x", "b": "y"}', {"a": "x", "b": "y"}),
        ('\n{ "b":"y" ,\t"a":" x "}  ', {"a": "x", "b": "y"}),
        ('{"a": 3, "b": null}', {"a": "3", "b": "null"}),
        ('{"a": 3.50, "b": true}', {"a": "3.50", "b": "true"}),
        ('{"a": "x"}', None),
        ('{"a": "x", "b": "y", "c": "z"}', None),
        ('{"a": "x", "b": ["y"]}', None),
        ('{"a": "x", "b": NaN}', None),
        ('{"a": "x", "a": "z", "b": "y"}', None),
        ('```json\n{"a": "x", "b": "y"}\n```', None),
        ('{"a": "x", "b": "y"', None),
        ('{"a":' * 5000, None),
        ("{'a': 'x', 'b': 'y'}", None),
        ("x", None),
        ("", None),
    ],
)
def test_parse(text: str, values: dict[str, str] | None) -> None:
    assert parse_answer(text, SHAPE) == values


def test_a_number_of_a_million_digits_is_only_text() -> None:
    assert parse_answer(f'{{"a": {"9" * 1_000_000}, "b": 1}}', SHAPE) is not None


def test_labels_and_texts_are_their_own_one_field() -> None:
    for kind in ("label", "text"):
        shape = AnswerShape(kind)  # type: ignore[arg-type]
        assert parse_answer(" Card Services\n", shape) == {"answer": "Card Services"}
        assert render_answer({"answer": "Card Services"}, shape) == "Card Services"


def test_numbers_are_written_as_the_data_wrote_them() -> None:
    shape = answer_kind(['{"urgent": true, "stars": 4, "code": "007"}', '{"urgent": false, "stars": 5, "code": "007"}'] * 10)
    for text in ('{"urgent": true, "stars": 4, "code": "007"}', '{"urgent": false, "stars": 5, "code": "007"}'):
        values = parse_answer(text, shape)
        assert values is not None
        assert render_answer(values, shape) == text
    assert render_answer({"urgent": "perhaps", "stars": "4", "code": "1"}, shape) == '{"urgent": "perhaps", "stars": 4, "code": "1"}'


def test_text_of_any_script_stays_readable() -> None:
    assert render_answer({"a": "Gebühren „ä“", "b": "手数料 🙂"}, SHAPE) == '{"a": "Gebühren „ä“", "b": "手数料 🙂"}'


@given(st.dictionaries(st.text(), st.text().map(str.strip), min_size=1), st.randoms())
def test_parsing_what_was_rendered_gives_the_values_again(values: dict[str, str], order: random.Random) -> None:
    fields = list(values)
    order.shuffle(fields)
    shape = AnswerShape("json", tuple(fields))
    rendered = render_answer(values, shape)
    assert parse_answer(rendered, shape) == values
    assert list(json.loads(rendered)) == fields


@given(st.lists(st.text()))
def test_any_answers_have_a_kind(answers: list[str]) -> None:
    shape = answer_kind(answers)
    assert shape.kind in ("label", "json", "text")
    for answer in answers:
        parse_answer(answer, shape)


scalars = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False))


@given(st.dictionaries(st.text(), scalars, min_size=1))
def test_plain_values_survive_parsing_and_rendering(values: dict[str, object]) -> None:
    text = json.dumps(values)
    shape = AnswerShape(
        "json", tuple(values), frozenset((key, json.dumps(value)) for key, value in values.items() if not isinstance(value, str))
    )
    parsed = parse_answer(text, shape)
    assert parsed is not None
    again = parse_answer(render_answer(parsed, shape), shape)
    assert again == parsed
