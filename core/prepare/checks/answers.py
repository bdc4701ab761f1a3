"""Faults of the answers themselves: nothing but a placeholder, fields left blank, classes with too few rows."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.placeholders import LONGEST, NEVER_AN_ANSWER, is_placeholder, may_be_placeholder

FEW = 5  # rows of a class: with fewer, training and test cannot both have some to speak of
_MOST_NAMED = 12

SELDOM = 0.1  # share of the answers: words that may be classes are placeholders only where they are as rare as slips


def worthless(examined: Examined) -> set[int]:
    """The rows whose answer is missing: blank, or nothing but a placeholder."""
    marks = zip(examined.examples, examined.answers, placeholders(examined), strict=True)
    return {example.row for example, answer, marked in marks if marked or not answer}


def placeholders(examined: Examined) -> list[bool]:
    """Marks the examples whose answer is only a placeholder; of a JSON answer, every field of it."""
    return examined.once("placeholders", lambda: _placeholders(examined))


def _placeholders(examined: Examined) -> list[bool]:
    known = dict(zip(examined.answers, examined.parsed, strict=True))
    parts = {answer: _parts(answer, values) for answer, values in known.items()}
    surely = {answer for answer, texts in parts.items() if texts and all(not text or is_placeholder(text) for text in texts)}
    perhaps = {answer for answer, texts in parts.items() if texts and all(not text or may_be_placeholder(text) for text in texts)}
    if examined.shape.kind != "text" and perhaps - surely:
        # among labels "none" and "-" count only where they are rare and other placeholders, which no program wrote, stand beside them
        counts = Counter(examined.answers)
        beside = any(any(text and text.casefold() not in NEVER_AN_ANSWER for text in parts[answer]) for answer in surely)
        rare = sum(counts[answer] for answer in perhaps) <= SELDOM * len(examined.answers)
        perhaps = perhaps if beside and rare else surely
    return [answer in perhaps for answer in examined.answers]


def flat_json(answer: str) -> dict[str, str] | None:
    """The values of an answer that is one JSON object, as texts; None where it is none."""
    if not answer.startswith("{") or len(answer) > 1_000:
        return None
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return {name: "" if one is None else str(one) for name, one in value.items()} if isinstance(value, dict) and value else None


def _parts(answer: str, values: Mapping[str, str] | None) -> list[str]:
    """The texts that an answer consists of; none where it is too long to say nothing, or blank, for which there is another finding."""
    if values is None or len(values) == 1:
        values = flat_json(answer) or {"": answer}
    texts = [value.strip() for value in values.values()]
    too_long = any(len(text) > LONGEST for text in texts)
    return [] if too_long or (len(texts) == 1 and not texts[0]) else texts


def _placeholder_answers(examined: Examined) -> Iterator[Finding]:
    marks = placeholders(examined)
    if any(marks):
        example = examined.answers[marks.index(True)]
        yield Finding("placeholder_answers", "warning", examined.rows_where(marks), {"example": example[:80]}, "drop_placeholders")


def _incomplete_answers(examined: Examined) -> Iterator[Finding]:
    if examined.shape.kind != "json":
        return
    blank = [
        [field for field, value in values.items() if not value or value.lower() in NEVER_AN_ANSWER] if values else []
        for values in examined.parsed
    ]
    marks = [0 < len(fields) < len(examined.shape.fields) for fields in blank]
    named = {field for fields, marked in zip(blank, marks, strict=True) if marked for field in fields}
    if any(marks):
        params = {"fields": [field for field in examined.shape.fields if field in named]}
        yield Finding("incomplete_answers", "warning", examined.rows_where(marks), params, "leave_out")


def _odd_shapes(examined: Examined) -> Iterator[Finding]:
    if examined.shape.kind != "json":
        return
    marks = [bool(answer) and values is None for answer, values in zip(examined.answers, examined.parsed, strict=True)]
    if any(marks):
        example = examined.answers[marks.index(True)]
        yield Finding(
            "odd_answers",
            "warning",
            examined.rows_where(marks),
            {"fields": list(examined.shape.fields), "example": example[:80]},
            "leave_out",
        )


def _rare_classes(examined: Examined) -> Iterator[Finding]:
    sizes = Counter(name for name in examined.classes if name)
    for code, rare in (
        ("single_row_classes", sorted(name for name, n in sizes.items() if n == 1)),
        ("rare_classes", sorted(name for name, n in sizes.items() if 1 < n < FEW)),
    ):
        if rare:
            chosen = set(rare)
            params = {"classes": rare[:_MOST_NAMED], "n_classes": len(rare), "of": len(sizes), "few": FEW}
            yield Finding(code, "info", examined.rows_where(name in chosen for name in examined.classes), params)


CHECKS = (
    Check(
        "answers",
        _placeholder_answers,
        {
            "placeholder_answers": About(
                N_("Answers that say nothing, such as “{example}”: {n}."),
                N_("The model would learn to say exactly that. An answer that is missing has to be written; nobody can guess it."),
            )
        },
    ),
    Check(
        "answers",
        _incomplete_answers,
        {
            "incomplete_answers": About(
                N_("Answers with a blank field ({fields}): {n}."),
                N_("The model would learn to leave it blank. Leave these rows out, or fill it in in your file and choose the file again."),
            )
        },
    ),
    Check(
        "answers",
        _odd_shapes,
        {
            "odd_answers": About(
                N_("Answers without the parts that the others have ({fields}): {n}. The first: “{example}”"),
                N_("A program that reads the model's answers would stumble over them."),
            )
        },
    ),
    Check(
        "answers",
        _rare_classes,
        {
            "single_row_classes": About(
                N_("Categories with a single row: {n_classes} of {of} ({classes})."),
                N_("That row goes to training, so the test cannot say how well the category was learned. More rows of it would help most."),
            ),
            "rare_classes": About(
                N_("Categories with fewer than {few} rows: {n_classes} of {of} ({classes})."),
                N_("The model sees little of them, and the test can say little about them. More rows would help."),
            ),
        },
    ),
)
