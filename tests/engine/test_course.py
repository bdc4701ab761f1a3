"""What a training process writes down becomes steps, over crashes, too."""

import json
from pathlib import Path
from typing import Any

from engine.learners import Step
from engine.lora.course import Course
from engine.lora.progress import FILE, Progress


def started(resumed_from: int = 0) -> dict[str, Any]:
    return {"event": "started", "total_steps": 6, "resumed_from": resumed_from, "notes": []}


def step(number: int) -> dict[str, Any]:
    return {"event": "step", "step": number, "total_steps": 6, "metrics": {"train_loss": 1 / number}}


def checkpoint(number: int, *, publish: bool = True) -> dict[str, Any]:
    return {"event": "checkpoint", "step": number, "path": f"checkpoints/{number}", "publish": publish}


def told(course: Course, *records: dict[str, Any]) -> list[tuple[int, bool, str]]:
    return [(each.step, each.checkpoint, each.origin) for record in records for each in course.take(record)]


def test_an_undisturbed_training_tells_each_step_and_its_checkpoints() -> None:
    course = Course()
    found = told(course, started(), step(1), step(2), checkpoint(2, publish=False), step(3), checkpoint(3))
    assert found == [(1, False, "new"), (2, False, "new"), (3, False, "new"), (3, True, "new")]
    assert course.published == "checkpoints/3"


def test_after_a_crash_the_kept_steps_come_before_and_the_lost_ones_again() -> None:
    course = Course()
    for record in (started(), step(1), step(2), checkpoint(2), step(3), step(4)):
        course.remember(record)
    before = [(1, False, "before"), (2, True, "before"), (3, False, "before"), (4, False, "before")]
    assert told(course, started(2)) == before, "the lost ones, too: whoever was to note them down may be lost with them"
    assert told(course, step(3), step(4)) == [(3, False, "again"), (4, False, "again")]
    assert not course.came_further
    assert told(course, step(5)) == [(5, False, "new")]
    assert course.came_further


def test_a_run_that_began_anew_within_itself_tells_what_it_repeats() -> None:
    course = Course()
    told(course, started(), step(1), step(2), checkpoint(2), step(3))
    assert told(course, started(2), step(3), step(4))[-2:] == [(3, False, "again"), (4, False, "new")]


def test_a_training_that_was_over_is_told_in_full() -> None:
    course = Course()
    for record in (started(), step(1), step(2), checkpoint(2), {"event": "done", "path": "final", "tokens": 30}):
        course.remember(record)
    assert [(each.step, each.checkpoint, each.origin) for each in course.replay()] == [(1, False, "before"), (2, True, "before")]
    assert (course.final, course.tokens) == ("final", 30)


def test_checkpoints_that_newer_ones_replace_are_named_once() -> None:
    course = Course()
    told(course, started(), *(record for number in range(1, 6) for record in (step(number), checkpoint(number))))
    assert course.superseded(3) == ["checkpoints/1", "checkpoints/2"]
    assert course.superseded(3) == []
    assert course.published == "checkpoints/5"


def test_a_training_that_ended_early_says_at_which_step() -> None:
    course = Course()
    told(course, started(), step(1), step(2), {"event": "done", "path": "final", "early": True})
    assert [note.partition(":")[0] for note in course.notes] == ["The training ended early, at step 2 of 6"]


def test_where_an_earlier_state_is_the_result_that_is_said_and_its_measurements_are_the_results() -> None:
    done = {"event": "done", "path": "best/step-2", "best": 2, "early": True}
    course = Course()
    told(course, started(), step(1), step(2), step(3), step(4), done)
    assert course.final == "best/step-2"
    assert course.notes[1:] == ["Validation was best at step 2 of 6; that state is the model, and what was learned after it is left out."]
    assert (course.final_metrics, course.metrics) == ({"train_loss": 0.5}, {"train_loss": 0.25})
    again = Course()  # told by a worker that came after the end
    for record in (started(), step(1), step(2), step(3), step(4), done):
        again.remember(record)
    assert (again.notes, again.final_metrics) == (course.notes, course.final_metrics)


def test_where_the_last_state_is_the_best_nothing_is_left_out() -> None:
    course = Course()
    told(course, started(), step(1), step(2), {"event": "done", "path": "best/step-2", "best": 2, "early": False})
    assert course.notes == []
    assert course.final_metrics == course.metrics == {"train_loss": 0.5}


def test_a_failure_of_an_earlier_run_is_forgotten_when_it_is_tried_again() -> None:
    course = Course()
    course.remember({"event": "failed", "code": "out_of_memory", "message": "Too large."})
    assert course.failure is not None
    told(course, started())
    assert course.failure is None


def test_steps_carry_what_was_measured() -> None:
    course = Course()
    told(course, started())
    assert list(course.take(step(4))) == [Step(4, 6, {"train_loss": 0.25})]


def test_the_progress_file_is_read_as_it_grows(tmp_path: Path) -> None:
    progress = Progress(str(tmp_path))
    assert list(progress.new()) == []
    path = tmp_path / FILE
    with path.open("ab") as file:
        file.write(json.dumps(step(1)).encode() + b'\n{"event": "ste')
        file.flush()
        assert [record["step"] for record in progress.new()] == [1]
        file.write(b'p", "step": 2}\n')
        file.flush()
        assert [record["step"] for record in progress.new()] == [2]
        file.write(b'{"event": "st\n{"event": "step", "step": 3}\n[1]\n')  # a killed process left the first half of a line
        file.flush()
        assert [record["step"] for record in progress.new()] == [3]
