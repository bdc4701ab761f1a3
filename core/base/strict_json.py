"""JSON as a strict server reads it: what Python's own reader lets pass is refused or remarked upon."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# The server's own limit is not known. Real lines nest about ten deep; a hundred keeps every later walk clear of the recursion limit.
MAX_DEPTH = 100
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_SMART_QUOTES = str.maketrans("“”„‟‘’", '"' * 6)
_SPACE = re.compile(r"[ \t\r\n]*")
_BETWEEN = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")


class WrongJSON(ValueError):
    """This is not JSON: `words` as a JSON reader puts it, `at` the offset, `kind` what it looks like."""

    def __init__(self, words: str, at: int, kind: str = "other") -> None:
        super().__init__(words)
        self.words, self.at, self.kind = words, at, kind


@dataclass(frozen=True, slots=True)
class BadNumber:
    """Stands where NaN, Infinity or a number too large for a double stood."""

    literal: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value with what strict JSON has to say about it: bad numbers with their places, keys given twice, mended surrogates."""

    value: Any
    bad_numbers: tuple[tuple[str, str], ...] = ()
    repeated_keys: tuple[str, ...] = ()
    lone_surrogates: bool = False


class StrictDecoder:
    """Reads values one after the other; one instance serves one thread."""

    def __init__(self) -> None:
        self._odd_numbers = False
        self._repeated: list[str] = []
        self._json = json.JSONDecoder(object_pairs_hook=self._object, parse_constant=self._constant, parse_float=self._float)

    def decode(self, text: str) -> Decoded:
        """The one value that `text` holds; raises WrongJSON."""
        decoded, end = self._one(text, _skip(_SPACE, text, 0))
        end = _skip(_SPACE, text, end)
        if end != len(text):
            raise WrongJSON(_place("Extra data", text, end), end, "trailing_comma" if text[end] == "," else "extra_data")
        return decoded

    def decode_many(self, text: str, start: int = 0, *, until: str = "") -> Iterator[Decoded]:
        """The values from `start` on, parted by space or a comma, up to the end or to the bracket `until`; raises WrongJSON."""
        at = _skip(_SPACE, text, start)
        while at < len(text) and not (until and text[at] == until):
            decoded, at = self._one(text, at)
            yield decoded
            at = _skip(_BETWEEN, text, at)
        if until and (at >= len(text) or text[at + 1 :].strip()):
            raise WrongJSON(_place(f"Expecting '{until}' at the end", text, min(at, len(text))), at)

    def _one(self, text: str, at: int) -> tuple[Decoded, int]:
        self._odd_numbers = False
        self._repeated = []
        try:
            value, end = self._json.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise WrongJSON(_place(error.msg, text, error.pos), error.pos, _kind(text, at, error)) from None
        except RecursionError:
            raise WrongJSON("nested too deeply", at, "too_deep") from None
        except ValueError as error:  # an integer of more than 4,300 digits
            raise WrongJSON(str(error), at) from None
        if text.count("[", at, end) + text.count("{", at, end) > MAX_DEPTH and _depth(value) > MAX_DEPTH:
            raise WrongJSON("nested too deeply", at, "too_deep")
        mended = _ESCAPED_SURROGATE.search(text, at, end) is not None and _has_surrogate(value)
        return (
            Decoded(
                value=_map_text(value) if mended else value,
                bad_numbers=tuple(_bad_numbers(value)) if self._odd_numbers else (),
                repeated_keys=tuple(dict.fromkeys(self._repeated)),
                lone_surrogates=mended,
            ),
            end,
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self._repeated.append(key)
                seen.add(key)
        return made

    def _constant(self, literal: str) -> BadNumber:
        self._odd_numbers = True
        return BadNumber(literal)

    def _float(self, literal: str) -> float | BadNumber:
        number = float(literal)
        return number if math.isfinite(number) else self._constant(literal)


def whole_text(text: str) -> str:
    """The text with its surrogate pairs joined and every half of one replaced by U+FFFD, so that it has a UTF-8."""
    if not _LONE.search(text):
        return text
    joined = _PAIR.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    return _LONE.sub("\ufffd", joined)


def _kind(text: str, start: int, error: json.JSONDecodeError) -> str:
    """What the text looks like that could not be read."""
    at = error.pos
    if at >= len(text.rstrip()):
        return "cut_off"
    if text[at] == "'":
        return "single_quotes"
    if text[at] in "“”„‟‘’" or _is_json(text[start:].translate(_SMART_QUOTES)):
        return "smart_quotes"
    return "cut_off" if error.msg.startswith("Unterminated string") else "other"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _place(message: str, text: str, at: int) -> str:
    """A reader's complaint with its place, in the form that Python's json and OpenAI's messages share."""
    line_start = text.rfind("\n", 0, at) + 1
    return f"{message}: line {text.count(chr(10), 0, at) + 1} column {at - line_start + 1} (char {at})"


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield f".{key}", child
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield f"[{index}]", child


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for _, child in _children(node))
    return deepest


def _bad_numbers(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, BadNumber):
        yield path.removeprefix("."), value.literal
    for step, child in _children(value):
        yield from _bad_numbers(child, path + step)


def _has_surrogate(value: Any) -> bool:
    if isinstance(value, str):
        return _LONE.search(value) is not None
    if isinstance(value, dict) and any(_LONE.search(key) for key in value):
        return True
    return any(_has_surrogate(child) for _, child in _children(value))


def _map_text(value: Any) -> Any:
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, list):
        return [_map_text(child) for child in value]
    if isinstance(value, dict):
        return {whole_text(key): _map_text(child) for key, child in value.items()}
    return value
