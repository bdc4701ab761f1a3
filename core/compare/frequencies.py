"""How often each category is answered, beside its share in the training rows: a drift is seen before anybody reads a row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.base.answers import AnswerShape, parse_answer
from core.compare.certainty import LEVEL

MOST = 12  # categories of their own; the rest is told as one


@dataclass(frozen=True, slots=True)
class Frequency:
    """One category: in how many answers and in how many training rows it stands."""

    name: str
    answered: int
    taught: int


@dataclass(frozen=True, slots=True)
class Frequencies:
    """The categories of one field, those with the largest share first, on either side; `rest` adds up the `others` that are left.

    `answered` and `taught` are all that have the field; `invalid` are answers without it.
    """

    field: str
    categories: tuple[Frequency, ...]
    rest: Frequency | None
    others: int
    answered: int
    taught: int
    invalid: int

    @property
    def furthest(self) -> Frequency | None:
        """Of the categories whose two shares differ by more than chance would explain the one with the largest difference, or None."""
        clear = [one for one in self.categories if self.p(one) < LEVEL]
        return max(clear, key=lambda one: abs(self.share(one) - self.taught_share(one)), default=None)

    def p(self, one: Frequency) -> float:
        """How likely chance alone makes two shares of a category this different: Fisher's exact test, 0 to 1.

        Corrected for the number of categories that are looked at (Bonferroni): of many the furthest apart is far apart by chance.
        """
        from scipy.stats import fisher_exact

        found = fisher_exact([[one.answered, self.answered - one.answered], [one.taught, self.taught - one.taught]])
        return min(1.0, float(found.pvalue) * (len(self.categories) + self.others))

    def share(self, one: Frequency) -> float:
        """Its share of the answers, 0 to 1."""
        return one.answered / self.answered if self.answered else 0.0

    def taught_share(self, one: Frequency) -> float:
        """Its share of the training rows, 0 to 1."""
        return one.taught / self.taught if self.taught else 0.0


def frequencies(
    answers: Sequence[str | None], taught: Sequence[str], shape: AnswerShape, field: str, *, most: int = MOST
) -> Frequencies | None:
    """Count the categories of one field; rows without an answer (None) are left out. None for free text, which has no categories.

    A blank label is a category; an answer that has not the shape is `invalid`.
    """
    if shape.kind == "text":
        return None
    given = [_value(answer, shape, field) for answer in answers if answer is not None]
    here = Counter(value for value in given if value is not None)
    there = Counter(value for answer in taught if (value := _value(answer, shape, field)) is not None)
    n, m = here.total(), there.total()
    order = sorted({*here, *there}, key=lambda name: (-max(here[name] / n if n else 0.0, there[name] / m if m else 0.0), name))
    kept, left = (order, []) if len(order) <= most + 1 else (order[:most], order[most:])  # "1 other" says less than its name
    rest = Frequency("", sum(here[name] for name in left), sum(there[name] for name in left)) if left else None
    found = tuple(Frequency(name, here[name], there[name]) for name in kept)
    return Frequencies(field, found, rest, len(left), n, m, sum(value is None for value in given))


def _value(answer: str, shape: AnswerShape, field: str) -> str | None:
    values = parse_answer(answer, shape)
    return None if values is None else values[field]
