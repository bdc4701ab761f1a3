"""Which examples each optimizer step sees: settled by the seed alone, however many processes share the work."""

import random
from collections.abc import Iterator, Sequence

import torch


class Order(torch.utils.data.Sampler[int]):
    """The examples of each epoch in an order of its own, in whole batches; the indices after the last example fill the last one up.

    Within a batch the longest come first: the parts that are computed together then need little padding.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self._lengths, self._batch_size, self._seed = lengths, batch_size, seed
        self._epoch = 0
        self.steps = -(-len(lengths) // batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer before each epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self.steps * self._batch_size

    def __iter__(self) -> Iterator[int]:
        for batch in self.batches(self._epoch):
            yield from batch
        yield from range(len(self._lengths), len(self))

    def batches(self, epoch: int) -> Iterator[list[int]]:
        """The examples of each step of an epoch."""
        order = self._shuffled(epoch)
        for start in range(0, len(order), self._batch_size):
            yield sorted(order[start : start + self._batch_size], key=lambda index: -self._lengths[index])

    def places_each(self, step: int) -> float:
        """The places of a batch for each example in it, at the step after so many: more than 1 where it is filled up."""
        is_last = step % self.steps == self.steps - 1
        return self._batch_size / (len(self._lengths) - (self.steps - 1) * self._batch_size) if is_last else 1.0

    def tokens(self, steps: int) -> int:
        """How many tokens the first so many steps have read."""
        whole, rest = divmod(steps, self.steps)
        begun = [batch for number, batch in enumerate(self.batches(whole)) if number < rest] if rest else []
        return whole * sum(self._lengths) + sum(self._lengths[index] for batch in begun for index in batch)

    def _shuffled(self, epoch: int) -> list[int]:
        order = list(range(len(self._lengths)))
        random.Random(f"{self._seed}:{epoch}").shuffle(order)
        return order
