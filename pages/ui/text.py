"""Every sentence on screen goes through t(): the English sentence is the key of the gettext catalogues in locale/."""

import gettext
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

LOCALE_DIR = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English"}
# every character that Streamlit's Markdown gives a meaning, directives (:red[..]) and formulas ($..$) included
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~^&])")


class Raw(str):
    """A parameter that t() must not escape, because it is our own Markdown or goes where none is rendered."""


# addresses become links even where every character is escaped; an invisible joiner between their parts keeps them text
_LINKS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_JOINER = "\u2060"


def escape(value: str) -> str:
    """Make text from a file or a model appear as it is inside Markdown; line breaks become spaces."""
    return _MARKUP.sub(r"\\\1", _LINKS.sub(_JOINER, re.sub(r"\s+", " ", value)))


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("tunesmith", LOCALE_DIR, languages=[language], fallback=True)


def language() -> str:
    """The language in use: the one chosen by hand, else the browser's, else English."""
    chosen = st.session_state.get("language") or (st.context.locale or "en").split("-")[0]
    return chosen if chosen in LANGUAGES else "en"


def t(sentence: str, **params: Any) -> str:
    """Translate a sentence and fill its {names}; text parameters are escaped for Markdown, numbers are written as the language does."""
    translated = _catalogue(language()).gettext(sentence)
    return translated.format(**{name: _shown(value) for name, value in params.items()}) if params else translated


def tn(one: str, many: str, n: int, **params: Any) -> str:
    """Like t(), with the form that the number n asks for; {n} is n."""
    translated = _catalogue(language()).ngettext(one, many, n)
    return translated.format(n=number(n), **{name: _shown(value) for name, value in params.items()})


def number(value: float, digits: int | None = None) -> str:
    """A number as the language writes it; at most `digits` decimals (2 unless told)."""
    from babel.numbers import format_decimal

    pattern = "#,##0" if isinstance(value, int) else "#,##0." + "#" * (2 if digits is None else digits)
    return format_decimal(value, format=pattern, locale=language())


def percent(share: float | None, digits: int = 0) -> str:
    """A share as a percentage, or a dash where there is none."""
    from babel.numbers import format_percent

    if share is None:
        return "–"
    return format_percent(share, format="#,##0" + ("." + "0" * digits if digits else "") + "%", locale=language())


def money(usd: float) -> str:
    """US dollars, to the cent, or to four decimals below one cent."""
    from babel.numbers import format_currency

    pattern = "¤#,##0.0000" if 0 < usd < 0.01 else None
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


def clock(value: datetime) -> str:
    """A time of day in the reader's own time zone."""
    from babel.dates import format_time, get_timezone

    zone = st.context.timezone
    return format_time(value, format="medium", tzinfo=get_timezone(zone) if zone else None, locale=language())
