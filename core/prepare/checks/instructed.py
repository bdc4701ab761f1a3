"""Answers that are all the same, or the instruction itself: nothing could be learned from them."""

import re
from collections.abc import Iterator

from core.base.errors import N_
from core.base.similarity import normal_form
from core.base.types import Finding, Severity
from core.prepare.checks.registry import About, Check, Examined

_FEWEST = 5  # below that, "all the same" says nothing; there are too few examples anyway
_NEARLY_ALL = 0.9
_LONG = 40  # characters: longer than any label, so that a class that is simply frequent is never meant
# How a sentence that tells somebody what to write begins, and what it speaks of. Both are needed: "Offer ended yesterday" is an answer.
_ORDER_WORDS = """
    act analyse analyze answer assess assume be behave categorise categorize classify compose convert craft create decide describe
    determine draft ensure evaluate explain extract generate give identify list make offer output pretend produce provide rate recommend
    respond return rewrite speak state suggest summarise summarize translate use write
    anda analisis analisa beri berikan buat buatlah berperanlah gunakan jawab jawablah jelaskan kamu klasifikasikan ringkas sampaikan
    sebutkan tentukan terjemahkan tulis tuliskan
"""
_ORDERS = frozenset(_ORDER_WORDS.split())
_OPENERS = (
    *("you are", "your task", "your job", "you will", "i want you", "please ", "as an "),
    *("tugas anda", "anda adalah", "kamu adalah"),
)
_SUBJECTS = re.compile(
    r"\b(answer|based on|concise|data|format|given|input|json|labels?|maximum|message|output|paragraph|professional|prompt|provided|"
    r"question|recommendations?|response|sentences?|style|summary|text|tone|user|words|berdasarkan|jawaban|kalimat|nada|paragraf|pengguna|"
    r"pertanyaan|pesan|rekomendasi|ringkas|singkat|teks)\b",
    re.IGNORECASE,
)


def reads_like_instruction(text: str) -> bool:
    """Whether the text tells somebody what to write rather than being what was asked for."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < 5:
        return False
    ordered = words[0] in _ORDERS or text.lower().lstrip().startswith(_OPENERS)
    return ordered and len(set(map(str.lower, _SUBJECTS.findall(text)))) >= 2


def instruction(examined: Examined) -> str:
    """The instruction that stands as the answer of half the rows or more, or "" where there is none."""
    key, n = commonest_answer(examined)
    if n < _FEWEST or n < 0.5 * sum(examined.answer_counts.values()):
        return ""
    at = next(index for index, answer_key in enumerate(examined.answer_keys) if answer_key == key and examined.answers[index])
    answer = examined.answers[at]
    is_order = len(answer) > _LONG and (reads_like_instruction(answer) or any(one.system.strip() == answer for one in examined.examples))
    return answer if is_order else ""


def commonest_answer(examined: Examined) -> tuple[str, int]:
    """The key of the answer that most rows have, and their number."""
    return min(examined.answer_counts.items(), key=lambda item: (-item[1], item[0]), default=("", 0))


def with_answer_key(examined: Examined, key: str) -> list[bool]:
    """Marks the examples whose answer has this key."""
    return [answer_key == key and bool(answer) for answer_key, answer in zip(examined.answer_keys, examined.answers, strict=True)]


def _same_answer(examined: Examined) -> Iterator[Finding]:
    given = sum(examined.answer_counts.values())
    if given < _FEWEST:
        return
    key, n = commonest_answer(examined)
    share = n / given
    marks = with_answer_key(examined, key)
    answer = examined.answers[marks.index(True)]
    params = {"answer": answer[:200], "share": round(100 * share)}
    if instruction(examined):
        severity: Severity = "error" if share >= _NEARLY_ALL else "warning"
        told = params | {"step": {"text": answer}}
        yield Finding("answer_is_instruction", severity, examined.rows_where(marks), told, "move_instruction")
    elif n == given:
        yield Finding("constant_answers", "error", examined.rows_where(marks), params)
    elif share >= _NEARLY_ALL and len(answer) > _LONG:
        yield Finding("repeated_answer", "error", examined.rows_where(marks), params)


def _answer_is_prompt(examined: Examined) -> Iterator[Finding]:
    """Answers that are their own system prompt, where it is not the answer of most rows anyway."""
    moved = instruction(examined)
    known = {text: normal_form(text) for text in {example.system for example in examined.examples} if len(text) > _LONG}
    marks = [
        example.system in known and answer != moved and key == known[example.system]
        for example, answer, key in zip(examined.examples, examined.answers, examined.answer_keys, strict=True)
    ]
    if any(marks):
        example = examined.answers[marks.index(True)]
        yield Finding("answer_is_prompt", "warning", examined.rows_where(marks), {"example": example[:120]}, "leave_out")


CHECKS = (
    Check(
        "teaching",
        _same_answer,
        {
            "answer_is_instruction": About(
                N_("In {share}% of the rows the answer is an instruction, not an answer: “{answer}”"),
                N_(
                    "The model would learn to recite it. The answers are the instruction: move it to the system prompt, then write or "
                    "choose the answers."
                ),
            ),
            "constant_answers": About(
                N_("All answers are the same: “{answer}”"),
                N_("Whatever it is asked, the model would say this; there is nothing to learn. Check which column is the answer."),
            ),
            "repeated_answer": About(
                N_("{share}% of the answers are one and the same text: “{answer}”"),
                N_("The model would say this to nearly everything. Check which column is the answer."),
            ),
        },
    ),
    Check(
        "teaching",
        _answer_is_prompt,
        {
            "answer_is_prompt": About(
                N_("Answers that are the system prompt itself: {n}. The first: “{example}”"),
                N_("The model would learn to recite its instruction. Write the real answer, or leave these rows out."),
            )
        },
    ),
)
