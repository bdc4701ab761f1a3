"""Doubtful answers: which answers to new rows to look at first, each with its reasons, and how far such reasons hold on the test rows."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from core.base.answers import AnswerShape
from core.base.label_space import Labels, labels_of
from core.base.leakage import asked
from core.base.replies import Prediction
from core.base.similarity import Index, normal_form
from core.base.types import Example, Message, Reason
from core.compare.rows import examples_of, shape_of
from core.compare.score import Judged
from core.compare.second_opinion import second_opinion
from core.compare.strange import Ranges
from core.compare.text_rules import TextRule, check_all, from_json
from core.io.workspace import Workspace

NEARLY_ALL: Final = 0.95  # of the held-out rows: what is less like the training than these is unlike all of it
AGREE: Final = 0.8  # of training rows that are so alike have the same answer: only then is another answer than the neighbour's a sign
FEWEST: Final = 10  # rows from which either can be told
HALF: Final = 0.5  # a model that says that it is more likely wrong than right
_SPARE: Final = 8  # neighbours looked at, since those that ask the very same drop out


@dataclass(frozen=True, slots=True)
class Doubt:
    """What there is to say of one answer: the reasons to doubt it (none mostly), and the closest training row with its likeness, 0 to 1."""

    row: int
    reasons: tuple[Reason, ...]
    likeness: float
    closest: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """How often test rows were wrong, of those that would be flagged and of the others; `p` is Fisher's exact test, two-sided."""

    flagged: int
    flagged_wrong: int
    others: int
    others_wrong: int
    p: float

    @property
    def helps(self) -> bool:
        """Whether flagged rows were wrong more often, by more than chance would easily give."""
        return self.p < 0.05 and self.flagged_wrong * self.others > self.others_wrong * self.flagged


@dataclass(frozen=True, eq=False)
class Taught:
    """What the training rows say about new ones: their questions, their labels, and from which likeness on a neighbour counts.

    `low` is the likeness that nearly all held-out rows have to their closest training row, `alike` that from which on neighbours have the
    same answer (above 1 where they never do, as in the published bank data, whose closest questions have the same answer in 8% of rows).
    """

    shape: AnswerShape
    rows: tuple[int, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    keys: tuple[Labels | None, ...]
    index: Index
    low: float
    alike: float

    @classmethod
    def of(cls, train: Sequence[Example], held: Sequence[Example], shape: AnswerShape) -> "Taught":
        """Learn from the training rows; `held` are test or validation rows, without which the training rows are held against each other."""
        questions, answers = tuple(asked(one) for one in train), tuple(one.answer for one in train)
        keys = tuple(None if shape.kind == "text" else labels_of(answer, shape) for answer in answers)
        index = Index(questions)
        others = _closest_others(index, questions) if shape.kind != "text" or len(held) < FEWEST else []
        likeness = (
            index.search([asked(one) for one in held])[1][:, 0].tolist() if len(held) >= FEWEST else [score for _, _, score in others]
        )
        agree = [(score, keys[at] == keys[other]) for at, other, score in others if keys[at] and keys[other]]
        return cls(shape, tuple(one.row for one in train), questions, answers, keys, index, _low(likeness), _alike(agree))

    @cached_property
    def ranges(self) -> Ranges:
        """What the fields of taught readings hold."""
        return Ranges.of(self.questions)

    @cached_property
    def combinations(self) -> frozenset[Labels]:
        """Every combination of labels that was taught."""
        return frozenset(key for key in self.keys if key is not None)

    @cached_property
    def names(self) -> tuple[frozenset[str], ...]:
        """The labels of each field that were taught."""
        return tuple(frozenset(key[at] for key in self.combinations) for at in range(len(self.shape.fields)))


def doubts(questions: Sequence[str], predictions: Sequence[Prediction], known: Taught, rules: Sequence[TextRule] = ()) -> tuple[Doubt, ...]:
    """The doubts about each answer, in order; `questions` are all that was asked, as `leakage.asked` gives it. A row that failed has none.

    Codes: doubt_cut, doubt_blank, doubt_unlike, doubt_unsure; of readings doubt_value, doubt_word; of labels doubt_invalid,
    doubt_untaught_label, doubt_untaught_labels, doubt_neighbour, doubt_opinion; of free text doubt_foreign and doubt_rule, with the rule
    and what was found instead.
    """
    found, likeness = known.index.search(questions)
    is_text = known.shape.kind == "text"
    given = [None if is_text or one.answer is None else labels_of(one.answer, known.shape) for one in predictions]
    opinions = [None] * len(predictions) if is_text else second_opinion(questions, given, known.shape, known.questions, known.answers)
    out = []
    close = zip(found[:, 0].tolist(), likeness[:, 0].tolist(), strict=True)
    for one, question, (at, score), labels, opinion in zip(predictions, questions, close, given, opinions, strict=True):
        reasons: list[Reason] = []
        if one.answer is not None:
            reasons = _of_any(one, score, known) + known.ranges.strange(question)
            reasons += _of_text(one, rules) if is_text else _of_labels(one, labels, opinion, (at, score), known)
            reasons += _by_itself(one)
        out.append(Doubt(one.row, tuple(reasons), score, known.rows[at] if at >= 0 and score > 0 else None))
    return tuple(out)


def measured(found: Sequence[Doubt], judged: Sequence[Judged], apart: Collection[int] = ()) -> Measured | None:
    """How often flagged test rows were wrong beside the others, without the rows in `apart` (those that a training contained).

    None where nothing can be told: no row is right or wrong, or none or all of them are flagged.
    """
    from scipy.stats import fisher_exact

    flagged = {one.row: bool(one.reasons) for one in found}
    known = [(flagged[one.row], not one.right) for one in judged if one.right is not None and one.row in flagged and one.row not in apart]
    n, wrong = sum(flag for flag, _ in known), sum(flag and bad for flag, bad in known)
    others, others_wrong = len(known) - n, sum(bad and not flag for flag, bad in known)
    if not n or not others:
        return None
    p = float(fisher_exact([[wrong, n - wrong], [others_wrong, others - others_wrong]]).pvalue)
    return Measured(n, wrong, others, others_wrong, p)


def find(ws: Workspace, args: Mapping[str, Any], progress: Callable[[int, int], None]) -> list[list[Any]]:
    """As a task: the doubts about run `run` by what data set `dataset` taught, under `rules`, as JSON values for `from_task`."""
    dataset = ws.dataset(args["dataset"])
    held = examples_of(ws, dataset, "test") or examples_of(ws, dataset, "validation")
    known = Taught.of(examples_of(ws, dataset, "train"), held, shape_of(dataset))
    questions = [question_of(messages) for messages in ws.messages_answered(args["run"])]
    found = doubts(questions, ws.predictions(args["run"]), known, from_json(args["rules"]))
    return [[one.row, [[reason.code, dict(reason.params)] for reason in one.reasons], one.likeness, one.closest] for one in found]


def from_task(lines: Sequence[Sequence[Any]]) -> tuple[Doubt, ...]:
    """What `find` gave, as doubts again."""
    return tuple(Doubt(row, tuple(Reason(code, params) for code, params in told), score, closest) for row, told, score, closest in lines)


def question_of(messages: str) -> str:
    """All that was asked by messages as a run keeps them (JSON): what `leakage.asked` gives for their example."""
    turns = [Message(str(one.get("role", "")), str(one.get("content") or "")) for one in json.loads(messages)]
    return asked(Example((*turns, Message("assistant", "")), 0))


def _closest_others(index: Index, questions: Sequence[str]) -> list[tuple[int, int, float]]:
    """For each text the closest that does not ask the very same, with the likeness: (place, other place, 0 to 1)."""
    forms = [normal_form(text) for text in questions]
    found, scores = index.search(questions, min(len(questions), _SPARE))
    out = []
    for at, (places, line) in enumerate(zip(found.tolist(), scores.tolist(), strict=True)):
        other = next(((place, score) for place, score in zip(places, line, strict=True) if place >= 0 and forms[place] != forms[at]), None)
        if other is not None:
            out.append((at, *other))
    return out


def _low(likeness: Sequence[float]) -> float:
    """The likeness that nearly all rows reach; 0, which nothing is below, where they are too few."""
    if len(likeness) < FEWEST:
        return 0.0
    return sorted(likeness)[int((1 - NEARLY_ALL) * len(likeness) + 1e-9)]


def _alike(agree: Sequence[tuple[float, bool]]) -> float:
    """The lowest likeness from which on neighbours have the same answer often enough; above 1 where there is none."""
    best, same = 1.1, 0
    ordered = sorted(agree, key=lambda one: -one[0])
    for n, (score, is_same) in enumerate(ordered, start=1):
        same += is_same
        is_last = n == len(ordered) or ordered[n][0] < score  # equally alike rows count together
        if is_last and n >= FEWEST and same >= AGREE * n:
            best = score
    return best


def _of_any(one: Prediction, score: float, known: Taught) -> list[Reason]:
    found = [Reason("doubt_cut")] if one.finish_reason == "length" else []
    if not (one.answer or "").strip():
        return [*found, Reason("doubt_blank")]
    if score < known.low:
        found.append(Reason("doubt_unlike"))
    return found


def _by_itself(one: Prediction) -> list[Reason]:
    confidence = one.notes.get("confidence")
    if not isinstance(confidence, int | float) or confidence >= HALF:
        return []
    return [Reason("doubt_unsure", {"confidence_share": float(confidence)})]


def _of_labels(one: Prediction, labels: Labels | None, opinion: Labels | None, closest: tuple[int, float], known: Taught) -> list[Reason]:
    if not (one.answer or "").strip():
        return []
    if labels is None:
        return [Reason("doubt_invalid")]
    strange = [name for name, taught_names in zip(labels, known.names, strict=True) if name not in taught_names]
    if strange:
        return [Reason("doubt_untaught_label", {"label": ", ".join(strange)})]
    if labels not in known.combinations:
        return [Reason("doubt_untaught_labels", {"label": _line(labels)})]
    at, score = closest
    theirs = known.keys[at] if at >= 0 else None
    found = []
    if theirs is not None and score >= known.alike and theirs != labels:
        found.append(Reason("doubt_neighbour", {"row": known.rows[at], "label": _line(theirs)}))
    if opinion is not None and opinion != labels:
        found.append(Reason("doubt_opinion", {"label": _line(opinion)}))
    return found


def _of_text(one: Prediction, rules: Sequence[TextRule]) -> list[Reason]:
    answer = one.answer or ""
    if not answer.strip():
        return []
    foreign = ", ".join(map(str, one.notes.get("foreign", ())))
    found = [Reason("doubt_foreign", {"numbers": foreign})] if foreign else []
    # numbers and directions are rules, too: in use where the taught answers themselves keep them
    broken = [kept for kept in check_all(rules, answer, one.question) if kept.kept is False]
    return found + [
        Reason("doubt_rule", {"kind": kept.rule.kind, "value": kept.rule.value, "found": list(kept.found)})
        for kept in broken
        if not (foreign and kept.rule.kind == "numbers")  # said once
    ]


def _line(labels: Labels) -> str:
    return " / ".join(labels)
