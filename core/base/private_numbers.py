"""Numbers that belong to one person: cards, bank accounts, national ids and telephone numbers, told from all other numbers.

A number with a checksum or a strict shape is taken for what it claims to be; where chance alone would pass one number in ten, a word for it
must stand before it. What an order, an invoice or a parcel is said to have is none of them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

Found = tuple[str, int, int]
_NEAR = 40  # characters before a number in which a word says what it is

_CHUNK = re.compile(r"(?<![\w.,])[+(]{0,2}\d(?:[ ().\-/]{0,3}\d){6,}(?![\w])")
_DECIMAL = re.compile(r"\d+\.\d+")
_DATE = re.compile(r"(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4})(?!\d)")
_LETTERED = re.compile(r"[A-Z][ -]?[0-9]|[0-9][ -]?[A-Z]")

_NOT_PERSONAL = re.compile(
    r"\b(?:orders?|invoices?|tickets?|tracking|references?|refs?|cases?|parcels?|shipments?|serial|sku|model|articles?|items?|part|booking|"
    r"transactions?|version|firmware|isbn|ean|barcode|batch|lot|meter|sensor|timestamp|epoch|pesanan|resi|faktur|transaksi|kode|code|bestellung|"
    r"rechnung|tagihan|paket)(?:[ _-]?(?:number|num|no\.?|nr\.?|nomor|id|code|#))?\s*(?:is|was|adalah)?\s*[:#=(]*\s*\Z",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    r"\b(?:phone|telephone|tele?fon|telp|tel|mobile|mobil|cell|handy|whats ?app|wa|hp|fax|sms|call(?:ed)?|ring|dial|text|reach|"
    r"telepon|nomor hp|hubungi|rufen?|"
    r"appel\w*|portable|m[oó]vil)\b[^\d\n]{0,25}\Z",
    re.IGNORECASE,
)
_CARD_WORD = re.compile(r"card|kartu|visa|master|amex|credit|debit|kredit|\bcc\b", re.IGNORECASE)
_ACCOUNT_WORD = re.compile(
    r"\b(?:account|acct|a/c|rekening|no\.? ?rek|konto(?:nummer)?|kontonr|rek)\b[^\d\n]{0,20}\Z",
    re.IGNORECASE,
)
_PASSPORT = re.compile(r"\b(?i:passports?|paspor|reisepass|driv\w+ licen[cs]e|sim)\b[^\d\n]{0,20}?\b([A-Z]{1,3}\d{6,9})\b")

_CARD = re.compile(r"(?<!\d)(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19})(?!\d)")
# By the first figures, how many there are: Visa, Mastercard, Amex, Diners, Discover, UnionPay, JCB, Maestro.
_CARDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|"
    r"6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|35(?:2[89]|[3-8]\d)\d{12}|(?:50(?:18|20|38)|6(?:304|759|76[1-3]))\d{12}"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{1,4}){3,8}(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class _Id:
    """A national id: its shape, the module of stdnum that checks it (none: its word is enough), and the word that must stand before it."""

    shape: re.Pattern[str]
    module: str
    word: re.Pattern[str] | None = None


def _id(shape: str, module: str, word: str = "") -> _Id:
    named = re.compile(rf"\b(?:{word})\b[^\d\n]{{0,25}}\Z", re.IGNORECASE) if word else None
    return _Id(re.compile(rf"(?<![\w.-])(?:{shape})(?![\w-]|[.,]\d)"), module, named)


# Of figures and separators. Chance passes: NIK 2 in 100 of all 16-digit numbers, BSN 9, IdNr 5, NHS 9, PESEL 1, Aadhaar 10.
_IDS = (
    _id(r"\d{16}|\d{6}[ .-]\d{6}[ .-]\d{4}", "id.nik"),
    _id(r"\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}", "id.npwp"),
    _id(r"\d{3}-\d{2}-\d{4}", "us.ssn"),
    _id(r"\d{9}", "us.ssn", "ssn|social security(?: number)?"),
    _id(r"\d{9}|\d{4}[. ]\d{2}[. ]\d{3}", "nl.bsn", "bsn|burgerservicenummer|sofi(?:nummer)?"),
    _id(r"\d{11}|\d{2} \d{3} \d{3} \d{3}", "de.idnr", "steuer\\S*|idnr|id-nr|tax id(?:entification)?(?: number)?|tin"),
    _id(r"[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    _id(r"\d{3}[ -]?\d{3}[ -]?\d{4}", "gb.nhs", "nhs(?: number)?"),
    _id(r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf"),
    _id(r"\d{11}", "br.cpf", "cpf"),
    _id(r"\d{4}[ -]?\d{4}[ -]?\d{4}", "in_.aadhaar", "aadhaar|aadhar|uidai|uid"),
    _id(r"\d{11}", "pl.pesel", "pesel"),
    _id(r"756\.\d{4}\.\d{4}\.\d{2}", "ch.ssn"),
    _id(r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", "be.nn"),
    _id(r"(?:\d{2})?\d{6}[-+]\d{4}", "se.personnummer"),
    _id(r"\d{6} ?\d{5}", "no.fodselsnummer", "fødselsnummer|fodselsnummer|personnummer|national id"),
    _id(r"\d{6}-\d{2}-\d{4}", "my.nric"),
    _id(r"\d{6}-[1-8]\d{6}", "kr.rrn"),
    _id(r"\d{13}", "za.idnr", "id(?:entity)?(?: number)?|rsa id"),
    _id(r"\d{11}", "tr.tckimlik", "t\\.?c\\.?|kimlik(?: no)?"),
    _id(r"\d{18}", "cn.ric"),
    _id(
        r"\d(?:[ .-]?\d){6,17}",
        "",
        r"nik|ktp|ssn|social security(?: number)?|aadhaar|nhs number|national id(?:entity)?(?: card)?(?: number)?|id card(?: number)?|"
        r"identity (?:card|number)|passports?(?: number| no\.?)?|paspor|npwp|bpjs|nomor induk(?: kependudukan)?",
    ),
)
# With letters.
_LETTERED_IDS = (
    _id(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale"),
    _id(r"\d{8}-?[A-HJ-NP-TV-Z]", "es.dni"),
    _id(r"[XYZ]-?\d{7}-?[A-Z]", "es.nie"),
    _id(r"\d{6}[-+A]\d{3}[0-9A-Y]", "fi.hetu"),
    _id(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", "mx.curp"),
    _id(r"\d{17}X", "cn.ric"),
)
_NINO = re.compile(r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)")
_SINGAPORE = re.compile(r"(?<!\w)[STFG]\d{7}[A-Z](?!\w)")

_INTERNATIONAL = re.compile(r"\+\d{1,3}(?:[ .\-]?\(0?\d{1,4}\))?(?:[ .\-/]{0,2}\d){6,13}")
_INDONESIAN = re.compile(r"(?<!\d)(?:62[ -]?|0)8[1-9]\d{1,2}[ .-]?\d{3,4}[ .-]?\d{3,5}(?!\d)")
_AMERICAN = re.compile(r"(?<![\d.-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([.-]))\d{3}[.-]\d{4}(?![\d]|[.-]\d)")
_WITH_ZERO = re.compile(r"(?<![\d.,/-])\(?0[1-9]\d{0,4}\)?(?:[ \-/]{0,3}\d{2,8}){1,5}(?!\d)|(?<![\d.,/-])0[1-9](?:\.\d{2}){4}(?![\d.])")
_ANY = re.compile(r"(?<!\d)\(?\d(?:[ ()\-/.]{0,2}\d){6,14}(?!\d)")
_ZERO_REGIONS = ("ID", "GB", "DE", "FR", "NL", "AU", "MY", "JP")


def find_numbers(text: str, context: str = "") -> Iterator[Found]:
    """The kind and place of each such number; `context` is what stands before the text, a field's name for instance."""
    for chunk in _CHUNK.finditer(text):
        digits = chunk[0]
        if _DECIMAL.fullmatch(digits) or (_DATE.match(digits) and len(digits) < 20):
            continue
        before = f"{context} {text[max(0, chunk.start() - _NEAR) : chunk.start()]}"
        for kind, start, end in _in_chunk(digits, before):
            yield kind, chunk.start() + start, chunk.start() + end


def _in_chunk(digits: str, before: str) -> Iterator[Found]:
    other = _NOT_PERSONAL.search(before) is not None
    phone = not other and _PHONE_WORD.search(before) is not None
    for found in _CARD.finditer(digits):
        # of numbers that could be either, one in fifty cards looks like a NIK, and one in ten NIK like a card
        nik = found[0].isdigit() and not _CARD_WORD.search(before) and _valid("id.nik", found[0])
        if not other and not nik and _is_card(re.sub(r"[ -]", "", found[0])):
            yield "card", *found.span()
    for rule in _IDS:
        for found in rule.shape.finditer(digits):
            named = rule.word is None or rule.word.search(before[-2 * _NEAR :] + digits[max(0, found.start() - _NEAR) : found.start()])
            if named and not (other and rule.word is None) and (not rule.module or _valid(rule.module, found[0])):
                yield "id", *found.span()
    if not other:
        yield from _phones(digits, phone)
        if _ACCOUNT_WORD.search(before):
            for found in re.finditer(r"\d(?:[ .-]?\d){6,19}", digits):
                yield "account", *found.span()


def find_lettered(text: str, context: str = "") -> Iterator[Found]:
    """The same for those that have letters in them."""
    if not _LETTERED.search(text):
        return
    for found in _IBAN.finditer(text):
        end = _iban_end(found[0])
        if end:
            yield "iban", found.start(), found.start() + end
    ids = [found for rule in _LETTERED_IDS for found in rule.shape.finditer(text) if _valid(rule.module, found[0])]
    ids += [*_NINO.finditer(text), *(found for found in _SINGAPORE.finditer(text) if _is_singapore(found[0]))]
    for found in ids:
        if not _NOT_PERSONAL.search(f"{context} {text[max(0, found.start() - _NEAR) : found.start()]}"):
            yield "id", *found.span()
    for found in _PASSPORT.finditer(text):
        yield "id", *found.span(1)


def _phones(digits: str, named: bool) -> Iterator[Found]:
    for found in _INTERNATIONAL.finditer(digits):
        if re.fullmatch(r"\+\d+\.\d+", found[0]) is None and _is_phone(found[0], None, named):
            yield "phone", *found.span()
    for found in _INDONESIAN.finditer(digits):
        if _is_phone(found[0] if found[0].startswith("0") else f"+{found[0]}", "ID", named):
            yield "phone", *found.span()
    for found in _AMERICAN.finditer(digits):
        yield "phone", *found.span()
    for found in _WITH_ZERO.finditer(digits):
        # without separators a number with a leading zero may be anything, but for the mobile ones of Britain, France and the Netherlands
        told = not found[0].isdigit() or re.fullmatch(r"07[1-9]\d{8}|0[67][1-9]\d{7}", found[0])
        if (told or named) and not _DATE.match(found[0]) and any(_is_phone(found[0], region, False) for region in _ZERO_REGIONS):
            yield "phone", *found.span()
    if named:
        for found in _ANY.finditer(digits):
            if not _DATE.match(found[0]) and not _DECIMAL.fullmatch(found[0]):
                yield "phone", *found.span()


def _is_phone(written: str, region: str | None, named: bool) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.is_valid_number(number):
        return True
    written_so = region is None and (named or " " in written or "-" in written)
    return written_so and phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE


def _is_card(digits: str) -> bool:
    from stdnum import luhn

    return _CARDS.fullmatch(digits) is not None and len(set(digits)) > 1 and luhn.is_valid(digits)


def _iban_end(written: str) -> int:
    """How many characters of this make an IBAN; words in capitals may follow it."""
    from stdnum import iban

    at = len(written)
    while at > 14:
        if iban.is_valid(written[:at], check_country=False):
            return at
        at = max(written.rfind(" ", 0, at), written.rfind("-", 0, at))
    return 0


def _is_singapore(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True)) + 4 * (number[0] in "TG")
    return number[8] == ("JZIHGFEDCBA" if number[0] in "ST" else "XWUTRQPNMLK")[total % 11]


def _valid(module: str, number: str) -> bool:
    return _validator(module)(number)


@cache
def _validator(module: str) -> Callable[[str], bool]:
    is_valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return is_valid
