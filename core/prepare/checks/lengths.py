"""Texts of a length that cannot be meant: too long for a training, far longer than the others, or cut off."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from core.base.errors import N_
from core.base.model_table import shipped_models
from core.base.tokens import count_examples
from core.base.types import Example, Finding
from core.prepare.checks.registry import About, Check, Examined

_SHOWN = 80
_TIMES = 20
_LONG = 1_000  # characters: below it a text is not long, however short the others are
_FEW = 0.02
_FINISHED = 0.8  # of the free-text answers: where fewer end with a mark, the mark says nothing
_BARE = 0.1  # of the answers: where more have no mark at the end, that is how they are written
_FEWEST = 10
_SHORTEST = 20  # characters: a shorter answer may be a phrase

_GOES_ON = frozenset(",([{–—/&+=-")  # signs after which something must come
_DOTS = ("...", "…")
# Words after which something must come, English and Indonesian, and a few of their neighbours. "Is" or "for" may end a sentence.
_CONNECTING = frozenset(
    """
    a an and as because but if into its my of or our than the their your
    agar atau bahwa dan dari dengan karena ke oleh pada para sebagai sehingga sebuah serta untuk yang
    der die und oder ein eine le la les et ou de des du el los y con
    """.split()
)


def _too_long(examined: Examined) -> Iterator[Finding]:
    limits = [limit.tokens for _, limit in shipped_models().limits]
    if not limits:
        return
    limit = max(limits)  # what no known model takes; the page that knows the model says the rest
    # a token is at least one byte, so that only what has more bytes than the limit can have more tokens
    sides = (side for example in examined.examples for side in _sides(example))
    long = [example for example in sides if _characters(example) > limit // 4 and _bytes(example) > limit]
    counts = count_examples(long).per_example if long else ()
    rows = tuple(dict.fromkeys(example.row for example, n in zip(long, counts, strict=True) if n > limit))
    if rows:
        yield Finding("too_long", "warning", rows, {"limit": limit, "longest": max(counts)}, "leave_out")


def _far_longer(examined: Examined) -> Iterator[Finding]:
    for code, lengths in (
        ("long_answers", [len(answer) for answer in examined.answers]),
        ("long_questions", [len(example.question) for example in examined.examples]),
    ):
        usual = median([length for length in lengths if length] or [0])
        if code == "long_answers":
            lengths = [max(n, _worse(example)) if example.rejected else n for n, example in zip(lengths, examined.examples, strict=True)]
        marks = [length > max(_LONG, _TIMES * usual) for length in lengths]
        n = sum(marks)
        if n:
            rare = n <= max(1, _FEW * len(marks)) and len(marks) >= _FEWEST
            params = {"times": _TIMES, "longest": max(lengths), "usual": round(usual)}
            yield Finding(code, "warning" if rare else "info", examined.rows_where(marks), params)


def _cut_off(examined: Examined) -> Iterator[Finding]:
    if examined.shape.kind != "text":
        return
    answers = examined.answers
    given = [answer for answer in answers if answer]
    if len(given) < _FEWEST or sum(map(_finished, given)) < _FINISHED * len(given):
        return
    caps = _common_longest(given)
    dotted = sum(answer.endswith(_DOTS) for answer in given) <= _FEW * len(given)
    known = {answer: _is_cut(answer, caps, dotted) for answer in set(given) if len(answer) >= _SHORTEST}
    cut = [known.get(answer, False) for answer in answers]
    if any(cut):
        example = answers[cut.index(True)]
        yield Finding("cut_off_answers", "warning", examined.rows_where(cut), {"example": example[-_SHOWN:]}, "leave_out")
    bare = [
        len(answer) >= _SHORTEST and not marked and not _finished(answer) and not _ends_otherwise(answer)
        for answer, marked in zip(answers, cut, strict=True)
    ]
    if 0 < sum(bare) <= _BARE * len(given):
        example = answers[bare.index(True)]
        yield Finding("unfinished_answers", "info", examined.rows_where(bare), {"example": example[-_SHOWN:]})


def _finished(answer: str) -> bool:
    """Whether it ends with a mark: a full stop, a bracket or quotation mark that closes, an emoji, and so on."""
    last = answer[-1]
    return not last.isalnum() and last != "_" and last not in _GOES_ON


def _ends_otherwise(answer: str) -> bool:
    """Whether it ends as a list, a signature, an address or a figure does, which need no mark."""
    last = answer.rstrip().rsplit("\n", 1)[-1].strip()
    word = last.rsplit(None, 1)[-1] if last else ""
    return (
        ("\n" in answer and (last[:1] in "-*•·" or last[:1].isdigit() or len(last.split()) <= 4))
        or "://" in word
        or any(sign.isdigit() or sign in "@/_" for sign in word)
    )


def _is_cut(answer: str, caps: frozenset[int], dotted: bool) -> bool:
    if len(answer) in caps and not _finished(answer):
        return True
    if answer.endswith(_DOTS):
        return dotted
    if _finished(answer):
        return answer.count("```") % 2 == 1
    last = answer.rsplit(None, 1)[-1].lower()
    return answer[-1] in _GOES_ON or last in _CONNECTING or _leaves_open(answer)


def _leaves_open(answer: str) -> bool:
    """Whether a bracket or a quotation mark is opened and never closed."""
    return any(answer.count(opened) > answer.count(closed) for opened, closed in ("()", "[]", "{}", "“”", "«»")) or (
        answer.count('"') % 2 == 1 and not re.search(r'\d"', answer)
    )


def _common_longest(answers: Sequence[str]) -> frozenset[int]:
    """The length at which answers were cut, if one is: the longest of all, and many have exactly it."""
    lengths = Counter(map(len, set(answers)))
    longest = max(lengths)
    near = sum(n for length, n in lengths.items() if length >= 0.9 * longest)
    return frozenset({longest}) if lengths[longest] >= 3 and 2 * lengths[longest] > near else frozenset()


def _sides(example: Example) -> Iterator[Example]:
    """The example, and of a preference pair the same question with the worse answer, which is trained on by itself."""
    yield example
    if example.rejected:
        yield replace(example, messages=(*example.messages[:-1], *example.rejected), rejected=())


def _worse(example: Example) -> int:
    return max(len(message.content.strip()) for message in example.rejected)


def _characters(example: Example) -> int:
    return sum(len(message.content) for message in example.messages)


def _bytes(example: Example) -> int:
    return sum(len(message.content.encode("utf-8", "replace")) for message in example.messages)


CHECKS = (
    Check(
        "text",
        _too_long,
        {
            "too_long": About(
                N_("Rows longer than any known model takes ({longest} tokens, of at most {limit}): {n}."),
                N_("A token is a piece of a word. What is over the limit is cut off at the end without a word: the answer goes first."),
            )
        },
    ),
    Check(
        "text",
        _far_longer,
        {
            "long_answers": About(
                N_("Answers more than {times} times as long as usual: {n}. The longest has {longest} characters, usual are {usual}."),
                N_("Often several cells have run together. Look at them; a long row also costs as much as many short ones."),
            ),
            "long_questions": About(
                N_("Questions more than {times} times as long as usual: {n}. The longest has {longest} characters, usual are {usual}."),
                N_("Often several cells have run together. Look at them; a long row also costs as much as many short ones."),
            ),
        },
    ),
    Check(
        "text",
        _cut_off,
        {
            "cut_off_answers": About(
                N_("Answers that seem to stop in the middle: {n}. The first ends “{example}”"),
                N_("The model would learn to stop in the middle. Put in the whole answers, or leave these rows out."),
            ),
            "unfinished_answers": About(
                N_("Answers without a mark at the end, which the others have: {n}. The first ends “{example}”"),
                N_("They may be cut off, or only lack a full stop."),
            ),
        },
    ),
)
