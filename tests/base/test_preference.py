"""Preference pairs as lines: what is written is read again, and what is counted is what leaves."""

import json

from hypothesis import given
from hypothesis import strategies as st

from core.base.preference import is_pair, parse_pairs, to_pair, write_pairs
from core.base.tokens import count_examples
from core.base.types import Example, Message

PAIR = Example((Message("user", "Why?"), Message("assistant", "Because.")), 1, {}, (Message("assistant", "Who cares about that?"),))

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_EXTRA = st.sampled_from([{}, {"name": "Ann"}, {"tool_calls": [{"id": "x", "function": {"name": "f", "arguments": "{}"}}]}])
_ANSWER = st.builds(Message, st.just("assistant"), _TEXT, _EXTRA)
_TURN = st.builds(Message, st.sampled_from(["system", "user", "assistant", "tool"]), _TEXT, _EXTRA)
_TOOLS = st.sampled_from([{}, {"tools": [{"type": "function"}], "parallel_tool_calls": False}])


@given(st.lists(st.tuples(st.lists(_TURN, min_size=1, max_size=4), _ANSWER, _ANSWER, _TOOLS), max_size=4))
def test_pairs_are_read_as_they_were_written(made: list[tuple[list[Message], Message, Message, dict[str, object]]]) -> None:
    data = [Example((*asked, better), row, extra, (worse,)) for row, (asked, better, worse, extra) in enumerate(made, 1)]
    assert all(map(is_pair, data))
    assert parse_pairs(write_pairs(data)) == tuple(data)


def test_a_weight_of_one_says_nothing_and_is_not_written() -> None:
    weighed = Example((Message("user", "Why?"), Message("assistant", "So.", {"weight": 1})), 1, {}, PAIR.rejected)
    record = to_pair(weighed)
    assert record is not None and record["preferred_output"] == [{"role": "assistant", "content": "So."}]


def test_other_lines_are_passed_over() -> None:
    odd = [b"", b"{broken", b"[]", b'{"input": 5}', b'{"input": {"messages": []}, "preferred_output": [1]}', b"[" * 100_000]
    read = parse_pairs(b"\n".join(odd) + b"\n" + write_pairs([PAIR, Example(PAIR.messages, 2)]))
    assert [(one.messages, one.rejected, one.row) for one in read] == [(PAIR.messages, PAIR.rejected, 7)]
    assert json.loads(write_pairs([PAIR]))["input"] == {"messages": [{"role": "user", "content": "Why?"}]}


def test_worse_answers_count_where_the_file_holds_them() -> None:
    alone, both = count_examples([PAIR]), count_examples([PAIR], pairs=True)
    assert both.total > alone.total == count_examples([Example(PAIR.messages, 1)]).total
    assert both.assistant > alone.assistant
    worse = count_examples([Example((*PAIR.messages[:-1], *PAIR.rejected), 1)])
    assert both.total + both.questions == alone.total + worse.total, "each answer with its question"
    assert alone.questions == 0 < both.questions
