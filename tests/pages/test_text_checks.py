"""Compare for free text: what rules can tell, the marks at a row, the project's own rules, and texts that are too long to show."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.compare.text_rules import TextRule, from_json
from core.io.connections import BaseModel
from core.io.workspace import Project, Workspace
from pages.ui import long_text, models
from pages.ui.text_checks import place_of
from tests.pages.test_review import BASE, TUNED, answered, rows_of, sensor, server, texts

Open = Callable[..., AppTest]
__all__ = ["sensor", "server"]  # fixtures


def table(app: AppTest, column: str) -> dict[str, list[str]]:
    return next({name: list(one.value[name]) for name in one.value.columns} for one in app.dataframe if column in one.value.columns)


def compared(open_app: Open, ws: Workspace, sensor: Project, *, before: str = "Look at it.", after: str = "Wait.") -> AppTest:
    rows = len(rows_of(ws, sensor))
    answered(ws, sensor, BASE, [before] * rows)
    answered(ws, sensor, TUNED, [after] * rows)
    app = open_app("compare", sensor)
    assert not app.exception
    return app


def test_each_model_is_counted_by_the_rules_that_the_taught_answers_keep(open_app: Open, ws: Workspace, sensor: Project) -> None:
    n = len(rows_of(ws, sensor))
    app = compared(open_app, ws, sensor, before="One. Two. Three. Four.", after="The day used 1234.5 kWh.")
    shown = table(app, "Rule")
    assert shown["Rule"][:2] == ["At most 3 sentences", "One paragraph"]
    assert "Every number comes from the question" in shown["Rule"]
    by_rule = dict(zip(shown["Rule"], zip(shown["Before"], shown["After"], strict=True), strict=True))
    assert by_rule["At most 3 sentences"][0].startswith(f"0 of {n} · 0% (0% – ")
    assert by_rule["At most 3 sentences"][1].startswith(f"{n} of {n} · 100% (")
    assert by_rule["Every number comes from the question"][0] == "–", "an answer without numbers says nothing about them"
    assert by_rule["Every number comes from the question"][1].startswith(f"0 of {n}")
    similar = table(app, "Similarity, not quality")
    assert similar["Model"] == ["Before", "After"] and similar["Rows"] == [str(n)] * 2
    words = texts(app)
    assert "Answers to which a rule does not apply are not counted" in words, "so the totals differ"
    assert "Similarity, not quality: how many letters in a row both share (chrF)." in words
    assert "Not in the reading: 1234.5." in words
    assert "At most 3 sentences: it has 4." in words


def test_of_the_untaught_practice_model_no_rule_is_told(
    open_app: Open, ws: Workspace, sensor: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "base_of", lambda record, where: BaseModel(BASE, "Practice model", practice=True))
    app = compared(open_app, ws, sensor)
    assert list(table(app, "Rule")) == ["Rule", "After"]
    assert "“Before” is not in this table: it says one sentence to everything" in texts(app)


def test_a_word_of_direction_is_marked_at_the_row(open_app: Open, ws: Workspace, sensor: Project) -> None:
    first = rows_of(ws, sensor)[0]
    day = float(first.question.split("day_over_day_pct: ")[1].split("\n")[0])
    wrong = "fell" if day > 0 else "rose"
    app = compared(open_app, ws, sensor, after=f"Usage {wrong} by {abs(day)}% on the day before.")
    assert f"“{wrong}” does not fit the reading: day_over_day_pct is {day:g}." in texts(app)


def test_a_number_of_another_span_of_time_is_said_to_be_that(open_app: Open, ws: Workspace, sensor: Project) -> None:
    fields = dict(line.split(": ") for line in rows_of(ws, sensor)[0].question.split("\n"))
    day = abs(float(fields["day_over_day_pct"]))
    assert day != abs(float(fields["week_over_week_pct"]))
    app = compared(open_app, ws, sensor, after=f"That is {day}% away from last week.")
    assert f"{day}% is day_over_day_pct, but its sentence speaks of something else." in texts(app)


def test_the_rules_of_a_project_are_its_own_and_stay(open_app: Open, ws: Workspace, sensor: Project) -> None:
    app = compared(open_app, ws, sensor)
    dataset = ws.dataset(str(sensor.dataset_id))
    assert ws.get_setting(place_of(sensor, dataset)) is None, "suggested rules are no choice yet"
    next(box for box in app.main.selectbox if box.label == "A rule of your own").set_value("must_not")
    next(box for box in app.main.text_input if box.label == "Number or words").set_value("as an *AI*")
    next(button for button in app.main.button if button.label == "Add the rule").click().run()
    assert not app.exception
    assert TextRule("must_not", "as an *AI*") in from_json(ws.get_setting(place_of(sensor, dataset)))
    assert "Does not contain “as an *AI*”" in table(app, "Rule")["Rule"]
    box = next(box for box in app.main.multiselect if box.label == "Rules in use")
    box.set_value([]).run()
    assert not app.exception
    assert ws.get_setting(place_of(sensor, dataset)) == []
    assert "No rule is in use." in texts(open_app("compare", sensor))


def test_a_rule_that_is_dropped_leaves_the_other_ones_in_use(open_app: Open, ws: Workspace, sensor: Project) -> None:
    def box() -> Any:
        return next(box for box in app.main.multiselect if box.label == "Rules in use")

    app = compared(open_app, ws, sensor)
    assert len(box().value) > 1
    names = [box().options[at] for at in box().value]
    box().set_value(box().value[1:]).run()
    assert not app.exception
    assert [box().options[at] for at in box().value] == names[1:]


def test_a_count_that_is_no_number_is_refused(open_app: Open, ws: Workspace, sensor: Project) -> None:
    app = compared(open_app, ws, sensor)
    next(box for box in app.main.text_input if box.label == "Number or words").set_value("few")
    next(button for button in app.main.button if button.label == "Add the rule").click().run()
    assert "Type a number above 0 for a count" in texts(app)
    assert ws.get_setting(place_of(sensor, ws.dataset(str(sensor.dataset_id)))) is None


def test_a_very_long_answer_is_cut_and_shown_whole_on_demand(open_app: Open, ws: Workspace, sensor: Project) -> None:
    long = "na " * 100_000
    answered(ws, sensor, BASE, ["<b>" * 100_000])
    answered(ws, sensor, TUNED, [long])
    app = open_app("compare", sensor)
    assert not app.exception
    shown = [element.value for element in (*app.text, *app.markdown)]
    assert max(map(len, shown)) < 3 * long_text.SHOWN
    cells = [str(cell) for frame in app.dataframe for column in frame.value.columns for cell in frame.value[column]]
    assert max(map(len, cells)) <= long_text.IN_A_CELL + 1
    switch = next(box for box in app.main.toggle if box.key.startswith("all_1_"))
    assert switch.label == "Show all 300,000 characters"
    switch.set_value(True).run()
    assert not app.exception
    assert long.strip() in [element.value for element in app.text]


def test_of_three_models_two_are_read_side_by_side() -> None:
    def page() -> None:
        from types import SimpleNamespace

        from core.base.replies import Prediction
        from pages.ui import review

        answers = {name: [Prediction(2, "Why?", "", f"Because of {name}.")] for name in ("base", "few", "tuned")}
        review.show(answers, SimpleNamespace(id="d", settings={}), (), place="p", key="k", practice=False, earlier={})  # type: ignore[arg-type]

    app = AppTest.from_function(page).run()
    assert not app.exception
    (two,) = app.multiselect
    assert two.value == ["base", "tuned"]
    two.set_value(["few", "tuned"]).run()
    assert not app.exception
    words = texts(app)
    assert "**few**" in words and "**tuned**" in words and "**base**" not in words
    two.set_value(["few"]).run()
    assert "Read the answers" not in texts(app)
