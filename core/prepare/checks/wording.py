"""How the texts are written: capitals throughout, doubled words, two kinds of quotation marks, errors of a spreadsheet."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from core.base.errors import N_
from core.base.types import Finding
from core.base.wording import curly_quotes, doubled_word, is_all_caps, straight_quotes
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.checks.text import in_strings

_SHOWN = 80
_USUAL = 0.2  # what more than this share of the texts does is how the data is written
_CELL_ERROR = re.compile(r"#(?:REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|N/A\b|SPILL!|CALC!)")
_ABOUT_SHEETS = re.compile(r"excel|spreadsheet|google sheets|libreoffice|formula|vlookup|\bcells?\b|rumus|\bsel\b", re.IGNORECASE)


def same_quotes_change(examined: Examined) -> Callable[[str], str] | None:
    """How to make the quotation marks of the answers one kind: that of most answers; None where they are, or are no free texts."""
    if examined.shape.kind != "text":
        return None
    distinct = set(examined.answers)
    to_straight, to_curly = partial(in_strings, straight_quotes), partial(in_strings, curly_quotes)
    curly = {answer for answer in distinct if to_straight(answer) != answer}
    if not curly:
        return None
    straight = {answer for answer in distinct if ("'" in answer or '"' in answer) and to_curly(answer) != answer}
    if not straight:
        return None
    n_curly = sum(answer in curly for answer in examined.answers)
    n_straight = sum(answer in straight for answer in examined.answers)
    return to_straight if n_straight >= n_curly else to_curly


def rows_to_change_quotes(examined: Examined) -> tuple[int, ...]:
    """The rows whose answers have the rarer kind of quotation marks."""
    change = same_quotes_change(examined)
    return () if change is None else examined.rows_where(change(example.answer) != example.answer for example in examined.examples)


def _mixed_quotes(examined: Examined) -> Iterator[Finding]:
    rows = rows_to_change_quotes(examined)
    if rows:
        example = next(example.answer for example in examined.examples if example.row == rows[0])
        yield Finding(
            "mixed_quotes", "info", rows, {"example": example[:_SHOWN], "others": len(examined.examples) - len(rows)}, "same_quotes"
        )


def _mixed_dashes(examined: Examined) -> Iterator[Finding]:
    if examined.shape.kind != "text":
        return
    marks = ["—" in answer for answer in examined.answers]
    if 0 < sum(marks) <= _USUAL * len(marks):
        yield Finding("long_dashes", "info", examined.rows_where(marks), {"example": examined.answers[marks.index(True)][:_SHOWN]})


def _all_caps(examined: Examined) -> Iterator[Finding]:
    for code, texts in (("answers_in_capitals", examined.answers), ("questions_in_capitals", [x.question for x in examined.examples])):
        marks = [is_all_caps(text) for text in texts]
        if 0 < sum(marks) <= _USUAL * len(marks):
            yield Finding(code, "info", examined.rows_where(marks), {"example": texts[marks.index(True)][:_SHOWN]})


def _doubled_words(examined: Examined) -> Iterator[Finding]:
    rows = examined.rows_with_text(lambda text: bool(doubled_word(text)))
    if 0 < len(rows) <= _USUAL * len(examined.examples):
        word = next(word for text in examined.texts if (word := doubled_word(text)))
        yield Finding("doubled_words", "info", rows, {"example": f"{word} {word}"})


def _cell_errors(examined: Examined) -> Iterator[Finding]:
    if not any("#" in text for text in examined.texts):
        return
    rows = examined.rows_with_text(lambda text: "#" in text and _CELL_ERROR.search(text) is not None)
    marks = {row: examined.examples[examined.at[row]] for row in rows}
    rows = tuple(row for row, example in marks.items() if not _ABOUT_SHEETS.search(f"{example.question}\n{example.answer}"))
    if rows:
        example = next(found[0] for message in marks[rows[0]].messages if (found := _CELL_ERROR.search(message.content)))
        yield Finding("spreadsheet_errors", "warning", rows, {"example": example}, "leave_out")


CHECKS = (
    Check(
        "text",
        _mixed_quotes,
        {
            "mixed_quotes": About(
                N_("Answers with another kind of quotation marks than the others, such as “{example}”: {n}."),
                N_("Curly and straight ones are different signs to the model; it would mix them as the data does."),
            )
        },
    ),
    Check(
        "text",
        _mixed_dashes,
        {
            "long_dashes": About(
                N_("Answers with a long dash (—), which the others have not, such as “{example}”: {n}."),
                N_("It often shows that a text was copied from elsewhere. It does no harm."),
            )
        },
    ),
    Check(
        "text",
        _all_caps,
        {
            "answers_in_capitals": About(
                N_("Answers in capitals throughout, such as “{example}”: {n}."), N_("The model would learn to shout now and then.")
            ),
            "questions_in_capitals": About(
                N_("Questions in capitals throughout, such as “{example}”: {n}."),
                N_("That is fine if people write so; otherwise write them as the others are written."),
            ),
        },
    ),
    Check(
        "text",
        _doubled_words,
        {
            "doubled_words": About(
                N_("Texts in which a word stands twice, such as “{example}”: {n}."),
                N_("A slip of the pen is learned like everything else."),
            )
        },
    ),
    Check(
        "text",
        _cell_errors,
        {
            "spreadsheet_errors": About(
                N_("Texts with an error of the spreadsheet inside, such as {example}: {n}."),
                N_("A formula did not work when the file was saved. What should stand there only the spreadsheet can tell."),
            )
        },
    ),
)
