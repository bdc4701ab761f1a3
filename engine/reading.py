"""The examples of a job's file as its method reads them, and the sentence with which the file is refused."""

from collections.abc import Sequence

from core.base.chat_format import check_examples, parse_jsonl
from core.base.chat_rules import INVALID_COUNT, INVALID_FORMAT, refusal
from core.base.preference import parse_pairs
from core.base.types import Example

Refusal = tuple[str, str]  # the API's code and the sentence
_NO_PAIR = "Line {row} of the file is no preference pair."
_NO_PAIR_FOR_JOB = "Line {row} of the file is no preference pair, and the specified fine-tuning job is using 'dpo' (provided method=dpo)."
_TOO_FEW = "Training file has {n} example(s), but must have at least {least} examples"


def uploaded(data: bytes) -> Refusal | None:
    """Why a file (or its first whole lines) is refused before any job reads it: as conversations, or as pairs where it begins so."""
    first = data.partition(b"\n")[0].decode("utf-8", errors="replace")
    if parse_pairs(first.encode("utf-8")):
        return pairs(data, least=1, stray_words=_NO_PAIR)[1]
    wrong = next((finding for finding in parse_jsonl(data).findings if finding.severity == "error"), None)
    return None if wrong is None else refusal(wrong)


def conversations(data: bytes, *, least: int, checked: bool) -> tuple[tuple[Example, ...], Refusal | None]:
    """The conversations of a file, and why it is refused; a file that was `checked` before is only read."""
    parsed = parse_jsonl(data)
    if checked:
        return parsed.examples, None
    wrong = next((finding for finding in check_examples(parsed, min_examples=least) if finding.severity == "error"), None)
    return parsed.examples, None if wrong is None else refusal(wrong)


def pairs(data: bytes, *, least: int, stray_words: str = _NO_PAIR_FOR_JOB) -> tuple[tuple[Example, ...], Refusal | None]:
    """The preference pairs of a file, and why it is refused: where a line is none, or there are too few."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return (), (INVALID_FORMAT, f"The file is not UTF-8: byte {error.start + 1}.")
    found = parse_pairs(data)
    rows = [row for row, line in enumerate(text.split("\n"), start=1) if line.strip()]
    stray = _first_without(rows, [example.row for example in found])
    if stray is not None:
        return found, (INVALID_FORMAT, stray_words.format(row=stray))
    if len(found) < least:
        return found, (INVALID_COUNT, _TOO_FEW.format(n=len(found), least=least))
    return found, None


def _first_without(rows: Sequence[int], found: Sequence[int]) -> int | None:
    return min(set(rows) - set(found), default=None)
