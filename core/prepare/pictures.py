"""What the data looks like, as figures for charts: lengths, class sizes, missing values, and a map of what is worded alike."""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.base.types import Example
from core.prepare.checks import family_of
from core.prepare.columns import has_no_value
from core.prepare.mapping import used_columns
from core.prepare.prepared import Prepared
from core.prepare.splitting import class_of
from core.prepare.work import Progress, prepare_from

if TYPE_CHECKING:
    from core.io.workspace import Workspace

BINS = 12
CLASSES = 30  # bars that can still be told apart; the rest is one bar
POINTS = 1_000  # of the map: t-SNE takes 4 s for them on two cores, and more dots would only cover each other
FEWEST_POINTS = 10
MAP_TEXT = 120
# The finding families that the map marks: what is said twice, and what may carry a wrong label.
MARKS = {"twins": "copy", "labels": "doubt"}


def pictures(ws: "Workspace", args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """As a task with the args of `work.prepare`: the figures of all pictures, plain JSON of bounded size."""
    prepared = prepare_from(ws, args, progress)
    return {
        "answers": histogram([len(one.answer.split()) for one in prepared.examples]),
        "questions": histogram([len(one.question.split()) for one in prepared.examples]),
        "classes": classes(prepared),
        "missing": missing(prepared),
        "map": data_map(prepared),
    }


def histogram(values: Sequence[int]) -> list[dict[str, int]]:
    """How many values lie from `low` to `high`, both included, in at most BINS + 1 steps of one round width; empty for no values."""
    if not values:
        return []
    first, last = min(values), max(values)
    width = _round_up((last - first + 1) / BINS)
    low = first // width * width
    counts = Counter((value - low) // width for value in values)
    return [{"low": low + at * width, "high": low + (at + 1) * width - 1, "n": counts[at]} for at in range((last - low) // width + 1)]


def classes(prepared: Prepared) -> list[list[Any]]:
    """The largest classes as [label, rows], the rest together under the label ""; empty for free text."""
    if prepared.shape is None or prepared.shape.kind == "text":
        return []
    sizes = Counter(_classes(prepared, prepared.examples))
    sizes.pop("", None)
    first = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(n for _, n in first[CLASSES:])
    return [[label, n] for label, n in first[:CLASSES]] + ([["", rest]] if rest else [])


def missing(prepared: Prepared) -> list[list[Any]]:
    """The columns with cells that hold no value, as [name, share of the rows, whether it is used], the emptiest first."""
    table, mapping = prepared.source.table, prepared.mapping
    if table is None or not table.rows:
        return []
    used = set() if mapping is None else set(used_columns(mapping, table.columns))
    shares = []
    for at, name in enumerate(table.columns):
        without = sum(n for cell, n in Counter(row[at] for row in table.rows).items() if has_no_value(cell))
        if without:
            shares.append([name, without / len(table.rows), name in used])
    return sorted(shares, key=lambda one: (-one[1], one[0]))


def data_map(prepared: Prepared, seed: int = 0) -> list[list[Any]]:
    """A sample of the questions as [x, y, row, class, mark, text]: what is worded alike lies together.

    The mark is "copy", "doubt" or "", from the findings; marked rows come first into the sample. Empty for fewer than FEWEST_POINTS rows.
    """
    marks = _marks(prepared)
    chosen = _sample(prepared.examples, marks, seed)
    places = _places([one.question for one in chosen], seed) if len(chosen) >= FEWEST_POINTS else []
    if not places:
        return []
    labels = _classes(prepared, chosen)
    return [
        [x, y, one.row, label, marks.get(one.row, ""), one.question[:MAP_TEXT]]
        for (x, y), one, label in zip(places, chosen, labels, strict=True)
    ]


def _classes(prepared: Prepared, examples: Sequence[Example]) -> list[str]:
    if prepared.shape is None:
        return ["" for _ in examples]
    first = {one.answer: one for one in examples}
    labels = {answer: class_of(one, prepared.shape) for answer, one in first.items()}
    return [labels[one.answer] for one in examples]


def _marks(prepared: Prepared) -> dict[int, str]:
    marks: dict[int, str] = {}
    for finding in prepared.findings:
        mark = MARKS.get(family_of(finding.code))
        # a note about all rows of a rare class doubts none of them
        if mark is not None and (mark == "copy" or "doubt" in finding.code):
            marks.update(dict.fromkeys(finding.rows, mark))
    return marks


def _sample(examples: Sequence[Example], marks: Mapping[int, str], seed: int) -> list[Example]:
    if len(examples) <= POINTS:
        return list(examples)
    order = random.Random(seed)
    marked = [one.row for one in examples if one.row in marks]
    if len(marked) > POINTS // 2:
        marked = order.sample(marked, POINTS // 2)
    others = [one.row for one in examples if one.row not in marks]
    kept = {*marked, *order.sample(others, min(len(others), POINTS - len(marked)))}
    return [one for one in examples if one.row in kept]


def _places(texts: Sequence[str], seed: int) -> list[tuple[float, float]]:
    """Two coordinates a text, from its words; none where the texts have too few words to lie anywhere."""
    import numpy as np
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.manifold import TSNE

    if not any(text.strip() for text in texts):
        return []
    weights = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"\S+").fit_transform(texts)
    parts = min(30, weights.shape[1] - 1, len(texts) - 1)
    if parts < 2:
        return []
    dense = TruncatedSVD(parts, random_state=seed).fit_transform(weights)
    # equal texts would lie on one point and hide each other: a hair's breadth apart they are a small cloud
    dense = dense + np.random.default_rng(seed).normal(0, 1e-4, dense.shape)
    flat = TSNE(2, perplexity=min(30.0, (len(texts) - 1) / 3), init="pca", random_state=seed).fit_transform(dense)
    return [(round(float(x), 3), round(float(y), 3)) for x, y in flat]


def _round_up(width: float) -> int:
    """The next width of 1, 2 or 5 times a power of ten."""
    if width <= 1:
        return 1
    power = 10 ** math.floor(math.log10(width))
    return int(next(step * power for step in (1, 2, 5, 10) if step * power >= width))
