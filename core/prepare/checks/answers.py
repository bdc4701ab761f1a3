"""Faults of the answers themselves: nothing but a placeholder, fields left blank, classes with too few rows."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined

FEW = 5  # rows of a class: with fewer, training and test cannot both have some to speak of
_MOST_NAMED = 12

# What programs write where there is no value, and what people write where the answer is still to come.
_NEVER_AN_ANSWER = frozenset(
    {"nan", "nat", "null", "undefined", "<na>", "#n/a", "#value!", "#ref!", "#name?", "#div/0!", "#null!", "[object object]"}
)
_STILL_TO_COME = re.compile(
    r"[-–—]+|[?？]+|\.{2,}|…|_{2,}|x{3,}|(?:tbd|tba|tbc|to ?do)\b.{0,60}|asdf\w*|qwert\w*|lorem ipsum\b.*|"
    r"\W?(?:insert|enter|write|add|fill in|put|type|your)\b[^.]{0,30}\b(?:answer|response|text|reply)\b[^.]{0,10}here\W?|"
    r"[\[<({](?:the |your |an? )?(?:answer|response|reply|placeholder|text|todo|tbd|missing|empty|jawaban)\b[^\])>}]{0,40}[\])>}]|"
    r"(?:jawaban|isi) di ?sini",
    re.DOTALL,
)
# These may be classes of their own. Among labels they count only where they are as rare as slips and other placeholders stand beside them.
_PERHAPS = frozenset({"none", "n/a", "na", "nil", "n.a.", "-", "?", "no answer"})
_SELDOM = 0.05


def worthless(examined: Examined) -> set[int]:
    """The rows whose answer is missing: blank, or nothing but a placeholder."""
    marks = zip(examined.examples, examined.answers, placeholders(examined), strict=True)
    return {example.row for example, answer, marked in marks if marked or not answer}


def placeholders(examined: Examined) -> list[bool]:
    """Marks the examples whose answer is only a placeholder; of a JSON answer, every field of it."""
    return examined.once("placeholders", lambda: _placeholders(examined))


def _placeholders(examined: Examined) -> list[bool]:
    nothing = {answer: _says_nothing(_parts(answer, values)) for answer, values in zip(examined.answers, examined.parsed, strict=True)}
    if examined.shape.kind != "text" and "perhaps" in nothing.values():
        counts = Counter(examined.answers)
        surely = any(said == "surely" and answer.casefold() not in _NEVER_AN_ANSWER for answer, said in nothing.items())
        rare = sum(counts[answer] for answer, said in nothing.items() if said) <= _SELDOM * len(examined.answers)
        nothing = {answer: said if said == "surely" or (rare and surely) else "" for answer, said in nothing.items()}
    return [bool(nothing[answer]) for answer in examined.answers]


def _parts(answer: str, values: Mapping[str, str] | None) -> list[str]:
    return [part.casefold() for part in values.values()] if values else [answer.casefold()]


def _says_nothing(parts: list[str]) -> str:
    """Whether these are nothing but placeholders: "surely", "perhaps" where they may be a class of their own, or "" where not."""
    if not any(parts) and len(parts) < 2:
        return ""  # a blank answer has a finding of its own; an object of blanks has none
    if not all(len(part) <= 80 for part in parts):
        return ""
    if all(not part or part in _NEVER_AN_ANSWER or (part not in _PERHAPS and _STILL_TO_COME.fullmatch(part)) for part in parts):
        return "surely"
    return (
        "perhaps"
        if all(not part or part in _PERHAPS or part in _NEVER_AN_ANSWER or _STILL_TO_COME.fullmatch(part) for part in parts)
        else ""
    )


def _placeholder_answers(examined: Examined) -> Iterator[Finding]:
    marks = placeholders(examined)
    if any(marks):
        example = examined.answers[marks.index(True)]
        yield Finding("placeholder_answers", "warning", examined.rows_where(marks), {"example": example[:80]}, "drop_placeholders")


def _incomplete_answers(examined: Examined) -> Iterator[Finding]:
    if examined.shape.kind != "json":
        return
    blank = [
        [field for field, value in values.items() if not value or value.lower() in _NEVER_AN_ANSWER] if values else []
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
                N_("The model would learn to leave it blank. Fill it in, or leave these rows out."),
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
