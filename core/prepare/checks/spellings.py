"""Fields of words in which one thing is written in several ways: true and True, update and update'."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from core.base.errors import N_
from core.base.similarity import normal_form
from core.base.types import Finding
from core.prepare.checks.asked import names, raw, rows_at, written_fields
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.fields import FEW_WORDS, Field

if TYPE_CHECKING:
    import numpy as np

# Which words mean yes and no. A field counts as one of booleans where nearly all of its values are such words.
PAIRS = (
    ("true", "false"),
    ("yes", "no"),
    ("1", "0"),
    ("y", "n"),
    ("t", "f"),
    ("on", "off"),
    ("ja", "nein"),
    ("ya", "tidak"),
    ("oui", "non"),
)
NEARLY_ALL = 0.9
_SIDES = {word: (pair, side) for pair in PAIRS for side, word in enumerate(pair)}

SELDOM = 0.05  # a slip is at most so frequent as this share of the right word...
A_FEW = 3  # ...or as rare as this, whichever is more
OFTEN = 10  # rows that make a word the right one
LEAST_LETTERS = 4  # of a word that may hold a slip: three letters are too often another word
_ENDINGS = ("s", "es", "d", "ed", "r", "n")


def boolean_spellings(examined: Examined) -> dict[str, dict[str, str]]:
    """By field of truth values, the spellings that are to be changed and what to."""
    return examined.once("boolean_spellings", lambda: _of_booleans(examined))


def word_spellings(examined: Examined) -> dict[str, dict[str, str]]:
    """By field of words, the rare spellings and the frequent word that each stands for."""
    return examined.once(
        "word_spellings", lambda: {name: found for name, field in _of_words(examined).items() if (found := variants(field.word_counts))}
    )


def rows_to_change(examined: Examined, spellings: Mapping[str, Mapping[str, str]]) -> tuple[int, ...]:
    """The rows whose question holds one of these values."""
    import numpy as np

    marks = np.zeros(len(examined.examples), bool)
    for name, changed in spellings.items():
        field = written_fields(examined)[name]
        marks |= np.isin(field.codes, [at for at, word in enumerate(field.words) if word in changed])
        if "1" in changed or "0" in changed:
            said = [at for at in np.flatnonzero(_ones_and_zeros(field)).tolist() if raw(examined, field, at) in changed]
            marks[said] = True
    return rows_at(examined, marks)


def variants(counts: Mapping[str, int]) -> dict[str, str]:
    """The values that are another value in other spelling: the same but for case and punctuation, or one slip of the pen away.

    Found anew until nothing changes: a word that has taken its spellings in may be frequent enough to be the right one for another.
    """
    now, found = dict(counts), dict[str, str]()
    while more := _variants(now):
        for value, right in more.items():
            now[right] += now.pop(value)
        found = {value: more.get(right, right) for value, right in found.items()} | more
        found = {value: found.get(right, right) for value, right in found.items()}
    return found


def _variants(counts: Mapping[str, int]) -> dict[str, str]:
    groups: dict[str, list[str]] = {}
    for value in sorted(counts, key=lambda one: (-counts[one], one)):
        groups.setdefault(normal_form(value), []).append(value)
    found = {}
    for form, values in groups.items():
        if len(re.findall(r"[^\W\d_]", form)) >= LEAST_LETTERS:
            found.update({value: values[0] for value in values[1:]})
    if found:
        return found
    sizes = {form: sum(counts[value] for value in values) for form, values in groups.items()}
    often = sorted((form for form, n in sizes.items() if n >= OFTEN), key=lambda form: -sizes[form])
    for form, values in groups.items():
        seldom = [one for one in often if sizes[form] <= max(A_FEW, SELDOM * sizes[one]) and sizes[form] * 5 <= sizes[one]]
        right = next((one for one in seldom if is_slip(form, one)), None)
        if right is not None:
            found.update({value: groups[right][0] for value in values})
    return found


def is_slip(rare: str, right: str) -> bool:
    """Whether one word of the value differs by one letter, two letters that changed places, or an ending."""
    a, b = rare.split(), right.split()
    if len(a) != len(b) or rare == right or re.findall(r"\d+", rare) != re.findall(r"\d+", right):
        return False
    differing = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    if len(differing) != 1:
        return False
    x, y = differing[0]
    if min(len(x), len(y)) < LEAST_LETTERS or x[0] != y[0]:
        return False
    short, long = sorted((x, y), key=len)
    if long.startswith(short) and long[len(short) :] in _ENDINGS:
        return True
    from rapidfuzz.distance import DamerauLevenshtein

    # four letters hold a slip only where two changed places: "load" and "loda", but not "load" and "lead"
    return (min(len(x), len(y)) > LEAST_LETTERS or sorted(x) == sorted(y)) and DamerauLevenshtein.distance(x, y, score_cutoff=1) == 1


def _of_words(examined: Examined) -> dict[str, Field]:
    booleans = boolean_spellings(examined)
    return {
        name: field
        for name, field in written_fields(examined).items()
        if field.kind == "word" and name not in booleans and len(field.words) > 1
    }


def _of_booleans(examined: Examined) -> dict[str, dict[str, str]]:
    found = {}
    for name, field in written_fields(examined).items():
        if is_boolean(field):
            counts = _raw_counts(examined, field)
            if changed := _to_one_spelling(counts):
                found[name] = changed
    return found


def is_boolean(field: Field) -> bool:
    """Whether nearly all values say yes or no in some way, and some of them in words."""
    if len(field.words) > FEW_WORDS:
        return False
    said = boolean_values(field)
    return bool((said & (field.codes >= 0)).any() and said.sum() >= NEARLY_ALL * field.filled)


def boolean_values(field: Field) -> "np.ndarray":
    """Marks the values that say yes or no."""
    import numpy as np

    words = [at for at, word in enumerate(field.words) if word.casefold() in _SIDES]
    return np.isin(field.codes, words) | np.isin(field.numbers, (0.0, 1.0))


def _raw_counts(examined: Examined, field: Field) -> Counter[str]:
    import numpy as np

    counts = Counter({word: n for word, n in field.word_counts.items() if word.casefold() in _SIDES})
    counts.update(one for at in np.flatnonzero(_ones_and_zeros(field)).tolist() if (one := raw(examined, field, at)) in _SIDES)
    return counts


def _ones_and_zeros(field: Field) -> "np.ndarray":
    import numpy as np

    return np.isin(field.numbers, (0.0, 1.0)) & (field.units == 0)


def _to_one_spelling(counts: Counter[str]) -> dict[str, str]:
    """The spellings other than the one that most rows have: its pair of words, in its kind of capitals."""
    pairs: Counter[tuple[str, str]] = Counter()
    for value, n in counts.items():
        pairs[_SIDES[value.casefold()][0]] += n
    if not pairs:
        return {}
    pair = max(pairs, key=lambda one: (pairs[one], one))
    cases = {value: n for value, n in counts.items() if _SIDES[value.casefold()][0] == pair}
    first = max(cases, key=lambda one: (cases[one], one))
    write = str.upper if first.isupper() and len(first) > 1 else str.capitalize if first[0].isupper() else str.lower
    right = {value: write(pair[_SIDES[value.casefold()][1]]) for value in counts}
    return {value: new for value, new in right.items() if new != value}


def _mixed_booleans(examined: Examined) -> Iterator[Finding]:
    found = boolean_spellings(examined)
    rows = rows_to_change(examined, found)
    if rows:
        counts = {name: _raw_counts(examined, written_fields(examined)[name]) for name in list(found)[:3]}
        params = {"fields": names(found), "spellings": [f"{value} ({n})" for one in counts.values() for value, n in one.most_common(6)]}
        yield Finding("mixed_booleans", "warning", rows, params, "same_booleans")


def _value_spellings(examined: Examined) -> Iterator[Finding]:
    found = word_spellings(examined)
    rows = rows_to_change(examined, found)
    if rows:
        fields = written_fields(examined)
        pairs = [
            f"{rare} ({fields[name].word_counts[rare]}) → {right} ({fields[name].word_counts[right]})"
            for name, one in found.items()
            for rare, right in one.items()
        ]
        yield Finding("value_spellings", "warning", rows, {"fields": names(found), "spellings": pairs[:8]}, "same_words")


CHECKS = (
    Check(
        "numbers",
        _mixed_booleans,
        {
            "mixed_booleans": About(
                N_("Yes and no are written in several ways ({spellings}; fields: {fields}). Rows that differ from the rest: {n}."),
                N_("The model takes each spelling for a value of its own."),
            )
        },
    ),
    Check(
        "numbers",
        _value_spellings,
        {
            "value_spellings": About(
                N_("Rows with a word that seems to be another word in other spelling: {n} ({spellings}; fields: {fields})."),
                N_("The model takes each spelling for a value of its own. Look at them first: two similar words may both be meant."),
            )
        },
    ),
)
