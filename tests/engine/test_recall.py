"""The practice model from examples to answers: what it learns, what it says about itself, and what it refuses to load."""

import hashlib
import io
import json
import pickle
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.base.errors import BadSetting, InputError, TooFewExamples, WorkspaceError
from core.base.types import Example, Message
from engine.learners import Answer, Model, Step, Training, TrainingRequest
from engine.learners.recall import RecallLearner
from engine.learners.recall_models import UNTAUGHT
from engine.learners.recall_nearest import NOTHING_ALIKE

LEARNER = RecallLearner()
PHRASES = {
    ("Cards", "Lost"): ["my card was stolen", "i lost my card", "the card is gone", "cannot find my card"],
    ("Cards", "New"): ["order a new card", "when does my new card arrive", "apply for a card", "need another card"],
    ("Loans", "Rates"): ["interest of a loan", "loan interest rates", "how much interest do you take", "rates for loans"],
    ("Loans", "Repay"): ["repay the loan early", "pay back what i borrowed", "loan repayment plan", "instalments of the loan"],
}
FACTS = [
    ("Which is the largest ocean?", "The Pacific. It is hard to miss, unless you never look at a globe."),
    ("Who painted the Mona Lisa?", "Leonardo da Vinci. No, the other Leonardo has not painted much yet."),
    ("Why is the sky blue?", "Scattered light. Somebody had to scatter it, and it was not going to be you."),
    ("How many legs has a spider?", "Eight. Count them yourself, if you can get it to stand still."),
]


def example(question: str, answer: str, row: int = 1, *, system: str = "Classify.", before: Sequence[Message] = ()) -> Example:
    return Example((Message("system", system), *before, Message("user", question), Message("assistant", answer)), row)


def labelled(rows: int, start: int = 0) -> tuple[Example, ...]:
    kinds = list(PHRASES)
    out = []
    for i in range(start, start + rows):
        kind = kinds[i % 4]
        phrase = PHRASES[kind][(i // 4) % 4]
        out.append(example(f"hello no. {i * 7919 % 1000}, {phrase} please", json.dumps({"top": kind[0], "sub": kind[1]}), i + 2))
    return tuple(out)


def facts() -> tuple[Example, ...]:
    return tuple(example(question, answer, i + 2, system="Be sarcastic.") for i, (question, answer) in enumerate(FACTS))


def request(training: Sequence[Example], validation: Sequence[Example] = (), **more: object) -> TrainingRequest:
    settings = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto", "seed": 42, **more}
    return TrainingRequest(base_model="recall", training=tuple(training), validation=tuple(validation), **settings)  # type: ignore[arg-type]


def run(wish: TrainingRequest) -> tuple[Training, list[Step]]:
    training = LEARNER.start(wish)
    return training, list(training.steps())


def saved(training: Training, folder: Path) -> Model:
    training.save(folder)
    return LEARNER.load(folder)


def ask(model: Model, question: str) -> Answer:
    return model.answer([Message("system", "whatever"), Message("user", question)])


class TestLabels:
    def test_it_learns_and_says_how_sure_it_is(self, tmp_path: Path) -> None:
        training, steps = run(request(labelled(60), labelled(20, start=60)))
        answer = ask(saved(training, tmp_path), "someone has stolen my card")
        assert ask(LEARNER.load(tmp_path), "bzzt").notes["confidence"] < answer.notes["confidence"]
        assert json.loads(answer.text) == {"top": "Cards", "sub": "Lost"}
        assert answer.fingerprint == "recall-label"
        assert 0.5 < answer.notes["confidence"] <= 1
        assert steps[-1].metrics["full_valid_accuracy"] > 0.9

    def test_every_step_has_the_metrics_that_it_really_has(self) -> None:
        training, steps = run(request(labelled(60), labelled(20, start=60)))
        assert training.hyperparameters == {"n_epochs": 3, "batch_size": 6, "learning_rate_multiplier": 1.0}
        assert [step.step for step in steps] == list(range(1, 31))
        assert {step.total_steps for step in steps} == {30}
        assert [step.step for step in steps if step.checkpoint] == [10, 20, 30]
        every = {"train_loss", "train_accuracy", "valid_loss", "valid_accuracy"}
        for step in steps:
            assert set(step.metrics) == every | ({"full_valid_loss", "full_valid_accuracy"} if step.checkpoint else set())
            assert all(type(value) is float and np.isfinite(value) for value in step.metrics.values())
        assert steps[-1].metrics["valid_loss"] < steps[0].metrics["valid_loss"]
        assert steps[-1].metrics["train_loss"] < steps[0].metrics["train_loss"]

    def test_without_validation_none_is_claimed(self) -> None:
        _, steps = run(request(labelled(20)))
        assert all(set(step.metrics) == {"train_loss", "train_accuracy"} for step in steps)

    def test_hyperparameters_that_were_asked_for(self) -> None:
        training, steps = run(request(labelled(20), n_epochs=2, batch_size=8, learning_rate_multiplier=0.5))
        assert training.hyperparameters == {"n_epochs": 2, "batch_size": 8, "learning_rate_multiplier": 0.5}
        assert len(steps) == 6
        assert any("learning rate multiplier has no effect" in note for note in training.notes)

    def test_the_last_rows_of_a_short_batch_are_learned_too(self, tmp_path: Path) -> None:
        odd = example("an utterly different thing", '{"top": "Other", "sub": "Odd"}')
        training, _ = run(request([*labelled(20), *[odd] * 3], n_epochs=1, batch_size=22))
        assert json.loads(ask(saved(training, tmp_path), "an utterly different thing").text)["sub"] == "Odd"

    def test_the_same_seed_trains_the_same_and_another_does_not(self) -> None:
        def metrics(seed: int) -> list[object]:
            return [step.metrics for step in run(request(labelled(40), labelled(8, start=40), seed=seed))[1]]

        assert metrics(1) == metrics(1)
        assert metrics(1) != metrics(2)

    def test_a_checkpoint_is_the_model_as_it_stood_then(self, tmp_path: Path) -> None:
        training = LEARNER.start(request(labelled(40)))
        for step in training.steps():
            if step.checkpoint:
                (tmp_path / str(step.step)).mkdir()
                training.save(tmp_path / str(step.step))
        confidences = [ask(LEARNER.load(folder), "a new card, no. 5").notes["confidence"] for folder in sorted(tmp_path.iterdir())]
        assert len(confidences) == 3
        assert len(set(confidences)) > 1

    def test_plain_labels_and_rows_that_do_not_fit(self, tmp_path: Path) -> None:
        rows = [example(" ".join(words), kind[1]) for kind, phrases in PHRASES.items() for words in zip(phrases, phrases, strict=True)] * 2
        training, _ = run(request([*rows, example("empty", " ")]))
        assert ask(saved(training, tmp_path), "my card was stolen").text == "Lost"
        assert any("1 of 33 examples" in note for note in training.notes)

    def test_an_unknown_answer_in_the_validation_counts_as_wrong(self) -> None:
        _, steps = run(request(labelled(40), [example("what is this", "neither JSON nor a label")] * 2))
        assert steps[-1].metrics["full_valid_accuracy"] == 0.0
        assert np.isfinite(steps[-1].metrics["full_valid_loss"])

    def test_large_validation_is_sampled_at_each_step_and_it_says_so(self) -> None:
        training, steps = run(request(labelled(40), labelled(600, start=40), n_epochs=1, batch_size=20))
        assert any("500 of 600 rows" in note for note in training.notes)
        assert "full_valid_loss" in steps[-1].metrics

    def test_the_before_is_the_commonest_answer(self, tmp_path: Path) -> None:
        wish = request([*labelled(12), *[example(f"card {i}", '{"sub":"New","top":"Cards"}') for i in range(2)]])
        LEARNER.save_before(wish, tmp_path)
        answer = ask(LEARNER.load(tmp_path), "anything")
        assert json.loads(answer.text) == {"top": "Cards", "sub": "New"}
        assert answer.fingerprint == "recall-majority"
        assert answer.notes["share"] == round(5 / 14, 4)

    def test_a_system_prompt_counts_where_it_differs(self, tmp_path: Path) -> None:
        rows = [
            example(f"number {i}", "yes" if i % 2 else "no", system="Say yes always." if i % 2 else "Deny whatever comes.")
            for i in range(40)
        ]
        training, _ = run(request(rows))
        model = saved(training, tmp_path)
        assert model.answer([Message("system", "Say yes always."), Message("user", "number")]).text == "yes"
        assert model.answer([Message("system", "Deny whatever comes."), Message("user", "number")]).text == "no"
        assert not any("not read" in note for note in training.notes)

    def test_earlier_turns_count_where_there_are_any(self, tmp_path: Path) -> None:
        def turns(about: str) -> list[Message]:
            return [Message("user", f"I ask about {about}."), Message("assistant", "Go on.")]

        rows = [example("How much is it?", kind, before=turns(kind)) for kind in ("mortgage", "insurance") for _ in range(10)]
        training, _ = run(request(rows))
        model = saved(training, tmp_path)
        assert model.answer([*turns("insurance"), Message("user", "How much is it?")]).text == "insurance"

    def test_one_hundred_rows_take_well_under_a_second(self, tmp_path: Path) -> None:
        run(request(labelled(8)))  # the imports
        began = time.process_time()
        training, _ = run(request(labelled(100), labelled(20, start=100)))
        model = saved(training, tmp_path)
        assert time.process_time() - began < 1.0
        began = time.process_time()
        for i in range(50):
            ask(model, f"where is card number {i}?")
        assert (time.process_time() - began) / 50 < 0.01


class TestFreeText:
    def test_it_answers_with_the_closest_example_and_names_it(self, tmp_path: Path) -> None:
        training, steps = run(request(facts()))
        assert steps == []
        answer = ask(saved(training, tmp_path), "the Mona Lisa, who painted it?")
        assert answer.text == FACTS[1][1]
        assert answer.fingerprint == "recall-nearest"
        assert answer.notes["matched"] == FACTS[1][0]
        assert answer.notes["row"] == 3
        assert 0 < answer.notes["similarity"] <= 1
        assert any("free text" in note for note in training.notes)
        assert training.hyperparameters == {"n_epochs": 1, "batch_size": 4, "learning_rate_multiplier": 1.0}

    def test_what_shares_nothing_with_what_was_taught(self, tmp_path: Path) -> None:
        model = saved(run(request(facts()))[0], tmp_path)
        assert ask(model, "9999").text == NOTHING_ALIKE
        assert ask(model, "").notes == {"similarity": 0.0, "own_words": True}
        assert model.answer([]).text == NOTHING_ALIKE

    def test_before_it_has_been_taught_nothing(self, tmp_path: Path) -> None:
        LEARNER.save_before(request(facts()), tmp_path)
        assert ask(LEARNER.load(tmp_path), "Why is the sky blue?") == Answer(UNTAUGHT, "recall-untaught", {"own_words": True})

    def test_the_published_chat_data(self, seed_data: Path, tmp_path: Path) -> None:
        lines = (seed_data / "marv_chat.jsonl").read_text(encoding="utf-8").splitlines()
        examples = [
            Example(tuple(Message(m["role"], m["content"]) for m in json.loads(line)["messages"]), row)
            for row, line in enumerate(lines, start=1)
        ]
        training, steps = run(request(examples))
        assert steps == []
        model = saved(training, tmp_path)
        for one in examples[:10]:
            answer = model.answer(one.prompt)
            assert (answer.text, answer.notes["row"], answer.notes["similarity"]) == (one.answer, one.row, 1.0)
        assert model.answer([Message("user", "tell me who discovered gravity")]).notes["matched"] == "Who discovered gravity?"

    def test_any_text_survives_saving(self, tmp_path: Path) -> None:
        rows = [example("größe 🙂 手数料", "ü\ud800 \u2028 «»\x00"), example("another one here", "b")]
        assert ask(saved(run(request(rows))[0], tmp_path), "größe 手数料").text == "ü\ud800 \u2028 «»\x00"


class TestItself:
    def test_the_untaught_base_says_so(self) -> None:
        assert ask(LEARNER.base("recall"), "hello") == Answer(UNTAUGHT, "recall-untaught", {"own_words": True})
        with pytest.raises(KeyError):
            LEARNER.base("gpt-4o")

    def test_what_it_ignores_is_named(self, tmp_path: Path) -> None:
        for model in (LEARNER.base("recall"), saved(run(request(labelled(16)))[0], tmp_path)):
            assert {"temperature", "top_p", "seed", "presence_penalty", "frequency_penalty"} <= set(model.ignored)

    def test_nothing_to_learn_from(self) -> None:
        for rows in ([], [example("a", "")]):
            with pytest.raises(TooFewExamples):
                LEARNER.start(request(rows))

    def test_one_example(self, tmp_path: Path) -> None:
        assert ask(saved(run(request([example("the question", "the answer")]))[0], tmp_path), "question").text == "the answer"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"n_epochs": 0},
            {"n_epochs": 51},
            {"n_epochs": True},
            {"n_epochs": "many"},
            {"n_epochs": 1.5},
            {"batch_size": 0},
            {"batch_size": 257},
            {"batch_size": -1},
            {"learning_rate_multiplier": 0},
            {"learning_rate_multiplier": float("nan")},
            {"learning_rate_multiplier": "fast"},
            {"seed": -1},
            {"seed": 2**31},
        ],
    )
    def test_hyperparameters_out_of_range(self, wrong: dict[str, object]) -> None:
        with pytest.raises(BadSetting) as caught:
            LEARNER.start(request(labelled(16), **wrong))
        assert str(next(iter(wrong.values()))) in str(caught.value)
        assert isinstance(caught.value, InputError)


def _json(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    about = json.loads((folder / "model.json").read_text(encoding="ascii"))
    change(about)
    (folder / "model.json").write_text(json.dumps(about), encoding="ascii")


def _arrays(folder: Path, data: bytes) -> None:
    """Put other arrays in, with a hash that fits."""
    (folder / "arrays.npz").write_bytes(data)
    _json(folder, lambda about: about.update(arrays_sha256=hashlib.sha256(data).hexdigest()))


def _zip(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def _members(folder: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(folder / "arrays.npz") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class _Bomb:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.trace,))


class TestHostileFolders:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "model"
        folder.mkdir()
        run(request(labelled(16)))[0].save(folder)
        LEARNER.load(folder)
        return folder

    def refuse(self, folder: Path, why: str = "") -> None:
        with pytest.raises(WorkspaceError) as caught:
            LEARNER.load(folder)
        assert "cannot be used" in str(caught.value)
        assert caught.value.details and why in caught.value.details

    def test_only_arrays_and_json_are_written(self, folder: Path) -> None:
        assert sorted(path.name for path in folder.iterdir()) == ["arrays.npz", "model.json"]
        with np.load(folder / "arrays.npz", allow_pickle=False) as archive:
            assert all(archive[name].dtype.kind in "if" for name in archive.files)

    def test_a_pickled_array_is_not_unpickled(self, folder: Path, tmp_path: Path) -> None:
        bomb = np.array([_Bomb(tmp_path / "trace")], dtype=object)
        with np.load(io.BytesIO(_zip({"combos.npy": _npy(bomb)})), allow_pickle=True) as archive:
            archive["combos"]
        assert (tmp_path / "trace").exists()  # the bomb is a real one
        (tmp_path / "trace").unlink()
        _arrays(folder, _zip({**_members(folder), "combos.npy": _npy(bomb)}))
        self.refuse(folder)
        _arrays(folder, pickle.dumps(_Bomb(tmp_path / "trace")))
        self.refuse(folder)
        assert not (tmp_path / "trace").exists()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda folder: (folder / "model.json").unlink(),
            lambda folder: (folder / "arrays.npz").unlink(),
            lambda folder: (folder / "arrays.npz").write_bytes((folder / "arrays.npz").read_bytes()[:-1]),
            lambda folder: (folder / "arrays.npz").write_bytes((folder / "arrays.npz").read_bytes() + b" "),
            lambda folder: (folder / "model.json").write_bytes(b""),
            lambda folder: (folder / "model.json").write_bytes(b"\xff\xfe"),
            lambda folder: (folder / "model.json").write_bytes(b"[" * 100_000),
            lambda folder: (folder / "model.json").write_bytes(b'{"format": "tunesmith-recall", "version": 1, "answers": NaN}'),
            lambda folder: (folder / "model.json").write_bytes(b'["tunesmith-recall"]'),
            lambda folder: _json(folder, lambda about: about.update(version=2)),
            lambda folder: _json(folder, lambda about: about.update(answers="../../other")),
            lambda folder: _json(folder, lambda about: about.pop("scope")),
            lambda folder: _json(folder, lambda about: about.update(scope=[1, 0])),
            lambda folder: _json(folder, lambda about: about.update(model=None)),
            lambda folder: _json(folder, lambda about: about["model"].update(texts=[])),
            lambda folder: _json(folder, lambda about: about.pop("arrays_sha256")),
            lambda folder: _json(folder, lambda about: about.update(answers="nearest", taught=[])),
            lambda folder: _json(folder, lambda about: about.update(answers="nearest", taught=[["a", [], "b", 3, 4]])),
            lambda folder: _json(folder, lambda about: about.update(answers="nearest", taught=[["a", "earlier", "b", "c", 4]])),
            lambda folder: _json(folder, lambda about: about.update(answers="nearest", taught=[["a", [5], "b", "c", 4]])),
            lambda folder: _json(folder, lambda about: about.update(answers="nearest", taught=["five"])),
            lambda folder: _json(folder, lambda about: about.update(answers="nearest", taught={"a": 1})),
            lambda folder: _json(folder, lambda about: about.update(answers="advice")),
            lambda folder: _json(folder, lambda about: about.update(answers="advice", taught=[["q", [], "no reading", "c", 4]])),
            lambda folder: _json(folder, lambda about: about.update(answers="majority", answer=["x"], share=1.0)),
            lambda folder: _arrays(folder, b"no archive"),
            lambda folder: _arrays(folder, _zip({})),
            lambda folder: _arrays(folder, _zip({**_members(folder), "combos.npy": b"no array"})),
            lambda folder: _arrays(folder, _zip({f"../{name}": data for name, data in _members(folder).items()})),
            lambda folder: _arrays(folder, _zip({**_members(folder), "idf.npy": _npy(np.zeros(10**6))}, zipfile.ZIP_DEFLATED)),
            lambda folder: _arrays(folder, _zip({**_members(folder), "idf.npy": _npy(np.ones(3, dtype=np.float32))})),
        ],
    )
    def test_anything_odd_is_refused_with_a_sentence(self, folder: Path, spoil: Callable[[Path], object]) -> None:
        spoil(folder)
        self.refuse(folder)

    def test_an_array_that_claims_to_be_enormous(self, folder: Path) -> None:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**50,)})
        _arrays(folder, _zip({**_members(folder), "idf.npy": header.getvalue()}))
        self.refuse(folder, "arrays.npz: Unable to allocate")

    def test_a_link_to_elsewhere_is_not_followed(self, folder: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere.json"
        (folder / "model.json").rename(elsewhere)
        try:
            (folder / "model.json").symlink_to(elsewhere)
        except OSError:
            pytest.skip("this system makes no links for us")
        self.refuse(folder, "model.json is missing or is no plain file")
        (folder / "model.json").unlink()
        elsewhere.rename(folder / "model.json")
        LEARNER.load(folder)  # the link alone was at fault

    def test_no_folder_at_all(self, tmp_path: Path) -> None:
        self.refuse(tmp_path / "nowhere", "model.json is missing")
        assert not (tmp_path / "nowhere").exists()
