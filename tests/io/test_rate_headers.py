"""What servers say of their limits, in the ways in which they write it."""

import pytest

from core.base.replies import Allowance, Quota
from core.base.types import Message
from core.io.openai_calls import Client, chat
from core.io.rate_headers import allowance_from
from tests.servers import FakeOpenAI
from tests.servers.fake_api import BASE


def told(limit: str, left: str, reset: str) -> dict[str, str]:
    return {"x-ratelimit-limit-requests": limit, "x-ratelimit-remaining-requests": left, "x-ratelimit-reset-requests": reset}


@pytest.mark.parametrize(
    ("reset", "seconds"), [("120ms", 0.12), ("6m0s", 360), ("1h2m3.5s", 3723.5), ("1s", 1), ("8.64s", 8.64), ("2", 2), ("250us", 0.00025)]
)
def test_a_duration_is_read_as_it_is_written(reset: str, seconds: float) -> None:
    found = allowance_from(told("500", "499", reset))
    assert found == Allowance(requests=Quota(500, 499, pytest.approx(seconds)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        told("", "", ""),
        told("many", "3", "1s"),
        told("500", "-1", "1s"),
        told("0", "0", "1s"),
        told("500", "3", "soon"),
        told("500", "3", "1790000000"),
        told("inf", "3", "1s"),
        told("500", "3", "1s and a bit"),
    ],
)
def test_what_cannot_be_read_is_no_limit(headers: dict[str, str]) -> None:
    assert allowance_from(headers) is None


def test_a_reply_carries_what_its_server_said(server: FakeOpenAI, client: Client) -> None:
    server.chat_headers = {name.replace("requests", "tokens"): value for name, value in told("30000", "29000", "2s").items()}
    assert chat(client, BASE, [Message("user", "Hi")]).allowance == Allowance(tokens=Quota(30000, 29000, 2))
