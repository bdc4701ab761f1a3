"""What a running engine wrote about itself, and whether that is still true: its process, its port, its token."""

import http.client
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from core.io.addresses import is_loopback

RECORD = "engine.json"
ANSWER_S = 3.0  # a living engine answers in milliseconds; a training that keeps both cores busy may delay it
REUSED_S = 120.0  # a process born this long after the record was written is another one with the same number


@dataclass(frozen=True)
class Address:
    """Where the engine listens and the token that it wants; the token is as good as a key, so the repr hides it."""

    base_url: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Record:
    """An engine.json: the process, when it said that it was ready (seconds since 1970, None where unknown) and its address."""

    pid: int
    started: float | None
    address: Address


def engine_folder(home: Path) -> Path:
    """Where the engine of a workspace keeps its things; absolute, since the engine runs in another folder than the app."""
    return (home / "engine").resolve()


def read_record(home: Path) -> Record | None:
    """The record of the workspace's engine, or None where there is none that could be one."""
    try:
        data = json.loads((engine_folder(home) / RECORD).read_bytes())
        pid, base_url, token = data["pid"], data["base_url"].rstrip("/"), data["token"]
        # the token goes nowhere but to this machine, whatever the file says
        here = base_url.startswith("http://") and is_loopback(base_url) and urlsplit(base_url).port
        if not (here and isinstance(pid, int) and pid > 0 and isinstance(token, str)):
            return None
        return Record(pid, _seconds(data.get("started")), Address(base_url, token))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def process_of(record: Record) -> psutil.Process | None:
    """The living process that the record speaks of, or None where it has ended or its number belongs to another one now."""
    try:
        process = psutil.Process(record.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        reused = record.started is not None and process.create_time() > record.started + REUSED_S
        return None if reused else process
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:  # alive, and another user's
        return None


def answers(address: Address, *, timeout_s: float = ANSWER_S) -> bool:
    """Whether an engine listens there and takes this token."""
    return _status(address, address.token, timeout_s) == 200


def is_ours(record: Record, process: psutil.Process, home: Path) -> bool:
    """Whether this process is provably the workspace's engine.

    Either its command line says so, or it listens where the record says and knows the token, and only that.
    """
    try:
        words = process.cmdline()
        if "engine" in words and str(engine_folder(home)) in words:
            return True
        port = urlsplit(record.address.base_url).port
        listens = any(link.laddr and link.laddr.port == port for link in process.net_connections("tcp"))
    except psutil.Error:
        return False
    return listens and answers(record.address) and _status(record.address, "not-" + record.address.token, ANSWER_S) == 401


def _status(address: Address, token: str, timeout_s: float) -> int | None:
    parts = urlsplit(address.base_url)
    # http.client knows no proxies, follows no redirects and reads no environment
    link = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=timeout_s)
    try:
        link.request("GET", f"{parts.path}/models", headers={"Authorization": f"Bearer {token}"})
        answer = link.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        link.close()


def _seconds(value: Any) -> float | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return float(value) if isinstance(value, (int, float)) else None
