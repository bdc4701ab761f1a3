"""What Train says of personal data before the yes, and the way back to where it is mended."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace
from tests.pages.conftest import NOW
from tests.pages.test_states import texts
from tests.train.test_leaving import of_table

Open = Callable[..., AppTest]


def on(ws: Workspace, connection: str, **draft: object) -> Project:
    dataset = of_table(ws, **draft)
    return ws.update_project(dataset.project_id, NOW, dataset_id=dataset.id, connection_id=connection)


def test_the_yes_is_asked_for_with_the_kinds_and_the_rows_that_leave(open_app: Open, ws: Workspace) -> None:
    app = open_app("train", on(ws, "openai"))
    assert not app.exception
    assert "Personal or secret, and among what is sent: " in texts(app)
    assert "e-mail addresses of people (8 rows)" in texts(app)
    app.button(key="mend_private").click().run()
    assert not app.exception and app.title[0].value == "Prepare"


def test_what_was_masked_is_not_named_and_the_reader_is_still_asked_to_look(open_app: Open, ws: Workspace) -> None:
    app = open_app("train", on(ws, "openai", steps=[{"repair": "mask_personal"}, {"repair": "mask_secrets"}]))
    assert not app.exception
    assert "The checks found nothing personal in them. They cannot find everything" in texts(app)
    assert not any(button.key == "mend_private" for button in app.main.button)


def test_where_nothing_leaves_nothing_is_named(open_app: Open, ws: Workspace) -> None:
    app = open_app("train", on(ws, "this-machine"))
    assert not app.exception
    assert "Nothing leaves this machine." in texts(app) and "Personal or secret" not in texts(app)
