"""What the charts of Monitor draw, read from what is sent to the browser."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.ui.sentences.training import METRICS

Figures = dict[int, dict[str, float]]  # step -> our name of a metric -> figure


def drawn(app: AppTest) -> Figures:
    """Every point of every curve on the page, by step and by our name of the metric."""
    ours = {name: metric for metric, name in METRICS.items()}
    found: Figures = {}
    for chart in app.get("plotly_chart"):
        proto: Any = chart.proto  # type: ignore[attr-defined]
        for line in json.loads(proto.spec)["data"]:
            if line["name"] in ours:
                for step, value in zip(line["x"], line["y"], strict=True):
                    found.setdefault(step, {})[ours[line["name"]]] = value
    return found
