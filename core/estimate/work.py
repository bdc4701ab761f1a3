"""What Estimate has the worker process do: counting the tokens of a large stored file, and drawing its learning curve."""

from collections.abc import Callable, Mapping
from typing import Any

from core.base.chat_format import parse_jsonl
from core.base.preference import parse_pairs
from core.base.tokens import count_examples
from core.estimate.learner import asked, best_free
from core.estimate.learning_curve import learning_curve
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


def learn(ws: Workspace, args: Mapping[str, Any], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Draw the learning curve of the training file `sha`, whose answers are labels; the result is that of `Curve.to_json`."""
    questions, answers, shape = asked(parse_jsonl(ws.read_file(args["sha"])).examples)
    return learning_curve(questions, answers, shape, best_free(questions, answers, shape), progress=progress).to_json()
