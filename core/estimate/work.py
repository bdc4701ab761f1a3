"""Counting the tokens of a large stored file in the worker process."""

from collections.abc import Callable, Mapping
from typing import Any

from core.base.chat_format import parse_jsonl
from core.base.preference import parse_pairs
from core.base.tokens import count_examples
from core.io.workspace import Workspace


def count(ws: Workspace, args: Mapping[str, Any], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Count the file `sha` with `encoding`; of pairs both answers count. The result has the fields of a TokenCount."""
    data = ws.read_file(args["sha"])
    examples = parse_jsonl(data).examples
    pairs = () if examples else parse_pairs(data)  # of a file of pairs no line is a conversation
    counted = count_examples(examples or pairs, args["encoding"], exact=args["exact"], pairs=bool(pairs), progress=progress)
    return {
        "encoding": counted.encoding,
        "per_example": counted.per_example,
        "assistant": counted.assistant,
        "exact": counted.exact,
        "questions": counted.questions,
    }
