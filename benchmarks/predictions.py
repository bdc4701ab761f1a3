"""How much faster a run of 1,000 answers is than a loop that asks one after the other, with a limit and without, and after kill -9.

The server takes 200 ms an answer, in a process of its own. The loop is the plain one, extrapolated from 30 rows. At a limit of 100 a second
the run is made twice, with a server that tells nothing of its limit beforehand and with one that does: the worse figures are given.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openai

from core.base.types import Example, Message
from core.compare.run import Candidate, start
from core.compare.runner import Runner
from core.io.connections import connection
from core.io.openai_calls import make_client
from core.io.workspace import Workspace, open_workspace

ROWS, LOOP_ROWS = 1000, 30
ANSWER_MS, A_SECOND = 200, 100
KILLED_AT = 500
ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure; `arguments` may give another number of rows, for a quick look."""
    rows = int(arguments[0]) if arguments else ROWS
    with _server(0) as port:
        each_s = _loop(port)
    with _server(0) as port:
        unlimited_s, unanswered, _ = _run(port, rows)
    limited = []
    for told in (False, True):
        with _server(A_SECOND, told=told) as port:
            took_s, missing, refused = _run(port, rows)
        unanswered += missing
        limited.append((took_s, refused))
        print(f"limit {'told' if told else 'not told'}: {took_s:.1f} s, {rows / took_s:.0f} a second, {refused} refused", file=sys.stderr)
    slowest = max(took_s for took_s, _ in limited)
    with _server(0) as port:
        asked_twice, done, left = _killed(port, rows)
    print(f"loop {each_s:.3f} s a row, no limit {unlimited_s:.1f} s, killed with {done} rows done", file=sys.stderr)
    return {
        "rows": rows,
        "ratio": round(rows * each_s / slowest, 1),
        "rate_share": round(rows / slowest / A_SECOND, 3),
        "ratio_unlimited": round(rows * each_s / unlimited_s, 1),
        "unanswered": unanswered + left,
        "asked_twice": asked_twice,
        "refused": sum(refused for _, refused in limited),
        "killed_at": done,
    }


def child(home: str, port: str, run_id: str) -> None:
    """The app that is killed: it works on a run until somebody ends it."""
    with open_workspace(Path(home)) as ws, make_client(_where(int(port)), "none") as client:
        Runner(ws, ws.run(run_id), client).start().join(600)


@contextmanager
def _server(a_second: int, *, told: bool = False) -> Iterator[int]:
    line = [sys.executable, "-m", "benchmarks._limited", str(ANSWER_MS), str(a_second), str(int(told))]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def _where(port: int) -> Any:
    return connection("custom", base_url=f"http://127.0.0.1:{port}/v1")


def _seen(port: int) -> tuple[Counter[str], int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/seen", timeout=10) as reply:
        told = json.loads(reply.read())
    return Counter(told["answered"]), told["refused"]


def _question(number: int) -> str:
    return f"My card was lost abroad, what now? Case {number}"


def _begin(ws: Workspace, port: int, rows: int) -> Any:
    where = _where(port)
    examples = [
        Example((Message("system", "Classify."), Message("user", _question(number)), Message("assistant", "refund")), number)
        for number in range(2, rows + 2)
    ]
    project = ws.create_project("Cases", now=datetime.now(UTC))
    return start(ws, project.id, Candidate("base", "Made", where.id, where.origin, "made"), examples, now=datetime.now(UTC))


def _loop(port: int) -> float:
    """Seconds a row of the plain loop."""
    with openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none") as client:
        client.models.list()  # the library's own imports are not the loop's time
        client.chat.completions.create(model="made", messages=[{"role": "user", "content": "Are you there?"}])
        began = time.perf_counter()
        for number in range(LOOP_ROWS):
            messages: Any = [{"role": "system", "content": "Classify."}, {"role": "user", "content": _question(number)}]
            client.chat.completions.create(model="made", messages=messages, temperature=0)
        return (time.perf_counter() - began) / LOOP_ROWS


def _run(port: int, rows: int) -> tuple[float, int, int]:
    """Seconds of a whole run, its rows without an answer, and how many requests the server refused."""
    with tempfile.TemporaryDirectory() as home, open_workspace(Path(home)) as ws, make_client(_where(port), "none") as client:
        run = _begin(ws, port, rows)
        began = time.perf_counter()
        runner = Runner(ws, run, client).start()
        if not runner.join(600):
            raise RuntimeError("the run did not end")
        took = time.perf_counter() - began
        return took, rows - ws.progress(run.id).done, _seen(port)[1]


def _killed(port: int, rows: int) -> tuple[int, int, int]:
    """Kill an app with SIGKILL in the middle of a run, and let another go on: rows with an answer that were asked again, and the rest."""
    with tempfile.TemporaryDirectory() as home, open_workspace(Path(home)) as ws, make_client(_where(port), "none") as client:
        run = _begin(ws, port, rows)
        code = f"from benchmarks.predictions import child; child({home!r}, {str(port)!r}, {run.id!r})"
        app = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
        try:
            while ws.progress(run.id).done < min(KILLED_AT, rows // 2):
                if app.poll() is not None:
                    raise RuntimeError("the app ended by itself")
                time.sleep(0.005)
            app.send_signal(signal.SIGKILL)
        finally:
            app.kill()
            app.wait()
        finished = {prediction.question for prediction in ws.predictions(run.id)}
        time.sleep(2 * ANSWER_MS / 1000)  # what the dead app had asked is answered to nobody, and counted
        before = _seen(port)[0]
        if not Runner(ws, ws.run(run.id), client).start().join(600):
            raise RuntimeError("the run did not end after the restart")
        again = _seen(port)[0] - before
        return sum(again[question] for question in finished), len(finished), rows - ws.progress(run.id).done
