"""Class names that are one class written in several ways: other case or punctuation, a plural, a letter too many, too few or wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from core.base.near_rule import has_digit
from core.base.similarity import normal_form

# A name of one letter more may be a class of its own ("Payment", "Payments"), so both must not be at home in the data.
SAME = 2  # so many times as frequent the right spelling has to be where only case, spaces and punctuation differ, and
RARE = 4  # so many times where letters do
FREQUENT = 20  # with so many rows or more, and
SHARE = 20  # more than a twentieth of the other's, a spelling is a class of its own
SHORTEST = 4  # letters of a name that one letter may differ in; one letter of "yes", "low" or "B2B" makes another word


def respelt(counts: Mapping[str, int]) -> dict[str, str]:
    """The right spelling of every name that is a variant of another one; the frequent spelling is right, of equals the first in order.

    One has to be rare beside the other: two names that are both at home in the data are two classes, however alike.
    Merging again what was merged changes nothing.
    """
    right = {name: name for name in counts}
    total: Counter[str] = Counter(counts)
    while merged := _one_round(total):
        for wrong, better in merged.items():
            total[better] += total.pop(wrong)
        right = {name: _followed(better, merged) for name, better in right.items()}
    return {name: better for name, better in right.items() if name != better}


def _followed(name: str, merged: Mapping[str, str]) -> str:
    while name in merged:
        name = merged[name]
    return name


def _one_round(total: Mapping[str, int]) -> dict[str, str]:
    by_size = sorted((name for name in total if name.strip()), key=lambda name: (-total[name], name))
    merged: dict[str, str] = {}
    first: dict[str, str] = {}
    for name in by_size:
        if (better := first.setdefault(normal_form(name), name)) != name and total[name] * SAME <= total[better]:
            merged[name] = better
    if merged:
        return merged
    for rare, frequent in _alike(by_size):
        n, of = total[rare], total[frequent]
        if n * RARE <= of and (n < FREQUENT or n * SHARE <= of) and rare not in merged and frequent not in merged:
            merged[rare] = frequent
    return merged


def _alike(by_size: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs (rarer, more frequent) of names that could be one, the most frequent first."""
    forms = {name: normal_form(name) for name in by_size}
    seen: defaultdict[str, list[str]] = defaultdict(list)
    for name in by_size:
        form = forms[name]
        # two names that differ by one letter, or by a space, have a text in common that lacks one letter of each
        solid = form.replace(" ", "")
        lacking = {form, solid, *(form[:at] + form[at + 1 :] for at in range(len(form))), _singular(form)}
        yield from (
            (name, other) for other in dict.fromkeys(o for text in sorted(lacking) for o in seen[text]) if _is_variant(form, forms[other])
        )
        for text in lacking:
            seen[text].append(name)


def _is_variant(one: str, other: str) -> bool:
    """Whether two normal forms are probably one name: the same without spaces, singular and plural, or one slip in one word."""
    if one.replace(" ", "") == other.replace(" ", "") or _singular(one) == _singular(other):
        return True
    words, others = one.split(), other.split()
    if len(words) != len(others):
        return False
    apart = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    return len(apart) == 1 and _is_slip(*apart[0])


def _is_slip(a: str, b: str) -> bool:
    from rapidfuzz.distance import OSA

    if min(len(a), len(b)) < SHORTEST or has_digit(a) or has_digit(b) or OSA.distance(a, b, score_cutoff=1) > 1:
        return False
    # a short word with another letter is another word more often than a slip: "gold" and "bold"
    return len(a) != len(b) or sorted(a) == sorted(b) or len(a) > SHORTEST


def _singular(form: str) -> str:
    """The form without the endings of an English plural in its words."""
    return " ".join(_without_plural(word) for word in form.split())


def _without_plural(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]
