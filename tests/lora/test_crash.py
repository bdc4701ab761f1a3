"""Killed trainings, workers, servers and machines: each training ends as if nothing had been, or says in a sentence why it could not."""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from core.base.chat_format import write_jsonl
from core.base.types import Example, Message
from core.io.connections import connection
from core.io.openai_calls import all_events, make_client
from core.monitor.curve import Curve, curve
from tests.engine.helpers import client_of, messages, until, upload, wait_for
from tests.engine_process import EngineProcess
from tests.lora.plans import bank_rows
from tests.lora.walking import TRAINER, WORKER, answer, begin, engine_on, marv_file, metrics, processes, progress, prompt

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")

ROWS = bank_rows(24)
# twenty epochs of eight steps, so that a server is back before the end, with dropout: what is drawn at random must come again, too
ASKED = {"n_epochs": 20, "batch_size": 3, "learning_rate_multiplier": 10, "lora_dropout": 0.1}
STEPS = 160
# who is killed, in this order, at steps that a seed draws: ten kills in all
MATRIX = {
    11: ("training", "worker", "machine"),
    12: ("server", "machine", "training"),
    13: ("worker", "server", "machine", "training"),
}
# Measured: two undisturbed runs are equal to the last bit, in every metric of every step, with one thread and with two.
# So is a run that was killed, which therefore has no tolerance either.


class Machine:
    """A machine on which an engine runs: its processes can be killed, and it can be started again."""

    def __init__(self, home: Path, library: Path) -> None:
        self.home, self._library = home, library
        self._stack = ExitStack()
        self.start()

    def start(self) -> None:
        """Start the engine, whatever the last one left."""
        self.engine: EngineProcess = self._stack.enter_context(engine_on(self.home, self._library))
        self.client: OpenAI = self._stack.enter_context(client_of(self.engine))

    def close(self) -> None:
        """End the engine."""
        self._stack.close()

    def one(self, module: str, job_id: str) -> psutil.Process:
        """The process of a job that runs a module."""
        (found,) = (process for process in processes(self.home, module) if any(job_id in word for word in process.cmdline()))
        return found

    def kill(self, whom: str, job_id: str) -> None:
        """Kill with no warning; after the loss of the server, or of the machine, the engine is started again."""
        victims = {
            "training": lambda: [self.one(TRAINER, job_id)],
            "worker": lambda: [self.one(WORKER, job_id)],
            "server": lambda: [psutil.Process(self.engine.process.pid)],
            # the server first: it must not notice the end of the others
            "machine": lambda: [psutil.Process(self.engine.process.pid), self.one(WORKER, job_id), self.one(TRAINER, job_id)],
        }[whom]()
        for victim in victims:
            victim.kill()
        for victim in victims:
            until(lambda victim=victim: is_gone(victim), 10, f"the end of {victim}")  # type: ignore[misc]
        if whom in ("server", "machine"):
            self._stack.close()
            self.start()


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended, reaped or not."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(scope="module")
def machine(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("crash") / "home", library)
    yield machine
    machine.close()


def learn(machine: Machine) -> str:
    """Begin the training that is disturbed, or not; the job's id."""
    validation = upload(machine.client, write_jsonl(bank_rows(6, 30)), "valid.jsonl").id
    return begin(machine.client, write_jsonl(ROWS), ASKED, seed=7, validation_file=validation).id


def ended(machine: Machine, job_id: str) -> FineTuningJob:
    job = wait_for(machine.client, job_id, seconds=120)
    assert job.status == "succeeded", (job.error, messages(machine.client, job_id))
    return job


def said(machine: Machine, job: FineTuningJob) -> list[str]:
    """What the model answers to some of its rows."""
    return [answer(machine.client, str(job.fine_tuned_model), prompt(row)) for row in ROWS[:3]]


def drawn(machine: Machine, job_id: str) -> Curve:
    """The curve as the app draws it."""
    here = connection("this-machine", base_url=machine.engine.base_url)
    with make_client(here, machine.engine.token) as client:
        return curve(all_events(client, job_id))


@pytest.fixture(scope="module")
def undisturbed(machine: Machine) -> tuple[FineTuningJob, list[dict[str, Any]], list[str], Curve]:
    """The job, its metrics, its answers and its curve where nothing happens to it."""
    job = ended(machine, learn(machine))
    return job, metrics(machine.client, job.id), said(machine, job), drawn(machine, job.id)


@pytest.mark.slow
def test_two_undisturbed_runs_with_one_seed_are_equal_to_the_last_bit(machine: Machine, undisturbed: Any) -> None:
    first, told, answers, _ = undisturbed
    second = ended(machine, learn(machine))
    assert [data["step"] for data in told] == list(range(1, STEPS + 1))
    assert metrics(machine.client, second.id) == told
    assert said(machine, second) == answers
    assert machine.client.files.content(second.result_files[0]).read() == machine.client.files.content(first.result_files[0]).read()


@pytest.mark.slow
@pytest.mark.parametrize("seed", MATRIX)
def test_a_training_that_is_killed_ends_as_the_undisturbed_one(
    seed: int, machine: Machine, undisturbed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    usual, told, answers, usual_curve = undisturbed
    victims, chance = MATRIX[seed], random.Random(seed)
    # each in a part of its own: a training that dies twice without coming further is given up
    part = (STEPS - 8) // len(victims)
    steps = [2 + number * part + chance.randrange(part - 10) for number in range(len(victims))]
    job_id, reached = learn(machine), []
    for victim, step in zip(victims, steps, strict=True):
        until(lambda step=step: reached_step(machine, job_id) >= step, 120, f"step {step}")  # type: ignore[misc]
        machine.kill(victim, job_id)
        reached.append(reached_step(machine, job_id))
    job = ended(machine, job_id)
    found = metrics(machine.client, job_id)
    new = [data for data in found if not data.get("repeated")]
    again = [data for data in found if data.get("repeated")]
    resumed = [record["resumed_from"] for record in progress(machine.home, job_id) if record["event"] == "started"]
    with capsys.disabled():
        print(f"\n{'killed':>10} {'wanted at':>9} {'seen at':>8} {'went on from':>12}")
        restarts = iter(resumed[1:])
        for victim, step, seen in zip(victims, steps, reached, strict=True):
            print(f"{victim:>10} {step:9} {seen:8} {'-' if victim == 'server' else next(restarts):>12}")
        print(f"{len(again)} steps repeated; final loss {new[-1]['train_loss']:.12f}, undisturbed {told[-1]['train_loss']:.12f}")
    assert len(resumed) == 1 + sum(victim != "server" for victim in victims), "a training outlives its server"
    assert new == told, "each step is told once without a mark, with the undisturbed run's figures"
    assert all({**data, "repeated": True} in found and data["step"] < STEPS for data in again)
    assert [{name: value for name, value in data.items() if name != "repeated"} for data in again] == [
        told[data["step"] - 1] for data in again
    ]
    assert said(machine, job) == answers
    assert job.trained_tokens == usual.trained_tokens
    steps_drawn = drawn(machine, job_id).frame
    assert steps_drawn["step"].tolist() == list(range(1, STEPS + 1))
    assert steps_drawn.equals(usual_curve.frame)
    assert machine.client.files.content(job.result_files[0]).read() == machine.client.files.content(usual.result_files[0]).read()
    checkpoints = [checkpoint.step_number for checkpoint in machine.client.fine_tuning.jobs.checkpoints.list(job_id)]
    assert checkpoints == [160, 152, 144]


def reached_step(machine: Machine, job_id: str) -> int:
    """The last step that the diary tells of."""
    page = machine.client.fine_tuning.jobs.list_events(job_id, limit=5)
    return max((event.data["step"] for event in page.data if event.type == "metrics"), default=0)  # type: ignore[index]


@pytest.mark.slow
def test_a_killed_training_goes_on_and_marks_what_it_repeats(machine: Machine) -> None:
    asked = {"n_epochs": 12, "batch_size": 4, "learning_rate_multiplier": 10}  # 36 steps
    job_id = begin(machine.client, write_jsonl(bank_rows(12)), asked).id
    until(lambda: reached_step(machine, job_id) >= 4, 120, "step 4")
    machine.kill("training", job_id)
    job = ended(machine, job_id)
    told = metrics(machine.client, job.id)
    assert [data["step"] for data in told if not data.get("repeated")] == list(range(1, 37))
    resumed = [record["resumed_from"] for record in progress(machine.home, job_id) if record["event"] == "started"]
    assert len(resumed) == 2 and resumed[1] > 0, "a checkpoint is kept at the end of each epoch"
    by_step = {data["step"]: data["train_loss"] for data in told if not data.get("repeated")}
    assert all(data["train_loss"] == by_step[data["step"]] for data in told if data.get("repeated")), "to the last bit"
    warned = [line for line in messages(machine.client, job_id) if "ended unexpectedly" in line]
    assert len(warned) == 1 and "killed by signal 9" in warned[0] and warned[0].endswith("Starting it again.")


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (signal.SIGSEGV, "server_error", "The training process ended unexpectedly twice. It was killed by signal 11"),
        # while the model was being loaded, which no smaller batch would have helped
        (signal.SIGKILL, "out_of_memory", "lack of memory. This machine has too little memory for this model. Choose a smaller one."),
    ],
)
def test_a_training_that_dies_twice_without_coming_further_fails_with_a_sentence(
    number: signal.Signals, code: str, words: str, machine: Machine
) -> None:
    job_id = begin(machine.client, marv_file(), {"n_epochs": 2, "batch_size": 8}).id
    for _ in range(2):
        until(lambda: bool(trainers(machine, job_id)), 120, "the training process")
        victim = machine.one(TRAINER, job_id)
        os.kill(victim.pid, number)
        until(lambda victim=victim: is_gone(victim), 10, "its end")  # type: ignore[misc]
    job = wait_for(machine.client, job_id, seconds=120)
    assert job.status == "failed" and job.error is not None
    assert job.error.code == code and words in job.error.message, job.error
    assert not trainers(machine, job_id)


def trainers(machine: Machine, job_id: str) -> list[psutil.Process]:
    return [process for process in processes(machine.home, TRAINER) if any(job_id in word for word in process.cmdline())]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(psutil, "RLIMIT_AS"), reason="needs limits of memory")
def test_a_training_without_memory_fails_with_a_smaller_setting_to_try(machine: Machine) -> None:
    long = "Nothing is as long as a day on which nobody calls and the coffee machine is broken again. " * 30
    rows = [Example((Message("user", f"Question {number}?"), Message("assistant", long)), number) for number in range(1, 65)]
    job_id = begin(machine.client, write_jsonl(rows), {"n_epochs": 50, "batch_size": 32}).id
    until(lambda: any(record["event"] == "started" for record in progress(machine.home, job_id)), 120, "the start of the training")
    training = machine.one(TRAINER, job_id)
    training.rlimit(psutil.RLIMIT_AS, (training.memory_info().vms + 32 * 2**20, -1))
    job = wait_for(machine.client, job_id, seconds=120)
    assert job.status == "failed" and job.error is not None
    assert job.error.code == "out_of_memory", job.error
    assert job.error.message == "This machine has too little memory for batches of 32 examples. Try a batch_size of 16."
