"""What Estimate has the worker process do: counting the tokens of a large stored file, and drawing its learning curve."""

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

from core.base.chat_format import parse_jsonl
from core.base.preference import parse_pairs
from core.base.tokens import count_examples
from core.base.types import TokenCount
from core.estimate.counted_file import NotInLines, count_file
from core.estimate.learner import asked, best_free
from core.estimate.learning_curve import learning_curve
from core.io.workspace import Workspace

Progress = Callable[[int, int], None]


def count(ws: Workspace, args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Count the file `sha` with `encoding`, told in hundredths; of pairs both answers count. The result is what `counted` reads."""

    def told(done: int, total: int) -> None:
        progress(100 * done // max(1, total), 100)

    return packed(*count_stored(ws, args["sha"], args["encoding"], exact=args["exact"], progress=told))


def count_stored(
    ws: Workspace, sha: str, encoding: str, *, exact: bool, progress: Progress | None = None
) -> tuple[TokenCount, "array[int]"]:
    """The tokens of a stored file, and the byte at which the line of each example begins (none where it does not lie in lines)."""
    try:
        found = count_file(ws.file_path(sha), encoding, progress=progress)
    except NotInLines:
        found = None
    if found is not None and found.all:
        return TokenCount(encoding, found.all, sum(found.answers), exact and not found.guessed, answers=found.answers), found.starts
    data = ws.read_file(sha)
    examples = parse_jsonl(data).examples
    pairs = () if examples else parse_pairs(data)  # of a file of pairs no line is a conversation
    return count_examples(examples or pairs, encoding, exact=exact, pairs=bool(pairs), progress=progress), array("Q")


def packed(tokens: TokenCount, starts: "array[int]") -> dict[str, Any]:
    """Counts as JSON that stays small: half a million examples are 11 MB, and are read in a blink."""
    return {
        "encoding": tokens.encoding,
        "exact": tokens.exact,
        "all": _written(array("I", tokens.per_example)),
        "answers": _written(array("I", tokens.answers)),
        "starts": _written(starts),
        "questions": tokens.questions,
    }


def counted(told: Mapping[str, Any]) -> tuple[TokenCount, "array[int]"]:
    """What `packed` wrote."""
    answers = _read("I", told["answers"])
    tokens = TokenCount(told["encoding"], _read("I", told["all"]), sum(answers), told["exact"], told["questions"], answers)
    return tokens, _read("Q", told["starts"])


def _written(numbers: "array[int]") -> str:
    return b64encode(_little(numbers).tobytes()).decode("ascii")


def _read(kind: str, text: str) -> "array[int]":
    numbers = array(kind)
    numbers.frombytes(b64decode(text))
    return _little(numbers)


def _little(numbers: "array[int]") -> "array[int]":
    """The same, its bytes turned round where this machine writes large ends first."""
    if sys.byteorder == "big":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers


def learn(ws: Workspace, args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Draw the learning curve of the training file `sha`, whose answers are labels; the result is that of `Curve.to_json`."""
    questions, answers, shape = asked(parse_jsonl(ws.read_file(args["sha"])).examples)
    return learning_curve(questions, answers, shape, best_free(questions, answers, shape), progress=progress).to_json()
