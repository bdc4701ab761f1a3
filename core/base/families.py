"""The kinds of classifier that there are for labels: each learns in seconds, saves arrays and JSON, and says how sure it is."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from core.base.answers import AnswerShape
from core.base.bayes import PASSES
from core.base.bayes_model import BayesModel
from core.base.label_model import LabelModel
from core.base.linear import ROUNDS
from core.base.linear_model import LinearModel

if TYPE_CHECKING:
    import numpy as np

Family = Literal["bayes", "linear"]
FAMILIES: Final[tuple[Family, ...]] = ("bayes", "linear")  # of equally good ones the first is taken


def taught(family: Family, questions: Sequence[str], answers: Sequence[str], shape: AnswerShape) -> LabelModel:
    """A model of the family that has learned these rows as thoroughly as it ever does; its confidences are not calibrated."""
    if family == "linear":
        linear, rows = LinearModel.begin(questions, answers, shape)
        linear.learn_rows(rows, ROUNDS * PASSES)
        return linear
    bayes, rows = BayesModel.begin(questions, answers, shape, calibrated=False)
    for _ in range(PASSES):
        bayes.learn_rows(rows)
    return bayes


def from_arrays(arrays: Mapping[str, "np.ndarray"], rest: Mapping[str, Any]) -> LabelModel:
    """What a model's `to_arrays` gave; raises ValueError, KeyError or TypeError where the two do not make one."""
    if not isinstance(rest, dict):
        raise TypeError("a model is kept as a table of values")
    family = rest.get("family", "bayes")  # the first models were all of this family, and did not say so
    if family not in FAMILIES:
        raise ValueError("no family of models is called so")
    return LinearModel.from_arrays(arrays, rest) if family == "linear" else BayesModel.from_arrays(arrays, rest)
