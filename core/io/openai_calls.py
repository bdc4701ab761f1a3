"""The one client for every OpenAI-shaped server: our types in, our types and errors out. The only module that imports openai.

The library is imported with the first client, not with this module: it takes more than half a second. The calls themselves stand in
openai_jobs.py and openai_chat.py and are offered from here.
"""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from core.base.errors import N_, AnswerLost, BadKey, BadSetting, NeedsKey, ServerFault, ServerProblem, Unreachable
from core.io.addresses import is_loopback
from core.io.connections import Connection
from core.io.keys import clean_key
from core.io.openai_chat import ReplyStream, chat, stream_chat
from core.io.openai_deployments import Deployed, deploy_model, get_deployment
from core.io.openai_jobs import (
    all_events,
    cancel_job,
    create_job,
    delete_file,
    delete_model,
    file_content,
    get_file,
    get_job,
    get_model,
    list_checkpoints,
    list_events,
    list_files,
    list_jobs,
    list_models,
    pause_job,
    resume_job,
    upload_file,
)
from core.io.openai_problems import Unreadable, json_or_text, problem_from_answer, read_object, retry_after, scrubber
from core.io.openai_shapes import Page

if TYPE_CHECKING:
    import httpx2
    import openai

__all__ = [
    "Client",
    "Deployed",
    "Page",
    "ReplyStream",
    "all_events",
    "cancel_job",
    "chat",
    "create_job",
    "delete_file",
    "delete_model",
    "deploy_model",
    "file_content",
    "get_deployment",
    "get_file",
    "get_job",
    "get_model",
    "list_checkpoints",
    "list_events",
    "list_files",
    "list_jobs",
    "list_models",
    "make_client",
    "pause_job",
    "resume_job",
    "stream_chat",
    "upload_file",
]

T = TypeVar("T")

LONGEST_SILENT_WAIT_S = 5.0  # a server that asks for a longer one gets its error shown, not a page that hangs
RETRIES = 1  # for what only reads; what changes something or costs something is sent once


@dataclass(frozen=True, eq=False, repr=False)
class Client:
    """A connection with its key, ready to be called; safe to share between threads.

    `reads` retries once what may be asked twice, `once` never retries. Close it, or let it go out of use.
    """

    connection: Connection
    host: str
    reads: "openai.OpenAI"
    once: "openai.OpenAI"
    scrub: Callable[[str], str]
    has_key: bool

    @property
    def origin(self) -> str:
        """What keys, uploads and jobs are bound to."""
        return self.connection.origin

    def __repr__(self) -> str:
        return f"Client({self.connection.name}, {self.connection.base_url})"

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self.reads.close()

    def ask(self, call: Callable[[], T], *, changes: bool = False) -> T:
        """What `call` returns, or a ServerProblem that carries the server's words and no key.

        With `changes`, an outcome that cannot be known (the connection broke or timed out after the request had begun to leave, a 5xx,
        an unreadable answer) raises AnswerLost: the server may have done what was asked.
        """
        import httpx2
        import openai

        try:
            return call()
        except (openai.APIError, httpx2.HTTPError, Unreadable) as error:
            problem = _problem(self, error, changes)
        # raised out here, so that the library's error, which holds the request with its headers, is not chained to ours
        raise problem

    def answer(self, call: Callable[[], Any], *, need: str, changes: bool = False) -> dict[str, Any]:
        """The JSON object that a raw call brings back; one without the field `need` makes no sense."""
        return self.ask(lambda: read_object(call().http_response, need), changes=changes)

    def get(self, path: str, *, need: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What a place of the server's own, beside OpenAI's, says; safe to ask twice."""
        import httpx2

        options: Any = {"params": dict(query or {})}
        return self.ask(lambda: read_object(self.reads.get(path, cast_to=httpx2.Response, options=options), need))

    def tell(self, method: Literal["post", "delete"], path: str, *, need: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask a place of the server's own to do something, once."""
        import httpx2

        order: Any = getattr(self.once, method)
        return self.ask(lambda: read_object(order(path, cast_to=httpx2.Response, body=dict(body or {})), need), changes=True)


def make_client(connection: Connection, key: str | None, *, timeout_s: float = 60.0) -> Client:
    """A client for `connection` that sends `key` to its host and nowhere else.

    Making one takes about 0.1 s (1 s for the first in a process), mostly TLS settings: keep it for as long as origin and key stay the
    same. Nothing is taken from the environment but a proxy, and that not for this machine. Redirects are not followed.
    Raises BadSetting without an address, NeedsKey without a needed key, BadKey for one that cannot be sent.
    """
    import httpx2
    import openai

    base_url = connection.base_url
    if base_url is None:
        raise BadSetting(N_("{name} has no address yet."), N_("Type its address in the sidebar."), name=connection.name)
    host = connection.name if connection.local else connection.host
    key = clean_key(key or "", host)
    if connection.needs_key and not key and not connection.key_optional:
        raise NeedsKey(host=host)
    http = httpx2.Client(
        timeout=httpx2.Timeout(timeout_s, connect=min(5.0, timeout_s)),
        follow_redirects=False,
        trust_env=not is_loopback(base_url),
        # uvicorn drops an idle connection after 5 s; one reused at that moment would look like a lost answer
        limits=httpx2.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=4.0),
        event_hooks={"response": [_no_long_waits]},
    )

    def stock(max_retries: int) -> openai.OpenAI:
        # "none" is what servers without keys are usually given; an empty key would be filled from the environment's OPENAI_ADMIN_KEY
        sdk = openai.OpenAI(api_key=key or "none", base_url=base_url, http_client=http, timeout=http.timeout, max_retries=max_retries)
        sdk.organization = sdk.project = sdk.admin_api_key = sdk.webhook_secret = None
        sdk._custom_headers = {}  # OPENAI_CUSTOM_HEADERS, which may hold another server's secrets: there is no public way around it
        return sdk

    client = Client(connection, host, stock(RETRIES), stock(0), scrubber(key), bool(key))
    weakref.finalize(client, http.close)
    return client


def _no_long_waits(response: "httpx2.Response") -> None:
    """Keep the library from sleeping for as long as the server likes (up to two minutes) inside a page."""
    wait = retry_after(response.headers)
    if wait is not None and wait > LONGEST_SILENT_WAIT_S:
        response.headers["x-should-retry"] = "false"


def _problem(client: Client, error: Exception, changes: bool) -> ServerProblem:
    import httpx2
    import openai

    problem: ServerProblem
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        problem = problem_from_answer(client.host, status, json_or_text(error.response.text), error.response.headers, client.scrub)
        doubtful = status == 408 or (status >= 500 and status != 501)
        if isinstance(problem, BadKey):
            problem = _about_the_key(client, problem)
    elif isinstance(error, Unreadable):
        words = problem_from_answer(client.host, error.status, json_or_text(error.text), {}, client.scrub).details
        problem = ServerFault(N_("{host} gave an answer that cannot be read."), details=words, host=client.host)
        doubtful = True
    elif isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError):
        # told in the middle of a stream that had begun with 200
        problem = problem_from_answer(client.host, None, error.body if error.body is not None else error.message, {}, client.scrub)
        doubtful = True
    else:
        cause = error.__cause__ or error
        details = client.scrub(f"{type(cause).__name__}: {cause}").removesuffix(": ")
        doubtful = not _never_left(cause)
        problem = _silence(client, isinstance(cause, httpx2.TimeoutException), doubtful, details)
    return _lost(problem) if changes and doubtful else problem


def _never_left(cause: BaseException) -> bool:
    """Whether the request failed before the whole of it was on its way, so that nothing can have been done."""
    import httpx2

    early = httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.ProxyError
    return isinstance(cause, early | httpx2.UnsupportedProtocol | httpx2.LocalProtocolError)


def _lost(problem: ServerProblem) -> AnswerLost:
    """The same, where it matters that the server may have done what was asked."""
    message = None  # its own words speak of an answer that did not come in time
    if isinstance(problem, ServerFault):
        message = N_("{host} had a fault, and may still have done what was asked.")
    elif not problem.params.get("timed_out"):
        message = N_("The connection to {host} broke off, and it may still have done what was asked.")
    return AnswerLost(message, details=problem.details, **problem.params)


def _about_the_key(client: Client, refusal: BadKey) -> ServerProblem:
    if not client.has_key:
        return NeedsKey(details=refusal.details, **refusal.params)
    if client.connection.local:
        hint = N_("The training program on this machine was started anew. Reload the page.")
        return BadKey(hint=hint, details=refusal.details, **refusal.params)
    return refusal


def _silence(client: Client, timed_out: bool, sent: bool, details: str) -> Unreachable:
    message = hint = None
    if sent:
        hint = N_("Try again in a moment.")
        message = N_("The connection to {host} broke off before the answer was complete.")
        if timed_out:
            message = N_("{host} did not answer in time.")
    elif client.connection.local:
        hint = N_("The training program on this machine is not running. Reload the page to start it again.")
    elif not client.connection.asks_address:  # nobody has typed one that could be wrong
        hint = N_("Check whether this machine is online, then try again. Nothing was sent.")
    return Unreachable(message, hint, details=details, host=client.host, timed_out=timed_out)
