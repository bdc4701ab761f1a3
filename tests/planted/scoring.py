"""Which findings count for which fault, and how many of the planted rows they name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.base.types import Finding
from core.prepare.draft import OwnTest
from core.prepare.prepared import Prepared
from core.prepare.work import prepare_draft
from tests.planted.faults import plant
from tests.planted.makers import DataSet, make

# fault -> the codes of findings that name it rightly. A row counts as found if any of them names it, at whatever severity.
ACCEPTED: dict[str, frozenset[str]] = {
    fault: frozenset(codes.split())
    for fault, codes in {
        "exact_duplicates": "duplicates",
        "near_duplicates": "near_duplicates duplicates",
        "contradictions": "contradictions several_answers near_contradictions",
        "leak_exact": "test_rows_seen",
        "leak_near": "test_rows_seen",
        "placeholder_answers": "placeholder_answers empty_answer spreadsheet_errors",
        "answer_is_instruction": "answer_is_instruction answer_is_prompt constant_answers repeated_answer",
        "answer_copies_question": "answer_copies_question answer_restates_question",
        "swapped": "swapped",
        "truncated_answers": "cut_off_answers unfinished_answers",
        "overlong": "too_long long_questions long_answers",
        "class_spelling": "label_spellings",
        "wrong_labels": "label_doubts label_doubts_weak odd_pairs",
        "rare_class": "single_row_classes rare_classes",
        "lost_decimal_point": "impossible_numbers",
        "mixed_booleans": "mixed_booleans value_spellings",
        "word_variants": "value_spellings",
        "mixed_units": "mixed_units",
        "shifted_columns": "shifted_rows words_among_numbers",
        "all_missing": "all_missing_rows empty_question",
        "constant_column": "constant_fields constant_columns",
        "identical_columns": "identical_fields identical_columns",
        "identifier_in_question": "identifiers identifier_columns",
        "tell_tale_field": "tell_tale_field tell_tale_column",
        "mojibake": "mojibake",
        "html": "html",
        "control_characters": "invisible_characters",
        "special_tokens": "special_token leftover_tokens template_tokens",
        "other_language": "other_language_questions other_language_answers",
        "email": "personal_email",
        "phone": "personal_phone",
        "iban": "personal_iban personal_account",
        "card": "personal_card",
        "nik": "personal_id",
        "api_key": "secret_key",
        "device_uuid": "device_id",
        "ragged_rows": "ragged_rows",
        "broken_json": "bad_json_line",
        "bare_nan": "nan_value",
    }.items()
}
# fault -> further codes that may name its rows with good reason: they find nothing, and are no false alarm either
ALSO: dict[str, frozenset[str]] = {
    fault: frozenset(codes.split())
    for fault, codes in {
        "placeholder_answers": "odd_answers incomplete_answers label_spellings label_doubts",
        "answer_copies_question": "odd_answers other_language_answers label_doubts",
        "contradictions": "label_doubts",
        "other_language": "label_doubts",
        "class_spelling": "label_doubts",
        "mojibake": "invisible_characters",
        "swapped": "odd_answers label_doubts contradictions several_answers",
        "ragged_rows": "shifted_rows cut_off_answers contradictions label_doubts odd_answers incomplete_answers "
        "empty_answer empty_question",
        "shifted_columns": "value_spellings mixed_booleans unusual_numbers impossible_numbers mixed_units",
        "lost_decimal_point": "unusual_numbers",
        "mixed_units": "unusual_numbers",
        "all_missing": "near_duplicates contradictions near_readings",
    }.items()
}


WHOLE_COLUMNS = frozenset({"constant_column", "identical_columns", "identifier_in_question", "tell_tale_field"})


@dataclass
class Tally:
    """What became of one fault over all data sets; `missed` and `slandered` tell where to look."""

    planted: int = 0
    found: int = 0
    false: int = 0
    clean: int = 0
    missed: list[str] = field(default_factory=list)
    slandered: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0

    @property
    def false_rate(self) -> float:
        return self.false / self.clean if self.clean else 0.0


def spoiled(kind: str, n: int, seed: int, faults: Iterable[str], *, guessed: bool = False) -> DataSet:
    """A clean data set with these faults planted, in this order."""
    data = make(kind, n, seed, guessed=guessed)
    for fault in faults:
        plant(data, fault, seed)
    return data


def prepared(data: DataSet) -> Prepared:
    """The data set on the way that a user's file takes, with its own test file if there is one."""
    if data.own_test is None:
        return prepare_draft(data.to_bytes(), data.name, data.draft)
    draft = replace(data.draft, own_test=OwnTest("0" * 64, data.own_test.name))
    return prepare_draft(data.to_bytes(), data.name, draft, test_data=data.own_test.to_bytes())


def score(data: DataSet, findings: Iterable[Finding], tallies: dict[str, Tally]) -> None:
    """Add what these findings say about this data set."""
    findings = list(findings)
    rows = data.rows()
    row_of = {id(record): row for row, record in rows.items()}
    named: dict[str, set[int]] = defaultdict(set)
    loud: dict[str, set[int]] = defaultdict(set)
    for finding in findings:
        named[finding.code].update(finding.rows)
        if finding.severity != "info":
            loud[finding.code].update(finding.rows)
    carries: dict[int, set[str]] = defaultdict(set)
    for fault, groups in data.groups.items():
        for group in groups:
            for record in group:
                if id(record) in row_of:
                    carries[row_of[id(record)]].add(fault)
    for fault, codes in ACCEPTED.items():
        tally = tallies.setdefault(fault, Tally())
        for group in data.groups.get(fault, ()):
            tally.planted += 1
            at = [row_of[id(record)] for record in group if id(record) in row_of]
            if any(row in named[code] for code in codes for row in at):
                tally.found += 1
            else:
                tally.missed.append(f"{data.kind}/{data.seed} row {at}: {_shown(data, group)}")
        if fault in WHOLE_COLUMNS:
            _score_columns(data, fault, findings, tally)
            continue
        tally.clean += sum(fault not in carries[row] for row in rows)
        for row, record in rows.items():
            for code in codes:
                if row in loud[code] and not any(code in ACCEPTED[other] | ALSO.get(other, frozenset()) for other in carries[row]):
                    tally.false += 1
                    tally.slandered.append(
                        f"{data.kind}/{data.seed} row {row} {code} (carries {sorted(carries[row])}): {_shown(data, (record,))}"
                    )
                    break


def _score_columns(data: DataSet, fault: str, findings: Iterable[Finding], tally: Tally) -> None:
    """Faults of a whole column are counted by columns, named in the parameters of the finding."""
    of_fault = [finding for finding in findings if finding.code in ACCEPTED[fault]]
    named = {text for finding in of_fault for text in _texts(finding.params)}
    loud = {text for finding in of_fault if finding.severity != "info" for text in _texts(finding.params)}
    planted = data.columns.get(fault, [])
    for group in planted:
        tally.planted += 1
        if named.isdisjoint(group):
            tally.missed.append(f"{data.kind}/{data.seed} columns {group}")
        else:
            tally.found += 1
    for column in set(data.records[0].cells).difference(*planted):
        tally.clean += 1
        if column in loud:
            tally.false += 1
            tally.slandered.append(f"{data.kind}/{data.seed} column {column}: {[(one.code, dict(one.params)) for one in of_fault]}")


def unknown_codes(findings: Iterable[Finding]) -> set[str]:
    """Codes at warning level or above that no fault accepts."""
    known = frozenset().union(*ACCEPTED.values(), *ALSO.values())
    return {finding.code for finding in findings if finding.severity != "info" and finding.code not in known}


def table(tallies: Mapping[str, Tally]) -> str:
    """The result as a table, one fault a line."""
    lines = [f"{'fault':24}{'planted':>8}{'found':>7}{'recall':>8}{'false':>7}{'of':>8}{'rate':>8}"]
    for fault, tally in tallies.items():
        lines.append(f"{fault:24}{tally.planted:8}{tally.found:7}{tally.recall:8.1%}{tally.false:7}{tally.clean:8}{tally.false_rate:8.2%}")
    return "\n".join(lines)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield str(key)
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _shown(data: DataSet, group: Iterable[Any]) -> str:
    parts = []
    for record in group:
        if record.raw is not None:
            parts.append(repr(record.raw[:160]))
        else:
            parts.append(" | ".join(f"{name}={record.cells[name][:220]!r}" for name in (*data.ask, *data.reply)))
    return "  <->  ".join(parts)
