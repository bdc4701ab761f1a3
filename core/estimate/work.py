"""Counting the tokens of a large stored file in the worker process."""

from collections.abc import Callable, Mapping
from typing import Any

from core.base.chat_format import parse_jsonl
from core.base.tokens import count_examples
from core.io.workspace import Workspace


def count(ws: Workspace, args: Mapping[str, Any], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Count the file `sha` with `encoding`; the result has the fields of a TokenCount."""
    examples = parse_jsonl(ws.read_file(args["sha"])).examples
    counted = count_examples(examples, args["encoding"], exact=args["exact"], progress=progress)
    return {"encoding": counted.encoding, "per_example": counted.per_example, "assistant": counted.assistant, "exact": counted.exact}
