"""One request of the Playground as lines for a programmer: Python and curl, never with the key in them.

Of Tunesmith's own server on this machine, whose address and key are other ones after each start, they read both from the `record` that a
running server leaves (core/io/engine_record.py).
"""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from core.base.types import Message
from core.playground.chat import Settings

KEY_NAME: Final = "OPENAI_API_KEY"  # of the environment's variable, which the openai library reads by itself
_CONFIGURE: Final = (  # no single quotes: the shell's are around it
    "import json, sys; engine = json.load(open(sys.argv[1])); "
    'print("url = " + json.dumps(engine["base_url"] + "/chat/completions")); '
    'print("header = " + json.dumps("Authorization: Bearer " + engine["token"]))'
)


def request_of(model: str, messages: Sequence[Message], settings: Settings) -> dict[str, Any]:
    """The body of the request, as it is sent."""
    given = {
        name: getattr(settings, name)
        for name in ("temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty", "seed")
        if getattr(settings, name) is not None
    }
    stop = {"stop": list(settings.stop)} if settings.stop else {}
    return {"model": model, "messages": [{"role": one.role, "content": one.content} for one in messages], **given, **stop}


def as_python(base_url: str, model: str, messages: Sequence[Message], settings: Settings, record: Path | None = None) -> str:
    """A program for the openai library; the key comes from the environment, or address and key from the record of the server."""
    asked = request_of(model, messages, settings)
    found = [
        f"with open({str(record)!r}, encoding='utf-8') as file:",
        "    engine = json.load(file)",
        "client = OpenAI(base_url=engine['base_url'], api_key=engine['token'])",
    ]
    named = [f"client = OpenAI(base_url={base_url!r}, api_key=os.environ[{KEY_NAME!r}])"]
    lines = [
        "import json" if record else "import os",
        "",
        "from openai import OpenAI",
        "",
        *(found if record else named),
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


def as_curl(base_url: str, model: str, messages: Sequence[Message], settings: Settings, record: Path | None = None) -> str:
    """A line for a terminal with a POSIX shell; the key comes from the environment, or address and key from the record of the server.

    The record's key goes to curl through a pipe, not as an argument, which every user of the machine may read (curl's manual, -K).
    """
    body = json.dumps(request_of(model, messages, settings), ensure_ascii=False, indent=2)
    if record is None:
        return (
            f"curl {shlex.quote(base_url.rstrip('/') + '/chat/completions')} \\\n"
            f'  -H "Authorization: Bearer ${KEY_NAME}" \\\n'
            "  -H 'Content-Type: application/json' \\\n"
            f"  -d {shlex.quote(body)}\n"
        )
    return (
        f"python3 -c {shlex.quote(_CONFIGURE)} {shlex.quote(str(record))} | curl -K - \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(body)}\n"
    )
