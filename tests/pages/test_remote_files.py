"""The list of training files on Train, with its delete."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.io.connections import connection
from core.io.openai_calls import list_files, make_client, upload_file
from core.io.workspace import Project, Workspace
from core.train.start import training_name
from core.train.upload import ensure_uploaded
from tests.engine_process import start_engine
from tests.pages.conftest import NOW


def test_a_file_at_the_connection_is_listed_and_deleted_after_a_second_click(
    open_app: Callable[..., AppTest], bank: Project, own_home: Path, ws: Workspace
) -> None:
    with (
        start_engine(own_home / "engine") as engine,
        make_client(connection("this-machine", base_url=engine.base_url), engine.token) as client,
    ):
        line = b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'
        sent = upload_file(client, "leftbehind.jsonl", line * 10)
        app = open_app("train", bank)
        assert not app.exception
        assert not any("leftbehind" in text.value for text in app.markdown), "the server is asked when the list is opened"
        app.session_state["remote_files"] = True
        app.run()
        assert any("leftbehind" in text.value for text in app.markdown)
        (sent_as,) = [text.value for text in app.markdown if "leftbehind" in text.value and ":small[" in text.value]
        assert "0.9 KB" in sent_as and "MB" not in sent_as
        dataset = ws.datasets(bank.id)[0]
        ensure_uploaded(ws, client, dataset.train_sha, training_name(dataset.train_sha), now=lambda: NOW)
        app.run()
        assert any("training rows of version 1" in text.value for text in app.markdown)
        app.button(key=f"delete_file_now_{sent.id}").click().run()
        assert not app.exception and sent.id not in [file.id for file in list_files(client)]
