"""Data that would teach nothing: answers that are all the same, that are the instruction itself, or that repeat the question."""

import re
from collections.abc import Iterator

from core.base.errors import N_
from core.base.types import Finding
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


def _same_answer(examined: Examined) -> Iterator[Finding]:
    given = sum(examined.answer_counts.values())
    if given < _FEWEST:
        return
    key, n = min(examined.answer_counts.items(), key=lambda item: (-item[1], item[0]))
    share = n / given
    marks = [answer_key == key and bool(answer) for answer_key, answer in zip(examined.answer_keys, examined.answers, strict=True)]
    at = marks.index(True)
    answer = examined.answers[at]
    params = {"answer": answer[:200], "share": round(100 * share)}
    is_order = reads_like_instruction(answer) or any(
        example.system.strip() == answer for example, marked in zip(examined.examples, marks, strict=True) if marked
    )
    if is_order and len(answer) > _LONG and share >= 0.5:
        yield Finding("answer_is_instruction", "error" if share >= _NEARLY_ALL else "warning", examined.rows_where(marks), params)
    elif n == given:
        yield Finding("constant_answers", "error", examined.rows_where(marks), params)
    elif share >= _NEARLY_ALL and len(answer) > _LONG:
        yield Finding("repeated_answer", "error", examined.rows_where(marks), params)


def _echo(examined: Examined) -> Iterator[Finding]:
    marks = [
        bool(answer) and asked == said for asked, said, answer in zip(examined.keys, examined.answer_keys, examined.answers, strict=True)
    ]
    n = sum(marks)
    # a task such as "correct the spelling" rightly leaves some texts as they are: only nearly all of them is a fault
    if n >= _FEWEST and n >= _NEARLY_ALL * len(marks):
        yield Finding("answer_copies_question", "error", examined.rows_where(marks), {"share": round(100 * n / len(marks))})


CHECKS = (
    Check(
        "teaching",
        _same_answer,
        {
            "answer_is_instruction": About(
                N_("In {share}% of the rows the answer is an instruction, not an answer: “{answer}”"),
                N_("The model would learn to recite it. Move the instruction to the system prompt, then write or choose the real answers."),
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
        _echo,
        {
            "answer_copies_question": About(
                N_("In {share}% of the rows the answer repeats the question."),
                N_("The model would learn to echo. Check which column is the answer."),
            )
        },
    ),
)
