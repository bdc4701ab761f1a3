"""The questions that the Playground offers to click, and the sentence that says where they come from."""

from collections.abc import Sequence

from core.base.types import Example
from core.io.workspace import Dataset, Project
from core.playground.chat import suggestions
from core.prepare.samples import sample
from pages.ui.data import examples
from pages.ui.text import t

MOST = 6  # two lines of buttons on a laptop


def suggested(project: Project, dataset: Dataset | None, rows: Sequence[Example]) -> tuple[tuple[str, ...], str]:
    """Questions to click and why these; an example that ships with questions of its own asks for what this model was really taught."""
    one = sample(project.example)
    if one and one.questions and dataset:
        asks = one.asks({row.question for row in examples(dataset, "train")})
        if asks:
            return asks[:MOST], t("Click a question. The model was taught these facts, in other words:")
    if dataset and dataset.test_sha:
        return suggestions(rows, seed=1), t("Questions to try, from rows that the training did not contain:")
    return suggestions(rows, seed=1), t("Questions to try. Every row was needed for the training, so the model has seen these:")
