"""The text to copy for whoever helps: what is needed to find the cause, and nothing of the user's."""

from pathlib import Path

import pytest

from core.base.errors import NotOnServer, RequestRefused, TrainingNotAvailable
from core.base.remote import Job, JobStatus, ServerError
from core.io.workspace import Plan, Workspace
from core.monitor.diagnostics import DATA, FOLDER, KEY, diagnostics, redact
from core.monitor.failures import explain, in_words
from tests.train.conftest import plan  # noqa: F401
from tests.train.workbench import NOW

SECRET = "sk-proj-fake0123456789abcdefghij"
HOME = Path("/srv/data/tunesmith")


@pytest.mark.parametrize(
    ("words", "texts", "left"),
    [
        (f"Incorrect API key provided: {SECRET}.", [], f"Incorrect API key provided: {KEY}."),
        ("No such file: /home/ana/bank/train.jsonl", [], f"No such file: {FOLDER}"),
        (r"No such file: C:\Users\Ana\train.jsonl", [], f"No such file: {FOLDER}"),
        ("Cannot write /srv/data/tunesmith/engine/files/a", [], f"Cannot write {FOLDER}/engine/files/a"),
        ("Row 3: My card was stolen in Lima, is flagged", ["Help! My card was stolen in Lima"], f"Row 3: {DATA}, is flagged"),
        ("The label 'refund' is not known", ["refund"], f"The label '{DATA}' is not known"),
        ('Example 1 contains an extra "weight".', ["My card was stolen"], 'Example 1 contains an extra "weight".'),
        ("MY CARD  was stolen", ["my card was stolen"], DATA),
        ("Naïve café 你好 stolen", ["a naïve café 你好"], f"{DATA} stolen"),
    ],
)
def test_keys_folders_and_the_users_data_are_taken_out(words: str, texts: list[str], left: str) -> None:
    assert redact(words, texts=texts, home=HOME) == left


def test_it_names_the_job_the_settings_and_the_servers_words(ws: Workspace, plan: Plan) -> None:  # noqa: F811
    record, _ = ws.claim_job(plan.id, 1, NOW)
    why = ServerError("invalid_training_file", "Line 3 quotes: please help me with case 4", "training_file")
    job = Job("ftjob-1", JobStatus.FAILED, "failed", plan.base_model, error=why)
    record = ws.update_job(record.id, state="created", remote_id="ftjob-1", job=job, looked_at=NOW)
    made = diagnostics(record, explain(why), texts=["Please help me with case 4"], home=ws.home, versions={"openai": "3"}, now=NOW)
    for part in ("job: ftjob-1", "status: failed", "code: invalid_training_file", "version of openai: 3", "failure: bad_file", "Line 3"):
        assert part in made
    assert "help me with" not in made and str(ws.home) not in made
    unseen = diagnostics(record, explain(why), texts=None, home=ws.home, versions={}, now=NOW)
    assert "Line 3" not in unseen and "left out" in unseen


def test_a_bare_refusal_is_told_in_the_words_of_the_table_with_the_place_that_mends_it() -> None:
    told, place = in_words(RequestRefused(host="h", code="invalid_training_file", details="Line 3 is bad"))
    assert (str(told), place, told.details) == ("The server does not accept the training or validation file.", "prepare", "Line 3 is bad")
    gone = in_words(NotOnServer(host="h", code="model_not_found", details="x"))
    assert gone[1] == "train" and "does not offer this model" in str(gone[0])
    closed = TrainingNotAvailable(host="h", code="training_not_available")
    assert in_words(closed) == (closed, "connection"), "it says already what happened, and names the host"
    plain = RequestRefused(host="h", code="quantum_flux", details="x")
    assert in_words(plain)[0] is plain
