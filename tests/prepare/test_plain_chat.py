"""Large plain files of conversations are read as all others are, with a part of the memory."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import TunesmithError
from core.prepare import plain_chat
from core.prepare.reading import Source, read_table
from core.prepare.source import DEFAULT, Limits


def line(text: str = "Why?") -> bytes:
    return json.dumps(
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "So."}]}, ensure_ascii=False
    ).encode()


PLAIN = b"\n".join([line(), line("Überweisung 😀"), b'{"messages": [', line("two"), b"", b'{"prompt": "x"}', line("a,b")]) + b"\n\n"


def read(data: bytes, limits: Limits) -> Source | str:
    try:
        return read_table(data, "chats.jsonl", limits=limits)
    except TunesmithError as error:
        return str(error)


def both(data: bytes, monkeypatch: pytest.MonkeyPatch, limits: Limits = DEFAULT) -> tuple[Source | str, Source | str, bool]:
    monkeypatch.setattr(plain_chat, "LARGE", 0)
    short = plain_chat.plain_chat(data, limits) is not None
    shortly = read(data, limits)
    monkeypatch.setattr(plain_chat, "LARGE", 10**9)
    return shortly, read(data, limits), short


def test_a_plain_file_takes_the_short_way_and_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shortly, generally, short = both(PLAIN, monkeypatch)
    assert short and shortly == generally and isinstance(shortly, Source) and len(shortly.examples) == 4
    assert both(line() + b"\n" + line(), monkeypatch)[2]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data + b"\xef\xbb\xbf" + line(),
        lambda data: data + b"\x00" + line(),
        lambda data: data + b"\xff\n",
        lambda data: b"[" + data,
        lambda data: b'{"question": "a", "answer": "b"}\n' * 9 + data,
        lambda data: data.decode().encode("utf-16"),
        lambda data: data.replace(b"Why?", b"\x7f" * 5),
        lambda data: b"",
        lambda data: line(),
    ],
)
def test_what_is_odd_is_left_to_the_general_way(change: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    shortly, generally, short = both(change(PLAIN), monkeypatch)
    assert shortly == generally and not short


@pytest.mark.parametrize("limits", [Limits(rows=3), Limits(values=9), Limits(line=30), Limits(bytes=50)])
def test_what_may_be_over_a_limit_is_left_to_the_general_way(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    shortly, generally, short = both(PLAIN, monkeypatch, limits)
    assert shortly == generally and (not short or limits.bytes == 50)


@given(
    st.lists(
        st.one_of(st.binary(max_size=6), st.text(max_size=9).map(line), st.sampled_from([b"", b" ", b"null", line() + b","])), max_size=6
    )
)
def test_any_lines_are_read_alike(lines: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        shortly, generally, _ = both(b"\n".join([line(), line(), *lines]), patch)
        assert shortly == generally
