"""Personal data and secrets in what would leave for a server: each kind with its rows, and never a value of them in a finding."""

from collections.abc import Iterator

from core.base.errors import N_
from core.base.json_texts import is_json, parts
from core.base.message_texts import texts_of
from core.base.private import masked, scan_text
from core.base.types import Finding, Severity
from core.prepare.checks.registry import About, Check, Examined

# The finding of each kind, its severity, and the repair that masks it.
PERSONAL = {"email", "phone", "card", "iban", "account", "id", "birth", "street"}
SECRET = {"key"}
DEVICE = {"device", "network"}
OFFICES = 5  # different street addresses: up to here they may be those of the shops that the data is about
_FINDINGS: dict[str, tuple[str, Severity, str]] = {
    "key": ("secret_key", "warning", "mask_secrets"),
    "email": ("personal_email", "warning", "mask_personal"),
    "phone": ("personal_phone", "warning", "mask_personal"),
    "card": ("personal_card", "warning", "mask_personal"),
    "iban": ("personal_iban", "warning", "mask_personal"),
    "account": ("personal_account", "warning", "mask_personal"),
    "id": ("personal_id", "warning", "mask_personal"),
    "birth": ("personal_birth", "warning", "mask_personal"),
    "street": ("personal_street", "warning", "mask_personal"),
    "device": ("device_id", "info", "mask_devices"),
    "network": ("network_address", "info", "mask_devices"),
}


def hits_in(text: str) -> list[tuple[str, str]]:
    """The kinds and values of what is personal or secret in a text; in a JSON text, in its values, each under its name."""
    if not is_json(text):
        return [(hit.kind, text[hit.start : hit.end]) for hit in scan_text(text)]
    return [
        (hit.kind, part.value[hit.start : hit.end]) for part in parts(text) if not part.is_name for hit in scan_text(part.value, part.name)
    ]


def personal_texts(examined: Examined) -> dict[str, list[tuple[str, str]]]:
    """The texts in which something is found, in order, each with the kinds and values; searched once for the check and its repairs."""

    def search() -> dict[str, list[tuple[str, str]]]:
        found = ((text, hits_in(text)) for text in examined.all_texts)
        return {text: hits for text, hits in found if hits}

    return examined.once("personal_texts", search)


def personal_test_texts(examined: Examined) -> dict[str, list[tuple[str, str]]]:
    """The same for the user's own test file, which leaves when it is asked."""

    def search() -> dict[str, list[tuple[str, str]]]:
        found = ((text, hits_in(text)) for text in examined.test_texts)
        return {text: hits for text, hits in found if hits}

    return examined.once("personal_test_texts", search)


def _private_test(examined: Examined) -> Iterator[Finding]:
    found = personal_test_texts(examined)
    for kinds, code, repair in ((PERSONAL, "own_test_personal", "mask_personal"), (SECRET, "own_test_secrets", "mask_secrets")):
        texts = {text for text, hits in found.items() if any(kind in kinds for kind, _ in hits)}
        if not texts:
            continue
        kind, value = next((kind, value) for hits in found.values() for kind, value in hits if kind in kinds)
        n = sum(any(text in texts for message in one.said for text in texts_of(message, calls=True)) for one in examined.own_test)
        yield Finding(code, "warning", (), {"rows_of_test": n, "example": masked(kind, value)}, repair)


def _private(examined: Examined) -> Iterator[Finding]:
    found = personal_texts(examined)
    if not found:
        return
    texts: dict[str, set[str]] = {}
    values: dict[str, dict[str, None]] = {}
    for text, hits in found.items():
        for kind, value in hits:
            texts.setdefault(kind, set()).add(text)
            values.setdefault(kind, {})[value] = None
    for kind, (code, severity, repair) in _FINDINGS.items():
        if kind in values:
            params = {"different": len(values[kind]), "example": masked(kind, next(iter(values[kind])))}
            if kind == "street" and len(values[kind]) <= OFFICES:
                severity = "info"
            yield Finding(code, severity, _rows(examined, texts[kind]), params, repair)


def rows_with(examined: Examined, kinds: set[str]) -> tuple[int, ...]:
    """The rows in which a text holds something of these kinds."""
    texts = {text for text, hits in personal_texts(examined).items() if any(kind in kinds for kind, _ in hits)}
    return _rows(examined, texts) if texts else ()


def _rows(examined: Examined, texts: set[str]) -> tuple[int, ...]:
    return examined.rows_where(
        any(text in texts for message in example.said for text in texts_of(message, calls=True)) for example in examined.examples
    )


_LEARNED = N_("It leaves for the server with the file, and the model may repeat it to anybody. Mask it unless it is meant to be known.")

CHECKS = (
    Check(
        "private",
        _private,
        {
            "secret_key": About(
                N_("Rows with keys, tokens or passwords, such as {example}: {n}. Different ones: {different}."),
                N_("Whoever gets hold of the file can use them. Mask them here, and have them changed where they are valid."),
            ),
            "personal_email": About(
                N_("Rows with e-mail addresses of people, such as {example}: {n}. Different ones: {different}."), _LEARNED
            ),
            "personal_phone": About(N_("Rows with telephone numbers, such as {example}: {n}. Different ones: {different}."), _LEARNED),
            "personal_card": About(
                N_("Rows with numbers of payment cards, such as {example}: {n}. Different ones: {different}."), _LEARNED
            ),
            "personal_iban": About(
                N_("Rows with international bank account numbers (IBAN), such as {example}: {n}. Different ones: {different}."), _LEARNED
            ),
            "personal_account": About(N_("Rows with bank account numbers, such as {example}: {n}. Different ones: {different}."), _LEARNED),
            "personal_id": About(
                N_("Rows with identity card, passport or social insurance numbers, such as {example}: {n}. Different ones: {different}."),
                _LEARNED,
            ),
            "personal_birth": About(N_("Rows with dates of birth, such as {example}: {n}. Different ones: {different}."), _LEARNED),
            "personal_street": About(
                N_("Rows with street addresses, such as {example}: {n}. Different ones: {different}."),
                N_("They leave for the server with the file. Addresses of your own shops may stay; mask them where people live there."),
            ),
            "device_id": About(
                N_("Rows with numbers that stand for one device each, such as {example}: {n}. Different ones: {different}."),
                N_("A model can only learn them by heart, and whoever owns the device may be found by it."),
            ),
            "network_address": About(
                N_("Rows with addresses of computers in the internet, such as {example}: {n}. Different ones: {different}."),
                N_("Behind one there may be a household. Mask them unless they are what the model should know."),
            ),
        },
    ),
    Check(
        "private",
        _private_test,
        {
            "own_test_personal": About(
                N_("Rows of your test file with personal data, such as {example}: {rows_of_test}."),
                N_("They leave for the server when the test questions are asked."),
            ),
            "own_test_secrets": About(
                N_("Rows of your test file with keys or passwords, such as {example}: {rows_of_test}."),
                N_("They leave for the server when the test questions are asked."),
            ),
        },
    ),
)
