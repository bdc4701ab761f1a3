"""The lines to copy do what the Playground did, and hold no key."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.types import Message
from core.playground.chat import Settings
from core.playground.snippets import as_curl, as_python
from tests.engine_process import start_engine
from tests.servers import FakeOpenAI
from tests.servers.fake_api import BASE

AWKWARD = "It's \"quoted\" $HOME `ls` \\ naïve 你好\n{'role': 'x'}"
MESSAGES = (Message("system", "Be brief."), Message("user", AWKWARD))
SETTINGS = Settings(temperature=0.5, max_tokens=9, presence_penalty=-0.5, stop=("END", "'"), seed=3)
SENT = {
    "model": BASE,
    "messages": [{"role": one.role, "content": one.content} for one in MESSAGES],
    "temperature": 0.5,
    "max_tokens": 9,
    "presence_penalty": -0.5,
    "stop": ["END", "'"],
    "seed": 3,
}


def test_the_python_lines_run_and_send_the_same(server: FakeOpenAI, tmp_path: Path) -> None:
    path = tmp_path / "copied.py"
    path.write_text(as_python(server.base_url, BASE, MESSAGES, SETTINGS), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, path], env={**os.environ, "OPENAI_API_KEY": server.key}, capture_output=True, encoding="utf-8", timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert server.seen("POST /chat/completions")[0].json == SENT


def test_the_curl_line_sends_the_same() -> None:
    parts = shlex.split(as_curl("http://127.0.0.1:9/v1", BASE, MESSAGES, SETTINGS).replace("\\\n", ""))
    assert parts[:2] == ["curl", "http://127.0.0.1:9/v1/chat/completions"]
    assert json.loads(parts[-1]) == SENT


@pytest.mark.parametrize("write", [as_python, as_curl])
def test_the_key_is_named_and_never_written(write: object, server: FakeOpenAI) -> None:
    text = write(server.base_url, BASE, MESSAGES, SETTINGS)  # type: ignore[operator]
    assert "OPENAI_API_KEY" in text and server.key not in text


def test_what_is_copied_of_this_machine_runs_against_its_server(tmp_path: Path) -> None:
    home = tmp_path / "It's home" / "engine"
    question = (Message("user", AWKWARD),)
    with start_engine(home) as engine:
        record = home / "engine.json"
        copied = tmp_path / "copied.py"
        copied.write_text(as_python("", "recall", question, Settings(), record), encoding="utf-8")
        line = as_curl("", "recall", question, Settings(), record)
        assert engine.token not in copied.read_text(encoding="utf-8") + line
        env = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
        python = subprocess.run([sys.executable, copied], env=env, capture_output=True, encoding="utf-8", timeout=60)
        assert python.returncode == 0, python.stderr
        assert python.stdout.strip()
        if shutil.which("curl") and os.name == "posix":
            curl = subprocess.run(["sh", "-c", line], env=env, capture_output=True, encoding="utf-8", timeout=60)
            assert json.loads(curl.stdout)["choices"][0]["message"]["content"] == python.stdout.rstrip("\n")
