"""Keys, tokens and passwords in a text: by the marks that their makers give them, or by the word that stands before them."""

import math
import re
from collections import Counter
from collections.abc import Iterator

_LONG = 16  # characters: a shorter run of letters and figures is no key, so that prose is done with at once
_MARKS = ("-----BEGIN", "AKIA", "ASIA")  # what follows these may be without a figure
_WORDS = ("passw", "pwd", "passphrase", "passcode", "sandi", "://")

_MARKED = re.compile(
    r"""
    -----BEGIN\ [A-Z ]{0,20}PRIVATE\ KEY(?:\ BLOCK)?-----(?:.{0,8000}?-----END\ [A-Z ]{0,20}PRIVATE\ KEY(?:\ BLOCK)?-----|\S*)
    | (?<![A-Za-z0-9_])(?:
        sk-[A-Za-z0-9_-]{20,}                                # OpenAI, Anthropic and those who speak like them
      | (?:sk|rk|pk|whsec)_(?:live|test)_[A-Za-z0-9]{10,}    # Stripe
      | gh[pousr]_[A-Za-z0-9]{30,} | github_pat_[A-Za-z0-9_]{40,} | glpat-[A-Za-z0-9_-]{20,}
      | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])
      | AIza[A-Za-z0-9_-]{35} | ya29\.[A-Za-z0-9_-]{20,}
      | xox[abeoprs]-[A-Za-z0-9-]{10,}
      | hf_[A-Za-z0-9]{30,} | npm_[A-Za-z0-9]{36} | pypi-[A-Za-z0-9_-]{50,} | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
      | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_BEARER = re.compile(r"(?<![A-Za-z])[Bb]earer\s+([A-Za-z0-9._~+/-]{20,}=*)")
_NAMED = re.compile(
    r"(?<![A-Za-z])(?:[A-Za-z0-9]{1,20}[_-]){0,4}(?:api[ _-]?key|apikey|secret|token|"
    r"access[ _-]?key|private[ _-]?key|client[ _-]?secret|credentials?)"
    r"[\"']?\s*(?:[:=]|\bis\b|adalah)\s*[\"']?([A-Za-z0-9_\-./+]{16,}=*)",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"(?<![A-Za-z])(?:password|passwd|pwd|passphrase|passcode|kata sandi|sandi)[\"']?\s*"
    r"(?:[:=]|\bis\b|adalah)\s*[\"']?([^\s\"'<>{}\[\],;]{6,64})",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^\s/:@\[\]]{1,64}:([^\s/:@\[\]]{3,64})@")


def find_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where the secrets of a text are; they may overlap."""
    if any(mark in text for mark in _MARKS) or any(len(word) >= _LONG and _is_mixed(word) for word in text.split()):
        for found in _MARKED.finditer(text):
            if found[0].startswith(_MARKS) or any(map(str.isdigit, found[0])):
                yield found.span()
        for pattern in (_BEARER, _NAMED):
            for found in pattern.finditer(text):
                if _is_random(found[1]):
                    yield found.span(1)
    low = text.lower()
    if any(word in low for word in _WORDS):
        for found in _PASSWORD.finditer(text):
            end = len(found[1].rstrip(".,;:)"))
            if end >= 6 and _is_password(found[1][:end]):
                yield found.start(1), found.start(1) + end
        for found in _IN_ADDRESS.finditer(text):
            yield found.span(1)


def _is_mixed(text: str) -> bool:
    return not text.isalpha() and any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _is_random(text: str) -> bool:
    """Whether it has letters and figures, and too many different ones for a word or an example such as your-api-key-here."""
    if not _is_mixed(text):
        return False
    n = len(text)
    return -sum(count / n * math.log2(count / n) for count in Counter(text).values()) >= 3.0


def _is_password(text: str) -> bool:
    kinds = (str.isdigit, str.isupper, str.islower, lambda sign: not sign.isalnum())
    return any(map(str.isalpha, text)) and sum(any(map(kind, text)) for kind in kinds) >= 2 and not text.isalpha() and "://" not in text
