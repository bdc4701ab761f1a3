"""Personal data is named by kind and row, never shown whole in a finding, and masked the same way everywhere."""

import json
import random
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.types import Example, Finding, Message
from core.prepare.checks import check_all, family_of
from core.prepare.checks.private import DEVICE, PERSONAL, SECRET, hits_in
from core.prepare.draft import Step
from core.prepare.prepared import overview
from core.prepare.repairs import apply, preview
from core.prepare.repairs.private import Masker
from core.prepare.work import prepare_draft
from tests.base.test_private import MADE
from tests.base.test_private import PERSONAL as VALUES
from tests.prepare.builders import csv_bytes, example, examples, labelled

ALL = [Step("mask_personal"), Step("mask_secrets"), Step("mask_devices")]
_CODES = {
    "email": "personal_email",
    "phone": "personal_phone",
    "card": "personal_card",
    "iban": "personal_iban",
    "id": "personal_id",
    "account": "personal_account",
    "birth": "personal_birth",
    "street": "personal_street",
    "key": "secret_key",
    "device": "device_id",
    "network": "network_address",
}


def private(data: tuple[Example, ...]) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_all(data) if family_of(finding.code) == "private"}


@pytest.mark.parametrize(("kind", "value", "text"), VALUES)
def test_each_kind_is_named_with_its_rows_and_masked(kind: str, value: str, text: str) -> None:
    pairs = labelled(20)
    pairs[4] = (f"{pairs[4][0]} {text}", pairs[4][1])
    pairs[9] = (text, f"It was {value} then.")
    data = examples(pairs)
    finding = private(data)[_CODES[kind]]
    assert finding.rows == (6, 11) and finding.severity == ("info" if kind in {*DEVICE, "street"} else "warning")
    after = apply(data, [Step(str(finding.repair))])
    assert _CODES[kind] not in private(after)
    assert value not in after[4].question and value not in after[9].question
    assert re.search(r"\[[A-Z]+_1\]", after[4].question) and re.search(r"\[[A-Z]+_1\]", after[9].question)


def test_a_few_street_addresses_may_be_shops_and_many_are_people() -> None:
    def addresses(different: int) -> Finding:
        texts = [f"{question} Send it to {3 + at % different} Mill Road, Leeds." for at, (question, _) in enumerate(labelled(40))]
        return private(examples((text, "Cards") for text in texts))["personal_street"]

    assert (addresses(5).severity, addresses(6).severity) == ("info", "warning")


@pytest.mark.parametrize("kind", [kind for kind in MADE])
@pytest.mark.parametrize("seed", range(3))
def test_planted_at_random_rows_they_are_found_there_and_nowhere_else(kind: str, seed: int) -> None:
    order = random.Random(f"{kind} {seed}")
    pairs = labelled(400, seed)
    at = sorted(order.sample(range(400), 25))
    for i in at:
        value, where = MADE[kind](order), order.randrange(2)
        pairs[i] = (f"{pairs[i][0]} My details: {value}.", pairs[i][1]) if where else (pairs[i][0], f"Noted: {value}")
    found = private(examples(pairs))
    rows = set(found[_CODES[kind]].rows)
    assert rows <= {i + 2 for i in at} and len(rows) >= 0.95 * len(at)
    assert {row for finding in found.values() for row in finding.rows} <= {i + 2 for i in at}


@settings(deadline=None)
@given(st.lists(st.sampled_from(VALUES), min_size=1, max_size=6))
def test_no_finding_holds_a_value(values: list[tuple[str, str, str]]) -> None:
    data = examples([*labelled(12), *((text, "Fees") for _, _, text in values)])
    for finding in private(data).values():
        shown = json.dumps(finding.params, ensure_ascii=False)
        for _, value, _ in values:
            assert value not in shown
            assert not [run for run in re.findall(r"[\w.@+-]{6,}", value) if run in shown]


def test_the_same_value_has_one_placeholder_over_all_messages_in_order_of_first_sight() -> None:
    data = (
        example("I am anna@web.de", "Noted, Anna@web.de and +62 812-3456-7890.", 2, "Never show root@web.de."),
        example("budi@mail.id or 0812 3456 7890?", "Both: budi@mail.id.", 3, "Never show root@web.de."),
        example("Call +6281234567890", "ok", 4),
    )
    first, second, third = apply(data, [Step("mask_personal")])
    assert first.system == second.system == "Never show [EMAIL_1]."
    assert (first.question, first.answer) == ("I am [EMAIL_2]", "Noted, [EMAIL_2] and [PHONE_1].")
    assert (second.question, second.answer) == ("[EMAIL_3] or [PHONE_2]?", "Both: [EMAIL_3].")
    assert third.question == "Call [PHONE_1]", "spaces and hyphens make no other number"


def test_a_row_masked_alone_gets_the_placeholder_that_it_has_among_all() -> None:
    data = examples([("a@web.de", "x"), ("b@web.de", "y"), ("c@web.de", "z")])
    whole = apply(data, [Step("mask_personal")])
    alone = apply(data, [Step("mask_personal", rows=(3,))])
    assert alone == (data[0], whole[1], data[2])
    assert preview(data, Step("mask_personal")).changes[2].after == whole[2]


def test_placeholders_that_stand_there_already_are_not_given_again() -> None:
    data = examples([("Was [EMAIL_4] and b@web.de", "x"), ("[EMAIL_1]", "y")])
    assert apply(data, [Step("mask_personal")])[0].question == "Was [EMAIL_4] and [EMAIL_5]"


def test_json_answers_stay_json() -> None:
    answer = '{"card": 4111111111111111, "mail": "line\\nanna@web.de", "phone": "5551234", "n": [1.5, true], "a@web.de": ""}'
    data = (example("q", answer, 2),)
    masked = apply(data, [Step("mask_personal")])[0].answer
    assert json.loads(masked) == {"card": "[CARD_1]", "mail": "line\n[EMAIL_1]", "phone": "[PHONE_1]", "n": [1.5, True], "a@web.de": ""}
    assert [kind for kind, _ in hits_in(answer)] == ["card", "email", "phone"]


def test_what_a_tool_is_called_with_is_masked_too() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "mail", "arguments": '{"to": "anna@web.de"}'}}
    answer = Message("assistant", "", {"tool_calls": [call]})
    data = (Example((Message("user", "Write to her."), answer), 7),)
    assert private(data)["personal_email"].rows == (7,)
    after = apply(data, [Step("mask_personal")])[0].messages[1].extra["tool_calls"][0]["function"]
    assert after == {"name": "mail", "arguments": '{"to": "[EMAIL_1]"}'}
    assert call["function"]["arguments"] == '{"to": "anna@web.de"}', "the example itself is never changed"  # type: ignore[index]


_PIECES = [*(value for _, value, _ in VALUES), " ", ", ", "\n", "x", "phone ", "[KEY_1]", '"', "{", "password: "]
_ANY = st.lists(st.sampled_from(_PIECES), max_size=7)


@settings(max_examples=300, deadline=None)
@given(_ANY.map("".join))
def test_masking_leaves_nothing_to_mask(text: str) -> None:
    masker = Masker(PERSONAL | SECRET | DEVICE)
    once = masker.mask(text)
    assert hits_in(once) == [] and masker.mask(once) == once
    assert Masker(PERSONAL | SECRET | DEVICE).mask(text) == once, "the same again gives the same"


def test_columns_that_train_nothing_are_not_looked_at() -> None:
    rows = [["question", "answer", "device_id"], *([q, a, f"6bbc020f-2718-4883-9a3b-{at:012d}"] for at, (q, a) in enumerate(labelled(30)))]
    draft = {"mapping": {"question": ["question"], "answer": ["answer"], "system_prompt": ""}}
    result = prepare_draft(csv_bytes(rows), "a.csv", draft)
    assert not [finding for finding in result.findings if family_of(finding.code) == "private"]
    draft["mapping"]["question"] = ["question", "device_id"]
    result = prepare_draft(csv_bytes(rows), "a.csv", draft)
    device = next(finding for finding in result.findings if finding.code == "device_id")
    assert device.severity == "info" and device.count == 30 and device.params["different"] == 30
    shown = next(finding for finding in overview(result)["findings"] if finding["code"] == "device_id")
    assert "000000000007" not in json.dumps(shown["params"])


def test_examples_that_hold_nothing_stay_the_very_same() -> None:
    data = tuple(replace(one, row=one.row) for one in examples(labelled(30)))
    assert all(a is b for a, b in zip(apply(data, ALL), data, strict=True))


def test_a_finding_that_is_kept_quotes_no_personal_value() -> None:
    question = "Hello, my mail is jane.doe@gmail.com, please help me with my card"
    pairs = [*labelled(20), (question, "Cards"), (question + "!", "Cards"), (question, "Cards")]
    shown = overview(prepare_draft(csv_bytes([("question", "label"), *pairs]), "a.csv"))
    told = json.dumps([{**one, "preview": []} for one in shown["findings"]])
    assert "near_duplicates" in told and "personal_email" in told
    assert "jane.doe" not in told
