"""Marv keeps the promises that the README makes: every dialogue trains, no joke comes twice, and the messy twin has its faults."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from core.base.chat_format import check_file, parse_jsonl
from core.base.leakage import seen_in_training
from core.base.near import near_twins
from core.base.similarity import Index, normal_form
from core.base.types import Example, Message
from core.prepare.draft import Draft, Step
from core.prepare.prepared import Prepared
from core.prepare.work import prepare_draft
from engine.learners import Model, TrainingRequest
from engine.learners.recall import RecallLearner
from tests.samples.readme import FOLDER, SEED_DATA, section

MARV, MESSY, QUESTIONS = "marv_chat.jsonl", "marv_chat_messy.jsonl", "marv_questions.json"
SYSTEM = "Marv is a factual chatbot that is also sarcastic."


@pytest.fixture(scope="module")
def raw() -> bytes:
    return (FOLDER / MARV).read_bytes()


@pytest.fixture(scope="module")
def dialogues(raw: bytes) -> tuple[Example, ...]:
    return parse_jsonl(raw).examples


@pytest.fixture(scope="module")
def said(dialogues: tuple[Example, ...]) -> list[str]:
    """Everything that Marv says."""
    return [message.content for dialogue in dialogues for message in dialogue.messages if message.role == "assistant"]


@pytest.fixture(scope="module")
def asks() -> list[tuple[str, str]]:
    return [(one["ask"], one["about"]) for one in json.loads((FOLDER / QUESTIONS).read_text(encoding="utf-8"))]


def prepared(name: str, *steps: Step) -> Prepared:
    return prepare_draft((FOLDER / name).read_bytes(), name, Draft(steps=steps))


def words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


def test_the_file_is_plain_ascii_with_one_dialogue_on_each_line(raw: bytes, dialogues: tuple[Example, ...]) -> None:
    assert raw.isascii() and b"\r" not in raw and raw.endswith(b"}\n")
    assert raw.count(b"\n") == len(dialogues)
    assert check_file(raw) == []


def test_every_dialogue_begins_with_the_system_prompt_and_takes_turns(dialogues: tuple[Example, ...]) -> None:
    turns = ["user", "assistant"]
    for dialogue in dialogues:
        roles = [message.role for message in dialogue.messages]
        assert roles in (["system", *turns], ["system", *turns, *turns]), dialogue.row
        assert dialogue.system == SYSTEM
        assert all(message.content == message.content.strip() and "  " not in message.content for message in dialogue.messages)


def test_there_are_enough_and_some_go_on(dialogues: tuple[Example, ...]) -> None:
    assert 90 <= len(dialogues) <= 110
    assert 12 <= sum(len(dialogue.messages) == 5 for dialogue in dialogues) <= 18


def test_no_question_comes_twice_nor_nearly(dialogues: tuple[Example, ...]) -> None:
    asked = [message.content for dialogue in dialogues for message in dialogue.messages if message.role == "user"]
    assert [form for form, n in Counter(map(normal_form, asked)).items() if n > 1] == []
    last = [dialogue.question for dialogue in dialogues]
    assert [last[i] for i in range(1, len(last)) if near_twins([last[i]], last[:i])] == []


def test_answers_are_one_to_three_sentences_and_differ_in_length(said: list[str]) -> None:
    for answer in said:
        assert 1 <= len(re.findall(r"[.!?]+'?(?=\s|$)", answer)) <= 3, answer
    lengths = [len(words(answer)) for answer in said]
    assert min(lengths) <= 10 and 28 <= max(lengths) <= 40


def test_answers_do_not_begin_or_end_alike(said: list[str]) -> None:
    openings = Counter(" ".join(words(answer)[:3]) for answer in said)
    assert openings.most_common(1)[0][1] < 0.05 * len(said)
    punch_lines = Counter(normal_form(re.split(r"(?<=[.!?:])\s", answer)[-1]) for answer in said)
    assert [line for line, n in punch_lines.items() if n > 1] == []
    assert sum(answer.endswith("?") for answer in said) < 0.1 * len(said), "not every joke is a question"


def test_there_is_no_catch_phrase(said: list[str]) -> None:
    runs = Counter(run for answer in said for run in {tuple(words(answer)[i : i + 4]) for i in range(len(words(answer)) - 3)})
    assert runs.most_common(1)[0][1] <= 3


def test_the_subjects_in_the_readme_add_up(dialogues: tuple[Example, ...]) -> None:
    told = section(MARV)
    further = sum(len(dialogue.messages) == 5 for dialogue in dialogues)
    assert f"{len(dialogues)} dialogues, {further} of them with a second question" in told
    lines = [(int(n), int(more)) for n, more in re.findall(r"^\| [^|]+ \| (\d+) \| (\d+) \|$", told, re.M)]
    assert len(lines) >= 10
    assert (sum(n for n, _ in lines), sum(more for _, more in lines)) == (len(dialogues), further)
    assert f'"{SYSTEM}"' in told


def test_nothing_is_taken_from_the_published_file(dialogues: tuple[Example, ...], said: list[str]) -> None:
    original = SEED_DATA / MARV
    if not original.is_file():
        pytest.skip("the original data is not beside this project")
    theirs = parse_jsonl(original.read_bytes()).examples
    assert len({example.question for example in theirs}) == 10
    assert {normal_form(d.question) for d in dialogues}.isdisjoint(normal_form(example.question) for example in theirs)
    assert seen_in_training(dialogues, theirs) == []
    lines = [set(words(answer)) for answer in said]
    assert not [a for a in ({*words(example.answer)} for example in theirs) for line in lines if len(a & line) >= 0.5 * len(a | line)]


def test_prepare_finds_nothing_wrong_and_has_a_part_to_test_with() -> None:
    marv = prepared(MARV)
    assert marv.verdict.word == "ready" and marv.findings == ()
    assert marv.shape is not None and marv.shape.kind == "text" and marv.system_prompt == SYSTEM
    assert marv.split is not None
    assert len(marv.split.train) >= 50 and len(marv.split.validation) >= 10 and len(marv.split.test) >= 20
    trained, tested = ([marv.examples[i] for i in side] for side in (marv.split.train, marv.split.test))
    assert seen_in_training(tested, trained) == []


def test_there_are_24_short_questions_about_facts_of_single_turns(dialogues: tuple[Example, ...], asks: list[tuple[str, str]]) -> None:
    assert len(asks) == len(dict(asks)) == len({about for _, about in asks}) == 24
    assert f"{len(asks)} of the facts" in section(QUESTIONS)
    assert {about for _, about in asks} <= {dialogue.question for dialogue in dialogues if len(dialogue.messages) == 3}
    for ask, about in asks:
        assert len(ask) <= 60 and normal_form(ask) != normal_form(about)


def test_each_question_is_closest_to_the_fact_that_it_is_about(dialogues: tuple[Example, ...], asks: list[tuple[str, str]]) -> None:
    taught = [dialogue.question for dialogue in dialogues]
    closest, _ = Index(taught).search([ask for ask, _ in asks])
    assert [(ask, taught[int(at)]) for (ask, _), at in zip(asks, closest[:, 0], strict=True)] == asks


def test_the_practice_model_answers_them_when_it_was_taught_them(tmp_path: Path, asks: list[tuple[str, str]]) -> None:
    marv = prepared(MARV)
    assert marv.split is not None
    trained = {marv.examples[i].question: marv.examples[i] for i in marv.split.train}
    known = [(ask, trained[about].answer) for ask, about in asks if about in trained]
    assert len(known) >= 10, "too few of the questions can be shown"
    model = taught(tuple(trained.values()), tmp_path)
    assert [(ask, model.answer([Message("system", SYSTEM), Message("user", ask)]).text) for ask, _ in known] == known


def taught(examples: tuple[Example, ...], folder: Path) -> Model:
    """The practice model after these examples."""
    learner = RecallLearner()
    training = learner.start(
        TrainingRequest(
            base_model="recall",
            training=examples,
            validation=(),
            n_epochs="auto",
            batch_size="auto",
            learning_rate_multiplier="auto",
            seed=42,
        )
    )
    for _ in training.steps():
        pass
    training.save(folder)
    return learner.load(folder)


def test_the_messy_twin_repeats_its_first_ten_rows_in_order() -> None:
    data = (FOLDER / MESSY).read_bytes()
    lines = data.split(b"\r\n")
    assert len(lines) == 20 and b"\n" not in b"".join(lines) and lines[:10] == lines[10:] and len(set(lines)) == 10
    text = data.decode("utf-8")
    assert all(text.count(sign) >= 2 for sign in "'’—")
    assert [finding.code for finding in check_file(data)] == ["windows_line_ends"], "a server takes it"


def test_prepare_finds_the_copies_of_the_messy_twin_and_leaves_the_fewest_that_train() -> None:
    messy = prepared(MESSY)
    assert [(finding.code, finding.rows, finding.repair) for finding in messy.findings if finding.severity != "info"] == [
        ("duplicates", tuple(range(11, 21)), "drop_duplicates")
    ]
    assert messy.verdict.word == "ready_but"
    clean = prepared(MESSY, Step("drop_duplicates"))
    assert clean.verdict.word == "ready" and len(clean.examples) == 10
    assert clean.split is not None and clean.split.test == () and clean.split.reasons[0].code == "all_train"


def test_the_messy_twin_is_made_of_our_own_dialogues(dialogues: tuple[Example, ...]) -> None:
    ours = {(dialogue.question, normal_form(dialogue.answer)) for dialogue in dialogues}
    messy = parse_jsonl((FOLDER / MESSY).read_bytes()).examples
    assert {(row.question, normal_form(row.answer)) for row in messy} <= ours
