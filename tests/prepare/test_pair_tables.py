"""A spreadsheet of better and worse answers is read as preference pairs, whatever program wrote it."""

import pytest

from core.prepare.reading import Choices, Source, read_table
from tests.prepare.builders import csv_bytes
from tests.prepare.packed import workbook

HEAD = ("question", "chosen", "rejected")
ROWS = [(f"How is number {n}?", f"So {n}.", f"Never {n}.") for n in range(6)]


def said(source: Source) -> list[tuple[int, str, str, str]]:
    return [(one.row, one.question, one.answer, "".join(turn.content for turn in one.rejected)) for one in source.examples]


WANTED = [(row, *texts) for row, texts in enumerate(ROWS, start=2)]


@pytest.mark.parametrize(
    "head",
    [
        HEAD,
        ("Prompt", "Chosen", "Rejected"),
        ("Question", "Better answer", "Worse answer"),
        ("input", "preferred_output", "non-preferred output"),
    ],
)
def test_columns_of_better_and_worse_answers_are_pairs_with_the_rows_that_the_spreadsheet_shows(head: tuple[str, ...]) -> None:
    source = read_table(csv_bytes([head, *ROWS]), "pairs.csv")
    assert source.kind == "chat" and source.format == "text" and source.findings == ()
    assert said(source) == WANTED
    assert source.decisions[-1].code == "preference_pairs"


def test_a_workbook_of_pairs_keeps_its_sheets_to_choose_from() -> None:
    source = read_table(workbook({"Pairs": [HEAD, *ROWS], "Notes": [("a", "b"), ("1", "2"), ("3", "4")]}), "pairs.xlsx")
    assert said(source) == WANTED
    assert source.format == "workbook" and source.sheets == ("Pairs", "Notes")


def test_a_row_without_a_worse_answer_teaches_its_better_one() -> None:
    source = read_table(csv_bytes([HEAD, *ROWS, ("Why?", "Thus.", " ")]), "pairs.csv")
    assert said(source)[-1] == (8, "Why?", "Thus.", "")


def test_a_column_of_which_a_pair_has_no_use_is_named_as_the_file_names_it() -> None:
    source = read_table(csv_bytes([(*HEAD, "Rated By"), *((*row, "Ann") for row in ROWS)]), "pairs.csv")
    assert source.decisions[-1].params == {"columns": ["Rated By"]}


def test_pairs_can_be_read_as_a_plain_table_all_the_same() -> None:
    source = read_table(csv_bytes([HEAD, *ROWS]), "pairs.csv", choices=Choices(layout="table"))
    assert source.table is not None and source.table.columns == HEAD
    assert [one.code for one in source.decisions].count("layout_table") == 1


@pytest.mark.parametrize("head", [("question", "answer", "rejected"), ("sensor", "chosen", "rejected"), ("rejected", "chosen", "worse")])
def test_a_table_that_only_resembles_pairs_stays_a_table(head: tuple[str, ...]) -> None:
    assert read_table(csv_bytes([head, *ROWS]), "table.csv").kind == "table"
