"""What Estimate has the worker process do: counting the tokens of a large stored file, and drawing its learning curve."""

from collections.abc import Callable, Mapping
from typing import Any

from core.base.answers import answer_kind
from core.base.chat_format import parse_jsonl
from core.base.preference import parse_pairs
from core.base.tokens import count_examples
from core.estimate.learner import free_classifier
from core.estimate.learning_curve import learning_curve
from core.io.workspace import Workspace


def count(ws: Workspace, args: Mapping[str, Any], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Count the file `sha` with `encoding`; of pairs both answers count. The result has the fields of a TokenCount."""
    data = ws.read_file(args["sha"])
    examples = parse_jsonl(data).examples
    pairs = () if examples else parse_pairs(data)  # of a file of pairs no line is a conversation
    counted = count_examples(examples or pairs, args["encoding"], exact=args["exact"], pairs=bool(pairs), progress=progress)
    return {"encoding": counted.encoding, "per_example": counted.per_example, "assistant": counted.assistant, "exact": counted.exact}


def learn(ws: Workspace, args: Mapping[str, Any], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Draw the learning curve of the training file `sha`, whose answers are labels; the result is that of `Curve.to_json`."""
    examples = parse_jsonl(ws.read_file(args["sha"])).examples
    questions, answers = [example.question for example in examples], [example.answer for example in examples]
    return learning_curve(questions, answers, answer_kind(answers), free_classifier, progress=progress).to_json()
