"""`python -m engine.lora.template_trial MEMORY SECONDS`: tries the chat templates on its standard input on a few conversations.

It writes {} where all is well, and otherwise the code of the refusal with the reason. It bounds itself where the system can do that.
jinja2's sandbox is set up as transformers 5.23 does it (utils/chat_template_utils.py).
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

_FAULTS = (TemplateError, TypeError, LookupError, AttributeError, ValueError, ArithmeticError, RecursionError)
_TIMES = 20  # what a template may write for each character that it is given …
_SPARE = 200_000  # … and beyond: the longest of TRL's collection brings a preface of 5 thousand
_LONG = "A long text, as it may stand in a conversation. " * 400
_TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look something up.",
        "parameters": {"type": "object", "properties": {"what": {"type": "string", "description": "What."}}, "required": ["what"]},
    },
}
_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


class _Generation(Extension):
    """{% generation %}: around what the assistant says."""

    tags = {"generation"}  # noqa: RUF012 - jinja2's own declaration is a plain set

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_said"), [], [], body).set_lineno(line)

    def _said(self, caller: Macro) -> str:
        return str(caller())


def _refuse(message: str) -> None:
    raise TemplateError(message)


def _to_json(x: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
    # not jinja2's own, which writes for HTML
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def sandbox() -> ImmutableSandboxedEnvironment:
    """The surroundings in which transformers runs a chat template."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols])
    made.filters["tojson"] = _to_json
    made.globals["raise_exception"] = _refuse
    made.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return made


def conversations() -> Iterator[dict[str, Any]]:
    """What the templates are tried on: with and without a system prompt, of one, two and twenty turns, a long text, tools, documents."""
    turn = _turn("How do I reset my password?", "Open “Settings”, then “Password”.")
    system, long = [{"role": "system", "content": "Answer in one sentence."}], _turn(_LONG, _LONG)
    for messages in (turn[:1], [*system, turn[0]], turn, [*system, *turn], [*turn, *turn], [*system, *turn, turn[0]], turn * 20, long):
        yield {"messages": messages}
    yield {"messages": turn[:1], "tools": [_TOOL], "documents": [{"title": "Passwords", "text": "They can be reset."}]}


def _turn(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def tried(source: str) -> dict[str, str]:
    """What is wrong with a template: nothing (empty), or the code of the refusal and the reason."""
    template, problem, works = sandbox().from_string(source), "", False
    for given in conversations():
        begins = given["messages"][-1]["role"] == "user"
        most = _TIMES * sum(len(message["content"]) for message in given["messages"]) + _SPARE
        length = 0
        try:
            for piece in template.generate(**{"tools": None, "documents": None, "add_generation_prompt": begins, **_TOKENS, **given}):
                length += len(piece)
                if length > most:
                    return {"code": "template_large", "problem": ""}
            works |= length > 0
        except _FAULTS as error:  # a template may refuse a conversation, as one without a place for a system prompt does
            problem = str(error) or type(error).__name__
    return {} if works else {"code": "template_fails", "problem": problem[:200]}


def _bound_self(memory: int, seconds: int) -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has no such bounds, and macOS may refuse that of the memory
        import resource

        until = int(time.process_time()) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until, until))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main(arguments: list[str]) -> None:
    """Read the templates, try each, and say what was found."""
    sources = json.load(sys.stdin)
    _bound_self(int(arguments[0]), int(arguments[1]))
    found: dict[str, str] = {}
    try:
        for source in sources:
            found = found or tried(source)
    except MemoryError:
        found = {"code": "template_large", "problem": ""}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
