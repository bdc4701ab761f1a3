"""The rows of a saved data set as examples again, and which of one side are on another."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from core.base.answers import AnswerShape
from core.base.chat_format import parse_jsonl
from core.base.leakage import seen_in_training
from core.base.preference import parse_pairs
from core.base.types import Example, Message
from core.io.workspace import Dataset, Workspace

Side = Literal["train", "validation", "test"]


def examples_of(ws: Workspace, dataset: Dataset, side: Side) -> tuple[Example, ...]:
    """One side of a data set, each example with the row of the spreadsheet that it came from; empty where the side is.

    Of a data set of preference pairs the worse answers are there again, too.
    """
    sha = {"train": dataset.train_sha, "validation": dataset.validation_sha, "test": dataset.test_sha}[side]
    if sha is None:
        return ()
    rows = dataset.split.get("rows", {}).get(side, ())
    examples = parse_jsonl(ws.read_file(sha)).examples
    # parse_jsonl numbers the lines of the file; the data set remembers which row of the user's table each line was
    numbered = tuple(replace(one, row=rows[one.row - 1]) if one.row <= len(rows) else one for one in examples)
    worse = _worse(ws, dataset, side)
    return tuple(replace(one, rejected=worse[one.row]) if one.row in worse else one for one in numbered) if worse else numbered


def _worse(ws: Workspace, dataset: Dataset, side: Side) -> dict[int, tuple[Message, ...]]:
    """The worse answers of one side, by row; none where the data are no pairs."""
    sha = {"train": dataset.pairs_train_sha, "validation": dataset.pairs_validation_sha, "test": dataset.pairs_test_sha}[side]
    rows = dataset.split.get("pairs", {}).get(side, ())
    return {rows[one.row - 1]: one.rejected for one in parse_pairs(ws.read_file(sha)) if one.row <= len(rows)} if sha else {}


def shape_of(dataset: Dataset) -> AnswerShape:
    """The kind of answers that the data set was saved with."""
    kind, fields = dataset.shape["kind"], tuple(dataset.shape.get("fields", ()))
    bare = frozenset((str(field), str(value)) for field, value in dataset.shape.get("bare", ()))
    return AnswerShape(kind, fields, bare) if fields else AnswerShape(kind, bare=bare)


def earlier_turns(example: Example) -> tuple[Message, ...]:
    """What was said in a conversation before its last question; the system prompt is no turn."""
    turns = [message for message in example.prompt if message.role not in ("system", "developer")]
    last = max((at for at, message in enumerate(turns) if message.role == "user"), default=0)
    return tuple(turns[:last])


def seen(ws: Workspace, args: Mapping[str, Any], progress: Callable[[int, int], None]) -> list[list[Any]]:
    """As a task: the rows of `side` of data set `dataset` that a training's rows contain, as the fields of a SeenRow each.

    The training is that of the same data set, or of the data set `trained_on`.
    """
    dataset = ws.dataset(args["dataset"])
    trained_on = ws.dataset(args["trained_on"]) if "trained_on" in args else dataset
    found = seen_in_training(examples_of(ws, dataset, args["side"]), examples_of(ws, trained_on, "train"))
    return [[row.index, row.row, row.how, row.train_row] for row in found]
