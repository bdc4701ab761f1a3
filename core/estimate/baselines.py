"""What the user's own rows give for nothing: the figures that a trained model must beat, in the worker process."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from core.base.answers import answer_kind
from core.base.baselines import Baselines, Closeness, Measured
from core.base.chat_format import parse_jsonl
from core.base.chrf import chrf
from core.base.classify import cross_validate
from core.base.errors import TooFewExamples
from core.base.folds import FOLDS, deal, twin_groups
from core.base.held_out import Clock
from core.base.intervals import Z
from core.base.scope import Scope
from core.base.types import Example
from core.io.kept_baselines import keep_baselines
from core.io.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np

SECONDS: Final = 60.0  # of computing
FEW: Final = 1000  # rows that are cross-validated several times: a single round scatters by points
REPEATS: Final = 5
MOST: Final = 10_000  # rows that are looked at; the nearest of 50,000 would take minutes to find for each fifth of them
JUDGED: Final = 1000  # free texts whose answers are compared
CALLS = ("tool_calls", "function_call")

Progress = Callable[[int, int], None]


def measure(ws: Workspace, args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """As a task: the baselines of the training file `sha`, kept for the other screens, too."""
    found = baselines(parse_jsonl(ws.read_file(args["sha"])).examples, progress=progress)
    keep_baselines(ws, args["sha"], found)
    return found.to_json()


def baselines(
    examples: Sequence[Example],
    *,
    seed: int = 0,
    seconds: float = SECONDS,
    clock: Clock = time.thread_time,
    progress: Progress = lambda done, total: None,
) -> Baselines:
    """Answer every row as its twins of other folds would have it; of data that has no such baseline say why."""
    began = clock()
    if any(_calls_tools(example) for example in examples):
        return Baselines(len(examples), nothing="tools")
    asked = [example for example in examples if example.answer.strip()]
    scope = Scope.of(asked)
    questions, answers = [scope.whole(example.prompt) for example in asked], [example.answer for example in asked]
    different = len(set(twin_groups(questions).tolist()))
    if different < 2:
        return Baselines(len(asked), questions=different, nothing="too_few")
    if len({answer.strip() for answer in answers}) == 1:
        return Baselines(len(asked), questions=different, nothing="one_answer")
    shape = answer_kind(answers)
    if shape.kind == "text":
        close = closeness(questions, answers, seed=seed, progress=progress)
        took = clock() - began
        # the practice model looks through the rows once; here that was done for each fold
        return Baselines(len(asked), questions=different, folds=FOLDS, repeats=1, seconds=took, closeness=close, learning=took / FOLDS)
    drawn_from = len(asked) if len(asked) > MOST else 0
    if drawn_from:
        drawn = _drawn(len(asked), seed)
        questions, answers = [questions[i] for i in drawn], [answers[i] for i in drawn]
    repeats = REPEATS if len(asked) <= FEW else 1
    try:
        found = cross_validate(questions, answers, shape, seed=seed, repeats=repeats, seconds=seconds, clock=clock, progress=progress)
    except TooFewExamples:  # the rows whose answers have the shape of the rest all ask the same
        return Baselines(len(asked), questions=different, nothing="too_few")
    return Baselines.of(found, clock() - began, drawn_from=drawn_from)


def closeness(
    questions: Sequence[str], answers: Sequence[str], *, seed: int = 0, progress: Progress = lambda done, total: None
) -> Closeness:
    """How close the answer of the closest other question is to the row's own, and that of any other one; twins are never looked up."""
    import numpy as np

    from core.base.similarity import nearest

    draw = np.random.default_rng(seed)
    kept = _drawn(len(questions), seed)
    groups = twin_groups([questions[i] for i in kept])
    fold = deal(groups, np.zeros(len(kept), dtype=np.int64), FOLDS, seed=seed)
    near: list[float] = []
    other: list[float] = []
    for held in range(FOLDS):
        test, rest = kept[fold == held], kept[fold != held]
        if not len(test) or not len(rest):
            continue
        test = np.sort(draw.permutation(test)[: JUDGED - len(near)])
        found, _ = nearest([questions[i] for i in test], [questions[i] for i in rest])
        near += [chrf(answers[rest[at]], answers[i]) for i, at in zip(test, found, strict=True)]
        other += [chrf(answers[rest[at]], answers[i]) for i, at in zip(test, draw.integers(len(rest), size=len(test)), strict=True)]
        progress(held + 1, FOLDS)
        if len(near) >= JUDGED:
            break
    progress(FOLDS, FOLDS)
    mean, error = float(np.mean(near)), float(np.std(near) / len(near) ** 0.5)
    return Closeness(Measured(mean, max(0.0, mean - Z * error), min(1.0, mean + Z * error)), float(np.mean(other)), len(near))


def _drawn(n: int, seed: int) -> "np.ndarray":
    """At most MOST of n indices, in order."""
    import numpy as np

    return np.sort(np.random.default_rng(seed).permutation(n)[:MOST])


def _calls_tools(example: Example) -> bool:
    return any(message.role in ("tool", "function") or any(message.extra.get(key) for key in CALLS) for message in example.messages)
