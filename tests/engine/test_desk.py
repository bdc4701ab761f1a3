"""The desk: processes start when asked, answer many at once, and end when idle, in the way, or left alone."""

import json
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core.base.types import Message
from engine.learners.asking import AnswerFailed, Answering, Begun, Ended, Piece, Wish
from engine.lora.desk import Desk
from engine.lora.device import Device, numbers, present
from engine.lora.footprint import answering_memory, parameters
from engine.lora.models import LoraModel
from tests.engine.helpers import until


def weights(folder: Path, numbers: int = 10) -> Path:
    """A model's folder of which only the size can be told."""
    folder.mkdir(parents=True)
    header = json.dumps({"__metadata__": {}, "w": {"dtype": "F32", "shape": [numbers // 2, 2], "data_offsets": [0, 0]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    return folder


def line(folder: Path, tokenizer: Path) -> Sequence[str]:
    return [sys.executable, "-m", "tests.engine.fake_answers", folder.name]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FAKE_ANSWERS_LOG", str(tmp_path / "log"))
    return tmp_path / "log"


@pytest.fixture
def make(log: Path) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def made(**about: object) -> Desk:
        desks.append(Desk(line=line, **about))  # type: ignore[arg-type]
        return desks[-1]

    yield made
    for desk in desks:
        desk.close()


def wish(text: str, **about: object) -> Wish:
    return Wish((Message("user", text),), **about)  # type: ignore[arg-type]


def text(answering: Answering) -> str:
    return "".join(event.text for event in answering if isinstance(event, Piece))


def children() -> list[psutil.Process]:
    found = []
    for one in psutil.Process().children():
        with suppress(psutil.Error):  # it is just ending
            found += [one] if "tests.engine.fake_answers" in one.cmdline() else []
    return found


def in_memory() -> set[str]:
    """The models whose process runs."""
    return {one.cmdline()[-1] for one in children()}


def test_an_answer_comes_event_by_event(make: Callable[..., Desk], tmp_path: Path) -> None:
    model = LoraModel(weights(tmp_path / "base"), None, make())
    assert list(model.stream(wish("naïve 你好"))) == [Begun(2), Piece(0, "naïve "), Piece(0, "你好 "), Piece(0, " "), Ended(0, "stop", 2)]
    assert model.answer([Message("user", "hi")]).text.strip() == "hi"


def test_base_adapter_and_full_weights_are_told_apart(make: Callable[..., Desk], tmp_path: Path) -> None:
    desk, base = make(), weights(tmp_path / "base")
    adapter = tmp_path / "tuned"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}", encoding="utf-8")
    full = weights(tmp_path / "full")
    (full / "tokenizer.json").unlink()
    assert text(LoraModel(base, adapter, desk).stream(wish("a"))).split() == ["tuned", "a"]
    assert in_memory() == {"base"}
    assert text(LoraModel(base, full, desk).stream(wish("a"))).split() == ["a"]
    assert in_memory() == {"base", "full"}
    before = tmp_path / "before"  # the untaught state: a folder without weights of its own
    before.mkdir()
    assert text(LoraModel(base, before, desk).stream(wish("a"))).split() == ["a"]


def test_many_threads_ask_one_process_at_once(make: Callable[..., Desk], tmp_path: Path) -> None:
    model = LoraModel(weights(tmp_path / "base"), None, make())
    answers: dict[int, str] = {}
    threads = [threading.Thread(target=lambda n=n: answers.update({n: text(model.stream(wish(f"this is {n}")))})) for n in range(20)]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {n: answer.split() for n, answer in answers.items()} == {n: ["this", "is", str(n)] for n in range(20)}
    assert len(children()) == 1


def test_an_answer_that_nobody_reads_on_is_cancelled(make: Callable[..., Desk], tmp_path: Path, log: Path) -> None:
    model = LoraModel(weights(tmp_path / "base"), None, make())
    answering = model.stream(wish("wait for ever"))
    events = iter(answering)
    assert [next(events), next(events)] == [Begun(3), Piece(0, "wait ")]
    answering.close()
    answering.close()
    until(lambda: log.exists() and log.read_text(encoding="utf-8") == "cancelled 1\n")
    assert text(model.stream(wish("on"))).split() == ["on"]


def test_a_process_that_dies_is_told_of_and_started_again(make: Callable[..., Desk], tmp_path: Path) -> None:
    model = LoraModel(weights(tmp_path / "base"), None, make())
    other = model.stream(wish("wait"))
    events = iter(other)
    next(events), next(events)
    for answering in (iter(model.stream(wish("die"))), events):
        with pytest.raises(
            AnswerFailed, match=r"signal 9, which is often the system's answer to a lack of memory.*starts it again"
        ) as caught:
            list(answering)
        assert (caught.value.status, caught.value.code) == (507, "out_of_memory")
    assert text(model.stream(wish("again"))).split() == ["again"]


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_process_that_dies_in_the_middle_of_a_line_leaves_nobody_waiting(make: Callable[..., Desk], tmp_path: Path) -> None:
    model = LoraModel(weights(tmp_path / "base"), None, make())
    failed: list[AnswerFailed] = []

    def ask() -> None:
        try:
            list(model.stream(wish("tear")))
        except AnswerFailed as error:
            failed.append(error)

    threading.Thread(target=ask, daemon=True).start()
    until(lambda: bool(failed), what="the failure")
    assert failed[0].code == "out_of_memory" and text(model.stream(wish("again"))).split() == ["again"]


def test_the_process_gets_nobodys_keys(make: Callable[..., Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TUNESMITH_ENGINE_TOKEN", "HF_TOKEN"):
        monkeypatch.setenv(name, "secret")
    text(LoraModel(weights(tmp_path / "base"), None, make()).stream(wish("a")))
    (process,) = children()
    assert "secret" not in process.environ().values() and process.environ()["HF_HUB_OFFLINE"] == "1"


def test_a_model_that_cannot_be_loaded_says_why(make: Callable[..., Desk], tmp_path: Path) -> None:
    model = LoraModel(weights(tmp_path / "unloadable"), None, make())
    with pytest.raises(AnswerFailed, match="cannot be loaded: torn"):
        list(model.stream(wish("a")))


def test_an_idle_process_ends_and_gives_its_memory_back(make: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make(idle_seconds=0.5)
    model = LoraModel(weights(tmp_path / "base"), None, desk)
    waiting = model.stream(wish("wait"))
    events = iter(waiting)
    next(events)
    time.sleep(1)
    assert len(children()) == 1, "somebody still waits"
    waiting.close()
    until(lambda: not children(), what="the end of the idle process")
    assert text(model.stream(wish("back"))).split() == ["back"]


def test_no_more_bases_than_allowed_the_oldest_idle_one_makes_room(make: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make(most_bases=2)
    one, two, three = (LoraModel(weights(tmp_path / name), None, desk) for name in ("one", "two", "three"))
    busy = iter(one.stream(wish("wait")))
    next(busy)
    text(two.stream(wish("a")))
    text(three.stream(wish("a")))
    assert in_memory() == {"one", "three"} and len(children()) == 2
    also = iter(three.stream(wish("wait")))
    next(also)
    with pytest.raises(AnswerFailed, match="2 models are answering now") as caught:
        two.stream(wish("a"))
    assert caught.value.status == 503


def test_a_model_that_does_not_fit_is_refused_with_the_figures(make: Callable[..., Desk], tmp_path: Path) -> None:
    parameters_n = 2_000_000_000
    folder = weights(tmp_path / "big", parameters_n)
    assert parameters(folder) == parameters_n
    assert answering_memory(folder) == 900 * 2**20 + parameters_n * (2 if numbers(present(), "answer").weights == "bf16" else 4)
    desk = make(room=lambda device: 2 * 10**9)
    with pytest.raises(AnswerFailed, match=r"needs about \d\.\d GB of memory to answer, and 2\.0 GB are free") as caught:
        LoraModel(folder, None, desk).stream(wish("a"))
    assert caught.value.code == "insufficient_memory" and not children()


def test_where_a_graphics_card_computes_its_own_memory_counts(make: Callable[..., Desk], tmp_path: Path) -> None:
    small, large = weights(tmp_path / "small"), weights(tmp_path / "large", 2_000_000_000)
    free = iter([10**12, 2 * 10**9, 10**12])  # the second model fits once the first, which is idle, has gone
    desk = make(device=lambda: Device("cuda", True, (next(free),)))
    text(LoraModel(small, None, desk).stream(wish("a")))
    text(LoraModel(large, None, desk).stream(wish("a")))
    assert in_memory() == {"large"}
    full = make(device=lambda: Device("cuda", True, (10**6,)))
    with pytest.raises(AnswerFailed, match=r"memory to answer, and 0\.00 GB are free on the graphics card\. Close other") as caught:
        LoraModel(small, None, full).stream(wish("a"))
    assert caught.value.code == "insufficient_memory"


def test_weights_that_cannot_be_read_are_said_to_be_damaged(make: Callable[..., Desk], tmp_path: Path) -> None:
    folder = weights(tmp_path / "torn")
    (folder / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{")
    with pytest.raises(AnswerFailed, match="files cannot be used") as caught:
        LoraModel(folder, None, make()).stream(wish("a"))
    assert caught.value.code == "damaged_model" and not children()


def test_the_memory_of_a_model_can_be_asked_back(make: Callable[..., Desk], tmp_path: Path) -> None:
    desk, base = make(), weights(tmp_path / "base")
    text(LoraModel(base, None, desk).stream(wish("a")))
    assert desk.free(base) and not children()
    assert desk.free(base), "nobody answers: all is given back"


def test_the_memory_of_a_model_that_somebody_waits_for_is_not_given_back(make: Callable[..., Desk], tmp_path: Path) -> None:
    desk, base = make(), weights(tmp_path / "base")
    waiting = LoraModel(base, None, desk).stream(wish("wait"))
    next(iter(waiting))
    assert not desk.free(base) and in_memory() == {"base"}
    waiting.close()
    assert desk.free(base) and not children()


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_the_processes_end_with_the_one_that_asked(tmp_path: Path, log: Path) -> None:
    folder = weights(tmp_path / "base")
    code = (
        "import sys\nfrom pathlib import Path\nfrom engine.lora.desk import Desk\nfrom engine.lora.models import LoraModel\n"
        "from tests.engine.test_desk import line, wish\n"
        f"events = iter(LoraModel(Path({str(folder)!r}), None, Desk(line=line)).stream(wish('wait')))\n"
        "next(events)\nprint('asked', flush=True)\nnext(events), next(events)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == "asked\n"
        [child] = psutil.Process(parent.pid).children()
        parent.kill()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running()
