"""What programs leave in texts, and texts in another language."""

import random

from tests.planted.faults.tools import Group, between, each, fresh, into_text, text_cells
from tests.planted.kinds.indonesian import indonesian
from tests.planted.kinds.tickets import tickets
from tests.planted.kinds.translation import translation
from tests.planted.makers import DataSet


def mojibake(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    said = (
        "That’s it.",
        "We met in the café.",
        "It costs 20 € more.",
        "So — what now?",
        "Grüße aus Köln.",
        "He said “no” twice.",
        "Señor Muñoz knows.",
        "Crème brûlée, naturally.",
        "It’s 5° too cold.",
    )

    def garbled(text: str) -> str:
        raw = f"{text} {draw.choice(said)}".encode()
        return "".join(bytes([byte]).decode("cp1252", errors="replace").replace("\ufffd", chr(byte)) for byte in raw)

    return into_text(data, draw, n, garbled)


def html(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    def tagged(text: str) -> str:
        middle = text.replace(". ", draw.choice((".<br>", ".<br/>", ".</p><p>", ".&nbsp;")), 1)
        return draw.choice(
            (
                f"<p>{middle}</p>",
                f'<div class="msg">{text}</div>',
                between(text, "<b>really</b>", draw),
                between(text, "<br />", draw),
                text.replace(" ", "&nbsp;", 2),
                f'{text} <a href="https://example.org/x">link</a>',
                f"<span style='color:red'>{text}</span>",
                between(text, "Smith &amp; Sons", draw),
            )
        )

    return into_text(data, draw, n, tagged)


def control_characters(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    odd = ("\x07", "\x0b", "\x08", "\x1b", "\x02", "\u200b", "\ufeff", "\u2060", "\u200b\u200b", "\x7f", "\u202e")

    def changed(text: str) -> str:
        at = draw.randrange(1, len(text))
        return text[:at] + draw.choice(odd) + text[at:]

    return into_text(data, draw, n, changed)


def special_tokens(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    tokens = (
        "<|im_start|>",
        "<|im_end|>",
        "<|endoftext|>",
        "[INST]",
        "[/INST]",
        "<s>",
        "</s>",
        "<|eot_id|>",
        "<|assistant|>",
        "<<SYS>>",
        "<start_of_turn>",
    )
    return into_text(
        data,
        draw,
        n,
        lambda text: draw.choice(
            (f"{text}{draw.choice(tokens)}", f"{draw.choice(tokens)}{text}", between(text, draw.choice(tokens), draw))
        ),
    )


def other_language(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    german = [row["german"] for row in translation(200, data.seed + 1)]
    bahasa = [row["pertanyaan"] for row in indonesian(200, data.seed + 1)]
    english = [row["message"] for row in tickets(200, data.seed + 1)]
    pool = draw.sample(english if data.kind == "indonesian" else [*german, *bahasa], n)
    chosen = fresh(data, draw, n, lambda record: "before" not in record.cells)
    for record, text in zip(chosen, pool, strict=True):
        record.cells[text_cells(data)[0]] = text
    return each(chosen)
