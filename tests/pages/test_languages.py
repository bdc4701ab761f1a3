"""Two languages: the browser's or the one chosen by hand, kept for the next visit; numbers and dates as each writes them."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Workspace
from pages.ui import text
from pages.ui.languages import BOX
from tests.pages.conftest import ROOT


def visit(locale: str | None) -> AppTest:
    """The first visit of a browser that asks for a language."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    if locale is not None:
        app.context = {"locale": locale}
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("locale", "title"),
    [
        ("id-ID", "Siapkan"),
        ("id", "Siapkan"),
        ("in-ID", "Siapkan"),
        ("en-GB", "Prepare"),
        ("fr-FR", "Prepare"),
        ("ms-MY", "Prepare"),
        (None, "Prepare"),
    ],
)
def test_the_browser_says_which_language(locale: str | None, title: str) -> None:
    assert visit(locale).title[0].value == title


def test_the_choice_by_hand_outweighs_the_browser_and_holds_at_the_next_visit() -> None:
    app = visit("en-US")
    app.sidebar.segmented_control(key=BOX).set_value("id").run()
    assert not app.exception
    assert app.title[0].value == "Siapkan"
    assert visit("en-US").title[0].value == "Siapkan"


def test_a_language_that_a_later_version_kept_does_no_harm(ws: Workspace) -> None:
    ws.set_setting(text.LANGUAGE, "xx")
    assert visit("id-ID").title[0].value == "Siapkan"


def test_numbers_money_and_dates_are_written_as_indonesians_write_them() -> None:
    def page() -> None:
        from datetime import UTC, date, datetime

        import streamlit as st

        from pages.ui.text import clock, day, moment, money, number, percent, separators

        at = datetime(2026, 11, 24, 13, 5, 9, tzinfo=UTC)
        shown = number(1234567.5), number(-0.125, 3), percent(0.6066, 1), money(12.5), money(0.0034)
        for one in (*shown, day(date(2026, 11, 24)), moment(at), clock(at), separators()):
            st.text(one)

    app = AppTest.from_function(page)
    app.session_state[text.LANGUAGE] = "id"
    app.context = {"timezone": "Asia/Jakarta"}
    app.run()
    assert not app.exception
    shown = [element.value for element in app.text]
    assert shown[:5] == ["1.234.567,5", "-0,125", "60,7%", "US$12,50", "US$0,0034"]
    assert shown[5:] == ["24 November 2026", "24 Nov, 20.05", "20.05.09", ",."]


def test_a_time_zone_that_this_machine_does_not_know_is_no_error() -> None:
    def page() -> None:
        from datetime import UTC, datetime

        import streamlit as st

        from pages.ui.text import clock

        st.text(clock(datetime(2026, 11, 24, 13, 5, 9, tzinfo=UTC)))

    app = AppTest.from_function(page)
    app.context = {"timezone": "Moon/Tranquillity", "locale": "en-US"}
    app.run()
    assert not app.exception


def test_an_empty_sentence_stays_empty() -> None:
    """A catalogue keeps its header under the empty sentence."""
    assert text.catalogue("id").gettext("") != ""

    def page() -> None:
        import streamlit as st

        from pages.ui.text import t

        st.text(f"[{t('')}]")

    app = AppTest.from_function(page)
    app.session_state[text.LANGUAGE] = "id"
    assert app.run().text[0].value == "[]"


def test_the_first_sessions_of_a_server_share_one_catalogue() -> None:
    text._read.cache_clear()
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(text.catalogue("id"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len({id(one) for one in found}) == 1
    assert text._read.cache_info().misses == 1
