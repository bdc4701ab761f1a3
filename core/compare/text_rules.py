"""Rules that every answer in free text should keep, each counted by model: length, shape, words, language, and truth to the question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from core.base.language import language_of
from core.base.replies import Prediction, Score
from core.base.types import Example
from core.compare.changes import changes
from core.compare.clauses import sentences
from core.compare.directions import contradictions
from core.compare.grounding import MOST_CHECKED, ungrounded
from core.compare.measured import measured
from core.compare.quantities import quantities
from core.compare.score import make_score

Kind = Literal["most_sentences", "one_paragraph", "fewest_words", "most_words", "must", "must_not", "language", "numbers", "directions"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_COUNTED: Final = ("most_sentences", "fewest_words", "most_words")
_WORDED: Final = ("must", "must_not", "language")
MOST_RULES: Final = 20
LONGEST_WORDING: Final = 200  # characters of a text that must or must not stand in an answer
LARGEST: Final = 100_000

# A suggestion is made where the taught answers keep a rule almost without exception, and there are enough of them to say so.
ALMOST_ALL: Final = 0.98
GROUNDED: Final = 0.9  # a check that is itself wrong on some rows may still tell two models apart
FEWEST: Final = 10
_ROUND = 10  # words: "at most 50", not 47
_PARAGRAPH = re.compile(r"\n\s*\S")


@dataclass(frozen=True, slots=True)
class TextRule:
    """One rule; `value` is a number for counts, a text for words and languages, and nothing where the kind says it all."""

    kind: Kind
    value: int | str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether an answer keeps a rule; None where the rule says nothing about it. `found` is what the answer has instead."""

    rule: TextRule
    kept: bool | None
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule that `held` of `of` taught answers keep."""

    rule: TextRule
    held: int
    of: int


@dataclass(frozen=True, slots=True)
class RuleScore:
    """How many answers of one model keep a rule, of those that it says something about."""

    rule: TextRule
    label: str
    score: Score


def check(rule: TextRule, answer: str, question: str) -> Kept:
    """Hold an answer against a rule. A blank answer keeps none; letter case and spacing do not matter for words."""
    if not answer.strip():
        return Kept(rule, False)
    number = rule.value if isinstance(rule.value, int) else 0
    match rule.kind:
        case "most_sentences":
            return _counted(rule, n := len(sentences(answer)), n <= number)
        case "fewest_words":
            return _counted(rule, n := len(answer.split()), n >= number)
        case "most_words":
            return _counted(rule, n := len(answer.split()), n <= number)
        case "one_paragraph":
            return Kept(rule, not _PARAGRAPH.search(answer.strip()))
        case "must":
            return Kept(rule, _plain(str(rule.value)) in _plain(answer))
        case "must_not":
            return Kept(rule, _plain(str(rule.value)) not in _plain(answer))
        case "language":
            spoken = language_of(answer[:MOST_CHECKED])
            return Kept(rule, spoken == rule.value if spoken else None, (spoken,) if spoken and spoken != rule.value else ())
        case "numbers":
            return _numbers(rule, answer, question)
        case "directions":
            if not changes(question):
                return Kept(rule, None)
            wrong = tuple(dict.fromkeys(one.word for one in contradictions(answer, question)))
            return Kept(rule, not wrong, wrong)


def check_all(rules: Sequence[TextRule], answer: str, question: str) -> tuple[Kept, ...]:
    """Hold an answer against every rule, in order."""
    return tuple(check(rule, answer, question) for rule in rules)


def scores(
    predictions: Mapping[str, Sequence[Prediction]], rules: Sequence[TextRule], apart: frozenset[int] = frozenset()
) -> tuple[RuleScore, ...]:
    """Count by rule and then by model, in order, each share with its Wilson interval.

    Rows named in `apart` (those that a training contained) and rows without an answer are left out, and so are answers that a rule says
    nothing about.
    """
    held = {
        label: [check_all(rules, one.answer, one.question) for one in given if one.answer is not None and one.row not in apart]
        for label, given in predictions.items()
    }
    out = []
    for at, rule in enumerate(rules):
        for label, rows in held.items():
            known = [row[at].kept for row in rows if row[at].kept is not None]
            out.append(RuleScore(rule, label, make_score(rule.kind, sum(map(bool, known)), len(known))))
    return tuple(out)


def suggest(examples: Sequence[Example]) -> tuple[Suggestion, ...]:
    """The rules that the taught answers keep almost without exception, in the order of `KINDS`; none where they are too few to tell."""
    taught = [(one.answer, one.question) for one in examples if one.answer.strip()]
    if len(taught) < FEWEST:
        return ()
    counts = sorted(len(sentences(answer)) for answer, _ in taught)
    words = sorted(len(answer.split()) for answer, _ in taught)
    last = max(0, -int(-ALMOST_ALL * len(taught) // 1) - 1)
    wanted: list[tuple[TextRule, float]] = [
        (TextRule("most_sentences", counts[last]), ALMOST_ALL),
        (TextRule("one_paragraph"), ALMOST_ALL),
        (TextRule("most_words", -(-words[last] // _ROUND) * _ROUND), ALMOST_ALL),
        *((TextRule("language", code), ALMOST_ALL) for code in _languages(taught)),
        (TextRule("numbers"), GROUNDED),
        (TextRule("directions"), GROUNDED),
    ]
    out = []
    for rule, share in wanted:
        known = [kept for answer, question in taught if (kept := check(rule, answer, question).kept) is not None]
        if len(known) >= FEWEST and sum(known) >= share * len(known):
            out.append(Suggestion(rule, sum(known), len(known)))
    return tuple(out)


def to_json(rules: Sequence[TextRule]) -> list[dict[str, Any]]:
    """The rules as JSON values, to be kept with a project."""
    return [{"kind": rule.kind, "value": rule.value} for rule in rules]


def from_json(stored: object) -> tuple[TextRule, ...]:
    """The rules as they were kept; what makes no sense, or comes from a later version, is left out, and so is what comes twice."""
    found = [_rule(line) for line in stored[: 10 * MOST_RULES]] if isinstance(stored, list) else []
    return tuple(dict.fromkeys(rule for rule in found if rule is not None))[:MOST_RULES]


def _rule(line: object) -> TextRule | None:
    if not isinstance(line, Mapping) or line.get("kind") not in KINDS:
        return None
    kind, value = line["kind"], line.get("value", "")
    if kind in _COUNTED:
        return TextRule(kind, value) if type(value) is int and 0 < value <= LARGEST else None
    if kind in _WORDED:
        return TextRule(kind, value) if isinstance(value, str) and value.strip() and len(value) <= LONGEST_WORDING else None
    return TextRule(kind)


def _counted(rule: TextRule, n: int, kept: bool) -> Kept:
    return Kept(rule, kept, () if kept else (str(n),))


def _numbers(rule: TextRule, answer: str, question: str) -> Kept:
    given = quantities(question)
    if not given or not measured(answer[:MOST_CHECKED], given):
        return Kept(rule, None)
    wrong = tuple(dict.fromkeys(one.text for one in ungrounded(answer, question)))
    return Kept(rule, not wrong, wrong)


def _languages(taught: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The language that most answers are in, if any can be told."""
    spoken = [code for answer, _ in taught[:200] if (code := language_of(answer[:MOST_CHECKED]))]
    return (max(sorted(set(spoken)), key=spoken.count),) if spoken else ()


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
