"""Similar training examples to stand before a question: the closest by TF-IDF, and never the row itself or a near twin of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.base.leakage import SeenRow, asked
from core.base.near_rule import common, words
from core.base.similarity import Index, normal_form
from core.base.types import Example
from core.compare.rows import examples_of
from core.io.workspace import Workspace

MOST: Final = 8  # examples before one question: each costs as many tokens as a question and its answer
USUAL: Final = 3
_SPARE: Final = 16  # looked at beyond those wanted, since twins and repetitions drop out


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question ready to be held against others."""

    form: str
    words: list[str]

    @classmethod
    def of(cls, example: Example) -> "_Asked":
        form = normal_form(asked(example))
        return cls(form, words(form))

    def is_twin(self, other: "_Asked") -> bool:
        return self.form == other.form or common(self.words, other.words) > 0


def similar(rows: Sequence[Example], train: Sequence[Example], k: int) -> list[list[int]]:
    """For each row up to k training examples by their place in `train`, the closest last, where it stands next to the question.

    Left out is whatever asks the same as the row, or nearly (the rule of `core.base.near_rule`): with its own answer before it every model
    would be right. Of training examples that ask the same as each other one is taken. Fewer come where the training has no more.
    """
    if not train or k < 1:
        return [[] for _ in rows]
    taught, wanted = [_Asked.of(one) for one in train], [_Asked.of(one) for one in rows]
    index = Index([asked(one) for one in train])
    found, _ = index.search([asked(one) for one in rows], min(len(train), k + _SPARE))
    chosen = [_chosen(row, places.tolist(), taught, k) for row, places in zip(wanted, found, strict=True)]
    for at, (row, places) in enumerate(zip(wanted, chosen, strict=True)):
        if len(places) < k and len(train) > k + _SPARE:  # a row of which the training is full: look through all of it
            order = (-index.cosines(asked(rows[at]))).argsort(kind="stable").tolist()
            chosen[at] = _chosen(row, order, taught, k)
    return [places[::-1] for places in chosen]


def _chosen(row: _Asked, places: Sequence[int], taught: Sequence[_Asked], k: int) -> list[int]:
    kept: list[int] = []
    for at in places:
        if len(kept) == k:
            break
        if at >= 0 and not row.is_twin(taught[at]) and all(taught[at].form != taught[other].form for other in kept):
            kept.append(at)
    return kept


def seen_in_prompts(rows: Sequence[Example], shots: Sequence[Sequence[Example]]) -> list[SeenRow]:
    """The rows whose own question, or a near twin, stands among the examples that are sent before it; none where `similar` chose them."""
    found = []
    for at, (row, few) in enumerate(zip(rows, shots, strict=True)):
        question = _Asked.of(row)
        twin = next((one for one in few if question.is_twin(_Asked.of(one))), None)
        if twin is not None:
            found.append(SeenRow(at, row.row, "exact" if asked(twin).strip() == asked(row).strip() else "near", twin.row))
    return found


def shots(ws: Workspace, args: Mapping[str, Any], progress: Callable[[int, int], None]) -> list[list[int]]:
    """As a task: for the first `n` rows of `side` of data set `dataset` the places of `k` similar training examples each."""
    dataset = ws.dataset(args["dataset"])
    return similar(examples_of(ws, dataset, args["side"])[: args["n"]], examples_of(ws, dataset, "train"), args["k"])
