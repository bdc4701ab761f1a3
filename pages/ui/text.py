"""Every sentence on screen goes through t(): the English sentence is the key of the gettext catalogues in locale/."""

import gettext
import re
from datetime import date, datetime, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    import pandas as pd

LOCALE_DIR = Path(__file__).parent / "locale"
SOURCE = "en"  # the language that the sentences are written in: it needs no catalogue
LANGUAGES = {SOURCE: "English", "id": "Bahasa Indonesia"}  # each by its own name, so that whoever speaks it finds it
LANGUAGE = "language"  # where the session keeps the language that was settled on
_FORMER = {"in": "id"}  # Java and old Android still send the code that Indonesian had until 1989
_one_at_a_time = Lock()
# every character that Streamlit's Markdown gives a meaning, directives (:red[..]) and formulas ($..$) included
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~^&])")


class Raw(str):
    """A parameter that t() must not escape, because it is our own Markdown or goes where none is rendered."""


# Addresses become links even where every character is escaped: Markdown looks for them once more in the finished text (mdast-util-gfm-
# autolink-literal). As inline code they stay text, and what is copied is what stood there; a character put between their parts is copied
# along. So do the names of emoji (":smile:"), which are looked for in the finished text, too. Whatever may stand in the next one continues
# this one, so that no two pieces of code touch.
_ADDRESS = re.compile(
    r"(?:https?://|(?<![^\W_])www\.|(?<![\w.+-])[\w.+-]+@)[\w.+@:/?=&#%~,;!'-]*"
    r"|:(?:(?=[^\s:]*[^\W\d_])[\w+-]+|[+-]1|100|1234):[\w.+@:?=&#%~,;!'-]*",
    re.IGNORECASE,
)
# ":material/home:" is made ":material_home:" before anything is read, in code as well, and an icon thereafter
_ICON = re.compile(r"(?<=material)/")
_UNDONE = re.compile(_MARKUP.pattern.replace("([", r"\\([/", 1) + "|`")


def escape(value: str) -> str:
    """Make text from a file or a model appear as it is inside Markdown; line breaks become spaces."""
    text, shown, at = re.sub(r"\s+", " ", value), [], 0
    for address in _ADDRESS.finditer(text):
        shown += [_plain(text[at : address.start()]), f"`{address[0]}`"]
        at = address.end()
    return "".join([*shown, _plain(text[at:])])


def _plain(text: str) -> str:
    return _ICON.sub(r"\\/", _MARKUP.sub(r"\\\1", text))


def unescape(sentence: str) -> str:
    """A sentence of t() for a place that renders no Markdown, such as the options of a select box."""
    return _UNDONE.sub(lambda mark: mark[1] or "", sentence)


def catalogue_file(code: str) -> Path:
    """Where the translations into a language lie."""
    return LOCALE_DIR / code / "LC_MESSAGES" / "tunesmith.po"


def catalogue(code: str) -> gettext.NullTranslations:
    """The translations into a language, read once a server; for a language that has none the sentences stay as they are."""
    with _one_at_a_time:  # lru_cache alone would let the first sessions of a server all read the file
        return _read(code)


@lru_cache
def _read(code: str) -> gettext.NullTranslations:
    if code == SOURCE:
        return gettext.NullTranslations()
    # From the .po itself: 900 sentences take 40 ms, once. A compiled .mo would take 1 ms, and could be out of date.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with catalogue_file(code).open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def known(locale: str | None) -> str:
    """The language of ours that a browser's locale asks for: "id-ID" and the old "in" are Indonesian, what we have not is English."""
    code = re.split("[-_]", locale or SOURCE)[0].lower()
    code = _FORMER.get(code, code)
    return code if code in LANGUAGES else SOURCE


def language() -> str:
    """The language in use: the one that the session has settled on (pages/ui/languages.py), else the browser's."""
    settled = st.session_state.get(LANGUAGE)
    return settled if settled in LANGUAGES else known(st.context.locale)


def t(sentence: str, **params: Any) -> str:
    """Translate a sentence and fill its {names}; text parameters are escaped for Markdown, numbers are written as the language does."""
    if not sentence:
        return ""  # a catalogue answers the empty sentence with its own header
    translated = catalogue(language()).gettext(sentence)
    return translated.format(**{name: _shown(value) for name, value in params.items()}) if params else translated


def tn(one: str, many: str, n: int, **params: Any) -> str:
    """Like t(), with the form that the number n asks for; {n} is n."""
    translated = catalogue(language()).ngettext(one, many, n)
    return translated.format(n=number(n), **{name: _shown(value) for name, value in params.items()})


def number(value: float, digits: int | None = None, *, all_of_them: bool = False) -> str:
    """A number as the language writes it; at most `digits` decimals (2 unless told), or just so many where figures are compared."""
    from babel.numbers import format_decimal

    pattern = "#,##0" if isinstance(value, int) else "#,##0." + ("0" if all_of_them else "#") * (2 if digits is None else digits)
    return format_decimal(value, format=pattern, locale=language())


def percent(share: float | None, digits: int = 0) -> str:
    """A share as a percentage, or a dash where there is none."""
    from babel.numbers import format_percent

    if share is None:
        return "–"
    return format_percent(share, format="#,##0" + ("." + "0" * digits if digits else "") + "%", locale=language())


def money(usd: float, *, whole: bool = False) -> str:
    """US dollars, to the cent, or to four decimals below one cent; `whole` to the dollar from a thousand on, for estimates."""
    from babel.numbers import format_currency

    pattern = "¤#,##0.0000" if 0 < usd < 0.01 else "¤#,##0" if whole and usd >= 1000 else None
    return format_currency(usd, "USD", format=pattern, locale=language(), currency_digits=pattern is None)


def _shown(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return number(value)
    return escape(str(value))


def day(value: date) -> str:
    """A day as the language writes it."""
    from babel.dates import format_date

    return format_date(value, format="long", locale=language())


def moment(value: datetime) -> str:
    """A day without its year and a time of day, short, in the reader's own time zone: "Nov 22, 15:02"."""
    from babel.dates import format_skeleton

    local = value.astimezone(_zone())
    return f"{format_skeleton('MMMd', local, locale=language())}, {format_skeleton('Hm', local, locale=language())}"


def clock(value: datetime) -> str:
    """A time of day in the reader's own time zone."""
    from babel.dates import format_time

    return format_time(value, format="medium", tzinfo=_zone(), locale=language())


def separators() -> str:
    """The decimal mark and the mark between thousands, one after the other, as a chart wants to be told them."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_decimal_symbol(language()) + get_group_symbol(language())


def number_columns(table: "pd.DataFrame") -> dict[str, Any]:
    """How st.dataframe is to write a table's numbers: as the browser's language does, since it cannot be told another one."""
    names = table.select_dtypes("number").columns
    return {str(name): st.column_config.NumberColumn(format="localized") for name in names}


def _zone() -> tzinfo | None:
    from babel.dates import get_timezone

    name = st.context.timezone
    try:
        return get_timezone(name) if name else None
    except LookupError:  # a browser may know a zone that this machine's list has not
        return None
