"""A linear support vector machine for each field, on words and runs of letters: needs many rows, and then is hard to beat."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from core.base.answers import AnswerShape
from core.base.folds import twin_groups
from core.base.label_arrays import demand_linear_model
from core.base.label_model import LabelModel, Rows, space_json, space_of
from core.base.label_space import LabelSpace
from core.base.linear import VIEWS, side_by_side, vectorizers, weigh

if TYPE_CHECKING:
    import numpy as np


class LinearModel(LabelModel):
    """Margins of one label against all others, summed over the fields; `learn_rows` learns all rows at once, for so many rounds.

    Its confidences mean something only when the temperature was set from rows that it had not learned from.
    """

    def __init__(self, space: LabelSpace, views: Mapping[str, Any], temperature: float = 1.0) -> None:
        """`views` are fitted vectorizers."""
        import numpy as np

        self.space = space
        self.views = views
        self.temperature = temperature
        size = sum(len(view.vocabulary_) for view in views.values())
        self.weights = [np.zeros((size, len(names)), dtype=np.float32) for names in space.classes]
        self.offsets = [np.zeros(len(names), dtype=np.float32) for names in space.classes]

    @classmethod
    def begin(cls, questions: Sequence[str], answers: Sequence[str], shape: AnswerShape, temperature: float = 1.0) -> tuple[Self, Rows]:
        """A model that has learned nothing, with the rows that it can learn from; answers that have not the shape are left out."""
        space, kept, combos = LabelSpace.of(questions, answers, shape)
        views = vectorizers(sum(map(len, space.classes)))
        names = space.names()
        features = side_by_side([views[view].fit_transform(kept + names)[: len(kept)] for view in VIEWS])
        return cls(space, views, temperature), Rows(features, combos, twin_groups(kept))

    def look_at(self, questions: Sequence[str]) -> Any:
        """The TF-IDF weights of their words, pairs of words and runs of letters."""
        return side_by_side([self.views[view].transform(questions) for view in VIEWS])

    def learn_rows(self, rows: Rows, rounds: int) -> None:
        """Learn these rows, and the names of the labels, from the beginning."""
        rows = rows.known()
        for f, names in enumerate(self.space.classes):
            self.weights[f], self.offsets[f] = weigh(rows.features, self.space.combos[rows.combos, f], self.look_at(names), rounds)

    def field_scores(self, features: Any, field: int) -> "np.ndarray":
        """The margins."""
        scores: np.ndarray = features @ self.weights[field] + self.offsets[field]
        return scores

    @property
    def heat(self) -> float:
        """The temperature."""
        return self.temperature

    def to_arrays(self) -> tuple[dict[str, "np.ndarray"], dict[str, Any]]:
        """Everything that was learned as plain arrays, and the rest as JSON values."""
        arrays = {"combos": self.space.combos}
        rest = space_json(self.space) | {"family": "linear", "temperature": self.temperature}
        for view, vectorizer in self.views.items():
            arrays[f"idf_{view}"] = vectorizer.idf_
            rest[view] = vectorizer.get_feature_names_out().tolist()
        for f, (weights, offsets) in enumerate(zip(self.weights, self.offsets, strict=True)):
            arrays |= {f"weights_{f}": weights, f"offsets_{f}": offsets}
        return arrays, rest

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, "np.ndarray"], rest: Mapping[str, Any]) -> Self:
        """The model again; raises ValueError, KeyError or TypeError where the two do not make one."""
        demand_linear_model(arrays, rest)
        views = vectorizers(columns={view: {name: column for column, name in enumerate(rest[view])} for view in VIEWS})
        for view, vectorizer in views.items():
            vectorizer.idf_ = arrays[f"idf_{view}"]
        model = cls(space_of(arrays, rest), views, rest["temperature"])
        model.weights = [arrays[f"weights_{f}"] for f in range(len(model.space.classes))]
        model.offsets = [arrays[f"offsets_{f}"] for f in range(len(model.space.classes))]
        return model
