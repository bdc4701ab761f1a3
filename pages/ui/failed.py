"""A training that failed or was refused, on screen: cause and remedy, the server's own words, and a text to copy for whoever helps."""

import streamlit as st

from core.base.errors import TunesmithError
from core.base.remote import ServerError
from core.io.software import versions
from core.io.workspace import JobRecord
from core.monitor import failures
from core.monitor.diagnostics import diagnostics
from pages.ui import connecting, data, models, state
from pages.ui.parts import show_error
from pages.ui.sentences import shown
from pages.ui.text import t

LOOKED_THROUGH = 32 * 2**20  # bytes of training data: more would keep the page waiting for seconds


def show(record: JobRecord, error: ServerError | TunesmithError | None) -> None:
    """Say what the failure means."""
    told = failures.explain(error)
    if isinstance(error, TunesmithError):
        show_error(failures.in_words(error)[0])
    else:
        words = "\n".join(part for part in (told.code, told.words) if part)
        show_error(TunesmithError(told.cause, told.remedy, details=words, **shown(told.params)))
    connecting.mend(models.connection_of(record), error, f"failed_{record.id}")
    with st.expander(t("For whoever helps you"), icon=":material/support_agent:", on_change="rerun", key=f"help_{record.id}") as box:
        if box.open:
            st.markdown(t("Copy this text: it holds no key, no name of a folder and nothing of your data."))
            st.code(_diagnostics(record, told), language=None, wrap_lines=True)


def _diagnostics(record: JobRecord, told: failures.Failure) -> str:
    dataset, texts = models.dataset_of(record), None
    if dataset is not None and state.workspace().stored_file(dataset.train_sha).bytes <= LOOKED_THROUGH:
        rows = (*data.examples(dataset, "train"), *(data.examples(dataset, "validation") if dataset.validation_sha else ()))
        texts = [message.content for row in rows for message in row.said]
    return diagnostics(record, told, texts=texts, home=state.engine_home(), versions=versions(), now=state.now())
