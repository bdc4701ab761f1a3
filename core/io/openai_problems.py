"""What a server's refusal means to the user: its status, code and words as one of our errors, and never a key in any of them."""

import json
import math
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from core.base.errors import (
    N_,
    AccessDenied,
    BadKey,
    MissingScopes,
    NoCredit,
    NotOnServer,
    RateLimited,
    RequestRefused,
    ServerFault,
    ServerProblem,
    TrainingNotAvailable,
)

WORDS_MAX = 4_000  # characters of the server's own words that are kept
NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits", "payment_required"}
BY_CODE: dict[str, type[ServerProblem]] = {
    "training_not_available": TrainingNotAvailable,
    "invalid_api_key": BadKey,
    "rate_limit_exceeded": RateLimited,
    "model_not_found": NotOnServer,
    **dict.fromkeys(NO_CREDIT, NoCredit),
}
BY_STATUS: dict[int, type[ServerProblem]] = {
    401: BadKey,
    402: NoCredit,
    403: AccessDenied,
    404: NotOnServer,
    429: RateLimited,
}


# "You have insufficient permissions for this operation. Missing scopes: api.model.read. Check that ...", with 401 as often as with 403 and
# no code in either (OpenAI's forum, threads 1345041, 1374480 and 1378804, 2025-2026)
_SCOPES = re.compile(r"(?i)\bmissing scopes?: *([a-z][\w.:-]*\w(?:, *[a-z][\w.:-]*\w)*)")


class Readable(Protocol):
    """An answer whose body has arrived."""

    @property
    def text(self) -> str: ...

    @property
    def status_code(self) -> int: ...


class Unreadable(Exception):
    """An answer that came, said 2xx and makes no sense; `text` is what it was."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__("unreadable answer")
        self.status = status
        self.text = text


def read_object(answer: Readable, need: str) -> dict[str, Any]:
    """The JSON object of an answer; Unreadable where it is something else or lacks the field `need`."""
    data = json_or_text(answer.text)
    if not isinstance(data, dict) or data.get(need) is None:
        raise Unreadable(answer.status_code, answer.text)
    return data


def problem_from_answer(host: str, status: int | None, body: Any, headers: Mapping[str, str], scrub: Callable[[str], str]) -> ServerProblem:
    """The error for an answer of `status` (None: told in the middle of a stream) whose body is JSON or text.

    `params` holds host, status, code, param and request_id, and the seconds that the server asks to wait in retry_after_s (or None).
    """
    code, param = scrub(_code(body, status)), scrub(str(_error(body).get("param") or ""))
    words = scrub(_words(body))[:WORDS_MAX]
    request_id = scrub(headers.get("x-request-id", ""))
    params: dict[str, Any] = {"host": host, "status": status, "code": code, "param": param, "request_id": request_id}
    params["retry_after_s"] = retry_after(headers)
    params |= {"told": told} if (told := _told(_error(body))) else {}
    facts = [f"HTTP {status}" if status else "", f"code {code}" if code else "", f"request {request_id}" if request_id else ""]
    details = "\n".join(line for line in (" · ".join(fact for fact in facts if fact), words) if line)
    if status is not None and 300 <= status < 400:
        return RequestRefused(
            N_("{host} sends its visitors on to another address, and your key is not sent after them."),
            N_("If you trust the address that it names, type that one in the sidebar."),
            details=f"{details}\n{scrub(headers.get('location', ''))}".strip(),
            **params,
        )
    if status in (405, 501):
        return RequestRefused(
            N_("{host} does not offer this."),
            N_("Not every compatible server can train: choose another connection."),
            details=details,
            **params,
        )
    kind = _kind(status, code)
    scopes = _SCOPES.search(words) if status in (401, 403) and kind in (BadKey, AccessDenied) else None
    if scopes is not None:
        return MissingScopes(details=details, missing=", ".join(re.split(", *", scopes[1])), **params)
    return kind(details=details, **params)


def json_or_text(text: str) -> Any:
    """The body of an answer as JSON where it is JSON, else as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that the server asks to wait, from Retry-After as a number or as a date (against its own Date)."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        wait = parsedate_to_datetime(headers.get("retry-after", "")) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())


def scrubber(key: str) -> Callable[[str], str]:
    """A function that takes this key, and whatever else looks like one, out of a text."""
    looks_like_a_key = re.compile(r"(?i)(?<=bearer )[^\s\"']+|\b(sk|rk|pk|sess)-[\w*.\-]{7,}[\w*]|(?<=api_key=)[^\s&\"']+")

    def scrub(text: str) -> str:
        # a short placeholder such as "none" is no secret, and taking it out would garble ordinary words
        known = text.replace(key, "[key]") if len(key) >= 8 else text
        return looks_like_a_key.sub("[key]", known)

    return scrub


def _kind(status: int | None, code: str) -> type[ServerProblem]:
    if code in BY_CODE:
        return BY_CODE[code]
    if status in BY_STATUS:
        return BY_STATUS[status]
    return RequestRefused if status is not None and 400 <= status < 500 and status not in (408, 425) else ServerFault


def _code(body: Any, status: int | None) -> str:
    error = _error(body)
    found = error.get("code") or (error.get("type") if error.get("type") in BY_CODE else "")
    return "" if found in (None, status, str(status)) or not isinstance(found, (str, int)) else str(found)


def _words(body: Any) -> str:
    """The message, wherever this server puts it: OpenAI's error object, a bare text, FastAPI's detail, or a page of HTML."""
    if isinstance(body, str):
        text = re.sub(r"(?is)<(script|style).*?</\1>|<[^>]*>", " ", body) if "<" in body[:200] else body
        return re.sub(r"\s+", " ", text).strip()
    if not isinstance(body, Mapping):
        return "" if body is None else json.dumps(body, ensure_ascii=False)
    for place in (_error(body).get("message"), body.get("error"), body.get("message"), body.get("detail")):
        if isinstance(place, str) and place.strip():
            return place.strip()
    return json.dumps(dict(body), ensure_ascii=False)


def _told(error: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of its sentence, where the server gives them: only the local engine does."""
    parts = {name: error.get(name) for name in ("sentence", "remedy", "params")}
    whole = isinstance(parts["sentence"], str) and isinstance(parts["remedy"], str) and isinstance(parts["params"], Mapping)
    return parts if whole else {}


def _error(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body
