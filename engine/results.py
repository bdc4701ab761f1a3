"""The result file of a job: the metrics of every step, as OpenAI's result files have them."""

import base64
import csv
import io
from collections.abc import Mapping, Sequence

# the columns of OpenAI's result files; its metrics call the third one train_mean_token_accuracy
_RESULTS = ("step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy")
_RENAMED = {"train_mean_token_accuracy": "train_accuracy"}


def results_file(steps: Sequence[Mapping[str, float]]) -> bytes:
    """The metrics of every step as CSV in base64, as OpenAI's result files are.

    A metric that a step has not is an empty cell; one that OpenAI's files have not is a further column.
    """
    rows = [{_RENAMED.get(name, name): value for name, value in step.items() if name != "total_steps"} for step in steps]
    further = sorted({name for row in rows for name in row} - set(_RESULTS))
    text = io.StringIO()
    writer = csv.DictWriter(text, [*_RESULTS, *further], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return base64.b64encode(text.getvalue().encode("utf-8"))
