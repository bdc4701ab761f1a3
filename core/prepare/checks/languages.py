"""A few texts in another language than the rest: found among those that share no small words with it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from core.base.errors import N_
from core.base.language import SHORTEST, language_of
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined

_SAMPLED = 300  # texts, evenly spread, from which the main language is told
_MOST_LOOKED_AT = 40_000  # a guess costs 0.05 ms
_USUAL = 0.1  # a language of more of the texts than that is part of the data
_FEWEST = 10
_SHOWN = 80


def foreign(texts: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The main language of these texts, and of each text that is in a rare other one its language; empty where none is main."""
    long = [text for text in dict.fromkeys(texts) if len(text) >= SHORTEST // 4 and not text.startswith(("{", "["))]
    sample = _spread([text for text in long if len(text) >= SHORTEST], _SAMPLED)
    counts = Counter(filter(None, map(language_of, sample)))
    if counts.total() < _FEWEST:
        return "", {}
    main, n = counts.most_common(1)[0]
    usual = {language for language, n in counts.items() if n > _USUAL * counts.total()}
    if n < 0.5 * counts.total():
        return "", {}
    small = _small_words(long)
    doubtful = [text for text in long if _is_doubtful(text, small)]
    found = {}
    for text in _spread(doubtful, _MOST_LOOKED_AT):
        language = language_of(text)
        if language and language not in usual:
            found[text] = language
    return main, found


def _small_words(texts: Sequence[str]) -> frozenset[str]:
    """The words that come in more texts than a rare language has: the articles, pronouns and prepositions of the others."""
    counts: Counter[str] = Counter()
    seen = _spread(texts, 20_000)
    for text in seen:
        counts.update(set(text.lower().split()))
    return frozenset(word for word, n in counts.items() if n > _USUAL * len(seen))


def _is_doubtful(text: str, small: frozenset[str]) -> bool:
    """Whether hardly any word of the text is one of the common ones; a language without spaces has none of them."""
    words = set(text.lower().split())
    return 4 * len(words & small) < len(words) + 1


def _spread(texts: Sequence[str], most: int) -> Sequence[str]:
    if len(texts) <= most:
        return texts
    return [texts[at * len(texts) // most] for at in range(most)]


def _other_languages(examined: Examined) -> Iterator[Finding]:
    given = examined.answers if examined.shape.kind == "text" else []
    for code, texts in (("other_language_answers", given), ("other_language_questions", [x.question.strip() for x in examined.examples])):
        main, found = foreign(texts)
        rows = examined.rows_where(text in found for text in texts) if found else ()
        if rows and len(rows) <= _USUAL * len(examined.examples):
            example = next(text for text in texts if text in found)
            params = {"main": main, "languages": sorted(set(found.values())), "example": example[:_SHOWN]}
            # people may write to it in any language; what it answers in is the data's to decide
            if code == "other_language_answers":
                yield Finding(code, "warning", rows, params, "leave_out")
            else:
                yield Finding(code, "info", rows, params)


CHECKS = (
    Check(
        "text",
        _other_languages,
        {
            "other_language_answers": About(
                N_("Answers in another language ({languages}) than the rest ({main}): {n}. The first: “{example}”"),
                N_("The model would now and then answer in a language that nobody asked for."),
            ),
            "other_language_questions": About(
                N_("Questions in another language ({languages}) than the rest ({main}): {n}. The first: “{example}”"),
                N_("That is fine if people will write to it so; there are too few of them to learn it well."),
            ),
        },
    ),
)
