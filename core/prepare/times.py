"""When each row was: dates, times and numbers of a column, as numbers that can be put in order."""

import re
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

_DATE = re.compile(
    r"(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?|(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<year>\d{4}|\d{2}))"
    r"(?:[ T,]+(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s?(?P<half>[ap]m)?\s?(?P<zone>Z|UTC|[-+]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?\d{1,18}(?:[.,]\d{1,9})?")
READ = 0.5  # of the filled cells; with fewer readable ones the column tells no time


def moments(cells: Sequence[str]) -> list[float | None] | None:
    """A number for each cell, larger for later, None where it is blank or cannot be read; None altogether where most cannot.

    1/2/2026 is the first of February unless a second part above 12 shows that months come first.
    """
    filled = {cell: cell.strip() for cell in set(cells) if cell.strip()}
    for read in (_numbers, _dates, _dates_in_words):
        known = read(filled)
        if filled and len(known) >= READ * len(filled):
            return [known.get(cell) for cell in cells]
    return None


def _numbers(filled: dict[str, str]) -> dict[str, float]:
    return {cell: float(text.replace(",", ".")) for cell, text in filled.items() if _NUMBER.fullmatch(text)}


def _dates(filled: dict[str, str]) -> dict[str, float]:
    found = {cell: match for cell, text in filled.items() if (match := _DATE.fullmatch(text))}
    firsts, seconds = ({int(match[part]) for match in found.values() if match[part]} for part in ("a", "b"))
    month_first = any(second > 12 for second in seconds) and not any(first > 12 for first in firsts)
    read = {cell: _moment(match, month_first) for cell, match in found.items()}
    return {cell: moment for cell, moment in read.items() if moment is not None}


def _moment(match: re.Match[str], month_first: bool) -> float | None:
    if match["y"]:
        year, month, day = int(match["y"]), int(match["m"]), int(match["d"] or 1)
    else:
        year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
        day, month = int(match["a"]), int(match["b"])
        if month_first:
            day, month = month, day
    hour = int(match["h"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    try:
        moment = datetime(year, month, day, hour, int(match["min"] or 0), int(match["s"] or 0), tzinfo=_zone(match["zone"]))
    except ValueError:  # the 31st of February
        return None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def _zone(text: str | None) -> timezone:
    if text is None or text[0] not in "+-":
        return UTC
    ahead = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(ahead if text[0] == "+" else -ahead)


def _dates_in_words(filled: dict[str, str]) -> dict[str, float]:
    """Dates with the names of months, as pandas reads them; many different ones only in the form of the first."""
    written = [cell for cell, text in filled.items() if len(text) <= 40 and re.search(r"\d", text) and re.search(r"[^\W\d_]{3}", text)]
    if not written:
        return {}
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no form could be guessed is an answer, too
        form = "mixed" if len(written) <= 5_000 else None
        read = pd.to_datetime(pd.Series([filled[cell] for cell in written]), errors="coerce", utc=True, format=form)
    return {cell: moment.timestamp() for cell, moment in zip(written, read, strict=True) if not pd.isna(moment)}
