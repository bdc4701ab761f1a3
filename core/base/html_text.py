"""HTML that slipped into a text: found by the names of its tags, and turned into the text that it would show."""

import re
from html import unescape
from html.entities import html5

# Known names only: List<String>, a <b and c> d and <your name here> are no HTML.
_NAMES = (
    "a abbr address article aside big blockquote body br button caption center cite code col colgroup dd del details div dl dt em "
    "fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html iframe img input ins kbd label legend li link "
    "main mark meta nav noscript ol optgroup option p picture pre section select small source span strike strong style script sub "
    "summary sup svg table tbody td textarea tfoot th thead title tr tt ul video o:p"
).split()
_ATTRIBUTES = r"""(?:\s+[A-Za-z_:@][\w:.-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=`]+))?)*"""
_WITH_VALUE = r"""(?:\s+[A-Za-z_:@][\w:.-]*\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=`]+))"""
# "a<b>c" compares: a letter is a tag only with its end. <s> is none at all: chat templates write it for the start of a text.
_PAIR = re.compile(r"<([biu])>(.{0,2000}?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(
    rf"<!--.{{0,2000}}?-->|<!DOCTYPE[^<>]*>|</?({'|'.join(_NAMES)})(?:{_WITH_VALUE}{_ATTRIBUTES})?\s*/?>",
    re.IGNORECASE | re.DOTALL,
)
_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.{0,5000}?</\1\s*>", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&(?:amp;|#38;)*(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LINES = frozenset(
    "br p div li tr h1 h2 h3 h4 h5 h6 ul ol dl dt dd table section article blockquote pre hr header footer form address".split()
)
_CELLS = frozenset({"td", "th"})


def has_tag(text: str) -> bool:
    """Whether the text holds a tag, code or not."""
    return "<" in text and ">" in text and (_TAG.search(text) or _PAIR.search(text)) is not None


def strip_html(text: str) -> str:
    """The text that HTML would show: tags gone, line breaks and list marks for those that make them, entities as their signs.

    What stands in backquotes is code and stays. A text without HTML stays exactly as it is.
    """
    return _plain(text) if _might(text) else text


def _might(text: str) -> bool:
    return ("<" in text and ">" in text) or ("&" in text and ";" in text)


def _plain(text: str) -> str:
    out, at = [], 0
    for code in _CODE.finditer(text) if "`" in text else ():
        out += [_shown(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*out, _shown(text[at:])])


def _shown(text: str) -> str:
    # until nothing changes: &amp;lt;b&amp;gt; was escaped twice, and a tag that appears on the way is one
    while (now := _once(text)) != text:
        text = now
    return text


def _once(text: str) -> str:
    text = _PAIR.sub(r"\2", text)
    if _TAG.search(text):
        text = _TAG.sub(_instead, _HIDDEN.sub("", text))
        text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
        text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return _ENTITY.sub(_sign, text)


def _instead(tag: re.Match[str]) -> str:
    name = (tag[1] or "").lower()
    if name == "li" and not tag[0].startswith("</"):
        return "\n- "
    if name in _LINES:
        return "\n"
    return " " if name in _CELLS else ""


def _sign(entity: re.Match[str]) -> str:
    written = f"&{entity[0][1:-1].rpartition(';')[2]};"  # escaped several times: &amp;amp;lt;
    if written[1] != "#" and written[1:] not in html5:
        return entity[0]
    sign = unescape(written)
    if sign in ("\ufffd", "") or (len(sign) == 1 and "\ud800" <= sign <= "\udfff"):
        return entity[0]  # &#0; and the like stand for no character
    return " " if sign == "\xa0" else sign
