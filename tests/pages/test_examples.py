"""The start screen and the examples: one click each, with a story that can be closed and a twin that shows what goes wrong."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace
from core.prepare.samples import FOLDER, samples
from core.prepare.work import prepare_draft
from pages.ui import story

Open = Callable[..., AppTest]
STEPS = ("prepare", "estimate", "train", "monitor", "playground", "compare")


def texts(app: AppTest) -> str:
    elements = (*app.main.markdown, *app.main.caption, *app.main.error, *app.main.success, *app.main.info, *app.main.warning)
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def test_the_examples_are_those_of_the_folder() -> None:
    data = {path.name for path in FOLDER.iterdir() if path.suffix in (".csv", ".jsonl")}
    assert {one.file for one in samples().values()} == data
    assert [name for name in samples() if not name.endswith("_messy")] == ["bank_support", "marv", "sensor_advice"]


@pytest.mark.parametrize("name", list(samples()))
def test_an_example_opens_with_one_click_and_tells_its_story(name: str, open_app: Open, ws: Workspace) -> None:
    app = open_app()
    app.button(key=f"example_{name}").click().run()
    assert not app.exception
    [project] = ws.projects()
    assert (project.name, project.example) == (story.title(name), name)
    assert story.hint(samples()[name], "prepare") in texts(app)


@pytest.mark.parametrize("name", [name for name in samples() if not name.endswith("_messy")])
def test_a_clean_example_is_ready_to_be_saved(name: str, open_app: Open) -> None:
    app = open_app()
    app.button(key=f"example_{name}").click().run()
    assert not app.button(key="save").disabled
    assert len(app.main.error) == 0
    app.button(key="save").click().run()
    assert "Saved as version 1." in texts(app)


def test_an_example_opens_with_the_whole_way_and_folds_it_away_once_saved(open_app: Open) -> None:
    app = open_app()
    app.button(key="example_marv").click().run()
    way = next(one for one in app.main.expander if one.label == "What happens on the way")
    assert way.proto.expanded
    told = "\n".join(element.value for element in (*way.markdown, *way.caption))
    assert story.about("marv") in told and story.lasts("marv") in told
    assert all(f"**{name}**" in told for name in ("Prepare", "Estimate", "Train", "Monitor", "Playground", "Compare"))
    app.button(key="save").click().run()
    assert not next(one for one in app.main.expander if one.label == "What happens on the way").proto.expanded


@pytest.mark.parametrize("name", story.MINUTES)
def test_the_minutes_of_the_pages_add_up(name: str) -> None:
    assert story.lasts(name) == f"About {sum(story.MINUTES[name]):.0f} minutes"


@pytest.mark.parametrize("name", [name for name in samples() if name.endswith("_messy")])
def test_a_messy_twin_shows_what_goes_wrong(name: str, open_app: Open) -> None:
    app = open_app()
    app.button(key=f"example_{name}").click().run()
    assert len([*app.main.error, *app.main.warning]) >= 1
    assert "nothing to mend" not in texts(app)


@pytest.mark.parametrize("step", STEPS)
def test_each_page_has_a_hint_and_it_stays_closed(step: str, open_app: Open, ws: Workspace, bank: Project) -> None:
    ws.update_project(bank.id, bank.updated_at, example="bank_support")
    sentence = story.hint(samples()["bank_support"], step)
    app = open_app(step, bank)
    assert sentence in texts(app)
    app.button(key=f"close_{step}").click().run()
    assert sentence not in texts(app)
    assert sentence not in texts(open_app(step, bank)), "a refresh must not bring it back"


def test_all_hints_can_be_closed_at_once(open_app: Open, ws: Workspace, bank: Project) -> None:
    ws.update_project(bank.id, bank.updated_at, example="bank_support")
    app = open_app("prepare", bank)
    app.button(key="close_all").click().run()
    for step in STEPS:
        assert story.hint(samples()["bank_support"], step) not in texts(open_app(step, bank))


def test_a_file_of_ones_own_has_no_story(open_app: Open, bank: Project) -> None:
    assert "auto_stories" not in texts(open_app("prepare", bank))


def test_another_file_in_an_examples_project_ends_the_story(open_app: Open, ws: Workspace) -> None:
    app = open_app()
    app.button(key="example_bank_support").click().run()
    [project] = ws.projects()
    rows = "Question,Label\n" + "\n".join(f"How do I reset thing number {i}?,{'Hardware' if i % 2 else 'Software'}" for i in range(30))
    app.file_uploader(key=f"upload_{project.id}").upload("mine.csv", rows.encode()).run()
    assert not app.exception
    assert ws.project(project.id).example is None
    assert "auto_stories" not in texts(app)


def test_a_project_of_before_is_one_click_away_with_its_next_step(open_app: Open, bank: Project) -> None:
    app = open_app()
    assert bank.name in texts(app)
    assert "Next: Estimate" in texts(app)
    app.button(key=f"recent_{bank.id}").click().run()
    assert app.query_params["project"] == bank.id
    assert app.main.title[0].value == "Estimate", "the step that its card names"


def test_the_story_of_the_messy_bank_says_what_its_checks_find() -> None:
    one = samples()["bank_support_messy"]
    found = prepare_draft(one.read(), one.file, one.draft)
    copies = {row for finding in found.findings if finding.code in ("duplicates", "near_duplicates") for row in finding.rows}
    assert len(copies) == 20 and "Twenty of these rows are copies" in story.hint(one, "prepare")
    assert found.own_test == (), "no test stands in it, so none is spoken of as if it did"
