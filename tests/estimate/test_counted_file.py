"""A chat file on the disk, counted in a stream: the same for any number of processes, and none of them outlives its parent."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from core.base.chat_format import parse_jsonl, to_line
from core.base.errors import TunesmithError
from core.base.tokens import count_examples
from core.estimate import counted_file
from core.estimate.counted_file import NotInLines, count_file

ROOT = Path(__file__).resolve().parents[2]


def line(n: int, draw: random.Random) -> bytes:
    words = " ".join(draw.choices(["kartu", "card", "fee", "Überweisung", "12.50", "残高", "\n"], k=draw.randint(0, 40)))
    kind = draw.random()
    if kind < 0.05:
        return draw.choice([b"", b"{", b'{"messages": []}', b'{"prompt": "x"}', b"\xff", b" \t"])
    extra = {"weight": 0} if kind < 0.1 else {"refusal": None} if kind < 0.15 else {}
    messages = [{"role": "user", "content": f"{n} {words}?"}, {"role": "assistant", "content": words, **extra}]
    return json.dumps({"messages": messages, **({"tools": [{"type": "x"}]} if kind > 0.98 else {})}).encode()


def written(folder: Path, n: int, end: bytes = b"\n") -> Path:
    draw = random.Random(n)
    path = folder / "chats.jsonl"
    first = b'{"messages": [{"role": "user", "content": "?"}]}'
    path.write_bytes(b"\n".join([first, *(line(i, draw) for i in range(n))]) + end)
    return path


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n \n\x0b\n\n", b"\x0c  \n", b'\n{"messages": [{"role": "user", "content": "z"}]}\x0c\n'])
@pytest.mark.parametrize("processes", [1, 2])
def test_a_file_is_counted_as_one_that_is_read_whole(tmp_path: Path, processes: int, end: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted_file, "BATCH", 5_000)
    path = written(tmp_path, 400, end)
    told: list[tuple[int, int]] = []
    counted = count_file(path, "cl100k_base", processes=processes, progress=lambda done, total: told.append((done, total)))
    examples = parse_jsonl(path.read_bytes()).examples
    expected = count_examples(examples, "cl100k_base")
    assert (tuple(counted.all), tuple(counted.answers)) == (expected.per_example, expected.answers)
    assert counted.guessed is not expected.exact
    with path.open("rb") as file:
        for start, example in zip(counted.starts[::37], examples[::37], strict=True):
            file.seek(start)
            assert to_line(parse_jsonl(file.readline()).examples[0]) == to_line(example)
    assert told[-1][0] == told[-1][1] and told == sorted(told) and len(told) > 3


@pytest.mark.parametrize("pieces", [1, 3, 64])
def test_wherever_the_pieces_begin_each_line_belongs_to_one(tmp_path: Path, pieces: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.base.line_counter import LineCounter

    path = written(tmp_path, 60)
    size = len(path.read_bytes().rstrip())
    whole = LineCounter("o200k_base")
    edges = [round(i * size / pieces) for i in range(pieces + 1)]
    with path.open("rb") as file:
        for start, stop in pairwise(edges):
            counted_file.count_lines(file, whole, start, stop, size, lambda done: None)
    assert tuple(whole.all) == count_examples(parse_jsonl(path.read_bytes()).examples).per_example


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_an_empty_file_has_no_examples(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "empty.jsonl").write_bytes(data)
    assert list(count_file(tmp_path / "empty.jsonl", "o200k_base").all) == []


@pytest.mark.parametrize(
    "data", ['[{"messages": []}]', '{"messages":\n[]}', '\ufeff{"messages": []}\n', '{"messages": [{"role": "user", "content": "x"}]}\r{}']
)
def test_what_does_not_lie_in_lines_is_left_to_the_reader_of_whole_files(tmp_path: Path, data: str) -> None:
    (tmp_path / "odd.jsonl").write_bytes(data.encode())
    with pytest.raises(NotInLines):
        count_file(tmp_path / "odd.jsonl", "o200k_base")


class Stopped(Exception):
    """Thrown by a progress that does not want to go on."""


def children() -> set[psutil.Process]:
    """The processes that this one has started, whoever of the whole test run did."""
    return set(psutil.Process().children())


def test_no_process_is_left_when_progress_says_stop(tmp_path: Path) -> None:
    path, others = written(tmp_path, 30_000), children()
    seen: list[psutil.Process] = []

    def stop(done: int, total: int) -> None:
        seen.extend(children() - others)
        raise Stopped

    with pytest.raises(Stopped):
        count_file(path, "o200k_base", processes=2, progress=stop)
    assert len(seen) >= 2 and not any(one.is_running() for one in seen)


def test_a_process_that_dies_is_told_in_words(tmp_path: Path) -> None:
    path, others = written(tmp_path, 30_000), children()
    counting: list[psutil.Process] = []

    def kill_one(done: int, total: int) -> None:
        if not counting:
            counting.extend(children() - others)
            counting[0].kill()

    with pytest.raises(TunesmithError, match="stopped unexpectedly"):
        count_file(path, "o200k_base", processes=2, progress=kill_one)
    assert not any(one.is_running() for one in counting)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_nothing_is_left_running_after_the_parent_was_killed(tmp_path: Path) -> None:
    path = written(tmp_path, 60_000)
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom core.estimate.counted_file import count_file\n"
        "def told(done, total):\n    print(done, flush=True)\n    time.sleep(60)\n"
        f"count_file(Path({str(path)!r}), 'o200k_base', processes=2, progress=told)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert parent.stdout is not None and parent.stdout.readline()
    left = psutil.Process(parent.pid).children()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert len(left) == 2
    until = time.monotonic() + 10
    while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in left) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in left)
