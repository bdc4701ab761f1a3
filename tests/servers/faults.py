"""What can go wrong between a client and an OpenAI-shaped server, as values: give one to `FakeOpenAI.fail`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Fault:
    """How one answer is spoilt; with `acts` the request is carried out first, so that its effect stays."""

    acts: bool = False
    delay_s: float = 0.0
    spoil: Literal["", "drop", "half", "cut"] = ""
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: int | None = None  # of a streamed reply, before it is cut or ends in `body`


def refuse(
    status: int, code: str | None = None, message: str = "No.", *, headers: Mapping[str, str] | None = None, acts: bool = False
) -> Fault:
    """An error in OpenAI's shape."""
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return Fault(acts=acts, status=status, body=body, headers=headers or {})


def say(status: int, body: Any, *, headers: Mapping[str, str] | None = None, acts: bool = False) -> Fault:
    """Any status with any body: a dict or list is sent as JSON, a text as HTML."""
    return Fault(acts=acts, status=status, body=body, headers=headers or {})


def html(status: int = 502, *, acts: bool = False) -> Fault:
    """The page that a gateway shows when the server behind it is gone."""
    page = "<html><head><title>502 Bad Gateway</title><style>h1 {color: red}</style></head><body><h1>502 Bad Gateway</h1></body></html>"
    return say(status, page, acts=acts)


def training_not_available() -> Fault:
    """What OpenAI tells an organisation that may not train any more."""
    words = (
        "OpenAI is winding down the fine-tuning platform and your organization is no longer able to create new fine-tuning training jobs."
    )
    return refuse(403, "training_not_available", words)


def missing_scopes(*scopes: str, status: int = 403) -> Fault:
    """What OpenAI tells a restricted key, with 401 as often as with 403."""
    words = (
        f"You have insufficient permissions for this operation. Missing scopes: {', '.join(scopes)}. Check that you have the correct "
        "role in your organization (Reader, Writer, Owner) and project (Viewer, Member, Owner), and if you're using a restricted API key, "
        "that it has the necessary scopes."
    )
    return refuse(status, None, words)


def no_credit() -> Fault:
    """The account is empty."""
    return refuse(429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.")


def too_fast(retry_after: str = "20") -> Fault:
    """Too many requests."""
    return refuse(429, "rate_limit_exceeded", "Rate limit reached.", headers={"retry-after": retry_after})


def slow(seconds: float, *, acts: bool = True) -> Fault:
    """The answer takes its time; what was asked is done all the same."""
    return Fault(acts=acts, delay_s=seconds)


def drop(*, acts: bool = False) -> Fault:
    """The connection is closed instead of an answer; with `acts` the answer is lost after the work was done."""
    return Fault(acts=acts, spoil="drop")


def half() -> Fault:
    """A complete answer that holds half of its JSON."""
    return Fault(acts=True, spoil="half")


def cut() -> Fault:
    """The connection closes in the middle of the body."""
    return Fault(acts=True, spoil="cut")


def redirect(location: str, status: int = 307) -> Fault:
    """Go and ask somebody else."""
    return Fault(status=status, headers={"location": location})


def raw_stream(text: str) -> Fault:
    """Server-sent events, written out by hand."""
    return Fault(status=200, body=text, headers={"content-type": "text/event-stream"})


def cut_stream(pieces: int = 2) -> Fault:
    """A streamed reply that breaks off after some pieces."""
    return Fault(acts=True, spoil="cut", pieces=pieces)


def stream_error(code: str = "server_error", message: str = "The server had an error.", pieces: int = 1) -> Fault:
    """A streamed reply that ends in an error object."""
    return Fault(acts=True, pieces=pieces, body={"error": {"message": message, "type": "server_error", "param": None, "code": code}})
