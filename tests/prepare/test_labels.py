"""Labels: one class in several spellings, labels that are probably wrong, pairs that do not go together."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.types import Example, Finding
from core.prepare.checks import check_all
from core.prepare.draft import Draft, Step
from core.prepare.mapping import Mapping
from core.prepare.recipes import recipe
from core.prepare.repairs import REPAIRS, apply, keep_given, kept_labels, step_for, use_better
from core.prepare.spellings import respelt
from core.prepare.work import prepare_draft
from core.prepare.worksheet import with_answer
from tests.prepare.builders import csv_bytes, examples

TOPICS = {
    "Cards": [
        "my card was swallowed by the machine",
        "the pin of my card does not work",
        "when will the new card be sent",
        "block the stolen card",
    ],
    "Transfers": [
        "the transfer has not arrived",
        "money sent to a wrong account",
        "how long does a transfer abroad take",
        "cancel the transfer",
    ],
    "Loans": ["may the loan be repaid early", "which papers does the mortgage need", "the rate of my loan went up", "apply for a mortgage"],
    "Access": ["the app does not let me log in", "my password was forgotten", "the code for the app never comes", "change the password"],
}
SUB = {"Cards": ["Lost", "Pin"], "Transfers": ["Late", "Abroad"], "Loans": ["Rate", "Early"], "Access": ["App", "Password"]}
_FILLER = "today yesterday please again since monday still always somehow morning evening weekend urgent quickly kindly".split()


def rows(n: int, seed: int) -> list[tuple[str, str]]:
    """Questions that tell their topic, all different."""
    rng = random.Random(seed)
    made: dict[str, str] = {}
    while len(made) < n:
        topic = rng.choice(list(TOPICS))
        made.setdefault(f"{' '.join(rng.sample(_FILLER, 3))} {rng.choice(TOPICS[topic])} {' '.join(rng.sample(_FILLER, 2))}", topic)
    return list(made.items())


def found(data: tuple[Example, ...]) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_all(data)}


@pytest.mark.parametrize(
    ("counts", "right"),
    [
        ({"Fees": 30, "fees": 2, "Fees ": 1, "FEES!": 1}, {"fees": "Fees", "Fees ": "Fees", "FEES!": "Fees"}),
        (
            {"Card Services": 40, "Card Service": 3, "CardServices": 1, "Crad Services": 1},
            dict.fromkeys(["Card Service", "CardServices", "Crad Services"], "Card Services"),
        ),
        ({"Category": 20, "Categories": 4}, {"Categories": "Category"}),
        ({"Payment": 40, "Payments": 30}, {}),
        ({"Level 1": 40, "Level 2": 2, "B2B": 30, "B2C": 1}, {}),
        ({"yes": 40, "yet": 1, "gold": 40, "bold": 1, "C": 30, "C#": 2}, {}),
        ({"spam": 50, "ham": 5, "sapm": 1}, {"sapm": "spam"}),
        ({"positive": 30, "negative": 3, "": 5}, {}),
        ({}, {}),
    ],
)
def test_a_rare_spelling_beside_a_frequent_one(counts: dict[str, int], right: dict[str, str]) -> None:
    assert respelt(counts) == right


@given(st.dictionaries(st.text("aAbs -", max_size=6), st.integers(1, 60), max_size=8))
def test_what_was_merged_needs_no_more_merging(counts: dict[str, int]) -> None:
    right = respelt(counts)
    after: dict[str, int] = {}
    for name, n in counts.items():
        after[right.get(name, name)] = after.get(right.get(name, name), 0) + n
    assert respelt(after) == {} and not set(right) & set(right.values())


def test_spellings_are_merged_and_the_layout_stays() -> None:
    pairs = [(q, json.dumps({"top": a, "sub": SUB[a][i % 2]})) for i, (q, a) in enumerate(rows(80, 1))]
    pairs[5] = (pairs[5][0], '{ "sub":"Pin" ,\n  "top" : "cards" }')
    pairs[9] = (pairs[9][0], '{"top": "Lo\\u0061n", "sub": "a \\"top\\": \\"cards\\""}')
    data = examples(pairs)
    finding = found(data)["label_spellings"]
    assert finding.rows == (7, 11) and finding.severity == "warning" and finding.params["n_variants"] == 2
    mended = apply(data, [Step("merge_spellings")])
    assert mended[5].answer == '{ "sub":"Pin" ,\n  "top" : "Cards" }'
    assert mended[9].answer == '{"top": "Loans", "sub": "a \\"top\\": \\"cards\\""}'
    assert [a is b for a, b in zip(data, mended, strict=True)].count(False) == 2
    assert "label_spellings" not in found(mended)


@pytest.mark.parametrize("seed", range(3))
def test_changed_labels_are_doubted_and_no_others(seed: int) -> None:
    pairs = rows(600, seed)
    rng = random.Random(seed)
    wrong = set(rng.sample(range(600), 30))
    data = examples((q, rng.choice([name for name in TOPICS if name != a]) if i in wrong else a) for i, (q, a) in enumerate(pairs))
    findings = found(data)
    finding = findings["label_doubts"]
    doubted = {row - 2 for code in ("label_doubts", "label_doubts_weak") if code in findings for row in findings[code].rows}
    assert len(doubted & wrong) >= 0.95 * len(wrong) and len(doubted - wrong) <= 0.02 * 600
    first = finding.params["doubts"][0]
    assert first["row"] == finding.rows[0] and first["likelier"] == pairs[first["row"] - 2][1] != first["given"]
    assert finding.severity == "warning" and finding.repair == "use_better_label"
    assert pairs[first["row"] - 2][0].startswith(first["question"]) and first["chance"] > first["chance_given"]


def with_wrong(n: int, seed: int, wrong: int) -> tuple[list[tuple[str, str]], list[int], tuple[Example, ...]]:
    """Pairs of question and the right label; the indices that were labelled wrongly; the examples."""
    pairs, rng = rows(n, seed), random.Random(seed)
    marked = sorted(rng.sample(range(n), wrong))
    return pairs, marked, examples((q, rng.choice([x for x in TOPICS if x != a]) if i in marked else a) for i, (q, a) in enumerate(pairs))


def test_the_better_label_is_the_right_one_and_leaves_nothing_in_doubt() -> None:
    pairs, wrong, data = with_wrong(600, 4, 30)
    finding = found(data)["label_doubts"]
    step = step_for(finding)
    assert step is not None and step.rows == tuple(sorted(finding.rows)) and not REPAIRS[step.repair].safe
    mended = apply(data, [step])
    right = [mended[at].answer == pairs[at][1] for at in wrong if at + 2 in finding.rows]
    assert sum(right) >= 0.95 * len(right) > 20
    assert [a is b for a, b in zip(data, mended, strict=True)].count(False) == finding.count
    assert "label_doubts" not in found(mended)
    assert recipe("monthly", Draft(steps=(step,)), None, ()).draft.steps == (), "next month's rows are looked at by a person, too"
    assert mended == apply(data, [Step("use_better_label")]), "by its own rule the same"


def test_single_rows_get_the_better_label_and_the_step_says_which() -> None:
    _, _, data = with_wrong(300, 2, 12)
    finding = found(data)["label_doubts"]
    chosen = finding.rows[1:3]
    step = use_better(finding.params["step"]["labels"], [(row, "answer") for row in chosen])
    assert step.rows == tuple(sorted(chosen))
    step = Step.from_dict(json.loads(json.dumps(step.to_dict())))
    mended = apply(data, [step])
    assert {b.row for a, b in zip(data, mended, strict=True) if a is not b} == set(chosen)
    likelier = {doubt["row"]: doubt["likelier"] for doubt in finding.params["doubts"]}
    assert {one.row: one.answer for one in mended if one.row in chosen} == {row: likelier[row] for row in chosen}
    assert apply(data[:5], [step]) == data[:5], "no other row is touched, whatever the model would say now"


def test_a_label_that_was_found_right_is_not_doubted_again_until_it_is_another() -> None:
    pairs, _, data = with_wrong(300, 2, 12)
    table = csv_bytes([("question", "label"), *((one.question, one.answer) for one in data)])
    draft = Draft(mapping=Mapping(("question",), ("label",)))

    def doubted_now(draft: Draft) -> tuple[Finding | None, str]:
        prepared = prepare_draft(table, "a.csv", draft)
        return next((one for one in prepared.findings if one.code == "label_doubts"), None), prepared.verdict.word

    finding, word = doubted_now(draft)
    assert finding is not None and word == "ready_but"
    first, *others = finding.params["doubts"]
    given = finding.params["step"]["given"]
    one = draft.add(keep_given(given, [(first["row"], first["field"])]))
    still, _ = doubted_now(one)
    assert still is not None and set(still.rows) == set(finding.rows) - {first["row"]}
    kept = one.add(keep_given(given, [(doubt["row"], doubt["field"]) for doubt in others]))
    assert doubted_now(kept) == (None, "ready"), "the verdict follows"
    assert doubted_now(kept.undo())[0] == still and doubted_now(kept.undo().redo())[0] is None
    assert doubted_now(kept.add(Step("use_better_label")))[0] is None
    log = prepare_draft(table, "a.csv", kept).applied
    assert [(len(step.rows), step.idle) for step in log] == [(1, False), (len(others), False)]
    assert apply(data, kept.steps) == data, "the rows stay as they are"
    assert recipe("monthly", kept, kept.mapping, ("question", "label")).draft.steps == (), "said of rows that somebody looked at"
    other = next(name for name in TOPICS if name not in (first["given"], pairs[first["row"] - 2][1]))
    again = doubted_now(kept.add(Step("edit", (first["row"],), {"answer": other})))[0]
    assert again is not None and again.rows == (first["row"],), "another label than the one that was kept"


def test_a_step_that_keeps_labels_of_another_version_does_not_stumble() -> None:
    odd = [
        Step("keep_labels"),
        Step("keep_labels", (2,), {"labels": [1]}),
        Step("keep_labels", (2,), {"labels": {"x": {}, "3": {"a": "b"}}}),
    ]
    assert kept_labels(odd) == {}


def test_the_better_label_of_a_field_leaves_the_rest_of_the_answer() -> None:
    pairs, wrong, _ = with_wrong(300, 5, 12)
    data = examples((q, f'{{"top":  "{a}", "mood": "{["good", "bad"][i % 2]}"}}') for i, (q, a) in enumerate(pairs))
    at = wrong[0]
    other = next(name for name in TOPICS if name != pairs[at][1])
    wrongly = with_answer(data[at], data[at].answer.replace(pairs[at][1], other))
    data = (*data[:at], wrongly, *data[at + 1 :])
    finding = found(data)["label_doubts"]
    step = step_for(finding)
    assert step is not None and finding.rows == (at + 2,)
    assert apply(data, [step])[at].answer == f'{{"top":  "{pairs[at][1]}", "mood": "{["good", "bad"][at % 2]}"}}'


@pytest.mark.parametrize("seed", [2, 5])
def test_a_better_topic_never_makes_a_combination_that_nobody_uses(seed: int) -> None:
    labels = [(q, {"top": a, "sub": SUB[a][i % 2]}) for i, (q, a) in enumerate(rows(300, seed))]
    other = {name: list(TOPICS)[at - 1] for at, name in enumerate(TOPICS)}
    alone, moved = 20, 60
    labels[alone][1]["top"] = other[labels[alone][1]["top"]]
    labels[moved][1].update(top=other[labels[moved][1]["top"]], sub=SUB[other[labels[moved][1]["top"]]][0])
    findings = found(examples([(q, json.dumps(one)) for q, one in labels]))
    better = {
        int(row) - 2: new for code, one in findings.items() if "label_doubts" in code for row, new in one.params["step"]["labels"].items()
    }
    assert alone in better, "mending the topic alone gives a combination that others have"
    used = {(one["top"], one["sub"]) for at, (_, one) in enumerate(labels) if at != alone}
    for at, new in better.items():
        mended = {**labels[at][1], **new}
        assert (mended["top"], mended["sub"]) in used, (labels[at], new)


def test_one_click_changes_no_more_labels_than_can_be_looked_through() -> None:
    _, _, data = with_wrong(6_000, 6, 260)
    finding = found(data)["label_doubts"]
    step = step_for(finding)
    assert finding.count > 200 and step is not None and step.rows == tuple(sorted(finding.rows[:200]))


def test_labels_of_a_step_that_make_no_sense_change_nothing() -> None:
    data = examples((q, a) for q, a in rows(20, 1))
    for labels in ({"2": 5}, {"x": {"answer": "Cards"}}, {"2": {"topic": "Cards"}}, {"2": {"answer": None}}, []):
        assert apply(data, [Step("use_better_label", (2,), {"labels": labels})]) == data


def test_a_label_that_the_question_names_is_not_doubted() -> None:
    cities = ["Lyon", "Ghent", "Cork", "Turin", "Bern"]
    rng = random.Random(1)
    data = examples((f"{q} in {city}", city) for (q, _), city in ((pair, rng.choice(cities)) for pair in rows(300, 7)))
    assert not {"label_doubts", "label_doubts_weak"} & set(found(data))


def test_clean_labels_and_labels_that_nothing_tells_are_not_doubted() -> None:
    pairs = rows(400, 5)
    assert not {"label_doubts", "label_doubts_weak"} & set(found(examples(pairs)))
    rng = random.Random(1)
    assert not {"label_doubts", "label_doubts_weak"} & set(found(examples((q, rng.choice("abc")) for q, _ in pairs)))


def test_a_class_whose_rows_are_all_twins_is_no_trouble() -> None:
    pairs = rows(60, 6)
    again = [(f"{word} where is the nearest branch of the bank", "Branches") for word in ("", "hello", "please", "so", "well", "now")]
    assert "label_doubts" not in found(examples([*pairs, *again]))
    both = [(f"{word} how do I open an account with you", "Accounts") for word in ("", "hello", "please", "so", "well", "now") * 8]
    assert "label_doubts" not in found(examples([*again, *both]))


def test_a_weak_model_only_points_at_rows() -> None:
    rng = random.Random(3)
    data = examples((q, a if rng.random() < 0.55 else rng.choice(list(TOPICS))) for q, a in rows(300, 3))
    codes = found(data)
    assert "label_doubts" not in codes
    assert codes["label_doubts_weak"].severity == "info" and codes["label_doubts_weak"].repair is None
    weak = codes["label_doubts_weak"]
    assert step_for(weak) is None, "no click changes them all"
    first = weak.params["doubts"][0]
    (mended,) = (
        one for one in apply(data, [use_better(weak.params["step"]["labels"], [(first["row"], "answer")])]) if one.row == first["row"]
    )
    assert mended.answer == first["likelier"], "though a person may change the single row"


def test_a_sub_category_under_the_wrong_category() -> None:
    pairs = [(q, json.dumps({"top": a, "sub": SUB[a][i % 2]})) for i, (q, a) in enumerate(rows(200, 2))]
    pairs[17] = (pairs[17][0], '{"top": "Loans", "sub": "Password"}')
    pairs[40] = (pairs[40][0], '{"top": "Cards", "sub": "Abroad"}')
    finding = found(examples(pairs))["odd_pairs"]
    assert finding.rows == (19, 42)
    free = [(q, json.dumps({"topic": a, "mood": ["good", "bad", "so-so"][i % 3]})) for i, (q, a) in enumerate(rows(200, 2))]
    assert "odd_pairs" not in found(examples(free)), "two fields that have nothing to do with each other"


def test_imbalance() -> None:
    pairs = rows(200, 4)
    mostly = found(examples((q, "yes" if i % 25 == 0 else "no") for i, (q, _) in enumerate(pairs)))["imbalance"]
    assert mostly.severity == "warning" and mostly.params == {"label": "no", "percent": 96, "of": 2}
    assert "imbalance" not in found(examples(pairs))
