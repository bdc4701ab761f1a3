"""What is drawn: each label has its own place, whatever it looks like."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from pages.ui import charts
from pages.ui.charts import theme


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    figures: list[Any] = []
    monkeypatch.setattr(theme, "show", lambda figure, *args, **kwargs: figures.append(figure))
    monkeypatch.setattr(theme, "palette", lambda: ["#000", "#111", "#222"])
    return figures


def test_labels_that_look_like_numbers_stay_labels(drawn: list[Any]) -> None:
    """Answers of one word are a bar over "1", not over 0.6 to 1.4; categories 1 and 5 have nothing between them."""
    charts.bars(["1"], [172], alt="", key="a", label_title="Words", value_title="Examples")
    charts.rows(["1", "5"], [3, 4], alt="", key="b", label_title="Category", value_title="Examples")
    charts.stacked(["1", "5"], {"Training": [3, 4]}, alt="", key="c", value_title="Rows")
    assert [drawn[0].layout.xaxis.type, drawn[1].layout.yaxis.type, drawn[2].layout.yaxis.type] == ["category"] * 3


def test_the_legend_of_a_stacked_bar_has_the_order_of_its_parts(drawn: list[Any]) -> None:
    charts.stacked(["a"], {"Training": [3], "Validation": [1], "Test": [2]}, alt="", key="c", value_title="Rows")
    assert [bar.name for bar in drawn[0].data] == ["Training", "Validation", "Test"]
    assert drawn[0].layout.legend.traceorder == "normal"


def test_the_map_speaks_of_categories_where_each_has_a_colour(drawn: list[Any]) -> None:
    def points(*labels: str) -> list[list[Any]]:
        return [[0.0, 0.0, row, label, "", "Why?"] for row, label in enumerate(labels)]

    assert not charts.told_apart(points("", "")), "free text has no categories"
    assert charts.told_apart(points("Cards", "Loans"))
    assert not charts.told_apart(points("a", "b", "c", "d")), "more categories than colours"


def test_the_timeline_begins_at_today_and_writes_each_day(drawn: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "option", lambda name: "#333")
    written = ["November 1, 2026", "January 6, 2027"]
    charts.timeline(["gpt-4 <b>", "New trainings"], [-21, 45], written, date(2026, 11, 22), pd.DataFrame(), alt="", key="t")
    figure = drawn[0]
    assert list(figure.data[0].x) == [-21, 45]
    assert list(figure.data[0].text) == ["gpt-4 &lt;b&gt;: November 1, 2026", "New trainings: January 6, 2027"]
    assert figure.layout.shapes[0].x0 == figure.layout.shapes[0].x1 == 0, "today's line"
    low, high = figure.layout.xaxis.range
    assert low < -21 and high == 45
    assert [(one.text, one.x) for one in figure.layout.annotations] == [
        *(("Today", 0), ("gpt-4 &lt;b&gt;", 0), ("November 1, 2026", 0), ("New trainings", 0), ("January 6, 2027", 45))
    ]
    assert len(set(figure.data[0].marker.color)) == 2 and figure.data[0].marker.pattern.shape == ("/", "")


@pytest.mark.parametrize("days", [[0], [-3], [5], [-400, 900]])
def test_a_timeline_has_a_width_whatever_its_days(drawn: list[Any], monkeypatch: pytest.MonkeyPatch, days: list[int]) -> None:
    monkeypatch.setattr(theme, "option", lambda name: "#333")
    names = [f"ft:gpt-4.1-mini-2025-04-14:a-very-long-name:{n}" for n in days]
    charts.timeline(names, days, ["a day"] * len(days), date(2026, 11, 22), pd.DataFrame(), alt="", key="t")
    low, high = drawn[0].layout.xaxis.range
    assert low <= min(0, *days) < high and max(days) <= high
    above = [one.text for one in drawn[0].layout.annotations if one.text.startswith("ft:")]
    assert [len(one) for one in above] == [40] * len(days) and above[0].endswith(f":{days[0]}")


def test_a_bar_too_short_to_be_seen_has_its_total_beside_it(drawn: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "option", lambda name: "#333")
    parts = {"Training": [0.2, 1.0, 0.0], "Kept ready": [0.0, 34_951.0, 0.0]}
    charts.stacked(["A", "B", "C"], parts, alt="", key="s", value_title="US dollars", totals=["$0.20", "$34,952", "free"])
    assert [(one.y, one.x, one.text) for one in drawn[0].layout.annotations] == [
        ("A", 0.2, "$0.20"),
        ("B", 34_952, "$34,952"),
        ("C", 0, "free"),
    ]
    assert drawn[0].layout.xaxis.range == (0, 34_952)


def test_a_band_lies_around_the_first_line_alone_and_every_part_is_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(theme, "show", lambda figure, table, **how: shown.append((figure, table)))
    monkeypatch.setattr(theme, "palette", lambda: ["#0b6e4f", "#111111", "#222222"])
    names = ["Whole answer", "a <b>", "b", "c"]
    parts = [(name, [(0.5, 0.4, 0.6), (0.7, 0.65, 0.75)]) for name in names]
    charts.band([10, 20], parts, alt="", key="k", x_title="Rows", y_title="Right", interval_title="95% interval")
    figure, table = shown[0]
    edge, *drawn = figure.data
    assert list(edge.x) == [10, 20, 20, 10] and list(edge.y) == [0.6, 0.75, 0.65, 0.4] and edge.fill == "toself"
    assert edge.showlegend is False and edge.fillcolor == "rgba(11,110,79,0.18)"
    assert [one.name for one in drawn] == ["Whole answer", "a &lt;b&gt;", "b"]
    assert len({one.line.dash for one in drawn}) == len({one.marker.symbol for one in drawn}) == 3
    assert list(table["Part"]) == [name for name in names for _ in range(2)]
    assert list(table.iloc[0]) == [10, "Whole answer", "50.0%", "40.0% – 60.0%"]
