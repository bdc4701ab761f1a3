"""The repair of class names that are written in more than one way."""

import json
import re
from collections import abc

from core.base.answers import AnswerShape, parse_answer
from core.base.errors import N_
from core.base.types import Example
from core.prepare.checks.labels import misspelt, respellings
from core.prepare.checks.registry import Examined
from core.prepare.repairs.registry import Changer, Params, Repair
from core.prepare.worksheet import with_answer

_STRING = r'"(?:[^"\\]|\\.)*"'
_PAIR = re.compile(rf"({_STRING})(\s*:\s*)({_STRING}|[^\s,}}]+)", re.DOTALL)


def _merged(examined: Examined, params: Params) -> Changer:
    wrong, shape = respellings(examined), examined.shape

    def change(example: Example) -> Example:
        values = parse_answer(example.answer, shape) if example.answer.strip() else None
        mended = {field: names[values[field]] for field, names in wrong.items() if values and values[field] in names}
        return relabelled(example, mended, shape)

    return change


def relabelled(example: Example, labels: abc.Mapping[str, str], shape: AnswerShape) -> Example:
    """The example with these labels, by field; the rest of a JSON answer stays as the file writes it."""
    if not labels:
        return example
    if shape.kind != "json":
        return with_answer(example, next(iter(labels.values())))

    def right(pair: re.Match[str]) -> str:
        field = json.loads(pair[1], strict=False)
        if field not in labels:
            return pair[0]
        value = labels[field]
        # in the file's own writing: numbers and true without quotes, letters escaped where they were
        quoted = value if (field, value) in shape.bare else json.dumps(value, ensure_ascii=example.answer.isascii() and "\\u" in pair[3])
        return f"{pair[1]}{pair[2]}{quoted}"

    return with_answer(example, _PAIR.sub(right, example.answer))


REPAIRS = (
    Repair(
        "merge_spellings",
        N_("Write each category in one way"),
        N_("The spelling that most rows have takes the place of the others. Nothing else in the answers changes."),
        lambda examined, params: examined.rows_where(misspelt(examined)),
        _merged,
        safe=True,
    ),
)
