"""Data that would teach nothing: answers that are all the same, that are the instruction itself, or that repeat the question."""

import re
from collections import Counter
from collections.abc import Iterator

from core.base.errors import N_
from core.base.similarity import normal_form
from core.base.types import Finding, Severity
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.checks.sides import swapped_rows

_FEWEST = 5  # below that, "all the same" says nothing; there are too few examples anyway
_NEARLY_ALL = 0.9
_FEW_ECHOES = 3  # copies of a question: one or two, such as "Hello", are answers
_KEEPS_WORDS = 0.6  # share of an answer's words that stand in its question, from which on the task is to rewrite it
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


def _echoes(examined: Examined) -> list[bool]:
    """Marks the examples whose answer is the question again; of a JSON answer, one of its fields, where the question is a sentence."""
    marks = []
    for asked, said, values in zip(examined.keys, examined.answer_keys, examined.parsed, strict=True):
        parts = said.split("\x00") if values and len(values) > 1 and asked.count(" ") >= 2 else (said,)
        marks.append(bool(asked) and asked in parts)
    return marks


def _echo(examined: Examined) -> Iterator[Finding]:
    marks = _echoes(examined)
    n, given = sum(marks), sum(map(bool, examined.answers))
    if n < _FEW_ECHOES:
        return
    params = {"share": max(1, round(100 * n / given)), "example": examined.examples[marks.index(True)].question[:120]}
    if n >= _FEWEST and n >= _NEARLY_ALL * len(marks):
        yield Finding("answer_copies_question", "error", examined.rows_where(marks), params)
    elif _usual_overlap(examined, marks) < _KEEPS_WORDS:
        # a task such as "correct the spelling" rightly leaves some texts as they are; where answers are otherwise made of other words,
        # a copy is a slip of the spreadsheet
        yield Finding("answer_copies_question", "warning", examined.rows_where(marks), params, "leave_out")


def _usual_overlap(examined: Examined, marks: list[bool]) -> float:
    """The share of an answer's words that stand in its question, in the middle of all rows that are no copy."""
    others = [index for index, marked in enumerate(marks) if not marked and examined.answers[index]]
    shares = []
    for index in others[:: max(1, len(others) // 1_000)]:
        asked = set(examined.keys[index].split())
        said = examined.answer_keys[index].replace("\x00", " ").split()
        shares.append(sum(word in asked for word in said) / max(1, len(said)))
    return sorted(shares)[len(shares) // 2] if shares else 1.0


def _restated(examined: Examined) -> Iterator[Finding]:
    """Answers that begin with the whole question and go on: a habit that the model would take over."""
    marks = [
        asked.count(" ") >= 2 and len(said) > len(asked) and said.startswith(f"{asked} ")
        for asked, said in zip(examined.keys, examined.answer_keys, strict=True)
    ]
    n = sum(marks)
    if n >= _FEWEST:
        share = round(100 * n / len(marks))
        yield Finding("answer_restates_question", "info", examined.rows_where(marks), {"share": max(1, share)})


def swapped(examined: Examined) -> list[bool]:
    """Marks the examples whose question and answer have changed places: of some rows, or of the whole file."""
    return [True] * len(examined.examples) if _all_swapped(examined) else swapped_rows(examined)


def _all_swapped(examined: Examined) -> bool:
    """Whether the answers are questions, all different, and the questions a few labels that come back."""
    given = [example for example, blank in zip(examined.examples, examined.blank, strict=True) if not blank]
    if len(given) < 4 * _FEWEST or any(len(example.messages) > 3 for example in given):
        return False
    asked = Counter(example.question.strip() for example in given)
    said = {example.answer.strip() for example in given}
    ask = sum(example.answer.rstrip().endswith(("?", "？", "؟")) for example in given)
    few = len(asked) <= 0.2 * len(given) and max(map(len, asked)) <= 60 and not any(text.endswith("?") for text in asked)
    return few and len(said) >= 0.9 * len(given) and ask >= 0.5 * len(given)


def _swapped(examined: Examined) -> Iterator[Finding]:
    marks = swapped(examined)
    if any(marks):
        at = marks.index(True)
        params = {
            "question": examined.examples[at].question[:80],
            "answer": examined.answers[at][:80],
            "share": max(1, round(100 * sum(marks) / len(marks))),
        }
        yield Finding("swapped", "error" if all(marks) else "warning", examined.rows_where(marks), params, "swap_turns")


def without_prompt(examined: Examined) -> tuple[list[bool], str]:
    """Marks the examples without a system prompt, where most of the others share one, and that prompt."""
    prompts = Counter(example.system.strip() for example in examined.examples)
    without = prompts.pop("", 0)
    prompt, n = min(prompts.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    if not without or n < _FEWEST or n < 0.5 * sum(prompts.values()) or n < 0.05 * len(examined.examples):
        return [False] * len(examined.examples), ""
    return [not example.system.strip() for example in examined.examples], prompt


def _of_chats(examined: Examined) -> bool:
    return examined.source is not None and examined.source.kind == "chat" and bool(examined.examples)


def _system_prompts(examined: Examined) -> Iterator[Finding]:
    marks, prompt = without_prompt(examined)
    if prompt:
        params = {"prompt": prompt[:200], "step": {"text": prompt}}
        yield Finding("some_without_prompt", "warning", examined.rows_where(marks), params, "add_prompt")
    elif _of_chats(examined) and not any(example.system.strip() for example in examined.examples):
        yield Finding("no_system_prompt", "info")


def _least(examined: Examined) -> Iterator[Finding]:
    """Just the least that a training may have, once copies are left aside."""
    distinct = len(set(zip(examined.prompts, examined.answer_keys, strict=True)))
    if examined.min_examples <= distinct < 1.2 * examined.min_examples:
        yield Finding("barely_enough", "info", (), {"distinct": distinct, "minimum": examined.min_examples})


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
        _echo,
        {
            "answer_copies_question": About(
                N_("In {share}% of the rows the answer repeats the question. The first: “{example}”"),
                N_("The model would learn to echo. Check which column is the answer."),
            )
        },
    ),
    Check(
        "teaching",
        _restated,
        {
            "answer_restates_question": About(
                N_("In {share}% of the rows the answer begins with the whole question."),
                N_("The model would learn to say every question again first. It costs tokens in each answer."),
            )
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
    Check(
        "teaching",
        _swapped,
        {
            "swapped": About(
                N_("Question and answer seem to have changed places: {n}. The first asks “{question}” and answers “{answer}”"),
                N_("The model would learn to ask where it should answer."),
            )
        },
    ),
    Check(
        "prompts",
        _system_prompts,
        {
            "some_without_prompt": About(
                N_("Rows without a system prompt, which the others have: {n}. It says “{prompt}”"),
                N_("The model should be taught as it is asked later: with the same system prompt every time."),
            ),
            "no_system_prompt": About(
                N_("No row has a system prompt."), N_("That is allowed. Then use the model without one as well, or add one here.")
            ),
        },
    ),
    Check(
        "prompts",
        _least,
        {
            "barely_enough": About(
                N_("Different examples: {distinct}. A training needs at least {minimum}."),
                N_("It can start, but nothing is left for a test, and the model will know little more than these rows."),
            )
        },
    ),
)
