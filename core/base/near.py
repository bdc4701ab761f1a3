"""Near twins: questions that are the same but for words at their ends, a word that is lacking or single letters; linear in the rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.base.near_corpus import Corpus
from core.base.near_rule import CONTAINED, FEWEST_WORDS, common, words
from core.base.near_search import candidates
from core.base.similarity import normal_form

__all__ = ["CONTAINED", "grouped", "near_pairs", "near_twins"]


def near_pairs(forms: Sequence[str], threshold: float = CONTAINED) -> list[tuple[int, int]]:
    """The pairs of near twins among different texts in normal form, as indices, the smaller first, sorted."""
    return [(a, b) for a, b, _ in _judged(forms, threshold, len(forms))]


def near_twins(texts: Sequence[str], others: Sequence[str], *, threshold: float = CONTAINED) -> list[tuple[int, int]]:
    """Which texts the others also hold, in the same or nearly the same words: (text, other) as indices, one pair at most for each text.

    Of several others the same one goes first, then the one with the most words in common, then the earliest.
    """
    first: dict[str, int] = {}
    for index, held in enumerate(others):
        first.setdefault(normal_form(held), index)
    forms = [normal_form(text) for text in texts]
    twins = {index: first[form] for index, form in enumerate(forms) if form in first}
    asked: defaultdict[str, list[int]] = defaultdict(list)
    for index, form in enumerate(forms):
        if index not in twins:
            asked[form].append(index)
    if not asked or not first:
        return sorted(twins.items())
    held_at, asking = list(first.values()), list(asked.values())
    best: dict[int, tuple[float, int]] = {}
    for a, b, share in _judged([*first, *asked], threshold, len(first)):
        found = (-share, held_at[a])
        best[b] = min(best.get(b, found), found)
    for b, (_, other) in best.items():
        twins.update(dict.fromkeys(asking[b - len(first)], other))
    return sorted(twins.items())


def grouped(size: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """The group of each of `size` things when the two of each pair belong together; its number is the smallest member's."""
    leader = list(range(size))

    def lead(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    for a, b in pairs:
        first, second = sorted((lead(a), lead(b)))
        leader[second] = first
    return [lead(at) for at in range(size)]


def _judged(forms: Sequence[str], threshold: float, border: int) -> list[tuple[int, int, float]]:
    """The near twins among the forms with the share of words they have in common; beyond `border` only those with a form before it."""
    # in scripts without spaces two forms can be the same words
    same: dict[str, list[int]] = {}
    for index, form in enumerate(forms):
        same.setdefault(_spaced(form), []).append(index)
    corpus, members = Corpus.of(list(same)), list(same.values())
    whole = border == len(forms)
    found: list[tuple[int, int, float]] = []

    def keep(group: Sequence[int], other: Sequence[int], share: float) -> None:
        for a in group:
            for b in other:
                if a != b and (whole or min(a, b) < border <= max(a, b)):
                    found.append((min(a, b), max(a, b), share))

    for group in members:
        if len(group) > 1 and len(words(forms[group[0]])) >= FEWEST_WORDS:
            keep(group[:1], group[1:], 1.0)
    pairs = candidates(corpus, threshold)
    if not whole:
        held = [min(group) < border for group in members]
        asking = [max(group) >= border for group in members]
        pairs = pairs[[(held[a] and asking[b]) or (held[b] and asking[a]) for a, b in pairs.tolist()]]
    for a, b in pairs.tolist():
        if share := common(corpus.words(a), corpus.words(b), threshold):
            keep(members[a], members[b], share)
    return sorted(found)


def _spaced(form: str) -> str:
    """The form with a space between all its words: of most the very same text, which is then not held twice."""
    if form.isascii():
        return form
    spaced = " ".join(words(form))
    return form if spaced == form else spaced
