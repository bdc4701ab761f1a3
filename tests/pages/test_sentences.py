"""Every code that core can give has its sentence, and the sentence takes the parameters that the code brings."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.types import Finding, Reason
from core.prepare.checks import CHECKS
from pages.ui import results, sentences

CORE = Path(__file__).resolve().parents[2] / "core"


def _reasons() -> Iterator[tuple[str, frozenset[str] | None, str]]:
    """Every Reason("code", {...}) written in core: its code and, where they stand there, the names of its parameters."""
    for path in sorted(CORE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason" and node.args):
                continue
            names: frozenset[str] | None = frozenset()
            if len(node.args) > 1:
                given = node.args[1]
                literal = isinstance(given, ast.Dict) and all(isinstance(key, ast.Constant) for key in given.keys)
                names = frozenset(str(key.value) for key in given.keys) if literal else None  # type: ignore[attr-defined]
            for code in _strings(node.args[0]):
                yield code, names, path.name


def _strings(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_strings(node.body), *_strings(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


FOUND = sorted({(code, names, file) for code, names, file in _reasons()}, key=lambda found: (found[0], found[2]))


def test_the_scan_finds_reasons() -> None:
    assert len({code for code, _, _ in FOUND}) > 60


@pytest.mark.parametrize("code", sorted({code for code, _, _ in FOUND} - {"finding"}))
def test_every_reason_has_a_sentence(code: str) -> None:
    assert code in sentences.REASONS


@pytest.mark.parametrize(("code", "names", "file"), [found for found in FOUND if found[1] is not None])
def test_a_sentence_asks_for_no_parameter_that_its_reason_lacks(code: str, names: frozenset[str], file: str) -> None:
    sentence = sentences.REASONS.get(code, "")
    asked = {field for _, field, _, _ in string.Formatter().parse(sentence) if field}
    assert asked <= names, f"{code} of {file}"


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert sentences.say(Reason("brand_new")) == r"brand\_new"
    assert sentences.title(Finding("brand_new", "info")) == r"brand\_new"


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({"columns": ["a", "b"]}, "a, b"),
        ({"columns": list("abcdef")}, "a, b, c, d, e, f"),
        ({"columns": list("abcdefghi")}, "a, b, c, d, e, f and 3 more"),
        ({"columns": list("abcdefghi"), "n_columns": 1_006}, "a, b, c, d, e, f and 1,000 more"),
    ],
)
def test_a_long_list_is_told_by_its_first_names_and_the_number_of_the_others(params: dict[str, object], shown: str) -> None:
    assert sentences.shown(params)["columns"] == shown


@pytest.mark.parametrize(
    ("p", "shown"), [(0.0004, "< 0.001"), (0.0012, "= 0.001"), (0.0494, "= 0.049"), (0.0497, "< 0.05"), (0.0501, "= 0.05"), (1.0, "= 1")]
)
def test_a_p_below_the_level_is_never_rounded_to_it(p: float, shown: str) -> None:
    assert sentences.p_value(p) == shown


def test_a_small_difference_is_not_rounded_to_none() -> None:
    assert results.per_hundred(0.004, (0.001, 0.02)) == {"value": "0.4", "low": "0.1", "high": "2"}
    assert results.per_hundred(0.254, (-0.1, 0.5)) == {"value": "25", "low": "-10", "high": "50"}


@pytest.mark.parametrize("code", sorted(sentences.ONCE))
def test_a_single_epoch_is_told_as_one(code: str) -> None:
    params = {"model": "m", "n": 30_000, "host": "h", "validation": 5}
    once, thrice = (sentences.say(Reason(code, {**params, "epochs": epochs})) for epochs in (1, 3))
    assert re.search(r"\b(once|One epoch)\b", once) and "30,000" in once and "1 times" not in once
    assert re.search(r"\b3 (times|epochs)\b", thrice)
    assert {field for _, field, _, _ in string.Formatter().parse(sentences.ONCE[code]) if field} <= {*params}


def test_an_encoding_has_the_name_that_its_readers_know() -> None:
    said = sentences.say(Reason("encoding_guessed", {"encoding": "cp1252"}))
    assert said == "letters: Western European (Windows), the best fit"


@pytest.mark.parametrize(
    "sentence", sorted({text for check in CHECKS for words in check.finds.values() for text in (words.what, words.why)})
)
def test_a_finding_reads_the_same_for_one_row_and_for_many(sentence: str) -> None:
    assert not re.search(r"\{n(_\w+)?\} (?!of\b)[a-z]", sentence), "its number stands behind what it counts: “Rows without an answer: {n}.”"
