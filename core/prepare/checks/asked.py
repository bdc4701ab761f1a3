"""The fields that the questions of these examples are made of, taken apart once for all checks and repairs that look at them."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from core.prepare.checks.registry import Examined
from core.prepare.fields import Field, Maker, decimal_comma, make_field
from core.prepare.layout import MOST_NAMES, Layout, learn
from core.prepare.mapping import asked_columns

if TYPE_CHECKING:
    import numpy as np

NAMED = 300  # fields that a finding lists; how many of them its sentence shows is up to the page
_SAMPLE = 1_000


def layout_of(examined: Examined) -> Layout | None:
    """The layout that the questions share, None where they are not made of fields."""
    return examined.once("layout", lambda: learn([example.question for example in examined.examples]))


def written_fields(examined: Examined) -> dict[str, Field]:
    """The fields that stand in the questions as `name: value`, by name: what a repair can change."""
    return examined.once("written_fields", lambda: _written(examined))


def asked_fields(examined: Examined) -> dict[str, Field]:
    """Every field that the model is asked with: those in the questions, and columns that reach it in another way."""
    return examined.once("asked_fields", lambda: written_fields(examined) | _unwritten(examined))


def number_fields(examined: Examined) -> list[Field]:
    """The asked fields that hold numbers."""
    return [field for field in asked_fields(examined).values() if field.kind == "number"]


def raw(examined: Examined, field: Field, index: int) -> str:
    """The value of a field in one example, as it is written."""
    if field.written:
        layout = layout_of(examined)
        return layout.values(examined.examples[index].question).get(field.name, "") if layout else ""
    return examined.column(field.name)[index].strip()


def shown(examined: Examined, pairs: Iterable[tuple[Field, int]], most: int = 5) -> list[str]:
    """The first values as `name: value`, for a sentence."""
    return [f"{field.name}: {raw(examined, field, index)[:60]}" for field, index in islice(pairs, most)]


def names(fields: Iterable[Field | str]) -> list[str]:
    """The names of the first fields, for a sentence."""
    return [one if isinstance(one, str) else one.name for one in islice(fields, NAMED)]


def rows_at(examined: Examined, marks: "np.ndarray | Sequence[bool]") -> tuple[int, ...]:
    """The rows of the marked examples."""
    import numpy as np

    return tuple(examined.examples[at].row for at in np.flatnonzero(marks).tolist())


def rows_with(examined: Examined, fields: Iterable[str]) -> tuple[int, ...]:
    """The rows whose questions have one of these fields."""
    import numpy as np

    known = written_fields(examined)
    return rows_at(examined, np.logical_or.reduce([~known[name].absent for name in fields]))


def fields_step(fields: Iterable[str]) -> dict[str, list[str]]:
    """What a repair of whole fields needs to know."""
    return {"fields": list(fields)}


def _written(examined: Examined) -> dict[str, Field]:
    layout = layout_of(examined)
    if layout is None:
        return {}
    sampled = [layout.values(example.question) for example in examined.examples[:_SAMPLE]]
    makers = {name: Maker(name, decimal_comma(values[name] for values in sampled if name in values)) for name in layout.names}
    for at, example in enumerate(examined.examples):
        values = layout.values(example.question)
        for name in values.keys() - makers.keys():  # a rare one that the sample did not show
            if len(makers) < MOST_NAMES:
                makers[name] = Maker(name, decimal_comma([values[name]]))
                makers[name].skip(at)
        for name, maker in makers.items():
            maker.add(values.get(name))
    return {name: maker.made() for name, maker in makers.items() if maker.seen > 0}


def _unwritten(examined: Examined) -> dict[str, Field]:
    if examined.mapping is None or examined.source is None or examined.source.table is None:
        return {}
    made = {}
    for name in asked_columns(examined.mapping, examined.source.table.columns):
        if name in examined.source.table.columns and name not in written_fields(examined):
            cells = examined.column(name)
            made[name] = make_field(name, cells, [cell for cell in cells[: 2 * _SAMPLE] if cell.strip()], written=False)
    return made
