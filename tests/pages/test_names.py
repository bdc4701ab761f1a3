"""Entries of a box of choices: Streamlit tells them apart by their text alone."""

from hypothesis import given
from hypothesis import strategies as st

from pages.ui.names import class_name, told_apart


def test_names_that_are_alike_are_numbered() -> None:
    told = told_apart({"a": "Bank support", "b": "Sales", "c": "Bank support"})
    assert told == {"a": "Bank support", "b": "Sales", "c": "Bank support (2)"}


@given(st.lists(st.sampled_from(["x", "x (2)", "x (3)", "y"]), max_size=8))
def test_no_two_are_alike_and_a_single_name_stays(names: list[str]) -> None:
    told = told_apart({str(place): name for place, name in enumerate(names)})
    assert len(set(told.values())) == len(names)
    assert all(told[str(place)] == name for place, name in enumerate(names) if names.count(name) == 1)


def test_a_blank_part_of_a_label_is_named() -> None:
    assert class_name(["Accounts", " "]) == class_name("Accounts / ") == "Accounts / (blank)"
    assert class_name(["", "PIN"]) == "(blank) / PIN"
    assert class_name("Fees / Refunds") == "Fees / Refunds"
    assert class_name("") == class_name(["", ""]) == "", "no label at all is no label with blank parts"
