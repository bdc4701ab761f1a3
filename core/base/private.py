"""Personal data and secrets in a text, by rules alone: nothing is sent anywhere, and what has no shape of its own is not found.

Found are e-mail addresses, telephone, card and bank account numbers, IBANs, national ids, keys and passwords,
device ids and network addresses; dates of birth that are called so, and street addresses with a number. Names of people are not: they look
like any other words.
"""

import ipaddress
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.base.private_numbers import find_lettered, find_numbers
from core.base.private_words import find_births, find_streets
from core.base.secrets import find_secrets

# In this order: where two overlap, the first kind is meant.
KINDS = ("key", "email", "device", "iban", "card", "id", "phone", "account", "network", "birth", "street")


@dataclass(frozen=True, slots=True)
class Hit:
    """One such piece of a text: its kind, one of KINDS, and its place."""

    kind: str
    start: int
    end: int


_DIGITS = re.compile(r"\d(?:[ ().\-/]{0,3}\d){4}")
_EMAIL = re.compile(
    r"(?<![\w.+@/-])[^\W_][\w.!#$%&'*+=?^`{|}~-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,5}[^\W\d_]{2,24}(?![\w-]|\.[^\W_])"
)
# Addresses of an office rather than a person, and what only looks like one.
_OFFICES = frozenset(
    """
    admin abuse billing booking bookings career careers contact cs customercare customerservice enquiries feedback git halo hello help
    helpdesk hi hr info inquiries jobs mail marketing media news newsletter no-reply noreply office order orders postmaster press
    privacy returns sales security service services shop support team webmaster bantuan layanan kontak
    """.split()
)
_NOT_HOSTS = frozenset("png jpg jpeg gif svg webp css js json py md txt".split())
_UUID = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z-])")
_MAC = re.compile(r"(?<![0-9A-Za-z:-])[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})(?![0-9A-Za-z:-])")
_IMEI = re.compile(r"\bIMEI\b[^\d\n]{0,20}(\d{2}[ -]?\d{6}[ -]?\d{6}[ -]?\d)(?!\d)", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{1,4}(?![\w:])")
_VERSION = re.compile(r"(?:\bv|version|firmware|release|ver\.?|build|update|section|chapter|versi)\s*[:=]?\s*\Z", re.IGNORECASE)
_OPEN_SERVERS = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "1.2.3.4"})
_INSIDE = tuple(
    map(
        ipaddress.ip_network, ("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3")
    )
)


def scan_text(text: str, context: str = "") -> list[Hit]:
    """Everything personal or secret in a text, in order, without overlaps; `context` stands before the text, such as a field's name."""
    hits = sorted(_all(text, context), key=lambda hit: (KINDS.index(hit.kind), hit.start, hit.start - hit.end))
    kept: list[Hit] = []  # in order of their places
    for hit in hits:
        at = bisect_left(kept, hit.start, key=lambda other: other.start)
        if (at == 0 or kept[at - 1].end <= hit.start) and (at == len(kept) or hit.end <= kept[at].start):
            kept.insert(at, hit)
    return kept


def masked(kind: str, value: str) -> str:
    """Enough of a value to know it again in one's own data, and too little for anybody else."""
    if kind == "email":
        name, _, host = value.partition("@")
        return f"{name[:1]}…@{host[:1]}…{host[host.rfind('.') :]}"
    if kind == "key" or len(value) < 7:
        return f"{value[:2]}…" if len(value) > 8 else "…"
    return f"{value[:2]}…{value[-2:]}"


def _all(text: str, context: str) -> Iterator[Hit]:
    yield from (Hit("key", start, end) for start, end in find_secrets(text))
    if "@" in text:
        yield from (Hit("email", *found.span()) for found in _EMAIL.finditer(text) if _is_personal(found[0]))
    if _DIGITS.search(text):
        yield from (Hit(kind, start, end) for kind, start, end in find_numbers(text, context))
        if text.count(".") >= 3:
            yield from (Hit("network", *found.span()) for found in _IPV4.finditer(text) if _is_address(text, found))
        if "IMEI" in text or "imei" in text:
            yield from (Hit("device", *found.span(1)) for found in _IMEI.finditer(text))
    if not text.islower():
        yield from (Hit(kind, start, end) for kind, start, end in find_lettered(text, context))
    yield from (Hit(kind, start, end) for kind, start, end in find_births(text, context))
    yield from (Hit(kind, start, end) for kind, start, end in find_streets(text))
    if text.count("-") >= 4:
        yield from (Hit("device", *found.span()) for found in _UUID.finditer(text))
    if text.count(":") - text.count(": ") >= 3 or text.count("-") >= 5:
        yield from (Hit("device", *found.span()) for found in _MAC.finditer(text))
        yield from (Hit("network", *found.span()) for found in _IPV6.finditer(text) if _is_ipv6(found[0]))


def _is_personal(address: str) -> bool:
    name, _, host = address.lower().partition("@")
    return name not in _OFFICES and host.rpartition(".")[2] not in _NOT_HOSTS


def _is_address(text: str, found: re.Match[str]) -> bool:
    try:
        address = ipaddress.IPv4Address(found[0])
    except ValueError:
        return False
    if found[0] in _OPEN_SERVERS or any(address in network for network in _INSIDE) or max(address.packed) < 32:
        return False
    return _VERSION.search(text[max(0, found.start() - 20) : found.start()]) is None


def _is_ipv6(written: str) -> bool:
    try:
        address = ipaddress.IPv6Address(written)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def without_personal(value: Any) -> Any:
    """The same plain JSON with every personal value in its texts shown only by its first and last letters."""
    if isinstance(value, str):
        out, at = [], 0
        for hit in scan_text(value):
            out += [value[at : hit.start], masked(hit.kind, value[hit.start : hit.end])]
            at = hit.end
        return "".join([*out, value[at:]]) if out else value
    if isinstance(value, Mapping):
        return {name: without_personal(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_personal(one) for one in value]
    return value
