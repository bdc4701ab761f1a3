"""Masking: the same value becomes the same placeholder everywhere, numbered in the order in which the values are first seen."""

import json
import re
from collections.abc import Callable

from core.base.errors import N_
from core.base.json_texts import is_json, parts
from core.base.message_texts import example_with_texts
from core.base.private import scan_text
from core.base.types import Example
from core.prepare.checks.private import DEVICE, PERSONAL, SECRET, personal_test_texts, personal_texts, rows_with
from core.prepare.checks.registry import Examined
from core.prepare.repairs.registry import Changer, Params, Repair

_NAMES = {
    "key": "KEY",
    "email": "EMAIL",
    "phone": "PHONE",
    "card": "CARD",
    "iban": "IBAN",
    "account": "ACCOUNT",
    "id": "ID",
    "birth": "BIRTHDATE",
    "street": "STREET",
    "device": "DEVICE",
    "network": "ADDRESS",
}
_PLACEHOLDER = re.compile(rf"\[({'|'.join(_NAMES.values())})_(\d{{1,9}})\]")
_SEPARATORS = re.compile(r"[ ().\-/]")


class Masker:
    """Masks texts one after another; what was masked once is masked the same way from then on."""

    def __init__(self, kinds: set[str]) -> None:
        self._kinds = kinds
        self._names: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}

    def reserve(self, text: str) -> None:
        """Leave out the numbers of the placeholders that stand in this text already."""
        for name, number in _PLACEHOLDER.findall(text):
            self._numbers[name] = max(self._numbers.get(name, 0), int(number))

    def mask(self, text: str) -> str:
        """The text with a placeholder for each value; JSON stays JSON, a masked number becomes a text."""
        if not is_json(text):
            return self._plain(text)
        out, at = [], 0
        for part in parts(text):
            if not part.is_name and (now := self._plain(part.value, part.name)) != part.value:
                out += [text[at : part.start], json.dumps(now, ensure_ascii=False)]
                at = part.end
        return "".join([*out, text[at:]])

    def _plain(self, text: str, context: str = "") -> str:
        # again until nothing is left: a value may be told only when its neighbour is gone
        while hits := [hit for hit in scan_text(text, context) if hit.kind in self._kinds]:
            out, at = [], 0
            for hit in hits:
                out += [text[at : hit.start], self._placeholder(hit.kind, text[hit.start : hit.end])]
                at = hit.end
            text = "".join([*out, text[at:]])
        return text

    def _placeholder(self, kind: str, value: str) -> str:
        key = (kind, value.lower() if kind == "email" else value if kind == "key" else _SEPARATORS.sub("", value))
        if key not in self._names:
            name = _NAMES[kind]
            self._numbers[name] = self._numbers.get(name, 0) + 1
            self._names[key] = f"[{name}_{self._numbers[name]}]"
        return self._names[key]


def _masks(kinds: set[str]) -> Callable[[Examined, Params], Changer]:
    def mask_all(examined: Examined) -> dict[str, str]:
        masker = Masker(kinds)
        for text in (*examined.all_texts, *examined.test_texts):
            if "_" in text and "[" in text:
                masker.reserve(text)
        # all texts in order, whichever rows are asked for: a row has the same placeholders alone and among all
        found = {**personal_texts(examined), **personal_test_texts(examined)}
        return {text: masker.mask(text) for text, hits in found.items() if any(kind in kinds for kind, _ in hits)}

    def changer(examined: Examined, params: Params) -> Changer:
        now = examined.once(f"masked {sorted(kinds)}", lambda: mask_all(examined))

        def change(example: Example) -> Example:
            return example_with_texts(example, lambda text: now.get(text, text), calls=True)

        return change

    return changer


REPAIRS = (
    Repair(
        "mask_personal",
        N_("Mask the personal data"),
        N_("Each address or number becomes a placeholder such as [EMAIL_1]; the same one everywhere stands for the same value."),
        lambda examined, params: rows_with(examined, PERSONAL),
        _masks(PERSONAL),
    ),
    Repair(
        "mask_secrets",
        N_("Mask the keys and passwords"),
        N_("Each becomes a placeholder such as [KEY_1]; the same one everywhere stands for the same key."),
        lambda examined, params: rows_with(examined, SECRET),
        _masks(SECRET),
    ),
    Repair(
        "mask_devices",
        N_("Mask the devices"),
        N_("Each device or network address becomes a placeholder such as [DEVICE_1]; the same one everywhere stands for the same device."),
        lambda examined, params: rows_with(examined, DEVICE),
        _masks(DEVICE),
    ),
)
