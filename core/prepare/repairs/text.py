"""Repairs inside the texts: what can be told exactly is put right, and nothing is made up."""

from collections.abc import Callable

from core.base.cleaning import remove_tokens
from core.base.errors import N_
from core.base.message_texts import example_with_texts
from core.base.types import Example
from core.prepare.checks.registry import Examined
from core.prepare.checks.text import changed_by, html_rows, trimmed, with_clean_characters, without_escapes, without_html, without_mojibake
from core.prepare.checks.wording import rows_to_change_quotes, same_quotes_change
from core.prepare.repairs.registry import Changer, Params, Repair, always
from core.prepare.worksheet import with_answer

Change = Callable[[str], str]


def _texts(change: Change) -> Callable[[Example], Example]:
    return lambda example: example_with_texts(example, change)


def _repair(name: str, label: str, explain: str, change: Change, *, safe: bool = False) -> Repair:
    def finds(examined: Examined, params: object) -> tuple[int, ...]:
        return changed_by(examined, change)

    return Repair(name, label, explain, finds, always(_texts(change)), safe=safe)


def _same_quotes(examined: Examined, params: Params) -> Changer:
    change = same_quotes_change(examined) or str

    def quoted(example: Example) -> Example:
        now = change(example.answer)
        return with_answer(example, now) if now != example.answer else example

    return quoted


REPAIRS = (
    _repair(
        "fix_mojibake",
        N_("Put the letters right"),
        N_("Letters that were read wrongly become what they were: “cafÃ©” becomes “café”."),
        without_mojibake,
        safe=True,
    ),
    Repair(
        "strip_html",
        N_("Keep the text, remove the marks of the web page"),
        N_("Tags go, new lines and list items stay, and &amp; becomes the sign that it stands for."),
        lambda examined, params: html_rows(examined),
        always(_texts(without_html)),
    ),
    _repair(
        "clean_characters",
        N_("Remove the invisible characters"),
        N_("Invisible characters go, and spaces of another kind become ordinary ones. Emoji and scripts that need them keep theirs."),
        with_clean_characters,
        safe=True,
    ),
    _repair(
        "remove_tokens",
        N_("Remove the leftover marks"),
        N_("The marks at the beginning and the end of a text go; the text itself stays."),
        remove_tokens,
        safe=True,
    ),
    _repair(
        "unescape",
        N_("Turn them into real line breaks and letters"),
        N_("What was written out as code becomes what it stands for. Paths, formulas and program code stay."),
        without_escapes,
    ),
    _repair(
        "trim",
        N_("Remove the blanks around the texts"),
        N_("The words stay as they are; line ends become the same everywhere."),
        trimmed,
        safe=True,
    ),
    Repair(
        "same_quotes",
        N_("Write all quotation marks the same way"),
        N_("The rarer kind becomes the more frequent one, in the answers only; the words stay as they are."),
        lambda examined, params: rows_to_change_quotes(examined),
        _same_quotes,
    ),
)
