"""What the engine's tests share: training files, and waiting for a job."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openai import OpenAI
from openai.types import FileObject
from openai.types.fine_tuning import FineTuningJob

from tests.engine_process import EngineProcess

FINAL = ("succeeded", "failed", "cancelled")
# the labels do not occur in the questions: a learner that reads the labels' names must still learn from the rows
_INTENTS = {
    "plastic": ("My card was {0} {1}", ["lost", "stolen", "swallowed", "blocked", "damaged"]),
    "movement": ("The transfer to {1} is {0}", ["late", "missing", "wrong", "pending", "doubled"]),
    "credit": ("I want a loan that is {0} {1}", ["cheap", "small", "long", "flexible", "quick"]),
    "software": ("The app is {0} {1}", ["frozen", "slow", "empty", "in the wrong language", "asking for a code"]),
}
_TAILS = ["today", "since Monday", "again", "on my phone", "near the station", "after the update", "for my mother"]


def chat_lines(pairs: Sequence[tuple[str, str]], system: str = "") -> bytes:
    """A training file of question and answer."""
    before = [{"role": "system", "content": system}] if system else []
    lines = (
        json.dumps({"messages": [*before, {"role": "user", "content": question}, {"role": "assistant", "content": answer}]})
        for question, answer in pairs
    )
    return "".join(line + "\n" for line in lines).encode()


def support(n: int) -> bytes:
    """A training file of n support questions with one of four labels each."""
    pairs = []
    for number in range(n):
        label, (pattern, words) = list(_INTENTS.items())[number % 4]
        serial = number // 4
        pairs.append((pattern.format(words[serial % 5], _TAILS[serial // 5 % 7]) + (f" ({serial // 35})" if serial >= 35 else ""), label))
    return chat_lines(pairs, "You sort the questions of a bank's customers.")


def orders(system: str, n: int = 12) -> bytes:
    """A training file that gives the fake learner its orders."""
    return chat_lines([(f"question {number}", f"answer {number % 3}") for number in range(n)], system)


def client_of(engine: EngineProcess) -> OpenAI:
    """The stock client, with nothing changed but the address; it must not hide a fault by trying again."""
    return OpenAI(base_url=engine.base_url, api_key=engine.token, max_retries=0, timeout=30)


def upload(client: OpenAI, data: bytes, name: str = "train.jsonl") -> FileObject:
    """Upload a training file."""
    return client.files.create(file=(name, data), purpose="fine-tune")


def until(condition: Callable[[], bool], seconds: float = 20, what: str = "it") -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)


def wait_for(client: OpenAI, job_id: str, *statuses: str, seconds: float = 30) -> FineTuningJob:
    """Wait until a job has one of these statuses (by default a final one)."""
    wanted = statuses or FINAL
    end = time.monotonic() + seconds
    while True:
        job = client.fine_tuning.jobs.retrieve(job_id)
        if job.status in wanted:
            return job
        assert job.status not in FINAL, f"the job ended as {job.status}: {job.error}"
        assert time.monotonic() < end, f"the job is still {job.status}"
        time.sleep(0.02)


def messages(client: OpenAI, job_id: str) -> list[str]:
    """The messages of a job's diary, oldest first, read page by page."""
    return [event.message for event in client.fine_tuning.jobs.list_events(job_id, limit=50)][::-1]


def text_below(folder: Path) -> str:
    """Everything readable in a folder, as text."""
    return "\n".join(path.read_bytes().decode("utf-8", errors="replace") for path in sorted(folder.rglob("*")) if path.is_file())


def call(
    engine: EngineProcess, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """A request by hand, with the token unless the headers say otherwise; the status and the JSON of the reply."""
    address = urlsplit(engine.root)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
    try:
        sent = {"Authorization": f"Bearer {engine.token}", **(headers or {})}
        connection.request(method, path, body, {name: value for name, value in sent.items() if value})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def multipart(content: bytes, filename: str, **fields: str) -> tuple[bytes, dict[str, str]]:
    """The body and headers of an upload by hand."""
    edge = "----edge"
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: application/jsonl\r\n\r\n'
    body = b"".join([*parts, head.encode(), content, f"\r\n--{edge}--\r\n".encode()])
    return body, {"Content-Type": f"multipart/form-data; boundary={edge}"}
