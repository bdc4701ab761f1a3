"""What a server cuts off an example that is too long: it keeps the first tokens and says nothing of the rest."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from core.base.tokens import PER_EXAMPLE, ExampleCounter
from core.base.types import Example, Message
from core.base.vocabulary import encoder


@dataclass(frozen=True, slots=True)
class Cut:
    """The end that the model would not see: how many tokens, how many of them of answers, and the words of the answers among them.

    `words` are of the last answer that loses any; `whole` says that nothing is left of that answer.
    """

    tokens: int
    answer_tokens: int
    words: str
    whole: bool


def cut(example: Example, limit: int, encoding: str) -> Cut | None:
    """What is left out where only the first `limit` tokens are kept; None where the example fits."""
    counter = ExampleCounter(encoding)
    total, _ = counter.count(example)
    if total <= limit:
        return None
    left, lost_answers, words, whole = limit - PER_EXAMPLE, 0, "", False
    for message in example.messages:
        cost, learned = counter.count(Example((message,), example.row))
        cost -= PER_EXAMPLE
        if cost > left:
            kept = _kept(message, cost, left, encoding)
            if message.role == "assistant":
                words, whole = message.content[len(kept) :], not kept
                if learned:
                    lost_answers += min(learned, cost - max(left, 0))
        left = max(0, left - cost)
    return Cut(total - limit, lost_answers, words, whole)


def _kept(message: Message, cost: int, left: int, encoding: str) -> str:
    """The beginning of the message's text that its first `left` tokens hold; a letter that is cut through is lost."""
    encode = encoder(encoding)
    tokens = encode.encode_ordinary(message.content)
    before = cost - len(tokens)  # its role, and what marks its beginning
    kept = b"".join(encode.decode_tokens_bytes(tokens[: max(0, left - before)]))
    return kept.decode("utf-8", "ignore")


def longest(counts: Sequence[int], most: int) -> list[int]:
    """The places of the largest counts, the largest first, the earlier first among equals."""
    return heapq.nlargest(most, range(len(counts)), key=counts.__getitem__)  # as sorted would, without sorting half a million
