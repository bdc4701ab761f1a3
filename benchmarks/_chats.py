"""Chat files made for measuring: support conversations of about a thousand bytes, the same for the same seed.

As in the files that people train with, system prompts and labels come back: of all letters 63 % stand in texts that occur once.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.made import SUBS, TOPS, WORDS

_SYSTEMS = (
    "You sort the questions of a bank's customers into categories. Read the whole question, then answer with one JSON object that "
    'has exactly two fields, "Top Category" and "Sub Category", and nothing else: no greeting, no reason, no full stop. Use only names '
    "of categories that you have been taught. If a question fits two of them, choose the one that names what the customer wants done next.",
    "Kamu membantu nasabah sebuah bank. Jawablah dengan sopan, singkat, dan dalam bahasa yang dipakai nasabah, paling banyak tiga kalimat. "
    "Sebutkan jumlah uang dan tanggal bila penting. Jangan pernah meminta kata sandi, PIN, atau nomor kartu lengkap. Jangan menebak; bila "
    "tidak tahu, katakan demikian dan sebutkan nomor telepon yang tertulis di bagian belakang kartu.",
    "You are a careful assistant of a bank. Answer in at most three sentences, name the amount and the day where they matter, and never "
    "ask for a password, a PIN or a full card number. If the question is about fraud, the customer has to call the number on the "
    "back of the card at once. Write plainly, as to a friend who is in a hurry; explain a word of the trade where it is needed.",
)
_ENDS = (". ", "? ", "! ", ", ", " – ", ".\n", ".\n\n", "; ", " (see below). ", "… ")
_FOREIGN = "rekening kartu pinjaman pembayaran biaya tagihan Überweisung Gebühr größer façade señor счёт карта 残高 手数料 😀 🙏🏽".split()
_SENTENCES = 50_000


def write_chats(path: Path, size: int, seed: int = 0) -> int:
    """Write at least `size` bytes of chat JSONL; the number of lines."""
    lines = 0
    with path.open("wb") as file:
        for line in _lines(random.Random(seed)):
            file.write(line)
            lines += 1
            if file.tell() >= size:
                return lines
    raise AssertionError("unreachable: the lines have no end")


def _lines(draw: random.Random) -> Iterator[bytes]:
    sentences = [_sentence(draw) for _ in range(_SENTENCES)]
    labels = [json.dumps({"Top Category": top, "Sub Category": sub}) for top in TOPS for sub in SUBS]
    case = 0
    while True:
        messages = [{"role": "system", "content": draw.choice(_SYSTEMS)}] if draw.random() < 0.9 else []
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            case += 1
            question = f"{''.join(draw.choices(sentences, k=draw.randint(1, 4)))}Case {case:07d}."
            answer = draw.choice(labels) if draw.random() < 0.4 else "".join(draw.choices(sentences, k=draw.randint(1, 5))).rstrip()
            messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        yield json.dumps({"messages": messages}, ensure_ascii=draw.random() < 0.1).encode() + b"\n"


def _sentence(draw: random.Random) -> str:
    words = [_word(draw) for _ in range(draw.randint(5, 22))]
    return " ".join(words).capitalize() + draw.choice(_ENDS)


def _word(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.8:
        return draw.choice(WORDS)
    if kind < 0.87:
        return "".join(draw.choices("abcdefghijklmnoprstuvwz", k=draw.randint(3, 11)))  # names and slips of the pen: pieces to merge
    if kind < 0.94:
        return f"{draw.randint(0, 10**6) / 100:,.2f}" if draw.random() < 0.5 else f"REF-{draw.randint(0, 16**6):06X}"
    return draw.choice(_FOREIGN)
