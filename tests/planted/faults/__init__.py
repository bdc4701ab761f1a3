"""Faults as real files have them, one planter each: it spoils untouched records and says which; a pair of twins counts as one fault."""

import random

from tests.planted.faults import answers, columns, labels, lines, numbers, personal, text, twins
from tests.planted.faults.tools import Planter
from tests.planted.makers import DataSet

FAULTS: dict[str, Planter] = {
    planter.__name__: planter
    for planter in (
        twins.exact_duplicates,
        twins.near_duplicates,
        twins.contradictions,
        twins.leak_exact,
        twins.leak_near,
        answers.placeholder_answers,
        answers.answer_is_instruction,
        answers.answer_copies_question,
        answers.swapped,
        answers.truncated_answers,
        answers.overlong,
        labels.class_spelling,
        labels.wrong_labels,
        labels.rare_class,
        numbers.lost_decimal_point,
        numbers.mixed_booleans,
        numbers.word_variants,
        numbers.mixed_units,
        numbers.shifted_columns,
        numbers.all_missing,
        columns.constant_column,
        columns.identical_columns,
        columns.identifier_in_question,
        columns.tell_tale_field,
        text.mojibake,
        text.html,
        text.control_characters,
        text.special_tokens,
        text.other_language,
        personal.email,
        personal.phone,
        personal.iban,
        personal.card,
        personal.nik,
        personal.api_key,
        personal.device_uuid,
        lines.ragged_rows,
        lines.broken_json,
        lines.bare_nan,
    )
}


def plant(data: DataSet, fault: str, seed: int, n: int | None = None) -> None:
    """Plant one fault at n random rows (about one row in fifty, ten at least) and note in the data set what was planted."""
    draw = random.Random(f"{seed} {fault}")
    data.groups[fault] = FAULTS[fault](data, draw, n or max(10, len(data.records) // 50))
