"""Personal data and secrets in the rows that a training sends: which kinds, and in how many rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.io.workspace import Dataset
from core.train.method import Method

# the codes of Prepare's check "private" (core/prepare/checks/private.py), which this room may not import; a test holds the two together
KINDS: Final = (
    "secret_key",
    "personal_email",
    "personal_phone",
    "personal_card",
    "personal_iban",
    "personal_account",
    "personal_id",
    "personal_birth",
    "personal_street",
    "device_id",
    "network_address",
)
SIDES: Final = ("train", "validation")  # the rows of the test stay here until they are asked


@dataclass(frozen=True, slots=True)
class Private:
    """One kind, by the code of its finding, and the number of rows that leave with it; `at_least` where not all of them were kept."""

    code: str
    rows: int
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """What of this kind leaves; `perhaps_worse` where some of it may stand in worse answers, which copying the good ones leaves here."""

    found: tuple[Private, ...] = ()
    perhaps_worse: bool = False


def private_data(dataset: Dataset, method: Method, rows: Collection[int] | None = None) -> Leaving:
    """The personal data and secrets that Prepare found in the rows which a training by this method sends, secrets first.

    The findings are those of the rows as they were saved, after all repairs, and count all rows; here only those count that are in the
    files that leave, or in `rows` where those are what is sent. Of a finding with very many rows only the first are kept with the data
    set: then the number is the least.
    """
    leaves = _rows(dataset, method) if rows is None else set(rows)
    by_code: dict[str, Mapping[str, Any]] = {str(one.get("code", "")): one for one in dataset.findings}
    found = []
    for code in KINDS:
        finding = by_code.get(code)
        if finding is None:
            continue
        listed = finding.get("rows", ())
        cut = int(finding.get("n", 0)) > len(listed)
        n = len(leaves.intersection(listed))
        if n or cut:
            found.append(Private(code, n, cut))
    return Leaving(tuple(found), bool(found) and method == "supervised" and dataset.is_pairs)


def _rows(dataset: Dataset, method: Method) -> set[int]:
    """The spreadsheet's rows of the files that leave."""
    by_side = dataset.split.get("pairs" if method == "dpo" else "rows", {})
    return {row for side in SIDES for row in by_side.get(side, ())}
