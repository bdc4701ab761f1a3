"""The plan on Train in one sentence, with reasons that are true of the model and of the kind of answers."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace
from tests.pages.conftest import NOW
from tests.pages.test_preference import prefer, saved
from tests.pages.test_states import texts

Open = Callable[..., AppTest]


def test_of_free_text_the_practice_model_is_said_to_remember(ws: Workspace, open_app: Open) -> None:
    app = open_app("train", saved(ws))
    assert not app.exception
    assert "Practice model will remember " in texts(app) and "will read" not in texts(app)
    assert "no effect: the answers are free text" in texts(app)


def test_of_labels_it_is_said_to_read_as_often_as_is_usual_for_it(bank: Project, open_app: Open) -> None:
    app = open_app("train", bank)
    assert "Practice model will read 210 examples about 3 times" in texts(app)
    assert "Epochs: automatic – 3, which is usual for the practice model" in texts(app)


def test_the_reasons_speak_of_pairs_where_pairs_are_read(ws: Workspace, open_app: Open) -> None:
    app = open_app("train", ws.update_project(saved(ws).id, NOW, connection_id="openai"))
    prefer(app)
    assert "pairs of a better and a worse answer about" in texts(app)
    assert "and for pairs it may be another number" in texts(app) and "Beta: automatic – chosen when the training starts" in texts(app)
