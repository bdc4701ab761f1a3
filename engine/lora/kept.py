"""The keys and values of a running batch: rows join and leave without anything being computed again."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache
from transformers.cache_utils import CacheLayerMixin, DynamicLayer, DynamicSlidingWindowLayer, LinearAttentionCacheLayerMixin

_ROOM = 128  # tokens by which a cache grows at a time


class GrowingLayer(DynamicLayer):
    """A layer that writes into room kept ready; its parent copies everything that it holds for every token."""

    def __init__(self) -> None:
        super().__init__()
        self._rooms: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the new states; all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        length = self.keys.shape[-2]
        whole = length + key_states.shape[-2]
        # whoever replaced keys and values (rows joined or left) has left the room behind
        if self._rooms is None or self.keys.data_ptr() != self._rooms[0].data_ptr() or whole > self._rooms[0].shape[-2]:
            self._rooms = (_roomy(self.keys, whole), _roomy(self.values, whole))
        keys, values = self._rooms
        keys[:, :, length:whole] = key_states
        values[:, :, length:whole] = value_states
        self.keys, self.values = keys[:, :, :whole], values[:, :, :whole]
        return self.keys, self.values


def _roomy(states: torch.Tensor, least: int) -> torch.Tensor:
    batch, heads, length, size = states.shape
    room = states.new_empty((batch, heads, (least // _ROOM + 1) * _ROOM, size))
    room[:, :, :length] = states
    return room


def keep_rows(cache: DynamicCache, rows: Sequence[int], cut: int) -> None:
    """Leave only these rows, without their first `cut` columns, which hold nothing for any of them."""
    chosen = torch.tensor(rows)
    for layer in cache.layers:
        layer.reorder_cache(chosen)
        if isinstance(layer, CacheLayerMixin) and cut:
            _cut(layer, cut)


def _cut(layer: CacheLayerMixin, cut: int) -> None:
    if isinstance(layer, DynamicSlidingWindowLayer):
        layer.cumulative_length -= cut
        length = min(layer.keys.shape[-2], layer.cumulative_length)
    else:
        length = layer.keys.shape[-2] - cut
    layer.keys, layer.values = layer.keys[:, :, -length:], layer.values[:, :, -length:]


def join(one: DynamicCache, other: DynamicCache) -> None:
    """Add the rows of the other cache; all rows end at the same column, so the shorter ones get empty columns before them."""
    for mine, theirs in zip(one.layers, other.layers, strict=True):
        if isinstance(mine, CacheLayerMixin):
            length = max(mine.keys.shape[-2], theirs.keys.shape[-2])
            mine.keys = torch.cat([_wide(mine.keys, length), _wide(theirs.keys, length)])
            mine.values = torch.cat([_wide(mine.values, length), _wide(theirs.values, length)])
            if isinstance(mine, DynamicSlidingWindowLayer):
                mine.cumulative_length = max(mine.cumulative_length, theirs.cumulative_length)
        if isinstance(mine, LinearAttentionCacheLayerMixin):
            for states, more in ((mine.conv_states, theirs.conv_states), (mine.recurrent_states, theirs.recurrent_states)):
                for index, state in states.items():
                    if state is not None:
                        states[index] = torch.cat([state, more[index]])


def _wide(states: torch.Tensor, length: int) -> torch.Tensor:
    return pad(states, (0, 0, length - states.shape[-2], 0))
