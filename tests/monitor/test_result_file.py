"""A result file is read whatever its encoding, its columns and its gaps, and what is no result file is refused in words."""

import base64
import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import EmptyFile, InputError, TooLarge, TunesmithError, UnreadableFile
from core.monitor.result_file import MAX_BYTES, MAX_COLUMNS, MAX_STEPS, read

OPENAIS = b"""step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy
1,2.5,0.25,2.75,0.2
2,1.5,0.5,,
3,0.75,0.875,0.9,0.8
"""
# the columns that Azure's documentation lists for results.csv (read from a copy, 2026-11-26)
AZURES = b"step,train_loss,train_mean_token_accuracy,valid_loss,validation_mean_token_accuracy,"
AZURES += b"""full_valid_loss,full_valid_mean_token_accuracy
1,2.5,0.25,2.75,0.2,,
2,1.5,0.5,1.6,0.4,1.625,0.375
"""
ROWS = {
    1: {"train_loss": 2.5, "train_accuracy": 0.25, "valid_loss": 2.75, "valid_accuracy": 0.2},
    2: {"train_loss": 1.5, "train_accuracy": 0.5},
    3: {"train_loss": 0.75, "train_accuracy": 0.875, "valid_loss": 0.9, "valid_accuracy": 0.8},
}


def wrapped(data: bytes) -> bytes:
    """Base64 in lines of 76, as mail programs write it."""
    return base64.encodebytes(data)


@pytest.mark.parametrize(
    "packed",
    [
        lambda data: data,
        base64.b64encode,
        base64.urlsafe_b64encode,
        wrapped,
        lambda data: base64.b64encode(data).rstrip(b"="),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: base64.b64encode(b"\xef\xbb\xbf" + data),
        lambda data: b"\xef\xbb\xbf" + base64.b64encode(data) + b"\n",
        lambda data: data.decode().encode("utf-16"),
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: data.replace(b",", b";"),
        lambda data: data.replace(b",", b"\t"),
        lambda data: data.replace(b",", b" , "),
        lambda data: data.replace(b"step", b'"Step"'),
        lambda data: data.rstrip(b"\n"),
        lambda data: data + b"\n\n",
        lambda data: data + data.split(b"\n", 1)[1],  # every step twice
    ],
)
def test_the_same_figures_come_out_of_every_way_to_write_them(packed: Callable[[bytes], bytes]) -> None:
    found = read(packed(OPENAIS))
    assert {step: dict(row) for step, row in found.rows.items()} == ROWS
    assert not found.cut and not found.skipped and found.by_token


def test_whether_it_is_base64_is_told_by_its_content_and_the_table_comes_out_unpacked() -> None:
    assert read(base64.b64encode(OPENAIS)).table == read(OPENAIS).table == OPENAIS
    assert read(base64.b64encode(OPENAIS)).encoded and not read(OPENAIS).encoded


def test_azures_columns_are_known_with_the_full_passes() -> None:
    found = read(AZURES)
    assert dict(found.rows[2]) == {
        "train_loss": 1.5,
        "train_accuracy": 0.5,
        "valid_loss": 1.6,
        "valid_accuracy": 0.4,
        "full_valid_loss": 1.625,
        "full_valid_accuracy": 0.375,
    }
    assert "full_valid_loss" not in found.rows[1]


def test_columns_in_any_order_and_unknown_ones_are_kept_apart() -> None:
    found = read(b"learning_rate,valid_loss,note,step\n0.1,2.0,good,2\n0.2,3.0,bad,1\n0.05,,,3\n")
    assert {step: dict(row) for step, row in found.rows.items()} == {1: {"valid_loss": 3.0}, 2: {"valid_loss": 2.0}}
    assert found.others == {"learning_rate": 0.05}, "of the last step, and no words"
    assert list(found.rows) == [1, 2] and found.columns == ("learning_rate", "valid_loss", "note", "step") and not found.by_token


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "None", "null", "-", "inf", "1e999", "1_0", "٣", "0x10", "1.", "2e", "9" * 50])
def test_what_is_no_figure_is_a_gap(cell: str) -> None:
    assert {step: dict(row) for step, row in read(f"step,train_loss,valid_loss\n1,{cell},2.0\n".encode()).rows.items()} == {
        1: {"valid_loss": 2.0}
    }


@pytest.mark.parametrize("step", ["", "one", "1.5", "-1", "nan", "1e300", "step"])
def test_a_line_without_a_step_is_passed_over_and_counted(step: str) -> None:
    found = read(f"step,train_loss\n{step},9.0\n1,2.0\n".encode())
    assert {step: dict(row) for step, row in found.rows.items()} == {1: {"train_loss": 2.0}} and found.skipped == 1


@pytest.mark.parametrize("end", [b"3", b"3,", b"3,1.", b"3,1.5e", b"3,-", b"3,1"])
def test_a_last_line_that_breaks_off_is_left_out(end: bytes) -> None:
    found = read(b"step,train_loss\n1,2.5\n2,1.5\n" + end)
    whole = end == b"3,"
    assert list(found.rows) == [1, 2] and found.cut is not whole, "a gap at the end of a file is none that breaks off"
    assert list(read(b"step,train_loss\n1,2.5\n2,1.5\n3,1.25").rows) == [1, 2, 3]


@pytest.mark.parametrize("missing", range(1, 24))
def test_base64_that_breaks_off_gives_no_wrong_figure(missing: int) -> None:
    data = b"step,train_loss,valid_loss\n" + b"".join(b"%d,%.6f,%.6f\n" % (n, 2 / n, 3 / n) for n in range(1, 30))
    true = read(data).rows
    found = read(base64.b64encode(data)[:-missing]).rows
    assert len(found) >= 28 and all(found[step].items() <= true[step].items() for step in found)


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"error": {"message": "not found"}}',
        b"train_loss,valid_loss\n1,2\n",
        b"PK\x03\x04" + bytes(range(256)),
        b"\x00" * 100,
        base64.b64encode(b"some words that are no table"),
        base64.b64encode(base64.b64encode(b"\x89PNG" * 10)),
        b"step",
        b"abc",
        ("step," + ",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)) + "\n").encode(),
        b'"step,train_loss\n1,2',
    ],
)
def test_what_is_no_result_file_is_refused_in_words(data: bytes) -> None:
    if data == b"step":
        assert not read(data).rows
        return
    with pytest.raises(UnreadableFile) as refused:
        read(data)
    assert "no table of its steps" in str(refused.value) and len(refused.value.details) <= 200


@pytest.mark.parametrize("data", [b"", b" \n\r\n"])
def test_an_empty_file_is_called_empty(data: bytes) -> None:
    with pytest.raises(EmptyFile):
        read(data)


def test_a_file_of_hostile_size_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        read(b"step,train_loss\n" + b"1,2\n" * (MAX_BYTES // 4))
    with pytest.raises(TooLarge):
        read(b"step\n" + b"".join(b"%d\n" % n for n in range(MAX_STEPS + 2)))
    found = read(b"step,train_loss\n" + b"1," + b"9" * 1_000_000 + b"\n2,1.5\n" + b'3,"' + b"x" * 200_000 + b'"\n')
    assert list(found.rows) == [2]


def test_a_quotation_mark_that_is_never_closed_costs_its_line_alone() -> None:
    assert list(read(b'step,note,train_loss\n1,"oops,2.0\n2,fine,1.0\n').rows) == [2]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_nothing_else_happens(data: bytes) -> None:
    for one in (data, b"step,train_loss\n" + data, base64.b64encode(b"step,train_loss\n" + data)):
        try:
            read(one)
        except TunesmithError as error:
            assert isinstance(error, InputError)


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(st.integers(0, 10**9), st.tuples(finite, st.none() | finite), max_size=20))
def test_every_float_survives_both_encodings_bit_for_bit(rows: dict[int, tuple[float, float | None]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["step", "train_loss", "full_valid_loss"])
    writer.writerows([step, one, "" if other is None else other] for step, (one, other) in rows.items())
    true = {
        step: {"train_loss": one} | ({} if other is None else {"full_valid_loss": other}) for step, (one, other) in sorted(rows.items())
    }
    data = text.getvalue().encode()
    for one_way in (data, base64.b64encode(data)):
        assert {step: dict(row) for step, row in read(one_way).rows.items()} == true
