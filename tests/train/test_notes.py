"""The user's notes: read as they are typed, held to the server's bounds, kept with the plan, sent beside ours and part of no key."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import BadSetting
from core.io.openai_calls import Client
from core.io.workspace import Plan, Workspace
from core.train import ranges
from core.train.notes import read_notes, write_notes
from core.train.reconcile import METADATA_RECORD
from core.train.start import METADATA_ATTEMPT, METADATA_KEY, next_attempt, start_training
from tests.servers import FakeOpenAI
from tests.train.test_plan import plan as planned
from tests.train.workbench import NOW, fake_connection, save_plan

NOTES = {"team": "support", "formula": "a = b"}
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), max_size=20)


@given(st.dictionaries(WORDS.filter(lambda word: "=" not in word), WORDS, max_size=13))
def test_what_is_written_is_read_again(notes: dict[str, str]) -> None:
    assert read_notes(write_notes(notes)) == notes


def test_empty_lines_and_space_mean_nothing() -> None:
    assert read_notes("\n  team=support  \n\n formula = a = b\n") == NOTES


@pytest.mark.parametrize(("text", "words"), [("team = a\nsupport", "Line 2"), ("a = 1\na = 2", "twice")])
def test_a_line_that_is_no_note_is_named(text: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        read_notes(text)


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ({str(n): "" for n in range(14)}, "takes 13 notes, and these are 14"),
        ({"k" * 65: ""}, "has 65 characters"),
        ({"k": "v" * 513}, "has 513 characters"),
        ({"": "v"}, "needs a name"),
        ({"tunesmith_key": "x"}, "cannot begin with tunesmith_"),
    ],
)
def test_what_a_server_refuses_is_refused_before_anything_is_sent(notes: dict[str, str], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        planned(metadata=notes)


def test_the_most_that_is_taken_here_is_what_a_server_takes_beside_our_own() -> None:
    ours = {METADATA_KEY, METADATA_ATTEMPT, METADATA_RECORD}
    assert len(ours) == ranges.METADATA_OWN and all(name.startswith(ranges.RESERVED) for name in ours)
    planned(metadata={f"{n:064}": "v" * 512 for n in range(13)})


def test_notes_make_no_other_job_of_a_plan() -> None:
    assert planned(metadata=NOTES).key == planned().key


def test_notes_travel_with_the_job_and_a_further_attempt_takes_the_newest(
    ws: Workspace, client: Client, server: FakeOpenAI, plan: Plan
) -> None:
    def kept(notes: dict[str, str]) -> Plan:
        return save_plan(ws, ws.dataset(plan.dataset_id), fake_connection(server), metadata=notes)

    def sent(at: int) -> Any:
        return {name: text for name, text in server.seen("POST /fine_tuning/jobs")[at].json["metadata"].items() if "tunesmith" not in name}

    first = start_training(ws, client, kept(NOTES), now=NOW)
    assert first.state == "created" and sent(0) == NOTES
    assert server.seen("POST /fine_tuning/jobs")[0].json["metadata"][METADATA_RECORD] == first.id
    assert ws.plan(first.plan_id or "").metadata == NOTES
    again = start_training(ws, client, kept({"team": "sales"}), now=NOW, attempt=next_attempt(first))
    assert again.attempt == 2 and sent(1) == {"team": "sales"}
    assert ws.job(first.id).snapshot.metadata["team"] == "support", "what was sent with the first is told by its job"  # type: ignore[union-attr]
