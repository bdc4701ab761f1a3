"""Data made for measuring: any number of distinct support questions in thirty categories, the same for the same seed."""

import csv
import io
import random

TOPS = ("Accounts", "Cards", "Loans", "Payments", "Fees", "Security")
SUBS = ("Opening", "Closing", "Limits", "Complaint", "Status")
WORDS = """
account card loan payment fee charge balance transfer branch statement limit password login mobile app rate month year home car
salary savings deposit cash machine abroad euro currency refund merchant shop order delivery letter address name change update open
close block lost stolen broken new old second joint child parent business company tax form number code message call wait hour day
""".split()


def questions(n: int, seed: int = 0) -> bytes:
    """A CSV of n rows: a question, its top and its sub category; a category's own words come more often in its questions."""
    draw = random.Random(seed)
    favourites = {(top, sub): draw.sample(WORDS, 6) for top in TOPS for sub in SUBS}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Support Query", "Top Category", "Sub Category"))
    for i in range(n):
        top, sub = draw.choice(TOPS), draw.choice(SUBS)
        words = [draw.choice(favourites[top, sub]) if draw.random() < 0.5 else draw.choice(WORDS) for _ in range(draw.randint(8, 24))]
        writer.writerow((f"Hello, {' '.join(words)}, case {i:06d}?", top, sub))
    return out.getvalue().encode()
