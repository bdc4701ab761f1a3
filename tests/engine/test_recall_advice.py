"""Advice on readings: whose numbers stand in an answer, and what is said where they are another reading's."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.base.errors import WorkspaceError
from core.base.grounding import may_come_from
from core.base.readings import parse_reading
from core.base.types import Example, Message
from core.base.written_numbers import numbers_in
from core.io.openai_shapes import notes_from
from engine.chat_shapes import notes_header
from engine.learners import Answer, Model, TrainingRequest
from engine.learners.recall import READINGS, RecallLearner
from engine.learners.recall_models import UNTAUGHT
from tests.engine.helpers import chat_lines, client_of, messages, upload, wait_for
from tests.engine_process import EngineProcess

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "sensor_advice.csv"
NOT_ASKED = ("device", "date", "recommendation")
LEARNER = RecallLearner()
SYSTEM = "Advise in at most 3 sentences, within 48 hours."


def reading(usage: float | str, day: float | str, week: float | str, *, anomaly: str = "no", **more: object) -> str:
    fields = {"usage_kwh": usage, "day_over_day_pct": day, "week_over_week_pct": week, "usage_anomaly": anomaly, **more}
    return "\n".join(f"{name}: {value}" for name, value in fields.items())


TAUGHT = [
    (reading(118.4, 12.3, 3.1), "Usage rose by 12% on the day to 118 kWh. Look at what ran longer than yesterday."),
    (reading(95.2, -9.6, -4.2), "A fall of 9.6% to 95.2 kWh. Write down what was switched off."),
    (reading(240.0, 98.5, 70.2, anomaly="yes"), "Usage nearly doubled, by 98.5%: send someone to the plant room today."),
    (reading(121.9, 2.2, -5.6), "Nothing to do; 121.9 kWh is the usual level."),
    (reading(60.1, -45.3, -45.4, anomaly="yes"), "A drop of 45% on the day and 45% on the week. Ask whether the meter works."),
    (reading(117.0, -2.6, 1.9), "Leave it, and keep the 300 kWh of the contract in mind."),
    (reading(130.5, 10.4, 8.8), "Up 10%. Check the timers within 24 hours."),
    (reading(101.0, -11.2, 6.3), "Down 11%. Look again within 24 hours."),
    (reading(141.5, 20.8, 12.6), "Up 21% and 13% on the week. Ask the cleaners within 24 hours."),
    (reading(88.8, 1.4, 2.7), "All well."),
]


def examples(pairs: Sequence[tuple[str, str]] = TAUGHT, system: str = SYSTEM) -> list[Example]:
    return [
        Example((Message("system", system), Message("user", question), Message("assistant", answer)), row)
        for row, (question, answer) in enumerate(pairs, start=2)
    ]


def request(training: Sequence[Example]) -> TrainingRequest:
    return TrainingRequest("recall", tuple(training), (), "auto", "auto", "auto", 42)


def trained(folder: Path, training: Sequence[Example]) -> Model:
    training_now = LEARNER.start(request(training))
    assert list(training_now.steps()) == []
    training_now.save(folder)
    return LEARNER.load(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return trained(tmp_path_factory.mktemp("advice"), examples())


def ask(model: Model, question: str, system: str = SYSTEM) -> Answer:
    return model.answer([Message("system", system), Message("user", question)])


def notes(answer: Answer) -> Mapping[str, object]:
    return {name: answer.notes[name] for name in ("filled", "foreign", "differs")}


class TestNumbers:
    def test_a_taught_reading_gets_its_own_advice(self, model: Model) -> None:
        for question, advice in TAUGHT:
            answer = ask(model, question)
            assert answer.text == advice
            assert (answer.notes["matched"], answer.notes["similarity"], answer.notes["differs"]) == (question, 1.0, [])

    def test_this_reading_s_numbers_stand_in_the_answer(self, model: Model) -> None:
        answer = ask(model, reading(131.26, 14.6, 3.0))
        assert answer.text == "Usage rose by 15% on the day to 131 kWh. Look at what ran longer than yesterday."
        assert answer.notes["row"] == 2
        assert answer.fingerprint == "recall-advice"
        assert notes(answer) == {
            "filled": [["day_over_day_pct", "12%", "15%"], ["usage_kwh", "118", "131"]],
            "foreign": [],
            "differs": [],
        }

    def test_numbers_keep_their_decimals(self, model: Model) -> None:
        assert ask(model, reading(94, -8, -4.0)).text == "A fall of 8.0% to 94.0 kWh. Write down what was switched off."

    def test_directions_decide_before_closeness(self, model: Model) -> None:
        # a taught fall of 9.6 % but for the signs
        assert ask(model, reading(95.2, 9.6, 4.2)).text == "All well."

    def test_flags_decide_before_closeness(self, model: Model) -> None:
        assert ask(model, reading(118.4, 12.3, 3.1, anomaly="YES")).notes["row"] == 4

    def test_two_fields_that_cannot_be_told_apart(self, model: Model) -> None:
        apart = ask(model, reading(61.0, -44.0, -30.0, anomaly="yes"))
        assert apart.text == "A drop of 44% on the day and 30% on the week. Ask whether the meter works."
        pair = [(reading(60.1, -45.0, -45.0), "A drop of 45%."), *TAUGHT[:2]]
        learned = LEARNER.start(request(examples(pair)))._answers  # type: ignore[attr-defined]
        different = ask(learned, reading(60.0, -44.0, -30.0))
        assert different.text == "A drop of 45%."
        assert notes(different) == {"filled": [], "foreign": ["45%"], "differs": []}
        assert ask(learned, reading(60.0, -44.2, -44.0)).text == "A drop of 44%."

    def test_a_number_that_no_field_explains_is_marked(self, model: Model) -> None:
        answer = ask(model, reading(116.0, -2.5, 2.0))
        assert "300 kWh" in answer.text
        assert notes(answer) == {"filled": [], "foreign": ["300"], "differs": []}

    def test_what_is_missing_here_is_marked(self, model: Model) -> None:
        answer = ask(model, reading(96.0, "nan", -4.0))
        assert answer.text == "A fall of 9.6% to 96.0 kWh. Write down what was switched off."
        assert notes(answer) == {"filled": [["usage_kwh", "95.2", "96.0"]], "foreign": ["9.6%"], "differs": []}

    def test_what_the_writer_always_says_is_no_reading_s_number(self, model: Model) -> None:
        answer = ask(model, reading(102.0, -12.0, 6.0))
        assert answer.text == "Down 12%. Look again within 24 hours."
        assert answer.notes["foreign"] == []

    def test_a_number_of_the_system_prompt(self, model: Model) -> None:
        pairs = [*TAUGHT, (reading(500.0, 1.0, 1.0, anomaly="yes"), "Report it within 48 hours.")]
        learned = LEARNER.start(request(examples(pairs)))._answers  # type: ignore[attr-defined]
        here = reading(510.0, 1.1, 1.0, anomaly="yes")
        assert ask(learned, here).notes["foreign"] == []
        assert ask(learned, here, system="Advise.").notes["foreign"] == ["48"]

    def test_where_nothing_taught_agrees_it_says_in_what(self, model: Model) -> None:
        answer = ask(model, reading(118.0, 12.0, -3.0, anomaly="yes"))
        assert answer.notes["differs"] in (["week_over_week_pct"], ["usage_anomaly"], ["day_over_day_pct"])
        answer = ask(model, reading(118.0, 0, 3.0))  # neither a rise nor a fall
        assert answer.notes["differs"] == ["day_over_day_pct"]
        assert not {"12%", "0%"} & {here for _, _, here in answer.notes["filled"]}

    def test_a_word_that_was_never_taught(self, model: Model) -> None:
        assert ask(model, reading(118.4, 12.3, 3.1, anomaly="perhaps")).notes["differs"] == ["usage_anomaly"]


class TestQuestions:
    def test_fields_in_another_order_and_in_other_letters(self, model: Model) -> None:
        answer = ask(model, "Usage_Anomaly: no, Week_over_week_pct: 3.0, USAGE_KWH: 131.26, day_over_day_pct: 14.6")
        assert answer.text.startswith("Usage rose by 15% on the day to 131 kWh.")
        assert answer.notes["filled"][0][0] == "day_over_day_pct"

    def test_the_last_reading_of_a_conversation_decides(self, model: Model) -> None:
        turns = [Message("user", TAUGHT[2][0]), Message("assistant", TAUGHT[2][1]), Message("user", TAUGHT[1][0])]
        assert model.answer(turns).text == TAUGHT[1][1]

    def test_what_is_no_reading_is_looked_up(self, model: Model) -> None:
        for question in ("What about usage_kwh 118.4?", "temperature: 5\nhumidity: 60", ""):
            answer = ask(model, question)
            assert answer.fingerprint == "recall-nearest"
            assert not {"filled", "foreign", "differs"} & set(answer.notes)

    def test_a_reading_without_any_value_is_still_a_reading(self, model: Model) -> None:
        answer = ask(model, reading("nan", "nan", "nan", anomaly="nan"))
        assert answer.fingerprint == "recall-advice"
        assert answer.notes["filled"] == []
        assert answer.notes["foreign"] == [number for number in ("12%", "118") if number in answer.text]

    def test_a_closer_reading_is_more_similar(self, model: Model) -> None:
        near, far = (ask(model, reading(usage, 12.3, 3.1)).notes["similarity"] for usage in (119, 170))
        assert 0 < far < near < 1

    def test_one_mad_value_does_not_make_everything_else_alike(self, tmp_path: Path) -> None:
        pairs = [*TAUGHT, (reading(3.87689e16, 1.0, 1.0), "The meter has lost its decimal point.")]
        model = trained(tmp_path, examples(pairs))
        assert ask(model, reading(95.2, -9.6, -4.2)).notes["row"] == 3
        assert ask(model, reading(3.5e16, 1.0, 1.0)).text == "The meter has lost its decimal point."

    def test_the_largest_numbers_that_there_are(self, tmp_path: Path) -> None:
        pairs = [
            (reading(sign * 1.7e308, day, -day), f"Advice no. {i}.") for i, (sign, day) in enumerate([(1, 1), (-1, 2), (1, -3), (-1, 4)])
        ]
        model = trained(tmp_path, examples(pairs))
        for question, advice in pairs:
            assert ask(model, question).text == advice


class TestKind:
    def test_it_says_what_it_learned(self) -> None:
        assert READINGS in LEARNER.start(request(examples())).notes
        assert READINGS not in LEARNER.start(request(examples([("Why?", "Because it is so."), ("Who?", "Nobody in particular.")]))).notes

    def test_before_it_is_untaught(self, tmp_path: Path) -> None:
        LEARNER.save_before(request(examples()), tmp_path)
        assert ask(LEARNER.load(tmp_path), TAUGHT[0][0]) == Answer(UNTAUGHT, "recall-untaught", {"own_words": True})

    def test_a_broken_row_in_twenty_does_no_harm(self, tmp_path: Path) -> None:
        pairs = [(reading(100.0 + i, 1.0 + i, 2.0 + i), f"Advice of {100 + i} kWh.") for i in range(19)]
        model = trained(tmp_path, examples([*pairs, ("see the letter", "No reading, no advice.")]))
        assert ask(model, reading(105.2, 6.0, 7.0)).text == "Advice of 105 kWh."
        assert ask(model, "the letter").text == "No reading, no advice."

    @pytest.mark.parametrize(
        "pairs",
        [
            [*TAUGHT[:5], *[(f"Who is number {i}?", f"Nobody knows anything of {i}.") for i in range(3)]],
            [(f"field{i}: {i}\nother{i}: {i}", f"The answer to this is {i}, as ever.") for i in range(10)],
            [(f"name: Bob {i}\nplace: Rome {i}", f"Greetings to number {i} from here.") for i in range(10)],
        ],
    )
    def test_what_is_no_data_of_readings(self, pairs: list[tuple[str, str]]) -> None:
        assert READINGS not in LEARNER.start(request(examples(pairs))).notes

    def test_several_system_prompts_are_looked_up(self) -> None:
        rows = [*examples(), *examples(TAUGHT[:1], system="Beri saran.")]
        assert READINGS not in LEARNER.start(request(rows)).notes

    def test_names_and_dates_among_the_fields_are_no_flags(self, tmp_path: Path) -> None:
        pairs = [
            (reading(100.0 + i, 1.0 + i, 2.0 + i, date=f"2026-03-{i + 1:02}", device=f"Meter {i}"), f"Seen: {100 + i} kWh.")
            for i in range(20)
        ]
        answer = ask(trained(tmp_path, examples(pairs)), reading(105.2, 6.0, 7.0, date="2026-07-01", device="Meter 99"))
        assert answer.text == "Seen: 105 kWh."
        assert answer.notes["differs"] == []

    def test_only_json_is_written_and_damage_is_noticed(self, tmp_path: Path) -> None:
        trained(tmp_path, examples())
        assert [path.name for path in tmp_path.iterdir()] == ["model.json"]
        about = json.loads((tmp_path / "model.json").read_text(encoding="ascii"))
        assert about["answers"] == "advice"
        about["taught"][0][2:] = ["usage: 5", "a", 2]
        for changed in ({"taught": about["taught"][:1]}, {"taught": []}, {"scope": [True, False]}, {"taught": None}):
            (tmp_path / "model.json").write_text(json.dumps({**about, **changed}), encoding="ascii")
            with pytest.raises(WorkspaceError):
                LEARNER.load(tmp_path)

    def test_ten_thousand_readings(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(1)
        rows = rng.normal([120, 0, 0], [30, 9, 9], (10_000, 3)).round(1)
        pairs = [(reading(usage, day, week), f"See to the {usage:.0f} kWh of line {i}.") for i, (usage, day, week) in enumerate(rows)]
        model = trained(tmp_path, examples(pairs))
        asked = examples(pairs)[5000]
        assert model.answer(asked.prompt).text == asked.answer


class TestSample:
    def test_advice_on_readings_that_were_held_out(self, tmp_path: Path) -> None:
        with SAMPLE.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        pairs = [
            ("\n".join(f"{name}: {cell}" for name, cell in row.items() if name not in NOT_ASKED and cell), row["recommendation"])
            for row in rows
        ]
        held_out = set(range(0, len(pairs), 5))
        model = trained(tmp_path, examples([pair for at, pair in enumerate(pairs) if at not in held_out], "Advise."))
        answers = {pairs[at][0]: ask(model, pairs[at][0], "Advise.") for at in held_out}
        for question, answer in answers.items():
            here = parse_reading(question)
            assert here is not None
            unexplained = [number.text for number in numbers_in(answer.text) if not may_come_from(number, here)]
            assert set(unexplained) <= set(answer.notes["foreign"])  # no other reading's number goes unmarked
        assert sum(not answer.notes["foreign"] for answer in answers.values()) >= 0.9 * len(answers)
        assert sum(not answer.notes["differs"] for answer in answers.values()) >= 0.7 * len(answers)
        assert sum(bool(answer.notes["filled"]) for answer in answers.values()) >= 0.7 * len(answers)


def test_from_a_file_to_an_answer_over_http(shipped: EngineProcess) -> None:
    with client_of(shipped) as client:
        file = upload(client, chat_lines(TAUGHT, SYSTEM))
        job = client.fine_tuning.jobs.create(model="recall", training_file=file.id)
        model = wait_for(client, job.id, "succeeded").fine_tuned_model
        assert READINGS in messages(client, job.id)
        asked = [{"role": "user", "content": reading(116.0, -2.5, 2.0)}]
        raw = client.chat.completions.with_raw_response.create(model=str(model), messages=asked)  # type: ignore[arg-type]
        streamed = client.chat.completions.with_raw_response.create(model=str(model), messages=asked, stream=True)  # type: ignore[call-overload]
        assert raw.parse().choices[0].message.content == TAUGHT[5][1]
        for reply in (raw, streamed):
            found = notes_from(reply.headers)
            assert (found["matched"], found["foreign"], found["row"]) == (TAUGHT[5][0], ["300"], 6)
        streamed.parse().close()


class TestHeader:
    """The notes travel in a header of bounded size and of ASCII alone."""

    def test_notes_come_back_as_they_were(self, model: Model) -> None:
        said = ask(model, reading(131.26, 14.6, 3.0)).notes
        header = notes_header(said)
        assert header.isascii()
        assert notes_from({"x-tunesmith-notes": header}) == said

    def test_a_warning_survives_whatever_else_is_too_long(self) -> None:
        long = "手🙂" * 3000
        said = {
            "matched": long,
            "similarity": 0.5,
            "row": 7,
            "filled": [["エネルギー使用量" * 5, "9" * 300, "8" * 300]] * 50,
            "foreign": ["12.5%", *["7" * 300] * 49],
            "differs": ["異常" * 20] * 50,
        }
        header = notes_header(said)
        assert header.isascii() and len(header) <= 8000
        back = notes_from({"x-tunesmith-notes": header})
        assert back["foreign"][0] == "12.5%"
        assert back["differs"] and back["filled"] and back["similarity"] == 0.5
        assert said["matched"].startswith(back["matched"]) and back["matched"]
