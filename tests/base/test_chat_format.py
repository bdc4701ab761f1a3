"""Training lines: written to the byte, read back whatever they hold, and every rule of the server with its row and its words."""

import json
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.chat_format import Parsed, check_examples, check_file, parse_jsonl, to_line, write_jsonl
from core.base.chat_rules import refusal
from core.base.types import Example, Finding, Message

GOLDEN = Path(__file__).parent / "golden"


def chat(question: str = "Where is my card?", answer: str = "On its way.", row: int = 1, system: str = "") -> Example:
    turns = (Message("system", system),) if system else ()
    return Example((*turns, Message("user", question), Message("assistant", answer)), row)


def lines(*extra: object, good: int = 10) -> bytes:
    """A file of good lines, then the given ones: strings and bytes as they are, everything else as JSON."""
    rows = [to_line(chat(f"Question {n}?")).encode() for n in range(good)]
    for item in extra:
        rows.append(item if isinstance(item, bytes) else item.encode() if isinstance(item, str) else json.dumps(item).encode())
    return b"\n".join(rows) + b"\n"


def messages(*turns: dict[str, object], **more: object) -> dict[str, object]:
    return {"messages": list(turns), **more}


USER = {"role": "user", "content": "Hello?"}
ANSWER = {"role": "assistant", "content": "Hello."}


def only(findings: list[Finding] | tuple[Finding, ...], code: str) -> Finding:
    found = [finding for finding in findings if finding.code == code]
    assert len(found) == 1, [finding.code for finding in findings]
    return found[0]


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in check_file(data)]


# --- writing ------------------------------------------------------------------------------------------------------------------------------

TONGUES = (
    chat("¿Dónde está mi tarjeta?", "Está en camino — llegará el próximo lunes.", 1),
    chat("Kartu saya hilang 😱", "Tenang 🙏🏽 👨‍👩‍👧‍👦", 2),
    chat('He said "no".\nThen?', "A back\\slash, a tab\t, 'single' and \u201cdouble\u201d.", 3),
    chat("أين بطاقتي؟", "في الطريق \u200f(غدًا)\u200f.", 4, system="أنت مساعد بنك."),
    chat("カードはどこ？", '{"top": "Cartões", "sub": "Отправка"}', 5),
    chat("line\u2028separator\u2029and\x85next", "null \x00 bell \x07 end\x1f", 6),
    chat("a + 1 < b && c > d </script>", "\ufeffmark, \u00e9 and e\u0301 stay apart", 7),
    Example(
        (
            Message("user", "Was?", {"name": "zoë"}),
            Message("assistant", "Erst so.", {"weight": 0}),
            Message("user", "Und?"),
            Message("assistant", "Dann so."),
        ),
        8,
        {"parallel_tool_calls": False},
    ),
)


def test_the_golden_file_is_matched_to_the_byte() -> None:
    assert write_jsonl(TONGUES) == (GOLDEN / "tongues.jsonl").read_bytes()


def test_the_golden_file_reads_back_as_the_same_examples() -> None:
    assert parse_jsonl((GOLDEN / "tongues.jsonl").read_bytes()) == Parsed(TONGUES, ())


def test_a_line_is_one_object_with_messages_first_and_no_escapes() -> None:
    assert to_line(TONGUES[0]) == (
        '{"messages": [{"role": "user", "content": "¿Dónde está mi tarjeta?"},'
        ' {"role": "assistant", "content": "Está en camino — llegará el próximo lunes."}]}'
    )
    assert to_line(TONGUES[7]).startswith('{"messages": [{"role": "user", "content": "Was?", "name": "zoë"}, {"role": "assistant"')
    assert to_line(TONGUES[7]).endswith('], "parallel_tool_calls": false}')


def test_no_tool_takes_a_character_in_a_text_for_the_end_of_a_line() -> None:
    data = write_jsonl(TONGUES)
    assert len(data.decode("utf-8").splitlines()) == len(TONGUES)
    assert data.endswith(b"}\n")
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data


def test_an_empty_list_writes_an_empty_file() -> None:
    assert write_jsonl([]) == b""


def test_half_a_surrogate_pair_becomes_a_replacement_character_and_a_split_pair_is_joined() -> None:
    line = to_line(chat("cut \ud83d here", "whole \ud83d\ude00"))
    assert json.loads(line)["messages"][0]["content"] == "cut \ufffd here"
    assert json.loads(line)["messages"][1]["content"] == "whole 😀"
    write_jsonl([chat("\udfff")]).decode("utf-8")


def test_a_nan_that_code_put_into_an_example_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_line(Example((Message("user", "?"),), 1, {"tools": [float("nan")]}))


# --- there and back -----------------------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
EXTRA = st.dictionaries(TEXT.filter(lambda key: key not in {"role", "content", "messages"}), VALUES, max_size=2)
MESSAGES = st.builds(Message, st.sampled_from(["system", "user", "assistant", "tool", "", "späti"]), TEXT, EXTRA)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.lists(MESSAGES, min_size=1, max_size=4), EXTRA), min_size=1, max_size=5))
def test_what_is_written_is_read_back_the_same(drawn: list[tuple[list[Message], dict[str, object]]]) -> None:
    examples = tuple(Example(tuple(turns), row, extra) for row, (turns, extra) in enumerate(drawn, start=1))
    data = write_jsonl(examples)
    assert parse_jsonl(data) == Parsed(examples, ())
    assert write_jsonl(parse_jsonl(data).examples) == data


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_any_text_at_all_makes_a_line_of_utf8(text: str) -> None:
    data = write_jsonl([chat(text, text)])
    read = parse_jsonl(data)
    assert not read.findings
    assert read.examples[0].question == read.examples[0].answer
    assert len(read.examples[0].question.encode()) > 0 or not text


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200) | st.text(st.sampled_from('[]{}",:\\ \n\r\tu0dDnN8eE-1“”\ufeffmessages'), max_size=60).map(str.encode))
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    parsed = parse_jsonl(data)
    assert parsed.examples or parsed.findings
    check_examples(parsed)


@pytest.mark.parametrize("nesting", [99, 101, 900, 5_000, 200_000])
def test_deep_nesting_is_refused_before_it_exhausts_the_stack(nesting: int) -> None:
    data = lines('{"messages": ' + "[" * nesting + "]" * nesting + "}")
    found = check_file(data)
    assert [finding.rows for finding in found] == [(11,)]
    assert found[0].code == ("not_chat" if nesting < 100 else "bad_json_line")


def test_a_number_of_too_many_digits_is_a_bad_line() -> None:
    assert only(check_file(lines('{"messages": ' + "9" * 5_000 + "}")), "bad_json_line").rows == (11,)


def test_typed_parts_and_other_contents_survive_the_way_there_and_back() -> None:
    parts = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://a/b.png"}},
        {"type": "text", "text": "Well?"},
    ]
    raw = [
        messages({"role": "user", "content": parts}, ANSWER),
        messages(USER, {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}),
        messages(USER, {"role": "assistant", "content": 42}),
        messages({"role": 7, "content": "x"}, ANSWER),
    ]
    examples = parse_jsonl("\n".join(json.dumps(line) for line in raw).encode()).examples
    assert examples[0].question == "Look:\nWell?"
    assert examples[2].answer == "42"
    assert [json.loads(to_line(example)) for example in examples] == raw


# --- reading ------------------------------------------------------------------------------------------------------------------------------


def test_lines_are_physical_lines_whatever_they_end_with() -> None:
    data = lines(good=10)
    crlf = data.replace(b"\n", b"\r\n")
    assert parse_jsonl(crlf).examples == parse_jsonl(data).examples
    assert codes(crlf) == ["windows_line_ends"]
    assert only(check_file(crlf), "windows_line_ends").severity == "info"
    assert codes(data[:-1]) == []
    old = data.replace(b"\n", b"\r")
    assert parse_jsonl(old).examples == parse_jsonl(data).examples
    assert only(check_file(old), "old_mac_lines").severity == "error"


def test_a_separator_inside_a_text_does_not_shift_the_rows() -> None:
    data = lines('{"messages": [{"role": "user", "content": "a\u2028b\u0085c"}, {"role": "assistant", "content": "d"}]}', "{broken", good=9)
    assert parse_jsonl(data).examples[-1].question == "a\u2028b\u0085c"
    assert only(check_file(data), "bad_json_line").rows == (11,)


def test_a_byte_order_mark_is_found_and_the_line_behind_it_kept() -> None:
    found = check_file(b"\xef\xbb\xbf" + lines())
    assert [(f.code, f.severity, f.rows) for f in found] == [("byte_order_mark", "error", (1,))]
    assert found[0].server_words.startswith("Invalid file format. Example 1 cannot be parsed. Error: line contains invalid json:")
    assert len(parse_jsonl(b"\xef\xbb\xbf" + lines()).examples) == 10


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_from_a_windows_editor_is_read_and_named(encoding: str) -> None:
    data = ("\ufeff" + lines("ü").decode()).encode(encoding)
    assert only(check_file(data), "not_utf8").params["encoding"] == encoding
    assert len(parse_jsonl(data).examples) == 10


def test_a_line_in_another_encoding_is_left_out_and_the_others_stay() -> None:
    bad = '{"messages": [{"role": "user", "content": "Müller?"}, {"role": "assistant", "content": "Ja."}]}'.encode("cp1252")
    found = only(check_file(lines(bad, to_line(chat()))), "not_utf8")
    assert found.rows == (11,) and found.severity == "error"
    assert len(parse_jsonl(lines(bad, to_line(chat()))).examples) == 11


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (to_line(chat())[:-5], "cut_off"),
        (to_line(chat()) + ",", "trailing_comma"),
        (to_line(chat()) + to_line(chat()), "extra_data"),
        (to_line(chat()).replace('"', "'"), "single_quotes"),
        ('{"messages": undefined}', "other"),
        ('{"messages": "a\tb"}', "other"),
    ],
)
def test_a_bad_line_is_named_with_its_row_and_the_servers_words(line: str, kind: str) -> None:
    data = lines(line, to_line(chat()))
    found = only(check_file(data), "bad_json_line")
    assert found.rows == (11,) and found.severity == "error" and found.params["kind"] == kind
    assert found.params["code"] == "invalid_file_format"
    assert found.server_words.startswith("Invalid file format. Example 11 cannot be parsed. Error: line contains invalid json: ")
    assert found.server_words.endswith("(line 11)") and "column" in found.server_words
    assert [example.row for example in parse_jsonl(data).examples] == [*range(1, 11), 12]


@pytest.mark.parametrize(
    "line",
    [
        to_line(chat()).replace('"', "“"),
        "{“messages”: [{“role”: “user”, “content”: “Hi”}, {“role”: “assistant”, “content”: “Yes”}]}",
        '{"messages": [{"role": "user", "content": “Hi”}, {"role": "assistant", "content": "Yes"}]}',
        '{"messages": [{"role": "user", "content": "Hi”}, {"role": "assistant", "content": "Yes"}]}',
    ],
)
def test_quotes_that_a_word_processor_curled_are_named(line: str) -> None:
    assert only(check_file(lines(line)), "smart_quotes").rows == (11,)


def test_curly_quotes_inside_a_text_are_fine() -> None:
    assert codes(lines(to_line(chat("“Why?” she said", "It’s so.")))) == []


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_json_does_not_have_are_refused_with_their_place(literal: str) -> None:
    line = to_line(chat(answer="HERE")).replace('"HERE"', literal)
    found = only(check_file(lines(line)), "nan_value")
    assert found.rows == (11,) and found.severity == "error"
    assert found.params["where"] == "messages[1].content" and found.params["literal"] == literal
    assert literal in found.server_words
    assert len(parse_jsonl(lines(line)).examples) == 10


def test_the_word_nan_in_a_text_is_fine() -> None:
    assert codes(lines(to_line(chat("wow: NaN, Infinity", "nan")))) == []


def test_a_key_given_twice_is_found_and_the_last_one_counts() -> None:
    line = '{"messages": [{"role": "user", "content": "first", "content": "second"}, {"role": "assistant", "content": "x"}]}'
    found = only(check_file(lines(line)), "duplicate_key")
    assert found.rows == (11,) and found.params["key"] == "content" and found.severity == "warning"
    assert parse_jsonl(lines(line)).examples[-1].question == "second"


def test_an_escaped_half_pair_is_found_and_mended_and_a_whole_pair_is_not_touched() -> None:
    line = r'{"messages": [{"role": "user", "content": "cut \ud83d"}, {"role": "assistant", "content": "whole \ud83d\ude00"}]}'
    parsed = parse_jsonl(lines(line))
    assert only(parsed.findings, "lone_surrogate").rows == (11,)
    assert parsed.examples[-1].question == "cut \ufffd" and parsed.examples[-1].answer == "whole 😀"
    assert codes(lines(line.replace(r"cut \ud83d", "fine"))) == []


def test_a_blank_line_is_a_warning_in_the_middle_and_nothing_at_the_end() -> None:
    data = lines("", "   ", to_line(chat())) + b"\n\n  \n"
    assert [(f.code, f.rows) for f in check_file(data)] == [("blank_line", (11,)), ("blank_line", (12,))]
    assert parse_jsonl(data).examples[-1].row == 13
    assert only(check_file(lines("\u00a0")), "bad_json_line").rows == (11,)  # looks blank and is not


@pytest.mark.parametrize("data", [b"", b"\n\n", b"   ", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_says_so(data: bytes) -> None:
    assert "empty_file" in codes(data) and parse_jsonl(data).examples == ()


def test_an_array_of_records_is_read_and_named() -> None:
    records = [json.loads(line) for line in lines().decode().splitlines()]
    for text in (json.dumps(records), json.dumps(records, indent=2), "\n [" + ",\n".join(json.dumps(r) for r in records) + "]\n"):
        parsed = parse_jsonl(text.encode())
        assert [f.code for f in parsed.findings] == ["json_array"] and parsed.findings[0].severity == "error"
        assert [example.row for example in parsed.examples] == list(range(1, 11))


def test_an_array_on_the_first_line_does_not_cost_the_lines_behind_it() -> None:
    data = b"[1, 2]\n" + lines()
    parsed = parse_jsonl(data)
    assert [(f.code, f.rows) for f in parsed.findings] == [("not_chat", (1,))]
    assert [example.row for example in parsed.examples] == list(range(2, 12))
    ten = "\n".join(f"[{to_line(chat())}]" for _ in range(10))
    assert [f.code for f in parse_jsonl(ten.encode()).findings] == ["not_chat"] * 10


def test_what_precedes_a_mistake_in_an_array_is_kept() -> None:
    text = "[" + ", ".join([to_line(chat()), to_line(chat()), "{oops}", to_line(chat())]) + "]"
    parsed = parse_jsonl(text.encode())
    assert [f.code for f in parsed.findings] == ["json_array", "bad_json_line"]
    assert parsed.findings[1].rows == (3,) and len(parsed.examples) == 2


@pytest.mark.parametrize("end", ["", ", 1", "] x"])
def test_an_array_that_does_not_end_as_one_is_found(end: str) -> None:
    parsed = parse_jsonl(f"[{to_line(chat())}{end}".encode())
    assert {f.code for f in parsed.findings} >= {"json_array", "bad_json_line"} and len(parsed.examples) == 1


def test_pretty_printed_objects_are_read_and_named() -> None:
    text = "\n".join(json.dumps(json.loads(line), indent=4, ensure_ascii=False) for line in lines().decode().splitlines())
    for data in (text.encode(), text.replace("\n", "\r\n").encode(), text.replace("}\n{", "},\n{").encode()):
        parsed = parse_jsonl(data)
        assert [f.code for f in parsed.findings] == ["pretty_printed"]
        assert len(parsed.examples) == 10 and parsed.examples == parse_jsonl(lines()).examples


def test_a_first_line_that_was_cut_off_does_not_cost_the_others() -> None:
    data = b'{"messages": [{"role": "user",\n' + lines()
    parsed = parse_jsonl(data)
    assert [(f.code, f.rows) for f in parsed.findings] == [("bad_json_line", (1,))]
    assert [example.row for example in parsed.examples] == list(range(2, 12))


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"prompt": "a", "completion": "b"}, "prompt_completion"),
        ({"input": {}, "preferred_output": [], "non_preferred_output": []}, "preference"),
        ({"conversations": []}, "other_keys"),
        ({"messages": []}, "empty_messages"),
        ({"messages": "text"}, "other_keys"),
        ([USER, ANSWER], "not_an_object"),
        ('"text"', "not_an_object"),
        (7, "not_an_object"),
    ],
)
def test_what_is_not_a_chat_is_refused_in_the_servers_words(record: object, found: str) -> None:
    finding = only(check_file(lines(record)), "not_chat")
    assert finding.rows == (11,) and finding.severity == "error" and finding.params["found"] == found
    assert finding.server_words == "Unexpected file format, expected either prompt/completion pairs or chat messages."
    assert refusal(finding) == ("invalid_training_file", finding.server_words)


def test_a_message_that_is_not_an_object_is_refused() -> None:
    finding = only(check_file(lines({"messages": [USER, "Hello."]})), "not_chat")
    assert finding.rows == (11,) and finding.params["message"] == 2
    assert finding.server_words == "'str' object has no attribute 'get'"


def test_a_list_of_findings_is_cut_and_says_what_it_left_out() -> None:
    data = b"\n".join([b"{oops"] + [b""] * 30 + [b"{oops"] * 7 + [b'{"prompt": 1}'])
    parsed = parse_jsonl(data, max_findings=5)
    assert [f.code for f in parsed.findings] == ["bad_json_line", *["blank_line"] * 5, *["bad_json_line"] * 4, "not_chat", "more_findings"]
    last = parsed.findings[-1]
    assert last.severity == "error" and last.params == {"n": 28, "codes": {"blank_line": 25, "bad_json_line": 3}}
    again = check_examples(parsed, max_findings=2)
    assert [f.code for f in again] == [
        "bad_json_line",
        *["blank_line"] * 2,
        "bad_json_line",
        "not_chat",
        "too_few_examples",
        "more_findings",
    ]
    assert again[-1].params == {"n": 34, "codes": {"blank_line": 28, "bad_json_line": 6}}
    assert len(parse_jsonl(data).findings) == 39
    only_blank = parse_jsonl(lines("", "", "", to_line(chat())), max_findings=1).findings[-1]
    assert (only_blank.code, only_blank.severity) == ("more_findings", "warning")


# --- the server's rules -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 7, 9])
def test_fewer_than_ten_examples_are_refused(n: int) -> None:
    found = only(check_examples([chat(row=row) for row in range(n)]), "too_few_examples")
    assert found.server_words == f"Training file has {n} example(s), but must have at least 10 examples"
    assert found.params == {"n": n, "minimum": 10, "code": "invalid_n_examples"}
    assert refusal(found)[0] == "invalid_n_examples"


def test_ten_good_examples_pass_and_the_minimum_can_be_another() -> None:
    assert check_file(lines(good=10)) == []
    assert check_examples([chat()], min_examples=1) == []


RULES: list[tuple[dict[str, object], str, str, str]] = [
    (messages({"content": "Hello?"}, ANSWER), "missing_role", "error", "Example 11, message 1 Discriminator 'role' is missing in value"),
    (
        messages(USER, {"role": None, "content": "x"}, ANSWER),
        "missing_role",
        "error",
        "Example 11, message 2 Discriminator 'role' is missing in value",
    ),
    (messages({"role": "customer", "content": "Hello?"}, USER, ANSWER), "unknown_role", "error", ""),
    (messages({"role": ["user"], "content": "Hello?"}, USER, ANSWER), "unknown_role", "error", ""),
    (messages({"role": "developer", "content": "Be kind."}, USER, ANSWER), "developer_role", "warning", ""),
    (messages(USER, {"role": "assistant", "content": None}), "content_not_text", "error", "'str' object has no attribute 'get'"),
    (messages(USER, {"role": "assistant"}), "content_not_text", "error", "'str' object has no attribute 'get'"),
    (messages(USER, {"role": "assistant", "content": 4}), "content_not_text", "error", "'str' object has no attribute 'get'"),
    (messages(USER, {"role": "assistant", "content": {"a": 1}}), "content_not_text", "error", "'str' object has no attribute 'get'"),
    (
        messages(USER, {"role": "assistant", "content": [{"type": "text", "text": "a"}]}),
        "content_not_text",
        "error",
        "'str' object has no attribute 'get'",
    ),
    (messages({"role": "user", "content": ["a"]}, ANSWER), "content_not_text", "error", "'str' object has no attribute 'get'"),
    (messages({"role": "user", "content": [{"type": "text"}]}, ANSWER), "content_not_text", "error", "'str' object has no attribute 'get'"),
    (
        messages({"role": "user", "content": "a <|fim_suffix|> b"}, ANSWER),
        "special_token",
        "error",
        "Example 11 message contains an invalid token: <|fim_suffix|>.",
    ),
    (
        messages({"role": "user", "content": [{"type": "text", "text": "<|endoftext|>"}]}, ANSWER),
        "special_token",
        "error",
        "Example 11 message contains an invalid token: <|endoftext|>.",
    ),
    (messages({**USER, "weight": 1}, ANSWER), "extra_key", "error", 'Example 11 contains an extra "weight".'),
    (messages(USER, {**ANSWER, "mood": "glad"}), "extra_key", "error", 'Example 11 contains an extra "mood".'),
    (messages(USER), "no_assistant", "error", ""),
    (messages(USER, ANSWER, USER), "last_not_assistant", "error", ""),
    (messages(USER, {**ANSWER, "weight": 2}), "bad_weight", "error", ""),
    (messages(USER, {**ANSWER, "weight": True}), "bad_weight", "error", ""),
    (messages(USER, {**ANSWER, "weight": 0.5}), "bad_weight", "error", ""),
    (messages(USER, {**ANSWER, "weight": "1"}), "bad_weight", "error", ""),
    (messages(USER, {**ANSWER, "weight": 0}), "no_weighted_answer", "warning", ""),
    (messages(USER, {"role": "assistant", "content": ""}), "empty_answer", "error", ""),
    (messages(USER, {"role": "assistant", "content": " \n\u00a0"}), "empty_answer", "error", ""),
    (messages({"role": "user", "content": " "}, ANSWER), "empty_question", "warning", ""),
    (messages({"role": "user", "content": []}, ANSWER), "empty_question", "warning", ""),
    (messages({"role": "system", "content": "Be kind."}, ANSWER), "no_question", "warning", ""),
]


@pytest.mark.parametrize(("record", "code", "severity", "words"), RULES)
def test_every_rule_of_the_server_names_the_row(record: dict[str, object], code: str, severity: str, words: str) -> None:
    found = check_file(lines(record))
    assert [(f.code, f.severity, f.rows) for f in found] == [(code, severity, (11,))]
    assert found[0].server_words == words
    if severity == "error":
        given, sentence = refusal(found[0])
        assert given == "invalid_file_format"
        assert sentence == words or ("Example 11" in sentence and "{" not in sentence)


@pytest.mark.parametrize(
    "record",
    [
        messages({"role": "system", "content": "Be kind."}, USER, ANSWER),
        messages(USER, {**ANSWER, "weight": 0}, USER, {**ANSWER, "weight": 1}),
        messages({**USER, "name": "ana"}, ANSWER),
        messages(
            USER,
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
            {"role": "tool", "content": "7", "tool_call_id": "1"},
            ANSWER,
        ),
        messages(
            USER,
            {"role": "assistant", "content": "", "function_call": {"name": "f"}},
            {"role": "function", "name": "f", "content": "7"},
            ANSWER,
        ),
        messages({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "b"}}]}, ANSWER),
        messages({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "b"}}]}, ANSWER),
        messages({"role": "user", "content": "a <| b |> c <|Not|> <||>"}, ANSWER),
        messages({"role": "system", "content": ""}, USER, ANSWER),
    ],
)
def test_what_the_server_takes_is_not_complained_about(record: dict[str, object]) -> None:
    assert check_file(lines(record)) == []


def test_keys_of_a_line_that_are_no_part_of_the_format_are_extra() -> None:
    data = b"\n".join(json.dumps(messages(USER, ANSWER, split="train")).encode() for _ in range(10))
    found = check_file(data)
    assert [(f.code, f.rows, f.params["key"]) for f in found] == [("extra_key", (row,), "split") for row in range(1, 11)]
    assert found[0].server_words == 'Example 1 contains an extra "split".'


def test_lines_of_different_shapes_are_found_at_the_odd_ones() -> None:
    tools = messages(USER, ANSWER, tools=[{"type": "function", "function": {"name": "f"}}])
    assert check_file(lines(*[tools] * 10, good=0)) == []
    found = only(check_file(lines(tools, tools)), "mixed_shapes")
    assert found.rows == (11, 12) and found.params["key"] == "tools" and found.params["usual"] == ["messages"]
    assert found.server_words == 'Example 11 contains an extra "tools".'
    turned = only(check_file(lines(*[tools] * 12, good=2)), "mixed_shapes")
    assert turned.rows == (1, 2) and turned.params["usual"] == ["messages", "tools"]
    assert turned.server_words == 'Example 3 contains an extra "tools".'


def test_every_error_has_a_code_and_a_sentence_to_refuse_the_file_with() -> None:
    ugly = lines(*[record for record, *_ in RULES], "{", '{"messages": NaN}', b"\xff", "", {"prompt": 1}, "“", good=3)
    for data in (ugly, b"", b"\xef\xbb\xbf[]", b"{\n}", b"{}\r{}"):
        for finding in check_file(data):
            code, sentence = refusal(finding)
            assert code in {"invalid_file_format", "invalid_training_file", "invalid_n_examples"}
            assert sentence and "{row}" not in sentence


# --- the published examples, and size -----------------------------------------------------------------------------------------------------


def test_marv_reads_as_twenty_examples_with_windows_line_ends(seed_data: Path) -> None:
    parsed = parse_jsonl((seed_data / "marv_chat.jsonl").read_bytes())
    assert len(parsed.examples) == 20 and parsed.examples[-1].row == 20
    assert [f.code for f in check_examples(parsed)] == ["windows_line_ends"]
    assert parsed.examples[0].system == "Marv is a factual chatbot that is also sarcastic."
    assert "\r" not in "".join(m.content for e in parsed.examples for m in e.messages)


def test_the_bare_nan_of_the_sensor_data_is_found_in_line_46(seed_data: Path) -> None:
    data = (seed_data / "sensor_chat.jsonl").read_bytes()
    parsed = parse_jsonl(data)
    assert len(parsed.examples) == 45
    assert [(f.code, f.rows, f.params["where"]) for f in check_examples(parsed)] == [("nan_value", (46,), "messages[1].content")]


def test_fifty_thousand_lines_are_read_and_checked_in_three_seconds() -> None:
    data = write_jsonl(chat(f"Question {n}: “where” is my card?", json.dumps({"a": n}), n, "You sort bank mail.") for n in range(50_000))
    start = process_time()  # of this process alone: the machine may be busy with something else
    parsed = parse_jsonl(data)
    assert check_examples(parsed) == []
    assert len(parsed.examples) == 50_000
    assert process_time() - start < 3
