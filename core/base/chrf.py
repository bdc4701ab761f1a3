"""How close one text is to another by the runs of letters that they share: chrF (Popović 2015, https://aclanthology.org/W15-3049)."""

from collections import Counter
from functools import lru_cache

LONGEST = 6  # letters in a run
RECALL = 2.0  # what is missing weighs twice as much as what is too much
MOST = 2000  # characters of each text that are compared


def chrf(given: str, wanted: str) -> float:
    """0 (no letter in common) to 1 (the same but for spaces and case)."""
    ours, theirs = _runs(given), _runs(wanted)
    if not theirs[0] or not ours[0]:
        return float(not theirs[0] and not ours[0])
    precisions, recalls = [], []
    for mine, other in zip(ours, theirs, strict=True):
        if not mine or not other:
            continue  # one of them is shorter than the run
        shared = (mine & other).total()
        precisions.append(shared / mine.total())
        recalls.append(shared / other.total())
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    if precision + recall == 0:
        return 0.0
    return (1 + RECALL**2) * precision * recall / (RECALL**2 * precision + recall)


@lru_cache(maxsize=4096)
def _runs(text: str) -> tuple[Counter[str], ...]:
    plain = "".join(text.casefold().split())[:MOST]
    return tuple(Counter(plain[i : i + n] for i in range(len(plain) - n + 1)) for n in range(1, LONGEST + 1))
