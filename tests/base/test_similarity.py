"""Which texts are the same, nearly the same, or the closest."""

import csv
import random
import time
import tracemalloc
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.near import near_twins
from core.base.similarity import Index, fingerprint, nearest, normal_form

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "bank_support.csv"


@pytest.fixture(scope="module")
def questions() -> list[str]:
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        return [row["Support Query"] for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("I lost my card, what now?", "i lost my card what now"),
        ("“Lost” my card…", '"lost" my card'),
        ("What's the fee?", "What’s the fee"),
        ("  two \n words\t", "Two words."),
        ("ﬁnance ＡＢＣ", "finance abc"),
        ("Straße", "STRASSE"),
        ("café", "cafe\u0301"),
        ("zero\u200bwidth", "zerowidth"),
        ("covid-19 rules", "Covid 19 rules"),
        ("手数料は、いくらですか？", "手数料は いくらですか"),
        ("¿Cuánto cuesta?", "cuánto cuesta"),
    ],
)
def test_the_same_but_for_its_clothes(a: str, b: str) -> None:
    assert normal_form(a) == normal_form(b)
    assert fingerprint(a) == fingerprint(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("What's 2 + 2?", "What's 2 - 2?"),
        ("What's 2 * 2?", "What's 2 / 2?"),
        ("Is it 3.5?", "Is it 35?"),
        ("dod: -89", "dod: 89"),
        ("costs .5", "costs 5"),
        ("a fee of 5%", "a fee of 5"),
        ("C# or C++", "C or C++"),
        ("at 10:30", "at 1030"),
        ("cafe", "café"),
        ("?", "!"),
        ("👍", "👎"),
        ("", "?"),
    ],
)
def test_what_carries_meaning_stays(a: str, b: str) -> None:
    assert normal_form(a) != normal_form(b)
    assert fingerprint(a) != fingerprint(b)


@given(st.text())
def test_the_normal_form_is_settled_and_tidy(text: str) -> None:
    form = normal_form(text)
    assert normal_form(form) == form
    assert form == " ".join(form.split())
    assert bool(form) == bool("".join(text.split())) or all(unicodedata.category(sign)[0] in "CZ" for sign in text)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll"]), min_size=1))
def test_case_does_not_matter(text: str) -> None:
    assert normal_form(text.casefold()) == normal_form(text)


@given(st.lists(st.sampled_from(["lost", "card", "fee", "loan"]), min_size=1), st.sampled_from([", ", " ... ", "; ", " - ", "!! ", "\n"]))
def test_punctuation_between_words_does_not_matter(words: list[str], mark: str) -> None:
    assert normal_form(mark.join(words)) == " ".join(words)


def test_fingerprints_are_hex_and_take_any_text() -> None:
    assert len(fingerprint("a\ud800b")) == 32
    assert int(fingerprint(""), 16) >= 0


class TestNearest:
    def test_a_paraphrase_finds_its_question(self) -> None:
        taught = [
            "Which is the largest ocean on Earth?",
            "Who discovered gravity?",
            "What is 2 + 2?",
            "How fast is light?",
            "In which year did the Second World War end?",
            "Who painted the Mona Lisa?",
            "What is the capital of Australia?",
            "How many legs has a spider?",
            "Why is the sky blue?",
            "What is the tallest mountain in the world?",
        ]
        asked = {
            "what's the biggest ocean of the earth": 0,
            "gravity: who found it?": 1,
            "2+2 is what?": 2,
            "What is the speed of light": 3,
            "When did World War Two end?": 4,
            "The Mona Lisa was painted by whom?": 5,
            "Name Australia's capital": 6,
            "number of legs of spiders": 7,
            "tell me why the skies are blue": 8,
            "Which mountain is tallest?": 9,
        }
        indices, scores = nearest(list(asked), taught)
        wrong = [question for question, given, true in zip(asked, indices, asked.values(), strict=True) if given != true]
        assert wrong in ([], ["What is the speed of light"])  # "fast" and "speed" share no letters that would tell
        assert (scores > 0.1).all() and (scores <= 1.0).all()

    def test_the_same_text_scores_one_and_the_first_of_equals_wins(self) -> None:
        indices, scores = nearest(["lost card!", "fee"], ["a fee", "Lost card", "lost card", "fee"])
        assert indices.tolist() == [1, 3]
        assert scores.tolist() == pytest.approx([1.0, 1.0], abs=1e-5)

    def test_degenerate_input(self) -> None:
        assert nearest([], ["a"])[0].shape == (0,)
        assert nearest(["a"], [])[0].tolist() == [-1]
        assert nearest(["a", ""], ["", " "])[1].tolist() == [0.0, 0.0]
        assert nearest(["", "zzz"], ["lost card"])[1].tolist() == [0.0, 0.0]
        assert nearest(["?!"], ["abc", "?!"])[0].tolist() == [1]

    def test_more_than_one_and_more_than_there_are(self) -> None:
        indices, scores = Index(["lost card", "lost my card", "fee"]).search(["lost card"], k=2)
        assert indices.tolist() == [[0, 1]]
        assert scores[0, 0] > scores[0, 1] > 0
        indices, scores = Index(["lost card"]).search(["lost card", "fee"], k=3)
        assert indices.tolist() == [[0, -1, -1], [0, -1, -1]]
        assert scores[:, 1:].tolist() == [[0.0, 0.0], [0.0, 0.0]]

    def test_batches_do_not_show(self, questions: list[str]) -> None:
        whole, scores = nearest(questions, questions)
        assert whole.tolist() == list(range(len(questions)))
        assert scores == pytest.approx(np.ones(len(questions)), abs=1e-5)


class TestNearTwins:
    def test_the_same_truncated_extended_and_misspelt(self) -> None:
        taught = ["How do I order a new card for my partner?", "Can I pay in a cheque at the counter?", "Is my money safe?"]
        asked = [
            "how do I order a new card, for my partner",
            "How do I order a new card for my",
            "Hello, can I pay in a cheque at the counter?",
            "Can I pay in a chequue at the conuter?",
            "is my money safe",
            "Is my money",
        ]
        assert near_twins(asked, taught) == [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2)]

    @pytest.mark.parametrize(
        "other",
        [
            "How do I close an account for my child?",  # a word turns the meaning round
            "How do I open an account?",  # much is missing
            "How do I open 2 accounts for my child?",
            "How do I open an account for my child 2",
            "Do I have to open an account for my child?",
        ],
    )
    def test_different_questions_in_similar_words(self, other: str) -> None:
        assert near_twins([other], ["How do I open an account for my child?"]) == []

    def test_rows_of_one_template_differ_by_their_numbers(self) -> None:
        row = "total: {}, change to yesterday: {}, change to last week: {}, pattern: {}, anomaly: True, update: not updated, unit: kWh"
        texts = [row.format(*numbers) for numbers in [(164.39, -89, 29.1, 0.3), (164.39, 89, 29.1, 0.3), (12, -89, 29.1, 0.3)]]
        assert near_twins(texts[1:], texts[:1]) == []
        assert near_twins(texts, [texts[0].replace("anomaly", "oddity")]) == [(0, 0)]

    def test_scripts_without_spaces(self) -> None:
        assert near_twins(["海外送金の手数料はいくらです"], ["海外送金の手数料はいくらですか"]) == [(0, 0)]
        assert near_twins(["海外送金の手数料はいくらですか"], ["定期預金の金利はいくらですか"]) == []

    def test_the_sample_questions_are_all_different_and_cut_ones_are_found(self, questions: list[str]) -> None:
        half = len(questions) // 2
        assert near_twins(questions[:half], questions[half:], threshold=0.3) == []
        cut = [" ".join(question.split()[:-1]) for question in questions if len(question.split()) > 5]
        found = near_twins(cut, questions)
        assert len(found) >= 0.98 * len(cut)  # not those whose last word was a number
        assert all(questions[other].startswith(cut[index].rstrip(",;:")) for index, other in found)

    def test_hostile_repetition_takes_no_time(self) -> None:
        began = time.process_time()
        assert near_twins(["a " * 40_000 + "b"], ["a " * 50_000]) == []
        assert time.process_time() - began < 5

    def test_nothing_to_compare(self) -> None:
        assert near_twins([], ["a b c d"]) == near_twins(["a b c d"], []) == near_twins(["", "?"], ["", "a"])[1:] == []

    @given(st.lists(st.text(), max_size=5), st.lists(st.text(), max_size=5))
    def test_any_texts(self, texts: list[str], others: list[str]) -> None:
        pairs = near_twins(texts, others)
        assert [index for index, _ in pairs] == sorted({index for index, _ in pairs})
        exact = {index for index, text in enumerate(texts) if normal_form(text) in set(map(normal_form, others))}
        assert exact <= {index for index, _ in pairs}


@pytest.fixture(scope="module")
def many() -> list[str]:
    rng = random.Random(5)
    words = ["".join(rng.choices("aeioubdklmnprst", k=rng.randint(3, 9))) for _ in range(3000)]
    return [" ".join(rng.choices(words, k=8)) for _ in range(5000)]


def test_changed_texts_are_found_among_thousands(many: list[str]) -> None:
    changed = [text + " please" for text in many[:300]]
    assert (nearest(changed, many)[0] == np.arange(300)).all()
    assert [other for _, other in near_twins(changed, many)] == list(range(300))


def test_searching_never_holds_the_table_of_all_pairs(many: list[str]) -> None:
    index = Index(many[:3000])
    tracemalloc.start()
    try:
        index.search(many[:1500])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3000 * 1500 * np.dtype(np.float32).itemsize
