"""What reading the file brought to light, in words; the findings themselves are made where the file is read."""

from collections.abc import Mapping

from core.base.errors import N_
from core.prepare.checks.registry import About

_LEFT_OUT = N_("They are left out; all other lines were read. Mend them in a text editor if you need them.")

FINDS: Mapping[str, About] = {
    "ragged_rows": About(
        N_("Rows with more or fewer cells than the {columns} columns of the header: {n} ({short} too short, {long} too long)."),
        N_("Their cells may stand under the wrong column, often because a comma in a text was not quoted. Nothing was dropped."),
    ),
    "odd_quotes": About(
        N_("Rows with a quotation mark that does not close: {n}."),
        N_("Such a row was read by itself, with its marks as they stand, so that it does not swallow the rows below it."),
    ),
    "error_cells": About(
        N_("Rows with a cell that shows an error ({errors}) in place of a value: {n}."),
        N_("The model would learn the error as a value. Mend the formulas in the spreadsheet and choose the file again."),
    ),
    "formulas_without_value": About(
        N_("Rows with a formula whose result is not in the file: {n}."),
        N_("The cell was read as blank. Open the file in a spreadsheet program and save it there: that works the formulas out."),
    ),
    "long_numbers": About(
        N_("Rows with a number of more than 15 digits: {n}."),
        N_("Excel keeps 15 digits and turns the rest into zeros, so card and account numbers are damaged. Such columns should be text."),
    ),
    "nul_characters": About(
        N_("Control characters without meaning (NUL) were taken out: {n}."),
        N_("They come from a damaged export and would break the training file."),
    ),
    "marks_within": About(
        N_("Invisible marks at the start of a line, left where files were joined, were taken out: {n}."),
        N_("They would be part of a value that looks like another one."),
    ),
    "lost_characters": About(
        N_("Rows with characters that could not be read (�): {n}."),
        N_("The model would learn the damage. Save the file again in the UTF-8 encoding, and choose it anew."),
    ),
    "blank_rows": About(N_("Blank rows between the others: {n}."), N_("They are passed over.")),
    "double_columns": About(N_("Columns with the same name: {columns}."), N_("The later ones got a number, so that each can be chosen.")),
    "not_a_record": About(N_("Lines that hold no named values: {n}."), _LEFT_OUT),
    "bad_json_line": About(N_("Lines that cannot be read as JSON: {n}. The first problem: {problem}"), _LEFT_OUT),
    "smart_quotes": About(N_("Lines with curly quotation marks where straight ones belong: {n}."), _LEFT_OUT),
    "nan_value": About(N_("Lines with {literal} where a text should be: {n}."), _LEFT_OUT),
    "not_chat": About(N_("Lines that are no conversation: {n}."), _LEFT_OUT),
    "not_utf8": About(N_("Lines whose letters cannot be read, because they are not UTF-8: {n}."), _LEFT_OUT),
    "duplicate_key": About(N_("Lines that give the same field twice, such as “{key}”: {n}."), N_("The last of the two was taken.")),
    "lone_surrogate": About(
        N_("Lines with half a character: {n}."), N_("Another program cut the text in the middle of a sign; it is written as �.")
    ),
    "windows_line_ends": About(
        N_("Lines that end as Windows ends them: {lines} of {all}."), N_("Every server reads them; the training file is written anew.")
    ),
    "blank_line": About(N_("Blank lines: {n}."), N_("They are passed over.")),
    "more_findings": About(N_("Further findings: {n}."), N_("The first ones are shown; repair them and look again.")),
}
