"""What whoever helps needs to know about a failure, in one text to copy: no key, no folder of the user's, no text of the data."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from core.base.secrets import find_secrets
from core.io.workspace import JobRecord
from core.monitor.failures import Failure

KEY: Final = "[key]"
FOLDER: Final = "[folder]"
DATA: Final = "[text of the data]"
RUN: Final = 3  # words in a row that stand in the data, too, are taken for a quotation of it
# a whole path of somebody's home, whoever it is: the server's may be named after a person as well
_HOMES = re.compile(r"(?:[A-Za-z]:\\Users\\|/home/|/Users/|/root\b)[^\s\"'<>|:]*")
_QUOTED = re.compile(r"\"([^\"\n]+)\"|'([^'\n]+)'|“([^”\n]+)”|‘([^’\n]+)’|`([^`\n]+)`")
_WORD = re.compile(r"\w+")


def diagnostics(
    record: JobRecord, failure: Failure, *, texts: Iterable[str] | None, home: Path, versions: Mapping[str, str], now: datetime
) -> str:
    """One fact a line: the job, its state, the settings that were asked for, the failure and the server's words, redacted.

    `texts` are those of the training data, which the server's words may quote; None where they cannot be looked through: then its words
    are left out.
    """
    job = record.snapshot
    facts: dict[str, Any] = {
        "time": now.isoformat(timespec="seconds"),
        **{f"version of {name}": version for name, version in versions.items()},
        "server": record.origin,
        "start": record.state,
        "attempt": record.attempt,
        "job": record.remote_id or "none",
        "status": job.raw_status if job else "none",
        "base model": job.base_model if job else "unknown",
        "hyperparameters": dict(job.hyperparameters) if job else {},
        "last looked": record.looked_at.isoformat(timespec="seconds") if record.looked_at else "never",
        "failure": failure.name,
        "code": failure.code or "none",
        "the server's words": "left out: they could not be compared with the data" if texts is None else failure.words or "none",
    }
    told = "\n".join(f"{name}: {value}" for name, value in facts.items())
    return redact(told, texts=texts or (), home=home)


def redact(text: str, *, texts: Iterable[str], home: Path) -> str:
    """The text without keys, without paths of a home and without what it quotes of `texts`."""
    for begin, end in reversed(_joined(find_secrets(text))):
        text = text[:begin] + KEY + text[end:]
    for folder in sorted({str(home), str(home.resolve()), str(Path.home())} - {"/", "."}, key=len, reverse=True):
        text = text.replace(folder, FOLDER)
    return _without_data(_HOMES.sub(FOLDER, text), texts)


def _without_data(text: str, texts: Iterable[str]) -> str:
    words = list(_WORD.finditer(text))
    runs: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(words) - RUN + 1):
        runs.setdefault(tuple(word[0].lower() for word in words[at : at + RUN]), []).append(at)
    quoted = [(found.span(found.lastindex or 0), found[found.lastindex or 0]) for found in _QUOTED.finditer(text)]
    hidden: set[tuple[int, int]] = set()
    for one in texts:
        hidden |= {span for span, words_of in quoted if words_of in one}
        theirs = [word.lower() for word in _WORD.findall(one)]
        for at in range(len(theirs) - RUN + 1):
            for begin in runs.get(tuple(theirs[at : at + RUN]), ()):
                hidden.add((words[begin].start(), words[begin + RUN - 1].end()))
    for begin, end in reversed(_joined(hidden)):
        text = text[:begin] + DATA + text[end:]
    return text


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
