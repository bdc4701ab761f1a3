"""Which side of an example a text belongs to, question or answer, learned from the data set itself: how rows that were swapped are told."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

from core.prepare.checks.registry import Examined

FEWEST = 30  # examples: with fewer there is nothing to learn the two sides from
WORDS = 20  # of a text that are looked at
OFTEN = 4  # texts that must have a word before it says anything
SAMPLE = 20_000  # examples that the two sides are learned from
PLAIN = 4.0  # by how much a usual row speaks for its own order, in natural logarithms; below that the two sides are too much alike
CERTAIN = 6.0  # by how much a swapped row must speak against it

_LABEL = 60  # characters
STRONGEST = 8  # signs of a text that count

_MARKS = "\"'“”‘’(),.;:!?¿¡"
_ENDS = ".?!:;)\"'”’…"


def swapped_rows(examined: Examined) -> list[bool]:
    """Marks the examples whose question reads like the data set's answers and whose answer like its questions."""
    return examined.once("swapped", lambda: _swapped(examined))


def _swapped(examined: Examined) -> list[bool]:
    n = len(examined.examples)
    single = [sum(message.role in ("user", "assistant") for message in example.messages) == 2 for example in examined.examples]
    if sum(single) < FEWEST:
        return [False] * n
    said_once: dict[str, tuple[str, ...]] = {}

    def said(at: int) -> tuple[str, ...]:
        answer, values = examined.answers[at], examined.parsed[at]
        if values is None or len(values) > 1 or len(answer) <= _LABEL:  # labels come back, and are looked at once
            if answer not in said_once:
                said_once[answer] = signs(answer) if values is None else longest(values.values())
            return said_once[answer]
        return signs(answer)

    # texts are taken apart twice rather than kept: the signs of a million rows would fill the memory
    sample = [at for at in range(0, n, max(1, n // SAMPLE)) if single[at]]
    weights = _weights([signs(examined.examples[at].question) for at in sample], [said(at) for at in sample])
    scores = array("d", [math.nan]) * n
    for at, example in enumerate(examined.examples):
        if single[at] and (a := signs(example.question)) and (b := said(at)):
            scores[at] = _strongest(a, weights) - _strongest(b, weights)
    given = sorted(score for score in scores if not math.isnan(score))
    if len(given) < FEWEST or given[len(given) // 2] < PLAIN:
        return [False] * n
    limit = max(PLAIN, min(CERTAIN, given[len(given) // 2] / 2))
    return [score < -limit for score in scores]  # false for NaN, too


def signs(text: str) -> tuple[str, ...]:
    """What is looked at in a text: its words, its first word, how it ends and how long it is."""
    words = text.casefold().split(None, WORDS)[:WORDS]
    if not words:
        return ()
    end = text.rstrip()[-1]
    length = f"long {(len(text) + 1).bit_length()}"
    return (*{word.strip(_MARKS) for word in words}, f"first {words[0]}", f"end {end}" if end in _ENDS else "end", length)


def longest(values: Iterable[str]) -> tuple[str, ...]:
    """The signs of that field of a JSON answer that says most: of a swapped row, the one that holds the question."""
    return max(map(signs, values), key=len, default=())


def _weights(asked: Sequence[Iterable[str]], said: Sequence[Iterable[str]]) -> dict[str, float]:
    """For each sign, the logarithm of how much more often it stands in questions than in answers."""
    in_questions, in_answers = Counter(one for text in asked for one in text), Counter(one for text in said for one in text)
    n = len(asked)
    return {
        sign: math.log((in_questions[sign] + 0.5) / (n + 1)) - math.log((in_answers[sign] + 0.5) / (n + 1))
        for sign in in_questions.keys() | in_answers.keys()
        if in_questions[sign] + in_answers[sign] >= OFTEN
    }


def _strongest(text: Sequence[str], weights: dict[str, float]) -> float:
    """How much a text speaks for a question: by its strongest signs, so that a long text does not drown a short one."""
    found = [weights[sign] for sign in text if sign in weights]
    return sum(found) if len(found) <= STRONGEST else sum(sorted(found, key=abs)[-STRONGEST:])
