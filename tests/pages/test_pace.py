"""How long a small model trains: measured once, and a measurement that failed is told and not begun again by the page itself."""

import pytest
from streamlit.testing.v1 import AppTest

from core.io import local_models
from core.io.local_models import Pace, Told
from core.io.workspace import Workspace
from pages.ui import state


@pytest.mark.parametrize(
    ("found", "measures", "told"),
    [
        (Pace("failed", problem=Told("", "It is too large.", "Take a smaller one.", {})), 0, "It is too large. Take a smaller one."),
        (Pace("ready", 2, 40, 1.0, 0.1), 0, "an estimate, measured on this processor"),
        (Pace("none"), 1, "is measured once this machine has no other training to do"),
    ],
    ids=["failed", "ready", "none"],
)
def test_only_what_nobody_has_measured_is_measured(
    found: Pace, measures: int, told: str, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[bool] = []

    def pace(*_: object, measure: bool = False, **__: object) -> Pace:
        begun.extend([True] if measure else [])
        return Pace("busy") if measure else found

    monkeypatch.setattr(local_models, "pace", pace)
    monkeypatch.setattr(state, "client", lambda where: None)

    def page():  # type: ignore[no-untyped-def]
        from core.base.types import TokenCount
        from core.io.connections import BaseModel, connection
        from pages.ui import pace

        here = connection("this-machine", base_url="http://127.0.0.1:9/v1")
        pace.show(here, BaseModel("ours", "Ours", small=True), TokenCount("o200k_base", (30,) * 20, 200, False), 0, {})

    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception and len(begun) == measures
    assert any(told in one.value for one in (*app.markdown, *app.caption))
