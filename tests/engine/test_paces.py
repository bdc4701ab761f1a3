"""The pace of a training is measured by a few steps, kept for this processor, and given up where a training needs the machine."""

import json
import time
from pathlib import Path

import pytest

from engine.lora import paces
from engine.lora.importing import import_folder
from engine.lora.library import Library
from engine.lora.paces import FILE, Pace, Paces, Shape
from tests.engine.helpers import call
from tests.engine.small_models import make_folder
from tests.engine_process import start_engine

ID = "ours"
SHAPE = Shape(batch_size=2, tokens=40, answer_tokens=10)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    found = Library(tmp_path / "bases")
    import_folder(found, make_folder(tmp_path / "folder"), ID)
    return found


def measured(library: Library, shape: Shape = SHAPE, looking: Paces | None = None) -> Pace:
    looking = looking or Paces(library, script="tests.engine.pace_stub")
    pace = looking.measure(ID, shape)
    until = time.monotonic() + 30
    while pace.state == "measuring":
        assert time.monotonic() < until
        time.sleep(0.02)
        pace = looking.look(ID, shape)
    return pace


def test_a_step_is_measured_and_kept_beside_the_model(library: Library) -> None:
    pace = measured(library)
    assert (pace.state, pace.batch_size, pace.tokens) == ("ready", 2, 40)
    assert 0.07 < pace.step_s < 0.2 and pace.start_s > 0.08
    assert Paces(library).look(ID, SHAPE) == pace
    assert Paces(library).measure(ID, Shape(2, 33, 10)) == pace, "a length like it"
    assert Paces(library).look(ID, Shape(2, 65, 10)).state == "none"
    assert library.ready() == (ID,)
    library.remove(ID)
    with pytest.raises(KeyError):
        Paces(library).look(ID, SHAPE)


def test_pairs_are_measured_as_pairs_and_kept_apart(library: Library) -> None:
    pairs = Shape(2, 40, 10, method="dpo")
    alone = measured(library)
    assert Paces(library).look(ID, pairs).state == "none"
    assert measured(library, pairs).step_s > 0.14, "2 x 2 x 40 words, 0.16 s: each question is read with both answers"
    assert Paces(library).look(ID, SHAPE) == alone


def test_what_another_processor_took_does_not_count(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(library)
    monkeypatch.setattr(paces, "processor", lambda: "another one")
    assert Paces(library).look(ID, SHAPE).state == "none"


@pytest.mark.parametrize("held", ["", "[]", '{"processor": 1, "paces": []}', '{"paces": {}}'])
def test_a_damaged_record_is_as_good_as_none(held: str, library: Library) -> None:
    (library.folder / ID / FILE).write_text(held, encoding="utf-8")
    assert Paces(library).look(ID, SHAPE).state == "none"


def test_a_program_that_dies_is_told_for_a_while_and_may_be_asked_again(library: Library) -> None:
    now = 1.0
    looking, shape = Paces(library, script="tests.engine.pace_stub", clock=lambda: now), Shape(2, 13, 5)
    pace = measured(library, shape, looking)
    assert pace.state == "failed" and pace.problem is not None
    assert pace.problem["code"] == "not_measured"
    now += 599
    assert looking.look(ID, shape) == pace
    now += 1
    assert looking.look(ID, shape).state == "none"
    assert looking.measure(ID, shape).state == "measuring"
    looking.stop()


def test_a_measurement_makes_way_for_a_training(library: Library) -> None:
    looking, shape = Paces(library, script="tests.engine.pace_stub"), Shape(1, 666, 5)
    assert looking.measure(ID, shape).state == "measuring"
    assert looking.measure(ID, SHAPE).state == "busy", "one at a time"
    looking.stop()
    until = time.monotonic() + 20
    while looking.look(ID, shape).state == "measuring":
        assert time.monotonic() < until
        time.sleep(0.02)
    assert looking.look(ID, shape).state == "none", "given up is not failed"


def test_the_pace_is_asked_for_over_http(tmp_path: Path) -> None:
    path = f"/v1/tunesmith/bases/{ID}/pace"
    with start_engine(tmp_path / "home") as engine:
        import_folder(Library(engine.home / "bases"), make_folder(tmp_path / "folder"), ID)
        query = "?batch_size=2&tokens=40&answer_tokens=10"
        status, body = call(engine, "GET", path + query)
        assert (status, body["object"], body["state"]) == (200, "tunesmith.pace", "none")
        for bad in ("", "?batch_size=0&tokens=40&answer_tokens=10", "?batch_size=2&tokens=x&answer_tokens=1", query + "&tuning=most"):
            assert call(engine, "GET", path + bad)[0] == 400
        status, body = call(engine, "GET", path.replace(ID, "nothing") + query)
        assert (status, body["error"]["code"]) == (404, "unknown_base")
        assert body["error"]["sentence"] == "There is no model “{id}” in the list." and body["error"]["params"] == {"id": "nothing"}
        asked = json.dumps({"batch_size": 2, "tokens": 40, "answer_tokens": 10})
        assert call(engine, "POST", path, asked, {"Content-Type": "application/json"})[1]["state"] in ("measuring", "failed")
