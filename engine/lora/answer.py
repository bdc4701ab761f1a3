"""`python -m engine.lora.answer --base FOLDER`: answers with one base model and the adapters trained on it, many at a time.

JSON lines on stdin ({"id", "adapter", "ask"} or {"cancel"}) and on stdout (what became of each id). Ends with its stdin.
"""

import argparse
import json
import logging
import os
import queue
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from engine.learners.asking import AnswerFailed, Ended, Piece, Wish
from engine.lora.answer_model import AnswerModel
from engine.lora.answer_prompt import Prompts
from engine.lora.answer_row import Row
from engine.lora.batch import MOST_ROWS, Batch
from engine.lora.constraints import Vocabulary
from engine.lora.machine import free_here
from engine.lora.parent import die_with_parent
from engine.lora.templates import TemplateRefused

logger = logging.getLogger("engine.lora")
# tokens of an answer for which nobody set a limit: a small model that lost its way would go on to the end of its context
_USUAL_MOST = 2048
_SHARE = 0.25  # of the memory that is free at the start, for the keys and values of all rows


class Mouth:
    """The lines to the server; written from two threads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def say(self, line: Mapping[str, Any]) -> None:
        """One line, at once."""
        with self._lock:
            self._stream.write(json.dumps(line).encode() + b"\n")
            self._stream.flush()

    def fail(self, request: int, error: AnswerFailed) -> None:
        """A request that gets no answer."""
        self.say({"id": request, "error": {"message": str(error), "status": error.status, "code": error.code, "param": error.param}})


class Office:
    """Reads what is asked, makes rows of it, and keeps the batch going."""

    def __init__(self, model: AnswerModel, mouth: Mouth, most_rows: int) -> None:
        self._model = model
        self._mouth = mouth
        self._prompts = Prompts(model.tokenizer)
        self._vocabulary = Vocabulary(model.tokenizer, model.vocabulary, model.ends)
        self._batch = Batch(model, int(free_here(model.device.type) * _SHARE), most_rows)
        self._inbox: queue.SimpleQueue[tuple[int, list[Row]]] = queue.SimpleQueue()
        self._open: dict[int, int] = {}  # request -> choices that are not over

    def listen(self, lines: BinaryIO) -> None:
        """Prepare what is asked; where the server is gone, nobody waits for anything any more."""
        for line in lines:
            self.take(json.loads(line))
        os._exit(0)

    def take(self, asked: Mapping[str, Any]) -> None:
        """One line: what is asked, or that it is asked no longer."""
        if "cancel" in asked:
            self._inbox.put((int(asked["cancel"]), []))
            return
        request = int(asked["id"])
        try:
            self._inbox.put((request, self._rows(request, asked["adapter"], Wish.from_json(asked["ask"]))))
        except AnswerFailed as error:
            self._mouth.fail(request, error)
        except RecursionError:
            self._mouth.fail(request, AnswerFailed("The request is nested too deeply.", status=400))
        except Exception as error:  # a chat template is a program of somebody else's: its fault must not end everybody's answers
            logger.exception("A request cannot be prepared.")
            message = f"The request cannot be prepared for this model: {type(error).__name__}."
            self._mouth.fail(request, AnswerFailed(message, code="server_error"))

    def _rows(self, request: int, adapter: str | None, wish: Wish) -> list[Row]:
        model = self._model
        beyond = [token for token in wish.logit_bias if int(token) >= model.vocabulary]
        if beyond:
            message = f"Invalid key in 'logit_bias': {beyond[0]}. This model's tokens go up to {model.vocabulary - 1}."
            raise AnswerFailed(message, status=400, param="logit_bias", code="invalid_value")
        prompt = self._prompts.ids(wish)
        if len(prompt) >= model.context:
            message = (
                f"This model's maximum context length is {model.context} tokens. However, your messages resulted in {len(prompt)} tokens. "
                "Please reduce the length of the messages."
            )
            raise AnswerFailed(message, status=400, param="messages", code="context_length_exceeded")
        constraint = self._vocabulary.constraint(wish.response_format) if wish.response_format else None
        most = min(wish.max_tokens or _USUAL_MOST, model.context - len(prompt))
        ignored = ["tools"] if wish.tools and not self._prompts.takes_tools else []
        self._mouth.say({"id": request, "begun": {"prompt_tokens": len(prompt), "ignored": ignored}})
        return [
            Row(request, n, wish, prompt, adapter, most, model.ends, self._vocabulary, constraint.fork() if constraint else None)
            for n in range(wish.n)
        ]

    def work(self) -> None:
        """Answer for ever."""
        while True:
            self._hear(wait=not self._batch.busy)
            for row, told in self._batch.step():
                if row.request not in self._open:
                    continue
                if isinstance(told, AnswerFailed):
                    self._batch.drop(row.request)
                    del self._open[row.request]
                    self._mouth.fail(row.request, told)
                    continue
                for event in told:
                    self._mouth.say({"id": row.request, _NAMES[type(event)]: asdict(event)})
                if row.over:
                    self._open[row.request] -= 1
                    if not self._open[row.request]:
                        del self._open[row.request]
                        self._mouth.say({"id": row.request, "end": True})

    def _hear(self, *, wait: bool) -> None:
        while wait or not self._inbox.empty():
            request, rows = self._inbox.get()
            wait = False
            if rows:
                self._open[request] = len(rows)
                self._batch.add(rows)
            elif request in self._open:
                del self._open[request]
                self._batch.drop(request)


_NAMES: Mapping[type, str] = {Piece: "piece", Ended: "ended"}


def _give_up(fault: threading.ExceptHookArgs) -> None:
    """A process that cannot hear any more must not look as if it could: its end is noticed, and the next question starts another."""
    if fault.exc_value is not None:
        sys.__excepthook__(fault.exc_type, fault.exc_value, fault.exc_traceback)
    sys.stderr.flush()
    os._exit(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Load, say so, answer."""
    parser = argparse.ArgumentParser(prog="python -m engine.lora.answer", description="Answers with a small open model, driven over stdin.")
    parser.add_argument("--base", type=Path, required=True, help="the folder of the model")
    parser.add_argument("--tokenizer", type=Path, default=None, help="the folder of its tokenizer, where it is another")
    parser.add_argument(
        "--precision", choices=("auto", "fp32", "bf16"), default="auto", help="default: bf16 where the processor is good at it"
    )
    parser.add_argument("--most-rows", type=int, default=MOST_ROWS, help=f"answers that are computed at a time (default: {MOST_ROWS})")
    wish = parser.parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    # stdout is for our lines alone: whatever a library prints goes to stderr
    mouth = Mouth(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    threading.excepthook = _give_up
    die_with_parent()
    try:
        model = AnswerModel(wish.base, wish.tokenizer or wish.base, wish.precision)
        office = Office(model, mouth, wish.most_rows)
    except (OSError, ValueError, KeyError, RuntimeError, TemplateRefused) as error:
        logger.exception("The model in %s cannot be loaded.", wish.base)
        mouth.say({"failed": {"message": f"The model cannot be loaded: {str(error)[:300]}", "status": 500, "code": "damaged_model"}})
        sys.exit(3)
    mouth.say({"ready": {"context": model.context, "precision": str(model.dtype).removeprefix("torch."), "device": model.device.type}})
    threading.Thread(target=office.listen, args=(sys.stdin.buffer,), daemon=True).start()
    office.work()


if __name__ == "__main__":
    main()
