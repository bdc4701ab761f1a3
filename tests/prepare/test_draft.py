"""The draft keeps what was done under each reading of the file: nothing that was chosen once is lost by looking elsewhere."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.prepare.draft import Draft, Kept, OwnTest, Step
from core.prepare.mapping import Mapping
from core.prepare.recipes import Recipe, apply
from core.prepare.source import Choices
from core.prepare.worksheet import Worksheet, Written

STEPS = (Step("drop_duplicates"), Step("edit", (3,), {"question": "Why?"}))
WORK = Draft(
    mapping=Mapping(("q",), ("a",), "Be brief."),
    steps=STEPS,
    undone=(Step("drop_empty"),),
    seed=7,
    groups=("who",),
    worksheet=Worksheet(True, "all", {3: Written("So.", True), 4: Written("Hm.")}),
)
ROWS = Choices(sheet="Rows")


def alone(draft: Draft) -> Draft:
    """The draft without what waits elsewhere."""
    return replace(draft, others=())


def test_another_table_begins_anew_and_the_earlier_one_comes_back_whole() -> None:
    for part, value in (("sheet", "Two"), ("member", "b.csv"), ("layout", "table")):
        other = WORK.read_as(**{part: value})
        assert alone(other) == Draft(reading=Choices(**{part: value}), seed=7)
        other = Draft.from_dict(replace(other, steps=(Step("drop_empty"),)).to_dict())
        back = other.read_as(**{part: None})
        assert alone(back) == WORK
        assert back.redo().undo() == back, "undo and redo go on where they stood"
        assert alone(back.read_as(**{part: value})) == alone(other)


def test_the_sheet_that_the_reader_found_is_known_by_its_name_too() -> None:
    other = WORK.read_as(ROWS, sheet="Two")
    assert alone(other.read_as(Choices(sheet="Two"), sheet="Rows")) == WORK
    assert alone(other.read_as(Choices(sheet="Two"), sheet=None)) == WORK
    assert alone(other.read_as(Choices(sheet="Two"), sheet="Three")) == Draft(reading=Choices(sheet="Three"), seed=7)


def test_a_sheet_brings_back_how_it_was_read() -> None:
    headless = WORK.read_as(ROWS, header=False)
    other = headless.read_as(ROWS, sheet="Two").read_as(Choices(sheet="Two"), header=None)
    assert alone(other.read_as(sheet="Rows")) == alone(headless)


def test_a_file_of_the_zip_brings_back_its_sheet() -> None:
    found = Choices(sheet="One", member="a.xlsx")
    on_two = replace(WORK.read_as(found, sheet="Two"), steps=STEPS)
    away = on_two.read_as(replace(found, sheet="Two"), member="b.csv")
    assert alone(away) == Draft(reading=Choices(member="b.csv"), seed=7)
    assert alone(away.read_as(member="a.xlsx")) == alone(on_two)
    assert alone(away.read_as(member="a.xlsx").read_as(sheet="One")) == WORK
    assert away.read_as(member="c.csv").reading == Choices(member="c.csv")


def test_within_one_table_the_work_goes_along_and_the_columns_come_back() -> None:
    assert alone(WORK.read_as(encoding="cp1252")) == replace(WORK, reading=Choices(encoding="cp1252"))
    other = WORK.read_as(delimiter=";")
    assert alone(other) == replace(WORK, reading=Choices(delimiter=";"), mapping=None)
    assert alone(other.add(Step("drop_empty")).read_as(delimiter=None)) == WORK.add(Step("drop_empty"))
    assert WORK.read_as(encoding=None) == WORK


def test_the_reading_before_comes_back_by_one_click() -> None:
    assert alone(WORK.read_as(sheet="Empty").read_back()) == WORK
    assert alone(WORK.read_as(encoding="utf-16").read_back()) == WORK
    assert Draft(reading=Choices(sheet="Gone")).read_back().reading == Choices(), "a draft of an earlier version"


def test_what_waits_changes_nothing_in_the_result() -> None:
    other = WORK.read_as(sheet="Two")
    assert other.recipe() == alone(other).recipe() and "others" not in other.recipe()
    assert not Draft(reading=Choices(sheet="Two"), own_test=OwnTest("0" * 64, "t.csv"), seed=3).has_work and WORK.has_work


def test_a_recipe_that_reads_another_sheet_leaves_the_work_on_this_one() -> None:
    kept = Recipe("Bank", Draft(reading=Choices(sheet="Two"), steps=(Step("drop_empty"),)), ())
    used = apply(kept, WORK, ())
    assert (used.reading, used.steps, used.worksheet) == (Choices(sheet="Two"), (Step("drop_empty"),), Worksheet())
    assert alone(used.read_as(sheet=None)) == WORK
    assert apply(kept, replace(WORK, reading=Choices(sheet="Two")), ()).worksheet == WORK.worksheet


def test_what_makes_no_sense_among_the_kept_work_is_passed_over() -> None:
    read = Draft.from_dict({"others": [1, {"draft": {"split": {"seed": 5}, "others": [{"draft": {}}]}, "sheet": 4}, {"draft": "x"}]})
    assert read.others == (Kept(Draft(seed=5)), Kept(Draft()))


_PLACE = st.sampled_from([None, "One", "Two"])
_MOVE = st.one_of(
    st.tuples(st.sampled_from(["sheet", "member"]), _PLACE),
    st.tuples(st.just("layout"), st.sampled_from([None, "table"])),
    st.tuples(st.just("work"), st.sampled_from(["drop_duplicates", "drop_empty"])),
    st.tuples(st.sampled_from(["undo", "redo"]), st.none()),
)


@given(st.lists(_MOVE, max_size=25))
def test_each_table_has_what_was_last_done_with_it(moves: list[tuple[str, str | None]]) -> None:
    draft, done = Draft(), dict[Choices, Draft]()
    for what, value in moves:
        if what == "work":
            draft = draft.add(Step(str(value)))
        elif what in ("undo", "redo"):
            draft = draft.undo() if what == "undo" else draft.redo()
        else:
            draft = Draft.from_dict(draft.read_as(**{what: value}).to_dict())
            assert alone(draft) == done.get(draft.reading, Draft(reading=draft.reading))
        done[draft.reading] = alone(draft)
    assert len({one.draft.reading for one in draft.others}) == len(draft.others)
