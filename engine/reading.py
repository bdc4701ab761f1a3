"""The examples of a job's file as its method reads them, and the sentence with which the file is refused."""

from collections.abc import Sequence

from core.base.chat_format import check_examples, parse_jsonl
from core.base.chat_rules import INVALID_COUNT, INVALID_FORMAT, refusal
from core.base.preference import parse_pairs
from core.base.types import Example

Refusal = tuple[str, str]  # the API's code and the sentence
_NO_PAIR = "Line {row} of the file is no preference pair, and the specified fine-tuning job is using 'dpo' (provided method=dpo)."
_TOO_FEW = "Training file has {n} example(s), but must have at least {least} examples"


def conversations(data: bytes, *, least: int, checked: bool) -> tuple[tuple[Example, ...], Refusal | None]:
    """The conversations of a file, and why it is refused; a file that was `checked` before is only read."""
    parsed = parse_jsonl(data)
    if checked:
        return parsed.examples, None
    wrong = next((finding for finding in check_examples(parsed, min_examples=least) if finding.severity == "error"), None)
    return parsed.examples, None if wrong is None else refusal(wrong)


def pairs(data: bytes, *, least: int) -> tuple[tuple[Example, ...], Refusal | None]:
    """The preference pairs of a file, and why it is refused: where a line is none, or there are too few."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return (), (INVALID_FORMAT, f"The file is not UTF-8: byte {error.start + 1}.")
    found = parse_pairs(data)
    rows = [row for row, line in enumerate(text.split("\n"), start=1) if line.strip()]
    stray = _first_without(rows, [example.row for example in found])
    if stray is not None:
        return found, (INVALID_FORMAT, _NO_PAIR.format(row=stray))
    if len(found) < least:
        return found, (INVALID_COUNT, _TOO_FEW.format(n=len(found), least=least))
    return found, None


def _first_without(rows: Sequence[int], found: Sequence[int]) -> int | None:
    return min(set(rows) - set(found), default=None)
