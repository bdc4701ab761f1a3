"""Faults inside the texts are named with their rows, clean texts of many kinds are left in peace, and each repair settles its finding."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.types import Example, Finding, Message
from core.prepare import checks
from core.prepare.checks import Examined, about, check_all, family_of
from core.prepare.draft import Step
from core.prepare.repairs import apply, apply_logged, private, safe_steps, text
from tests.prepare.builders import example, examples
from tests.prepare.test_checks import codes_of

CODES = {
    code
    for module in (checks.text, checks.wording, checks.lengths, checks.languages, checks.private)
    for check in module.CHECKS
    for code in check.finds
}
_SUBJECTS = (
    "the transfer",
    "my card",
    "the monthly fee",
    "this loan",
    "the new app",
    "a standing order",
    "my statement",
    "the exchange rate",
)
_VERBS = ("has not arrived", "was refused", "seems too high", "cannot be opened", "was changed", "is missing", "looks wrong to me")
_ADVICE = (
    "Please open the app and look under settings, where you can change it yourself.",
    "That takes two working days; if it is not there by then, write to us again.",
    "We don't charge for this, and you will see the correction on the next statement.",
    "Bring an identity card to the branch, and we will put it right while you wait.",
)
_SUBJEK = ("transfer saya", "kartu debit saya", "biaya bulanan ini", "pinjaman ini", "aplikasi yang baru", "laporan rekening saya")
_KERJA = (
    "belum sampai",
    "ditolak oleh mesin",
    "terlalu tinggi",
    "tidak bisa dibuka",
    "berubah tanpa pemberitahuan",
    "hilang sejak kemarin",
)
_SARAN = (
    "Silakan buka aplikasi dan pilih menu pengaturan, lalu ubah sendiri di sana.",
    "Mohon tunggu dua hari kerja; bila belum ada, hubungi kami kembali ya.",
    "Kami tidak memungut biaya untuk ini, dan koreksi akan terlihat pada laporan berikutnya.",
)


def banking(n: int, order: random.Random) -> list[tuple[str, str]]:
    return [
        (
            f"Hello, {order.choice(_SUBJECTS)} {order.choice(_VERBS)} since {order.randrange(1, 29)} May, what can I do about it?",
            f"I am sorry about {order.choice(_SUBJECTS)}, case {at}. {order.choice(_ADVICE)}",
        )
        for at in range(n)
    ]


def indonesian(n: int, order: random.Random) -> list[tuple[str, str]]:
    return [
        (
            f"Halo, {order.choice(_SUBJEK)} {order.choice(_KERJA)} sejak tanggal {order.randrange(1, 29)} Mei, apa yang harus saya buat?",
            f"Mohon maaf atas {order.choice(_SUBJEK)}, kasus {at}. {order.choice(_SARAN)}",
        )
        for at in range(n)
    ]


def sensor(n: int, order: random.Random) -> list[tuple[str, str]]:
    return [
        (
            "\n".join(f"{name}: {order.uniform(-100, 900)!r}" for name in ("today_total_usage", "dod", "wow", "mom", "median")),
            f"Usage is {order.uniform(1, 90):.1f}% above the day before, device {at}. Check the timer, and compare again next week.",
        )
        for at in range(n)
    ]


def chat(n: int, order: random.Random) -> list[tuple[str, str]]:
    return [
        (
            order.choice(["hi", "ok thanks!!", "lol", "what's up?", "Tell me a joke about the number"]) + f" {at}",
            order.choice(["Sure 😀", "No way… really?", "Well, that's how it goes.", "Haha ha!", "“Never”, as they say."]) + f" ({at})",
        )
        for at in range(n)
    ]


def code(n: int, order: random.Random) -> list[tuple[str, str]]:
    return [
        (
            f"Write a function that adds {order.randrange(100)} to each of {at} numbers. Use List<int> where a < b and b > {at}.",
            f'```python\ndef add_{at}(xs):\n    print("done\\n")\n    return [x + {order.randrange(100)} for x in xs if x < {at}]\n```',
        )
        for at in range(n)
    ]


def labels(n: int, order: random.Random) -> list[tuple[str, str]]:
    return [
        (question, json.dumps({"Top": order.choice(["Cards", "Fees"]), "Sub": order.choice(["A", "B"])}))
        for question, _ in banking(n, order)
    ]


def both_languages(n: int, order: random.Random) -> list[tuple[str, str]]:
    return [*banking(n // 2, order), *indonesian(n - n // 2, order)]


KINDS = (banking, indonesian, sensor, chat, code, labels, both_languages)


def noticed(data: tuple[Example, ...]) -> dict[str, Finding]:
    """The findings of texts and of private data."""
    return {finding.code: finding for finding in check_all(data) if family_of(finding.code) in ("text", "private")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_clean_texts_of_many_kinds_are_left_in_peace(kind: Callable[[int, random.Random], list[tuple[str, str]]], seed: int) -> None:
    found = noticed(examples(kind(300, random.Random(seed))))
    assert {code: finding.severity for code, finding in found.items() if finding.severity != "info"} == {}
    # what is worth knowing about a chat full of quotation marks is no fault
    assert sum(finding.count for finding in found.values() if finding.code != "mixed_quotes") <= 0.02 * 300


Pair = tuple[str, str]
PLANTS: dict[str, Callable[[Pair], Pair]] = {
    "mojibake": lambda pair: (pair[0], pair[1].replace("I am", "Iâ€™m").replace("Mohon", "MohonÃ©")),
    "lost_characters": lambda pair: (pair[0].replace("a", "\ufffd", 1), pair[1]),
    "html": lambda pair: (pair[0], f"<p>{pair[1]}</p><br/>"),
    "invisible_characters": lambda pair: (pair[0][:9] + "\u200b" + pair[0][9:], pair[1]),
    "odd_spaces": lambda pair: (pair[0], pair[1].replace(" ", "\xa0", 2)),
    "leftover_tokens": lambda pair: (pair[0], pair[1] + "<|im_end|>"),
    "template_tokens": lambda pair: (pair[0], pair[1] + " [INST] And then? [/INST] Nothing more."),
    "literal_escapes": lambda pair: (pair[0], pair[1].replace(". ", r".\n\n", 1)),
    "outer_spaces": lambda pair: (pair[0], f" {pair[1]}  "),
    "line_ends": lambda pair: (pair[0], pair[1].replace(". ", ".\r\n", 1)),
    "answers_in_capitals": lambda pair: (pair[0], pair[1].upper()),
    "questions_in_capitals": lambda pair: (pair[0].upper(), pair[1]),
    "doubled_words": lambda pair: (pair[0].replace(" since", " since since").replace(" yang", " yang yang"), pair[1]),
    "spreadsheet_errors": lambda pair: (pair[0] + " #REF!", pair[1]),
    "cut_off_answers": lambda pair: (pair[0], pair[1][: len(pair[1]) // 2].rsplit(" ", 1)[0] + " and"),
    "unfinished_answers": lambda pair: (pair[0], pair[1][:-1]),
    "long_answers": lambda pair: (pair[0], (pair[1] + " ") * 30 + "End."),
    "long_questions": lambda pair: ((pair[0] + " ") * 30 + "End?", pair[1]),
    "other_language_answers": lambda pair: (
        pair[0],
        f"Bitte öffnen Sie die App und ändern Sie es selbst in den Einstellungen, {pair[1][-9:]}",
    ),
    "other_language_questions": lambda pair: (f"Hallo, seit gestern fehlt meine Überweisung, was kann ich da tun? {len(pair[0])}", pair[1]),
}
_BESIDE = {"special_token", "duplicates", "near_duplicates", "several_answers", "long_dashes", "mixed_quotes", "cut_off_answers"}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fault", PLANTS)
def test_faults_planted_at_random_rows_are_found_there_and_nowhere_else(fault: str, seed: int) -> None:
    order = random.Random(f"{fault} {seed}")
    pairs = (banking if seed % 2 == 0 or fault in ("mojibake", "doubled_words") else indonesian)(300, order)
    at = sorted(order.sample(range(300), 5))
    for i in at:
        pairs[i] = PLANTS[fault](pairs[i])
    found = noticed(examples(pairs))
    assert found[fault].rows == tuple(i + 2 for i in at)
    others = {code: finding for code, finding in found.items() if code not in _BESIDE | {fault}}
    assert {row for finding in others.values() for row in finding.rows} <= {i + 2 for i in at}, others.keys()


def test_many_answers_cut_at_one_length_are_cut_off() -> None:
    order = random.Random(3)
    pairs = [(question, answer + " " + order.choice(_ADVICE) * order.randrange(3)) for question, answer in banking(200, order)]
    cut = [(question, answer[:200]) for question, answer in pairs]
    rows = {row for row, (_, answer) in enumerate(cut, 2) if len(answer) == 200 and answer[-1].isalpha()}
    assert len(rows) >= 10
    found = noticed(examples([*cut, *banking(400, order)]))
    assert rows <= set(found["cut_off_answers"].rows)


def test_data_about_html_is_not_taken_apart() -> None:
    pages = [(f"Make a heading that says {at}.", f"<h1>Heading {at}</h1>") for at in range(30)]
    found = noticed(examples(pages))
    assert "html" not in found and found["about_html"].severity == "info" and found["about_html"].repair is None
    assert apply(examples(pages), [Step("strip_html")]) == examples(pages)


def test_an_answer_too_long_for_any_model_is_named() -> None:
    pairs = banking(20, random.Random(1))
    pairs[7] = (pairs[7][0], " ".join(str(n) for n in range(40_000)))
    finding = noticed(examples(pairs))["too_long"]
    assert finding.rows == (9,) and finding.params["longest"] > finding.params["limit"] > 10_000


def test_talk_about_spreadsheets_is_no_spreadsheet_error() -> None:
    pairs = [*banking(20, random.Random(2)), ("What does #REF! mean in Excel?", "A formula points to a cell that is gone.")]
    assert "spreadsheet_errors" not in noticed(examples(pairs))


def test_quotation_marks_become_those_of_most_answers() -> None:
    straight = [(f"Question number {at}?", f"It's answer {at}, they don't say more.") for at in range(8)]
    curly = [(f"Another number {at}?", f"It’s reply {at}, “they” don’t say more.") for at in range(3)]
    data = examples([*straight, *curly])
    assert noticed(data)["mixed_quotes"].rows == (10, 11, 12)
    assert apply(data, [Step("same_quotes")])[8].answer == "It's reply 0, \"they\" don't say more."
    turned = examples([*straight[:2], *curly])
    assert noticed(turned)["mixed_quotes"].rows == (2, 3)
    assert apply(turned, [Step("same_quotes")])[0].answer == "It’s answer 0, they don’t say more."


def test_every_finding_has_its_words_and_family() -> None:
    modules = (checks.text, checks.wording, checks.lengths, checks.languages, checks.private)
    made = set().union(*(codes_of(Path(str(module.__file__))) for module in modules))
    assert made <= CODES
    for code in CODES:
        assert about(code).what and about(code).why and family_of(code) in ("text", "private")
    # every plant's finding can be put into words with its parameters
    for fault, plant in PLANTS.items():
        pairs = banking(60, random.Random(fault))
        pairs[5] = plant(pairs[5])
        for finding in noticed(examples(pairs)).values():
            assert "{" not in about(finding.code).what.format(**{"n": finding.count, **finding.params})


_WORDS = st.sampled_from(
    [
        *(
            "Hello",
            " ",
            "the the",
            "<p>",
            "</p>",
            "<b>x</b>",
            "&amp;",
            "&lt;",
            "cafÃ©",
            "Itâ€™s",
            "’",
            "'",
            '"',
            "\u200b",
            "\xa0",
            "\ufeff",
            "\r\n",
        ),
        *(
            "\\n",
            "\\u00e9",
            "<|im_end|>",
            "[INST]",
            "</s>",
            "anna@web.de",
            "+62 812-3456-7890",
            "4111 1111 1111 1111",
            "[EMAIL_1]",
            "[PHONE_2]",
        ),
        *(
            "sk-abcdEFGH1234567890abcdEFGH",
            "6bbc020f-2718-4883-9a3b-0123456789ab",
            "password: Hunter2!",
            "203.0.113.77",
            ". ",
            "\n",
            "{",
            "”",
        ),
    ]
)
_TEXTS = st.lists(_WORDS, max_size=6).map("".join)
_SHAPED = _TEXTS | st.dictionaries(st.sampled_from(["a", "phone", "mail"]), _TEXTS | st.integers(0, 10**16), max_size=3).map(json.dumps)


@st.composite
def messy(draw: st.DrawFn) -> tuple[Example, ...]:
    """A few examples full of what the repairs of texts look for."""
    rows = draw(st.lists(st.tuples(_TEXTS, _SHAPED), max_size=8))
    system = draw(_TEXTS)
    return tuple(example(question, answer, row, system) for row, (question, answer) in enumerate(rows, 2))


OURS = sorted(repair.name for repair in (*text.REPAIRS, *private.REPAIRS))


@settings(max_examples=150, deadline=None)
@given(messy())
def test_each_repair_names_the_rows_of_its_findings_touches_no_other_and_settles_them(data: tuple[Example, ...]) -> None:
    findings = check_all(data)
    for name in OURS:
        named = {row for finding in findings if finding.repair == name for row in finding.rows}
        outcome = apply_logged(data, [Step(name)])
        after, (applied,) = outcome.examples, outcome.log
        assert set(applied.rows) == named, name
        now = {one.row: one for one in after}
        for one in data:
            assert (now.get(one.row) is one) == (one.row not in named), name
        assert apply(after, [Step(name)]) == after, name
        assert not [finding for finding in check_all(after) if finding.repair == name], name


@settings(max_examples=100, deadline=None)
@given(messy())
def test_answers_in_json_stay_json(data: tuple[Example, ...]) -> None:
    after = {one.row: one for one in apply(data, [Step(name) for name in OURS])}
    for one in data:
        if one.answer.startswith("{") and one.answer.endswith("}") and _is_object(one.answer):
            assert _is_object(after[one.row].answer)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def test_one_click_mends_all_that_is_safe() -> None:
    pairs = banking(40, random.Random(9))
    pairs[3] = (pairs[3][0] + "\u200b", "CafÃ© " + pairs[3][1] + "<|im_end|>")
    pairs[5] = ("  " + pairs[5][0], pairs[5][1] + " \r\n")
    data = examples(pairs)
    steps = safe_steps(check_all(data))
    assert [step.repair for step in steps] == ["fix_mojibake", "clean_characters", "remove_tokens", "trim"]
    after = apply(data, steps)
    assert not {"mojibake", "invisible_characters", "leftover_tokens", "special_token", "outer_spaces", "line_ends"} & noticed(after).keys()
    assert after[3].answer.startswith("Café I am") and len(after) == len(data)


def test_parts_of_a_typed_content_are_mended_where_they_stand() -> None:
    parts = [{"type": "text", "text": "What is <b>this</b>?"}, {"type": "image_url", "image_url": {"url": "https://x/y<b>.png"}}]
    data = (
        Example((Message("user", "What is <b>this</b>?", {"content": parts}), Message("assistant", "A cat &amp; a dog.")), 4),
        example("Plain?", "Plain.", 5),
    )
    after = apply(data, [Step("strip_html")])
    assert after[0].messages[0].content == "What is this?" and after[0].answer == "A cat & a dog."
    assert after[0].messages[0].extra["content"] == [{"type": "text", "text": "What is this?"}, parts[1]]
    assert after[1] is data[1]


def test_each_text_is_looked_at_once() -> None:
    looked: list[str] = []
    examined = Examined(examples([("Same?", "Yes"), ("Same?", "Yes"), ("Other?", "Yes")]))
    assert examined.rows_with_text(lambda text: looked.append(text) is None and text == "Same?") == (2, 3)
    assert looked == ["Same?", "Yes", "Other?"]
