"""Whoever meets a word of the field on a page finds it explained on that page."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import glossary, steps
from pages.ui.sentences import REASONS
from tests.pages.page_sentences import of_page

# how each term shows itself in the English sentences
WORDS = {
    "accuracy": r"(?i)\baccuracy\b",
    "adapter": r"(?i)\badapters?\b",
    "api_key": r"\bAPI key",
    "base_model": r"(?i)\bbase model",
    "batch": r"(?i)\b(as one|in one|the|no) batch\b(?! size)|\bbatch again\b",
    "batch_size": r"(?i)\bbatch size\b|\bone batch is\b",
    "checkpoint": r"(?i)\bcheckpoint",
    "confidence": r"(?i)\bconfidence\b",
    "connection": r"(?i)\bconnection\b",
    "csv": r"\bCSV\b",
    "data_set": r"(?i)\bdata set\b",
    "encoding": r"(?i)\bencoding\b(?!})",
    "epoch": r"(?i)\bepochs?\b(?!})",
    "events": r"(?i)\bevents\b",
    "example": r"(?i)\bexamples\b|\bwhich example\b",
    "fine_tuned_model": r"(?i)\bfine-tuned model|\bfine-tune\b",
    "fine_tuning": r"(?i)\bfine-tuned\b|\bfine-tuning\b(?! job)",
    "hyperparameters": r"(?i)\bhyperparameter",
    "interval": r"(?i)\binterval",
    "job": r"(?i)\bjobs?\b(?!})",
    "json": r"\bJSON\b",
    "judge": r"(?i)\b(the|this|a|as) judge\b",
    "jsonl": r"\bJSONL\b",
    "learning_rate": r"(?i)\blearning rate\b",
    "loss": r"(?i)\bloss\b",
    "model": r"(?i)\bmodel\b(?!})",
    "overfitting": r"(?i)\boverfitting\b",
    "p": r"\(p ",
    "parquet": r"\bParquet\b",
    "position_bias": r"(?i)\bposition bias\b",
    "practice_model": r"(?i)\bpractice model\b",
    "seed": r"(?i)\bseed\b(?!})",
    "server": r"(?i)\bserver\b",
    "similarity": r"(?i)\bsimilarity\b(?!})",
    "split": r"\bsame split\b",
    "step": r"(?i)(?<!six )(?<!that )(?<!every )\bsteps?\b(?!})",  # not the six screens
    "suffix": r"(?i)\bsuffix\b",
    "system_prompt": r"(?i)\bsystem prompt\b",
    "temperature": r"(?i)\btemperature\b",
    "test": r"(?i)\btest\b",
    "token": r"(?i)\btokens?\b(?!})",
    "top_p": r"(?i)\btop p\b",
    "training_file": r"(?i)\btraining file\b",
    "utf8": r"\bUTF-8\b",
    "validation": r"(?i)\bvalidation\b(?!})",
}
PAGES = tuple(glossary.PAGES)
PLAIN = {"model", "example", "server"}  # words that a meaning may use: they are themselves explained on every page that has them


def test_every_term_has_its_words_and_every_page_its_terms() -> None:
    assert set(WORDS) == set(glossary.TERMS)
    assert {step.key for step in steps.steps()} == set(PAGES)
    assert {key for page in PAGES for key in glossary.terms(page)} == set(glossary.TERMS), "each term stands on some page"


def test_the_scan_follows_the_pages() -> None:
    train, compare = of_page("train"), of_page("compare")
    assert "Learning rate multiplier" in train and "Learning rate multiplier" not in compare
    assert REASONS["plan_auto_validated"] in train and REASONS["better"] in compare, "codes from core"
    assert "95% interval" in compare and "Start training" in train
    assert all(len(of_page(page)) > 100 for page in PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_word_of_the_field_is_explained_on_the_page_that_uses_it(page: str) -> None:
    offered = set(glossary.terms(page))
    unexplained = {key: text for text in of_page(page) for key, word in WORDS.items() if key not in offered and re.search(word, text)}
    assert unexplained == {}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_explains_a_word_that_it_does_not_use(page: str) -> None:
    everything = "\n".join(of_page(page))
    assert [key for key in glossary.terms(page) if not re.search(WORDS[key], everything)] == []
    assert len(set(glossary.terms(page))) == len(glossary.terms(page))


@pytest.mark.parametrize("key", glossary.TERMS)
def test_no_term_is_explained_by_another(key: str) -> None:
    term = glossary.TERMS[key]
    others = {other for other, word in WORDS.items() if other not in PLAIN | {key} and re.search(word, term.meaning)}
    assert others == set()
    assert term.meaning.endswith((".", ")")) and 1 <= term.meaning.count(". ") + 1 <= 2, "one or two sentences"


@pytest.mark.parametrize("screen", PAGES)
def test_each_page_has_a_button_for_each_of_its_words(screen: str, open_app: Callable[..., AppTest]) -> None:
    app = open_app(screen)
    assert not app.exception
    meanings = [element.value for element in app.main.markdown]
    for key in glossary.terms(screen):
        assert glossary.TERMS[key].meaning in meanings
