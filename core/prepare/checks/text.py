"""Faults inside the texts that a program can see: broken characters, HTML, leftovers of an export, blanks around them."""

from collections.abc import Callable, Iterator
from functools import partial

from core.base.chat_rules import SPECIAL_TOKEN
from core.base.cleaning import clean_characters, fix_mojibake, has_invisible, has_token, remove_tokens, trim, unescape
from core.base.errors import N_
from core.base.html_text import has_tag, strip_html
from core.base.json_texts import change_strings
from core.base.types import Finding, Severity
from core.prepare.checks.registry import About, Check, Examined

Change = Callable[[str], str]
_SHOWN = 80


def in_strings(change: Change, text: str) -> str:
    """`change` for a text as a whole, or for each string of a JSON one, so that it stays JSON."""
    if text.lstrip()[:1] not in ("{", "[") or (change(text) == text and "\\u" not in text):
        return change(text)
    return change_strings(text, change)


def trimmed(text: str) -> str:
    """The text without blanks around it, and of a JSON one those around each of its strings."""
    text = trim(text)
    return change_strings(text, trim) if text[:1] in ("{", "[") else text


without_mojibake = partial(in_strings, fix_mojibake)
without_html = partial(in_strings, strip_html)
without_escapes = partial(in_strings, unescape)
with_clean_characters = partial(in_strings, clean_characters)


def changed_by(examined: Examined, change: Change) -> tuple[int, ...]:
    """The rows in which `change` would change a text."""
    return examined.rows_with_text(lambda text: change(text) != text)


def made_of_html(examined: Examined) -> bool:
    """Whether HTML is what the data is about: most answers or most questions hold tags."""
    if not any(map(has_tag, examined.texts)):
        return False
    n = len(examined.examples)
    return 2 * sum(map(has_tag, examined.answers)) > n or 2 * sum(has_tag(example.question) for example in examined.examples) > n


def html_rows(examined: Examined) -> tuple[int, ...]:
    """The rows with HTML that does not belong there; none where the data is about HTML."""
    return () if made_of_html(examined) else changed_by(examined, without_html)


def _mojibake(examined: Examined) -> Iterator[Finding]:
    yield from _found(examined, "mojibake", "warning", lambda text: without_mojibake(text) != text, "fix_mojibake")


def _lost_characters(examined: Examined) -> Iterator[Finding]:
    yield from _found(examined, "lost_characters", "warning", lambda text: "\ufffd" in text, "leave_out")


def _html(examined: Examined) -> Iterator[Finding]:
    if made_of_html(examined):
        yield Finding("about_html", "info", examined.rows_with_text(has_tag))
    else:
        yield from _found(examined, "html", "warning", lambda text: without_html(text) != text, "strip_html")


def _characters(examined: Examined) -> Iterator[Finding]:
    def invisible(text: str) -> bool:
        return in_strings(_marked_invisible, text) != text

    yield from _found(examined, "invisible_characters", "warning", invisible, "clean_characters", show=False)
    yield from _found(
        examined,
        "odd_spaces",
        "info",
        lambda text: with_clean_characters(text) != text and not invisible(text),
        "clean_characters",
        show=False,
    )


def _marked_invisible(text: str) -> str:
    return clean_characters(text) if has_invisible(text) else text


def _tokens(examined: Examined) -> Iterator[Finding]:
    yield from _found(examined, "leftover_tokens", "warning", lambda text: remove_tokens(text) != text, "remove_tokens")
    # the server's rule names those of the shape <|...|> itself
    yield from _found(
        examined,
        "template_tokens",
        "warning",
        lambda text: has_token(text) and has_token(SPECIAL_TOKEN.sub("", remove_tokens(text))),
        "leave_out",
    )


def _formatting(examined: Examined) -> Iterator[Finding]:
    yield from _found(examined, "literal_escapes", "warning", lambda text: without_escapes(text) != text, "unescape")
    yield from _found(examined, "outer_spaces", "info", lambda text: "\r" not in text and trimmed(text) != text, "trim", show=False)
    yield from _found(examined, "line_ends", "info", lambda text: "\r" in text and trimmed(text) != text, "trim", show=False)


def _found(
    examined: Examined, code: str, severity: Severity, test: Callable[[str], bool], repair: str, *, show: bool = True
) -> Iterator[Finding]:
    rows = examined.rows_with_text(test)
    if rows:
        first = next(text for text in examined.texts if test(text)) if show else ""
        yield Finding(code, severity, rows, {"example": first[:_SHOWN]} if show else {}, repair)


CHECKS = (
    Check(
        "text",
        _mojibake,
        {
            "mojibake": About(
                N_("Texts with letters that were read wrongly, such as “{example}”: {n}."),
                N_("The model would learn to write them so. What they were can be told exactly and put back."),
            )
        },
    ),
    Check(
        "text",
        _lost_characters,
        {
            "lost_characters": About(
                N_("Texts with letters that are lost (shown as �), such as “{example}”: {n}."),
                N_("Nobody can tell what stood there. Save the file anew as UTF-8 from the program that it came from."),
            )
        },
    ),
    Check(
        "text",
        _html,
        {
            "html": About(
                N_("Texts with marks of a web page (HTML), such as “{example}”: {n}."),
                N_("The model would learn to write them into its answers, where people would read them as they stand."),
            ),
            "about_html": About(
                N_("Marks of web pages (HTML) stand in most of the data. Rows: {n}."),
                N_("It looks as if that is what the model should learn, so nothing is changed."),
            ),
        },
    ),
    Check(
        "text",
        _characters,
        {
            "invisible_characters": About(
                N_("Texts with characters that nobody sees: {n}."),
                N_("They come from copying out of web pages and programs. To the model, a word with one of them inside is another word."),
            ),
            "odd_spaces": About(
                N_("Texts with spaces of another kind, as web pages use them: {n}."),
                N_("They look the same, and to the model they are other signs."),
            ),
        },
    ),
    Check(
        "text",
        _tokens,
        {
            "leftover_tokens": About(
                N_("Texts that begin or end with a control mark of another chat program, such as “{example}”: {n}."),
                N_("It was left over from an export. Without it the text is whole."),
            ),
            "template_tokens": About(
                N_("Texts with control marks of another chat program in the middle, such as “{example}”: {n}."),
                N_("Several messages were probably run together. The model would learn to write the marks, and to speak for the user."),
            ),
        },
    ),
    Check(
        "text",
        _formatting,
        {
            "literal_escapes": About(
                N_("Texts with line breaks or letters written out as code, such as “{example}”: {n}."),
                N_("The model would learn to write a backslash and an n where a new line is meant."),
            ),
            "outer_spaces": About(
                N_("Texts with blanks before or after them: {n}."),
                N_("Nobody sees them, and the model would learn them as part of the answer."),
            ),
            "line_ends": About(
                N_("Texts with line ends of Windows: {n}."),
                N_("They look the same, and to the model they are other signs than the line ends of the other texts."),
            ),
        },
    ),
)
