"""Lines counted as they pass by: to the token what the reader of whole files and the careful count give."""

import json
from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base import accelerator
from core.base.chat_format import lies_in_lines, parse_jsonl
from core.base.line_counter import LineCounter
from core.base.nasty import nasty_texts
from core.base.tokens import count_examples, count_text

SYSTEM = '{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "?"}]}'
text = st.text(max_size=12)
odd = st.one_of(st.none(), st.booleans(), st.integers(-1, 2), st.floats(), text, st.lists(text, max_size=2), st.dictionaries(text, text))
keys = st.sampled_from(["role", "content", "name", "weight", "tool_calls", "refusal", "x"])
roles = st.sampled_from(["system", "user", "assistant", "tool", "developer", "Assistant", ""])
message = st.one_of(
    st.builds(lambda role, content: {"role": role, "content": content}, roles, text),
    st.builds(lambda role, content, more: {"role": role, "content": content, **more}, roles, text, st.dictionaries(keys, odd, max_size=3)),
    st.dictionaries(keys, odd),
)
record = st.one_of(
    st.builds(lambda messages: {"messages": messages}, st.lists(message, max_size=5)),
    st.builds(lambda messages, more: {**more, "messages": messages}, st.lists(message), st.dictionaries(text, odd, max_size=2)),
    odd,
)
line = st.one_of(
    st.builds(lambda value, ascii: json.dumps(value, ensure_ascii=ascii).encode("utf-8", "surrogatepass"), record, st.booleans()),
    st.sampled_from(
        [
            b"",
            b" \t\r",
            b"\x0b",
            b"null",
            b'{"messages": [{"role": "user", "content": "a", "content": "bb"}], "messages": [{"role": "user", "content": "c c"}]}',
            b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
            b'{"messages": [{"role": "user", "content": "\\ud83d\\ude00 \\u0000"}]}',
            b'{"messages": [{"role": "user", "content": "\xed\xa0\x80"}]}',
            b'{"messages": [{"role": "user", "content": "\xc0\xaf"}]}',
            b'{"messages": [{"role": "user", "content": "a\x01b"}]}',
            b'{"messages": [{"role": "user", "content": "a\tb"}]}',
            b'{"messages": [{"role": "assistant", "content": "a", "weight": 0.0}]}',
            b'{"messages": [{"role": "assistant", "content": "a", "weight": -0}]}',
            b'{"messages": [{"role": "assistant", "content": "a", "weight": 1e999}]}',
            b'{"messages": [{"role": "assistant", "content": "a", "weight": 0, "name": "n"}]}',
            b'{"messages": [{"role": "assistant", "content": "a"}], "x": NaN}',
            b'{"messages": [{"role": "assistant", "content": "a"}],}',
            b'{"messages": [{"role": "assistant", "content": "a"}]} {}',
            b'{"messages": [{"role": "assistant", "content": "a"}]}\x0c',
            b'\xef\xbb\xbf{"messages": [{"role": "assistant", "content": "a"}]}',
            b'{"messages": ' + b"[" * 200 + b"]" * 200 + b"}",
        ]
    ),
    st.builds(  # any byte of a line changed
        lambda base, at, byte: bytes([*base[: at % len(base)], byte, *base[at % len(base) + 1 :]]),
        st.just(SYSTEM.encode()),
        st.integers(0, 200),
        st.integers(0, 255),
    ),
)


def counted(lines: Sequence[bytes], **how: Any) -> LineCounter:
    counter = LineCounter("o200k_base", **how)
    counter.feed([one + b"\n" for one in lines], 0)
    return counter


@settings(max_examples=400, deadline=None)
@given(st.lists(line, max_size=6))
def test_lines_are_counted_exactly_as_the_whole_file_is(lines: list[bytes]) -> None:
    # a line feed that a change put into a line parts it
    data = b"\n".join([SYSTEM.encode(), *lines, SYSTEM.encode()])
    assert lies_in_lines(data)
    counter = counted(data.split(b"\n"), accelerate=False)
    expected = count_examples(parse_jsonl(data).examples)
    assert (tuple(counter.all), tuple(counter.answers)) == (expected.per_example, expected.answers)
    assert counter.guessed is not expected.exact
    starts = [sum(len(one) + 1 for one in data.split(b"\n")[:n]) for n in range(data.count(b"\n") + 1)]
    assert list(counter.starts) == [starts[example.row - 1] for example in parse_jsonl(data).examples]


def test_a_line_without_messages_is_no_example() -> None:
    assert len(counted([b'{"messages": []}', b"{}"]).all) == 0


def test_texts_that_come_back_are_counted_once_and_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.base import line_counter

    monkeypatch.setattr(line_counter, "_REMEMBERED", 100)
    asked: list[str] = []

    def lengths(texts: Sequence[str]) -> Sequence[int]:
        asked.extend(texts)
        return [len(one) for one in texts]

    remembering = line_counter._Remembering(lengths)
    assert remembering(["a", "bb", "a"]) == [1, 2, 1] and asked == ["a", "bb"]
    assert remembering(["bb", "c" * 5_000]) == [2, 5_000] and asked == ["a", "bb", "c" * 5_000]
    assert remembering(["c" * 5_000, "d" * 99]) == [5_000, 99] and asked[3:] == ["c" * 5_000, "d" * 99], "a long text is not kept"
    assert remembering(["a"]) == [1] and asked[5:] == ["a"], "what was kept is thrown away as a whole"


# --- the accelerator ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "encoding"), [("cl100k", "cl100k_base"), ("o200k", "o200k_base")])
def test_the_counts_that_the_accelerator_has_to_reach_are_tiktokens(scheme: str, encoding: str) -> None:
    counts = [count_text(one, encoding) for one in nasty_texts(accelerator.TEXTS, accelerator.SEED)]
    assert accelerator.fingerprint(counts) == accelerator._EXPECTED[scheme]


@pytest.mark.parametrize("encoding", ["cl100k_base", "o200k_base"])
def test_the_accelerator_counts_forty_thousand_nasty_texts_as_tiktoken_does(encoding: str) -> None:
    pytest.importorskip("gigatoken")
    fast = accelerator.accelerated(encoding)
    assert fast is not None
    texts = [*nasty_texts(40_000, seed=11), "", "a" * 20_000, " " * 5_000, "\n" * 5_000, "1" * 5_000, "<|endoftext|>" * 50]
    assert list(fast(texts)) == [count_text(one, encoding) for one in texts]


def test_an_accelerator_that_counts_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gigatoken")
    loads: list[str] = []

    class Wrong:
        def __init__(self, scheme: str) -> None:
            loads.append(scheme)

        def __call__(self, texts: Sequence[str]) -> Sequence[int]:
            return array("I", [1] * len(texts))

    monkeypatch.setattr(accelerator, "_checked", {})
    monkeypatch.setattr(accelerator, "_Gigatoken", Wrong)
    assert accelerator.accelerated("o200k_base") is None and accelerator.accelerated("o200k_harmony") is None
    assert loads == ["o200k"], "the check is made once a process"
    assert not LineCounter("o200k_base").is_accelerated


def test_without_the_accelerator_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "find_spec", lambda name: None)
    assert not (counter := counted([SYSTEM.encode()])).is_accelerated
    assert list(counter.all) == list(count_examples(parse_jsonl(SYSTEM.encode()).examples).per_example)


def test_its_memory_of_words_is_thrown_away_when_it_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gigatoken")
    monkeypatch.setattr(accelerator, "_LOOK", 10)
    monkeypatch.setattr(accelerator, "_GROWN", -1)
    fast = accelerator.accelerated("cl100k_base")
    assert fast is not None
    first = fast._tokenizer  # type: ignore[attr-defined]
    assert list(fast(["twenty letters and more", "x"])) == [count_text("twenty letters and more", "cl100k_base"), 1]
    assert fast._tokenizer is not first  # type: ignore[attr-defined]
