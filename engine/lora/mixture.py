"""Batches whose rows have different adapters, as quick as batches of one: PEFT takes each in turn, this takes all at once."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any

import torch
from peft.tuners.lora import Linear, LoraLayer
from torch.nn.functional import linear

_Marks = tuple[torch.Tensor, torch.Tensor]


class Mixture:
    """Stands in for the forward pass of PEFT's linear layers; `use` says whose rows come next.

    In a step of one token the products are so small that starting them is what they cost (each adapter of each layer of SmolLM2-135M, for
    two rows of eight on one core: 35 microseconds in bf16, 7 in fp32, and all four stacked: 38 and 20),
    so the adapters in use are stacked and each layer makes two products for all rows; what a row has of other adapters is wiped out
    between the two. Questions have many tokens, where that would be wasted work: there each adapter reads the rows that are its own.
    """

    def __init__(self, model: Any) -> None:
        self._layers = [module for module in model.modules() if isinstance(module, Linear)]
        self._names: tuple[str | None, ...] = ()
        self._runs: list[tuple[str, int, int]] = []  # adapter, first row, row after the last
        self._stacked: tuple[str, ...] = ()
        self._stacks: dict[Any, tuple[torch.Tensor, torch.Tensor, tuple[tuple[str, int, float], ...]]] = {}
        self._marks: dict[tuple[tuple[str, int, float], ...], _Marks] = {}
        for layer in self._layers:
            layer.forward = partial(self._forward, layer)

    @staticmethod
    def fits(model: Any) -> bool:
        """Whether all that the adapters change is plain linear layers."""
        return all(_plain(module) for module in model.modules() if isinstance(module, LoraLayer))

    def release(self) -> None:
        """Let PEFT do it again."""
        for layer in self._layers:
            del layer.forward

    def use(self, names: Sequence[str | None]) -> None:
        """The adapter of every row of the batches to come; None is the base."""
        if tuple(names) == self._names:
            return
        self._names, self._runs, start = tuple(names), [], 0
        self._marks.clear()
        for name, rows in groupby(names):
            end = start + len(list(rows))
            if name is not None:
                self._runs.append((name, start, end))
            start = end

    def _forward(self, layer: Any, x: torch.Tensor) -> torch.Tensor:
        result = layer.base_layer(x)
        if len(self._names) != len(x):
            raise ValueError(f"{len(self._names)} rows have an adapter named, and {len(x)} came")
        if len(self._runs) <= 1 or x.shape[1] > 1:
            for name, start, end in self._runs:
                if name in layer.lora_A:
                    learned = linear(linear(x[start:end], layer.lora_A[name].weight), layer.lora_B[name].weight)
                    result[start:end].add_(learned, alpha=layer.scaling[name])
            return result
        self._stack()
        if layer not in self._stacks:
            return result
        down, up, blocks = self._stacks[layer]
        foreign, scaling = self._marks.get(blocks) or self._mark(blocks, x)
        # wiped out and not multiplied by 0, which would leave a row with the infinities of an adapter that is not its own
        return result.addcmul_(linear(linear(x, down).masked_fill_(foreign, 0.0), up), scaling)

    def _stack(self) -> None:
        """The weights of the adapters in use side by side; some no longer used may stay: building it takes a sixth to a third of a step."""
        used = {name for name, _, _ in self._runs}
        if used <= set(self._stacked) and len(self._stacked) < 2 * len(used):
            return
        self._stacked = tuple(sorted(used))
        self._stacks.clear()
        self._marks.clear()
        for layer in self._layers:
            names = [name for name in self._stacked if name in layer.lora_A]
            if names:
                blocks = tuple((name, layer.lora_A[name].weight.shape[0], float(layer.scaling[name])) for name in names)
                down = torch.cat([layer.lora_A[name].weight for name in names])
                up = torch.cat([layer.lora_B[name].weight for name in names], dim=1)
                self._stacks[layer] = (down, up, blocks)

    def _mark(self, blocks: tuple[tuple[str, int, float], ...], x: torch.Tensor) -> _Marks:
        """For every row: the columns that are other adapters', and the scaling of its own."""
        owners = [name for name, rank, _ in blocks for _ in range(rank)]
        scalings = {name: scaling for name, _, scaling in blocks}
        foreign = torch.tensor([[[owner != name for owner in owners]] for name in self._names], device=x.device)
        scaling = torch.tensor([[[scalings.get(name or "", 0.0)]] for name in self._names], dtype=x.dtype, device=x.device)
        self._marks[blocks] = (foreign, scaling)
        return foreign, scaling


def _plain(layer: Any) -> bool:
    if not layer.lora_A and not layer.lora_embedding_A:
        return True  # its adapters have gone
    return (
        type(layer) is Linear
        and type(layer.base_layer) is torch.nn.Linear
        and not layer.lora_variant
        and all(part.bias is None for part in layer.lora_B.values())
    )
