"""Dates of birth and street addresses: a date that a word before it calls one, and what is written as an address is, with its number.

A name alone, a town alone or a date alone is neither. A house number that may be a year, and a street without a number, are left in peace.
"""

import re

Found = tuple[str, int, int]
_DIGIT = re.compile(r"\d")
_NEAR = 60  # characters before a date in which a word says what it is

# "Born" alone is said of the famous as well: only whoever says it of themselves, or a form that asks for it, is meant. Nothing but a verb
# may stand between, or "I changed my date of birth on 3 March 2024" would be one.
_BIRTH = re.compile(
    r"(?:"
    r"(?:birth[ _-]?date|date[ _-]of[ _-]birth|(?<![^\W_])d\.?o\.?b\b\.?|birth[ _-]?day(?: is|(?= ?[:=]))|\bborn(?= ?[:=])|"
    r"\b(?:tanggal|tgl\.?)[ _-]?lahir(?:nya)?|\bttl\b|\blahir(?= ?[:=])|\bgeburtsdatum|\bgeboortedatum|\bgeb\.|"
    r"\bdate de naissance|\bfecha de nacimiento|\bdata di nascita|\bdata de nascimento)"
    r"[\s\"':=(/-]{0,5}(?:(?:is|was|should be|to|ist|est|es|è|é|adalah)\b(?: on| the)?[\s\"':=]{0,3}|"
    r"[^\W\d_]{3,20}(?: [^\W\d_]{3,20})?, ?)?"
    r"|\b(?:i was|i am|i['’]m) born (?:on )?(?:the )?|\b(?:saya|aku) lahir (?:di [^\W\d_]{3,20},? )?(?:pada )?(?:tanggal )?"
    r"|\bsuis n[ée]e? le |\bnac[ií] el |\b(?:sono )nat[oa] il "
    r")\Z",
    re.IGNORECASE,
)
# of these words one must be there, which is far quicker to see
_OF_BIRTH = ("birth", "born", "lahir", "ttl", "dob", "d.o.b", "geb", "naissance", "suis n", "nac", "nascita", "nascimento", "sono nat")
_MONTH = (
    r"(?:jan|feb|f[ée]v|m[aä]r|maart|apr|avr|abr|may|ma[iy]o?|mag|mei|jun|juin|jul|juil|giu|lug|aug|agu|ago|ao[uû]t|"
    r"sep|set|o[ck]t|out|ott|nov|nop|de[csz]|d[ée]c|dic|ene)[^\W\d_]{0,7}\.?"
)
_DATE = re.compile(
    r"(?<![\w.,/-])(?:"
    r"\d{1,2}(?:[-/.]|\. ?| )\d{1,2}(?:[-/.]|\. ?| )(?:19|20)\d\d|(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}|"
    rf"\d{{1,2}}(?:st|nd|rd|th|\.|º)?[ -](?:(?:of|de) )?{_MONTH},?[ -](?:(?:of|de) )?(?:19|20)\d\d|"
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d"
    r")(?![\w/-]|[.,]\d)",
    re.IGNORECASE,
)

_CAPITAL = "[A-ZÀ-ÖØ-Þ]"
_NAME = rf"{_CAPITAL}[\w'’-]*\.?"
_HOUSE = r"(?!(?:19|20)\d\d\b)\d{1,5}[A-Za-z]?"
_BEFORE = r"(?<![\w.,:/$£€#+-])"
# Each with the words of which one must be there.
_STREETS = (
    # 12 Baker Street, 4 Old Mill Rd; "St" is a saint too, so that a comma or the end of the line must follow
    (
        (" Street", " Road", " Avenue", " Lane", " Boulevard", " Drive", " Crescent", " Rd", " Ave", " Blvd", " St"),
        re.compile(
            rf"{_BEFORE}{_HOUSE},? (?:{_NAME} ){{1,3}}?"
            r"(?:(?:Street|Road|Avenue|Lane|Boulevard|Drive|Crescent|Rd|Ave|Blvd)(?!\w)|St(?=\.?(?:,|\n|\Z)))"
        ),
    ),
    # Hauptstraße 12, Berliner Str. 5a
    (
        ("traße ", "trasse ", "tr. ", "llee ", "asse "),
        re.compile(
            rf"(?<![\w-])(?:{_CAPITAL}[\w-]*(?:straße|strasse|str\.|allee|gasse)|{_NAME} (?:Straße|Strasse|Str\.|Allee|Gasse)) "
            rf"{_HOUSE}(?!\w|[.,]\d)"
        ),
    ),
    # 12 rue de la Paix
    (
        ("rue ", "Rue ", "venue ", "oulevard ", "hemin "),
        re.compile(
            rf"{_BEFORE}{_HOUSE},? (?:bis |ter )?(?i:rue|avenue|boulevard|chemin) (?:(?:de|du|des|la|le|les) |[dl]['’]){{0,3}}"
            rf"{_NAME}(?: {_NAME}){{0,2}}"
        ),
    ),
    # Jl. Merdeka No. 5, Jalan Sudirman Kav. 52-53
    (
        ("Jl", "jl", "JL", "Jalan "),
        re.compile(
            r"(?<![^\W_])(?:[Jj][Ll][Nn]?\b\.?|Jalan) ?(?:[\w'’-]+\.?,? ){1,5}?"
            r"(?i:no|nomor|kav)\b\.? ?[:.]? ?\d{1,4}(?:[A-Za-z]\b)?(?:[-/]\d{1,4}[A-Za-z]?)?(?!\w)"
        ),
    ),
)


def find_births(text: str, context: str = "") -> list[Found]:
    """The place of each date of birth; `context` is what stands before the text, a field's name for instance."""
    if "19" not in text and "20" not in text:
        return []
    said = f"{context} {text}".lower()
    for word in _OF_BIRTH:
        if word in said:
            break
    else:
        return []
    return [("birth", *found.span()) for found in _DATE.finditer(text) if _BIRTH.search(f"{context} {text[: found.start()]}"[-_NEAR:])]


def find_streets(text: str) -> list[Found]:
    """The place of each street address."""
    if not _DIGIT.search(text):
        return []
    found: list[Found] = []
    for words, shape in _STREETS:
        for word in words:
            if word in text:
                found += [("street", *one.span()) for one in shape.finditer(text)]
                break
    return found
