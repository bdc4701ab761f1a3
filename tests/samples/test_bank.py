"""The bank sample keeps the promises that its README makes, and its messy twin has the faults that it names."""

import csv
import io
import itertools
import re
import unicodedata
from collections import Counter

import pytest

from core.base.leakage import seen_in_training
from core.prepare.draft import Draft, Step
from core.prepare.prepared import Prepared
from core.prepare.repairs import step_for
from core.prepare.work import prepare_draft
from tests.samples.readme import FOLDER, SEED_DATA, section

COLUMNS = ["Support Query", "Top Category", "Sub Category"]


@pytest.fixture(scope="module")
def raw() -> bytes:
    return (FOLDER / "bank_support.csv").read_bytes()


@pytest.fixture(scope="module")
def rows(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True))


@pytest.fixture(scope="module")
def pairs(rows: list[dict[str, str]]) -> Counter[tuple[str, str]]:
    return Counter((row["Top Category"], row["Sub Category"]) for row in rows)


@pytest.fixture(scope="module")
def readme() -> str:
    return section("bank_support.csv")


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def test_file_is_plain_utf8_with_unix_lines_and_rfc_4180_quotes(raw: bytes, rows: list[dict[str, str]]) -> None:
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw and raw.endswith(b"\n")
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    assert out.getvalue().encode() == raw
    assert raw.count(b"\n") == len(rows) + 1, "a query runs over several lines"
    assert b'""' in raw, "the example should show a quoted quote"


def test_columns_are_the_three_promised_and_no_cell_is_blank_or_padded(raw: bytes, rows: list[dict[str, str]]) -> None:
    assert raw.split(b"\n", 1)[0].decode().split(",") == COLUMNS
    for number, row in enumerate(rows, start=2):
        assert list(row) == COLUMNS, f"row {number}"
        assert all(value and value == value.strip() and "  " not in value for value in row.values()), f"row {number}"


def test_there_are_enough_rows_and_categories(rows: list[dict[str, str]], pairs: Counter[tuple[str, str]]) -> None:
    assert 250 <= len(rows) <= 320
    assert len({top for top, _ in pairs}) >= 8
    assert 20 <= len(pairs) <= 26
    assert min(pairs.values()) >= 8 and max(pairs.values()) <= 16
    assert len(set(pairs.values())) >= 5, "class sizes should be uneven"


def test_each_sub_category_has_one_top_category(pairs: Counter[tuple[str, str]]) -> None:
    assert len({sub for _, sub in pairs}) == len(pairs)
    assert not {top for top, _ in pairs} & {sub for _, sub in pairs}


def test_no_query_comes_twice_and_none_contradicts_another(rows: list[dict[str, str]]) -> None:
    normal = Counter(" ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", row["Support Query"]).casefold())) for row in rows)
    assert [query for query, count in normal.items() if count > 1] == []


def test_no_two_queries_are_nearly_the_same(rows: list[dict[str, str]]) -> None:
    sets = [(row["Support Query"], words(row["Support Query"])) for row in rows]
    near = [(a, b) for (a, x), (b, y) in itertools.combinations(sets, 2) if len(x & y) >= 0.8 * len(x | y)]
    assert near == []


def test_the_queries_differ_in_length_and_in_how_they_begin(rows: list[dict[str, str]]) -> None:
    lengths = [len(row["Support Query"].split()) for row in rows]
    assert min(lengths) <= 6 and max(lengths) >= 25
    openings = Counter(" ".join(row["Support Query"].split()[:3]).casefold() for row in rows)
    assert openings.most_common(1)[0][1] <= len(rows) // 20


def test_no_query_holds_personal_data_or_could_run_as_a_formula(rows: list[dict[str, str]]) -> None:
    for row in rows:
        query = row["Support Query"]
        assert not re.search(r"\d{5,}|\S@\S|https?:|www\.", query), query
        assert query[0] not in "=+-@\t\r", query


def test_the_readme_tells_the_true_counts(readme: str, rows: list[dict[str, str]], pairs: Counter[tuple[str, str]]) -> None:
    tops = {top for top, _ in pairs}
    low, high = min(pairs.values()), max(pairs.values())
    assert f"{len(rows)} rows, {len(tops)} top categories, {len(pairs)} sub categories, {low} to {high} rows" in readme
    told = {(top, sub): int(n) for top, sub, n in re.findall(r"^\| ([^|]+) \| ([^|]+) \| (\d+) \|$", readme, re.M)}
    assert told == dict(pairs)
    assert all(f"`{column}`" in readme for column in COLUMNS)


def test_every_example_in_the_readme_is_in_the_file(readme: str, rows: list[dict[str, str]]) -> None:
    quoted = re.findall(r'^\|[^|]+\| "([^|]+)" is [^|]+\|$', readme, re.M)
    assert len(quoted) == 5
    assert set(quoted) <= {row["Support Query"] for row in rows}


def test_no_query_is_one_of_the_original_ones(rows: list[dict[str, str]]) -> None:
    original = SEED_DATA / "bank_support_train.csv"
    if not original.is_file():
        pytest.skip("the original data is not beside this project")
    with original.open(encoding="utf-8", newline="") as lines:
        theirs = [words(row["Support Query"]) for row in csv.DictReader(lines)]
    assert len(theirs) == 100
    ours = [(row["Support Query"], words(row["Support Query"])) for row in rows]
    assert [query for query, mine in ours for other in theirs if len(mine & other) >= 0.6 * len(mine | other)] == []


MESSY = "bank_support_messy.csv"
TESTED = 102  # the spreadsheet row of the first "test" row


def messy(*steps: Step) -> Prepared:
    return prepare_draft((FOLDER / MESSY).read_bytes(), MESSY, Draft(steps=steps))


def numbers(where: str) -> list[int]:
    """The rows that the README names, such as "3, 5 to 7"."""
    ends = [[int(end) for end in part.split(" to ")] for part in where.split(", ")]
    return [row for part in ends for row in range(part[0], part[-1] + 1)]


def repaired() -> tuple[Prepared, list[str]]:
    """The messy twin after every repair that the page offers, one after the other, and their names."""
    steps: list[Step] = []
    while True:
        result = messy(*steps)
        offered = [step for finding in result.findings if (step := step_for(finding)) and step not in steps]
        if not offered:
            return result, [step.repair for step in steps]
        steps.append(offered[0])


def test_the_messy_twin_is_read_as_the_office_file_that_it_is() -> None:
    data = (FOLDER / MESSY).read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == 121
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    assert {"’", "“", "'"} <= set(data.decode("cp1252"))
    result = messy()
    assert result.source.size == 120 and result.mapping is not None
    assert (result.mapping.question, result.mapping.answer) == (("Support Query",), ("Top Category", "Sub Category"))
    assert [(reason.code, reason.params.get("delimiter", reason.params.get("encoding"))) for reason in result.source.decisions[:2]] == [
        ("encoding_guessed", "cp1252"),
        ("delimiter_found", ";"),
    ]
    assert any("can’t" in example.question or "What’s" in example.question for example in result.examples)


def test_prepare_finds_the_faults_of_the_messy_twin_in_the_rows_that_the_readme_names() -> None:
    result = messy()
    found = {finding.code: finding for finding in result.findings}
    assert {code: finding.rows for code, finding in found.items() if finding.severity != "info"} == {
        "duplicates": (*range(103, 110), *range(111, 122)),
        "near_duplicates": (102, 110),
        "contradictions": (53, 64),
        "empty_question": (35, 82),
        "incomplete_answers": (55, 93),
        "label_spellings": (76, 99),
    }
    assert result.verdict.word == "ready_but"
    lone = found["single_row_classes"].params["classes"]
    assert {"Savings / Fixed-Term Deposits", "Fraud / Suspicious messages", "digital banking / Signing In"} <= set(lone)
    assert {50, 76, 99} <= set(found["single_row_classes"].rows)
    table = re.findall(r"^\|[^|]+\| ([^|]+) \| [^|]*`(\w+)`[^|]*\|$", section(MESSY), re.M)
    for code, finding in found.items():
        told = {row for where, named in table if named == code for row in numbers(where)}
        assert told <= set(finding.rows), code
        assert told == set(finding.rows) or finding.severity == "info", f"the README does not name all rows of {code}"


def test_the_space_behind_a_category_makes_no_second_category() -> None:
    assert b";PIN \r\n" in (FOLDER / MESSY).read_bytes()
    assert [line.label for line in messy().balance if line.label.startswith("Cards / PIN")] == ["Cards / PIN"]
    assert re.search(r"^\| A category with a space behind it \| 71 \|", section(MESSY), re.M)


def test_every_test_row_of_the_messy_twin_was_seen_in_training() -> None:
    examples = messy().examples
    seen = seen_in_training([e for e in examples if e.row >= TESTED], [e for e in examples if e.row < TESTED])
    assert [(leak.row, leak.how) for leak in seen if leak.how == "near"] == [(102, "near"), (110, "near")]
    assert len(seen) == 20


def test_the_offered_repairs_lead_to_a_file_that_trains() -> None:
    result, repairs = repaired()
    assert set(repairs) == {
        "drop_duplicates",
        "drop_near_duplicates",
        "drop_contradictions",
        "leave_out",
        "merge_spellings",
        "trim",
    }
    assert result.verdict.word == "ready"
    assert f"{len(result.examples)} rows are left" in section(MESSY)
    assert result.split is not None and len(result.split.train) > 50 and len(result.split.test) > 20


def test_the_messy_twin_is_made_of_our_own_sentences(rows: list[dict[str, str]]) -> None:
    ours = {words(row["Support Query"]) for row in rows}
    strange = {example.row for example in messy().examples if example.question.strip() and words(example.question) not in ours}
    assert strange == {102}, "only the row that was cut off differs"
