"""The webhook: one message to an address of the user's own when a training has ended, with no data and no key in it."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from core.base.errors import N_, BadSetting, ServerFault, Unreachable
from core.io.addresses import check_base_url, host_of, is_loopback

TIMEOUT_S: Final = 5.0
_MAIL: Final = re.compile(r"(mailto:)?[^@\s/:]+@[^@\s/:]+", re.IGNORECASE)


def check_webhook(text: str) -> str:
    """The address in its plain form; raises BadSetting for one that may not be used.

    The rules are those of a server's address (https, or http to this machine; no password; no metadata services), and it must have a
    path: a message to a bare host would go nowhere.
    """
    address = text.strip()
    if _MAIL.fullmatch(address):
        raise BadSetting(
            N_("This is an e-mail address, and Tunesmith sends no e-mail."),
            N_("It needs the web address of a program that takes messages, like https://example.com/messages. Chat services offer one."),
        )
    checked = check_base_url(address)
    if urlsplit(address).path in ("", "/"):
        raise BadSetting(
            N_("The address of a message must have a path after the host."), N_("It should look like https://example.com/messages.")
        )
    return checked


def send(address: str, message: Mapping[str, str | None], *, timeout_s: float = TIMEOUT_S) -> None:
    """Post the message as JSON, once: no retry and no redirect. Raises Unreachable, or ServerFault for an answer that is no 2xx.

    Nothing else leaves: no cookie, no key, no name of the user's in a header.
    """
    import httpx2

    host = host_of(address)
    try:
        with (
            httpx2.Client(timeout=timeout_s, follow_redirects=False, trust_env=not is_loopback(address)) as client,
            client.stream("POST", address, json=dict(message), headers={"user-agent": "tunesmith"}) as response,
        ):
            status = response.status_code
    except httpx2.HTTPError as error:
        raise Unreachable(
            N_("The message to {host} could not be sent."), N_("Check the address and the network."), details=_plain(error), host=host
        ) from error
    if not 200 <= status < 300:
        raise ServerFault(
            N_("{host} did not take the message: it answered with the code {status}."),
            N_("Check the address with whoever runs that server."),
            host=host,
            status=status,
        )


def _plain(error: Exception) -> str:
    # the path of such an address can be a secret of its own
    return re.sub(r"https?://\S+", "…", f"{type(error).__name__}: {error}").removesuffix(": ")
