"""One request of the Playground as lines for a programmer: Python and curl, never with the key in them."""

import json
import shlex
from collections.abc import Sequence
from typing import Any, Final

from core.base.types import Message
from core.playground.chat import Settings

KEY_NAME: Final = "OPENAI_API_KEY"  # of the environment's variable, which the openai library reads by itself


def request_of(model: str, messages: Sequence[Message], settings: Settings) -> dict[str, Any]:
    """The body of the request, as it is sent."""
    given = {
        name: getattr(settings, name)
        for name in ("temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty", "seed")
        if getattr(settings, name) is not None
    }
    stop = {"stop": list(settings.stop)} if settings.stop else {}
    return {"model": model, "messages": [{"role": one.role, "content": one.content} for one in messages], **given, **stop}


def as_python(base_url: str, model: str, messages: Sequence[Message], settings: Settings) -> str:
    """A program for the openai library; the key comes from the environment."""
    asked = request_of(model, messages, settings)
    lines = [
        "import os",
        "",
        "from openai import OpenAI",
        "",
        f"client = OpenAI(base_url={base_url!r}, api_key=os.environ[{KEY_NAME!r}])",
        "reply = client.chat.completions.create(",
        f"    model={asked.pop('model')!r},",
        "    messages=[",
        *(f"        {{'role': {one['role']!r}, 'content': {one['content']!r}}}," for one in asked.pop("messages")),
        "    ],",
        *(f"    {name}={value!r}," for name, value in asked.items()),
        ")",
        "print(reply.choices[0].message.content)",
    ]
    return "\n".join(lines) + "\n"


def as_curl(base_url: str, model: str, messages: Sequence[Message], settings: Settings) -> str:
    """A line for a terminal with a POSIX shell; the key comes from the environment."""
    body = json.dumps(request_of(model, messages, settings), ensure_ascii=False, indent=2)
    return (
        f"curl {shlex.quote(base_url.rstrip('/') + '/chat/completions')} \\\n"
        f'  -H "Authorization: Bearer ${KEY_NAME}" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(body)}\n"
    )
