"""Choices are kept for the next file, and what that file lacks is said before they are used."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import BadSetting, TooLarge, UnreadableFile
from core.io.workspace import Workspace, open_workspace
from core.prepare.draft import Draft, OwnTest, Step
from core.prepare.mapping import Mapping
from core.prepare.prepared import overview
from core.prepare.recipes import MOST_BYTES, Fit, Recipe, apply, fit, forget, from_file, is_untouched, keep, recipe, recipes, to_file
from core.prepare.repairs import REPAIRS
from core.prepare.source import Choices
from core.prepare.work import prepare_draft
from core.prepare.worksheet import Worksheet, Written
from tests.prepare.builders import csv_bytes, labelled


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path) as opened:
        yield opened


COLUMNS = ("query", "detail", "label", "who")
MAPPING = Mapping((), ("label",), "You serve {who}.", question_template="{query}\n{detail}", decimals=2, conversation="who")
DRAFT = Draft(
    reading=Choices(delimiter=";"),
    mapping=MAPPING,
    steps=(Step("drop_duplicates"), Step("leave_out", (3, 4)), Step("leave_out", params={"found": "rare_classes"}), Step("edit", (5,))),
    seed=7,
    shares=(0.8, 0.1, 0.1),
    groups=("who",),
    own_test=OwnTest("0" * 64, "test.csv"),
    worksheet=Worksheet(True, "missing", {3: Written("Yes.", True)}),
)


def test_only_what_holds_for_any_file_is_kept() -> None:
    kept = recipe("  Bank \n March ", DRAFT, MAPPING, COLUMNS)
    assert kept.name == "Bank March"
    assert kept.draft.steps == (Step("drop_duplicates"),), "rows that were left out by hand are rows of this file"
    assert (kept.draft.own_test, kept.draft.worksheet, kept.draft.seed, kept.draft.groups) == (None, Worksheet(), 7, ("who",))
    assert set(kept.needs) == set(COLUMNS)
    assert from_file(to_file(kept)) == kept == Recipe.from_dict(json.loads(json.dumps(kept.to_dict())))
    with pytest.raises(BadSetting, match="no name"):
        recipe(" \n", DRAFT, MAPPING, COLUMNS)


def test_a_file_with_the_same_columns_is_made_as_the_one_before() -> None:
    rows = [("query", "detail", "label"), *((q, f"{at}.5", a) for at, (q, a) in enumerate(labelled(40)))]
    draft = Draft(mapping=Mapping((), ("label",), None, question_template="{query} ({detail})"), steps=(Step("drop_duplicates"),))
    first = prepare_draft(csv_bytes(rows), "march.csv", draft)
    kept = recipe("Bank", draft, first.mapping, rows[0])
    later = [rows[0], *rows[:0:-1], rows[1]]
    again = prepare_draft(csv_bytes(later), "april.csv", apply(kept, Draft(), later[0]))
    assert [one.messages for one in sorted(again.examples, key=lambda one: one.question)] == [
        one.messages for one in sorted(first.examples, key=lambda one: one.question)
    ], "the copy of a row is left out, and everything else is asked in the same words"


def test_what_the_file_lacks_is_said_and_left_out() -> None:
    kept = recipe("Bank", DRAFT, MAPPING, COLUMNS)
    assert fit(kept, ("label", "query", "detail", "who", "when")) == Fit((), ("when",))
    assert fit(kept, ("label", "query", "who")) == Fit(("detail",), ())
    assert fit(kept, ("label", "something")) is None, "too little of it is there"
    assert fit(kept, ()) is None, "conversations"
    used = apply(kept, Draft(worksheet=DRAFT.worksheet, own_test=DRAFT.own_test), ("label", "query")).mapping
    assert used == Mapping(("query",), ("label",), None, decimals=2)
    whole = apply(kept, Draft(), COLUMNS)
    assert whole.mapping == MAPPING and whole.groups == ("who",)
    assert apply(kept, DRAFT, ("query",)).worksheet == DRAFT.worksheet, "answers that were written stay"


def test_conversations_take_the_choices_of_conversations() -> None:
    kept = recipe("Marv", Draft(system_mode="replace", system_prompt="Marv.", steps=(Step("drop_duplicates"),)), None, ())
    assert fit(kept, ()) == Fit((), ())
    assert apply(kept, Draft(), ()).system_prompt == "Marv."


def test_a_draft_is_untouched_until_something_is_chosen() -> None:
    assert is_untouched(Draft()) and is_untouched(Draft(undone=(Step("drop_duplicates"),)))
    assert not is_untouched(Draft(mapping=MAPPING)) and not is_untouched(Draft().add(Step("drop_duplicates")))


def test_recipes_are_kept_by_name(ws: Workspace) -> None:
    assert recipes(ws) == ()
    keep(ws, recipe("b", DRAFT, MAPPING, COLUMNS))
    keep(ws, recipe("A", Draft(), Mapping(("query",), ("label",)), COLUMNS))
    keep(ws, recipe("b", Draft(seed=9), MAPPING, COLUMNS))
    assert [(one.name, one.draft.seed) for one in recipes(ws)] == [("A", 42), ("b", 9)]
    forget(ws, "A")
    forget(ws, "never there")
    assert [one.name for one in recipes(ws)] == ["b"]
    ws.set_setting("recipes", [1, {"name": "odd", "steps": "x", "mapping": {"missing": 3}}, {}])
    assert [one.name for one in recipes(ws)] == ["odd"], "what another version wrote does not stop the page"


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"[]", b"{}", b'{"kind": "other", "name": "x"}', b'{"kind": "tunesmith recipe"}', b"[" * 100_000]
)
def test_another_file_is_no_recipe(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="no choices"):
        from_file(data)


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(TooLarge):
        from_file(b" " * (MOST_BYTES + 1))


def test_only_steps_with_a_rule_of_their_own_are_kept() -> None:
    steps = [Step(name) for name in REPAIRS]
    kept = recipe("All", Draft(steps=tuple(steps)), None, ()).draft.steps
    assert {step.repair for step in steps} - {step.repair for step in kept} == {"add_kept", "leave_out", "edit", "keep_labels"}
    found = Draft(steps=(Step("drop_empty", params={"found": "duplicates"}), Step("of another version")))
    assert recipe("Odd", found, None, ()).draft.steps == ()


WRONG = {
    "name": {"name": "x" * 81},
    "columns": {"columns": ["a", 5]},
    "left_out": {"left_out": "polish"},
    "steps": {"steps": [{"repair": "drop_duplicates"}] * 1001},
    "steps[2]": {"steps": [{"repair": "drop_duplicates"}, "drop_empty"]},
    "steps[1].repair": {"steps": [{"repair": ["drop_empty"]}]},
    "steps[1].params": {"steps": [{"repair": "drop_empty", "params": {"text": "x" * 200_000}}]},
    "reading": {"reading": "cp1252"},
    "reading.header": {"reading": {"header": "yes"}},
    "reading.layout": {"reading": {"layout": "other"}},
    "reading.sheet": {"reading": {"sheet": "x" * 1001}},
    "mapping": {"mapping": []},
    "mapping.question": {"mapping": {"question": [str(at) for at in range(2001)]}},
    "mapping.answer": {"mapping": {"answer": "label"}},
    "mapping.system_prompt": {"mapping": {"system_prompt": "x" * 100_001}},
    "mapping.decimals": {"mapping": {"decimals": True}},
    "mapping.missing": {"mapping": {"missing": "guess"}},
    "mapping.notation": {"mapping": {"notation": {"a": ";"}}},
    "mapping.weight": {"mapping": {"weight": 1}},
    "system.mode": {"system": {"mode": "add"}},
    "system.text": {"system": {"text": 5}},
    "split.seed": {"split": {"seed": 10**30}},
    "split.shares": {"split": {"shares": [0.9, 0.9, 0.1]}},
    "split.groups": {"split": {"groups": {"who": 1}}},
    "split.time": {"split": {"time": ["when"]}},
}


@pytest.mark.parametrize("field", WRONG)
def test_an_imported_recipe_is_refused_by_the_name_of_the_field_that_is_wrong(field: str) -> None:
    whole = recipe("Bank", DRAFT, MAPPING, COLUMNS).to_dict()
    changed = {name: {**whole[name], **value} if isinstance(value, dict) else value for name, value in WRONG[field].items()}
    with pytest.raises(BadSetting, match="field " + re.escape(field) + " holds") as refused:
        from_file(json.dumps({**whole, **changed}).encode())
    assert refused.value.params == {"field": field}


def test_what_is_missing_or_new_in_an_imported_recipe_does_no_harm() -> None:
    data = {"kind": "tunesmith recipe", "name": "Old", "mapping": None, "reading": {"sheet": None}, "steps": None, "later": [1]}
    assert from_file(json.dumps(data).encode()) == Recipe("Old")


def test_changes_of_another_version_are_named_where_they_were_left_out() -> None:
    steps = [{"repair": "drop_duplicates"}, {"repair": "polish"}, {"repair": ""}, {"repair": "leave_out", "rows": [3]}]
    one = from_file(json.dumps({"kind": "tunesmith recipe", "name": "New", "steps": steps}).encode())
    assert one.left_out == ("polish", "?") and one.draft.steps == (Step("drop_duplicates"),)
    assert from_file(to_file(one)) == one, "and it goes on being said"
    assert recipe("Old", DRAFT, MAPPING, COLUMNS).left_out == ()


def test_a_repair_that_finds_nothing_in_the_next_file_says_so() -> None:
    kept = recipe("Bank", Draft(steps=(Step("drop_duplicates"), Step("trim"))), Mapping(("query",), ("label",)), ("query", "label"))
    later = csv_bytes([("query", "label"), *labelled(40), labelled(40)[0]])
    prepared = prepare_draft(later, "april.csv", apply(kept, Draft(), ("query", "label")))
    assert [(one.step.repair, len(one.rows), one.idle) for one in prepared.applied] == [("drop_duplicates", 1, False), ("trim", 0, True)]
    assert overview(prepared)["applied"][1] == {"repair": "trim", "rows": [], "n": 0, "idle": True}


def test_a_repair_that_changes_the_own_test_or_accepts_the_reading_is_not_idle() -> None:
    own = csv_bytes([("query", "label"), ("  Where is my card?", "Cards")])
    draft = Draft(mapping=Mapping(("query",), ("label",)), own_test=OwnTest("0" * 64, "t.csv"), steps=(Step("trim"),))
    data = csv_bytes([("query", "label"), *labelled(40)])
    assert not prepare_draft(data, "a.csv", draft, test_data=own).applied[0].idle
    talk = b"".join(b'{"messages": [{"role": "user", "content": "%d?"}, {"role": "assistant", "content": "x"}]}\n' % n for n in range(12))
    accepts = Draft(steps=(Step("drop_bad_lines"),))
    assert [prepare_draft(lines, "a.jsonl", accepts).applied[0].idle for lines in (talk + b"{broken\n", talk)] == [False, True]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["name", "columns", "mapping", "steps", "split", "reading", "system", "kind", "new"]), _JSON))
def test_a_recipe_of_another_version_does_not_stumble(data: dict[str, object]) -> None:
    one = Recipe.from_dict(data)
    assert Recipe.from_dict(one.to_dict()) == one
    fit(one, ("a", "b"))
    apply(one, Draft(), ("a", "b"))
