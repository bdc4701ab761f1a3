"""The answers under way, advanced together: every step gives each row its next token; rows join and leave as they come and go."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence

import torch
from torch.nn.functional import pad

from engine.learners.asking import AnswerFailed, Event
from engine.lora.answer_model import AnswerModel
from engine.lora.answer_row import Row
from engine.lora.kept import join, keep_rows

logger = logging.getLogger("engine.lora")
MOST_ROWS = 64
_HEADROOM = 128  # tokens that a row gets beyond what it has, before it is let in
# tokens of questions read between two steps: enough to keep the processor busy, few enough that those who are being answered barely wait
_READ_AT_ONCE = 2048
_TOO_MUCH = "This machine ran out of memory while it answered. Ask for a shorter answer, or shorten the messages."

Told = tuple[Row, list[Event] | AnswerFailed]


class Batch:
    """Bounded by rows and by `memory`, the bytes that the keys and values of all rows may take; what does not fit waits."""

    def __init__(self, model: AnswerModel, memory: int, most_rows: int = MOST_ROWS) -> None:
        self._model = model
        self._memory = memory
        self._most_rows = most_rows
        self._waiting: deque[Row] = deque()
        self._rows: list[Row] = []
        self._cache = model.cache()
        self._mask = torch.zeros((0, 0), dtype=torch.long)

    @property
    def busy(self) -> bool:
        """Whether anything is left to do."""
        return bool(self._waiting or self._rows)

    @property
    def size(self) -> int:
        """The rows that advance together now."""
        return len(self._rows)

    def add(self, rows: Sequence[Row]) -> None:
        """Take in new rows."""
        self._waiting.extend(rows)

    def drop(self, request: int) -> None:
        """Forget the rows of a request."""
        for row in (*self._waiting, *self._rows):
            row.over = row.over or row.request == request
        self._waiting = deque(row for row in self._waiting if not row.over)
        self._sweep()

    @torch.inference_mode()
    def step(self) -> Iterator[Told]:
        """Read the questions of some that wait, then one token for every row."""
        yield from self._admit()
        yield from self._advance()

    def _admit(self) -> Iterator[Told]:
        new: list[Row] = []
        width = self._mask.shape[1]
        while self._waiting and len(self._rows) + len(new) < self._most_rows:
            row = self._waiting[0]
            longest = max(len(row.tokens), *(len(other.tokens) for other in new), 0)
            wide = max(width, longest) + _HEADROOM
            crowd = len(self._rows) + len(new) + 1
            if (new and longest * (len(new) + 1) > _READ_AT_ONCE) or (crowd > 1 and self._bytes(crowd, wide) > self._memory):
                break
            self._waiting.popleft()
            try:
                if row.adapter is not None:
                    self._model.need(row.adapter, [other.adapter for other in (*self._rows, *new)])
                new.append(row)
            except AnswerFailed as error:
                yield row, error
        if not new:
            return
        new.sort(key=lambda row: row.adapter or "")  # questions are read adapter by adapter
        cache = self._model.cache()
        wide = max(len(row.tokens) for row in new)
        mask = torch.tensor([[0] * (wide - len(row.tokens)) + [1] * len(row.tokens) for row in new])
        ids = torch.tensor([[0] * (wide - len(row.tokens)) + row.tokens for row in new])
        try:
            logits = self._model.forward(ids, mask, (mask.cumsum(1) - 1).clamp(min=0), cache, [row.adapter for row in new])
            if self._rows:
                join(self._cache, cache)
            else:
                self._cache = cache
        except (RuntimeError, MemoryError) as error:
            yield from self._retreat(error, new)
            return
        wide = max(wide, width)
        self._mask = torch.cat([pad(one, (wide - one.shape[1], 0)) for one in (self._mask, mask) if len(one)])
        self._rows += new
        yield from self._tell(new, logits)

    def _advance(self) -> Iterator[Told]:
        while len(self._rows) > 1 and self._bytes(len(self._rows), self._mask.shape[1] + 1) > self._memory:
            self._waiting.appendleft(self._rows[-1])  # the last to come reads its question again, once there is room
            self._keep(range(len(self._rows) - 1))
        if not self._rows:
            return
        mask = pad(self._mask, (0, 1), value=1)
        ids = torch.tensor([[row.tokens[-1]] for row in self._rows])
        try:
            logits = self._model.forward(ids, mask, mask.sum(1, keepdim=True) - 1, self._cache, [row.adapter for row in self._rows])
        except (RuntimeError, MemoryError) as error:
            yield from self._retreat(error, [])
            return
        self._mask = mask
        yield from self._tell(self._rows, logits)

    def _tell(self, rows: Sequence[Row], logits: torch.Tensor) -> Iterator[Told]:
        likeliest = logits.argmax(-1).tolist()
        told: list[Told] = []
        for index, row in enumerate(rows):
            try:
                told.append((row, row.next(None if row.plain else logits[index].float().cpu(), likeliest[index])))
            except AnswerFailed as error:
                row.over = True
                told.append((row, error))
        self._sweep()
        yield from told

    def _sweep(self) -> None:
        if any(row.over for row in self._rows):
            self._keep([index for index, row in enumerate(self._rows) if not row.over])

    def _keep(self, indices: Sequence[int]) -> None:
        self._rows = [self._rows[index] for index in indices]
        if not self._rows:
            self._clear()
            return
        self._mask = self._mask[list(indices)]
        cut = int(self._mask.any(0).int().argmax())  # columns that hold nothing for any row that is left
        self._mask = self._mask[:, cut:]
        keep_rows(self._cache, indices, cut)

    def _clear(self) -> None:
        self._rows = []
        self._cache = self._model.cache()
        self._mask = torch.zeros((0, 0), dtype=torch.long)

    def _retreat(self, error: Exception, new: Sequence[Row]) -> Iterator[Told]:
        """After a forward pass that found no memory: fewer rows at a time from now on, each reading its question again."""
        if not (isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error)):
            raise error
        rows = [*self._rows, *new]
        self._clear()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        logger.warning("Out of memory with %d rows.", len(rows))
        if len(rows) > 1:
            self._most_rows = len(rows) // 2
            self._waiting.extendleft(reversed(rows))
        else:
            rows[0].over = True
            yield rows[0], AnswerFailed(_TOO_MUCH, status=507, code="out_of_memory")

    def _bytes(self, rows: int, tokens: int) -> int:
        return rows * tokens * self._model.bytes_per_token
