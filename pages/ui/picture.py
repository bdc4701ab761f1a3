"""A reading as a small picture: its value against the device's own history, or against what it says of the days before."""

import json
from typing import Any

import streamlit as st

from core.base.readings import Reading, parse_reading
from core.compare.history import Histories, before
from core.io.workspace import Dataset
from core.prepare.columns import profile
from core.prepare.mapping import Mapping
from core.prepare.reading import read_table
from core.prepare.source import Choices
from pages.ui import charts, preparing, state
from pages.ui.text import Raw, day, escape, number, t


@st.cache_resource(show_spinner=False, max_entries=4)
def _histories(home: str, source: str, name: str, mapping: str, reading: str) -> Histories | None:
    """The histories of a source file; cached by what they are made of. One that is not small has none: the page would wait for it."""
    if not preparing.small(source):
        return None
    asked = Mapping.from_dict(json.loads(mapping)).question
    table = read_table(state.workspace().read_file(source), name, choices=Choices(**json.loads(reading))).table
    if table is None:
        return None
    kinds = {column.name: column.kind for column in profile(table)}
    return Histories.of({column: table.column(column) for column in table.columns}, kinds, table.numbers, asked)


def histories(dataset: Dataset) -> Histories | None:
    """The histories that the data set's own table holds; None for conversations and for tables without dates."""
    mapping: Any = dataset.settings.get("mapping")
    if not mapping:
        return None
    reading = json.dumps(dataset.settings.get("reading") or {}, sort_keys=True)
    return _histories(str(state.engine_home()), dataset.source_sha, dataset.source_name, json.dumps(mapping, sort_keys=True), reading)


def draw(question: str, row: int, known: Histories | None, *, key: str) -> bool:
    """Draw the picture of a reading; False, with nothing drawn, where the question is none or there is nothing to draw."""
    reading = parse_reading(question)
    if reading is None:
        return False
    around = known.at(row) if known else None
    if around is not None:
        this, low, high = around.values[around.at], min(around.values), max(around.values)
        charts.history(
            around.dates,
            around.values,
            around.flagged,
            around.at,
            alt=t(
                "{name} of this device over {days} days: {value} on {day}; between {low} and {high} on all days, {odd} of them anomalies.",
                # read aloud, not rendered
                name=Raw(around.value_name),
                days=len(around.dates),
                value=Raw(number(this)),
                day=Raw(day(around.dates[around.at])),
                low=Raw(number(low)),
                high=Raw(number(high)),
                odd=sum(around.flagged),
            ),
            key=f"history_{key}",
            value_title=around.value_name,
        )
        if around.device:
            st.caption(f"{escape(around.device)}, {escape(day(around.dates[around.at]))}")
        return True
    return _before(reading, key)


def _before(reading: Reading, key: str) -> bool:
    told = before(reading)
    if told is None:
        return False
    name, values = told
    words = {
        "now": t("This reading"),
        "day": t("The day before"),
        "week": t("A week before"),
        "month": t("A month before"),
        "quarter": t("A quarter before"),
        "year": t("A year before"),
    }
    labels = [words[code] for code in values]
    told_so = "; ".join(f"{label}: {number(value, 1)}" for label, value in zip(labels, values.values(), strict=True))
    charts.bars(labels, list(values.values()), alt=f"{name}. {told_so}", key=f"before_{key}", label_title=t("When"), value_title=name)
    st.caption(t("Worked out from the percentages of the reading, each taken as the change of this value."))
    return True


def fields(question: str) -> bool:
    """Show the fields of a reading as a small table; False where the question is no reading."""
    reading = parse_reading(question)
    if reading is None:
        return False
    lines = [(name, number(value, 2)) for name, value in reading.values.items()] + list(reading.words.items())
    st.table({t("Field"): [escape(name) for name, _ in lines], t("Value"): [escape(value) for _, value in lines]}, hide_index=True)
    return True
