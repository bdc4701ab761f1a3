"""Each small repair puts right what it is for, leaves a clean text exactly as it is, and has nothing to do a second time."""

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.cleaning import clean_characters, fix_mojibake, has_token, remove_tokens, trim, unescape
from core.base.html_text import has_tag, strip_html
from core.base.json_texts import change_strings, is_json, parts
from core.base.language import language_of
from core.base.wording import curly_quotes, doubled_word, is_all_caps, straight_quotes

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (fix_mojibake, "cafÃ©", "café"),
        (fix_mojibake, "Itâ€™s fine", "It’s fine"),
        (fix_mojibake, "Ã  la carte", "à la carte"),
        (fix_mojibake, "ÃƒÂ©tude", "étude"),
        (fix_mojibake, "â€œquoteâ€ done", "“quote” done"),
        (fix_mojibake, "Selamat pagiâ€”kami", "Selamat pagi—kami"),
        (fix_mojibake, "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "привет"),
        (fix_mojibake, "ðŸ˜€ ok", "😀 ok"),
        (clean_characters, "a\u200bb\ufeff", "ab"),
        (clean_characters, "\x00hi\x07\x85there", "hi\nthere"),
        (clean_characters, "\u202eabc\u200e", "abc"),
        (clean_characters, "10\xa0000\u202fkm", "10 000 km"),
        (clean_characters, "fa\xadcade", "facade"),
        (clean_characters, "a\u200d\u200db", "ab"),
        (clean_characters, "hi\U000e0069\U000e0067", "hi"),
        (trim, "  a \r\nb\r ", "a \nb"),
        (unescape, r"Hello\nthere", "Hello\nthere"),
        (unescape, r"One.\n\nTwo.\r\n", "One.\n\nTwo.\n"),
        (unescape, r"caf\u00e9 \ud83d\ude00", "café 😀"),
        (unescape, r"Hello. \n Bye", "Hello. \n Bye"),
        (remove_tokens, "Hi<|im_end|>", "Hi"),
        (remove_tokens, "<|im_start|>assistant\nHello<|im_end|>\n", "Hello"),
        (remove_tokens, "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>", "Hi"),
        (remove_tokens, "[INST] What? [/INST]", "What?"),
        (remove_tokens, "<s>Hi</s>", "Hi"),
        (strip_html, "<p>Hello&nbsp;<b>you</b></p><ul><li>a<li>b</ul>", "Hello you\n\n- a\n- b"),
        (strip_html, "one<br/>two<BR>three", "one\ntwo\nthree"),
        (strip_html, '<div class="x" id=y>text</div>', "text"),
        (strip_html, "<a href='http://x'>link</a> &amp; more&hellip;", "link & more…"),
        (strip_html, "x<script>alert(1)</script><!-- no -->", "x"),
        (strip_html, "&amp;lt;p&amp;gt;x &#39;y&#x27;", "x 'y'"),
        (strip_html, "<table><tr><td>a</td><td>b</td></tr></table>", "a  b"),
        (straight_quotes, "It’s “so”", 'It\'s "so"'),
        (curly_quotes, "It's \"so\", ('really')", "It’s “so”, (‘really’)"),
    ],
)
def test_a_repair_puts_right_what_it_is_for(change: Callable[[str], str], before: str, after: str) -> None:
    if before == after.replace("\n", r"\n"):
        assert change(before) == after
    assert change(before) == after and change(after) == after


@pytest.mark.parametrize(
    ("change", "text"),
    [
        *(
            (fix_mojibake, text)
            for text in ("NÃO É AÇÃO", "Pokémon naïve", "привет мир", "日本語", "Ünï", "Ein „Zitat“ — so", "ÄÖÜ ß", "1Â kg")
        ),
        *((clean_characters, text) for text in (FAMILY, SCOTLAND, "می‌خواهم", "क्‍ष", "a\tb\nc", "שלום\u200e (a)", "❤️‍🔥", "👍🏽")),
        *(
            (unescape, text)
            for text in (r"C:\new\table", r"What does \n do in C?", r'print("a\n")', r"$\nabla f \neq 0$", r"'\n'", r"a\\nb")
        ),
        *((remove_tokens, text) for text in ("say <|im_end|> in the middle", "a <s>b</s> c", "x < y", "[1] and [2]")),
        *(
            (strip_html, text)
            for text in (
                "List<String> x",
                "a <b and c> d",
                "if a<b>c",
                "use `<b>` here",
                "no </s> and <s>x</s>",
                "?a=1&copy=2",
                "<your name>",
            )
        ),
        *((strip_html, text) for text in ("a &foo; b", "AT&T; x", "```\n<p>x</p>\n```", "1 < 2 > 0", "<3", "&#0;", "a & b;")),
        (curly_quotes, "5'10\" and 12\" in the '90s"),
        (trim, " \n"),
    ],
)
def test_what_is_meant_so_stays(change: Callable[[str], str], text: str) -> None:
    assert change(text) == text


_PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "<p>",
                "</p>",
                "<b>",
                "</b>",
                "<",
                ">",
                "b",
                "&",
                "amp;",
                "lt;",
                "gt;",
                "#38;",
                "&nbsp;",
                "<br",
                "/>",
                "<li>",
                "<script>",
                "</script>",
            ),
            *(
                "`",
                "\n",
                "\r",
                " ",
                "\t",
                "a",
                "Ã",
                "©",
                "â€",
                "™",
                "œ",
                "\u200b",
                "\u200d",
                "\xa0",
                "\ufeff",
                "\u202e",
                "ש",
                "क",
                "👩",
                "\U000e0067",
            ),
            *(
                "\\",
                "n",
                "\\n",
                "u00e9",
                "\\u",
                "005c",
                "<|im_end|>",
                "<|",
                "|>",
                "[INST]",
                "</s>",
                "<s>",
                "assistant",
                '"',
                "'",
                "’",
                "“",
                "1",
                "{",
                "}",
            ),
        ]
    ),
    max_size=14,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(_PIECES | st.text(max_size=30))
def test_no_repair_has_anything_to_do_a_second_time(text: str) -> None:
    for change in (fix_mojibake, clean_characters, trim, unescape, remove_tokens, strip_html, straight_quotes, curly_quotes):
        once = change(text)
        assert change(once) == once, change.__name__


@settings(max_examples=400, deadline=None)
@given(_PIECES)
def test_no_tag_and_no_entity_is_left_outside_code(text: str) -> None:
    plain = strip_html(text)
    assert strip_html(plain) == plain
    assert "`" in text or not has_tag(plain)


@given(
    st.dictionaries(
        st.text(max_size=5), st.text(max_size=9) | st.integers() | st.floats(allow_nan=False) | st.lists(st.text(max_size=4)), max_size=4
    )
)
def test_json_stays_json_with_its_strings_changed(value: dict[str, object]) -> None:
    def shout(text: str) -> str:
        return f'\n{text}“"\\'

    for written in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert is_json(written) and change_strings(written, str) == written
        expected = {
            key: shout(item) if isinstance(item, str) else [shout(one) for one in item] if isinstance(item, list) else item
            for key, item in value.items()
        }
        assert json.loads(change_strings(written, shout)) == expected


def test_the_parts_of_a_json_text_have_their_names() -> None:
    found = [(part.value, part.name, part.is_name) for part in parts('{"phone": "08", "n": [1, -2.5e3, "x\\"y"], "o": {"p": null}}')]
    assert found == [
        *(
            ("phone", "phone", True),
            ("08", "phone", False),
            ("n", "n", True),
            ("1", "n", False),
            ("-2.5e3", "n", False),
            ('x"y', "n", False),
        ),
        *(("o", "o", True), ("p", "p", True)),
    ]
    assert not is_json("{not json}") and not is_json("text") and not is_json("[" * 100_000)


def test_marks_of_a_chat_template_are_seen_anywhere() -> None:
    assert has_token("a [/INST] b") and has_token("x<start_of_turn>y") and not has_token("a < b") and not has_token("<strong>")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("This is the the end.", "the"),
        ("The the end.", "the"),
        ("We will send send it.", "send"),
        ("untuk untuk kartu yang baru dan saya", "untuk"),
        ("I know that that had had an effect. Very very good, bye bye!", ""),
        ("Bora Bora and Duran Duran", ""),
        ("Nous nous voyons; die, die das das sehen", ""),
        ("Saya bisa jalan jalan dan makan pelan pelan untuk anda", ""),
        ("10 10 20", ""),
        ("", ""),
    ],
)
def test_a_word_that_stands_twice(text: str, word: str) -> None:
    assert doubled_word(text) == word


def test_capitals_throughout_are_of_several_words() -> None:
    assert is_all_caps("WHERE IS MY NEW CARD?") and not is_all_caps("ATM PIN") and not is_all_caps("Where IS MY NEW CARD")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Silakan hubungi kantor cabang terdekat untuk mengganti kartu Anda yang rusak.", "id"),
        ("Bitte wenden Sie sich an Ihre Filiale, um die Karte zu ersetzen.", "de"),
        ("Please go to the branch nearest to you and have the broken card replaced.", "en"),
        ("Veuillez vous adresser à votre agence pour remplacer la carte abîmée.", "fr"),
        ("请联系离您最近的分行更换损坏的银行卡，谢谢您的理解。", "zh"),
        ("Short text", ""),
        ("usage_kwh: 302.2, dod: 173.0, https://example.com/a/b/c/d/e/f/g/h", ""),
        ("", ""),
    ],
)
def test_a_language_is_named_where_it_is_sure(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "piece",
    ["<b>", "<!--", "<script>", "&amp;", "&#38;", "amp;", "`", "<p a=", "\u200d", "👩\u200d", "\\n", "\\u005c", "<s>", "Ã©", "'", "the "],
)
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    for change in (fix_mojibake, clean_characters, trim, unescape, remove_tokens, strip_html, curly_quotes, doubled_word, language_of):
        start = time.monotonic()
        change(text)
        change("&" + text)
        assert time.monotonic() - start < 5, change
