"""The sample data keeps the promises that its README makes."""

import csv
import io
import itertools
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "sample_data"
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
    return (FOLDER / "README.md").read_text(encoding="utf-8")


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
    original = FOLDER.parent / "../shared/seed_data/bank_support_train.csv"
    if not original.is_file():
        pytest.skip("the original data is not beside this project")
    with original.open(encoding="utf-8", newline="") as lines:
        theirs = [words(row["Support Query"]) for row in csv.DictReader(lines)]
    assert len(theirs) == 100
    ours = [(row["Support Query"], words(row["Support Query"])) for row in rows]
    assert [query for query, mine in ours for other in theirs if len(mine & other) >= 0.6 * len(mine | other)] == []
