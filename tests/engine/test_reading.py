"""What a job's file must hold for its method."""

import json

import pytest

from core.base.preference import write_pairs
from core.base.types import Example, Message
from engine.reading import conversations, pairs, uploaded
from tests.engine.helpers import support


def pair(row: int) -> Example:
    return Example((Message("user", f"q{row}"), Message("assistant", "good")), row, {}, (Message("assistant", "bad"),))


def test_pairs_are_read_with_both_answers() -> None:
    found, refused = pairs(write_pairs(map(pair, range(1, 13))), least=10)
    assert refused is None and len(found) == 12
    assert (found[0].answer, found[0].rejected[0].content) == ("good", "bad")


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (write_pairs(map(pair, range(1, 4))), "invalid_n_examples", "3 example(s)"),
        (write_pairs(map(pair, range(1, 13))) + b'{"messages": []}\n', "invalid_file_format", "Line 13 of the file is no preference pair"),
        (support(12), "invalid_file_format", "Line 1 of the file"),
        (b"\xff\xfe", "invalid_file_format", "not UTF-8: byte 1"),
    ],
)
def test_what_is_no_file_of_pairs_is_refused_with_its_line(data: bytes, code: str, words: str) -> None:
    refused = pairs(data, least=10)[1]
    assert refused is not None and refused[0] == code and words in refused[1]


def test_conversations_and_pairs_can_be_uploaded_but_not_a_mixture() -> None:
    good = write_pairs(map(pair, range(1, 4)))
    assert uploaded(good) is None and uploaded(support(3)) is None
    assert uploaded(good + support(1)) == ("invalid_file_format", "Line 4 of the file is no preference pair.")
    assert uploaded(support(1) + good) is not None
    assert uploaded(b"\xff" + good) is not None and uploaded(b"") is not None


def test_pairs_are_no_conversations() -> None:
    refused = conversations(write_pairs(map(pair, range(1, 13))), least=10, checked=False)[1]
    assert refused is not None


def test_a_file_that_was_checked_is_only_read() -> None:
    data = support(3) + json.dumps({"messages": [{"role": "user", "content": "x"}]}).encode()
    assert conversations(data, least=10, checked=False)[1] is not None
    assert conversations(data, least=10, checked=True)[1] is None
